//! The device engine.
