//! Evaluation: an expression, a tree and a node give a value.
//!
//! Invariant: every node visited and every comparison is paid from one [`Budget`], so that a nested search over a large
//! tree ends in a named error and not in an hour.

use std::cell::RefCell;

use jiff::tz::TimeZone;
use thiserror::Error;

use super::functions;
use super::lexer::Operator;
use super::syntax::{Node, Path, Start, Step};
use super::tree::{NodeId, Tree};
use super::value::Value;
use super::{axes, comparison, limits};
use crate::clock::{RandomSource, UtcMillis};

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// The language has no such function.
    #[error("there is no function «{0}»")]
    UnknownFunction(String),
    /// A function called with too few or too many arguments.
    #[error("«{function}» does not take {given} arguments")]
    ArgumentCount {
        /// Its name.
        function: String,
        /// How many it was given.
        given: usize,
    },
    /// Something else stands where nodes are needed.
    #[error("«{0}» needs a path to nodes")]
    NodesNeeded(String),
    /// An argument the function cannot use.
    #[error("«{function}»: {reason}")]
    Argument {
        /// The function's name.
        function: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A prefix bound to no namespace.
    #[error("the prefix «{0}» is not declared")]
    UnknownPrefix(String),
    /// A secondary instance the form does not have.
    #[error("the form has no instance «{0}»")]
    UnknownInstance(String),
    /// [`limits::WORK`] is used up.
    #[error("the expression takes too much work")]
    TooMuchWork,
}

/// What only the form knows.
pub trait FormFacts {
    /// The root of a secondary instance: the node above its outermost element.
    fn instance(&self, id: &str) -> Option<NodeId>;
    /// The label of a choice of a question, in the language on screen. The question is given by its path.
    fn choice_label(&self, value: &str, question: &str) -> Option<String>;
    /// A text of the form's translations, in the language on screen.
    fn text(&self, id: &str) -> Option<String>;
    /// What the device knows of itself: `deviceid`, `username` and the like.
    fn property(&self, name: &str) -> Option<String>;
    /// The form's version.
    fn version(&self) -> Option<String>;
}

/// The facts of no form: nothing is known.
#[derive(Debug, Clone, Copy)]
pub struct NoForm;

impl FormFacts for NoForm {
    fn instance(&self, _id: &str) -> Option<NodeId> {
        None
    }
    fn choice_label(&self, _value: &str, _question: &str) -> Option<String> {
        None
    }
    fn text(&self, _id: &str) -> Option<String> {
        None
    }
    fn property(&self, _name: &str) -> Option<String> {
        None
    }
    fn version(&self) -> Option<String> {
        None
    }
}

/// All that an expression may read.
pub struct Environment<'a> {
    /// The form's instances.
    pub tree: &'a Tree,
    /// What an absolute path starts from: the root of the form's own instance.
    pub root: NodeId,
    /// What `now()` says.
    pub now: UtcMillis,
    /// Where dates without a time zone are.
    pub zone: &'a TimeZone,
    /// The language of month and day names: a BCP 47 tag.
    pub language: &'a str,
    /// Prefixes and their namespaces.
    pub namespaces: &'a [(String, String)],
    /// What only the form knows.
    pub form: &'a dyn FormFacts,
}

impl Environment<'_> {
    /// The namespace bound to a prefix.
    pub(super) fn namespace(&self, prefix: &str) -> Result<String, EvaluationError> {
        if prefix == "xml" {
            return Ok("http://www.w3.org/XML/1998/namespace".to_owned());
        }
        let bound = self.namespaces.iter().find(|(known, _)| known == prefix);
        bound.map(|(_, namespace)| namespace.clone()).ok_or_else(|| EvaluationError::UnknownPrefix(prefix.to_owned()))
    }
}

/// The work that may still be done.
#[derive(Debug, Clone)]
pub struct Budget(u64);

impl Default for Budget {
    /// What one expression may cost.
    fn default() -> Self {
        Self::new(limits::WORK)
    }
}

impl Budget {
    /// So much work: nodes visited, values compared, characters joined.
    pub fn new(work: u64) -> Self {
        Self(work)
    }

    /// What is left of it.
    pub fn left(&self) -> u64 {
        self.0
    }

    pub(super) fn spend(&mut self, work: u64) -> Result<(), EvaluationError> {
        self.0 = self.0.checked_sub(work).ok_or(EvaluationError::TooMuchWork)?;
        Ok(())
    }
}

/// What `.`, `position()`, `last()` and `current()` mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Focus {
    pub(super) node: NodeId,
    pub(super) position: usize,
    pub(super) size: usize,
    pub(super) current: NodeId,
}

/// One evaluation under way.
pub(super) struct Evaluation<'a> {
    pub(super) environment: &'a Environment<'a>,
    pub(super) budget: &'a mut Budget,
    pub(super) random: RefCell<&'a mut dyn RandomSource>,
}

/// The value of an expression at a node.
pub(super) fn evaluate(
    root: &Node,
    environment: &Environment<'_>,
    random: &mut dyn RandomSource,
    budget: &mut Budget,
    node: NodeId,
) -> Result<Value, EvaluationError> {
    let mut evaluation = Evaluation { environment, budget, random: RefCell::new(random) };
    evaluation.value(root, Focus { node, position: 1, size: 1, current: node })
}

