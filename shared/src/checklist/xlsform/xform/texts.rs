//! Labels and hints: in several languages, or with pictures, they stand apart and are referred to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::choices::Choice;
use super::super::entry::Entry;
use super::super::reference::mentions;
use super::{At, Writer, attribute, escape};

impl Writer<'_> {
    /// A text with `${…}` as something that is shown.
    pub(super) fn shown(&self, text: &str, place: usize, choice: Option<&Choice>) -> String {
        let filled = match choice {
            Some(choice) => {
                let label = choice.labels.values().next().unwrap_or(&choice.name);
                text.replace("%(name)s", &choice.name).replace("%(label)s", label)
            }
            None => text.to_owned(),
        };
        let found = mentions(&filled).unwrap_or_default();
        let mut out = String::new();
        let mut from = 0;
        for mention in found {
            out.push_str(&escape(&filled[from..mention.span.start]));
            let path = self.scope.path(&mention, Some(place));
            _ = write!(out, "<output value=\" {} \"/>", escape(&path));
            from = mention.span.end;
        }
        out.push_str(&escape(&filled[from..]));
        out
    }

    /// Label and hint; in several languages, or with pictures, as references to texts.
    pub(super) fn label(&mut self, place: usize, entry: &Entry, at: At<'_>, body: &mut String, needed: bool) {
        let labels = entry.languages(&["label"]);
        let media: Vec<(Vec<String>, String)> =
            entry.cells.beginning("media").map(|cell| (cell.words.clone(), cell.text.clone())).collect();
        let plain = |texts: &BTreeMap<String, String>| texts.keys().all(String::is_empty);
        if labels.is_empty() && media.is_empty() {
            if needed {
                body.push_str("<label/>\n");
            }
        } else if media.is_empty() && plain(&labels) {
            let label = self.shown(&labels[""], place, at.choice);
            _ = writeln!(body, "<label>{label}</label>");
        } else {
            let id = format!("{}:label", at.path);
            for (language, text) in &labels {
                let text = self.shown(text, place, at.choice);
                self.text(&id, language, "", text);
            }
            for (words, file) in &media {
                let kind = words.get(1).map_or("", String::as_str);
                let folder = if kind.ends_with("image") { "images" } else { kind };
                let language = words.get(2).cloned().unwrap_or_default();
                self.text(&id, &language, kind, format!("jr://{folder}/{}", escape(file)));
            }
            _ = writeln!(body, "<label ref=\"jr:itext('{id}')\"/>");
        }
        let (hints, guidance) = (entry.languages(&["hint"]), entry.languages(&["guidance_hint"]));
        if guidance.is_empty() && plain(&hints) {
            if let Some(hint) = hints.get("") {
                let hint = self.shown(hint, place, at.choice);
                _ = writeln!(body, "<hint>{hint}</hint>");
            }
            return;
        }
        let id = format!("{}:hint", at.path);
        for (texts, form) in [(&hints, ""), (&guidance, "guidance")] {
            for (language, text) in texts {
                let text = self.shown(text, place, at.choice);
                self.text(&id, language, form, text);
            }
        }
        _ = writeln!(body, "<hint ref=\"jr:itext('{id}')\"/>");
    }

    pub(super) fn text(&mut self, id: &str, language: &str, form: &str, value: String) {
        let language = if language.is_empty() { self.default_language.clone() } else { language.to_owned() };
        self.languages.insert(language.clone());
        let values = self.texts.entry(language).or_default().entry(id.to_owned()).or_default();
        values.push((form.to_owned(), value));
    }

    pub(super) fn itext(&self) -> String {
        let ids: BTreeSet<&String> = self.texts.values().flat_map(BTreeMap::keys).collect();
        if ids.is_empty() {
            return String::new();
        }
        let mut out = String::from("<itext>\n");
        for language in &self.languages {
            out.push_str("<translation");
            attribute(&mut out, "lang", language);
            if *language == self.default_language {
                attribute(&mut out, "default", "true()");
            }
            out.push_str(">\n");
            for id in &ids {
                _ = writeln!(out, "<text id=\"{}\">", escape(id));
                let nothing = vec![(String::new(), "-".to_owned())];
                let values = self.texts.get(language).and_then(|texts| texts.get(*id)).unwrap_or(&nothing);
                for (form, value) in values {
                    if form.is_empty() {
                        _ = writeln!(out, "<value>{value}</value>");
                    } else {
                        _ = writeln!(out, "<value form=\"{form}\">{value}</value>");
                    }
                }
                out.push_str("</text>\n");
            }
            out.push_str("</translation>\n");
        }
        out + "</itext>\n"
    }
}
