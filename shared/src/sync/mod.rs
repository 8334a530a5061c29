//! Exchange between device and server, without I/O: messages, the server's admission, the device's session.
//!
//! Invariant: no clock, socket, file or random source here; events in, effects out. Outcomes are enums, not errors.

pub mod admission;
pub mod brief;
pub mod mark;
pub mod session;
pub mod wire;
