//! The engine through its commands, with a city in memory: work, crashes, exchange, clashes, photos, bad input.

mod access;
mod bridge;
mod city;
mod exchange;
mod fork;
mod home;
mod office;
mod photos;
mod work;
