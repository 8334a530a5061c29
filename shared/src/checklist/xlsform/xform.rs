//! A form as an ODK XForm: what Collect, Web Forms and every other program of that family read.
//!
//! Invariant: whatever [`read`](super::read) accepts is written as an XForm that ODK Validate accepts. Entities are not written.

mod binds;
mod controls;
mod tables;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::choices::Choice;
use super::entry::{Entry, EntryKind, Form};
use super::kind::Kind;
use super::reference::mentions;
use super::rules::Scope;
use super::survey::has_dynamic_default;
use binds::bind_type;

/// Writes a form. A form without an identifier gets the one given.
pub fn write(form: &Form, id: &str) -> String {
    Writer::new(form).document(form.id.as_deref().unwrap_or(id))
}

/// A text for XML: characters that mean something else there are escaped, those that it cannot hold are left out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            // XML 1.0 has no other control characters.
            other if other.is_control() && other != '\t' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

fn attribute(out: &mut String, name: &str, value: &str) {
    _ = write!(out, " {name}=\"{}\"", escape(value));
}

/// A text in its languages, and what is seen and heard with it.
type Texts = BTreeMap<String, BTreeMap<String, Vec<(String, String)>>>;

struct Writer<'a> {
    form: &'a Form,
    scope: Scope<'a>,
    /// By language, by text: form (empty for the text itself) and value.
    texts: Texts,
    languages: BTreeSet<String>,
    default_language: String,
    /// What follows from a change of a question: actions inside its control.
    triggered: BTreeMap<String, Vec<usize>>,
    /// The entries in each group, and at last the outermost ones.
    below: Vec<Vec<usize>>,
    /// Lists to which «other» is added.
    with_other: BTreeSet<&'a str>,
    binds: String,
    actions: String,
}

/// Where in the form the writer is: loops write their entries several times.
#[derive(Clone, Copy)]
struct At<'a> {
    path: &'a str,
    in_repeat: bool,
    choice: Option<&'a Choice>,
}

impl<'a> Writer<'a> {
    fn new(form: &'a Form) -> Self {
        let default_language = form.default_language.clone().unwrap_or_else(|| "default".to_owned());
        let mut languages = BTreeSet::from([default_language.clone()]);
        let mut triggered: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut with_other = BTreeSet::new();
        let mut below = vec![Vec::new(); form.entries.len() + 1];
        for (at, entry) in form.entries.iter().enumerate() {
            below[entry.parent.unwrap_or(form.entries.len())].push(at);
            for words in [
                &["label"][..],
                &["hint"],
                &["guidance_hint"],
                &["bind", "jr:constraintMsg"],
                &["bind", "jr:requiredMsg"],
            ] {
                languages.extend(entry.languages(words).into_keys().filter(|language| !language.is_empty()));
            }
            for mention in entry.text(&["trigger"]).and_then(mentions).unwrap_or_default() {
                triggered.entry(mention.name).or_default().push(at);
            }
            if let EntryKind::Question(kind) = &entry.kind
                && let Some(source) = kind.source().filter(|source| source.or_other)
            {
                with_other.insert(source.list.as_str());
            }
        }
        for choice in form.choices.lists.values().flatten() {
            languages.extend(choice.labels.keys().filter(|language| !language.is_empty()).cloned());
        }
        let scope = Scope::new(&form.name, &form.entries);
        let (texts, binds, actions) = (Texts::new(), String::new(), String::new());
        Self { form, scope, texts, languages, default_language, triggered, below, with_other, binds, actions }
    }

    fn document(mut self, id: &str) -> String {
        let form = self.form;
        let root = format!("/{}", form.name);
        let at = At { path: &root, in_repeat: false, choice: None };
        let mut instance = String::new();
        let mut body = String::new();
        self.children(None, at, &mut instance, &mut body, false);
        self.meta(&root, &mut instance);
        let tables = self.tables();
        let mut out = String::from(
            "<?xml version=\"1.0\"?>\n<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:ev=\"http://www.w3.org/2001/xml-events\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\" xmlns:odk=\"http://www.opendatakit.org/xforms\">\n",
        );
        let title = form.title.as_deref().unwrap_or(id);
        _ = write!(out, "<h:head>\n<h:title>{}</h:title>\n<model odk:xforms-version=\"1.0.0\">\n", escape(title));
        out.push_str(&self.itext());
        _ = write!(out, "<instance>\n<{}", form.name);
        attribute(&mut out, "id", id);
        if let Some(version) = &form.version {
            attribute(&mut out, "version", version);
        }
        if let Some(namespace) = form.settings.get("instance_xmlns") {
            attribute(&mut out, "xmlns", namespace);
        }
        _ = write!(out, ">\n{instance}</{}>\n</instance>\n{tables}", form.name);
        if let Some(url) = form.settings.get("submission_url") {
            out.push_str("<submission method=\"post\"");
            attribute(&mut out, "action", url);
            out.push_str("/>\n");
        }
        _ = write!(out, "{}{}</model>\n</h:head>\n<h:body", self.binds, self.actions);
        if let Some(style) = form.settings.get("style") {
            attribute(&mut out, "class", style);
        }
        _ = write!(out, ">\n{body}</h:body>\n</h:html>\n");
        out
    }

