//! Signed parts of one inspection that say different things, made by people who did not know of each other.
//!
//! Invariants: such a clash is settled by a signed part whose author knew both sides, and by nothing else: what is chosen in a
//! supplement that is not signed yet is shown, and does not count. What a late draft carries clashes with what is signed on its
//! author's device only, and the author settles it, before the draft can be signed.

use std::collections::BTreeSet;

use super::clash::{saying, saying_place};
use super::inspection::{InspectionParts, WHOLE_RECORD};
use super::joined::Joined;
use super::live::Live;
use super::place::{self, position};
use super::stand::{Told, fails};
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::record::register::{FindingDetail, ItemAnswer};
use crate::record::value::Cell;
use crate::template::Template;
use crate::view::remark::{Remark, overruled};
use crate::view::{Authors, Clash, Saying, Settlement};

impl Joined<'_> {
    /// The clashes between signed parts, and of the reader's late draft with them, by item, the position last.
    pub(super) fn apart(&self, parts: &InspectionParts<'_>, authors: &dyn Authors) -> Vec<Clash> {
        if !self.may_clash() && !self.carries() {
            return Vec::new();
        }
        let title = parts.facility.map(Live::of).unwrap_or_default();
        let title = title.text(field::NAME).unwrap_or_default();
        let open = || self.parts.iter().filter(|part| part.sealed_at.is_none()).map(|part| &part.live);
        let clash = |key: String, values: Vec<Saying>, settlement: Option<Settlement>| Clash {
            document: parts.id,
            kind: RecordKind::Inspection,
            title: title.to_owned(),
            question: super::clash::question(&key, parts.template),
            key,
            subject_kind: None,
            values,
            settlement,
        };
        let settlement = |chosen| Some(if chosen { Settlement::Unsigned } else { Settlement::Open });
        let mut found = Vec::new();
        for code in self.codes(true) {
            let question = parts.template.and_then(|template| template.item(code));
            if question.is_none() && parts.template.is_some_and(|it| it.at(code).is_some()) {
                // A repetition is there if anybody says so.
                continue;
            }
            let drafted = self.stands(code, question, false);
            let late = drafted.late;
            let stands = if late { drafted } else { self.stands(code, question, true) };
            let (answer, finding) = (format!("i/{code}"), format!("f/{code}/detail"));
            let answers =
                |live: &Live<'_>| live.register::<ItemAnswer>(&answer).is_some_and(|(_, said)| said.answer.is_some());
            let answered = open().any(answers);
            if stands.told.len() > 1 {
                let values = stands.told.iter().map(|it| Saying {
                    unsigned: it.unsigned || self.is_let_in(it.cell),
                    ..saying(&answer, it.cell.operation, &it.cell.value, it.cell.at, authors)
                });
                let settlement = if late { None } else { settlement(answered) };
                found.push(clash(answer.clone(), values.collect(), settlement));
                if late {
                    // An item is one statement: who chooses an answer chooses its finding.
                    continue;
                }
            }
            if stands.findings.len() > 1 {
                let values = stands.findings.iter().map(|it| Saying {
                    unsigned: it.unsigned || self.is_let_in(it.cell),
                    ..saying(&finding, it.cell.operation, &it.cell.value, it.cell.at, authors)
                });
                let values = values.collect();
                let written = open().any(|live| live.register::<FindingDetail>(&finding).is_some());
                let settlement = if late { None } else { settlement(answered || written) };
                found.push(clash(finding, values, settlement));
            }
        }
        let drafted = self.places(false);
        let late = drafted.late;
        let places = if late { drafted.places } else { self.places(true).places };
        if places.len() > 1 {
            let key = format!("h/{}", field::LATITUDE);
            let values = places.into_iter().map(|(cell, place)| saying_place(&key, cell, place, authors)).collect();
            let taken = open().any(|live| position(live).is_some());
            found.push(clash(key, values, if late { None } else { settlement(taken) }));
        }
        found
    }

    /// Whether late work is laid over the record.
    fn carries(&self) -> bool {
        let carries = format!("h/{}", field::CARRIES);
        self.parts.iter().any(|part| part.sealed_at.is_none() && part.live.winner(&carries).is_some())
    }

    /// Whether a value was let into a part after it was sealed: another one stands at its key that its own author's seal covers,
    /// and no seal of its author is there. A sealed part said one thing at a key.
    fn is_let_in(&self, cell: &Cell) -> bool {
        self.parts.iter().filter(|part| part.sealed_at.is_some()).any(|part| {
            let sealed = |cell: &Cell| {
                let seals = part.live.under("g/").flat_map(|(_, seals)| seals);
                let mut own = seals.filter(|seal| seal.operation.actor == cell.operation.actor);
                own.any(|seal| cell.operation.counter < seal.operation.counter)
            };
            let here = part.live.at(&cell.key);
            here.iter().any(|known| known.operation == cell.operation)
                && !sealed(cell)
                && here.iter().any(|known| sealed(known))
        })
    }

    /// Whether signed parts can clash: three were signed, or one of them says several things.
    fn may_clash(&self) -> bool {
        let signed = || self.read(true).map(|(_, part)| part);
        // What somebody's work was let into says several things, and what was signed before all of it had to be settled.
        let several = || {
            signed().any(|part| {
                let many = |prefix| part.live.under(prefix).any(|(_, cells)| cells.len() > 1);
                many("i/") || many("f/") || place::apart(&part.live, RecordKind::Inspection).len() > 1
            })
        };
        self.parts[0].sealed_at.is_some() && (signed().count() > 2 || several())
    }

    /// Checks that one officer signed as failed and another, in a supplement, as not failing: no rule forbids it, and who
    /// reviews is told.
    pub(super) fn overruled(&self, template: Option<&Template>, authors: &dyn Authors) -> Vec<Remark> {
        if self.read(true).count() < 2 {
            return Vec::new();
        }
        let overruled = |code: &str| {
            let question = template.and_then(|template| template.item(code));
            let stands = self.stands(code, question, true);
            let ([now], Some(before)) = (&stands.told[..], stands.before.last()) else { return None };
            let fails = |it: &Told<'_>| it.answer().is_some_and(|answer| fails(question, answer));
            if question.is_some_and(|question| question.survey) || fails(now) || !fails(before) {
                return None;
            }
            let (now, before) = (now.statement(authors), before.statement(authors).by);
            let now = now.chosen_by.unwrap_or(now.by);
            (now.person != before.person).then(|| overruled(code, &now.person_name, &before.person_name))
        };
        self.codes(true).into_iter().filter_map(overruled).collect()
    }

    /// Items at which something is said or shown, in the order of their codes.
    pub(super) fn codes(&self, signed: bool) -> BTreeSet<&str> {
        let mut codes: BTreeSet<&str> = BTreeSet::new();
        for (_, part) in self.read(signed) {
            for prefix in ["i/", "p/"] {
                codes.extend(part.live.under(prefix).filter_map(|(key, _)| key.split('/').nth(1)));
            }
        }
        codes.remove(WHOLE_RECORD);
        codes
    }
}
