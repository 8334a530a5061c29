//! Clashes: both values side by side; one choice settles it, and the choice is itself a change that names whose it was.
//! What was not chosen stays in the history of its key.
//!
//! Invariants: what clashes between signed parts of an inspection is settled by a signature: a choice there goes into a
//! supplement, in the words of who chose, and waits to be signed. Where own late work clashes with what is signed, choosing
//! what is signed gives the own up.

use std::collections::BTreeSet;

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard::Operation;
use ancu_shared::document::position::put_value_in;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DocumentId;
use ancu_shared::record::facility::{field, state as states};
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Answer, ItemAnswer, Register as _};
use ancu_shared::record::value::{Cell, OperationId, Scalar};
use ancu_shared::record::{RecordKind, choice};
use ancu_shared::view::build::{self, Live, late, place};
use ancu_shared::view::{Authors as _, Clash, HistoryEntry, Saying};

use super::answer::position_puts;
use super::state;
use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::changes::{self, Record};
use crate::store::{history, index};

impl Open {
    /// Everything with two live values, in records that can still be written, and by this person.
    pub(crate) fn clashes(&mut self) -> Outcome<Vec<Clash>> {
        let mut found = Vec::new();
        for id in changes::clashing(&self.store.main)? {
            let Some(record) = changes::find(&self.store.main, id)? else { continue };
            if self.may_write(record.kind, record.unit).is_err() {
                continue;
            }
            let cells = self.cells_now(id)?;
            let title = self.title(&record)?;
            let template = match record.kind {
                RecordKind::Inspection => self.inspection_root(id).and_then(|it| self.inspection_template(&it)).ok(),
                _ => None,
            };
            found.extend(build::clashes(id, record.kind, &title, template.as_deref(), &cells, &self.people));
        }
        let mut roots: BTreeSet<_> = index::apart(&self.store.main)?.into_iter().collect();
        roots.extend(self.own_carrying()?.into_iter().filter_map(|draft| draft.parent));
        for id in roots {
            let root = self.inspection_root(id)?;
            if self.may_write(root.kind, root.unit).is_err() {
                continue;
            }
            found.extend(self.inspection_view(id)?.apart);
        }
        Ok(found)
    }

