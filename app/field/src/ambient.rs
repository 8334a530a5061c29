//! The machine's own clocks and random source: the one place of this crate where they are read.

use std::sync::LazyLock;

use ancu_shared::clock::{Clock, RandomSource, Running, UtcMillis};

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

    fn running(&self) -> Option<Running> {
        Some(Running(*RUN, running_millis()?))
    }
}

/// Which run of the machine this is; where it does not say, which run of this program.
static RUN: LazyLock<u32> = LazyLock::new(|| {
    let told = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
    told.and_then(|id| u32::from_str_radix(id.get(..8)?, 16).ok()).unwrap_or_else(|| {
        let mut bytes = [0; 4];
        SystemRandom.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    })
});

/// Milliseconds on a clock that goes on while the machine sleeps and that nobody can set.
#[cfg(unix)]
fn running_millis() -> Option<u64> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    // Apple's goes on while the machine sleeps.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let passed = rustix::time::clock_gettime(CLOCK);
    let (seconds, nanos) = (u64::try_from(passed.tv_sec).ok()?, u64::try_from(passed.tv_nsec).ok()?);
    seconds.checked_mul(1_000)?.checked_add(nanos / 1_000_000)
}

/// The same where the system's counter, which goes on while the machine sleeps, is read through the standard library.
#[cfg(not(unix))]
fn running_millis() -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "the one place where this crate reads the clock")]
    static FIRST: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
    u64::try_from(FIRST.elapsed().as_millis()).ok()
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
