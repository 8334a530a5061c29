//! One filled sheet of a form: answers, and what follows from them.
//!
//! Invariants: after every change each calculation, relevance and check is what evaluating the whole sheet again would
//! give; an answer that is not relevant, and a choice that is not offered, is kept but read by nobody; a rule that fails
//! leaves its item empty (or asked, or valid) and is reported, it stops nothing else.
//!
//! Here: what it holds, and what a change touches. What follows is evaluated in [`pass`].

mod pass;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use self::pass::Pass;
use super::definition::{Definition, Item, ItemId, ItemKind};
use super::limits;
use super::outcome::{Outcome, SheetError, State, Surroundings};
use crate::checklist::expression::{Name, NodeId, Tree};

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
    /// By node that does not offer every choice always: what was chosen.
    given: HashMap<NodeId, String>,
    /// By node that does not offer every choice always: those it offers.
    offers: HashMap<NodeId, BTreeSet<String>>,
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
        let (states, given, offers) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut sheet = Self { definition, tree, root, item_of: HashMap::new(), instances, states, given, offers };
        let mut pass = Pass::default();
        let form = sheet.make(root, usize::MAX, ItemId(0), true)?;
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
        let is_filtered = item.rules.offered.is_some();
        let mut pass = Pass::default();
        if is_filtered {
            self.given.insert(node, text.to_owned());
            pass.evaluate(self.rank_of(node), node);
        }
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
        let node = self.one_more(group, item, &mut pass, false)?;
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

    /// What was answered, whether or not anybody reads it.
    pub fn given(&self, node: NodeId) -> String {
        self.given.get(&node).cloned().unwrap_or_else(|| self.tree.hidden_text(node))
    }

    /// The choices it offers now; none if it always offers all.
    pub fn offered(&self, node: NodeId) -> Option<&BTreeSet<String>> {
        self.offers.get(&node)
    }

    /// Whether it is asked.
    pub fn is_relevant(&self, node: NodeId) -> bool {
        !self.tree.reads_as_empty(node)
    }

    /// What the checks say.
    pub fn state(&self, node: NodeId) -> State {
        self.states.get(&node).copied().unwrap_or(UNCHECKED)
    }

    /// Makes an item's node, and what it holds, behind its namesakes at a place. A repeat stands there once when the sheet
    /// `begins`, and in the first of a calculated number of repetitions; in those that are added later it is empty.
    fn make(&mut self, parent: NodeId, at: usize, id: ItemId, begins: bool) -> Result<NodeId, SheetError> {
        let definition = Arc::clone(&self.definition);
        let item = definition.item(id);
        if self.item_of.len() >= limits::NODES {
            return Err(SheetError::TooManyRepetitions(item.path.clone()));
        }
        let node = self.tree.insert_element(parent, at, Name::plain(&item.name));
        self.item_of.insert(node, id);
        if !item.initial.is_empty() {
            self.tree.set_text(node, &item.initial);
            if item.rules.offered.is_some() {
                self.given.insert(node, item.initial.clone());
            }
        }
        for child in &item.children {
            let made = match &definition.item(*child).kind {
                ItemKind::Repeat { count: None } => begins,
                // A calculated number of repetitions begins at none.
                ItemKind::Repeat { count: Some(_) } => false,
                ItemKind::Group | ItemKind::Question => true,
            };
            if made {
                self.make(node, usize::MAX, *child, begins)?;
            }
        }
        Ok(node)
    }

    fn one_more(&mut self, group: NodeId, item: ItemId, pass: &mut Pass, begins: bool) -> Result<NodeId, SheetError> {
        let repeat = self.definition.item(item);
        let siblings = self.tree.children_named(group, &repeat.name);
        if siblings.len() >= limits::REPETITIONS {
            return Err(SheetError::TooManyRepetitions(repeat.path.clone()));
        }
        let at = self.place_of(group, item);
        let node = self.make(group, at, item, begins)?;
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
            self.given.remove(&node);
            self.offers.remove(&node);
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
                let rules = &item.rules;
                if rules.relevant.is_some() || rules.calculate.is_some() || rules.offered.is_some() {
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
}
