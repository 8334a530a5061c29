//! The clock that records are dated by: where this device knows that it is off, what it writes says so.
//!
//! Invariant: what is known as something is written or sealed stands in the signed record; that the clock is put right before
//! the next exchange changes nothing of it.

use ancu_shared::clock::withdrawn::enrolled_at;
use ancu_shared::clock::{UtcMillis, is_clock_off};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::view::InspectionView;
use ancu_shared::view::remark::Remark;
use ancu_shared::view::remark::dating::{self, Dating, Evidence};

use super::header;
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};
use crate::store::profile;

/// Two differences that are the same for whoever reads them, in milliseconds.
const SAME: u64 = 60_000;
/// From this difference on a clock that has passed the server's last word was put right; no device is away for so long.
const DAY: i64 = 86_400_000;

impl Open {
    /// How far this device's clock is known to be off, negative where it is behind; `None` where nothing tells.
    pub(crate) fn clock_known_off(&self) -> Outcome<Option<i64>> {
        let marks = profile::marks(&self.store.main)?;
        let exchange = marks.last_exchange_at.zip(marks.clock_offset_millis);
        // A server whose clock ran ahead at the enrolment certified a time that is still to come.
        let enrolled = enrolled_at(&self.context.withdrawn, self.me.device, self.me.certified_at);
        let heard = enrolled.map_or(self.context.clock, |enrolled| enrolled.max(self.context.clock));
        Ok(known_off(self.now(), exchange, heard))
    }

    /// What a record is to say of the clock, where it does not say as much already.
    pub(super) fn clock_told(&self, record: &Record) -> Outcome<Option<(Key, Scalar)>> {
        if record.kind != RecordKind::Inspection {
            return Ok(None);
        }
        let Some(off) = self.clock_known_off()? else { return Ok(None) };
        let (key, value) = header(field::CLOCK_OFF, off);
        let said = changes::cells_at(&self.store.main, record.id, &key.to_string())?;
        let said = said.iter().filter_map(|cell| cell.value.as_int()).map(i64::unsigned_abs).max();
        Ok((said.unwrap_or(0).saturating_add(SAME) < off.unsigned_abs()).then_some((key, value)))
    }

    /// Writes what a record is to say of the clock. Part of the caller's transaction; the journal must be folded before.
    pub(super) fn tell_clock(&mut self, record: &Record) -> Outcome<()> {
        let told = self.clock_told(record)?;
        self.write(record, told.as_slice())
    }

    /// What is odd about the days of an inspection, and of what would be signed now.
    pub(super) fn clock_remarks(&self, view: &InspectionView) -> Outcome<Vec<Remark>> {
        let said = view.remarks.iter().filter(|it| it.field.split('/').next() == Some(dating::FIELD));
        let mut remarks: Vec<_> = said.cloned().collect();
        if remarks.is_empty()
            && let Some(off) = self.clock_known_off()?
        {
            let (at, lawful) = (self.now(), view.regime.is_some());
            remarks.extend(dating::remark(0, &Dating { at, evidence: Some(Evidence::Off(off)), lawful }));
        }
        Ok(remarks)
    }
}

/// How far a clock is known to be off. `exchange`: when the last one was, by this clock, and the server's clock minus this
/// one then; `heard`: a time that has passed at the server.
fn known_off(now: UtcMillis, exchange: Option<(UtcMillis, i64)>, heard: UtcMillis) -> Option<i64> {
    let passed = exchange.map_or(heard, |(at, offset)| heard.max(at.plus_millis(offset)));
    let behind = now.since(passed);
    let set_back = exchange.is_some_and(|(at, _)| now < at && is_clock_off(at.since(now)));
    let measured = exchange.map(|(_, offset)| offset.saturating_neg()).filter(|off| is_clock_off(*off) && !set_back);
    match measured {
        // As it was at the last exchange, unless it was put right since.
        Some(off) if off > 0 || behind < 0 || off > -DAY => Some(off),
        _ => Some(behind).filter(|behind| *behind < 0 && is_clock_off(*behind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const YEAR: i64 = 365 * DAY;
    const HEARD: UtcMillis = UtcMillis(1_795_250_000_000);

    #[test]
    fn what_is_known_of_a_clock_outlives_its_being_set() {
        let at = |millis: i64| HEARD.plus_millis(millis);
        for (now, exchange, expected) in [
            (at(HOUR), None, None),
            (at(HOUR), Some((at(0), 0)), None),
            (at(60 * DAY), Some((at(0), 1_500)), None),
            // Right at the last exchange, set back since.
            (at(-10 * YEAR), Some((at(0), 0)), Some(-10 * YEAR)),
            (at(-10 * YEAR), None, Some(-10 * YEAR)),
            // Wrong at the last exchange, and since.
            (at(HOUR - 10 * YEAR), Some((at(-10 * YEAR), 10 * YEAR)), Some(-10 * YEAR)),
            (at(3 * YEAR + HOUR), Some((at(3 * YEAR), -3 * YEAR)), Some(3 * YEAR)),
            (at(HOUR), Some((at(-HOUR), HOUR)), Some(-HOUR)),
            // Wrong at the last exchange, and put right since.
            (at(HOUR), Some((at(-10 * YEAR), 10 * YEAR)), None),
            (at(HOUR), Some((at(3 * YEAR), -3 * YEAR)), None),
            // A clock that was ahead is now behind.
            (at(-HOUR), Some((at(3 * YEAR), -3 * YEAR)), Some(-HOUR)),
        ] {
            assert_eq!(known_off(now, exchange, HEARD), expected, "{now:?} {exchange:?}");
        }
    }
}
