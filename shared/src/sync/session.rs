//! The device's side of an exchange, as a state machine.
