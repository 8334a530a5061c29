//! The domain under the field app and the sync server.
//!
//! Architecture invariants: this crate does no I/O: no clock, random source, file, socket, SQL or HTTP; Automerge is known to
//! [`document`] only; errors that cross a boundary are the closed codes of [`error`].

pub mod archive;
pub mod author;
pub mod checklist;
pub mod clock;
pub mod courier;
pub mod document;
pub mod envelope;
pub mod error;
pub mod geometry;
pub mod id;
pub mod link;
pub mod measures;
pub mod near;
pub mod reading;
pub mod record;
pub mod regime;
pub mod risk;
pub mod role;
pub mod sync;
pub mod template;
pub mod text;
pub mod unit;
pub mod view;
pub mod workday;
