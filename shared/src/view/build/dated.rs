//! By which clock the parts of an inspection were dated, and what is odd about that.
//!
//! Invariant: what is remarked follows from the record and from what the server knows of its authors, so everybody reads the
//! same; no day is changed.

use super::joined::{Joined, Part};
use super::live::registers;
use crate::clock::{UtcMillis, is_clock_off};
use crate::record::facility::field;
use crate::record::register::SealStatement;
use crate::record::value::Cell;
use crate::view::Authors;
use crate::view::remark::Remark;
use crate::view::remark::dating::{self, Dating, Evidence};

impl Joined<'_> {
    /// What is odd about the days of its parts: of those that say something, the original first.
    pub(super) fn dated(&self, authors: &dyn Authors) -> Vec<Remark> {
        let known = self.regime().is_some();
        let parts = self.parts.iter().enumerate();
        let remark = |(place, part): (usize, &Part<'_>)| {
            let at = if place == 0 { Some(self.begun()) } else { part.live.started_at() };
            // A supplement is under the law of its inspection.
            let lawful = place > 0 || known;
            dating::remark(place, &Dating { at: at?, evidence: part.evidence(authors), lawful })
        };
        parts.filter_map(remark).collect()
    }

    /// How far the clock was off by which the beginning was written.
    pub(super) fn began_off(&self, began: &Cell, at: UtcMillis, authors: &dyn Authors) -> Option<i64> {
        let seen = authors.attribution(began.operation.actor, at).clock_off_ms;
        // What the device knew itself stands in the change that begins the record.
        let same = |cell: &&Cell| cell.operation.actor == began.operation.actor && cell.at == began.at;
        seen.or_else(|| self.parts[0].clock_off().find(same).and_then(|cell| cell.value.as_int()))
    }
}

impl Part<'_> {
    fn clock_off(&self) -> impl Iterator<Item = &Cell> {
        self.live.at(&format!("h/{}", field::CLOCK_OFF)).iter().copied()
    }

    /// What shows that a clock was off by which this part was written: what a device knew or exchanges showed, or that its
    /// author was no author yet.
    fn evidence(&self, authors: &dyn Authors) -> Option<Evidence> {
        let began =
            self.live.beginning().and_then(|cell| Some((cell.operation.actor, UtcMillis(cell.value.as_int()?))));
        let seals = self.live.under("g/").flat_map(|(_, cells)| registers::<SealStatement>(cells));
        let seals = seals.map(|(cell, statement)| (cell.operation.actor, statement.at));
        let written: Vec<_> = began.into_iter().chain(seals).collect();
        let known = self.clock_off().filter_map(|cell| cell.value.as_int());
        let seen = written.iter().filter_map(|(actor, at)| authors.attribution(*actor, *at).clock_off_ms);
        let off = known.chain(seen).filter(|off| is_clock_off(*off)).max_by_key(|off| off.unsigned_abs());
        off.map(Evidence::Off).or_else(|| {
            let before = |(actor, at): &(_, UtcMillis)| {
                authors.enrolled_at(*actor).filter(|enrolled| at < enrolled && is_clock_off(enrolled.since(*at)))
            };
            written.iter().find_map(before).map(Evidence::BeforeEnrolment)
        })
    }
}
