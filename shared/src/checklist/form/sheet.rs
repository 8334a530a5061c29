//! One filled sheet of a form: answers, and what follows from them.
//!
//! Invariants: after every change each calculation, relevance and check is what evaluating the whole sheet again would
//! give; an answer that is not relevant is kept but read by nobody; a rule that fails leaves its item empty (or asked, or
//! valid) and is reported, it stops nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::definition::{Definition, Item, ItemId, ItemKind};
use super::limits;
use super::outcome::{Outcome, Problem, Rule, SheetError, State, Surroundings};
use crate::checklist::expression::{
    Budget, Environment, EvaluationError, Expression, FormFacts, Name, NodeId, Tree, Value,
};

const UNCHECKED: State = State { valid: true, required: false, read_only: false };

/// A filled sheet.
#[derive(Debug, Clone)]
pub struct Sheet {
    definition: Arc<Definition>,
    tree: Tree,
    root: NodeId,
    /// By node: its item.
    item_of: HashMap<NodeId, ItemId>,
    instances: HashMap<String, NodeId>,
    states: HashMap<NodeId, State>,
}

impl Sheet {
    /// A new sheet, every rule evaluated once.
    pub fn start(
        definition: Arc<Definition>,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(Self, Outcome), SheetError> {
        let mut tree = Tree::new();
        let root = tree.add_root();
        let mut instances = HashMap::new();
        for table in &definition.tables {
            let top = tree.add_root();
            let rows = tree.add_element(top, Name::plain("root"));
            for row in &table.rows {
                let item = tree.add_element(rows, Name::plain("item"));
                for (column, cell) in table.columns.iter().zip(row) {
                    let element = tree.add_element(item, Name::plain(column));
                    tree.set_text(element, cell);
                }
            }
            instances.insert(table.id.clone(), top);
        }
        let states = HashMap::new();
        let mut sheet = Self { definition, tree, root, item_of: HashMap::new(), instances, states };
        let mut pass = Pass::default();
        let form = sheet.make(root, usize::MAX, ItemId(0))?;
        sheet.everything_below(form, &mut pass, true);
        sheet.run(pass, surroundings).map(|outcome| (sheet, outcome))
    }

    /// Gives an answer; an empty one takes it back.
    pub fn answer(
        &mut self,
        node: NodeId,
        text: &str,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Outcome, SheetError> {
        let item = self.item_at(node).ok_or(SheetError::NotAQuestion)?;
        if item.kind != ItemKind::Question {
            return Err(SheetError::NotAQuestion);
        }
        if item.rules.calculate.is_some() {
            return Err(SheetError::Calculated(item.path.clone()));
        }
        let mut pass = Pass::default();
        if self.tree.hidden_text(node) != text {
            self.tree.set_text(node, text);
            self.has_changed(node, &mut pass);
        }
        pass.checks.insert(node);
        self.run(pass, surroundings)
    }

    /// Adds a repetition behind the others of a group.
    pub fn add_repetition(
        &mut self,
        group: NodeId,
        item: ItemId,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(NodeId, Outcome), SheetError> {
        let there = self.item_of.get(&group).copied();
        let definition = Arc::clone(&self.definition);
        let repeat = definition.items.get(item.index()).ok_or(SheetError::NotARepetition)?;
        if repeat.kind != (ItemKind::Repeat { count: None }) || there.is_none() || there != repeat.parent {
            return Err(SheetError::NotARepetition);
        }
        let mut pass = Pass::default();
        let node = self.one_more(group, item, &mut pass)?;
        self.run(pass, surroundings).map(|outcome| (node, outcome))
    }

    /// Takes a repetition out, with all its answers.
    pub fn remove_repetition(
        &mut self,
        node: NodeId,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Outcome, SheetError> {
        match self.item_at(node).map(|item| &item.kind) {
            Some(ItemKind::Repeat { count: None }) => {}
            _ => return Err(SheetError::NotARepetition),
        }
        let mut pass = Pass::default();
        self.one_less(node, &mut pass);
        self.run(pass, surroundings)
    }

    /// The form.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The nodes.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The item of a node.
    pub fn item_at(&self, node: NodeId) -> Option<&Item> {
        self.item_of.get(&node).map(|item| self.definition.item(*item))
    }

    /// The nodes of an item, in document order.
    pub fn nodes_of(&self, item: ItemId) -> Vec<NodeId> {
        self.below(self.root, 0, item)
    }

    /// The only node of a path, or the first of several.
    pub fn node_at(&self, path: &str) -> Option<NodeId> {
        self.definition.find(path).and_then(|item| self.nodes_of(item).first().copied())
    }

    /// An answer as rules read it: empty when it is not relevant.
    pub fn text(&self, node: NodeId) -> String {
        self.tree.text(node)
    }

    /// Whether it is asked.
    pub fn is_relevant(&self, node: NodeId) -> bool {
        !self.tree.reads_as_empty(node)
    }

    /// What the checks say.
    pub fn state(&self, node: NodeId) -> State {
        self.states.get(&node).copied().unwrap_or(UNCHECKED)
    }

    /// Makes an item's node, and what it holds, behind its namesakes at a place.
    fn make(&mut self, parent: NodeId, at: usize, id: ItemId) -> Result<NodeId, SheetError> {
        let definition = Arc::clone(&self.definition);
        let item = definition.item(id);
        if self.item_of.len() >= limits::NODES {
            return Err(SheetError::TooManyRepetitions(item.path.clone()));
        }
        let node = self.tree.insert_element(parent, at, Name::plain(&item.name));
        self.item_of.insert(node, id);
        if !item.initial.is_empty() {
            self.tree.set_text(node, &item.initial);
        }
        for child in &item.children {
            // A calculated number of repetitions begins at none.
            if !matches!(definition.item(*child).kind, ItemKind::Repeat { count: Some(_) }) {
                self.make(node, usize::MAX, *child)?;
            }
        }
        Ok(node)
    }

    fn one_more(&mut self, group: NodeId, item: ItemId, pass: &mut Pass) -> Result<NodeId, SheetError> {
        let repeat = self.definition.item(item);
        let siblings = self.tree.children_named(group, &repeat.name);
        if siblings.len() >= limits::REPETITIONS {
            return Err(SheetError::TooManyRepetitions(repeat.path.clone()));
        }
        let at = self.place_of(group, item);
        let node = self.make(group, at, item)?;
        self.everything_below(node, pass, true);
        self.has_moved(group, item, pass);
        Ok(node)
    }

    fn one_less(&mut self, node: NodeId, pass: &mut Pass) {
        self.everything_below(node, pass, false);
        let (Some(group), Some(item)) = (self.tree.parent(node), self.item_of.get(&node).copied()) else { return };
        self.tree.detach(node);
        let mut gone = vec![node];
        while let Some(node) = gone.pop() {
            self.item_of.remove(&node);
            self.states.remove(&node);
            gone.extend(self.tree.children(node));
        }
        self.has_moved(group, item, pass);
    }

    /// Where the next repetition goes: behind the last one, or behind what precedes the repeat in the form.
    fn place_of(&self, group: NodeId, item: ItemId) -> usize {
        let children = self.tree.children(group);
        let before = |node: &NodeId| self.item_of.get(node).is_some_and(|other| *other <= item);
        children.iter().rposition(before).map_or(0, |at| at + 1)
    }

    /// The places of all repetitions of an item in a group may have changed.
    fn has_moved(&self, group: NodeId, item: ItemId, pass: &mut Pass) {
        for node in self.tree.children_named(group, &self.definition.item(item).name) {
            self.has_changed(*node, pass);
        }
    }

    /// All nodes from one down have changed; with `rules`, their own rules are evaluated too.
    fn everything_below(&self, top: NodeId, pass: &mut Pass, rules: bool) {
        let mut open = vec![top];
        while let Some(node) = open.pop() {
            let Some(id) = self.item_of.get(&node).copied() else { continue };
            self.has_changed(node, pass);
            if rules {
                let item = self.definition.item(id);
                if item.rules.relevant.is_some() || item.rules.calculate.is_some() {
                    pass.evaluate(self.definition.graph.rank[id.index()], node);
                }
                for child in &item.children {
                    if matches!(self.definition.item(*child).kind, ItemKind::Repeat { count: Some(_) }) {
                        pass.count(self.definition.graph.rank[child.index()], node);
                    }
                }
                pass.checks.insert(node);
            }
            open.extend(self.tree.children(node));
        }
    }

    /// Notes everything that reads a node.
    fn has_changed(&self, node: NodeId, pass: &mut Pass) {
        let Some(id) = self.item_of.get(&node).copied() else { return };
        pass.changed.insert(node);
        pass.checks.insert(node);
        let graph = &self.definition.graph;
        for reader in &graph.values[id.index()] {
            let rank = graph.rank[reader.item.index()];
            let from = self.ancestor_at(node, reader.shared);
            if reader.count {
                let group = self.definition.item(reader.item).parent;
                for node in group.map(|group| self.below(from, reader.shared, group)).unwrap_or_default() {
                    pass.count(rank, node);
                }
                continue;
            }
            for target in self.below(from, reader.shared, reader.item) {
                // An item that reads its neighbours of the same name is evaluated from the first to the last, once.
                if reader.item != id || self.tree.order(target) > self.tree.order(node) {
                    pass.evaluate(rank, target);
                }
            }
        }
        for reader in &graph.checks[id.index()] {
            let from = self.ancestor_at(node, reader.shared);
            pass.checks.extend(self.below(from, reader.shared, reader.item));
        }
    }

    /// The node or the ancestor of it that has so many elements from the outermost.
    fn ancestor_at(&self, node: NodeId, depth: usize) -> NodeId {
        let own = self.item_of.get(&node).map_or(0, |item| self.definition.item(*item).depth);
        let mut at = node;
        for _ in depth..own {
            at = self.tree.parent(at).unwrap_or(at);
        }
        at
    }

    /// The nodes of an item below a node that lies on its path at a depth.
    fn below(&self, from: NodeId, depth: usize, item: ItemId) -> Vec<NodeId> {
        let mut names = Vec::new();
        let mut next = Some(item);
        while let Some(id) = next {
            let item = self.definition.item(id);
            if item.depth <= depth {
                break;
            }
            names.push(item.name.as_str());
            next = item.parent;
        }
        let mut nodes = vec![from];
        for name in names.into_iter().rev() {
            nodes = nodes.iter().flat_map(|node| self.tree.children_named(*node, name)).copied().collect();
        }
        nodes
    }

    fn run(&mut self, mut pass: Pass, surroundings: &mut Surroundings<'_>) -> Result<Outcome, SheetError> {
        let definition = Arc::clone(&self.definition);
        while let Some((rank, due)) = pass.due.pop_first() {
            let id = definition.graph.by_rank[rank as usize];
            let item = definition.item(id);
            if let ItemKind::Repeat { count: Some(count) } = &item.kind {
                for group in due.counts {
                    self.count(group, id, count, &mut pass, surroundings)?;
                }
            }
            let mut nodes: BTreeSet<(u32, NodeId)> = BTreeSet::new();
            let mut more = due.nodes;
            loop {
                nodes.extend(more.into_iter().map(|node| (self.tree.order(node), node)));
                let Some((_, node)) = nodes.pop_first() else { break };
                self.evaluate(node, item, &mut pass, surroundings)?;
                // What it changed of its own item, further on, is due in this very round.
                more = pass.due.remove(&rank).map(|due| due.nodes).unwrap_or_default();
            }
        }
        let checks = std::mem::take(&mut pass.checks);
        for node in checks {
            self.check(node, &mut pass, surroundings)?;
        }
        Ok(Outcome { changed: pass.changed, evaluated: pass.evaluated, problems: pass.problems })
    }

    fn count(
        &mut self,
        group: NodeId,
        id: ItemId,
        count: &Expression,
        pass: &mut Pass,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), SheetError> {
        if self.tree.reads_as_empty(group) || !self.item_of.contains_key(&group) {
            return Ok(());
        }
        let Some(value) = self.value(group, count, Rule::Count, pass, surroundings)? else { return Ok(()) };
        let wanted = value.to_number(&self.tree, surroundings.zone);
        let item = self.definition.item(id);
        if wanted > limits::REPETITIONS as f64 {
            return Err(SheetError::TooManyRepetitions(item.path.clone()));
        }
        let wanted = if wanted >= 0.0 { wanted as usize } else { 0 };
        let there = self.tree.children_named(group, &item.name).to_vec();
        for node in there.iter().skip(wanted) {
            self.one_less(*node, pass);
        }
        for _ in there.len()..wanted {
            self.one_more(group, id, pass)?;
        }
        Ok(())
    }

    fn evaluate(
        &mut self,
        node: NodeId,
        item: &Item,
        pass: &mut Pass,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), SheetError> {
        let Some(parent) = self.tree.parent(node) else { return Ok(()) };
        if self.tree.reads_as_empty(parent) {
            // When the group is asked again, all of this is due again.
            return Ok(());
        }
        if let Some(rule) = &item.rules.relevant {
            let value = self.value(node, rule, Rule::Relevant, pass, surroundings)?;
            let hidden = !value.is_none_or(|value| value.to_boolean());
            if hidden != self.tree.is_hidden(node) {
                self.tree.set_hidden(node, hidden);
                self.everything_below(node, pass, !hidden);
                if !hidden {
                    pass.due.entry(self.rank_of(node)).or_default().nodes.remove(&node);
                }
            }
            if hidden {
                return Ok(());
            }
        }
        if let Some(rule) = &item.rules.calculate {
            let value = self.value(node, rule, Rule::Calculate, pass, surroundings)?;
            let text = value.map(|value| value.to_text(&self.tree, surroundings.zone)).unwrap_or_default();
            if text != self.tree.hidden_text(node) {
                self.tree.set_text(node, &text);
                self.has_changed(node, pass);
            }
        }
        Ok(())
    }

    fn rank_of(&self, node: NodeId) -> u32 {
        self.item_of.get(&node).map_or(0, |item| self.definition.graph.rank[item.index()])
    }

    fn check(&mut self, node: NodeId, pass: &mut Pass, surroundings: &mut Surroundings<'_>) -> Result<(), SheetError> {
        let definition = Arc::clone(&self.definition);
        let Some(item) = self.item_of.get(&node).map(|item| definition.item(*item)) else { return Ok(()) };
        let rules = &item.rules;
        if rules.constraint.is_none() && rules.required.is_none() && rules.read_only.is_none() {
            return Ok(());
        }
        let mut state = UNCHECKED;
        if self.is_relevant(node) {
            if let Some(rule) = &rules.constraint
                && !self.tree.text(node).is_empty()
            {
                let value = self.value(node, rule, Rule::Constraint, pass, surroundings)?;
                state.valid = value.is_none_or(|value| value.to_boolean());
            }
            if let Some(rule) = &rules.required {
                let value = self.value(node, rule, Rule::Required, pass, surroundings)?;
                state.required = value.is_some_and(|value| value.to_boolean());
            }
            if let Some(rule) = &rules.read_only {
                let value = self.value(node, rule, Rule::ReadOnly, pass, surroundings)?;
                state.read_only = value.is_some_and(|value| value.to_boolean());
            }
        }
        self.states.insert(node, state);
        Ok(())
    }

    /// A rule's value; none if it has none, which is then noted.
    fn value(
        &self,
        node: NodeId,
        rule: &Expression,
        which: Rule,
        pass: &mut Pass,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Option<Value>, SheetError> {
        let facts = Facts { instances: &self.instances, outer: surroundings.facts };
        let environment = Environment {
            tree: &self.tree,
            root: self.root,
            now: surroundings.now,
            zone: surroundings.zone,
            language: surroundings.language,
            namespaces: &[],
            form: &facts,
        };
        pass.evaluated += 1;
        match rule.evaluate_within(&environment, surroundings.random, &mut pass.budget, node) {
            Ok(value) => Ok(Some(value)),
            Err(EvaluationError::TooMuchWork) => Err(SheetError::TooMuchWork),
            Err(error) => {
                pass.problems.push(Problem { node, rule: which, error });
                Ok(None)
            }
        }
    }
}

/// What is still to do after a change.
#[derive(Debug)]
struct Pass {
    due: BTreeMap<u32, Due>,
    checks: BTreeSet<NodeId>,
    changed: BTreeSet<NodeId>,
    evaluated: usize,
    problems: Vec<Problem>,
    budget: Budget,
}

#[derive(Debug, Default)]
struct Due {
    nodes: BTreeSet<NodeId>,
    counts: BTreeSet<NodeId>,
}

impl Default for Pass {
    fn default() -> Self {
        Self {
            due: BTreeMap::new(),
            checks: BTreeSet::new(),
            changed: BTreeSet::new(),
            evaluated: 0,
            problems: Vec::new(),
            budget: Budget::new(limits::WORK),
        }
    }
}

impl Pass {
    fn evaluate(&mut self, rank: u32, node: NodeId) {
        self.due.entry(rank).or_default().nodes.insert(node);
    }

    fn count(&mut self, rank: u32, group: NodeId) {
        self.due.entry(rank).or_default().counts.insert(group);
    }
}

/// The form's tables before what the caller knows.
struct Facts<'a> {
    instances: &'a HashMap<String, NodeId>,
    outer: &'a dyn FormFacts,
}

impl FormFacts for Facts<'_> {
    fn instance(&self, id: &str) -> Option<NodeId> {
        self.instances.get(id).copied()
    }
    fn choice_label(&self, value: &str, question: &str) -> Option<String> {
        self.outer.choice_label(value, question)
    }
    fn text(&self, id: &str) -> Option<String> {
        self.outer.text(id)
    }
    fn property(&self, name: &str) -> Option<String> {
        self.outer.property(name)
    }
    fn version(&self) -> Option<String> {
        self.outer.version()
    }
}
