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
mod late;
mod limits;
mod oversized;
mod quarantine;
mod quota;
mod race;
mod roles;
mod seed;
mod slow;
mod stop;
mod support;
mod sync;
mod template;
mod uploads;
mod waiting;
