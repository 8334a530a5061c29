//! Days that lie ahead: by when premises promise to have something done, and how far ahead a day may lie at all.
//!
//! Invariants: a promise is replaced only by one whose author knew it, however many steps lie between; so of two that were
//! made apart both stand, and the earlier day counts until somebody who knew both notes another. No clock decides. A day too
//! far ahead is refused where it is entered; what another program wrote is kept, and remarked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use uuid::Uuid;

use super::remediation::FindingEvent;
use crate::clock::UtcMillis;

/// How many years ahead a deadline or a promised day may lie. No term in the rules that come with this program is as long,
/// so a later day is a slip of the hand (2062 for 2026), and one that would hide the finding from every list of what is due.
pub const LONGEST_TERM_YEARS: i16 = 5;

/// The latest sensible day for something that is asked or promised on a day.
pub fn latest_day(from: Date) -> Date {
    from.saturating_add(i64::from(LONGEST_TERM_YEARS).years())
}

/// From this difference on a deadline that was counted from a wrong day is counted anew, in milliseconds: 31 days. Below it the
/// day that the premises were told stands, and a remark says that the clock was off.
const COUNTED_ANEW_MS: u64 = 31 * 86_400_000;

/// The day that a deadline counts for: as it is written, unless it was written by a clock that was far off (`off`, negative
/// where it was behind) and counts from that clock's day. Then as many days are given from the day on which it was truly
/// written. Of the two readings the shorter term that could be met is the one that was meant: nobody gives ten years.
pub fn counted(deadline: Date, written: UtcMillis, off: Option<i64>) -> Date {
    let Some(off) = off.filter(|off| off.unsigned_abs() >= COUNTED_ANEW_MS) else { return deadline };
    let (told, truly) = (written.hanoi_date(), written.plus_millis(off.saturating_neg()).hanoi_date());
    let days = |from: Date, to: Date| from.until(to).map_or(i32::MAX, |span| span.get_days());
    match (days(told, deadline), days(truly, deadline)) {
        (from_told, from_truly) if from_told >= 0 && (from_truly < 0 || from_told < from_truly) => {
            truly.saturating_add(i64::from(from_told).days())
        }
        _ => deadline,
    }
}

/// The promises that stand at a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promises {
    /// The steps they were made with, the earliest day first.
    pub standing: Vec<(Date, Uuid)>,
}

impl Promises {
    /// The promises among these steps that no later promise knew.
    pub fn of(events: &BTreeMap<Uuid, FindingEvent>) -> Self {
        let made = || events.iter().filter_map(|(id, event)| Some((event.until?, *id)));
        let known: BTreeSet<Uuid> = made().flat_map(|(_, id)| known_to(events, id)).collect();
        // Steps that name each other in a circle are forged: nothing is taken from them.
        let mut standing: Vec<_> = made().filter(|(_, id)| !known.contains(id)).collect();
        standing.sort_unstable();
        Self { standing }
    }

    /// The day that counts: the stricter one.
    pub fn day(&self) -> Option<Date> {
        self.standing.first().map(|(day, _)| *day)
    }

    /// Whether promises that were made apart name different days.
    pub fn is_apart(&self) -> bool {
        self.standing.iter().any(|(day, _)| Some(*day) != self.day())
    }
}

