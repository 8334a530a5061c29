//! The device engine of An Cư, headless: enrolment, encrypted store, records, photos, exchange.
//!
//! Architecture invariants: the window, the command line, the bridge and the tests drive the very same [`Engine`] through
//! [`api`]; time and randomness are handed in ([`ambient`] is the machine's own); the network is needed for enrolment and
//! exchange only; this crate knows no window and no web framework.

pub mod ambient;
pub mod api;
pub mod bridge;
pub mod courier;
pub mod engine;
pub mod enrol;
pub mod exchange;
pub mod fault;
pub mod files;
pub mod http;
pub mod keyring;
pub mod near;
pub mod photos;
pub mod print;
pub mod records;
pub mod status;
pub mod store;

pub use engine::{Engine, Surroundings};