    /// The entries directly in a group. A template of a repeat has no controls of its own.
    fn children(&mut self, group: Option<usize>, at: At<'_>, instance: &mut String, body: &mut String, template: bool) {
        let form = self.form;
        for place in self.below[group.unwrap_or(form.entries.len())].clone() {
            let entry = &form.entries[place];
            let path = format!("{}/{}", at.path, entry.name);
            let here = At { path: &path, ..at };
            match &entry.kind {
                EntryKind::Question(Kind::Background(kind)) if kind == "audit" => {}
                EntryKind::Question(Kind::ExternalTable) => {}
                EntryKind::Question(kind) => self.question(place, entry, kind, here, instance, body, template),
                EntryKind::Group => self.group(place, entry, here, instance, body, template),
                EntryKind::Repeat => self.repeat(place, entry, here, instance, body, template),
                EntryKind::Loop(list) => self.expand(place, entry, list, here, instance, body, template),
            }
        }
    }

    fn group(
        &mut self,
        place: usize,
        entry: &Entry,
        at: At<'_>,
        instance: &mut String,
        body: &mut String,
        template: bool,
    ) {
        let Some(inner) = self.element(place, entry, at, instance, template) else { return };
        self.begin_group(place, entry, at, body, true);
        _ = writeln!(body, "{inner}</group>");
    }

    /// The element of a group with what it holds; its controls, unless it is a template, which has none.
    fn element(
        &mut self,
        place: usize,
        entry: &Entry,
        within: At<'_>,
        instance: &mut String,
        template: bool,
    ) -> Option<String> {
        _ = writeln!(instance, "<{}>", entry.name);
        let mut inner = String::new();
        self.children(Some(place), within, instance, &mut inner, template);
        _ = writeln!(instance, "</{}>", entry.name);
        (!template).then_some(inner)
    }

    /// A group's bind, and the beginning of its control.
    fn begin_group(&mut self, place: usize, entry: &Entry, at: At<'_>, body: &mut String, appearance: bool) {
        self.bind(place, entry, "", at);
        body.push_str("<group");
        attribute(body, "ref", at.path);
        if appearance {
            Self::appearance(entry, body);
        }
        body.push_str(">\n");
        self.label(place, entry, at, body, false);
    }

    fn repeat(
        &mut self,
        place: usize,
        entry: &Entry,
        at: At<'_>,
        instance: &mut String,
        body: &mut String,
        template: bool,
    ) {
        let inside = At { in_repeat: true, ..at };
        let mut count = None;
        if let Some(text) = entry.text(&["control", "jr:count"]) {
            let found = mentions(text).unwrap_or_default();
            let alone = found.len() == 1 && found[0].span == (0..text.len());
            if alone {
                count = Some(self.scope.written(text, Some(place)));
            } else {
                // A formula stands in a question of its own, which the repeat refers to.
                let node = format!("{}_count", at.path);
                let name = format!("{}_count", entry.name);
                _ = writeln!(instance, "<{name}/>");
                if !template {
                    self.binds.push_str("<bind");
                    attribute(&mut self.binds, "nodeset", &node);
                    attribute(&mut self.binds, "readonly", "true()");
                    attribute(&mut self.binds, "type", "string");
                    let formula = self.scope.written(text, Some(place));
                    attribute(&mut self.binds, "calculate", &formula);
                    self.binds.push_str("/>\n");
                }
                count = Some(node);
            }
        }
        // The template of a repeat in a repeat stands in the template of the outer one, and nowhere else.
        if template || !at.in_repeat {
            _ = writeln!(instance, "<{} jr:template=\"\">", entry.name);
            self.children(Some(place), inside, instance, &mut String::new(), true);
            _ = writeln!(instance, "</{}>", entry.name);
        }
        if template {
            return;
        }
        let Some(inner) = self.element(place, entry, inside, instance, template) else { return };
        self.begin_group(place, entry, at, body, false);
        body.push_str("<repeat");
        attribute(body, "nodeset", at.path);
        if let Some(count) = count {
            attribute(body, "jr:count", count.trim());
        }
        Self::appearance(entry, body);
        _ = write!(body, ">\n{inner}</repeat>\n</group>\n");
    }

