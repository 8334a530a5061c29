//! The sync server: takes signed envelopes, gives them out again by unit, and serves the console.
//!
//! Architecture invariants: `http → service → store`, one way; handlers hold no SQL; services hold no HTTP; admission is
//! decided by the pure code of `ancu_shared::sync::admission` on facts from the store; a 2xx means durable here.

pub mod blobs;
pub mod cli;
pub mod clock;
pub mod config;
pub mod door;
pub mod files;
pub mod http;
pub mod seed;
pub mod server;
pub mod service;
pub mod spreadsheet;
pub mod store;
pub mod tls;
pub mod unclean;
pub mod workbook;

pub use config::Config;
pub use server::{Running, Server};