/// Every step that the author of a step knew of.
fn known_to(events: &BTreeMap<Uuid, FindingEvent>, step: Uuid) -> BTreeSet<Uuid> {
    let after = |id: &Uuid| events.get(id).into_iter().flat_map(|event| event.after.iter().copied());
    let (mut known, mut left) = (BTreeSet::new(), after(&step).collect::<Vec<_>>());
    while let Some(id) = left.pop() {
        if known.insert(id) {
            left.extend(after(&id));
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::clock::UtcMillis;
    use crate::id::PersonId;
    use crate::record::remediation::FindingStep;

    /// Steps by number; the day of December that is promised, 0 for another step; what was known.
    fn promises(steps: &[(u128, i8, &[u128])]) -> (Vec<i8>, bool) {
        let event = |day: i8, after: &[u128]| FindingEvent {
            step: if day > 0 { FindingStep::Committed } else { FindingStep::Started },
            words: String::new(),
            name: "Bà Hòa".into(),
            until: (day > 0).then(|| date(2026, 12, day)),
            seen: None,
            visit: None,
            means: None,
            photos: Vec::new(),
            after: after.iter().copied().map(Uuid::from_u128).collect(),
            at: UtcMillis(1),
            by: PersonId::from_bytes([1; 16]),
        };
        let events = steps.iter().map(|(id, day, after)| (Uuid::from_u128(*id), event(*day, after))).collect();
        let promises = Promises::of(&events);
        assert_eq!(promises.day(), promises.standing.iter().map(|(day, _)| *day).min());
        (promises.standing.iter().map(|(day, _)| day.day()).collect(), promises.is_apart())
    }

    #[test]
    fn of_promises_made_apart_the_stricter_counts_until_somebody_knew_both() {
        assert_eq!(promises(&[]), (vec![], false));
        assert_eq!(promises(&[(1, 20, &[])]), (vec![20], false));
        assert_eq!(promises(&[(1, 20, &[]), (2, 24, &[1])]), (vec![24], false), "a longer term that knew the first");
        assert_eq!(promises(&[(1, 24, &[]), (2, 20, &[])]), (vec![20, 24], true));
        assert_eq!(promises(&[(1, 24, &[]), (2, 24, &[])]), (vec![24, 24], false), "they say the same");
        // Who began the work knew both and promised nothing: both stand. Who knew one of them replaces that one.
        assert_eq!(promises(&[(1, 24, &[]), (2, 20, &[]), (3, 0, &[1, 2])]), (vec![20, 24], true));
        assert_eq!(promises(&[(1, 24, &[]), (2, 20, &[]), (3, 28, &[2])]), (vec![24, 28], true));
        assert_eq!(promises(&[(1, 24, &[]), (2, 20, &[]), (3, 0, &[1, 2]), (4, 26, &[3])]), (vec![26], false));
        assert_eq!(promises(&[(1, 24, &[2]), (2, 20, &[1])]), (vec![], false), "a circle says nothing");
        assert_eq!(promises(&[(1, 24, &[77])]), (vec![24], false), "what is named is not here yet");
    }

    #[test]
    fn a_deadline_counts_from_the_day_on_which_it_was_truly_written() {
        const DAY: i64 = 86_400_000;
        let noon = UtcMillis(1_795_323_600_000); // 22/11/2026 in Hà Nội
        for years in [-10, -2, 2, 10] {
            let off = years * 365 * DAY;
            let written = noon.plus_millis(off);
            let by_the_device = written.plus_millis(14 * DAY).hanoi_date();
            assert_eq!(
                counted(by_the_device, written, Some(off)),
                date(2026, 12, 6),
                "{years}: two weeks are two weeks"
            );
            assert_eq!(counted(date(2026, 12, 6), written, Some(off)), date(2026, 12, 6), "{years}: the true calendar");
            assert_eq!(counted(by_the_device, written, None), by_the_device, "nothing is known of the clock");
        }
        let behind = noon.plus_millis(-26 * 3_600_000);
        assert_eq!(counted(date(2026, 12, 5), behind, Some(-26 * 3_600_000)), date(2026, 12, 5), "what they were told");
        // What had passed by either calendar stays as it is.
        assert_eq!(counted(date(2016, 1, 1), noon.plus_millis(-3_650 * DAY), Some(-3_650 * DAY)), date(2016, 1, 1));
        let (first, last) = (Date::MIN, Date::MAX);
        assert_eq!(counted(first, noon, Some(i64::MIN)), first);
        assert_eq!(counted(last, noon, Some(-40 * DAY)), last.saturating_add((40 * 86_400).seconds()));
    }

    #[test]
    fn a_day_lies_some_years_ahead_at_most() {
        assert_eq!(latest_day(date(2026, 11, 22)), date(2031, 11, 22));
        assert_eq!(latest_day(date(2028, 2, 29)), date(2033, 2, 28));
        assert_eq!(latest_day(Date::MAX), Date::MAX);
    }
}
