//! The engine through its commands, with a city in memory: work, crashes, exchange, clashes, photos, bad input.

mod access;
mod apart;
mod bridge;
mod city;
mod cli;
mod clock;
mod damaged;
mod drafts;
mod ended;
mod exchange;
mod follow;
mod forgotten;
mod fork;
mod forms;
mod given_up;
mod home;
mod input;
mod office;
mod photos;
mod restored;
mod review;
mod search;
mod supplement;
mod today;
mod together;
mod work;
