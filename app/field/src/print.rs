//! An inspection on paper, and the code on such paper read back; both without a network.
//!
//! Invariants: the store's lock is held to read, never while a page is set; a document in the clear is written only where a
//! person asked for it, never into the engine's own folder.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ancu_print::{Document, PrintError, Record as Printed};
use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::proof::{self, Proof, ProofError};
use ancu_shared::record::register::{Register as _, SealStatement};
use ancu_shared::template::Template;
use ancu_shared::view::{Attribution, FacilitySheet, InspectionView, PhotoSize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::courier::write_new;
use crate::engine::{Engine, Open};
use crate::fault::Outcome;
use crate::store::changes::{self, Record};
use crate::store::pictures;

/// Files of one name in one folder that are told apart by a number.
const MOST_ALIKE: u32 = 99;

/// A record on paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Paper {
    /// Where it was written, or the name to save it under.
    pub file: String,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The PDF; absent where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub data_base64: Option<String>,
    /// How many pages it has.
    pub pages: u32,
    /// Photos that are not on this device and are missing in it.
    pub lacking: u32,
    /// The address in its code; absent before it is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub check: Option<String>,
}

/// What a code on paper proves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Checked {
    /// The record.
    pub document: DocumentId,
    /// When it was signed, by the signer's clock.
    pub signed_at: UtcMillis,
    /// Whose key signed it, as the server certified it; `None`: nobody whom this device knows.
    pub by: Option<Attribution>,
    /// Whether the record is on this device.
    pub here: Here,
    /// The name of its premises, where it is.
    pub facility_name: Option<String>,
}

/// Whether a record is on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Here {
    /// Not at all: the server may have it.
    No,
    /// With this very signature.
    Signed,
    /// But not with this signature: it may be older here.
    Otherwise,
}

struct Gathered {
    view: InspectionView,
    template: Arc<Template>,
    premises: Option<FacilitySheet>,
    check: Option<String>,
}

impl Engine {
    /// An inspection as PDF: into a file that is not there yet, into a folder under a name of its own, or as bytes.
    pub fn print(&self, id: DocumentId, file: Option<&Path>, folder: Option<&Path>) -> Result<Paper, Problem> {
        let gathered = self.work(|open| open.gather_for_paper(id))?;
        let (lacking, unread) = (Cell::new(0), RefCell::new(None));
        // One at a time: each is let go of once it is as large as the paper shows.
        let photos = |hash: &PhotoHash| {
            let read = self.work(|open| pictures::read(&open.store.photos, hash, PhotoSize::Full));
            let bytes = read.unwrap_or_else(|problem| {
                unread.replace(Some(problem));
                None
            });
            if bytes.is_none() {
                lacking.set(lacking.get() + 1);
            }
            bytes.map(Arc::from)
        };
        let Gathered { view, template, premises, check } = &gathered;
        let record = Printed { view, template, premises: premises.as_ref(), photos: &photos, check: check.as_deref() };
        let Document { pdf, pages } = ancu_print::record(&record).map_err(not_printed)?;
        if let Some(problem) = unread.take() {
            return Err(problem);
        }
        let lacking = lacking.get();
        let name = ancu_print::file_name(view);
        let bytes = pdf.len() as u64;
        let place = match (file, folder) {
            (Some(file), _) => Some(file.to_owned()),
            (None, Some(folder)) => Some(free_name(folder, &name)?),
            (None, None) => None,
        };
        let Some(place) = place else {
            return Ok(Paper {
                file: name,
                bytes,
                pages,
                data_base64: Some(STANDARD.encode(pdf)),
                lacking,
                check: gathered.check,
            });
        };
        write_new(&place, |mut made| {
            std::io::Write::write_all(&mut made, &pdf).map_err(|error| crate::courier::unusable(&place, &error))?;
            Ok(made)
        })?;
        Ok(Paper { file: place.display().to_string(), bytes, pages, data_base64: None, lacking, check: gathered.check })
    }

    /// Reads the code of a record, alone or in its address: whether its signature holds, whose it is, whether it is here.
    pub fn check_code(&self, code: &str) -> Result<Checked, Problem> {
        let proof = Proof::from_code(code).map_err(no_proof)?;
        self.work(|open| open.checked(&proof))
    }
}

