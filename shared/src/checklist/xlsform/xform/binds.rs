//! The binds: what type a question's value is of, and which rules hold for it.

use std::fmt::Write as _;

use super::super::entry::{Entry, EntryKind};
use super::super::kind::Kind;
use super::{At, Writer, attribute};

impl Writer<'_> {
    /// The bind of an entry; none where there is nothing to say.
    pub(super) fn bind(&mut self, place: usize, entry: &Entry, kind: &str, at: At<'_>) {
        let mut out = String::from("<bind");
        attribute(&mut out, "nodeset", at.path);
        let mut said = false;
        if let EntryKind::Question(Kind::Metadata(name)) = &entry.kind {
            let preload = match name.as_str() {
                "start" | "end" => "timestamp",
                "today" => "date",
                _ => "property",
            };
            attribute(&mut out, "jr:preload", preload);
            attribute(&mut out, "jr:preloadParams", name);
        }
        if !kind.is_empty() {
            attribute(&mut out, "type", kind);
            said = true;
        }
        let triggered = entry.text(&["trigger"]).is_some();
        for (column, name) in [
            ("readonly", "readonly"),
            ("required", "required"),
            ("relevant", "relevant"),
            ("constraint", "constraint"),
            ("calculate", "calculate"),
        ] {
            if column == "calculate" && triggered {
                continue;
            }
            if let Some(text) = entry.text(&["bind", column]) {
                attribute(&mut out, name, self.scope.written(text, Some(place)).trim());
                said = true;
            } else if column == "readonly" && entry.kind == EntryKind::Question(Kind::Note) {
                attribute(&mut out, name, "true()");
            }
        }
        for name in ["jr:constraintMsg", "jr:requiredMsg"] {
            let texts = entry.languages(&["bind", name]);
            let has_mention = texts.values().any(|text| text.contains("${"));
            if !has_mention && let Some(text) = texts.get("").filter(|_| texts.len() == 1) {
                attribute(&mut out, name, text);
            } else if !texts.is_empty() {
                let id = format!("{}:{name}", at.path);
                for (language, text) in &texts {
                    let text = self.shown(text, place, at.choice);
                    self.text(&id, language, "", text);
                }
                attribute(&mut out, name, &format!("jr:itext('{id}')"));
            }
        }
        for (parameter, name) in [("max-pixels", "orx:max-pixels"), ("allow-mock-accuracy", "odk:allow-mock-accuracy")]
        {
            if let Some(value) = entry.parameters.get(parameter) {
                attribute(&mut out, name, value);
            }
        }
        if said {
            _ = writeln!(self.binds, "{out}/>");
        }
    }
}

/// The type of a question's value.
pub(super) fn bind_type(kind: &Kind, entry: &Entry) -> &'static str {
    match kind {
        Kind::Integer => "int",
        Kind::Decimal => "decimal",
        Kind::Range => {
            let whole = ["start", "end", "step"].iter().filter_map(|name| entry.parameters.get(*name));
            if whole.clone().any(|value| value.parse::<i64>().is_err()) { "decimal" } else { "int" }
        }
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "dateTime",
        Kind::Geopoint => "geopoint",
        Kind::Geotrace => "geotrace",
        Kind::Geoshape => "geoshape",
        Kind::Barcode => "barcode",
        Kind::Rank(_) => "odk:rank",
        Kind::Metadata(name) if name == "today" => "date",
        Kind::Metadata(name) if name == "start" || name == "end" => "dateTime",
        Kind::Background(name) if name.ends_with("geopoint") => "geopoint",
        Kind::Background(_) | Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::OpenStreetMap => "binary",
        _ => "string",
    }
}
