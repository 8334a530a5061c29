//! Signed parts of one inspection that say different things, made by people who did not know of each other.
//!
//! Invariant: such a clash is settled by a signed part whose author knew both sides, and by nothing else: what is chosen in a
//! supplement that is not signed yet is shown, and does not count.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::clash::saying;
use super::inspection::{InspectionParts, WHOLE_RECORD};
use super::items::position;
use super::joined::Joined;
use super::live::Live;
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::record::register::{Answer, FindingDetail, ItemAnswer};
use crate::template::Template;
use crate::view::{Authors, Clash, ItemView, Saying, Settlement};

impl Joined<'_> {
    /// The clashes between signed parts, by item, the position last.
    pub(super) fn apart(&self, parts: &InspectionParts<'_>, authors: &dyn Authors) -> Vec<Clash> {
        if !self.may_clash() {
            return Vec::new();
        }
        let title = parts.facility.map(Live::of).unwrap_or_default();
        let title = title.text(field::NAME).unwrap_or_default();
        let open = || self.parts.iter().filter(|part| part.sealed_at.is_none()).map(|part| &part.live);
        let clash = |key: String, values: Vec<Saying>, chosen: bool| Clash {
            document: parts.id,
            kind: RecordKind::Inspection,
            title: title.to_owned(),
            question: super::clash::question(&key, parts.template),
            key,
            values,
            settlement: Some(if chosen { Settlement::Unsigned } else { Settlement::Open }),
        };
        let mut found = Vec::new();
        for code in self.codes(true) {
            let question = parts.template.and_then(|template| template.item(code));
            let stands = self.stands(code, question, true);
            let (answer, finding) = (format!("i/{code}"), format!("f/{code}/detail"));
            let answers =
                |live: &Live<'_>| live.register::<ItemAnswer>(&answer).is_some_and(|(_, said)| said.answer.is_some());
            let answered = open().any(answers);
            if stands.told.len() > 1 {
                let values = stands
                    .told
                    .iter()
                    .map(|it| saying(&answer, it.cell.operation, &it.cell.value, it.cell.at, authors));
                found.push(clash(answer.clone(), values.collect(), answered));
            }
            if stands.findings.len() > 1 {
                let values = stands
                    .findings
                    .iter()
                    .map(|it| saying(&finding, it.cell.operation, &it.cell.value, it.cell.at, authors));
                let values = values.collect();
                let written = open().any(|live| live.register::<FindingDetail>(&finding).is_some());
                found.push(clash(finding, values, answered || written));
            }
        }
        let places = self.places(true);
        if places.len() > 1 {
            let key = format!("h/{}", field::LATITUDE);
            let values = places.into_iter().map(|(cell, place)| Saying {
                answer: Some(Answer::Geo(place)),
                ..saying(&key, cell.operation, &cell.value, cell.at, authors)
            });
            let values = values.collect();
            let taken = open().any(|live| position(live).is_some());
            found.push(clash(key, values, taken));
        }
        found
    }

    /// Whether signed parts can clash: three were signed, or somebody's work was let into a sealed one.
    fn may_clash(&self) -> bool {
        let signed = || self.read(true).map(|(_, part)| part);
        let several = || signed().any(|part| part.live.under("i/").any(|(_, cells)| cells.len() > 1));
        self.parts[0].sealed_at.is_some() && (signed().count() > 2 || several())
    }

    /// The items as they are counted: where signed parts clash and nobody signed what settles it, as these say.
    pub(super) fn counted<'i>(
        &self,
        template: Option<&Template>,
        items: &'i [ItemView],
        authors: &dyn Authors,
    ) -> Cow<'i, [ItemView]> {
        let open = self.parts.iter().any(|part| part.sealed_at.is_none());
        if !open || !self.may_clash() {
            return Cow::Borrowed(items);
        }
        let count = |item: &ItemView| {
            let question = template.and_then(|template| template.item(&item.code));
            let signed = self.stands(&item.code, question, true);
            if signed.told.len() < 2 && signed.findings.len() < 2 {
                return item.clone();
            }
            ItemView {
                statements: signed.told.iter().map(|it| it.statement(authors)).collect(),
                finding: signed.findings.first().map(|it| it.as_first_said(authors)),
                ..item.clone()
            }
        };
        Cow::Owned(items.iter().map(count).collect())
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
