//! The server's integration tests: one binary, a server per test on port 0 with a data folder of its own.

mod audit;
mod backup;
mod citizen;
mod console;
mod durability;
mod enrol;
mod garbage;
mod quarantine;
mod roles;
mod support;
mod sync;
mod uploads;