impl Evaluation<'_> {
    pub(super) fn tree(&self) -> &Tree {
        self.environment.tree
    }

    pub(super) fn text_of(&self, value: &Value) -> String {
        value.to_text(self.environment.tree, self.environment.zone)
    }

    pub(super) fn number_of(&self, value: &Value) -> f64 {
        value.to_number(self.environment.tree, self.environment.zone)
    }

    pub(super) fn value(&mut self, node: &Node, focus: Focus) -> Result<Value, EvaluationError> {
        self.budget.spend(1)?;
        match node {
            Node::Number(number) => Ok(Value::Number(*number)),
            Node::Literal(literal) => Ok(Value::Text(literal.clone())),
            Node::Negate(inner) => {
                let value = self.value(inner, focus)?;
                Ok(Value::Number(-self.number_of(&value)))
            }
            Node::Chain(first, rest) => self.chain(first, rest, focus),
            Node::Path(path) => self.path(path, focus).map(Value::Nodes),
            Node::Call(call) => functions::call(self, call, focus),
        }
    }

    fn chain(&mut self, first: &Node, rest: &[(Operator, Node)], focus: Focus) -> Result<Value, EvaluationError> {
        let mut left = self.value(first, focus)?;
        for (operator, right) in rest {
            // What cannot change the answer is not evaluated.
            match operator {
                Operator::Or if left.to_boolean() => {
                    left = Value::Boolean(true);
                    continue;
                }
                Operator::And if !left.to_boolean() => {
                    left = Value::Boolean(false);
                    continue;
                }
                _ => {}
            }
            let right = self.value(right, focus)?;
            left = self.operate(*operator, left, right)?;
        }
        Ok(left)
    }

    fn operate(&mut self, operator: Operator, left: Value, right: Value) -> Result<Value, EvaluationError> {
        let value = match operator {
            Operator::Or | Operator::And => Value::Boolean(right.to_boolean()),
            Operator::Plus => Value::Number(self.number_of(&left) + self.number_of(&right)),
            Operator::Minus => Value::Number(self.number_of(&left) - self.number_of(&right)),
            Operator::Times => Value::Number(self.number_of(&left) * self.number_of(&right)),
            Operator::Divide => Value::Number(self.number_of(&left) / self.number_of(&right)),
            Operator::Remainder => Value::Number(self.number_of(&left) % self.number_of(&right)),
            Operator::Union => match (left, right) {
                (Value::Nodes(mut nodes), Value::Nodes(others)) => {
                    nodes.extend(others);
                    Value::Nodes(self.in_order(nodes)?)
                }
                _ => return Err(EvaluationError::NodesNeeded("|".to_owned())),
            },
            comparison => comparison::compare(comparison, &left, &right, self.environment, self.budget)?.into(),
        };
        Ok(value)
    }

    fn path(&mut self, path: &Path, focus: Focus) -> Result<Vec<NodeId>, EvaluationError> {
        let mut nodes = match &path.start {
            Start::Root => vec![self.environment.root],
            Start::Context => vec![focus.node],
            Start::Filter(start, predicates) => {
                let Value::Nodes(mut nodes) = self.value(start, focus)? else {
                    return Err(EvaluationError::NodesNeeded("[…]".to_owned()));
                };
                for predicate in predicates {
                    nodes = self.filter(nodes, predicate, focus.current)?;
                }
                nodes
            }
        };
        for step in &path.steps {
            nodes = self.step(&nodes, step, focus.current)?;
        }
        Ok(nodes)
    }

    fn step(&mut self, from: &[NodeId], step: &Step, current: NodeId) -> Result<Vec<NodeId>, EvaluationError> {
        let mut found = Vec::new();
        for node in from {
            let mut nodes = axes::select(self.environment, *node, step.axis, &step.test)?;
            self.budget.spend(1 + nodes.len() as u64)?;
            for predicate in &step.predicates {
                nodes = self.filter(nodes, predicate, current)?;
            }
            if step.axis.is_reverse() {
                nodes.reverse();
            }
            found.extend(nodes);
        }
        if from.len() > 1 { self.in_order(found) } else { Ok(found) }
    }

    fn filter(
        &mut self,
        nodes: Vec<NodeId>,
        predicate: &Node,
        current: NodeId,
    ) -> Result<Vec<NodeId>, EvaluationError> {
        let size = nodes.len();
        let mut kept = Vec::new();
        for (at, node) in nodes.into_iter().enumerate() {
            let position = at + 1;
            let holds = match self.value(predicate, Focus { node, position, size, current })? {
                #[expect(clippy::float_cmp, reason = "a position is a whole number")]
                Value::Number(number) => number == position as f64,
                other => other.to_boolean(),
            };
            if holds {
                kept.push(node);
            }
        }
        Ok(kept)
    }

    /// In document order, each node once.
    pub(super) fn in_order(&mut self, mut nodes: Vec<NodeId>) -> Result<Vec<NodeId>, EvaluationError> {
        self.budget.spend(nodes.len() as u64)?;
        let tree = self.environment.tree;
        if !nodes.is_sorted_by_key(|node| tree.order(*node)) {
            nodes.sort_by_key(|node| tree.order(*node));
        }
        nodes.dedup();
        Ok(nodes)
    }
}
