//! Fills forms for programs in other languages: a JSON object a line in, a JSON object a line out.
//!
//! The door through which a foreign form engine is compared with ours. In: `open` (a file: an XLSForm, or a template in
//! JSON) with `now` (UTC milliseconds) and `zone` (an IANA name), `answer` (a path) with `text`, `add` (the path of the
//! group around a repeat) with `name`, `remove` (the path of a repetition). Out: `nodes` by path, in which a repetition has
//! its number (`/data/storey[2]/height`), with what is known of each; `app`, what the app's own fill says of the same
//! answers, if the app can show such a form; `xform` when a form was opened; or `error`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use ancu_shared::checklist::expression::{FormFacts, NodeId};
use ancu_shared::checklist::form::{ItemKind, Sheet, Surroundings};
use ancu_shared::checklist::xlsform::{self, EntryKind, Form};
use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::id::ActorId;
use ancu_shared::record::register::{Answer, Position, PositionSource, Verdict};
use ancu_shared::record::value::OperationId;
use ancu_shared::template::check::check_answer;
use ancu_shared::template::fill::{Fill, FormState};
use ancu_shared::template::form::{Beside, Files};
use ancu_shared::template::outline::{FIRST, next_place};
use ancu_shared::template::{self, Input, Item, Template};
use ancu_shared::view::{Attribution, ItemView, Statement};
use anyhow::{Context as _, anyhow, bail};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
enum Question {
    Open { open: String, now: i64, zone: String },
    Answer { answer: String, text: String },
    Add { add: String, name: String },
    Remove { remove: String },
}