    /// What people call a record: the name of its premises, and of a home its head before it.
    pub(crate) fn title(&mut self, record: &Record) -> Outcome<String> {
        let mut record = record.clone();
        if record.facility.is_none() {
            record = self.stands_for(record)?;
        }
        let premises = if record.kind == RecordKind::Facility { Some(record.id) } else { record.facility };
        let Some(premises) = premises else { return Ok(String::new()) };
        let cells = changes::cells(&self.store.main, premises)?;
        let name = Live::of(&cells).text(field::NAME).unwrap_or_default().to_owned();
        if record.kind != RecordKind::Dwelling {
            return Ok(name);
        }
        // Of many homes in one house, the one of this head.
        let head = self.dwelling_view(&record)?.declaration.head_name;
        Ok([head, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "))
    }

    /// Settles a clash with one of its values, in the name of who settles it.
    pub(crate) fn clash_settle(&mut self, document: DocumentId, key: &str, operation: OperationId) -> Outcome<()> {
        let record = changes::find(&self.store.main, document)?.ok_or(ErrorCode::NotFound)?;
        self.may_write(record.kind, record.unit)?;
        let parsed = Key::parse(key).map_err(|_| Fault::from(ErrorCode::NotFound))?;
        let live = || changes::cells_at(&self.store.main, document, key);
        if record.kind == RecordKind::Inspection && !live()?.iter().any(|cell| cell.operation == operation)
            || changes::is_sealed(&self.store.main, document)?
        {
            let root = self.inspection_root(document)?;
            if self.choose_apart(&root, &parsed, operation)? || self.chosen_late(&root, &parsed, operation)? {
                return Ok(());
            }
        }
        if changes::is_sealed(&self.store.main, document)? {
            return Err(ErrorCode::RecordSealed.into());
        }
        self.goes_on(&record)?;
        self.atomically(|open| {
            open.fold(&record)?;
            if matches!(&parsed, Key::Header(name) if place::PLACE.contains(&name.as_str()))
                && let Some(puts) = place::chosen(&Live::of(&open.cells_now(document)?), operation)
            {
                // A place is one statement in four fields: it is chosen whole.
                return open.write(&record, &puts);
            }
            let live = changes::cells_at(&open.store.main, document, key)?;
            let Some(chosen) = live.iter().find(|cell| cell.operation == operation) else {
                // A second tap: what was asked for is done.
                let settled = open.settled_so(&record, &parsed, &live, operation)?;
                return if settled { Ok(()) } else { Err(ErrorCode::Conflict.into()) };
            };
            let value = choice::choose(&parsed, operation, &chosen.value, open.person(), open.now());
            open.write(&record, &[(parsed, value)])
        })
    }

    /// Puts what signed parts of an inspection say into the supplement that is to settle their clash; what own late work says,
    /// or is given up for, into its draft. `false`: they do not clash there, or not on that.
    fn choose_apart(&mut self, root: &Record, key: &Key, operation: OperationId) -> Outcome<bool> {
        let named = key.to_string();
        let clash = self.inspection_view(root.id)?.apart.into_iter().find(|clash| clash.key == named);
        let Some(clash) = clash else { return Ok(false) };
        let (late, sides) = (clash.settlement.is_none(), clash.values.len());
        let Some(chosen) = clash.values.into_iter().find(|value| value.operation == operation) else {
            return Ok(false);
        };
        if late && let Some(draft) = self.open_supplement(root)? {
            let cells = self.cells_now(draft.id)?;
            let own = cells.iter().any(|cell| cell.key == named && cell.operation == operation);
            if own || sides == 2 {
                self.settle_late(&draft, &cells, key, own.then_some(&chosen))?;
                return Ok(true);
            }
        }
        let puts = if let (Key::Header(_), Some(Answer::Geo(position))) = (key, chosen.answer) {
            position_puts(&position)?
        } else {
            // The put that is chosen is another record's: this one says it anew, for its signer to answer for.
            let said = choice::choose(key, operation, &chosen.value, self.person(), self.now());
            vec![(key.clone(), choice::in_own_words(key, &said, self.person()))]
        };
        self.supplement_begin(root.id)?;
        self.atomically(|open| {
            let record = open.writable(root.id)?;
            open.fold(&record)?;
            open.write(&record, &puts)
        })?;
        Ok(true)
    }

    /// Says what own late work says at a question again, now that what is signed there is known; or gives it up there, and the
    /// draft with it where that says nothing more.
    fn settle_late(&mut self, draft: &Record, cells: &[Cell], key: &Key, own: Option<&Saying>) -> Outcome<()> {
        let code = match key {
            Key::Item(code) | Key::Finding(code, _) => code,
            Key::Header(_) => return self.settle_late_place(draft, cells, own),
            _ => return Err(ErrorCode::Conflict.into()),
        };
        let mut puts = Vec::new();
        if let Some(own) = own {
            puts.push((key.clone(), choice::choose(key, own.operation, &own.value, self.person(), self.now())));
        } else {
            let (answer, finding) = (Key::Item(code.clone()), Key::Finding(code.clone(), "detail".to_owned()));
            let said = |key: &Key| cells.iter().any(|cell| cell.key == key.to_string());
            if said(&answer) {
                let (at, by) = (self.now(), self.person());
                let nothing = ItemAnswer::new(None, String::new(), at, by);
                puts.push((answer.clone(), nothing.to_scalar()));
            }
            if said(&finding) {
                puts.push((finding.clone(), Scalar::Null));
            }
            let (answer, finding) = (answer.to_string(), finding.to_string());
            let mut rest = cells.to_vec();
            rest.retain(|cell| cell.key != answer && cell.key != finding);
            if !late::says_anything(&rest) {
                puts.push(state(states::STATE, states::DISCARDED));
            }
        }
        self.atomically(|open| {
            open.fold(draft)?;
            open.write(draft, &puts)
        })
    }

    /// The same of where own late work says that the inspection was made.
    fn settle_late_place(&mut self, draft: &Record, cells: &[Cell], own: Option<&Saying>) -> Outcome<()> {
        let says = match own.map(|own| &own.answer) {
            Some(Some(Answer::Geo(position))) => Some(position_puts(position)?),
            Some(_) => return Err(ErrorCode::Conflict.into()),
            None => None,
        };
        let names = place::PLACE.map(|name| Key::Header(name.to_owned()));
        let mut gone: Vec<_> = names.iter().map(|name| (name.clone(), Scalar::Null)).collect();
        let names = names.map(|name| name.to_string());
        let mut rest = cells.to_vec();
        rest.retain(|cell| !names.contains(&cell.key));
        if says.is_none() && !late::says_anything(&rest) {
            gone.push(state(states::STATE, states::DISCARDED));
        }
        self.atomically(|open| {
            open.fold(draft)?;
            // To say the same again changes nothing in a document: what was carried goes before it is said anew.
            open.write(draft, &gone)?;
            open.write(draft, &says.unwrap_or_default())
        })
    }

    /// Whether own late work was chosen so already: a second tap.
    fn chosen_late(&mut self, root: &Record, key: &Key, chosen: OperationId) -> Outcome<bool> {
        let Some(draft) = self.open_supplement(root)? else { return Ok(false) };
        let live = changes::cells_at(&self.store.main, draft.id, &key.to_string())?;
        let from = |cell: &Cell| choice::origin(&cell.value).is_some_and(|origin| origin.operation == chosen);
        Ok(matches!(&live[..], [cell] if from(cell)))
    }

    /// Whether the one live value at a key is this person's own choice of that put.
    fn settled_so(&self, record: &Record, key: &Key, live: &[Cell], chosen: OperationId) -> Outcome<bool> {
        let [cell] = live else { return Ok(false) };
        if self.people.attribution(cell.operation.actor, cell.at).person != Some(self.person()) {
            return Ok(false);
        }
        if let Some(origin) = choice::origin(&cell.value) {
            return Ok(origin.operation == chosen);
        }
        // A plain value or a decision names no origin: it is a choice of the put if it replaced it and says the same.
        let log = history::log(&self.store.main, record.id, record.kind)?;
        let Some(put) = put_value_in(log.iter().map(|logged| &logged.change), &chosen) else { return Ok(false) };
        let said = |value: &Scalar| choice::choose(key, chosen, value, self.person(), UtcMillis(0));
        let at_key = |operation: &Operation| operation.id == chosen && operation.key == key.to_string();
        let here = log.iter().flat_map(|logged| &logged.change.operations).any(at_key);
        Ok(here && said(&put) == said(&cell.value))
    }

    /// Everything that was said at a key of a record, newest first; of an inspection with its supplements.
    pub(crate) fn history(&mut self, document: DocumentId, key: &str) -> Outcome<Vec<HistoryEntry>> {
        let record = changes::find(&self.store.main, document)?.ok_or(ErrorCode::NotFound)?;
        let root = self.stands_for(record)?;
        let supplements = match root.kind {
            RecordKind::Inspection => changes::children(&self.store.main, root.id, RecordKind::Inspection)?,
            _ => Vec::new(),
        };
        let mut entries = Vec::new();
        for part in std::iter::once(&root).chain(&supplements) {
            let log = history::log(&self.store.main, part.id, part.kind)?;
            let changes: Vec<_> = log.into_iter().map(|logged| logged.change).collect();
            entries.extend(build::history(key, &changes, part.id != root.id, &self.people));
        }
        // The newest supplement first; what was said in one record keeps its order.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.supplement));
        Ok(entries)
    }
}
