//! What stands at an item of an inspection: what its parts say there, without what somebody replaced who knew it.
//!
//! Invariants: a part speaks at an item as one statement, answer and finding together, completed with what its author knew to
//! stand there; so it replaces only what its author knew. Where parts that did not know each other say different things, both
//! stand, what fails its check first: until a signed part settles it the worst counts. Saying the same twice is no clash.
//! What a late draft carries was said before its author knew what is signed: at an item where these differ it replaces
//! nothing until the author puts something there anew, be it the same; where the inspection was made is one statement too.
//! Who settles a clash of signed parts says one side again in their own signed part: it stays its author's statement, chosen by
//! who said it again. That follows from the parts alone, so nobody can claim it.

use super::clash::{attributed, different};
use super::joined::Joined;
use super::late::{is_far, same_answer};
use super::live::Live;
use super::place;
use crate::clock::UtcMillis;
use crate::record::RecordKind;
use crate::record::choice::{self, Origin};
use crate::record::facility::field;
use crate::record::register::{Answer, FindingDetail, ItemAnswer, Position, Register as _, Severity, Verdict};
use crate::record::value::{Cell, OperationId};
use crate::template::{Item, check};
use crate::view::{Attribution, Authors, Statement};

/// Something that a part says at an item.
#[derive(Debug, Clone)]
pub(super) struct Told<'a> {
    /// The place of the part among the parts.
    part: usize,
    pub(super) cell: &'a Cell,
    /// `None`: taken back.
    said: Option<ItemAnswer>,
    /// The side of a clash that it says again, which its author knew: whose statement it is.
    first: Option<First>,
    /// Whether its part is a supplement that is not signed.
    pub(super) unsigned: bool,
}

/// Who said first what somebody chose, and when.
#[derive(Debug, Clone, Copy)]
struct First {
    put: OperationId,
    at: UtcMillis,
    origin: Option<Origin>,
}

impl Told<'_> {
    pub(super) fn answer(&self) -> Option<&Answer> {
        self.said.as_ref().and_then(|said| said.answer.as_ref())
    }

    fn note(&self) -> &str {
        self.said.as_ref().map_or("", |said| said.note.trim())
    }

    /// Counters and actors tell the puts of one record apart, not those of several.
    fn is(&self, other: &Self) -> bool {
        (self.part, self.cell.operation) == (other.part, other.cell.operation)
    }

    fn says_what(&self, other: &Self) -> bool {
        same_answer(self.answer(), other.answer()) && self.note() == other.note()
    }

    fn first(&self) -> First {
        let at = self.said.as_ref().map_or(self.cell.at, |said| said.at);
        self.first.unwrap_or(First { put: self.cell.operation, at, origin: choice::origin(&self.cell.value) })
    }

    pub(super) fn statement(&self, authors: &dyn Authors) -> Statement {
        let at = self.said.as_ref().map_or(self.cell.at, |said| said.at);
        let (by, chosen_by) = match self.first {
            Some(first) => {
                let chosen_by = authors.attribution(self.cell.operation.actor, at);
                (attributed(first.put, first.at, first.origin, authors).0, Some(chosen_by))
            }
            None => attributed(self.cell.operation, at, choice::origin(&self.cell.value), authors),
        };
        Statement {
            operation: self.cell.operation,
            answer: self.answer().cloned(),
            note: self.said.as_ref().map(|said| said.note.clone()).unwrap_or_default(),
            measured: self.said.as_ref().and_then(|said| said.measured.clone()),
            running: self.said.as_ref().and_then(|said| said.running),
            by,
            chosen_by,
            supplement: self.part > 0,
            unsigned: self.unsigned,
        }
    }
}

/// What a part writes of a failed check.
#[derive(Debug, Clone)]
pub(super) struct Written<'a> {
    pub(super) cell: &'a Cell,
    detail: FindingDetail,
    /// As of an answer.
    first: Option<First>,
    /// As of an answer.
    pub(super) unsigned: bool,
}

