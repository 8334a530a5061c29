//! What Typst sees: the layout, the record as JSON, pictures, fonts; no file system, no clock, no packages.
//!
//! Invariant: names of files are from a closed list, because Typst never forgets one.

use std::collections::HashMap;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

use crate::fonts::FONTS;
use crate::sheet::Prepared;

const LAYOUT: &str = include_str!("../templates/record.typ");
/// Documents that are remembered.
const REMEMBERED: usize = 0;

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static MAIN: LazyLock<Source> = LazyLock::new(|| Source::new(name("record.typ"), LAYOUT.to_owned()));

pub(crate) struct Paper {
    files: HashMap<FileId, Bytes>,
}

/// The id of a file of ours. The names are few and fixed; see the invariant.
fn name(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("a name of ours");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

impl Paper {
    pub(crate) fn new(prepared: Prepared) -> Self {
        let Prepared { sheet, files } = prepared;
        let json = serde_json::to_vec(&sheet).expect("a sheet is text and numbers");
        let named = files.into_iter().map(|(path, bytes)| (name(&path), bytes));
        Self { files: named.chain([(name("record.json"), Bytes::new(json))]).collect() }
    }
}

impl World for Paper {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        MAIN.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == MAIN.id() { Ok(MAIN.clone()) } else { Err(missing(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or_else(|| missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.all.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn missing(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_without_slash().into())
}

/// Lets go of what was worked out for earlier documents.
pub(crate) fn forget() {
    typst::comemo::evict(REMEMBERED);
}
