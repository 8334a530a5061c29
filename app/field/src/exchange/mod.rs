//! The exchange with the server: the sans-IO session of `ancu_shared::sync::session`, driven over a transport and the
//! store, on a thread of its own.
//!
//! Invariant: the store's lock is never held during network I/O; whatever is interrupted can be done again.

mod beside;
pub mod control;
mod cut;
mod deliver;
mod fork;
mod late;
mod moved;
pub(crate) mod nearby;
mod photos;
pub(crate) mod posts;
pub(crate) mod receive;
mod rest;
mod run;
pub mod transport;

pub use run::ExchangeStatus;
