//! Time and randomness as parameters: every behaviour of the domain can be replayed.
//!
//! Invariant: nothing in this crate reads the machine's clock or random source; who calls it hands both in.

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct UtcMillis(pub i64);

impl UtcMillis {
    /// This instant moved by a number of milliseconds.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from an earlier instant to this one; negative if that one is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar day of this instant in Hà Nội (UTC+7, no summer time).
    pub fn hanoi_date(self) -> jiff::civil::Date {
        let shifted = jiff::Timestamp::from_millisecond(self.0.saturating_add(7 * 3_600_000)).unwrap_or_default();
        shifted.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// RFC 3339 in UTC, to the millisecond.
    pub fn to_rfc3339(self) -> String {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        format!("{stamp:.3}")
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> UtcMillis;
}

/// Where randomness comes from. Keys need a cryptographically secure source.
pub trait RandomSource: Send {
    /// Fills the buffer with random bytes.
    fn fill(&mut self, buffer: &mut [u8]);
}

/// A clock that stands still, for tests and replays.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub UtcMillis);

impl Clock for FixedClock {
    fn now(&self) -> UtcMillis {
        self.0
    }
}

/// A repeatable source of bytes (SplitMix64) for tests, simulations and demonstrations. **Never for keys of real people.**
#[derive(Debug, Clone)]
pub struct SeededRandom(u64);

impl SeededRandom {
    /// The source that this seed names.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 if the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next_u64() % bound as u64) as usize }
    }
}

impl RandomSource for SeededRandom {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let bytes = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_hanois() {
        // 2026-11-21T18:30:00Z is already the 22nd in Hà Nội.
        let evening = UtcMillis(1_795_285_800_000);
        assert_eq!(evening.to_rfc3339(), "2026-11-21T18:30:00.000Z");
        assert_eq!(evening.hanoi_date().to_string(), "2026-11-22");
    }
}
