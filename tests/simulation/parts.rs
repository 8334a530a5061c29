//! Signed parts at the end of the world: a check that somebody signed as failed is shown as failed until somebody who knew of
//! it signed something else; nothing that is unsigned stands where a reviewer reads; a visit asks by the checklist that it was
//! begun with first; a sealed part holds what its seal covers; and everybody reads the parts in one order.

use std::collections::{BTreeMap, HashMap, HashSet};

use ancu_field::api::Command;
use ancu_shared::document::guard::check_change;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{DocumentId, EnvelopeId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::register::{Answer, ItemAnswer, Register as _, SealStatement, Verdict as Said};
use ancu_shared::record::value::Cell;
use ancu_shared::view::InspectionView;
use ancu_shared::view::build::Live;
use ancu_sync_server::service::access::Caller;
use ancu_sync_server::service::console;

use crate::device::Holder;
use crate::world::{Verdict, World};

/// A signed part, read without the code that shows it.
struct Signed<'a> {
    id: DocumentId,
    cells: &'a [Cell],
    /// The parts that its signer had.
    knew: Vec<DocumentId>,
}

impl Signed<'_> {
    /// The answers at an item: what was taken back says nothing.
    fn answers(&self, key: &str) -> impl Iterator<Item = Answer> {
        let here = self.cells.iter().filter(move |cell| cell.key == key);
        here.filter_map(|cell| ItemAnswer::from_scalar(&cell.value).ok()?.answer)
    }
}

fn signed(id: DocumentId, cells: &[Cell]) -> Option<Signed<'_>> {
    let seals = cells.iter().filter(|cell| cell.key.starts_with("g/"));
    let seal = seals.filter_map(|cell| SealStatement::from_scalar(&cell.value).ok()).min_by_key(|seal| seal.at)?;
    Some(Signed { id, cells, knew: seal.known.map(|known| known.parts).unwrap_or_default() })
}

impl World {
    pub(crate) fn no_failure_is_silenced(&self) -> Verdict {
        let records = self.records();
        let mut cases: BTreeMap<DocumentId, Vec<Signed<'_>>> = BTreeMap::new();
        for (id, (kind, _, cells)) in &records {
            if let Some(part) = signed(*id, cells).filter(|_| *kind == RecordKind::Inspection) {
                let original = Live::of(cells).document(field::SUPPLEMENT_OF).unwrap_or(*id);
                cases.entry(original).or_default().push(part);
            }
        }
        cases.retain(|original, parts| parts.iter().any(|part| part.id == *original));
        for (original, parts) in &cases {
            let view = self.at_the_server(*original)?;
            nothing_unsigned(&view)?;
            said_by_who_signed(&view, parts)?;
            for part in parts {
                for key in part.cells.iter().map(|cell| &cell.key).filter(|key| key.starts_with("i/")) {
                    let fails = part.answers(key).any(|answer| answer == Answer::Verdict(Said::Fail));
                    let knew = |other: &&Signed<'_>| other.id != part.id && other.knew.contains(&part.id);
                    if fails && !parts.iter().filter(knew).any(|other| other.answers(key).next().is_some()) {
                        shown_as_failed(&view, key)?;
                    }
                }
            }
            self.everybody_reads(&view)?;
        }
        Ok(())
    }

    /// A sealed part consists of what its seal builds on, and of what a supervisor let in: nothing else got under a signature.
    pub(crate) fn only_what_is_signed_is_sealed(&self) -> Verdict {
        self.records().into_iter().filter(|(_, (kind, ..))| *kind == RecordKind::Inspection).try_for_each(|(id, _)| {
            let log = self.city.read(move |transaction| {
                let mut log = Vec::new();
                for body in transaction.envelopes_of(id)? {
                    log.push((transaction.was_released(&EnvelopeId::of(&body))?, body));
                }
                Ok(log)
            });
            let (mut changes, mut entered) = (HashMap::new(), Vec::new());
            for (let_in, body) in log {
                let envelope = Envelope::decode(&body).map_err(|error| error.to_string())?;
                for bytes in &envelope.changes {
                    let change = check_change(bytes, envelope.kind).map_err(|error| format!("{error:?}"))?;
                    entered.push((let_in, change.hash));
                    changes.entry(change.hash).or_insert(change);
                }
            }
            let seals = entered.iter().filter(|(_, hash)| changes[hash].is_seal());
            let Some((_, seal)) = seals.min_by_key(|(let_in, _)| *let_in) else { return Ok(()) };
            let (mut under, mut next) = (HashSet::new(), vec![*seal]);
            while let Some(hash) = next.pop() {
                if under.insert(hash) {
                    next.extend(changes[&hash].dependencies.iter().copied());
                }
            }
            match entered.iter().find(|(let_in, hash)| !let_in && !under.contains(hash)) {
                Some((_, hash)) => Err(format!("{hash} is in the sealed {id}, and nobody signed it")),
                None => Ok(()),
            }
        })
    }

