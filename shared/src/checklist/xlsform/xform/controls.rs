//! What is shown of a question: its control, its choices and what follows from a change of it.

use std::fmt::Write as _;

use super::super::entry::{Entry, EntryKind};
use super::super::kind::{From, Kind, Source};
use super::{At, Writer, action, attribute};

impl Writer<'_> {
    pub(super) fn control(&mut self, place: usize, entry: &Entry, kind: &Kind, at: At<'_>, body: &mut String) {
        let element = match kind {
            Kind::SelectOne(source) if source.from == From::ExternalChoices => "input",
            Kind::SelectOne(_) => "select1",
            Kind::SelectMultiple(_) => "select",
            Kind::Rank(_) => "odk:rank",
            Kind::Range => "range",
            Kind::Acknowledge => "trigger",
            Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::OpenStreetMap => "upload",
            _ => "input",
        };
        _ = write!(body, "<{element}");
        let mediatype = match kind {
            Kind::Image => "image/*",
            Kind::Audio => "audio/*",
            Kind::Video => "video/*",
            Kind::File => "application/*",
            Kind::OpenStreetMap => "osm/*",
            _ => "",
        };
        if !mediatype.is_empty() {
            attribute(body, "mediatype", mediatype);
        }
        attribute(body, "ref", at.path);
        Self::appearance(entry, body);
        if *kind == Kind::Range {
            for (name, standard) in [("start", "1"), ("end", "10"), ("step", "1")] {
                attribute(body, name, entry.parameters.get(name).map_or(standard, String::as_str));
            }
        }
        if *kind == Kind::Text
            && let Some(rows) = entry.parameters.get("rows")
        {
            attribute(body, "rows", rows);
        }
        if let Some(source) = kind.source().filter(|source| source.from == From::ExternalChoices) {
            let filter =
                entry.text(&["choice_filter"]).map(|filter| self.scope.filter(filter, place)).unwrap_or_default();
            attribute(body, "query", &format!("instance('{}')/root/item{filter}", source.list));
        }
        body.push_str(">\n");
        self.label(place, entry, at, body, true);
        if let Some(source) = kind.source().filter(|source| source.from != From::ExternalChoices) {
            self.itemset(place, entry, source, body);
        }
        for triggered in self.triggered.get(&entry.name).cloned().unwrap_or_default() {
            let target = &self.form.entries[triggered];
            let node = self.path_of(triggered);
            let written = if target.kind == EntryKind::Question(Kind::Background("background-geopoint".to_owned())) {
                action("odk:setgeopoint", "xforms-value-changed", &node, None)
            } else {
                let value = target.text(&["bind", "calculate"]).map(|text| self.scope.written(text, Some(triggered)));
                action("setvalue", "xforms-value-changed", &node, value.as_deref())
            };
            body.push_str(&written);
        }
        _ = writeln!(body, "</{element}>");
    }

    pub(super) fn path_of(&self, place: usize) -> String {
        let names = std::iter::successors(Some(place), |place| self.form.entries[*place].parent);
        let mut names: Vec<&str> = names.map(|place| self.form.entries[place].name.as_str()).collect();
        names.push(&self.form.name);
        names.reverse();
        format!("/{}", names.join("/"))
    }

    pub(super) fn itemset(&self, place: usize, entry: &Entry, source: &Source, body: &mut String) {
        let filter = entry.text(&["choice_filter"]).map(|filter| self.scope.filter(filter, place));
        let stem = source.list.rsplit_once('.').map_or(source.list.as_str(), |(stem, _)| stem);
        let geographic = source.list.ends_with(".geojson");
        let parameter =
            |name: &str, standard: &str| entry.parameters.get(name).map_or(standard, String::as_str).to_owned();
        let (mut nodeset, value, label) = match source.from {
            From::Answers => {
                let name = source.list.trim_start_matches("${").trim_end_matches('}');
                let found =
                    self.scope.find(name).and_then(|at| self.form.entries[at].parent.map(|parent| (at, parent)));
                let group = found.map(|(_, parent)| self.path_of(parent)).unwrap_or_default();
                let filter = filter.unwrap_or_else(|| format!("[./{name} != '']"));
                (format!("{group}{filter}"), name.to_owned(), name.to_owned())
            }
            From::File => {
                let (value, label) = if geographic { ("id", "title") } else { ("name", "label") };
                let nodeset = format!("instance('{stem}')/root/item{}", filter.unwrap_or_default());
                (nodeset, parameter("value", value), parameter("label", label))
            }
            _ => {
                let label = if self.is_translated(&source.list) { "jr:itext(itextId)" } else { "label" };
                let nodeset = format!("instance('{}')/root/item{}", source.list, filter.unwrap_or_default());
                (nodeset, "name".to_owned(), label.to_owned())
            }
        };
        if entry.parameters.get("randomize").is_some_and(|randomize| randomize == "true") {
            let seed = entry.parameters.get("seed").map(|seed| format!(", {}", self.scope.written(seed, Some(place))));
            nodeset = format!("randomize({nodeset}{})", seed.unwrap_or_default());
        }
        body.push_str("<itemset");
        attribute(body, "nodeset", &nodeset);
        _ = write!(body, ">\n<value ref=\"{value}\"/>\n<label ref=\"{label}\"/>\n</itemset>\n");
    }

    pub(super) fn appearance(entry: &Entry, body: &mut String) {
        if let Some(appearance) = entry.text(&["control", "appearance"]) {
            attribute(body, "appearance", appearance);
        }
    }
}