impl Written<'_> {
    /// A finding that was chosen in a clash is still its writer's.
    pub(super) fn as_first_said(&self, authors: &dyn Authors) -> FindingDetail {
        let mut detail = self.detail.clone();
        let by = self.by(authors);
        let chosen = self.first.is_some() || detail.origin.is_some();
        if let Some(person) = by.person.filter(|_| chosen) {
            (detail.by, detail.at) = (person, by.at);
        }
        detail
    }

    pub(super) fn by(&self, authors: &dyn Authors) -> Attribution {
        let First { put, at, origin } = self.first();
        attributed(put, at, origin, authors).0
    }

    pub(super) fn chosen_by(&self, authors: &dyn Authors) -> Option<Attribution> {
        let by_itself = attributed(self.cell.operation, self.detail.at, self.detail.origin, authors);
        if self.first.is_some() {
            Some(authors.attribution(self.cell.operation.actor, self.detail.at))
        } else {
            by_itself.1
        }
    }

    fn first(&self) -> First {
        self.first.unwrap_or(First { put: self.cell.operation, at: self.detail.at, origin: self.detail.origin })
    }

    fn says_what(&self, other: &Self) -> bool {
        let what = |it: &Self| (it.detail.severity, it.detail.remedy.trim().to_owned(), it.detail.deadline);
        what(self) == what(other)
    }

    /// The gravest first; of equally grave ones what is due first.
    fn order(&self) -> (std::cmp::Reverse<Severity>, bool, Option<jiff::civil::Date>) {
        (std::cmp::Reverse(self.detail.severity), self.detail.deadline.is_none(), self.detail.deadline)
    }
}

/// A part's statement at an item.
struct Voice<'a> {
    place: usize,
    /// Whether the part itself answers; otherwise its finding is about the answers that its author knew.
    speaks: bool,
    /// Whether it was carried into a draft, and its author has not said since what holds.
    late: bool,
    told: Vec<Told<'a>>,
    findings: Vec<Written<'a>>,
}

/// What stands at an item.
pub(super) struct Stands<'a> {
    /// What is said, the one shown first.
    pub(super) told: Vec<Told<'a>>,
    /// What was replaced, and what says the same as another; oldest first.
    pub(super) before: Vec<Told<'a>>,
    /// What is written of the failed check, the gravest first; none where nothing fails.
    pub(super) findings: Vec<Written<'a>>,
    /// Whether a late draft is among them that its author has not settled yet.
    pub(super) late: bool,
}

/// Whether an answer fails its question; without the question, a verdict does.
pub(super) fn fails(question: Option<&Item>, answer: &Answer) -> bool {
    match question {
        Some(question) => check::failed(question, answer),
        None => *answer == Answer::Verdict(Verdict::Fail),
    }
}

