//! Signed parts at the end of the world: a check that somebody signed as failed is shown as failed until somebody who knew of
//! it signed something else, and everybody reads the parts in one order.

use std::collections::BTreeMap;

use ancu_field::api::Command;
use ancu_shared::id::DocumentId;
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
        // What was called for is shown while it is written, and is anybody's of those who were asked.
        let written = |original: DocumentId, key: &str| {
            let of = |cells: &[Cell]| Live::of(cells).document(field::SUPPLEMENT_OF) == Some(original);
            let open = records.iter().filter(|(id, (.., cells))| signed(**id, cells).is_none() && of(cells));
            open.flat_map(|(_, (.., cells))| cells).any(|cell| cell.key == key)
        };
        cases.retain(|original, parts| parts.iter().any(|part| part.id == *original));
        for (original, parts) in &cases {
            let view = self.at_the_server(*original)?;
            for part in parts {
                for key in part.cells.iter().map(|cell| &cell.key).filter(|key| key.starts_with("i/")) {
                    let fails = part.answers(key).any(|answer| answer == Answer::Verdict(Said::Fail));
                    let knew = |other: &&Signed<'_>| other.id != part.id && other.knew.contains(&part.id);
                    if fails
                        && !written(*original, key)
                        && !parts.iter().filter(knew).any(|other| other.answers(key).next().is_some())
                    {
                        shown_as_failed(&view, key)?;
                    }
                }
            }
            self.everybody_reads(&view)?;
        }
        Ok(())
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
            (view.sealed_parts.clone(), view.unseen.clone(), clashes, view.summary.progress.failed)
        };
        for (device, it) in self.devices.iter().enumerate() {
            if !self.is_inside(device) || it.holder == Holder::Citizen || !self.apart(device)?.is_empty() {
                continue;
            }
            // Not everybody has the ward in their scope.
            let Ok(here) = it.ask::<InspectionView>(Command::InspectionOpen { id: view.summary.id }) else { continue };
            let own = here.apart.iter().filter(|clash| clash.settlement.is_none()).map(|clash| code(&clash.key));
            let own: Vec<_> = own.collect();
            let (here, there) = (told(&here, &own), told(view, &own));
            if here != there {
                return Err(format!("{} reads {} as {here:?}, the server as {there:?}", it.name, view.summary.id));
            }
        }
        Ok(())
    }
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
