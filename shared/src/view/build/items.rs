//! The items of an inspection as they are shown: what stands at each ([`super::stand`]), with photos and words.
//!
//! Invariant: what a supplement replaced is kept beside it as superseded; a photo of a sealed part is never hidden by a later
//! part.

use std::collections::BTreeMap;

use super::clash::attributed;
use super::inspection::{PhotoPresence, WHOLE_RECORD};
use super::joined::Joined;
use super::live::registers;
use crate::id::PhotoHash;
use crate::record::register::{Answer, PhotoDetail, Position, Verdict};
use crate::template::fill::FormState;
use crate::template::{Item, Template, check};
use crate::view::{Authors, FindingSaid, ItemView, PhotoView, Progress};

impl Joined<'_> {
    pub(super) fn items(
        &self,
        template: Option<&Template>,
        photos: &dyn Fn(&PhotoHash) -> PhotoPresence,
        authors: &dyn Authors,
    ) -> Vec<ItemView> {
        let mut codes = self.codes(false);
        let commented = self.review.under("t/").filter_map(|(key, _)| key.split('/').nth(1));
        codes.extend(commented.filter(|code| *code != WHOLE_RECORD));
        let questions: BTreeMap<&str, (usize, &Item)> = template
            .into_iter()
            .flat_map(Template::items)
            .enumerate()
            .map(|(place, item)| (item.code.as_str(), (place, item)))
            .collect();
        // In a repetition, it is the question of all of them.
        let base = |code: &str| {
            let item = template.filter(|it| !it.outline.is_empty())?.item(code)?;
            questions.get(item.code.as_str())
        };
        let mut codes: Vec<_> =
            codes.into_iter().map(|code| (questions.get(code).or_else(|| base(code)), code)).collect();
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
        let stands = self.stands(code, question, false);
        let mut taken: BTreeMap<PhotoHash, PhotoView> = BTreeMap::new();
        for (place, part) in self.read(false) {
            let unsigned = place > 0 && part.sealed_at.is_none();
            for (_, cells) in part.live.under(&format!("p/{code}/")) {
                let Some((cell, detail)) = registers::<PhotoDetail>(cells).next() else { continue };
                if !detail.removed {
                    let presence = photos(&detail.hash);
                    let (author, _) = attributed(cell.operation, detail.at, detail.origin, authors);
                    let PhotoPresence { present, verified, own } = presence;
                    taken.entry(detail.hash).or_insert(PhotoView { detail, author, verified, present, own, unsigned });
                }
            }
        }
        let mut photos: Vec<_> = taken.into_values().collect();
        photos.sort_by_key(|photo| (photo.detail.at, photo.detail.hash));
        ItemView {
            code: code.to_owned(),
            statements: stands.told.iter().map(|told| told.statement(authors)).collect(),
            superseded: stands.before.iter().map(|told| told.statement(authors)).collect(),
            finding: stands.findings.first().map(|written| written.as_first_said(authors)),
            finding_said: stands.findings.first().map(|written| FindingSaid {
                by: written.by(authors),
                chosen_by: written.chosen_by(authors),
                unsigned: written.unsigned,
                clashes: stands.findings.len() > 1,
            }),
            photos,
            comments: self.comments(code, authors),
        }
    }

    /// The header's position; otherwise the first position that was answered.
    pub(super) fn position(&self, template: Option<&Template>, items: &[ItemView]) -> Option<Position> {
        let header = self.places(false).places.into_iter().next().map(|(_, place)| place);
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
