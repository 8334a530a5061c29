//! Clashes: both values side by side; one choice settles it, and the choice is itself a change.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, PersonId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Register};
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::view::Clash;
use ancu_shared::view::build::{self, Live};

use crate::engine::Open;
use crate::fault::{Fault, Outcome};
use crate::store::changes::{self, Record};

impl Open {
    /// Everything with two live values, in records that can still be written.
    pub(crate) fn clashes(&mut self) -> Outcome<Vec<Clash>> {
        let mut found = Vec::new();
        for id in changes::clashing(&self.store.main)? {
            let Some(record) = changes::find(&self.store.main, id)? else { continue };
            let cells = self.cells_now(id)?;
            let title = self.title(&record)?;
            found.extend(build::clashes(id, record.kind, &title, &cells, &self.people));
        }
        Ok(found)
    }

    /// What people call a record: the name of its premises.
    pub(crate) fn title(&self, record: &Record) -> Outcome<String> {
        let mut record = record.clone();
        if record.facility.is_none() {
            record = self.stands_for(record)?;
        }
        let premises = if record.kind == RecordKind::Facility { Some(record.id) } else { record.facility };
        let Some(premises) = premises else { return Ok(String::new()) };
        let cells = changes::cells(&self.store.main, premises)?;
        Ok(Live::of(&cells).text(field::NAME).unwrap_or_default().to_owned())
    }

    /// Settles a clash with one of its values, in the name of who settles it.
    pub(crate) fn clash_settle(&mut self, document: DocumentId, key: &str, operation: OperationId) -> Outcome<()> {
        let record = changes::find(&self.store.main, document)?.ok_or(ErrorCode::NotFound)?;
        let parsed = Key::parse(key).map_err(|_| Fault::from(ErrorCode::NotFound))?;
        let cells = changes::cells(&self.store.main, document)?;
        if changes::is_sealed(&self.store.main, document)? {
            return Err(ErrorCode::RecordSealed.into());
        }
        self.may_write(record.kind, record.unit)?;
        let chosen =
            cells.iter().find(|cell| cell.key == key && cell.operation == operation).ok_or(ErrorCode::Conflict)?;
        let value = in_the_name_of(&parsed, &chosen.value, self.person(), self.now());
        self.atomically(|open| {
            open.fold(&record)?;
            open.write(&record, &[(parsed, value)])
        })
    }
}

/// The chosen statement, said again by who chose: a register may be written in one's own name only.
fn in_the_name_of(key: &Key, value: &Scalar, by: PersonId, at: UtcMillis) -> Scalar {
    fn again<R: Register>(value: &Scalar, mend: impl Fn(&mut R)) -> Scalar {
        R::from_scalar(value).map_or_else(
            |_| value.clone(),
            |mut register| {
                mend(&mut register);
                register.to_scalar()
            },
        )
    }
    match key {
        Key::Item(_) => again::<ItemAnswer>(value, |it| (it.by, it.at) = (by, at)),
        Key::Finding(_, name) if name == "detail" => again::<FindingDetail>(value, |it| (it.by, it.at) = (by, at)),
        Key::Photo(..) => again::<PhotoDetail>(value, |it| (it.by, it.at) = (by, at)),
        Key::State(_) => again::<DecisionStatement>(value, |it| (it.by, it.at) = (by, at)),
        _ => value.clone(),
    }
}
