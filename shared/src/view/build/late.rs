//! Work that came after an inspection was sealed: what of it waits, where, and whose it is.
//!
//! A supplement that a reviewer's words called for is everybody's who was asked: what is said in it waits too, until it is
//! signed.
//!
//! Invariants: late work is never laid over a sealed record before its author has signed it, but on the author's own device,
//! where it is finished or given up; and it is never silent: everybody who reads the record is told that it waits, and a
//! check that failed in it counts. What says the same as the record is no news: it is counted, not listed, and who signed
//! the same apart stands beside who sealed the record. A supplement that was given up is shown nowhere; its changes stay in
//! the log.

use std::collections::{BTreeMap, BTreeSet};

use super::attended;
use super::given_up;
use super::live::Live;
use super::place::{SAME_VISIT_M, is_place, metres, position};
use crate::clock::UtcMillis;
use crate::document::guard::CheckedChange;
use crate::geometry::distance_m;
use crate::id::{ActorId, DocumentId, PersonId};
use crate::record::attendance::{Attendee, ConclusionStatement};
use crate::record::facility::{CORRECTION, field, state};
use crate::record::key::Key;
use crate::record::register::{
    Answer, FindingDetail, ItemAnswer, PhotoDetail, Position, Register, SealStatement, Severity, Verdict,
};
use crate::record::value::{Cell, Scalar};
use crate::template::{Template, check};
use crate::view::{Attribution, Authors, GivenUpEvent, LateItem, LateWork};

/// A supplement and its cells.
pub type Supplement = (DocumentId, Vec<Cell>);

/// A seal over the author's own version of an inspection, made apart; nothing of that version differs from the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosign {
    /// Who wrote it.
    pub actor: ActorId,
    /// The seal.
    pub statement: SealStatement,
    /// Questions at which the record says or shows something that was not in the signed version; `None`: nobody compared.
    pub without: Option<Vec<String>>,
}

/// The supplements of an inspection, by what they are to it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parted {
    /// Those that are read with it.
    pub read: Vec<Supplement>,
    /// The late work that waits.
    pub late: Vec<LateWork>,
    /// Who signed the same apart.
    pub cosigned: Vec<Cosign>,
    /// Who had given the visit up before hearing of the seal.
    pub gave_up: Vec<GivenUpEvent>,
}

/// Parts supplements. `reader`: the person of this device, who goes on with own late work here; `None` at the server.
pub fn split(supplements: Vec<Supplement>, reader: Option<PersonId>, authors: &dyn Authors) -> Parted {
    let mut parted = Parted::default();
    for (id, cells) in supplements {
        // Said by itself, whatever becomes of the work beside it.
        parted.gave_up.extend(given_up::apart(&cells, authors));
        if is_discarded(&cells) {
            continue;
        }
        match waiting(id, &cells, reader, authors) {
            Waiting::No | Waiting::Begun => parted.read.push((id, cells)),
            Waiting::Asked(mut said) => {
                parted.late.append(&mut said);
                parted.read.push((id, cells));
            }
            Waiting::Nothing(cosign) => parted.cosigned.extend(cosign),
            Waiting::Late(late) => {
                if late.own {
                    parted.read.push((id, cells));
                }
                parted.late.push(late);
            }
        }
    }
    parted.cosigned.sort_by_key(|cosign| (cosign.statement.at, cosign.actor));
    parted
}

/// Whether a supplement was given up before it was sealed. One that a reviewer's words called for is everybody's who was
/// asked: giving it up holds for as long as nobody else says anything in it.
pub fn is_discarded(cells: &[Cell]) -> bool {
    let live = Live::of(cells);
    if is_sealed(&live) || live.state(state::STATE) != Some(state::DISCARDED) {
        return false;
    }
    let by = live.winner(&format!("s/{}", state::STATE)).map(|cell| cell.operation.actor);
    is_own(cells) || by.is_some_and(|by| says_only(cells, by))
}

/// Whether whatever a supplement says was written by this author.
pub fn says_only(cells: &[Cell], author: ActorId) -> bool {
    let content = |key: Key| is_content(&key) || matches!(key, Key::Thread(..));
    let said = |cell: &&Cell| Key::parse(&cell.key).is_ok_and(content) && !cell.value.is_tombstone();
    cells.iter().filter(said).all(|cell| cell.operation.actor == author)
}

