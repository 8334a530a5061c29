//! `template`: checklists.

use std::path::PathBuf;

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
    /// List templates
    List,
}

pub(super) async fn run(command: TemplateCommand, config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    match command {
        TemplateCommand::Import { file } => {
            let body = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let (name, added) = import(&app, body).await?;
            say(format_args!("{name}\t{}", if added { "imported" } else { "was there already" }))
        }
        TemplateCommand::List => {
            let rows = app.store.read(|transaction| Ok::<_, Refused>(transaction.templates()?));
            for row in rows.await.map_err(refused)? {
                let current = if row.current { "current" } else { "" };
                say(format_args!("{}\t{}\t{}\t{current}", row.code, row.version, row.sha256))?;
            }
            Ok(())
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