impl<'a> Joined<'a> {
    /// What stands at an item; `signed`: without what is not signed yet.
    pub(super) fn stands(&self, code: &str, question: Option<&Item>, signed: bool) -> Stands<'a> {
        let voices = self.voices(code, signed);
        let last = self.unreplaced(&voices, None);
        let mut told: Vec<Told<'a>> = Vec::new();
        for one in last.iter().rev().flat_map(|voice| &voice.told) {
            if !told.iter().any(|it| it.is(one) || (it.part != one.part && it.says_what(one))) {
                told.push(one.clone());
            }
        }
        let failing = |it: &Told<'_>| it.answer().is_some_and(|answer| fails(question, answer));
        if self.parts[0].sealed_at.is_some() {
            told.sort_by_key(|it| !failing(it));
        }
        let own = voices.iter().filter(|voice| voice.speaks).flat_map(|voice| &voice.told);
        let before = own.filter(|one| !told.iter().any(|it| it.is(one))).cloned().collect();
        let mut findings: Vec<Written<'a>> = Vec::new();
        for voice in last.iter().rev().filter(|voice| voice.told.iter().any(failing)) {
            for one in &voice.findings {
                if !findings.iter().any(|it| it.says_what(one)) {
                    findings.push(one.clone());
                }
            }
        }
        findings.sort_by_key(Written::order);
        let late = last.iter().any(|voice| voice.late);
        Stands { told, before, findings, late }
    }

    fn voices(&self, code: &str, signed: bool) -> Vec<Voice<'a>> {
        let (answers, finding) = (format!("i/{code}"), format!("f/{code}/detail"));
        let mut voices: Vec<Voice<'a>> = Vec::new();
        for (place, part) in self.read(signed) {
            let unsigned = place > 0 && part.sealed_at.is_none();
            let mut own = told(place, &part.live, &answers, unsigned);
            let mut written = written(&part.live, &finding, unsigned);
            // A correction that was taken back again leaves what was sealed.
            let speaks = if place == 0 { !own.is_empty() } else { own.iter().any(|it| it.answer().is_some()) };
            if !speaks && written.is_empty() {
                continue;
            }
            let known = self.unreplaced(&voices, Some(place));
            chosen(&known, &mut own, &mut written);
            let late = part.sealed_at.is_none()
                && late_at(&part.live, &answers, &finding, || {
                    let said = || known.iter().flat_map(|it| &it.told).filter(|it| it.answer().is_some());
                    said().next().map(|_| said().all(|it| own.iter().any(|one| one.says_what(it))))
                });
            let told = if speaks { own } else { known.iter().flat_map(|it| it.told.iter().cloned()).collect() };
            if written.is_empty() {
                let known = known.iter().flat_map(|it| it.findings.iter().cloned());
                written = known.min_by_key(Written::order).into_iter().collect();
            }
            voices.push(Voice { place, speaks, late, told, findings: written });
        }
        voices
    }

    /// Of these voices (of those that a part knew), the ones that no other of them knew.
    fn unreplaced<'v>(&self, voices: &'v [Voice<'a>], known_to: Option<usize>) -> Vec<&'v Voice<'a>> {
        let heard = |voice: &&Voice<'_>| known_to.is_none_or(|place| self.knew(place, voice.place));
        let heard: Vec<_> = voices.iter().filter(heard).collect();
        let replaced = |voice: &Voice<'_>| heard.iter().any(|other| !other.late && self.knew(other.place, voice.place));
        heard.iter().copied().filter(|voice| !replaced(voice)).collect()
    }

    /// What the author of a part knew to be said at an item when signing; of findings what is written there.
    pub(super) fn known_at(&self, code: &str, place: usize) -> (Vec<ItemAnswer>, Vec<FindingDetail>) {
        let voices = self.voices(code, true);
        let known = self.unreplaced(&voices, Some(place));
        let (mut told, mut findings): (Vec<&Told<'_>>, Vec<&Written<'_>>) = (Vec::new(), Vec::new());
        for voice in &known {
            for one in voice.told.iter().filter(|it| it.answer().is_some()) {
                if !told.iter().any(|it| it.says_what(one)) {
                    told.push(one);
                }
            }
            for one in &voice.findings {
                if !findings.iter().any(|it| it.says_what(one)) {
                    findings.push(one);
                }
            }
        }
        let told = told.into_iter().filter_map(|it| it.said.clone()).collect();
        (told, findings.into_iter().map(|it| it.detail.clone()).collect())
    }

    /// Where the inspection was made, as its parts say that did not know of each other: the first is shown.
    pub(super) fn places(&self, signed: bool) -> Places<'a> {
        // What is shown of a part comes last: the last is read first.
        let said: Vec<_> = self
            .read(signed)
            .flat_map(|(place, part)| {
                place::apart(&part.live, RecordKind::Inspection).into_iter().rev().map(move |it| (place, it))
            })
            .collect();
        // What a draft carries replaces no place that is signed, until its author says where it was.
        let carried = |place: usize| {
            let part = &self.parts[place];
            let carries = part.live.winner(&format!("h/{}", field::CARRIES)).filter(|_| part.sealed_at.is_none());
            let put = said.iter().find(|(of, _)| *of == place).map(|(_, (cell, _))| cell.operation.counter);
            carries.zip(put).is_some_and(|(carries, put)| put < carries.operation.counter)
        };
        let replaced = |place: usize| said.iter().any(|(other, _)| self.knew(*other, place) && !carried(*other));
        let last = || said.iter().rev().filter(|(place, _)| !replaced(*place));
        let mut places: Vec<(&'a Cell, Position)> = Vec::new();
        // What is signed is shown first.
        for (_, one) in last().filter(|(place, _)| !carried(*place)).chain(last().filter(|(place, _)| carried(*place)))
        {
            if places.iter().all(|(_, it)| is_far(it, &one.1)) {
                places.push(*one);
            }
        }
        let late = places.len() > 1
            && last()
                .any(|(place, (cell, _))| carried(*place) && places.iter().any(|(it, _)| std::ptr::eq(*it, *cell)));
        Places { places, late }
    }
}