/// Whether a supplement has late work in it, or was begun as a correction, and waits to be signed or given up.
pub fn is_draft(cells: &[Cell]) -> bool {
    let live = Live::of(cells);
    let begun = live.text(field::PURPOSE) == Some(CORRECTION);
    !is_sealed(&live) && !is_discarded(cells) && (begun || has_content(&live))
}

/// Whether it is its author's alone until it is signed: late work, or a correction.
pub fn is_own(cells: &[Cell]) -> bool {
    Live::of(cells).winner(&format!("h/{}", field::CARRIES)).is_some()
}

/// Whether a supplement says anything: more than corrections that were taken back again.
pub fn says_anything(cells: &[Cell]) -> bool {
    let said = |cell: &Cell| match Key::parse(&cell.key) {
        _ if cell.value.is_tombstone() || is_removed(&cell.value) => false,
        // A newer program's answer is one too.
        Ok(Key::Item(_)) => ItemAnswer::from_scalar(&cell.value).map_or(true, |said| said.answer.is_some()),
        Ok(key) => is_content(&key),
        Err(_) => false,
    };
    cells.iter().any(said)
}

fn has_content(live: &Live<'_>) -> bool {
    let said = |cell: &Cell| Key::parse(&cell.key).is_ok_and(|key| is_content(&key));
    live.cells().any(|cell| said(cell) && !cell.value.is_tombstone() && !is_removed(&cell.value))
}

/// Whether it is a photo that was taken away again.
fn is_removed(value: &Scalar) -> bool {
    PhotoDetail::from_scalar(value).is_ok_and(|detail| detail.removed)
}

/// Whether a person said it: of the header only where the inspection was made, of the state only what it comes to.
pub fn is_content(key: &Key) -> bool {
    match key {
        Key::Item(_) | Key::Photo(..) | Key::Finding(..) | Key::Attendee(_) => true,
        Key::Header(name) => is_place(name),
        Key::State(name) => name == state::CONCLUSION,
        _ => false,
    }
}

/// What a supplement has that waits.
enum Waiting {
    /// It carries nothing that came late, or is sealed.
    No,
    /// What it carries says nothing that is news; at most somebody signed it.
    Nothing(Option<Cosign>),
    /// Nothing yet: the reader began it as a correction.
    Begun,
    /// What a reviewer's words called for, by who said it.
    Asked(Vec<LateWork>),
    /// Late work, or a correction.
    Late(LateWork),
}

fn waiting(id: DocumentId, cells: &[Cell], reader: Option<PersonId>, authors: &dyn Authors) -> Waiting {
    let live = Live::of(cells);
    if is_sealed(&live) {
        return Waiting::No;
    }
    let Some(carries) = live.winner(&format!("h/{}", field::CARRIES)) else {
        return Waiting::Asked(asked(id, &live, authors));
    };
    let apart = live.register::<SealStatement>(&format!("h/{}", field::SIGNED_APART));
    // What came late into it makes it more than a correction.
    let correction = carries.value.is_tombstone() && live.text(field::PURPOSE) == Some(CORRECTION);
    if !has_content(&live) {
        let person = authors.attribution(carries.operation.actor, carries.at).person;
        if correction && reader.is_some() && person == reader {
            return Waiting::Begun;
        }
        let without =
            live.text(field::SIGNED_WITHOUT).map(|codes| codes.split_whitespace().map(str::to_owned).collect());
        let cosign = |(cell, statement): (&Cell, _)| Cosign { actor: cell.operation.actor, statement, without };
        return Waiting::Nothing(apart.map(cosign));
    }
    let puts = || live.cells().map(|cell| (cell.key.as_str(), Some(&cell.value)));
    let attended = attended(puts());
    let puts = puts();
    let (items, photos, at) = contents(puts, carries.at);
    let by = authors.attribution(carries.operation.actor, at);
    let own = reader.is_some() && by.person == reader;
    let signed_at = apart.map(|(_, statement)| statement.at);
    let (supplement, code, same, asked) = (Some(id), None, 0, false);
    Waiting::Late(LateWork { supplement, code, own, by, items, photos, attended, same, signed_at, correction, asked })
}

