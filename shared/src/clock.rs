//! Time and randomness as parameters: every behaviour of the domain can be replayed.
//!
//! Invariant: nothing in this crate reads the machine's clock or random source; who calls it hands both in.

pub mod withdrawn;

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    ts_rs::TS,
    utoipa::ToSchema,
)]
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

    /// Day and time in Hà Nội, as people there write them: `21/11/2026 08:00`.
    pub fn hanoi_text(self) -> String {
        let shifted = jiff::Timestamp::from_millisecond(self.0.saturating_add(7 * 3_600_000)).unwrap_or_default();
        shifted.to_zoned(jiff::tz::TimeZone::UTC).strftime("%d/%m/%Y %H:%M").to_string()
    }

    /// RFC 3339 in UTC, to the millisecond.
    pub fn to_rfc3339(self) -> String {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        format!("{stamp:.3}")
    }
}

/// A reading of the clock that runs since a machine was switched on, which nobody can set: two readings of one run tell how
/// much time passed between them, whatever the calendar was set to meanwhile.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
pub struct Running(
    /// Which run: another number after each time the machine was switched on.
    pub u32,
    /// Milliseconds since it began.
    #[ts(type = "number")]
    pub u64,
);

impl Running {
    /// Milliseconds from an earlier reading of the same run to this one; `None` where these are two runs.
    pub fn since(self, earlier: Self) -> Option<i64> {
        (self.0 == earlier.0).then(|| i64::try_from(self.1).ok()?.checked_sub(i64::try_from(earlier.1).ok()?)).flatten()
    }
}

impl std::fmt::Display for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.0, self.1)
    }
}

impl std::str::FromStr for Running {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (run, passed) = text.split_once(':').ok_or(())?;
        Ok(Self(run.parse().map_err(|_| ())?, passed.parse().map_err(|_| ())?))
    }
}

/// A time of day, to the minute: `08:30`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
#[schema(value_type = String, example = "08:30")]
pub struct TimeOfDay(jiff::civil::Time);

impl std::str::FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || "a time of day is HH:MM, from 00:00 to 23:59".to_owned();
        let digits = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
        let (hour, minute) = text.split_once(':').filter(|_| digits).ok_or_else(bad)?;
        let (hour, minute) = (hour.parse::<i8>().map_err(|_| bad())?, minute.parse::<i8>().map_err(|_| bad())?);
        jiff::civil::Time::new(hour, minute, 0, 0).map(Self).map_err(|_| bad())
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> UtcMillis;

    /// The machine's running clock, where it has one.
    fn running(&self) -> Option<Running> {
        None
    }
}

/// A time in which a device's clock differed from its server's by about as much, as the server saw it at exchanges.
///
/// The instants are the server's. What a device wrote bears its own clock's time, so it is the device's time at the end of
/// a span that tells which span a value is of ([`clock_off`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSpan {
    /// The first exchange.
    pub from: UtcMillis,
    /// The last one.
    pub until: UtcMillis,
    /// The device's clock minus the server's, at the last one.
    pub offset_ms: i64,
}

/// A difference between two clocks that people need not hear of, in milliseconds.
pub const CLOCKS_AGREE_MS: u64 = 5 * 60_000;
/// From this difference on one calendar is not taken for the other: 31 days.
const MONTHS_MS: i64 = 31 * 86_400_000;
/// Two differences that are the same: a message's way takes time, and clocks drift.
const STEADY_MS: u64 = 60_000;

impl ClockSpan {
    /// A span that begins.
    pub fn begin(at: UtcMillis, offset_ms: i64) -> Self {
        Self { from: at, until: at, offset_ms }
    }

    /// Takes a further exchange in; `false` where the clock was set meanwhile, and another span begins.
    pub fn extend(&mut self, at: UtcMillis, offset_ms: i64) -> bool {
        let steady = self.offset_ms.abs_diff(offset_ms) < STEADY_MS;
        if steady {
            (self.until, self.offset_ms) = (self.until.max(at), offset_ms);
        }
        steady
    }

    /// Whether a time is so long before a span of a clock that was months ahead that a clock put right wrote it since: nearer
    /// to the true calendar than to that clock's. Nothing tells before the next exchange.
    fn is_long_before(&self, written: UtcMillis) -> bool {
        let before = self.from.plus_millis(self.offset_ms).since(written);
        self.offset_ms >= MONTHS_MS && before > self.offset_ms / 2
    }

    /// The device's own time at the last exchange of this span.
    fn told_until(&self) -> UtcMillis {
        self.until.plus_millis(self.offset_ms)
    }
}

