//! Checks: the audit chains, and whether the store agrees with itself and with the photos on disk.

use std::collections::BTreeSet;

use ancu_shared::document::Document;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, DocumentId, UnitId};
use ancu_shared::record::RecordKind;

use super::{App, Outcome, Refused};
use crate::store::{StoreError, Transaction};

/// Records whose documents are loaded and compared with their cells.
const SAMPLE: usize = 200;

/// A row that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainFault {
    /// Whose chain.
    pub unit: UnitId,
    /// Which row.
    pub number: i64,
    /// What is wrong.
    pub reason: &'static str,
}

/// What was found in the chains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Rows read.
    pub rows: usize,
    /// Chains read.
    pub chains: usize,
    /// Rows that do not hold.
    pub faults: Vec<ChainFault>,
}

/// Walks every chain.
pub async fn audit(app: &App) -> Outcome<AuditReport> {
    app.store
        .read(|transaction| {
            let mut report = AuditReport::default();
            let mut before: Option<(UnitId, i64, [u8; 32])> = None;
            transaction.audit_chains(&mut |row| {
                report.rows += 1;
                let (number, previous) = match before {
                    Some((unit, number, hash)) if unit == row.unit => (number + 1, hash),
                    _ => {
                        report.chains += 1;
                        (1, [0; 32])
                    }
                };
                let reason = if row.number != number {
                    Some("rows before it are missing")
                } else if row.previous != previous {
                    Some("it does not follow the row before it")
                } else if row.expected_hash() != row.hash {
                    Some("it was changed")
                } else {
                    None
                };
                report.faults.extend(reason.map(|reason| ChainFault { unit: row.unit, number: row.number, reason }));
                before = Some((row.unit, row.number, row.hash));
            })?;
            Ok(report)
        })
        .await
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// Whether it is in order.
    pub good: bool,
}

/// Looks at everything.
pub async fn doctor(app: &App) -> Outcome<Vec<Check>> {
    let damage = app.store.check().await?;
    let chains = audit(app).await?;
    let blobs = app.blobs.clone();
    let mut checks = vec![
        Check {
            what: "database",
            good: damage.is_empty(),
            found: if damage.is_empty() { "sound".into() } else { damage.join("; ") },
        },
        Check {
            what: "audit",
            good: chains.faults.is_empty(),
            found: format!("{} rows, {} faults", chains.rows, chains.faults.len()),
        },
    ];
    let rest = app.store.read(move |transaction| {
        let (photos, bytes) = transaction.photo_totals()?;
        let mut lacking = 0;
        for hash in transaction.photo_hashes()? {
            lacking += u64::from(!blobs.path(&hash).is_file());
        }
        let (compared, different) = compare(transaction)?;
        Ok::<_, Refused>([
            Check {
                what: "photos",
                good: lacking == 0,
                found: format!("{photos} photos, {bytes} bytes, {lacking} lacking on disk"),
            },
            Check {
                what: "records",
                good: different.is_empty(),
                found: format!("{compared} documents compared with their cells, {} differ", different.len()),
            },
        ])
    });
    checks.extend(rest.await?);
    Ok(checks)
}

/// Loads a sample of records as documents and compares what Automerge shows with the cells.
fn compare(transaction: &dyn Transaction) -> Result<(usize, BTreeSet<DocumentId>), StoreError> {
    let mut different = BTreeSet::new();
    let mut compared = 0;
    for kind in RecordKind::ALL {
        let ids = transaction.documents_of_kind(kind)?;
        let step = ids.len().div_ceil(SAMPLE / RecordKind::ALL.len()).max(1);
        for id in ids.into_iter().step_by(step) {
            compared += 1;
            let mut changes = Vec::new();
            for body in transaction.envelopes_of(id)? {
                changes.extend(Envelope::decode(&body).map(|envelope| envelope.changes).unwrap_or_default());
            }
            let document = Document::load(None, changes.iter().map(|bytes| bytes.as_slice()), ActorId([0; 16]));
            let shown = document.and_then(|mut document| document.cells());
            if shown.ok().as_ref() != Some(&transaction.cells(id)?) {
                different.insert(id);
            }
        }
    }
    Ok((compared, different))
}
