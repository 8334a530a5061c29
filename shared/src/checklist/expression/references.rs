//! What an expression reads, found without evaluating it.
//!
//! Invariant: every path of the expression is there, those in predicates too, each resolved against the path it stands in;
//! what cannot be known before evaluation (an axis beyond child and parent, a call as a path's start) widens the reference
//! to all that it could be, never narrows it.

use super::functions::Function;
use super::syntax::{Axis, Call, Node, Path, Start, Step, Test};

/// A path an expression reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Whether it starts from the form's root; otherwise from the node where the expression stands.
    pub absolute: bool,
    /// The steps from there.
    pub steps: Vec<ReferenceStep>,
    /// The secondary instance it reads, if it is not the form's own.
    pub instance: Option<String>,
}

/// A step of a [`Reference`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceStep {
    /// To the parent.
    Up,
    /// To a child of this local name.
    Child(String),
    /// To any child.
    AnyChild,
    /// To where the path is and anything below it.
    Anywhere,
}

/// Every path an expression reads.
pub(super) fn of(root: &Node) -> Vec<Reference> {
    let mut collector = Collector { found: Vec::new() };
    let here = Reference { absolute: false, steps: Vec::new(), instance: None };
    collector.node(root, &here, &here);
    collector.found
}

struct Collector {
    found: Vec<Reference>,
}

impl Collector {
    /// Collects below `node`, evaluated at `focus`; `current` is where the whole expression stands.
    fn node(&mut self, node: &Node, focus: &Reference, current: &Reference) {
        match node {
            Node::Number(_) | Node::Literal(_) => {}
            Node::Negate(inner) => self.node(inner, focus, current),
            Node::Chain(first, rest) => {
                self.node(first, focus, current);
                for (_, node) in rest {
                    self.node(node, focus, current);
                }
            }
            Node::Path(path) => {
                self.path(path, focus, current);
            }
            Node::Call(call) => {
                if reads_focus(call) {
                    self.found.push(focus.clone());
                }
                for argument in &call.arguments {
                    self.node(argument, focus, current);
                }
            }
        }
    }

    fn path(&mut self, path: &Path, focus: &Reference, current: &Reference) {
        let mut reached = match &path.start {
            Start::Root => Reference { absolute: true, steps: Vec::new(), instance: None },
            Start::Context => focus.clone(),
            Start::Filter(start, predicates) => {
                let reached = self.start(start, focus, current);
                for predicate in predicates {
                    self.node(predicate, &reached, current);
                }
                reached
            }
        };
        for step in &path.steps {
            follow(&mut reached, step);
            for predicate in &step.predicates {
                self.node(predicate, &reached, current);
            }
        }
        self.found.push(reached);
    }

    fn start(&mut self, start: &Node, focus: &Reference, current: &Reference) -> Reference {
        match start {
            Node::Call(Call { function: Some(Function::Current), .. }) => current.clone(),
            Node::Call(Call { function: Some(Function::Instance), arguments, .. }) => {
                let id = match arguments.first() {
                    Some(Node::Literal(id)) => id.clone(),
                    _ => String::new(),
                };
                Reference { absolute: true, steps: Vec::new(), instance: Some(id) }
            }
            other => {
                // What the start reads is known; where it leads is not.
                self.node(other, focus, current);
                Reference { absolute: true, steps: vec![ReferenceStep::Anywhere], instance: None }
            }
        }
    }
}

/// Functions that read the context node when they have no argument, or besides it.
fn reads_focus(call: &Call) -> bool {
    match call.function {
        Some(Function::Once) => true,
        Some(Function::String | Function::Number | Function::StringLength | Function::NormalizeSpace) => {
            call.arguments.is_empty()
        }
        _ => false,
    }
}

fn follow(reached: &mut Reference, step: &Step) {
    let steps = &mut reached.steps;
    match step.axis {
        // An attribute changes when its element does.
        Axis::Itself | Axis::Attribute | Axis::Namespace => {}
        Axis::Child => steps.push(child(&step.test)),
        Axis::Parent => up(steps),
        Axis::FollowingSibling | Axis::PrecedingSibling => {
            up(steps);
            steps.push(child(&step.test));
        }
        Axis::DescendantOrSelf => steps.push(ReferenceStep::Anywhere),
        Axis::Descendant => steps.extend([ReferenceStep::Anywhere, child(&step.test)]),
        Axis::Ancestor | Axis::AncestorOrSelf | Axis::Following | Axis::Preceding => {
            reached.absolute = true;
            reached.steps = vec![ReferenceStep::Anywhere];
        }
    }
}

fn child(test: &Test) -> ReferenceStep {
    match test {
        Test::Name { local, .. } => ReferenceStep::Child(local.clone()),
        _ => ReferenceStep::AnyChild,
    }
}

fn up(steps: &mut Vec<ReferenceStep>) {
    match steps.last() {
        Some(ReferenceStep::Child(_) | ReferenceStep::AnyChild) => {
            steps.pop();
        }
        _ => steps.push(ReferenceStep::Up),
    }
}
