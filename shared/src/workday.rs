//! Working days in Việt Nam: which day it is a number of working days from now, and which days were passed over.
//!
//! Invariant: holidays are data (`shared/data/holidays.json`), each with what it rests on; a day that rests on what no source
//! of ours confirmed makes the proposal uncertain, and so does a year whose lunar holidays are not listed. It proposes, the
//! officer chooses.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::template::Words;

const DATA: &str = include_str!("../data/holidays.json");

/// The terms in which a re-inspection is proposed, in working days.
pub const TERMS: [u32; 3] = [5, 10, 20];
/// The longest term, in working days.
const LONGEST: u32 = 400;

/// What a holiday rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The law names this very day.
    Law,
    /// As reported of the yearly announcement; not confirmed.
    Announced,
    /// Worked out from the lunar calendar; not confirmed.
    Calendar,
}

/// A day off that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct DayOff {
    /// The day.
    #[ts(type = "string")]
    pub date: Date,
    /// Which holiday.
    pub name: Words,
    /// What it rests on.
    pub basis: Basis,
    /// Whether it makes up for a holiday on a weekly day of rest.
    #[serde(default)]
    pub substitute: bool,
}

/// A day some working days from now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Proposal {
    /// How many working days.
    pub working_days: u32,
    /// The day.
    #[ts(type = "string")]
    pub on: Date,
    /// Holidays that were passed over, weekends left out.
    pub passed_over: Vec<DayOff>,
    /// Whether all that it rests on is confirmed.
    pub certain: bool,
}

#[derive(Debug, Deserialize)]
struct Fixed {
    month: i8,
    day: i8,
    name: Words,
}

#[derive(Debug, Deserialize)]
struct File {
    fixed: Vec<Fixed>,
    dates: Vec<DayOff>,
    listed_years: Vec<i16>,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| serde_json::from_str(DATA).expect("the holidays that come with the program are in order"))
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The days off of these years, with those that make up for a holiday on a weekly day of rest.
fn days_off(from: i16, to: i16) -> BTreeMap<Date, DayOff> {
    let file = file();
    let fixed = (from..=to).flat_map(|year| file.fixed.iter().map(move |day| (year, day)));
    let fixed = fixed.filter_map(|(year, day)| {
        let date = Date::new(year, day.month, day.day).ok()?;
        Some(DayOff { date, name: day.name.clone(), basis: Basis::Law, substitute: false })
    });
    let listed = file.dates.iter().filter(|day| (from..=to).contains(&day.date.year())).cloned();
    let mut days: BTreeMap<Date, DayOff> = fixed.chain(listed).map(|day| (day.date, day)).collect();
    for lost in days.values().filter(|day| is_weekend(day.date)).cloned().collect::<Vec<_>>() {
        let mut date = lost.date;
        while is_weekend(date) || days.contains_key(&date) {
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        let name = Words { vi: format!("Nghỉ bù {}", lost.name.vi), en: format!("{} (made up)", lost.name.en) };
        days.entry(date).or_insert(DayOff { date, name, substitute: true, ..lost });
    }
    days
}

/// The day that is so many working days after a day.
pub fn after(start: Date, working_days: u32) -> Proposal {
    let working_days = working_days.min(LONGEST);
    let off = days_off(start.year(), start.year().saturating_add(3));
    let (mut on, mut left, mut passed_over) = (start, working_days, Vec::new());
    while left > 0 {
        let Ok(next) = on.tomorrow() else { break };
        on = next;
        match off.get(&on) {
            _ if is_weekend(on) => {}
            Some(day) => passed_over.push(day.clone()),
            None => left -= 1,
        }
    }
    let listed = |year: i16| file().listed_years.contains(&year);
    let certain = passed_over.iter().all(|day| day.basis == Basis::Law) && (start.year()..=on.year()).all(listed);
    Proposal { working_days, on, passed_over, certain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn weekends_and_holidays_are_passed_over() {
        // From a Sunday: Monday to Friday.
        assert_eq!(after(date(2026, 11, 22), 5).on, date(2026, 11, 27));
        // From a Friday: the weekend does not count.
        assert_eq!(after(date(2026, 11, 27), 1).on, date(2026, 11, 30));
        let new_year = after(date(2026, 12, 30), 2);
        assert_eq!((new_year.on, new_year.passed_over.len()), (date(2027, 1, 4), 1));
        assert_eq!(new_year.passed_over[0].basis, Basis::Law);
        assert!(new_year.certain);
    }

    #[test]
    fn a_holiday_on_a_sunday_is_made_up_for_on_the_next_working_day() {
        // The Hùng Kings' day of 2026 is a Sunday; Monday the 27th makes up for it.
        let proposal = after(date(2026, 4, 24), 1);
        assert_eq!(proposal.on, date(2026, 4, 28));
        assert!(proposal.passed_over[0].substitute && !proposal.certain);
        // Two holidays on one weekend are made up for on two days: Tết 2027, from the 5th (Friday) to the 9th.
        let passed: Vec<_> = after(date(2027, 2, 4), 1).passed_over.iter().map(|day| day.date.day()).collect();
        assert_eq!(passed, [5, 8, 9, 10, 11]);
    }

    #[test]
    fn a_year_that_is_not_listed_is_uncertain() {
        assert!(!after(date(2031, 3, 3), 5).certain);
        assert_eq!(after(date(2031, 3, 3), 5).on, date(2031, 3, 10));
    }
}