impl Open {
    fn gather_for_paper(&mut self, id: DocumentId) -> Outcome<Gathered> {
        let root = self.inspection_root(id)?;
        let view = self.inspection_view(root.id)?;
        let template = self.inspection_template(&root)?;
        let premises = root.facility.map(|id| self.facility_sheet(id)).transpose()?;
        let code = self.seal_of(&root)?.and_then(|seal| Proof { document: root.id, seal }.to_code());
        let check = code.map(|code| format!("{}{}{code}", self.identity.server.trim_end_matches('/'), proof::PATH));
        Ok(Gathered { view, template, premises, check })
    }

    /// The first seal on a record.
    fn seal_of(&self, record: &Record) -> Outcome<Option<SealStatement>> {
        let cells = changes::cells(&self.store.main, record.id)?;
        let seals = cells.iter().filter(|cell| cell.key.starts_with("g/"));
        let seals = seals.filter_map(|cell| Some((cell.operation, SealStatement::from_scalar(&cell.value).ok()?)));
        Ok(seals.min_by_key(|(operation, seal)| (seal.at, *operation)).map(|(_, seal)| seal))
    }

    fn checked(&mut self, proof: &Proof) -> Outcome<Checked> {
        let Proof { document, seal } = proof;
        let by = self.people.of_key(&seal.author, seal.at).filter(|by| by.person == Some(seal.by));
        let known = changes::find(&self.store.main, *document)?.filter(|it| it.kind == RecordKind::Inspection);
        let here = match known.as_ref().map(|known| self.seal_of(known)).transpose()?.flatten() {
            Some(own) if own.signature == seal.signature => Here::Signed,
            _ if known.is_some() => Here::Otherwise,
            _ => Here::No,
        };
        let facility_name = match known {
            Some(known) => Some(self.inspection_summary(known.id)?.facility_name),
            None => None,
        };
        Ok(Checked { document: *document, signed_at: seal.at, by, here, facility_name })
    }
}

/// The first name that is free in a folder.
fn free_name(folder: &Path, name: &str) -> Result<PathBuf, Problem> {
    std::fs::create_dir_all(folder).map_err(|error| crate::courier::unusable(folder, &error))?;
    let stem = name.trim_end_matches(".pdf");
    let names = std::iter::once(name.to_owned()).chain((2..=MOST_ALIKE).map(|n| format!("{stem}-{n}.pdf")));
    let mut free = names.map(|name| folder.join(name)).filter(|place| !place.exists());
    free.next().ok_or_else(|| crate::courier::unusable(folder, &std::io::ErrorKind::AlreadyExists.into()))
}

fn not_printed(error: PrintError) -> Problem {
    match error {
        PrintError::TooLarge { what, count, most } => {
            let (vi, en) = if what == "photos" {
                (
                    format!("Biên bản có {count} ảnh; bản in chứa tối đa {most}."),
                    format!("The record has {count} photos; a document takes {most}."),
                )
            } else {
                (
                    format!("Biên bản có {count} mục; bản in chứa tối đa {most}."),
                    format!("The record has {count} answers; a document takes {most}."),
                )
            };
            Problem::new(ErrorCode::TooLarge).said(&vi, &en)
        }
        PrintError::Layout(reason) => {
            tracing::error!(%reason, "a record could not be set");
            Problem::new(ErrorCode::Internal)
        }
    }
}

fn no_proof(error: ProofError) -> Problem {
    let (vi, en) = match error {
        ProofError::Malformed => (
            "Đây không phải mã của biên bản An Cư, hoặc mã bị mờ, bị cắt. Hãy quét lại cả mã.",
            "This is not the code of an An Cư record, or it is blurred or cut. Scan the whole code again.",
        ),
        ProofError::Newer => (
            "Mã này do phiên bản mới hơn in ra. Hãy cập nhật ứng dụng rồi quét lại.",
            "A newer version printed this code. Update the app and scan it again.",
        ),
        ProofError::Forged => (
            "Chữ ký trong mã KHÔNG ĐÚNG: biên bản này không phải do An Cư lập, hoặc mã đã bị sửa. Đừng tin bản giấy này.",
            "The signature in the code is WRONG: this record was not made by An Cư, or its code was changed. Do not trust the paper.",
        ),
    };
    Problem::field("code", vi, en)
}
