//! The simulation: a world of devices and one server, every misfortune from a seed, and nothing may be lost.
//!
//! Real: the engine with its store, its exchange and its HTTP; the server with its routes, services, store and photos.
//! Simulated: TLS and sockets, clocks, randomness, power. A seed is a whole world; the same seed is the same world.
//!
//! `make simulate SEEDS=10000 FIRST_SEED=1` runs many. What a seed found stays in `regressions.txt`.

mod checks;
mod city;
mod device;
mod disk;
mod ledger;
mod network;
mod parts;
mod people;
mod weather;
mod world;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use world::{World, dice, steps_of};

/// How a world ended.
struct Run {
    trace: Vec<String>,
    failure: Option<String>,
}

/// Where the worlds' disks are: in memory where the machine has that.
fn disks() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Runs the world of a seed; `without`: steps that are left out.
fn run(seed: u64, without: &BTreeSet<usize>) -> Run {
    let trace = Mutex::new(Vec::new());
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut world = match World::of(seed, &disks()) {
            Ok(world) => world,
            Err(failure) => return Some(failure),
        };
        let mut failure = None;
        let ran = catch_unwind(AssertUnwindSafe(|| {
            for step in (0..steps_of(seed)).filter(|step| !without.contains(step)) {
                if let Err(failure) = world.step(seed, step) {
                    return Some(failure);
                }
            }
            world.judge(&mut dice(seed, usize::MAX - 1)).err()
        }));
        match ran {
            Ok(found) => failure = found,
            Err(panic) => failure = failure.or(Some(format!("panicked: {}", text_of(&*panic)))),
        }
        trace.lock().expect("the only user").append(&mut world.trace);
        failure
    }));
    let failure = ran.unwrap_or_else(|panic| Some(format!("panicked: {}", text_of(&*panic))));
    Run { trace: trace.into_inner().expect("the only user"), failure }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// What a failure is about, without the numbers that differ from one replay to the next.
fn kind_of(failure: &str) -> String {
    failure.split_whitespace().filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit())).collect()
}

/// Leaves out steps, half of them at a time, then a quarter, as long as the world still fails in the same way.
fn shorten(seed: u64) -> (BTreeSet<usize>, Run) {
    let mut without = BTreeSet::new();
    let mut shortest = run(seed, &without);
    let kind = shortest.failure.as_deref().map(kind_of);
    let mut part = steps_of(seed).div_ceil(2);
    let mut tries = 0;
    while part > 0 && tries < 120 {
        let kept: Vec<usize> = (0..steps_of(seed)).filter(|step| !without.contains(step)).collect();
        let mut shorter = false;
        for some in kept.chunks(part) {
            let candidate: BTreeSet<usize> = without.iter().copied().chain(some.iter().copied()).collect();
            tries += 1;
            let again = run(seed, &candidate);
            if kind.is_some() && again.failure.as_deref().map(kind_of) == kind {
                (without, shortest, shorter) = (candidate, again, true);
            }
        }
        if !shorter || part == 1 {
            part /= 2;
        }
    }
    (without, shortest)
}

/// What a failing seed leaves to be read.
fn story(seed: u64) -> String {
    let (without, shortest) = shorten(seed);
    let failure = shortest.failure.unwrap_or_default();
    let left_out = without.len();
    format!(
        "seed {seed}: {failure}\n{}\n  ({left_out} of {} steps left out; again: make simulate FIRST_SEED={seed} SEEDS=1)\n",
        shortest.trace.join("\n"),
        steps_of(seed),
    )
}

/// Runs these seeds on all cores and tells of those that fail.
fn run_all(seeds: &[u64]) {
    let next = AtomicU64::new(0);
    let failing = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::SeqCst) as usize) {
                    if let Some(failure) = run(*seed, &BTreeSet::new()).failure {
                        eprintln!("seed {seed}: {failure}");
                        failing.lock().expect("no worker panics").push(*seed);
                    }
                }
            });
        }
    });
    let mut failing = failing.into_inner().expect("no worker panics");
    failing.sort_unstable();
    // The first few are told in full: the others often have the same cause.
    let stories: Vec<String> = failing.iter().take(2).map(|seed| story(*seed)).collect();
    assert!(
        failing.is_empty(),
        "{} of {} worlds fail: {failing:?}\n\n{}",
        failing.len(),
        seeds.len(),
        stories.join("\n")
    );
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn worlds_heal() {
    let first = number("FIRST_SEED", 1);
    let seeds: Vec<u64> = (first..first + number("SEEDS", 200)).collect();
    run_all(&seeds);
}

#[test]
fn what_was_found_once_stays_mended() {
    let list = include_str!("regressions.txt");
    let seeds: Vec<u64> = list
        .lines()
        .filter_map(|line| line.split('#').next().map(str::trim).filter(|seed| !seed.is_empty()))
        .map(|seed| seed.parse().expect("a seed"))
        .collect();
    run_all(&seeds);
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in [1, 2, 3] {
        let (once, again) = (run(seed, &BTreeSet::new()), run(seed, &BTreeSet::new()));
        let differs = once.trace.iter().zip(&again.trace).find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!((once.trace.len(), once.failure), (again.trace.len(), again.failure), "seed {seed}");
    }
}
