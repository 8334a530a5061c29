//! The lines: one JSON object per bench on standard output, everything else on standard error.

use std::time::Instant;

use serde_json::{Value, json};

/// One result against its limit, both measured in this run.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// Its name.
    pub(crate) bench: &'a str,
    /// What was measured: less is better.
    pub(crate) value: f64,
    /// In what.
    pub(crate) unit: &'a str,
    /// What the machine, or the format, allows at best.
    pub(crate) limit: f64,
    /// The greatest `value / limit` that passes.
    pub(crate) target: f64,
    /// Further conditions that must hold, and whether they do.
    pub(crate) held: bool,
    /// What else is worth knowing.
    pub(crate) details: Value,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    failed: bool,
}

impl Report {
    /// A line of nothing but the two times.
    pub(crate) fn times(&mut self, bench: &str, value: f64, limit: f64, target: f64) {
        self.line(&Line { bench, value, unit: "ms", limit, target, held: true, details: json!({}) });
    }

    /// Prints a line.
    pub(crate) fn line(&mut self, line: &Line<'_>) {
        let ratio = line.value / line.limit;
        let pass = ratio <= line.target && line.held;
        self.failed |= !pass;
        let mut told = json!({
            "bench": line.bench, "value": round(line.value), "unit": line.unit, "limit": round(line.limit),
            "ratio": round(ratio), "target": round(line.target), "pass": pass,
        });
        if line.details.as_object().is_some_and(|details| !details.is_empty()) {
            told["details"] = line.details.clone();
        }
        println!("{told}");
    }

    /// Whether a bench failed its target.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }
}

/// To three decimals: more is noise.
pub(crate) fn round(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// What some work takes.
pub(crate) fn milliseconds(work: impl FnOnce()) -> f64 {
    timed(work).1
}

/// What some work gives and takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64() * 1000.0)
}

/// The middle one.
pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The time that so many of a hundred stay within.
pub(crate) fn percentile(mut times: Vec<f64>, percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// How many of something: what the environment says, else the number that a target is set for.
pub(crate) fn number(variable: &str, usual: usize) -> usize {
    let asked = std::env::var(variable).ok();
    asked.map_or(usual, |asked| asked.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// How many of something: the number that a target is set for, or the `SMALLER`-th part of it where the environment asks so.
/// A rehearsal: it shows that a bench still runs, and its targets say nothing.
pub(crate) fn part_of(usual: usize) -> usize {
    usual / number("SMALLER", 1).max(1)
}

/// Says on standard error what goes on.
pub(crate) fn say(words: &str) {
    eprintln!("bench: {words}");
}
