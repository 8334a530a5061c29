//! Evaluates expressions for programs in other languages: a JSON object a line in, a JSON object a line out.
//!
//! The door through which a foreign test suite asks our engine. In: `expression`, `nodes` (a document's nodes in document
//! order: `kind`, `parent`, `name`, `prefix`, `namespace`, `text`), `node` (the context node's number), `namespaces`,
//! `now` (UTC milliseconds), `zone` (an IANA name or `±hh:mm`), `seed`. Out: `type` and `value`, or `error`.

use std::io::{BufRead as _, Write as _};

use ancu_shared::checklist::expression::{Environment, Expression, Name, NoForm, NodeId, Tree, Value};
use ancu_shared::clock::{SeededRandom, UtcMillis};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Question {
    expression: String,
    nodes: Vec<Foreign>,
    node: usize,
    namespaces: Vec<(String, String)>,
    now: i64,
    zone: String,
    seed: u64,
}

#[derive(Deserialize)]
struct Foreign {
    kind: String,
    parent: Option<usize>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    text: String,
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = match serde_json::from_str::<Question>(&line?) {
            Ok(question) => answer(&question),
            Err(error) => json!({ "error": error.to_string() }),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(question: &Question) -> serde_json::Value {
    let (tree, ids) = tree(&question.nodes);
    let zone = TimeZone::get(&question.zone).unwrap_or(TimeZone::UTC);
    let (Some(root), Some(node)) = (ids.first(), ids.get(question.node)) else {
        return json!({ "error": "no such node" });
    };
    let environment = Environment {
        tree: &tree,
        root: *root,
        now: UtcMillis(question.now),
        zone: &zone,
        language: "en",
        namespaces: &question.namespaces,
        form: &NoForm,
    };
    let mut random = SeededRandom::new(question.seed);
    let value = Expression::parse(&question.expression)
        .map_err(|error| error.to_string())
        .and_then(|read| read.evaluate(&environment, &mut random, *node).map_err(|error| error.to_string()));
    let value = match value {
        Ok(value) => value,
        Err(error) => return json!({ "error": error }),
    };
    let places = match &value {
        Value::Nodes(nodes) => nodes.iter().filter_map(|node| ids.iter().position(|id| id == node)).collect(),
        _ => Vec::new(),
    };
    let kind = match value {
        Value::Nodes(_) => "nodes",
        Value::Number(_) => "number",
        Value::Text(_) => "text",
        Value::Boolean(_) => "boolean",
        Value::Moment(_) => "moment",
    };
    json!({
        "type": kind,
        "nodes": places,
        "text": value.to_text(&tree, &zone),
        // JSON has no infinities.
        "number": value.to_number(&tree, &zone).to_string(),
        "boolean": value.to_boolean(),
    })
}

fn tree(nodes: &[Foreign]) -> (Tree, Vec<NodeId>) {
    let mut tree = Tree::new();
    let mut ids: Vec<NodeId> = Vec::new();
    for node in nodes {
        let name = Name { prefix: node.prefix.clone(), local: node.name.clone(), namespace: node.namespace.clone() };
        let id = match (node.parent.and_then(|parent| ids.get(parent).copied()), node.kind.as_str()) {
            (None, _) => tree.add_root(),
            (Some(parent), "element") => tree.add_element(parent, name),
            (Some(parent), "attribute") => tree.add_attribute(parent, name, &node.text),
            (Some(parent), "comment") => tree.add_comment(parent, &node.text),
            (Some(parent), "instruction") => tree.add_instruction(parent, &node.name, &node.text),
            (Some(parent), _) => tree.add_text(parent, &node.text),
        };
        ids.push(id);
    }
    (tree, ids)
}