fn main() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut filled = None;
    for line in std::io::stdin().lock().lines() {
        let answer = serde_json::from_str(&line?).map_err(Into::into).and_then(|asked| answer(asked, &mut filled));
        let answer = answer.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(question: Question, filled: &mut Option<Filled>) -> anyhow::Result<Value> {
    if let Question::Open { open, now, zone } = question {
        let (form, xform, template) = read(Path::new(&open))?;
        let zone = TimeZone::get(&zone)?;
        let filled = filled.insert(Filled::begin(form, template, UtcMillis(now), zone)?);
        let mut said = filled.told();
        said["xform"] = xform.into();
        return Ok(said);
    }
    let filled = filled.as_mut().context("no form is open")?;
    filled.change(question)?;
    Ok(filled.told())
}

/// The form of a file, as an XForm too, and as a template if it makes one.
fn read(file: &Path) -> anyhow::Result<(Form, String, Option<Template>)> {
    let bytes = std::fs::read(file)?;
    let rejected = |findings: Vec<xlsform::Finding>| anyhow!("rejected: {findings:?}");
    let workbook = if bytes.starts_with(b"{") {
        template::form::write(&Template::read(&bytes)?)?
    } else {
        ancu_sync_server::workbook::open(&bytes).map_err(|error| anyhow!("{error:?}"))?
    };
    let form = xlsform::read(&workbook).map_err(rejected)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let beside = Beside { code: "form".to_owned(), version: "1".to_owned(), files: tables(file, &form) };
    let template = template::form::read(&form, &workbook, &beside).ok();
    let xform = xlsform::xform::write(&form, &stem);
    Ok((form, xform, template))
}

/// The tables beside it that the form reads.
fn tables(file: &Path, form: &Form) -> Files {
    let table = |name: String| {
        let bytes = std::fs::read(file.with_file_name(&name)).ok()?;
        Some((name.clone(), template::form::table(&name, &bytes).ok()?))
    };
    template::form::files(form).into_iter().filter_map(table).collect()
}

/// A form that is being filled, and beside it the app's own fill of the same answers.
struct Filled {
    sheet: Sheet,
    by_path: BTreeMap<String, NodeId>,
    facts: Facts,
    now: UtcMillis,
    zone: TimeZone,
    random: SeededRandom,
    app: Option<App>,
}

struct App {
    template: Template,
    fill: Fill,
    items: BTreeMap<String, ItemView>,
    /// Questions that are answered in a writing that the app does not keep: `3.0`. While there are any, it is not asked.
    otherwise: BTreeSet<String>,
}

impl Filled {
    fn begin(form: Form, template: Option<Template>, now: UtcMillis, zone: TimeZone) -> anyhow::Result<Self> {
        let definition = Arc::new(form.definition.clone());
        let (facts, mut random) = (Facts(form), SeededRandom::new(1));
        let mut around = Surroundings { now, zone: &zone, language: "en", facts: &facts, random: &mut random };
        let (sheet, _) = Sheet::start(definition, &mut around)?;
        let app = template.map(|template| App::begin(template, now)).transpose()?;
        let mut filled = Self { sheet, by_path: BTreeMap::new(), facts, now, zone, random, app };
        filled.find();
        Ok(filled)
    }

    fn change(&mut self, question: Question) -> anyhow::Result<()> {
        let node = |path: &str| self.by_path.get(path).copied().with_context(|| format!("no node {path}"));
        let mut around = Surroundings {
            now: self.now,
            zone: &self.zone,
            language: "en",
            facts: &self.facts,
            random: &mut self.random,
        };
        match question {
            Question::Open { .. } => bail!("a form is opened elsewhere"),
            Question::Answer { answer, text } => {
                self.sheet.answer(node(&answer)?, &text, &mut around)?;
                if let Some(app) = &mut self.app {
                    app.answer(&answer, &text)?;
                }
            }
            Question::Add { add, name } => {
                let group = node(&add)?;
                let path = self.sheet.item_at(group).map(|item| format!("{}/{name}", item.path)).unwrap_or_default();
                let item = self.sheet.definition().find(&path).with_context(|| format!("no repeat {path}"))?;
                self.sheet.add_repetition(group, item, &mut around)?;
                if let Some(app) = &mut self.app {
                    app.add(&format!("{add}/{name}"))?;
                }
            }
            Question::Remove { remove } => {
                self.sheet.remove_repetition(node(&remove)?, &mut around)?;
                if let Some(app) = &mut self.app {
                    app.remove(&remove)?;
                }
            }
        }
        self.find();
        Ok(())
    }

    /// The nodes by their paths.
    fn find(&mut self) {
        let nodes = self.sheet.definition().items().flat_map(|(id, _)| self.sheet.nodes_of(id));
        self.by_path = nodes.map(|node| (self.path(node), node)).collect();
    }

    fn path(&self, node: NodeId) -> String {
        let tree = self.sheet.tree();
        let (Some(item), Some(parent)) = (self.sheet.item_at(node), tree.parent(node)) else { return String::new() };
        let mut path = format!("{}/{}", self.path(parent), item.name);
        if matches!(item.kind, ItemKind::Repeat { .. }) {
            let place = tree.children_named(parent, &item.name).iter().position(|sibling| *sibling == node);
            path = format!("{path}[{}]", place.map_or(0, |place| place + 1));
        }
        path
    }

    fn told(&self) -> Value {
        let nodes = self.by_path.iter().filter_map(|(path, node)| {
            let item = self.sheet.item_at(*node)?;
            let is_question = item.kind == ItemKind::Question;
            let (state, value) = (self.sheet.state(*node), self.sheet.text(*node));
            let relevant = self.sheet.is_relevant(*node);
            let violation = match (relevant, state.valid, state.required && value.is_empty()) {
                (true, false, _) => Some("constraint"),
                (true, true, true) if is_question => Some("required"),
                _ => None,
            };
            let said = json!({
                "question": is_question,
                "calculated": item.rules.calculate.is_some(),
                "relevant": relevant,
                "value": is_question.then_some(value),
                "required": state.required,
                "readonly": state.read_only,
                "violation": violation,
            });
            Some((path.clone(), said))
        });
        let nodes: serde_json::Map<String, Value> = nodes.collect();
        let questions = self.by_path.iter().filter_map(|(path, node)| {
            (self.sheet.item_at(*node)?.kind == ItemKind::Question).then_some(path.as_str())
        });
        json!({ "nodes": nodes, "app": self.app.as_ref().filter(|app| app.otherwise.is_empty()).map(|app| app.told(questions)) })
    }
}

impl App {
    /// By path of a question: what the rules say, and what is refused when it is answered.
    fn told<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Value {
        let state = self.fill.state(&self.template);
        let told = paths.filter_map(|path| {
            let code = code_of(path, &state)?;
            let item = self.template.item(&code)?;
            let is = |codes: &[String]| codes.contains(&code);
            let view = self.items.get(&code);
            let answer = view.and_then(|view| view.statements.first()?.answer.as_ref());
            // The limits of a number stand in the form as a constraint.
            let is_number = matches!(item.input, Input::Number { .. });
            let refused = is_number && answer.is_some_and(|answer| check_answer(item, answer).is_err());
            let mut said = json!({
                "relevant": !is(&state.hidden),
                "required": item.required || is(&state.required),
                "invalid": refused || is(&state.invalid),
                "readonly": is(&state.read_only),
            });
            // What is no longer offered is told of in the app; elsewhere it is taken away.
            if state.offered.contains_key(&code) && item.rules.constraint.is_none() {
                said["invalid"] = false.into();
            }
            // What nobody answers is read only.
            if item.rules.read_only.is_none() {
                said.as_object_mut()?.remove("readonly");
            }
            if let Some(value) = state.values.get(&code) {
                said["value"] = value.as_str().into();
            }
            Some((path.to_owned(), said))
        });
        Value::Object(told.collect())
    }

    /// What the app suggests is taken: elsewhere a default is an answer from the start.
    fn begin(template: Template, now: UtcMillis) -> anyhow::Result<Self> {
        let fill = Fill::speaking(&template, now, "en")?;
        let suggested = template.items().filter_map(|item| Some((item.code.clone(), item.suggestion.clone()?)));
        let suggested: Vec<(String, Answer)> = suggested.collect();
        let mut app = Self { template, fill, items: BTreeMap::new(), otherwise: BTreeSet::new() };
        for (code, answer) in suggested {
            app.say(&code, Some(answer))?;
        }
        Ok(app)
    }

    fn answer(&mut self, path: &str, text: &str) -> anyhow::Result<()> {
        let code = code_of(path, &self.fill.state(&self.template));
        let Some((code, item)) = code.and_then(|code| Some((code.clone(), self.template.item(&code)?))) else {
            return Ok(());
        };
        let answer = meant(item, text)?;
        match &answer {
            Some(Answer::Number(number)) if number.to_string() != text => self.otherwise.insert(code.clone()),
            _ => self.otherwise.remove(&code),
        };
        self.say(&code, answer)
    }

    /// One more repetition, as an officer adds it.
    fn add(&mut self, path: &str) -> anyhow::Result<()> {
        let state = self.fill.state(&self.template);
        let place = code_of(path, &state).context("no repeat here")?;
        let items: Vec<ItemView> = self.items.values().cloned().collect();
        let at = next_place(&items, &state, &place).context("too many repetitions")?;
        self.say(&format!("{place}.r{}", self.items.len()), Some(Answer::Number(at.into())))?;
        self.begin_repetitions()
    }

    fn remove(&mut self, path: &str) -> anyhow::Result<()> {
        let code = code_of(path, &self.fill.state(&self.template)).context("no such repetition")?;
        self.say(&code, None)
    }

    /// In a repetition that was added, what stands in it several times is there no time: as in the engine of the form.
    fn begin_repetitions(&mut self) -> anyhow::Result<()> {
        loop {
            let state = self.fill.state(&self.template);
            let begun = |place: &&String| {
                let inside_added = place.split('.').skip(1).any(|name| name.starts_with('r'));
                inside_added && state.repetitions[*place] == [FIRST] && !self.items.contains_key(&format!("{place}.1"))
            };
            let free = |place: &&String| {
                let base = place.split('.').next().and_then(|base| self.template.container(base));
                base.and_then(|it| it.repeat.as_ref()).is_some_and(|repeat| repeat.count.is_none())
            };
            let Some(place) = state.repetitions.keys().find(|place| begun(place) && free(place)).cloned() else {
                return Ok(());
            };
            self.say(&format!("{place}.1"), None)?;
        }
    }

    fn say(&mut self, code: &str, answer: Option<Answer>) -> anyhow::Result<()> {
        let operation = OperationId { counter: 1, actor: ActorId([1; 16]) };
        let statement = Statement {
            operation,
            answer,
            note: String::new(),
            measured: None,
            running: None,
            by: Attribution::of(None, UtcMillis(0)),
            chosen_by: None,
            supplement: false,
            unsigned: false,
        };
        let view = ItemView {
            code: code.to_owned(),
            statements: vec![statement],
            superseded: Vec::new(),
            finding: None,
            finding_said: None,
            photos: Vec::new(),
            comments: Vec::new(),
        };
        self.items.insert(code.to_owned(), view);
        let items: Vec<ItemView> = self.items.values().cloned().collect();
        self.fill.take(&self.template, &items)?;
        Ok(())
    }
}

/// The app's code of what stands at a path; none in a repetition that the app has not.
fn code_of(path: &str, state: &FormState) -> Option<String> {
    let mut end = String::new();
    let mut name = "";
    for step in path.split('/').skip(1) {
        let (own, place) = step.strip_suffix(']').and_then(|step| step.split_once('[')).unwrap_or((step, ""));
        name = own;
        if let Ok(place) = place.parse::<usize>() {
            let called = state.repetitions.get(&format!("{own}{end}"))?.get(place.checked_sub(1)?)?;
            end = format!("{end}.{called}");
        }
    }
    Some(format!("{name}{end}"))
}

/// A text as the app's answer.
fn meant(item: &Item, text: &str) -> anyhow::Result<Option<Answer>> {
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(match &item.input {
        Input::Verdict => Answer::Verdict(match text {
            "pass" => Verdict::Pass,
            "fail" => Verdict::Fail,
            _ => Verdict::NotApplicable,
        }),
        Input::Number { .. } => Answer::Number(text.parse()?),
        Input::Choice { .. } => Answer::Choice(text.to_owned()),
        Input::Choices { .. } | Input::Rank { .. } => Answer::Choices(text.split(' ').map(str::to_owned).collect()),
        Input::Date => Answer::Date(text.parse()?),
        Input::Geo { .. } => {
            let mut parts = text.split(' ').map(str::parse::<f64>);
            let mut part = || parts.next().context("a part of a position")?.map_err(anyhow::Error::from);
            let (latitude, longitude, _, accuracy) = (part()?, part()?, part()?, part()?);
            let source = PositionSource::Device;
            Answer::Geo(Position { latitude, longitude, accuracy_m: Some(accuracy), source })
        }
        _ => Answer::Text(text.to_owned()),
    }))
}

/// What a form says of itself.
struct Facts(Form);

impl FormFacts for Facts {
    fn instance(&self, _id: &str) -> Option<NodeId> {
        None
    }
    fn choice_label(&self, value: &str, question: &str) -> Option<String> {
        let name = question.trim().rsplit('/').next()?;
        let entry = self.0.entries.iter().find(|entry| entry.name == name)?;
        let EntryKind::Question(kind) = &entry.kind else { return None };
        let source = kind.source()?;
        let choices = self.0.choices.lists.get(&source.list)?;
        let Some(choice) = choices.iter().find(|choice| choice.name == value) else {
            return (source.or_other && value == "other").then(|| "Other".to_owned());
        };
        let labels = &choice.labels;
        let language = self.0.default_language.as_deref().unwrap_or_default();
        labels.get(language).or_else(|| labels.get("")).or_else(|| labels.values().next()).cloned()
    }
    fn text(&self, _id: &str) -> Option<String> {
        None
    }
    fn property(&self, _name: &str) -> Option<String> {
        None
    }
    fn version(&self) -> Option<String> {
        self.0.version.clone()
    }
}
