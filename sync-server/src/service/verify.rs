//! Checks: the audit chains, and whether the store agrees with itself and with the photos on disk.

use std::collections::BTreeSet;
use std::fmt;

use ancu_shared::document::Document;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, DocumentId, UnitId};
use ancu_shared::record::RecordKind;

use super::life::{self, Begun, Cause};
use super::{App, Outcome, Refused};
use crate::store::rows::Slice;
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

/// The last row of a chain. Kept somewhere else, it says later whether the chain still is the one that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// Whose chain.
    pub unit: UnitId,
    /// The row's number: how many rows there are.
    pub number: i64,
    /// The row's hash, which stands for all rows before it.
    pub hash: [u8; 32],
}

impl fmt::Display for ChainHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEAD}\t{}\t{}\t{}", self.unit, self.number, hex::encode(self.hash))
    }
}

impl ChainHead {
    /// The heads in a text that `verify-audit` printed. `None`: a line that begins as a head is none.
    pub fn read_all(text: &str) -> Option<Vec<Self>> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(HEAD)?.strip_prefix('\t'));
        lines.map(Self::read).collect()
    }

    fn read(line: &str) -> Option<Self> {
        let mut parts = line.trim_end().split('\t');
        let (unit, number, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let hash = hex::decode(hash).ok()?.try_into().ok()?;
        Some(Self { unit: unit.parse().ok()?, number: number.parse().ok()?, hash })
    }
}

/// How a line of a head begins.
const HEAD: &str = "head";

/// What was found in the chains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Rows read.
    pub rows: usize,
    /// Chains read.
    pub chains: usize,
    /// Rows that were written and are not there. Those at the end of a chain, and whole chains, leave no other trace.
    pub gone: u64,
    /// Rows that do not hold.
    pub faults: Vec<ChainFault>,
    /// The last row of each chain.
    pub heads: Vec<ChainHead>,
    /// Of the heads that were expected, those that are no rows of their chains.
    pub missed: Vec<ChainHead>,
}

impl AuditReport {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.faults.is_empty() && self.gone == 0 && self.missed.is_empty()
    }
}

/// Walks every chain.
pub async fn audit(app: &App) -> Outcome<AuditReport> {
    audit_expecting(app, Vec::new()).await
}

/// The same, and looks for heads of former days in the chains.
pub async fn audit_expecting(app: &App, expected: Vec<ChainHead>) -> Outcome<AuditReport> {
    app.store
        .read(|transaction| {
            let mut report = AuditReport { missed: expected, ..AuditReport::default() };
            let mut before: Option<(UnitId, i64, [u8; 32])> = None;
            transaction.audit_chains(&mut |row| {
                report.rows += 1;
                let head = ChainHead { unit: row.unit, number: row.number, hash: row.hash };
                report.missed.retain(|expected| *expected != head);
                let (number, previous) = match before {
                    Some((unit, number, hash)) if unit == row.unit => {
                        report.heads.pop();
                        (number + 1, hash)
                    }
                    _ => {
                        report.chains += 1;
                        (1, [0; 32])
                    }
                };
                report.heads.push(head);
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
            // Whoever has accounts or checklists has rows about them, and a count of the rows: without it, some are gone.
            let one = Slice { offset: 0, limit: 1 };
            let acted = report.rows > 0 || transaction.accounts(one)?.1 > 0 || !transaction.templates()?.is_empty();
            let rows = report.rows as u64;
            report.gone = transaction.audit_written()?.unwrap_or(rows + u64::from(acted)).saturating_sub(rows);
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
            found: if damage.is_empty() { "nguyên vẹn · sound".into() } else { damage.join("; ") },
        },
        Check {
            what: "audit",
            good: chains.holds(),
            found: format!(
                "{0} dòng, {1} dòng sai, {2} dòng đã mất · {0} rows, {1} faults, {2} rows gone",
                chains.rows,
                chains.faults.len(),
                chains.gone
            ),
        },
    ];
    let rest = app.store.read(move |transaction| {
        let (photos, bytes) = transaction.photo_totals()?;
        let mut lacking = 0;
        for hash in transaction.photo_hashes()? {
            lacking += u64::from(!blobs.path(&hash).is_file());
        }
        let (compared, different) = compare(transaction)?;
        let (archived, unfoldable) = (transaction.archived()?, transaction.unfoldable()?);
        let (epoch, begun) = (life::current(transaction)?, life::begun(transaction)?);
        Ok::<_, Refused>([
            Check {
                what: "photos",
                good: lacking == 0,
                found: if lacking == 0 {
                    format!("{photos} ảnh · photos, {bytes} byte")
                } else {
                    format!(
                        "{photos} ảnh · photos, {bytes} byte; {lacking} ảnh mất tệp: hãy khởi động lại máy chủ, các máy sẽ được hỏi \
                         · {lacking} lacking on disk: start the server anew, it asks devices for them"
                    )
                },
            },
            Check {
                what: "archives",
                good: unfoldable.is_empty(),
                found: match unfoldable.first() {
                    None => format!(
                        "{0} hồ sơ đã xếp gọn: {1} byte thành {2} · records folded: {1} bytes in {2}",
                        archived.records, archived.bytes, archived.packed
                    ),
                    Some((document, reason)) => format!(
                        "{0} hồ sơ không xếp gọn được và được giữ nguyên · records could not be folded and stay as they were: \
                         {document}: {reason}",
                        unfoldable.len()
                    ),
                },
            },
            Check { what: "life", good: true, found: told(&epoch, begun.as_ref()) },
            Check {
                what: "records",
                good: different.is_empty(),
                found: format!(
                    "so {compared} hồ sơ với những gì đang hiện, {0} khác · {compared} documents compared with their cells, {0} \
                     differ",
                    different.len()
                ),
            },
        ])
    });
    checks.extend(rest.await?);
    Ok(checks)
}

/// The store's life, and why it is not the first.
fn told(epoch: &str, begun: Option<&Begun>) -> String {
    let Some(Begun { at, cause }) = begun else { return format!("{epoch}, từ đầu · the first") };
    let cause = match cause {
        Cause::Restored => "đã dùng một bản sao lưu · a backup was taken into use",
        Cause::PutBack => {
            "thư mục được đưa về một bản sao cũ; các máy báo và gửi lại phần thiếu · an older copy of this folder was put back; \
             devices told of it and offer again what it lacks"
        }
        Cause::PhotosLost => {
            "có ảnh mất tệp; các máy gửi lại ảnh của mình · photos had lost their files; devices offer theirs again"
        }
    };
    format!("{epoch}, {}: {cause}", at.hanoi_text())
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
