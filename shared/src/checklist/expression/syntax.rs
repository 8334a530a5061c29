//! What an expression is once it is read.
//!
//! Invariant: operators of one strength that follow one another lie side by side in a [`Node::Chain`], so the tree is as
//! deep as the text is nested and never as deep as it is long.

use super::functions::Function;
use super::lexer::Operator;

/// An expression, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Number(f64),
    Literal(String),
    Negate(Box<Node>),
    /// `first op second op third …`, evaluated from the left.
    Chain(Box<Node>, Vec<(Operator, Node)>),
    Path(Path),
    Call(Call),
}

/// A call of a function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// As it is written.
    pub(super) name: String,
    /// None if the language has no function of this name.
    pub(super) function: Option<Function>,
    pub(super) arguments: Vec<Node>,
}

/// A location path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
}

/// Where a path begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Start {
    /// `/…`
    Root,
    /// `…`
    Context,
    /// `expression[…]/…`
    Filter(Box<Node>, Vec<Node>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Node>,
}

/// The direction of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

impl Axis {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ancestor" => Self::Ancestor,
            "ancestor-or-self" => Self::AncestorOrSelf,
            "attribute" => Self::Attribute,
            "child" => Self::Child,
            "descendant" => Self::Descendant,
            "descendant-or-self" => Self::DescendantOrSelf,
            "following" => Self::Following,
            "following-sibling" => Self::FollowingSibling,
            "namespace" => Self::Namespace,
            "parent" => Self::Parent,
            "preceding" => Self::Preceding,
            "preceding-sibling" => Self::PrecedingSibling,
            "self" => Self::Itself,
            _ => return None,
        })
    }

    /// Whether positions are counted against document order.
    pub(super) fn is_reverse(self) -> bool {
        matches!(self, Self::Ancestor | Self::AncestorOrSelf | Self::Preceding | Self::PrecedingSibling)
    }
}

/// Which nodes of an axis a step takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// `*`
    AnyName,
    /// `prefix:*`
    AnyIn(String),
    /// `local` or `prefix:local`
    Name { prefix: Option<String>, local: String },
    /// `node()`
    AnyNode,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `processing-instruction()` or `processing-instruction('target')`
    Instruction(Option<String>),
}

impl Step {
    pub(super) fn plain(axis: Axis, test: Test) -> Self {
        Self { axis, test, predicates: Vec::new() }
    }
}

impl Node {
    /// Calls a function with every call in this expression, outer ones first.
    pub(super) fn visit_calls(&self, visitor: &mut dyn FnMut(&Call)) {
        match self {
            Self::Number(_) | Self::Literal(_) => {}
            Self::Negate(inner) => inner.visit_calls(visitor),
            Self::Chain(first, rest) => {
                first.visit_calls(visitor);
                for (_, node) in rest {
                    node.visit_calls(visitor);
                }
            }
            Self::Path(path) => {
                if let Start::Filter(start, predicates) = &path.start {
                    start.visit_calls(visitor);
                    for node in predicates {
                        node.visit_calls(visitor);
                    }
                }
                for node in path.steps.iter().flat_map(|step| &step.predicates) {
                    node.visit_calls(visitor);
                }
            }
            Self::Call(call) => {
                visitor(call);
                for node in &call.arguments {
                    node.visit_calls(visitor);
                }
            }
        }
    }
}
