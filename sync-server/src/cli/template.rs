//! `template`: checklists.

use std::path::{Path, PathBuf};

use ancu_shared::checklist::xlsform::{self, Finding, Form};
use ancu_shared::template::Template;
use anyhow::{Context as _, bail};
use clap::Subcommand;
use sha2::Digest as _;

use super::{open, refused, say};
use crate::config::Config;
use crate::service::{App, Refused};
use crate::store::rows::{AuditEntry, TemplateRow};

#[derive(Debug, Subcommand)]
pub(super) enum TemplateCommand {
    /// Import a template file; it becomes the one for new inspections
    Import {
        /// The file (JSON)
        file: PathBuf,
    },
    /// Say whether a form (XLSForm: .xlsx, .xls, .csv) is right, and if not, where; nothing is imported
    ///
    /// Ends with status 0 if the form is accepted, 1 if it is rejected.
    Check {
        /// The file; its bytes say what it is, not its name
        file: PathBuf,
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Print a form (XLSForm: .xlsx, .xls, .csv) as an ODK XForm
    Export {
        /// The file; its bytes say what it is, not its name
        file: PathBuf,
    },
    /// List templates
    List,
}

pub(super) async fn run(command: TemplateCommand, config: Config) -> anyhow::Result<()> {
    match command {
        TemplateCommand::Check { file, json } => check(&file, json),
        TemplateCommand::Export { file } => {
            let form = match read_form(&file)? {
                Ok(form) => form,
                Err(rejected) => bail!("{}", rejected.words(&file)),
            };
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            say(xlsform::xform::write(&form, &stem).trim_end())
        }
        TemplateCommand::Import { file } => {
            let app = open(config).await?;
            let body = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let (name, added) = import(&app, body).await?;
            say(format_args!("{name}\t{}", if added { "imported" } else { "was there already" }))
        }
        TemplateCommand::List => {
            let app = open(config).await?;
            let rows = app.store.read(|transaction| Ok::<_, Refused>(transaction.templates()?));
            for row in rows.await.map_err(refused)? {
                let current = if row.current { "current" } else { "" };
                say(format_args!("{}\t{}\t{}\t{current}", row.code, row.version, row.sha256))?;
            }
            Ok(())
        }
    }
}

/// Reads a form. Needs no store.
fn read_form(file: &Path) -> anyhow::Result<Result<Form, Rejected>> {
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(match crate::workbook::open(&bytes) {
        Ok(workbook) => xlsform::read(&workbook).map_err(Rejected::Form),
        Err(error) => Err(Rejected::File(error)),
    })
}

/// Says what is wrong with a form, as the reference converter does.
fn check(file: &Path, json: bool) -> anyhow::Result<()> {
    let read = read_form(file)?;
    if json {
        say(report(&read))?;
    }
    match read {
        Ok(_) if json => Ok(()),
        Ok(form) => say(format_args!("{}: {} questions and groups", file.display(), form.entries.len())),
        Err(rejected) => {
            if let Rejected::Form(findings) = &rejected
                && !json
            {
                for finding in findings {
                    say(format_args!("{}{}", place(finding), finding.fault))?;
                }
            }
            bail!("{}", rejected.words(file))
        }
    }
}

/// Why a form was rejected.
enum Rejected {
    File(crate::workbook::OpenError),
    Form(Vec<Finding>),
}

impl Rejected {
    fn words(&self, file: &Path) -> String {
        match self {
            Self::File(error) => format!("{}: {error}", file.display()),
            Self::Form(findings) => format!("{}: rejected, {} faults", file.display(), findings.len()),
        }
    }
}

/// `survey, row 3, relevant: `.
fn place(finding: &Finding) -> String {
    let place = &finding.place;
    let row = place.row.map(|row| format!("row {row}"));
    let words: Vec<String> = [place.sheet.clone(), row, place.column.clone()].into_iter().flatten().collect();
    if words.is_empty() { String::new() } else { format!("{}: ", words.join(", ")) }
}

fn report(read: &Result<Form, Rejected>) -> serde_json::Value {
    match read {
        Ok(form) => serde_json::json!({
            "accepted": true,
            "form": { "id": form.id, "title": form.title, "version": form.version, "entries": form.entries.len() },
            "findings": [],
        }),
        Err(Rejected::File(error)) => {
            let finding = serde_json::json!({ "code": "unreadable", "en": error.to_string() });
            serde_json::json!({ "accepted": false, "findings": [finding] })
        }
        Err(Rejected::Form(findings)) => {
            let findings = findings.iter().map(|finding| {
                serde_json::json!({
                    "sheet": finding.place.sheet,
                    "row": finding.place.row,
                    "column": finding.place.column,
                    "code": finding.fault.code(),
                    "en": finding.fault.to_string(),
                    "vi": finding.fault.vietnamese(),
                })
            });
            serde_json::json!({ "accepted": false, "findings": findings.collect::<Vec<_>>() })
        }
    }
}

/// Imports a template. A version never changes: other bytes under a known version are refused.
pub(crate) async fn import(app: &App, body: Vec<u8>) -> anyhow::Result<(String, bool)> {
    let template: Template = serde_json::from_slice(&body).context("reading the template")?;
    if template.schema != 1 {
        bail!("template schema {} is not known to this program", template.schema);
    }
    let codes: Vec<&str> = template.items().map(|item| item.code.as_str()).collect();
    let distinct = codes.iter().collect::<std::collections::BTreeSet<_>>().len();
    if distinct != codes.len() {
        bail!("an item stands twice in the template");
    }
    let row = TemplateRow {
        code: template.code.clone(),
        version: template.version.clone(),
        sha256: hex::encode(sha2::Sha256::digest(&body)),
        current: true,
    };
    let (name, now) = (format!("{} {}", row.code, row.version), app.now());
    let job = app.store.write(move |transaction| {
        let known = transaction.template_body(&row.code, &row.version)?;
        if known.as_ref().is_some_and(|known| *known != body) {
            return Ok::<_, Refused>(None);
        }
        let added = transaction.put_template(&row, &body, now)?;
        if added {
            transaction.audit(
                &AuditEntry {
                    unit: None,
                    person: None,
                    device: None,
                    action: "template.imported",
                    subject: format!("{} {}", row.code, row.version),
                    details: serde_json::json!({ "sha256": row.sha256 }),
                },
                now,
            )?;
        }
        Ok(Some(added))
    });
    match job.await.map_err(refused)? {
        Some(added) => Ok((name, added)),
        None => bail!("{name} is there with other content; give the file another version"),
    }
}
