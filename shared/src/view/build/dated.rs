//! By which clock the parts of an inspection were dated, and what is odd about that.
//!
//! Invariant: what is remarked follows from the record and from what the server knows of its authors, so everybody reads the
//! same; no day is changed.

use jiff::civil::Date;

use super::joined::{Joined, Part};
use super::live::registers;
use crate::clock::{UtcMillis, is_clock_off};
use crate::id::ActorId;
use crate::record::facility::field;
use crate::record::register::SealStatement;
use crate::record::value::Cell;
use crate::record::visit;
use crate::regime::rulebook;
use crate::template::Template;
use crate::view::Authors;
use crate::view::remark::Remark;
use crate::view::remark::claims;
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
        let mut remarks: Vec<_> = parts.filter_map(remark).collect();
        remarks.extend(self.claims());
        remarks
    }

    /// What its beginning says that does not agree with itself, or that this program does not know.
    fn claims(&self) -> impl Iterator<Item = Remark> {
        let header = self.original();
        let began = header.beginning();
        let named: Option<Date> = header.text(field::VISIT_DAY).and_then(visit::day);
        let day = named.zip(began).and_then(|(named, _)| claims::visit_day(named, self.begun()));
        let said = began.and_then(|cell| Some((UtcMillis(cell.value.as_int()?), cell.at)));
        let written = said.and_then(|(said, written)| claims::begun(said, written));
        let law = header.first_text(field::RULE_SET).filter(|law| !rulebook().knows(law)).map(claims::rule_set);
        [day, written, law].into_iter().flatten()
    }

    /// When it was begun, put right where that clock is known to have been off.
    pub(super) fn truly_begun(&self, authors: &dyn Authors) -> UtcMillis {
        let at = self.begun();
        let off = self.original().beginning().and_then(|cell| self.began_off(cell, at, authors));
        at.plus_millis(off.unwrap_or(0).saturating_neg())
    }

    /// How far the clock was off by which the original was sealed.
    pub(super) fn sealed_off(&self, authors: &dyn Authors) -> Option<i64> {
        let part = &self.parts[0];
        let at = part.sealed_at?;
        let mut seals = part.live.under("g/").flat_map(|(_, cells)| registers::<SealStatement>(cells));
        let (cell, _) = seals.find(|(_, statement)| statement.at == at)?;
        authors
            .attribution(cell.operation.actor, at)
            .clock_off_ms
            .or_else(|| part.known_off(cell.operation.actor, at, authors))
    }

    /// How far the clock was off by which the finding that stands at an item was written.
    pub(super) fn finding_off(&self, code: &str, template: Option<&Template>, authors: &dyn Authors) -> Option<i64> {
        let question = template.and_then(|template| template.item(code));
        let stands = self.stands(code, question, false);
        let written = stands.findings.first()?;
        let by = written.by(authors);
        let key = format!("f/{code}/detail");
        let of = |part: &&Part<'_>| part.live.at(&key).iter().any(|cell| cell.operation == written.cell.operation);
        let part = self.parts.iter().find(of)?;
        by.clock_off_ms.or_else(|| part.known_off(written.cell.operation.actor, by.at, authors))
    }

    /// How far the clock was off by which the beginning was written.
    pub(super) fn began_off(&self, began: &Cell, at: UtcMillis, authors: &dyn Authors) -> Option<i64> {
        let seen = authors.attribution(began.operation.actor, at).clock_off_ms;
        // What the device knew itself stands in the change that begins the record.
        let same = |cell: &&Cell| cell.operation.actor == began.operation.actor && cell.at == began.at;
        seen.or_else(|| self.parts[0].clock_off(authors).find(same).and_then(|cell| cell.value.as_int()))
    }
}

impl Part<'_> {
    /// What devices knew of their clocks, but for what a server's wrong clock had told them.
    fn clock_off<'a>(&'a self, authors: &'a dyn Authors) -> impl Iterator<Item = &'a Cell> {
        let cells = self.live.at(&format!("h/{}", field::CLOCK_OFF)).iter().copied();
        cells.filter(|cell| {
            let said = cell.value.as_int();
            said.is_none_or(|off| !authors.is_withdrawn(cell.operation.actor, cell.at, off))
        })
    }

    /// What a device knew of its clock when it wrote something at a time: it noted that by the same clock.
    fn known_off(&self, actor: ActorId, at: UtcMillis, authors: &dyn Authors) -> Option<i64> {
        let own = self.clock_off(authors).filter(|cell| cell.operation.actor == actor);
        let near = |cell: &&Cell| {
            let off = cell.value.as_int().map_or(0, i64::unsigned_abs);
            cell.at.since(at).unsigned_abs() <= off / 2
        };
        own.filter(near).filter_map(|cell| cell.value.as_int()).max_by_key(|off| off.unsigned_abs())
    }

    /// What shows that a clock was off by which this part was written: what a device knew or exchanges showed, or that its
    /// author was no author yet.
    fn evidence(&self, authors: &dyn Authors) -> Option<Evidence> {
        let began =
            self.live.beginning().and_then(|cell| Some((cell.operation.actor, UtcMillis(cell.value.as_int()?))));
        let seals = self.live.under("g/").flat_map(|(_, cells)| registers::<SealStatement>(cells));
        let seals = seals.map(|(cell, statement)| (cell.operation.actor, statement.at));
        let written: Vec<_> = began.into_iter().chain(seals).collect();
        let known = self.clock_off(authors).filter_map(|cell| cell.value.as_int());
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
