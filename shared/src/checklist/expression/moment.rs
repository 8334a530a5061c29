//! Dates and instants, as the ODK specification reads and writes them.
//!
//! Invariant: a date without a time is midnight in the caller's time zone, and an instant that is midnight there is written
//! as a date. As a number a moment is days since 1970-01-01T00:00Z.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};

const DAY_MILLIS: f64 = 86_400_000.0;

/// A date, or a date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// UTC milliseconds.
    At(i64),
    /// Made from an empty answer.
    Blank,
    /// Made from something that is no date.
    Invalid,
}

impl Moment {
    /// The moment so many days after 1970-01-01T00:00Z.
    pub(super) fn from_days(days: f64) -> Self {
        let millis = (days * DAY_MILLIS).round();
        if millis.is_finite() && millis.abs() < 8.64e15 { Self::At(millis as i64) } else { Self::Invalid }
    }

    /// Days since 1970-01-01T00:00Z; no number if it is no date.
    pub(super) fn days(self) -> f64 {
        match self {
            Self::At(millis) => millis as f64 / DAY_MILLIS,
            Self::Blank | Self::Invalid => f64::NAN,
        }
    }

    /// Reads `2026-11-21`, `2026-11-21T08:00:00.000+07:00` or a number of days.
    pub(super) fn read(text: &str, zone: &TimeZone) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Blank;
        }
        if let Some(moment) = read_date(text, zone) {
            return moment;
        }
        let number = text.strip_prefix('-').unwrap_or(text);
        if number.starts_with(|first: char| first.is_ascii_digit())
            && number.chars().all(|next| next.is_ascii_digit() || next == '.')
            && let Ok(days) = text.parse::<f64>()
        {
            return Self::from_days(days.trunc());
        }
        Self::Invalid
    }

    /// As the specification writes it.
    pub(super) fn written(self, zone: &TimeZone) -> String {
        let stamp = match self {
            Self::At(millis) => Timestamp::from_millisecond(millis).ok(),
            Self::Blank => return String::new(),
            Self::Invalid => None,
        };
        let Some(stamp) = stamp else { return "Invalid Date".to_owned() };
        let offset = zone.to_offset(stamp);
        let local = offset.to_datetime(stamp);
        let (date, time) = (local.date(), local.time());
        if time == Time::midnight() {
            return date.to_string();
        }
        format!(
            "{date}T{:02}:{:02}:{:02}.{:03}{}",
            time.hour(),
            time.minute(),
            time.second(),
            time.millisecond(),
            written_offset(offset)
        )
    }

    /// The wall clock in a time zone.
    pub(super) fn local(self, zone: &TimeZone) -> Option<DateTime> {
        let Self::At(millis) = self else { return None };
        let stamp = Timestamp::from_millisecond(millis).ok()?;
        Some(zone.to_offset(stamp).to_datetime(stamp))
    }
}

fn written_offset(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    format!("{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60)
}

/// The moment a text names if it has a date's form, [`Moment::Invalid`] if its day does not exist; None if it has not.
pub(super) fn read_date(text: &str, zone: &TimeZone) -> Option<Moment> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return None;
    }
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut parts = day.split('-');
    let year = parts.next().and_then(|part| part.parse::<i16>().ok())?;
    let month = short_number(parts.next()?)?;
    let day = short_number(parts.next()?)?;
    if parts.next().is_some() {
        return None;
    }
    let (time, offset) = match time {
        Some(time) => match read_time(time) {
            Some(read) => read,
            None => return Some(Moment::Invalid),
        },
        None => (Time::midnight(), None),
    };
    let moment = Date::new(year, month, day).ok().and_then(|date| {
        let local = date.to_datetime(time);
        let stamp = match offset {
            Some(offset) => offset.to_timestamp(local).ok()?,
            None => zone.to_ambiguous_timestamp(local).compatible().ok()?,
        };
        Some(Moment::At(stamp.as_millisecond()))
    });
    Some(moment.unwrap_or(Moment::Invalid))
}

fn short_number(text: &str) -> Option<i8> {
    let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// `08:00:00.000+07:00`, `08:00`, `08:00:00Z`.
fn read_time(text: &str) -> Option<(Time, Option<Offset>)> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        Some(at) if &text[at..] == "Z" => (&text[..at], Some(Offset::UTC)),
        Some(at) => (&text[..at], Some(read_offset(&text[at..])?)),
        None => (text, None),
    };
    let mut parts = clock.splitn(3, ':');
    let hour = parts.next().and_then(short_number)?;
    let minute = parts.next().and_then(short_number)?;
    let (second, nanosecond) = match parts.next() {
        None => (0, 0),
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
            if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            (short_number(whole)?, format!("{fraction:0<9}").parse::<i32>().ok()?)
        }
    };
    Some((Time::new(hour, minute, second, nanosecond).ok()?, offset))
}

fn read_offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text[1..].split_once(':').unwrap_or((&text[1..], "0"));
    let (hours, minutes) = (i32::from(short_number(hours)?), i32::from(short_number(minutes)?));
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// `decimal-time()`: the part of the day that has gone by, on the day of `now`, in the time zone.
pub(super) fn part_of_day(text: &str, now: Moment, zone: &TimeZone) -> Option<f64> {
    let (time, offset) = read_time(text.trim())?;
    let local = match offset {
        None => time,
        Some(offset) => {
            let stamp = offset.to_timestamp(now.local(zone)?.date().to_datetime(time)).ok()?;
            zone.to_offset(stamp).to_datetime(stamp).time()
        }
    };
    let seconds = f64::from(local.second()) / 3600.0;
    Some((seconds + f64::from(local.minute()) / 60.0 + f64::from(local.hour())) / 24.0)
}

/// `format-date()`. Names of months and days are the language's: Vietnamese for `vi`, else English. None for an unknown sign.
pub(super) fn format(local: DateTime, pattern: &str, language: &str) -> Option<String> {
    use std::fmt::Write as _;
    let mut written = String::new();
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        if next != '%' {
            written.push(next);
            continue;
        }
        let done = match rest.next()? {
            '%' => write!(written, "%"),
            'Y' => write!(written, "{:04}", local.year()),
            'y' => write!(written, "{:02}", local.year().rem_euclid(100)),
            'm' => write!(written, "{:02}", local.month()),
            'n' => write!(written, "{}", local.month()),
            'b' => write!(written, "{}", month_name(local.month(), language)),
            'd' => write!(written, "{:02}", local.day()),
            'e' => write!(written, "{}", local.day()),
            'H' => write!(written, "{:02}", local.hour()),
            'h' => write!(written, "{}", local.hour()),
            'M' => write!(written, "{:02}", local.minute()),
            'S' => write!(written, "{:02}", local.second()),
            '3' => write!(written, "{:03}", local.millisecond()),
            'a' => write!(written, "{}", day_name(local.weekday(), language)),
            _ => return None,
        };
        done.ok()?;
    }
    Some(written)
}

fn month_name(month: i8, language: &str) -> String {
    if is_vietnamese(language) {
        return format!("thg {month}");
    }
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    names[(month - 1).rem_euclid(12) as usize].to_owned()
}

fn day_name(day: Weekday, language: &str) -> &'static str {
    let names = if is_vietnamese(language) {
        ["Th 2", "Th 3", "Th 4", "Th 5", "Th 6", "Th 7", "CN"]
    } else {
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    };
    names[day.to_monday_zero_offset().rem_euclid(7) as usize]
}

fn is_vietnamese(language: &str) -> bool {
    language == "vi" || language.starts_with("vi-")
}
