//! `template`: checklists.

use std::path::{Path, PathBuf};

use ancu_shared::checklist::xlsform;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::UnitId;
use ancu_shared::template::{self, Template};
use anyhow::Context as _;
use clap::Subcommand;
use sha2::Digest as _;

use super::refusal::{refusal, unreadable};
use super::{form, open, refused, say};
use crate::config::Config;
use crate::service::{App, Refused};
use crate::store::rows::{AuditEntry, ReleaseRow, TemplateRow};

#[derive(Debug, Subcommand)]
pub(super) enum TemplateCommand {
    /// Nhập mẫu kiểm tra · Import a checklist: a form (XLSForm: .xlsx, .xls, .csv) or a template file (JSON)
    ///
    /// It becomes the one for new inspections, everywhere or in some units first. A form that asks for anything the app
    /// cannot show is refused with sheet, row and column. Tables that it looks things up in (.csv, .geojson) are read where
    /// they stand beside it; a form without a name or version takes its file's name, and a version of its content.
    Import {
        /// Tệp biểu mẫu · The file; its bytes say what it is, not its name
        file: PathBuf,
        /// Chỉ cho đơn vị này và cấp dưới · Only for this unit and those below it: its official code today, or its id; may be given several times
        #[arg(long)]
        unit: Vec<String>,
    },
    /// Kiểm tra một biểu mẫu, không nhập · Say whether a form (XLSForm: .xlsx, .xls, .csv) is right, and if not, where; nothing is imported
    ///
    /// Ends with status 0 if the form is accepted, 1 if it is rejected.
    Check {
        /// Tệp biểu mẫu · The file; its bytes say what it is, not its name
        file: PathBuf,
        /// In JSON · Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Xuất mẫu thành biểu mẫu · Write a checklist as a form: an XLSForm (.xlsx), or an ODK XForm
    Export {
        /// Tệp hoặc tên mẫu · A file (XLSForm or template), or the name of an imported checklist: code or code@version
        source: String,
        /// Tệp để ghi · The file to write: .xlsx is an XLSForm, .json a template, anything else an XForm; without it an XForm is printed
        #[arg(long)]
        to: Option<PathBuf>,
    },
    /// Đưa một phiên bản vào dùng · Make a version the one for new inspections: a newer one, or again an older one
    Release {
        /// Mẫu: mã@phiên bản · The checklist: code@version
        checklist: String,
        /// Chỉ cho đơn vị này và cấp dưới · Only for this unit and those below it; may be given several times. Without it: everywhere
        #[arg(long)]
        unit: Vec<String>,
    },
    /// Liệt kê mẫu · List templates
    List,
}

pub(super) async fn run(command: TemplateCommand, config: Config) -> anyhow::Result<()> {
    match command {
        TemplateCommand::Check { file, json } => form::check(&file, json),
        TemplateCommand::Export { source, to } => export(&source, to.as_deref(), config).await,
        TemplateCommand::Import { file, unit } => {
            // A wrong form needs no store to be told so.
            let bytes = form::bytes_of(&file)?;
            let body = if form::is_json(&bytes) { bytes } else { written(&form::read_template(&file)?)? };
            let app = open(config).await?;
            let units = found(&app, &unit).await?;
            let (name, added) = import_to(&app, body, &units).await?;
            say(format_args!(
                "{name}\t{}",
                if added { "đã nhập · imported" } else { "đã có từ trước · was there already" }
            ))
        }
        TemplateCommand::Release { checklist, unit } => {
            let Some((code, version)) = checklist.split_once('@') else {
                return Err(refusal(
                    ErrorCode::FieldInvalid,
                    format!("{checklist}: hãy ghi mẫu ở dạng mã@phiên-bản, như template list in ra."),
                    format!("{checklist}: name the checklist as code@version, as template list prints it."),
                ));
            };
            let app = open(config).await?;
            let units = found(&app, &unit).await?;
            release(&app, code, version, &units).await?;
            say(format_args!("{code} {version}\tđã đưa vào dùng · released"))
        }
        TemplateCommand::List => list(&open(config).await?).await,
    }
}

async fn list(app: &App) -> anyhow::Result<()> {
    let service = app.clone();
    let job = app.store.read(move |transaction| {
        let directory = service.directory(transaction)?;
        Ok::<_, Refused>((transaction.templates()?, transaction.template_releases()?, directory))
    });
    let (rows, releases, directory) = job.await.map_err(refused)?;
    if rows.is_empty() {
        return say("chưa có mẫu kiểm tra nào · no checklist yet: ancu-server template import");
    }
    for row in rows {
        let current = if row.current { "đang dùng · current" } else { "" };
        let own = releases.iter().filter(|release| release.code == row.code && release.version == row.version);
        let units: Vec<_> =
            own.filter_map(|release| directory.get(release.unit)).map(|unit| unit.full_name.as_str()).collect();
        say(format_args!("{}\t{}\t{}\t{current}\t{}", row.code, row.version, row.sha256, units.join(", ")))?;
    }
    Ok(())
}

async fn found(app: &App, units: &[String]) -> anyhow::Result<Vec<UnitId>> {
    let mut found = Vec::new();
    for unit in units {
        found.push(super::unit::find(app, unit).await?);
    }
    Ok(found)
}

/// A template as its file.
fn written(template: &Template) -> anyhow::Result<Vec<u8>> {
    let mut body = serde_json::to_vec_pretty(template).context("writing the template")?;
    body.push(b'\n');
    Ok(body)
}

/// Writes a form, a template or an imported checklist as what is asked for.
async fn export(source: &str, to: Option<&Path>, config: Config) -> anyhow::Result<()> {
    let file = Path::new(source);
    let extension = to.and_then(Path::extension).map(|extension| extension.to_string_lossy().to_lowercase());
    let wants_template = matches!(extension.as_deref(), Some("xlsx" | "json"));
    let template = if file.is_file() {
        if !wants_template && !form::is_json(&form::bytes_of(file)?) {
            // A form that no template is made of: whatever the reference converter accepts can be printed.
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let read = form::read(file, &form::bytes_of(file)?).map_err(|rejected| rejected.told(file))?;
            return put(to, xlsform::xform::write(&read.form, &stem).into_bytes());
        }
        form::read_template(file)?
    } else {
        kept(&open(config).await?, source).await?
    };
    let body = match extension.as_deref() {
        Some("json") => written(&template)?,
        Some("xlsx") => crate::spreadsheet::xlsx(&template::form::write(&template)?)?,
        _ => {
            let workbook = template::form::write(&template)?;
            let form = xlsform::read(&workbook).map_err(|_| {
                refusal(
                    ErrorCode::FileInvalid,
                    format!("{source} không chuyển được thành biểu mẫu. Hãy dùng .json."),
                    format!("{source} makes no form. Write it as .json."),
                )
            })?;
            xlsform::xform::write(&form, &template.code).into_bytes()
        }
    };
    put(to, body)
}

fn put(to: Option<&Path>, body: Vec<u8>) -> anyhow::Result<()> {
    match to {
        Some(file) => std::fs::write(file, body).with_context(|| format!("writing {}", file.display())),
        None => say(String::from_utf8_lossy(&body).trim_end()),
    }
}

/// An imported checklist, by its code (the current version) or code@version.
async fn kept(app: &App, name: &str) -> anyhow::Result<Template> {
    let (code, version) = name.split_once('@').map_or((name, None), |(code, version)| (code, Some(version)));
    let (code, version) = (code.to_owned(), version.map(str::to_owned));
    let job = app.store.read(move |transaction| {
        let fits =
            |row: &TemplateRow| row.code == code && version.as_ref().map_or(row.current, |it| *it == row.version);
        let Some(row) = transaction.templates()?.into_iter().find(fits) else { return Ok::<_, Refused>(None) };
        Ok(transaction.template_body(&row.code, &row.version)?)
    });
    let Some(body) = job.await.map_err(refused)? else {
        return Err(refusal(
            ErrorCode::TemplateUnknown,
            format!("{name} không phải là tệp hay mẫu trên máy chủ này; xem: template list"),
            format!("{name} is no file, and no checklist of this server; see: template list"),
        ));
    };
    Template::read(&body).map_err(|error| unreadable("template", &error))
}

/// Imports a template for everybody. A version never changes: other bytes under a known version are refused.
pub(crate) async fn import(app: &App, body: Vec<u8>) -> anyhow::Result<(String, bool)> {
    import_to(app, body, &[]).await
}

async fn import_to(app: &App, body: Vec<u8>, units: &[UnitId]) -> anyhow::Result<(String, bool)> {
    let template = Template::read(&body).map_err(|error| unreadable("template", &error))?;
    let codes: Vec<&str> = template.items().map(|item| item.code.as_str()).collect();
    let distinct = codes.iter().collect::<std::collections::BTreeSet<_>>().len();
    if distinct != codes.len() {
        return Err(refusal(
            ErrorCode::FileInvalid,
            "Một mục có hai lần trong mẫu. Hãy đặt mã khác cho một trong hai.",
            "An item stands twice in the template. Give one of the two another code.",
        ));
    }
    template::fill::definition(&template).map_err(|error| unreadable("template", &error))?;
    let row = TemplateRow {
        code: template.code.clone(),
        version: template.version.clone(),
        sha256: hex::encode(sha2::Sha256::digest(&body)),
        current: units.is_empty(),
    };
    let (name, now) = (format!("{} {}", row.code, row.version), app.now());
    let (code, version, units) = (row.code.clone(), row.version.clone(), units.to_vec());
    let job = app.store.write(move |transaction| {
        let known = transaction.template_body(&row.code, &row.version)?;
        if known.as_ref().is_some_and(|known| *known != body) {
            return Ok::<_, Refused>(None);
        }
        let added = transaction.put_template(&row, &body, now)?;
        if added {
            let details = serde_json::json!({ "sha256": row.sha256 });
            transaction.audit(&entry("template.imported", &row.code, &row.version, details), now)?;
        }
        for unit in units {
            transaction.release_template_to(&ReleaseRow { code: code.clone(), version: version.clone(), unit }, now)?;
            let details = serde_json::json!({ "unit": unit });
            transaction.audit(&entry("template.released", &code, &version, details), now)?;
        }
        Ok(Some(added))
    });
    match job.await.map_err(refused)? {
        Some(added) => Ok((name, added)),
        None => Err(refusal(
            ErrorCode::Conflict,
            format!("{name} đã có với nội dung khác; hãy đặt phiên bản khác cho tệp."),
            format!("{name} is there with other content; give the file another version."),
        )),
    }
}

/// Makes a version the one for new inspections, everywhere or in some units.
async fn release(app: &App, code: &str, version: &str, units: &[UnitId]) -> anyhow::Result<()> {
    let (code, version, units, now) = (code.to_owned(), version.to_owned(), units.to_vec(), app.now());
    let name = format!("{code} {version}");
    let job = app.store.write(move |transaction| {
        if transaction.template_body(&code, &version)?.is_none() {
            return Ok::<_, Refused>(false);
        }
        if units.is_empty() {
            transaction.release_template(&code, &version)?;
        }
        for unit in &units {
            let release = ReleaseRow { code: code.clone(), version: version.clone(), unit: *unit };
            transaction.release_template_to(&release, now)?;
        }
        let details = serde_json::json!({ "units": units });
        transaction.audit(&entry("template.released", &code, &version, details), now)?;
        Ok(true)
    });
    if job.await.map_err(refused)? {
        return Ok(());
    }
    Err(refusal(
        ErrorCode::TemplateUnknown,
        format!("{name} không có trên máy chủ này; xem: template list"),
        format!("{name} is not on this server; see: template list"),
    ))
}

fn entry(action: &'static str, code: &str, version: &str, details: serde_json::Value) -> AuditEntry {
    AuditEntry { unit: None, person: None, device: None, action, subject: format!("{code} {version}"), details }
}
