//! The items of an inspection as they are shown: what was said at each in the parts, the newest first, with photos and words.
//!
//! Invariant: a supplement's statement is shown first and the sealed one is kept beside it as superseded; a photo of a sealed
//! part is never hidden by a later part.

use std::collections::{BTreeMap, BTreeSet};

use super::clash::{attributed, different};
use super::inspection::{PhotoPresence, WHOLE_RECORD};
use super::joined::Joined;
use super::live::{Live, registers};
use crate::id::PhotoHash;
use crate::record::choice;
use crate::record::facility::field;
use crate::record::register::{
    Answer, FindingDetail, ItemAnswer, PhotoDetail, Position, PositionSource, Register, Verdict,
};
use crate::template::fill::FormState;
use crate::template::{Item, Template, check};
use crate::view::{Authors, ItemView, PhotoView, Progress, Statement};

impl Joined<'_> {
    pub(super) fn items(
        &self,
        template: Option<&Template>,
        photos: &dyn Fn(&PhotoHash) -> PhotoPresence,
        authors: &dyn Authors,
    ) -> Vec<ItemView> {
        let mut codes: BTreeSet<&str> = BTreeSet::new();
        for part in &self.parts {
            for prefix in ["i/", "p/"] {
                codes.extend(part.live.under(prefix).filter_map(|(key, _)| key.split('/').nth(1)));
            }
        }
        codes.extend(self.review.under("t/").filter_map(|(key, _)| key.split('/').nth(1)));
        codes.remove(WHOLE_RECORD);
        let questions: BTreeMap<&str, (usize, &Item)> = template
            .into_iter()
            .flat_map(Template::items)
            .enumerate()
            .map(|(place, item)| (item.code.as_str(), (place, item)))
            .collect();
        let mut codes: Vec<_> = codes.into_iter().map(|code| (questions.get(code), code)).collect();
        codes.sort_by_key(|(question, code)| (question.map_or(usize::MAX, |(place, _)| *place), *code));
        codes
            .into_iter()
            .map(|(question, code)| self.item(code, question.map(|(_, item)| *item), photos, authors))
            .filter(|item| !(item.statements.is_empty() && item.photos.is_empty() && item.comments.is_empty()))
            .collect()
    }

    pub(super) fn item(
        &self,
        code: &str,
        question: Option<&Item>,
        photos: &dyn Fn(&PhotoHash) -> PhotoPresence,
        authors: &dyn Authors,
    ) -> ItemView {
        let (mut statements, mut superseded) = (Vec::new(), Vec::new());
        let mut finding = None;
        let mut taken: BTreeMap<PhotoHash, PhotoView> = BTreeMap::new();
        for (place, part) in self.parts.iter().enumerate() {
            let said = statements_of(&part.live, code, place > 0, authors);
            if place == 0 {
                statements = said;
            } else if said.iter().any(|statement| statement.answer.is_some()) {
                // A correction that was taken back again leaves what was sealed.
                superseded.append(&mut statements);
                statements = said;
            }
            if let Some((_, detail)) = part.live.register::<FindingDetail>(&format!("f/{code}/detail")) {
                finding = Some(as_first_said(detail, authors));
            }
            for (_, cells) in part.live.under(&format!("p/{code}/")) {
                let Some((cell, detail)) = registers::<PhotoDetail>(cells).next() else { continue };
                if !detail.removed {
                    let presence = photos(&detail.hash);
                    let (author, _) = attributed(cell.operation, detail.at, detail.origin, authors);
                    let PhotoPresence { present, verified, own } = presence;
                    taken.entry(detail.hash).or_insert(PhotoView { detail, author, verified, present, own });
                }
            }
        }
        let fails = |answer: &Answer| match question {
            Some(question) => check::failed(question, answer),
            None => *answer == Answer::Verdict(Verdict::Fail),
        };
        let finding = finding.filter(|_| statements.iter().filter_map(|it| it.answer.as_ref()).any(fails));
        let mut photos: Vec<_> = taken.into_values().collect();
        photos.sort_by_key(|photo| (photo.detail.at, photo.detail.hash));
        ItemView {
            code: code.to_owned(),
            statements,
            superseded,
            finding,
            photos,
            comments: self.comments(code, authors),
        }
    }

    /// The header's position; otherwise the first position that was answered.
    pub(super) fn position(&self, template: Option<&Template>, items: &[ItemView]) -> Option<Position> {
        let header = self.parts.iter().rev().find_map(|part| position(&part.live));
        header.or_else(|| {
            // Items stand in the template's order, those that it doesn't ask last.
            let asked = |view: &&ItemView| template.is_some_and(|template| template.item(&view.code).is_some());
            let answers = items.iter().filter_map(|view| Some((view, view.statements.first()?.answer.as_ref()?)));
            let mut places = answers.filter_map(|(view, answer)| match answer {
                Answer::Geo(position) => Some((view, *position)),
                _ => None,
            });
            places.find(|(view, _)| asked(view)).map(|(_, position)| position)
        })
    }
}

/// The position in a record's header.
pub(super) fn position(live: &Live<'_>) -> Option<Position> {
    Some(Position {
        latitude: live.number(field::LATITUDE)?,
        longitude: live.number(field::LONGITUDE)?,
        accuracy_m: live.number(field::ACCURACY_M),
        source: match live.text(field::POSITION_SOURCE) {
            Some("device") => PositionSource::Device,
            Some("photo") => PositionSource::Photo,
            _ => PositionSource::Manual,
        },
    })
}

fn statements_of(live: &Live<'_>, code: &str, supplement: bool, authors: &dyn Authors) -> Vec<Statement> {
    different(live.at(&format!("i/{code}")))
        .into_iter()
        .filter_map(|cell| {
            let (answer, note, at) = if cell.value.is_tombstone() {
                (None, String::new(), cell.at)
            } else {
                let register = ItemAnswer::from_scalar(&cell.value).ok()?;
                (register.answer, register.note, register.at)
            };
            let (by, chosen_by) = attributed(cell.operation, at, choice::origin(&cell.value), authors);
            Some(Statement { operation: cell.operation, answer, note, by, chosen_by, supplement })
        })
        .collect()
}

/// A finding that was chosen in a clash is still its writer's.
fn as_first_said(mut detail: FindingDetail, authors: &dyn Authors) -> FindingDetail {
    if let Some(origin) = detail.origin
        && let Some(person) = authors.attribution(origin.actor, origin.at).person
    {
        (detail.by, detail.at) = (person, origin.at);
    }
    detail
}

pub(super) fn progress(template: Option<&Template>, items: &[ItemView], form: Option<&FormState>) -> Progress {
    template.map_or_else(|| counted(items), |template| check::progress(template, items, form))
}

/// What can be counted without the template.
fn counted(items: &[ItemView]) -> Progress {
    let answers = || items.iter().filter_map(|item| item.statements.first()?.answer.as_ref());
    Progress {
        answered: answers().count() as u32,
        total: 0,
        failed: answers().filter(|answer| **answer == Answer::Verdict(Verdict::Fail)).count() as u32,
        clashes: items.iter().filter(|item| item.statements.len() > 1).count() as u32,
        photos: items.iter().map(|item| item.photos.len() as u32).sum(),
    }
}
