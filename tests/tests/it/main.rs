//! Whole-system tests: programs as they are shipped, real TLS, real files; every test has a server and devices of its own.

mod bad_bodies;
mod bad_input;
mod bench;
mod citizen;
mod courier;
mod crash;
mod damaged;
mod decoders;
mod findings;
mod full_disk;
mod main_job;
mod mutants;
mod protocol;
mod same_head;
mod together;
mod weak;
