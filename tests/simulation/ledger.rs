//! What people saw as saved, and where it is now.
//!
//! Every entry carries a mark of its own (`#17#` in a note, a photo's hash), so that it can be found again wherever it went.

use std::collections::{BTreeMap, BTreeSet};

use ancu_shared::document::guard::check_change;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::admission::check_envelope;
use ancu_sync_server::store::rows::Slice;

use crate::city::City;

/// Something that a person entered.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    /// What it can be found by.
    pub(crate) mark: String,
    /// On which device; `None`: in a browser.
    pub(crate) device: Option<usize>,
    /// Where: a later entry there stands for it, because its author saw it when overwriting it.
    pub(crate) place: (DocumentId, String),
    /// Whether the person was told that it is saved. A call that a crash cut short may have saved it all the same.
    pub(crate) told: bool,
    /// Whether it may be gone: its device was destroyed, and a backup from before was taken into use.
    pub(crate) excused: bool,
}

/// Everything entered.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<Saved>,
}

impl Ledger {
    /// Notes an entry.
    pub(crate) fn note(&mut self, mark: String, device: Option<usize>, place: (DocumentId, String), told: bool) {
        self.entries.push(Saved { mark, device, place, told, excused: false });
    }

    /// Entries of a device (of all, without one) that are in none of these places, nor is what was put over them since.
    pub(crate) fn missing<'a>(&'a self, device: Option<usize>, found: &dyn Fn(&str) -> bool) -> Vec<&'a Saved> {
        let mut over: BTreeMap<(Option<usize>, &(DocumentId, String)), bool> = BTreeMap::new();
        let mut missing = Vec::new();
        for entry in self.entries.iter().rev() {
            if device.is_some() && entry.device != device {
                continue;
            }
            let there = over.entry((entry.device, &entry.place)).or_insert(false);
            *there |= found(&entry.mark);
            if entry.told && !entry.excused && !*there {
                missing.push(entry);
            }
        }
        missing.reverse();
        missing
    }
}

/// What the server has, by marks: kept up with it.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    run: u32,
    feeds: BTreeMap<UnitId, u64>,
    kept_aside: i64,
    pub(crate) admitted: BTreeSet<String>,
    pub(crate) quarantined: BTreeSet<String>,
}

impl Reach {
    /// Reads what came since the last time.
    pub(crate) fn catch_up(&mut self, city: &City, units: &[UnitId]) {
        if self.run != city.run {
            *self = Self { run: city.run, ..Self::default() };
        }
        for unit in units.iter().copied() {
            let after = self.feeds.get(&unit).copied().unwrap_or(0);
            let came = city.read(move |transaction| transaction.feed(unit, after, None, None, usize::MAX));
            for (number, _, body) in came {
                self.feeds.insert(unit, number);
                self.admitted.extend(marks_of(&body));
            }
        }
        let since = self.kept_aside;
        let aside = city.read(move |transaction| {
            let (rows, _) = transaction.quarantine(None, None, Slice { offset: 0, limit: 100_000 })?;
            rows.into_iter()
                .filter(|row| row.id > since)
                .map(|row| Ok(transaction.quarantined(row.id)?.map(|row| (row.id, row.body))))
                .collect::<Result<Vec<_>, _>>()
        });
        for (id, body) in aside.into_iter().flatten() {
            self.kept_aside = self.kept_aside.max(id);
            self.quarantined.extend(marks_of(&body));
        }
    }

    /// Whether the server has this, admitted or kept aside.
    pub(crate) fn has(&self, mark: &str) -> bool {
        self.admitted.contains(mark) || self.quarantined.contains(mark)
    }
}

/// The marks in an encoded envelope.
pub(crate) fn marks_of(body: &[u8]) -> BTreeSet<String> {
    let mut marks = BTreeSet::new();
    let Ok(envelope) = Envelope::decode(body) else { return marks };
    assert!(check_envelope(body).is_ok(), "the server keeps an envelope that does not hold");
    for bytes in &envelope.changes {
        let Ok(change) = check_change(bytes, envelope.kind) else { continue };
        for operation in &change.operations {
            let Some(value) = &operation.put else { continue };
            marks.extend(marks_at(envelope.document, &operation.key, value));
        }
    }
    marks
}

/// The marks in a value.
pub(crate) fn marks_at(document: DocumentId, key: &str, value: &Scalar) -> Vec<String> {
    let mut marks: Vec<String> = value.as_text().into_iter().flat_map(marks_in).collect();
    match Key::parse(key) {
        Ok(Key::Photo(_, hash)) if *value != Scalar::Null => marks.push(photo_mark(&hash.to_string())),
        Ok(Key::Seal(_)) => marks.push(seal_mark(document)),
        _ => {}
    }
    marks
}

/// `#17#` in a text.
fn marks_in(text: &str) -> impl Iterator<Item = String> {
    let parts: Vec<&str> = text.split('#').collect();
    let numbers = parts.iter().skip(1).filter(|part| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit()));
    numbers.map(mark).collect::<Vec<_>>().into_iter()
}

/// The mark of an entry's number.
pub(crate) fn mark(number: impl std::fmt::Display) -> String {
    format!("#{number}#")
}

/// The mark of a photo.
pub(crate) fn photo_mark(hash: &str) -> String {
    format!("photo {hash}")
}

/// The mark of a sealed record.
pub(crate) fn seal_mark(document: DocumentId) -> String {
    format!("seal {document}")
}