    fn at_the_server(&self, inspection: DocumentId) -> Result<InspectionView, String> {
        let (app, reviewer) = (self.city.app().clone(), self.reviewer.id);
        let now = app.now();
        let view = self.city.read(move |transaction| {
            let Some(caller) = Caller::load(transaction, reviewer, None, now)? else { return Ok(None) };
            Ok(console::inspection(&app, transaction, &caller, inspection).ok())
        });
        view.ok_or_else(|| format!("the reviewer cannot read {inspection}"))
    }

    /// Whoever holds all of it reads the same parts, in the same order, with the same clashes.
    fn everybody_reads(&self, view: &InspectionView) -> Verdict {
        let code = |key: &str| key.split('/').nth(1).map(str::to_owned);
        // Where own late work clashes with what is signed, only its author is asked.
        let told = |view: &InspectionView, own: &[Option<String>]| {
            let clashes = view.apart.iter().filter(|clash| !own.contains(&code(&clash.key)));
            let clashes: Vec<String> = clashes.map(|clash| clash.key.clone()).collect();
            let summary = &view.summary;
            (view.sealed_parts.clone(), view.unseen.clone(), clashes, summary.progress, summary.gravest)
        };
        let said = |view: &InspectionView| -> Vec<_> {
            let said = view.items.iter().filter(|item| !item.statements.is_empty());
            said.map(|item| (item.code.clone(), item.statements.iter().map(|it| it.answer.clone()).collect::<Vec<_>>()))
                .collect()
        };
        for (device, it) in self.devices.iter().enumerate() {
            if !self.is_inside(device) || it.holder == Holder::Citizen || !self.apart(device)?.is_empty() {
                continue;
            }
            // Not everybody has the ward in their scope.
            let Ok(here) = it.ask::<InspectionView>(Command::InspectionOpen { id: view.summary.id }) else { continue };
            let own = here.apart.iter().filter(|clash| clash.settlement.is_none()).map(|clash| code(&clash.key));
            let own: Vec<_> = own.collect();
            // Who writes a supplement has it laid over the record; nobody else has.
            if here.open_supplement.is_none() && said(&here) != said(view) {
                let (here, there) = (said(&here), said(view));
                return Err(format!("{} is shown {} as {here:?}, the reviewer as {there:?}", it.name, view.summary.id));
            }
            let (here, there) = (told(&here, &own), told(view, &own));
            if here != there {
                return Err(format!("{} reads {} as {here:?}, the server as {there:?}", it.name, view.summary.id));
            }
        }
        Ok(())
    }
}

/// What is not signed counts nowhere and stands nowhere where a reviewer reads.
fn nothing_unsigned(view: &InspectionView) -> Verdict {
    let unsigned = view.items.iter().find(|item| {
        item.finding_said.as_ref().is_some_and(|said| said.unsigned)
            || item.statements.iter().chain(&item.superseded).any(|said| said.unsigned)
            || item.photos.iter().any(|photo| photo.unsigned)
    });
    match unsigned {
        Some(item) => Err(format!("what stands at {} of {} is not signed", item.code, view.summary.id)),
        None => Ok(()),
    }
}

/// Every answer that a reviewer reads is in a part that somebody signed.
fn said_by_who_signed(view: &InspectionView, parts: &[Signed<'_>]) -> Verdict {
    for item in &view.items {
        let key = format!("i/{}", item.code);
        for answer in item.statements.iter().filter_map(|said| said.answer.as_ref()) {
            if !parts.iter().any(|part| part.answers(&key).any(|signed| signed == *answer)) {
                return Err(format!("{answer:?} at {key} of {} is read, and nobody signed it", view.summary.id));
            }
        }
    }
    Ok(())
}

fn shown_as_failed(view: &InspectionView, key: &str) -> Verdict {
    let code = key.trim_start_matches("i/");
    let item = view.items.iter().find(|item| item.code == code);
    let first = item.and_then(|item| item.statements.first()?.answer.clone());
    if first == Some(Answer::Verdict(Said::Fail)) && view.summary.progress.failed > 0 {
        return Ok(());
    }
    Err(format!("{code} of {} was signed as failed and is shown as {first:?}", view.summary.id))
}