/// What is said in a supplement that everybody writes in who was asked, of each who does.
fn asked(id: DocumentId, live: &Live<'_>, authors: &dyn Authors) -> Vec<LateWork> {
    let mut said: BTreeMap<ActorId, Vec<&Cell>> = BTreeMap::new();
    let content = |cell: &&Cell| Key::parse(&cell.key).is_ok_and(|key| is_content(&key)) && !cell.value.is_tombstone();
    for cell in live.cells().filter(content) {
        said.entry(cell.operation.actor).or_default().push(cell);
    }
    let mut works = Vec::new();
    for (actor, cells) in said {
        let last = cells.iter().map(|cell| cell.at).max().unwrap_or_default();
        let puts = || cells.iter().map(|cell| (cell.key.as_str(), Some(&cell.value)));
        let (attended, puts) = (attended(puts()), puts());
        let (items, photos, at) = contents(puts, last);
        let place = cells.iter().any(|cell| cell.key.starts_with(['h', 's']));
        if items.is_empty() && photos == 0 && attended == 0 && !place {
            // A reply is shown with the words that it answers.
            continue;
        }
        works.push(LateWork {
            supplement: Some(id),
            code: None,
            own: false,
            by: authors.attribution(actor, at),
            items,
            photos,
            attended,
            same: 0,
            signed_at: None,
            correction: false,
            asked: true,
        });
    }
    works
}

/// The late work of one author in changes that the server keeps apart for a reason of this code; `None` where nobody said
/// anything in them. `by`: their author, who may be no author of this record yet.
pub fn held(code: &str, changes: &[CheckedChange], by: impl FnOnce(UtcMillis) -> Attribution) -> Option<LateWork> {
    let operations = || changes.iter().flat_map(|change| &change.operations);
    if !operations().any(|operation| operation.key.starts_with(['i', 'p', 'f', 'a'])) {
        return None;
    }
    let puts = || operations().map(|operation| (operation.key.as_str(), operation.put.as_ref()));
    let (attended, puts) = (attended(puts()), puts());
    let (items, photos, at) = contents(puts, changes.iter().map(|change| change.at).max()?);
    let seals = operations().filter(|operation| operation.key.starts_with("g/")).filter_map(|it| it.put.as_ref());
    let signed_at = seals.filter_map(|put| SealStatement::from_scalar(put).ok()).map(|it| it.at).max();
    let code = Some(code.to_owned());
    let (supplement, own, same, correction, asked) = (None, false, 0, false, false);
    Some(LateWork { supplement, code, own, by: by(at), items, photos, attended, same, signed_at, correction, asked })
}

/// Items with their last statements in the order of answering, the number of photos, and when the last of it was said.
fn contents<'a>(
    puts: impl Iterator<Item = (&'a str, Option<&'a Scalar>)>,
    otherwise: UtcMillis,
) -> (Vec<LateItem>, u32, UtcMillis) {
    let (mut items, mut photos) = (BTreeMap::<&str, LateItem>::new(), BTreeSet::new());
    let none = |code: &str, at| LateItem {
        code: code.to_owned(),
        answer: None,
        note: String::new(),
        at,
        finding: None,
        failed: false,
        severity: None,
    };
    for (key, value) in puts {
        if let Some(code) = key.strip_prefix("i/") {
            let finding = items.remove(code).and_then(|item| item.finding);
            if let Some(said) = value.and_then(|value| ItemAnswer::from_scalar(value).ok()) {
                let ItemAnswer { answer, note, at, .. } = said;
                items.insert(code, LateItem { answer, note, finding, ..none(code, at) });
            }
        } else if let Some(code) = key.strip_prefix("f/").and_then(|key| key.strip_suffix("/detail")) {
            if let Some(detail) = value.and_then(|value| FindingDetail::from_scalar(value).ok()) {
                let at = detail.at;
                items.entry(code).or_insert_with(|| none(code, at)).finding = Some(detail);
            }
        } else if key.starts_with("p/") {
            if value.is_some_and(is_removed) {
                photos.remove(key);
            } else {
                photos.insert(key);
            }
        }
    }
    let mut items: Vec<_> = items.into_values().collect();
    items.sort_by(|one, other| (one.at, &one.code).cmp(&(other.at, &other.code)));
    let at = items.last().map_or(otherwise, |item| item.at);
    (items, photos.len() as u32, at)
}

