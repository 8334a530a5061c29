//! Secondary instances: lists of choices, files, the sheet filled before this one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::choices::Choice;
use super::super::entry::EntryKind;
use super::super::kind::{From, Kind};
use super::super::reference::is_name;
use super::{Writer, attribute, escape};

impl Writer<'_> {
    pub(super) fn is_translated(&self, list: &str) -> bool {
        self.form.choices.lists.get(list).is_some_and(|choices| {
            choices.iter().any(|choice| {
                let label = choice.labels.values().any(|label| label.contains("${"));
                label || !choice.media.is_empty() || choice.labels.keys().any(|language| !language.is_empty())
            })
        })
    }

    /// Lists of choices, files and the sheet before this one.
    pub(super) fn tables(&mut self) -> String {
        let form = self.form;
        let mut out = String::new();
        let mut known: BTreeSet<String> = BTreeSet::new();
        for entry in &form.entries {
            let EntryKind::Question(kind) = &entry.kind else { continue };
            let file = match kind {
                Kind::ExternalTable => {
                    let extension = if entry.text(&["type"]) == Some("xml-external") { "xml" } else { "csv" };
                    Some((entry.name.clone(), extension, format!("{}.{extension}", entry.name)))
                }
                _ => kind.source().filter(|source| source.from == From::File).and_then(|source| {
                    let (stem, extension) = source.list.rsplit_once('.')?;
                    Some((stem.to_owned(), extension, source.list.clone()))
                }),
            };
            if let Some((id, extension, file)) = file
                && known.insert(id.clone())
            {
                let folder = if extension == "csv" { "file-csv" } else { "file" };
                out.push_str("<instance");
                attribute(&mut out, "id", &id);
                attribute(&mut out, "src", &format!("jr://{folder}/{file}"));
                out.push_str("/>\n");
            }
            if let Some(source) = kind.source().filter(|source| source.from == From::Choices)
                && known.insert(source.list.clone())
            {
                out.push_str(&self.table(&source.list));
            }
        }
        for (id, file) in self.pulled() {
            if known.insert(id.clone()) {
                out.push_str("<instance");
                attribute(&mut out, "id", &id);
                attribute(&mut out, "src", &format!("jr://file-csv/{file}.csv"));
                out.push_str("/>\n");
            }
        }
        if form.entries.iter().flat_map(|entry| &entry.cells.cells).any(|cell| cell.text.contains("${last-saved#")) {
            out.push_str("<instance id=\"__last-saved\" src=\"jr://instance/last-saved\"/>\n");
        }
        out
    }

    /// The files that `pulldata('file', …)` reads.
    pub(super) fn pulled(&self) -> Vec<(String, String)> {
        let cells = self.form.entries.iter().flat_map(|entry| &entry.cells.cells);
        let calls = cells.flat_map(|cell| cell.text.split("pulldata(").skip(1));
        calls
            .filter_map(|call| {
                let call = call.trim_start();
                let quote = call.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
                let name = call[1..].split(quote).next()?;
                Some((name.to_owned(), name.to_owned()))
            })
            .collect()
    }

    pub(super) fn table(&mut self, list: &str) -> String {
        let form = self.form;
        let translated = self.is_translated(list);
        let mut out = format!("<instance id=\"{}\">\n<root>\n", escape(list));
        let other = Choice {
            name: "other".to_owned(),
            labels: BTreeMap::from([(String::new(), "Other".to_owned())]),
            ..Choice::default()
        };
        let choices = form.choices.lists.get(list).map(Vec::as_slice).unwrap_or_default();
        let wanted = self.with_other.contains(list) && choices.iter().all(|choice| choice.name != "other");
        for (number, choice) in choices.iter().chain(wanted.then_some(&other)).enumerate() {
            out.push_str("<item>\n");
            if translated {
                let id = format!("{list}-{number}");
                _ = writeln!(out, "<itextId>{}</itextId>", escape(&id));
                for (language, label) in &choice.labels {
                    let label = self.shown(label, usize::MAX, None);
                    self.text(&id, language, "", label);
                }
                for (kind, language, file) in &choice.media {
                    let folder = if kind.ends_with("image") { "images" } else { kind };
                    self.text(&id, language, kind, format!("jr://{folder}/{}", escape(file)));
                }
            } else if let Some(label) = choice.labels.get("") {
                _ = writeln!(out, "<label>{}</label>", escape(label));
            }
            _ = writeln!(out, "<name>{}</name>", escape(&choice.name));
            for (column, text) in choice.columns.iter().filter(|(column, _)| is_name(column)) {
                _ = writeln!(out, "<{column}>{}</{column}>", escape(text));
            }
            out.push_str("</item>\n");
        }
        out + "</root>\n</instance>\n"
    }
}
