//! Functions about nodes: XPath 1.0, section 4.1, repeats and secondary instances.

use super::super::tree::{NodeId, NodeKind, Tree};
use super::{EvaluationError, Function, Given, Value};

pub(super) fn call(function: Function, given: &mut Given<'_, '_>) -> Result<Value, EvaluationError> {
    let focus = given.focus;
    Ok(match function {
        Function::Last => Value::Number(focus.size as f64),
        Function::Position if given.len() == 0 => Value::Number(focus.position as f64),
        Function::Position => {
            let first = given.nodes(0)?.first().copied();
            let node = first.ok_or_else(|| given.wrong("there is no such node"))?;
            Value::Number(place_among_namesakes(given.evaluation.tree(), node) as f64)
        }
        Function::Count => Value::Number(given.nodes(0)?.len() as f64),
        Function::CountNonEmpty => {
            let tree = given.evaluation.tree();
            Value::Number(given.nodes(0)?.iter().filter(|node| !tree.text(**node).is_empty()).count() as f64)
        }
        Function::Id => ids(given)?,
        Function::Name | Function::LocalName | Function::NamespaceUri => {
            let node = if given.len() == 0 {
                Some(focus.node)
            } else {
                let tree = given.evaluation.tree();
                given.nodes(0)?.iter().min_by_key(|node| tree.order(**node)).copied()
            };
            let name = node.map(|node| given.evaluation.tree().name(node)).cloned().unwrap_or_default();
            match function {
                Function::Name => name.qualified(),
                Function::LocalName => name.local,
                _ => name.namespace,
            }
            .into()
        }
        Function::Lang => Value::Boolean(speaks(given.evaluation.tree(), focus.node, &given.text(0))),
        Function::Instance => {
            let id = given.text(0);
            let root = given.evaluation.environment.form.instance(&id);
            Value::Nodes(vec![root.ok_or(EvaluationError::UnknownInstance(id))?])
        }
        Function::Pulldata => pulldata(given)?,
        Function::IndexedRepeat => indexed_repeat(given)?,
        _ => Value::Nodes(vec![focus.current]),
    })
}

/// From 1, among the siblings of the same name: which repetition of a group a node is.
fn place_among_namesakes(tree: &Tree, node: NodeId) -> usize {
    let name = tree.name(node);
    let Some(parent) = tree.parent(node) else { return 1 };
    let namesakes = tree.children_named(parent, &name.local).iter();
    let mut same = namesakes.filter(|other| tree.name(**other).namespace == name.namespace);
    same.position(|other| *other == node).map_or(1, |at| at + 1)
}

fn ids(given: &mut Given<'_, '_>) -> Result<Value, EvaluationError> {
    let texts: Vec<String> = match &given.values[0] {
        Value::Nodes(nodes) => nodes.iter().map(|node| given.evaluation.tree().text(*node)).collect(),
        _ => vec![given.text(0)],
    };
    let wanted: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
    let root = given.evaluation.tree().root_of(given.focus.node);
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        let tree = given.evaluation.environment.tree;
        given.evaluation.budget.spend(1)?;
        let named = tree.attributes(node).iter().any(|attribute| {
            let name = tree.name(*attribute);
            name.local == "id" && name.namespace.is_empty() && wanted.contains(&tree.text(*attribute).as_str())
        });
        if named {
            found.push(node);
        }
        open.extend(tree.children(node).iter().filter(|child| tree.kind(**child) == NodeKind::Element));
    }
    Ok(Value::Nodes(given.evaluation.in_order(found)?))
}

fn speaks(tree: &Tree, node: NodeId, wanted: &str) -> bool {
    let wanted = wanted.to_ascii_lowercase();
    let mut next = Some(node);
    while let Some(node) = next {
        let declared = tree.attributes(node).iter().find(|attribute| {
            let name = tree.name(**attribute);
            name.local == "lang" && name.prefix == "xml"
        });
        if let Some(attribute) = declared {
            let spoken = tree.text(*attribute).to_ascii_lowercase();
            return spoken == wanted || spoken.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('-'));
        }
        next = tree.parent(node);
    }
    false
}

/// `pulldata(instance, wanted column, key column, key)`: a cell of a table that came with the form.
fn pulldata(given: &mut Given<'_, '_>) -> Result<Value, EvaluationError> {
    let (id, wanted, column, key) = (given.text(0), given.text(1), given.text(2), given.text(3));
    let id = id.strip_suffix(".csv").unwrap_or(&id);
    let root = given.evaluation.environment.form.instance(id);
    let root = root.ok_or_else(|| EvaluationError::UnknownInstance(id.to_owned()))?;
    let tree = given.evaluation.environment.tree;
    let table = tree.children(root).first().map(|table| tree.children(*table)).unwrap_or_default();
    for row in table {
        given.evaluation.budget.spend(1)?;
        let cell = |column: &str| tree.children_named(*row, column).first().map(|cell| tree.text(*cell));
        if cell(&column).as_deref() == Some(key.as_str()) {
            return Ok(cell(&wanted).unwrap_or_default().into());
        }
    }
    Ok("".into())
}

/// `indexed-repeat(node, repeat, index, inner repeat, its index, …)`.
fn indexed_repeat(given: &mut Given<'_, '_>) -> Result<Value, EvaluationError> {
    if given.len().is_multiple_of(2) {
        return Err(given.wrong("each repeat needs its index"));
    }
    let tree = given.evaluation.environment.tree;
    let mut within: Option<NodeId> = None;
    for pair in 0..given.len() / 2 {
        let repeat = given.nodes(1 + pair * 2)?;
        let index = given.number(2 + pair * 2);
        let mut inside = repeat.iter().filter(|node| within.is_none_or(|outer| stands_in(tree, **node, outer)));
        let chosen = if index >= 1.0 { inside.nth(index as usize - 1) } else { None };
        match chosen {
            Some(node) => within = Some(*node),
            None => return Ok(Value::Nodes(Vec::new())),
        }
    }
    let wanted = given.nodes(0)?.iter().copied();
    Ok(Value::Nodes(wanted.filter(|node| within.is_none_or(|outer| stands_in(tree, *node, outer))).collect()))
}

fn stands_in(tree: &Tree, node: NodeId, outer: NodeId) -> bool {
    std::iter::successors(Some(node), |node| tree.parent(*node)).any(|node| node == outer)
}