/// How many people are named as having attended.
fn attended<'a>(puts: impl Iterator<Item = (&'a str, Option<&'a Scalar>)>) -> u32 {
    let mut named = BTreeSet::new();
    for (key, value) in puts.filter(|(key, _)| key.starts_with("a/")) {
        if value.is_some_and(|value| !value.is_tombstone()) {
            named.insert(key)
        } else {
            named.remove(key)
        };
    }
    named.len() as u32
}

fn is_sealed(live: &Live<'_>) -> bool {
    live.under("g/").next().is_some()
}

/// What a record says without what waits: its sealed parts, the newest last.
pub struct Standing<'r, 'a>(pub(super) Vec<&'r Live<'a>>);

impl Standing<'_, '_> {
    /// Of what somebody said late, what the record does not say already. An item is one statement: where its answer or its
    /// finding is news, both are.
    pub fn news(&self, puts: Vec<(Key, Scalar)>) -> Vec<(Key, Scalar)> {
        let texts: Vec<_> = puts.iter().map(|(key, value)| (key.to_string(), value)).collect();
        let (items, ..) = contents(texts.iter().map(|(key, value)| (key.as_str(), Some(*value))), UtcMillis::default());
        let told: BTreeSet<String> =
            items.into_iter().filter(|item| self.repeats(item)).map(|item| item.code).collect();
        let place = self.is_here(&puts);
        puts.into_iter()
            .filter(|(key, value)| match key {
                Key::Item(code) | Key::Finding(code, _) => !told.contains(code),
                Key::Photo(..) => !self.has_photo(&key.to_string(), value),
                Key::Header(name) if is_place(name) => !place,
                Key::Attendee(_) => !Attendee::from_scalar(value).is_ok_and(|late| attended::is_named(&self.0, &late)),
                Key::State(_) => !ConclusionStatement::from_scalar(value).is_ok_and(|late| {
                    let stands = self.0.iter().rev().find_map(|live| attended::concluded(live));
                    stands == Some((late.conclusion, late.words))
                }),
                _ => true,
            })
            .collect()
    }

    /// Questions, in the order of their codes, at which the record answers, judges or shows something that a version of it
    /// does not.
    pub(super) fn beyond(&self, version: &[(Key, Scalar)]) -> Vec<String> {
        let known: BTreeSet<String> = version
            .iter()
            .filter(|(_, value)| !value.is_tombstone() && !is_removed(value))
            .map(|(key, _)| key.to_string())
            .collect();
        let mut more = BTreeSet::new();
        for cell in self.0.iter().flat_map(|live| live.cells()) {
            let code = match Key::parse(&cell.key) {
                Ok(Key::Item(code) | Key::Photo(code, _)) => code,
                Ok(Key::Finding(code, name)) if name == "detail" => code,
                _ => continue,
            };
            let said = match ItemAnswer::from_scalar(&cell.value) {
                Ok(answer) => answer.answer.is_some() || !answer.note.trim().is_empty(),
                Err(_) => !cell.value.is_tombstone() && !is_removed(&cell.value),
            };
            if said && !known.contains(&cell.key) {
                more.insert(code);
            }
        }
        more.into_iter().collect()
    }

    /// Late work beside the record: without what says the same, and with what failed.
    pub(super) fn judge(&self, late: &LateWork, template: Option<&Template>) -> LateWork {
        let mut judged = LateWork { items: Vec::new(), ..late.clone() };
        // A correction that was taken back again leaves what was sealed.
        let given_up = |item: &LateItem| item.answer.is_none() && item.finding.is_none() && item.note.trim().is_empty();
        for item in late.items.iter().filter(|item| late.supplement.is_none() || !given_up(item)) {
            if self.repeats(item) {
                judged.same += 1;
                continue;
            }
            let mut item = item.clone();
            if let (None, true, Some(standing)) = (&item.answer, item.finding.is_some(), self.answer(&item.code)) {
                // A finding alone is about the answer that stands.
                (item.answer, item.note) = (standing.answer, standing.note);
            }
            (item.failed, item.severity) = failure(&item, template);
            judged.items.push(item);
        }
        judged
    }