/// Where an inspection was made.
pub(super) struct Places<'a> {
    /// As parts say that did not know of each other, the one shown first.
    pub(super) places: Vec<(&'a Cell, Position)>,
    /// Whether one of them is a late draft's, whose author has not settled it yet.
    pub(super) late: bool,
}

/// Of what a part says where what its author knew clashes, what repeats a side of it is that side's author's.
fn chosen(known: &[&Voice<'_>], own: &mut [Told<'_>], written: &mut [Written<'_>]) {
    let told = || known.iter().flat_map(|voice| &voice.told).filter(|it| it.answer().is_some());
    if let Some(one) = told().next()
        && told().any(|it| !it.says_what(one))
    {
        for own in own.iter_mut().filter(|it| choice::origin(&it.cell.value).is_none()) {
            own.first = told().find(|it| it.says_what(own)).map(Told::first);
        }
    }
    let findings = || known.iter().flat_map(|voice| &voice.findings);
    if let Some(one) = findings().next()
        && findings().any(|it| !it.says_what(one))
    {
        for written in written.iter_mut().filter(|it| it.detail.origin.is_none()) {
            written.first = findings().find(|it| it.says_what(written)).map(Written::first);
        }
    }
}

/// Whether what an open part says at an item was carried there, and nothing was put since that settles it: where the answers
/// are the same, a finding written anew does. `same`: whether what is signed answers the same; `None` where it answers nothing.
fn late_at(live: &Live<'_>, answers: &str, finding: &str, same: impl FnOnce() -> Option<bool>) -> bool {
    let Some(carries) = live.winner(&format!("h/{}", field::CARRIES)) else { return false };
    // The program notes what it carried after the last of it: what has a higher counter came later.
    let carried = |cell: &Cell| cell.operation.counter < carries.operation.counter;
    let answered = live.register::<ItemAnswer>(answers).filter(|(_, said)| said.answer.is_some());
    let written = live.register::<FindingDetail>(finding);
    if answered.as_ref().is_some_and(|(cell, _)| !carried(cell)) {
        return false;
    }
    match (same(), written) {
        (None, _) | (Some(true), None) => false,
        (Some(false), None) => true,
        (Some(false), Some(_)) if answered.is_some() => true,
        (Some(_), Some((cell, _))) => carried(cell),
    }
}

/// What a part writes of a failed check: more than one where people wrote it who did not know of each other.
fn written<'a>(live: &Live<'a>, key: &str, unsigned: bool) -> Vec<Written<'a>> {
    let read = |cell: &'a Cell| {
        let detail = FindingDetail::from_scalar(&cell.value).ok()?;
        Some(Written { cell, detail, first: None, unsigned })
    };
    different(live.at(key)).into_iter().filter_map(read).collect()
}

fn told<'a>(part: usize, live: &Live<'a>, key: &str, unsigned: bool) -> Vec<Told<'a>> {
    let read = |cell: &'a Cell| {
        let said = if cell.value.is_tombstone() { None } else { Some(ItemAnswer::from_scalar(&cell.value).ok()?) };
        Some(Told { part, cell, said, first: None, unsigned })
    };
    different(live.at(key)).into_iter().filter_map(read).collect()
}
