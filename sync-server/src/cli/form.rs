//! Forms (XLSForm) on the command line: read, judged, made into a template, and what is wrong with them in words.

use std::path::Path;

use ancu_shared::checklist::xlsform::{self, Fault, Finding, Form, Place, Workbook};
use ancu_shared::error::ErrorCode;
use ancu_shared::template::form::{Beside, Files};
use ancu_shared::template::{self, Template};
use sha2::Digest as _;

use super::refusal::{refusal, unreadable};
use super::{counted, say};

/// A form, and the workbook that it stands in.
pub(super) struct ReadForm {
    pub(super) form: Form,
    workbook: Workbook,
    beside: Beside,
}

impl ReadForm {
    /// The template that it makes; what the app has not is told.
    pub(super) fn template(&self) -> Result<Template, Rejected> {
        template::form::read(&self.form, &self.workbook, &self.beside).map_err(Rejected::Form)
    }
}

/// Why a form was rejected.
pub(super) enum Rejected {
    File(crate::workbook::OpenError),
    Form(Vec<Finding>),
}

/// Reads the form of a file, with the files beside it that it names.
pub(super) fn read(file: &Path, bytes: &[u8]) -> Result<ReadForm, Rejected> {
    let workbook = crate::workbook::open(bytes).map_err(Rejected::File)?;
    let form = xlsform::read(&workbook).map_err(Rejected::Form)?;
    let mut beside = Beside { code: code_of(file), version: version_of(bytes), files: Files::new() };
    let mut findings = Vec::new();
    for name in template::form::files(&form) {
        // A name with folders in it leads out of this one.
        let other = file.with_file_name(&name);
        if Path::new(&name).file_name() != Some(name.as_ref()) || !other.is_file() {
            continue;
        }
        let read = crate::files::read(&other, crate::workbook::LARGEST_FILE as u64).map_err(|error| error.to_string());
        let table = read.and_then(|bytes| template::form::table(&name, &bytes).map_err(|error| error.to_string()));
        match table {
            Ok(table) => {
                beside.files.insert(name, table);
            }
            Err(told) => {
                findings.push(Finding { place: Place::default(), fault: Fault::FileUnreadable { file: name, told } });
            }
        }
    }
    if findings.is_empty() { Ok(ReadForm { form, workbook, beside }) } else { Err(Rejected::Form(findings)) }
}

/// What a checklist is called whose form does not say: as its file.
fn code_of(file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    stem.chars().map(|letter| if fits(letter) { letter } else { '_' }).take(48).collect()
}

/// The version of a form that does not say: another one for every content.
fn version_of(bytes: &[u8]) -> String {
    hex::encode(&sha2::Sha256::digest(bytes)[..4])
}

/// Reads a file of which the bytes say what it is: a template (JSON), or a form.
pub(super) fn read_template(file: &Path) -> anyhow::Result<Template> {
    let bytes = bytes_of(file)?;
    if is_json(&bytes) {
        return Template::read(&bytes).map_err(|error| unreadable(file.display(), &error));
    }
    read(file, &bytes).and_then(|form| form.template()).map_err(|rejected| rejected.told(file))
}

pub(super) fn bytes_of(file: &Path) -> anyhow::Result<Vec<u8>> {
    Ok(crate::files::read(file, crate::workbook::LARGEST_FILE as u64)?)
}

pub(super) fn is_json(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

/// Says what is wrong with a form, as the reference converter does, and whether the app could take it.
pub(super) fn check(file: &Path, json: bool) -> anyhow::Result<()> {
    let read = read(file, &bytes_of(file)?);
    if json {
        say(report(&read))?;
    }
    match read {
        Ok(_) if json => Ok(()),
        Ok(read) => {
            let entries = read.form.entries.len();
            let en = counted(entries as u64, "question or group").replace("question or groups", "questions and groups");
            say(format_args!("{}: {entries} mục và nhóm · {en}", file.display()))?;
            if let Err(Rejected::Form(findings)) = read.template() {
                say("ứng dụng không dùng được biểu mẫu này · the app cannot take it as a checklist:")?;
                for finding in &findings {
                    say(format_args!("  {}{} · {}", place(finding), finding.fault.vietnamese(), finding.fault))?;
                }
            }
            Ok(())
        }
        Err(rejected) if json => Err(rejected.refusal(file)),
        Err(rejected) => Err(rejected.told(file)),
    }
}

impl Rejected {
    fn refusal(&self, file: &Path) -> anyhow::Error {
        match self {
            Self::File(error) => unreadable(file.display(), error),
            Self::Form(findings) => {
                let (file, faults) = (file.display(), findings.len());
                refusal(
                    ErrorCode::FileInvalid,
                    format!("{file}: không nhận, {faults} lỗi. Hãy sửa từng dòng được nêu rồi thử lại."),
                    format!(
                        "{file}: rejected, {}. Mend each line that is named and try again.",
                        counted(faults as u64, "fault")
                    ),
                )
            }
        }
    }

    /// Prints each fault on a line of its own; the error sums up.
    pub(super) fn told(&self, file: &Path) -> anyhow::Error {
        if let Self::Form(findings) = self {
            for finding in findings {
                let told = say(format_args!("{}{} · {}", place(finding), finding.fault.vietnamese(), finding.fault));
                if let Err(error) = told {
                    return error;
                }
            }
        }
        self.refusal(file)
    }
}

/// `survey, row 3, relevant: `.
fn place(finding: &Finding) -> String {
    let place = &finding.place;
    let row = place.row.map(|row| format!("row {row}"));
    let words: Vec<String> = [place.sheet.clone(), row, place.column.clone()].into_iter().flatten().collect();
    if words.is_empty() { String::new() } else { format!("{}: ", words.join(", ")) }
}

fn report(read: &Result<ReadForm, Rejected>) -> serde_json::Value {
    match read {
        Ok(read) => {
            let form = &read.form;
            let app = match read.template() {
                Err(Rejected::Form(findings)) => listed(&findings),
                _ => Vec::new(),
            };
            serde_json::json!({
                "accepted": true,
                "form": { "id": form.id, "title": form.title, "version": form.version, "entries": form.entries.len() },
                "findings": [],
                "importable": app.is_empty(),
                "import_findings": app,
            })
        }
        Err(Rejected::File(error)) => {
            let finding = serde_json::json!({ "code": "unreadable", "en": error.to_string() });
            serde_json::json!({ "accepted": false, "findings": [finding] })
        }
        Err(Rejected::Form(findings)) => serde_json::json!({ "accepted": false, "findings": listed(findings) }),
    }
}

fn listed(findings: &[Finding]) -> Vec<serde_json::Value> {
    let one = |finding: &Finding| {
        serde_json::json!({
            "sheet": finding.place.sheet,
            "row": finding.place.row,
            "column": finding.place.column,
            "code": finding.fault.code(),
            "en": finding.fault.to_string(),
            "vi": finding.fault.vietnamese(),
        })
    };
    findings.iter().map(one).collect()
}
