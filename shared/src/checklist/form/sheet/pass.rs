//! One pass over a sheet after a change: what is due, and the values of the rules.
//!
//! Invariants: rules are evaluated in the order of their ranks, so each reads what it needs as it will stay; the work of one
//! pass is bounded by one budget.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Sheet, UNCHECKED};
use crate::checklist::expression::{Budget, Environment, EvaluationError, Expression, FormFacts, NodeId, Value};
use crate::checklist::form::definition::{Item, ItemId, ItemKind};
use crate::checklist::form::limits;
use crate::checklist::form::outcome::{Outcome, Problem, Rule, SheetError, Surroundings};

/// What is still to do after a change.
#[derive(Debug)]
pub(super) struct Pass {
    due: BTreeMap<u32, Due>,
    pub(super) checks: BTreeSet<NodeId>,
    pub(super) changed: BTreeSet<NodeId>,
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
    /// An item's rules at a node are due.
    pub(super) fn evaluate(&mut self, rank: u32, node: NodeId) {
        self.due.entry(rank).or_default().nodes.insert(node);
    }

    /// The number of repetitions in a group is due.
    pub(super) fn count(&mut self, rank: u32, group: NodeId) {
        self.due.entry(rank).or_default().counts.insert(group);
    }
}

impl Sheet {
    /// Evaluates all that is due, in the order of ranks, and then the checks.
    pub(super) fn run(&mut self, mut pass: Pass, surroundings: &mut Surroundings<'_>) -> Result<Outcome, SheetError> {
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
        for number in there.len()..wanted {
            self.one_more(group, id, pass, number == 0)?;
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
        if let Some(rule) = &item.rules.offered {
            self.offer(node, rule, pass, surroundings)?;
        }
        if let Some(rule) = &item.rules.calculate {
            let value = self.value(node, rule, Rule::Calculate, pass, surroundings)?;
            // What is no number is no answer: an empty one, as every program of that family keeps it.
            let value = value.filter(|value| !matches!(value, Value::Number(number) if number.is_nan()));
            let text = value.map(|value| value.to_text(&self.tree, surroundings.zone)).unwrap_or_default();
            if text != self.tree.hidden_text(node) {
                self.tree.set_text(node, &text);
                self.has_changed(node, pass);
            }
        }
        Ok(())
    }

    /// What was chosen, as far as it is offered now.
    fn offer(
        &mut self,
        node: NodeId,
        rule: &Expression,
        pass: &mut Pass,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), SheetError> {
        let Some(Value::Nodes(offered)) = self.value(node, rule, Rule::Offered, pass, surroundings)? else {
            // Where it cannot be said, everything is.
            self.offers.remove(&node);
            return Ok(());
        };
        let offered: BTreeSet<String> = offered.into_iter().map(|choice| self.tree.text(choice)).collect();
        let given = self.given.get(&node).map(String::as_str).unwrap_or_default();
        let text = if offered.contains(given) {
            given.to_owned()
        } else {
            given.split_whitespace().filter(|choice| offered.contains(*choice)).collect::<Vec<_>>().join(" ")
        };
        self.offers.insert(node, offered);
        if text != self.tree.hidden_text(node) {
            self.tree.set_text(node, &text);
            self.has_changed(node, pass);
        }
        Ok(())
    }

    pub(super) fn rank_of(&self, node: NodeId) -> u32 {
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
