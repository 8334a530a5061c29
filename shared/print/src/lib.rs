//! Records on paper: an inspection as the signed record (biên bản) in PDF/A-2b.
//!
//! Pure like the domain: what is shown, the photos' bytes and the time come in, bytes go out; the same in gives the same out.
//! A crate of its own, because Typst takes long to build; only the programs have it, through a trait of who prints.
//!
//! Limits: [`MAX_PHOTOS`] photos, [`MAX_ROWS`] rows. What a font has no letter for is printed as □, and the record says so.

mod fonts;
mod ink;
mod labels;
mod picture;
mod sheet;
mod world;

use std::sync::Arc;

use ancu_shared::id::PhotoHash;
use ancu_shared::template::Template;
use ancu_shared::text;
use ancu_shared::view::{FacilitySheet, InspectionView};
use typst::diag::SourceDiagnostic;
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// The most photos in one document.
pub const MAX_PHOTOS: usize = 400;
/// The most answers in one document.
pub const MAX_ROWS: usize = 5_000;

/// A signed record, or one that is being made.
pub struct Record<'a> {
    /// What it says.
    pub view: &'a InspectionView,
    /// The checklist that it was begun with.
    pub template: &'a Template,
    /// Its premises, where they are known.
    pub premises: Option<&'a FacilitySheet>,
    /// A photo's JPEG, where it is at hand.
    pub photos: &'a dyn Fn(&PhotoHash) -> Option<Arc<[u8]>>,
    /// The address that proves it ([`ancu_shared::record::proof`]); none before it is signed.
    pub check: Option<&'a str>,
}

/// A record that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// PDF/A-2b.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: u32,
}

/// Why there is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// More photos or rows than a document takes.
    #[error("{what}: {count} of at most {most}")]
    TooLarge {
        /// `photos` or `rows`.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A fault of ours: the layout or the export failed.
    #[error("the document cannot be set: {0}")]
    Layout(String),
}

/// What the file is called: the day and the premises, in letters that every system takes.
pub fn file_name(view: &InspectionView) -> String {
    let day = view.summary.started_at.hanoi_date();
    let folded = text::fold(&view.summary.facility_name);
    let words: Vec<&str> = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut name: String = words.join("-").chars().take(60).collect();
    if name.is_empty() {
        view.summary.id.to_string()[..8].clone_into(&mut name);
    }
    format!("bien-ban-{day}-{name}.pdf")
}

/// The record as a document.
pub fn record(record: &Record<'_>) -> Result<Document, PrintError> {
    let prepared = sheet::of(record)?;
    let failed = |errors: &[SourceDiagnostic]| {
        let told: Vec<_> = errors.iter().map(|error| error.message.to_string()).collect();
        PrintError::Layout(told.join("; "))
    };
    let ident = format!("ancu/{}", record.view.summary.id);
    let world = world::Paper::new(prepared);
    let document: PagedDocument = typst::compile(&world).output.map_err(|errors| failed(&errors))?;
    let standards =
        PdfStandards::new(&[PdfStandard::A_2b]).map_err(|error| PrintError::Layout(error.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(ident),
        creator: Smart::Custom(Some("An Cư".into())),
        standards,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| failed(&errors));
    // What the layout remembers of this document is of no use to the next.
    world::forget();
    Ok(Document { pdf: bytes?, pages: document.pages().len() as u32 })
}
