//! The machine's own clock and random source: the one place of this crate where they are read.

use ancu_shared::clock::{Clock, RandomSource, UtcMillis};

/// The machine's clock, right or wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UtcMillis {
        #[expect(clippy::disallowed_methods, reason = "the one place where this crate reads the clock")]
        let now = std::time::SystemTime::now();
        // A clock before 1970 counts as 1970: time never orders anything.
        UtcMillis(now.duration_since(std::time::UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as i64))
    }
}

/// The operating system's cryptographically secure source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) {
        // Without randomness no key can be made: going on would be worse than stopping.
        getrandom::fill(buffer).expect("the system's random source answers");
    }
}