    /// Whether the record says the same of an item.
    fn repeats(&self, late: &LateItem) -> bool {
        let finding_alone = late.answer.is_none() && late.finding.is_some();
        let answer = finding_alone || {
            let standing = self.answer(&late.code);
            let note = standing.as_ref().map_or("", |it| it.note.trim());
            let told = late.note.trim();
            same_answer(standing.as_ref().and_then(|it| it.answer.as_ref()), late.answer.as_ref())
                && (told.is_empty() || told == note)
        };
        let what = |it: &FindingDetail| (it.severity, it.remedy.trim().to_owned(), it.deadline);
        let finding = || self.finding(&late.code);
        answer && late.finding.as_ref().is_none_or(|late| finding().is_some_and(|it| what(&it) == what(late)))
    }

    fn answer(&self, code: &str) -> Option<ItemAnswer> {
        let key = format!("i/{code}");
        // A correction that was taken back again leaves what was sealed.
        let said = self.0.iter().rev().filter_map(|live| live.register::<ItemAnswer>(&key));
        said.map(|(_, answer)| answer).find(|it| it.answer.is_some())
    }

    fn finding(&self, code: &str) -> Option<FindingDetail> {
        let key = format!("f/{code}/detail");
        self.0.iter().rev().find_map(|live| live.register(&key)).map(|(_, detail)| detail)
    }

    fn has_photo(&self, key: &str, late: &Scalar) -> bool {
        let Ok(late) = PhotoDetail::from_scalar(late) else { return false };
        let standing = self.0.iter().rev().find_map(|live| live.register::<PhotoDetail>(key));
        standing.is_some_and(|(_, detail)| detail.removed == late.removed)
    }

    /// Whether these say that the inspection was made where the record says.
    fn is_here(&self, puts: &[(Key, Scalar)]) -> bool {
        let number = |name: &str| {
            let put = puts.iter().find(|(key, _)| matches!(key, Key::Header(header) if header == name));
            put.and_then(|(_, value)| value.as_number())
        };
        let late = number(field::LATITUDE).zip(number(field::LONGITUDE));
        let standing = self.0.iter().rev().find_map(|live| position(live));
        match (late, standing) {
            (Some(late), Some(standing)) => distance_m(late, (standing.latitude, standing.longitude)) <= SAME_VISIT_M,
            (None, standing) => standing.is_some(),
            (Some(_), None) => false,
        }
    }
}

/// Whether two answers say the same: a place is the same within what phones err by.
pub(super) fn same_answer(standing: Option<&Answer>, late: Option<&Answer>) -> bool {
    match (standing, late) {
        (Some(Answer::Geo(standing)), Some(Answer::Geo(late))) => !is_far(standing, late),
        (standing, late) => standing == late,
    }
}

/// Whether two places are two, and not one with what phones err by.
pub(super) fn is_far(one: &Position, other: &Position) -> bool {
    metres(one, other) > SAME_VISIT_M
}

/// Whether a late answer fails its check, and how grave that is: as its officer judged, otherwise as the template says.
fn failure(item: &LateItem, template: Option<&Template>) -> (bool, Option<Severity>) {
    let judged = item.finding.as_ref().map(|finding| finding.severity);
    let Some(answer) = &item.answer else { return (false, None) };
    match template.and_then(|template| Some((template, template.item(&item.code)?))) {
        None => {
            let failed = *answer == Answer::Verdict(Verdict::Fail);
            (failed, judged.filter(|_| failed))
        }
        Some((template, question)) => {
            let failed = !question.survey && check::failed(question, answer);
            let severity = judged.unwrap_or(question.severity);
            (failed, (failed && !template.advisory).then_some(severity))
        }
    }
}
