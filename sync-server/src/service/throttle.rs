//! Slows down guessing: failed tries per key (an account and an address) in the last minute.
//!
//! Invariant: bounded memory; a good try is never counted. What it does not do: lock accounts, so that nobody can lock out
//! somebody else from another address.

use std::collections::HashMap;
use std::sync::Mutex;

use ancu_shared::clock::UtcMillis;

const WINDOW_MILLIS: i64 = 60_000;
const MOST_KEYS: usize = 20_000;

/// Counts failed tries.
#[derive(Debug)]
pub struct Throttle {
    allowed: u32,
    failed: Mutex<HashMap<String, (UtcMillis, u32)>>,
}

impl Throttle {
    /// Allows so many failures a minute and key.
    pub fn new(allowed: u32) -> Self {
        Self { allowed, failed: Mutex::new(HashMap::new()) }
    }

    /// Whether another try may be made.
    pub fn allows(&self, key: &str, now: UtcMillis) -> bool {
        let failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        failed.get(key).is_none_or(|(since, count)| now.since(*since) >= WINDOW_MILLIS || *count < self.allowed)
    }

    /// Counts a failure.
    pub fn failed(&self, key: &str, now: UtcMillis) {
        let mut failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if failed.len() >= MOST_KEYS {
            failed.retain(|_, (since, _)| now.since(*since) < WINDOW_MILLIS);
            if failed.len() >= MOST_KEYS {
                failed.clear();
            }
        }
        let entry = failed.entry(key.to_owned()).or_insert((now, 0));
        if now.since(entry.0) >= WINDOW_MILLIS {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_later_one_may_try_again_and_others_always_could() {
        let throttle = Throttle::new(2);
        for _ in 0..2 {
            assert!(throttle.allows("a", UtcMillis(0)));
            throttle.failed("a", UtcMillis(0));
        }
        assert!(!throttle.allows("a", UtcMillis(59_999)));
        assert!(throttle.allows("b", UtcMillis(59_999)));
        assert!(throttle.allows("a", UtcMillis(60_000)));
    }
}
