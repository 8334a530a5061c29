//! The server's integration tests: one binary, a server per test on port 0 with a data folder of its own.

mod audit;
mod backup;
mod borders;
mod citizen;
mod console;
mod durability;
mod enrol;
mod forgery;
mod garbage;
mod limits;
mod quarantine;
mod race;
mod roles;
mod seed;
mod stop;
mod support;
mod sync;
mod uploads;
mod waiting;