    /// A loop: its entries once for each choice.
    #[expect(clippy::too_many_arguments, reason = "one place in three texts that grow side by side")]
    fn expand(
        &mut self,
        place: usize,
        entry: &Entry,
        list: &str,
        at: At<'_>,
        instance: &mut String,
        body: &mut String,
        template: bool,
    ) {
        let form = self.form;
        _ = writeln!(instance, "<{}>", entry.name);
        let mut inner = String::new();
        for choice in form.choices.lists.get(list).into_iter().flatten() {
            let path = format!("{}/{}", at.path, choice.name);
            let here = At { path: &path, choice: Some(choice), ..at };
            _ = writeln!(instance, "<{}>", choice.name);
            inner.push_str("<group");
            attribute(&mut inner, "ref", &path);
            _ = writeln!(inner, ">\n<label>{}</label>", escape(choice.labels.values().next().unwrap_or(&choice.name)));
            self.children(Some(place), here, instance, &mut inner, template);
            inner.push_str("</group>\n");
            _ = writeln!(instance, "</{}>", choice.name);
        }
        _ = writeln!(instance, "</{}>", entry.name);
        if template {
            return;
        }
        body.push_str("<group");
        attribute(body, "ref", at.path);
        body.push_str(">\n");
        self.label(place, entry, at, body, false);
        _ = writeln!(body, "{inner}</group>");
    }

    #[expect(clippy::too_many_arguments, reason = "one place in three texts that grow side by side")]
    fn question(
        &mut self,
        place: usize,
        entry: &Entry,
        kind: &Kind,
        at: At<'_>,
        instance: &mut String,
        body: &mut String,
        template: bool,
    ) {
        let default = entry.text(&["default"]).unwrap_or_default();
        let dynamic = has_dynamic_default(&entry.cells);
        if default.is_empty() || dynamic {
            _ = writeln!(instance, "<{}/>", entry.name);
        } else {
            let prefix = if *kind == Kind::Image && !default.contains("jr://") { "jr://images/" } else { "" };
            _ = writeln!(instance, "<{0}>{prefix}{1}</{0}>", entry.name, escape(default));
        }
        if template {
            return;
        }
        self.bind(place, entry, bind_type(kind, entry), at);
        if dynamic && !default.is_empty() {
            let event = if at.in_repeat { "odk-instance-first-load odk-new-repeat" } else { "odk-instance-first-load" };
            let value = self.scope.written(default, Some(place));
            self.action("setvalue", event, at.path, Some(&value));
        }
        match kind {
            Kind::Background(name) if name == "background-audio" => {
                self.action("odk:recordaudio", "odk-instance-load", at.path, None);
            }
            Kind::Background(name) if name == "start-geopoint" => {
                self.action("odk:setgeopoint", "odk-instance-first-load", at.path, None);
            }
            _ => {}
        }
        let computed = entry.text(&["bind", "calculate"]).is_some() || entry.text(&["trigger"]).is_some();
        let readable = ["label", "hint", "media"].iter().any(|word| entry.cells.has(word));
        if kind.is_shown() && (readable || !computed) {
            self.control(place, entry, kind, at, body);
        }
    }

    fn action(&mut self, element: &str, event: &str, reference: &str, value: Option<&str>) {
        let written = action(element, event, reference, value);
        self.actions.push_str(&written);
    }

    /// What every sheet says of itself.
    fn meta(&mut self, root: &str, instance: &mut String) {
        let form = self.form;
        instance.push_str("<meta>\n");
        if let Some(audit) =
            form.entries.iter().find(|entry| entry.kind == EntryKind::Question(Kind::Background("audit".to_owned())))
        {
            instance.push_str("<audit/>\n");
            _ = write!(self.binds, "<bind nodeset=\"{root}/meta/audit\" type=\"binary\"");
            for (name, value) in &audit.parameters {
                attribute(&mut self.binds, &format!("odk:{name}"), value);
            }
            self.binds.push_str("/>\n");
        }
        instance.push_str("<instanceID/>\n");
        _ = writeln!(
            self.binds,
            "<bind nodeset=\"{root}/meta/instanceID\" type=\"string\" readonly=\"true()\" jr:preload=\"uid\"/>"
        );
        if let Some(name) = form.settings.get("instance_name") {
            instance.push_str("<instanceName/>\n");
            let formula = self.scope.written(name, None);
            _ = write!(self.binds, "<bind nodeset=\"{root}/meta/instanceName\" type=\"string\"");
            attribute(&mut self.binds, "calculate", formula.trim());
            self.binds.push_str("/>\n");
        }
        instance.push_str("</meta>\n");
    }
}

fn action(element: &str, event: &str, reference: &str, value: Option<&str>) -> String {
    let mut out = format!("<{element}");
    attribute(&mut out, "event", event);
    attribute(&mut out, "ref", reference);
    if let Some(value) = value {
        attribute(&mut out, "value", value.trim());
    }
    out + "/>\n"
}