/// Whether people should know of such a difference.
pub fn is_clock_off(offset_ms: i64) -> bool {
    offset_ms.unsigned_abs() >= CLOCKS_AGREE_MS
}

/// How far the clock was off by which a device wrote this time; `None` where it agreed or nothing is known. A value is sent
/// at the first exchange after it was written: its span is the one whose end, by the device, is the next.
pub fn clock_off(spans: &[ClockSpan], written: UtcMillis) -> Option<i64> {
    let may_be = |span: &&ClockSpan| span.told_until() >= written && !span.is_long_before(written);
    let next = spans.iter().filter(may_be).min_by_key(|span| span.told_until());
    next.map(|span| span.offset_ms).filter(|offset| is_clock_off(*offset))
}

/// How far the clock was ahead, at least, by which something was written that came earlier than it says (`arrived`, by the
/// server): what speaks for it is that nothing comes before it is written. `None` where what is known of that clock explains
/// it, or the clocks agree.
pub fn ahead_of_arrival(spans: &[ClockSpan], written: UtcMillis, arrived: UtcMillis) -> Option<i64> {
    let known = clock_off(spans, written).unwrap_or(0);
    let unexplained = written.since(arrived).saturating_sub(known.max(0));
    (unexplained > 0 && is_clock_off(unexplained)).then(|| written.since(arrived))
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
        assert_eq!(evening.hanoi_text(), "22/11/2026 01:30");
        assert_eq!(evening.hanoi_date().to_string(), "2026-11-22");
    }

    #[test]
    fn a_time_is_judged_by_the_exchange_that_brought_it() {
        const HOUR: i64 = 3_600_000;
        const YEARS: i64 = -3 * 365 * 24 * HOUR;
        let at = |hours: i64| UtcMillis(1_795_285_800_000 + hours * HOUR);
        let mut right = ClockSpan::begin(at(0), 300);
        assert!(right.extend(at(10), -200), "a second of drift is the same clock");
        let mut wrong = ClockSpan::begin(at(20), YEARS);
        assert!(!right.extend(at(20), YEARS), "set back by three years");
        assert!(wrong.extend(at(22), YEARS + 900));
        let mended = ClockSpan::begin(at(30), 0);
        let spans = [right, wrong, mended];
        for (written, expected) in [
            (at(5), None),
            (at(19).plus_millis(YEARS), Some(YEARS + 900)),
            (at(22).plus_millis(YEARS), Some(YEARS + 900)),
            (at(15), None),
            (at(29), None),
            (at(31), None),
        ] {
            assert_eq!(clock_off(&spans, written), expected, "{}", written.to_rfc3339());
        }
        assert_eq!(clock_off(&[ClockSpan::begin(at(1), 4 * 60_000)], at(0)), None, "nothing to speak of");
        assert_eq!(clock_off(&[ClockSpan::begin(at(1), 6 * 60_000)], at(1)), Some(6 * 60_000));
        assert_eq!(clock_off(&[], at(1)), None);
    }

    #[test]
    fn what_came_before_it_was_written_was_written_by_a_clock_that_was_ahead() {
        const HOUR: i64 = 3_600_000;
        const YEARS: i64 = 10 * 365 * 24 * HOUR;
        let at = |hours: i64| UtcMillis(1_795_285_800_000 + hours * HOUR);
        let mut spans = vec![ClockSpan::begin(at(0), 0)];
        assert_eq!(ahead_of_arrival(&spans, at(1), at(2)), None);
        assert_eq!(ahead_of_arrival(&spans, at(2).plus_millis(60_000), at(2)), None, "clocks agree within minutes");
        let written = at(1).plus_millis(YEARS);
        assert_eq!(ahead_of_arrival(&spans, written, at(2)), Some(YEARS - HOUR));
        // Noted, it explains all that was written before; what is corrected by it is never later than its arrival.
        spans.push(ClockSpan::begin(at(2), YEARS - HOUR));
        spans.push(ClockSpan::begin(at(2).plus_millis(1), 0));
        assert_eq!(ahead_of_arrival(&spans, written, at(2)), None);
        assert_eq!(clock_off(&spans, written.plus_millis(-HOUR / 2)), Some(YEARS - HOUR));
        assert_eq!(clock_off(&spans, at(1)), None, "what was written by the right clock keeps its time");
        assert_eq!(clock_off(&spans, at(40)), None, "and what is written before the next exchange");
        // A clock that tells the server that it is ahead is known already.
        assert_eq!(ahead_of_arrival(&[ClockSpan::begin(at(2), YEARS)], written, at(2)), None);
    }
}
