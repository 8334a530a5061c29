//! The axes of XPath 1.0, section 2.2, and the tests of section 2.3.
//!
//! Invariant: an axis yields its nodes in the order in which positions are counted: away from the node it starts at.

use super::evaluate::{Environment, EvaluationError};
use super::syntax::{Axis, Test};
use super::tree::{NodeId, NodeKind, Tree};

/// The nodes of an axis that pass a test.
pub(super) fn select(
    environment: &Environment<'_>,
    node: NodeId,
    axis: Axis,
    test: &Test,
) -> Result<Vec<NodeId>, EvaluationError> {
    let tree = environment.tree;
    if let (Axis::Child, Test::Name { prefix: None, local }) = (axis, test) {
        let named = tree.children_named(node, local).iter().copied();
        return Ok(named.filter(|child| tree.name(*child).namespace.is_empty()).collect());
    }
    let wanted = Wanted::new(environment, axis, test)?;
    let mut nodes = along(tree, node, axis);
    nodes.retain(|node| wanted.takes(tree, *node));
    Ok(nodes)
}

fn along(tree: &Tree, node: NodeId, axis: Axis) -> Vec<NodeId> {
    match axis {
        Axis::Itself => vec![node],
        Axis::Parent => tree.parent(node).into_iter().collect(),
        Axis::Child => tree.children(node).to_vec(),
        Axis::Attribute => tree.attributes(node).to_vec(),
        Axis::Namespace => Vec::new(),
        Axis::Ancestor => ancestors(tree, node),
        Axis::AncestorOrSelf => {
            let mut nodes = vec![node];
            nodes.extend(ancestors(tree, node));
            nodes
        }
        Axis::Descendant => descendants(tree, node),
        Axis::DescendantOrSelf => {
            let mut nodes = vec![node];
            nodes.extend(descendants(tree, node));
            nodes
        }
        Axis::FollowingSibling => siblings(tree, node).1,
        Axis::PrecedingSibling => siblings(tree, node).0,
        Axis::Following => following(tree, node),
        Axis::Preceding => preceding(tree, node),
    }
}

fn ancestors(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    std::iter::successors(tree.parent(node), |node| tree.parent(*node)).collect()
}

fn descendants(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut open: Vec<NodeId> = tree.children(node).iter().rev().copied().collect();
    while let Some(next) = open.pop() {
        nodes.push(next);
        open.extend(tree.children(next).iter().rev());
    }
    nodes
}

/// The siblings before a node, nearest first, and those after it.
fn siblings(tree: &Tree, node: NodeId) -> (Vec<NodeId>, Vec<NodeId>) {
    let around = tree.parent(node).map(|parent| tree.children(parent)).unwrap_or_default();
    match around.iter().position(|sibling| *sibling == node) {
        Some(at) => (around[..at].iter().rev().copied().collect(), around[at + 1..].to_vec()),
        // An attribute is nobody's sibling.
        None => (Vec::new(), Vec::new()),
    }
}

fn following(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    if tree.kind(node) == NodeKind::Attribute
        && let Some(owner) = tree.parent(node)
    {
        nodes.extend(descendants(tree, owner));
        nodes.extend(following(tree, owner));
        return nodes;
    }
    for ancestor in std::iter::once(node).chain(ancestors(tree, node)) {
        for sibling in siblings(tree, ancestor).1 {
            nodes.push(sibling);
            nodes.extend(descendants(tree, sibling));
        }
    }
    nodes
}

fn preceding(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let start = if tree.kind(node) == NodeKind::Attribute { tree.parent(node) } else { Some(node) };
    let Some(start) = start else { return nodes };
    for ancestor in std::iter::once(start).chain(ancestors(tree, start)) {
        for sibling in siblings(tree, ancestor).0 {
            nodes.extend(descendants(tree, sibling).into_iter().rev());
            nodes.push(sibling);
        }
    }
    nodes
}

/// A test with its prefix looked up.
struct Wanted<'a> {
    test: &'a Test,
    principal: NodeKind,
    namespace: String,
}

impl<'a> Wanted<'a> {
    fn new(environment: &Environment<'_>, axis: Axis, test: &'a Test) -> Result<Self, EvaluationError> {
        let namespace = match test {
            Test::Name { prefix: Some(prefix), .. } | Test::AnyIn(prefix) => environment.namespace(prefix)?,
            _ => String::new(),
        };
        let principal = if axis == Axis::Attribute { NodeKind::Attribute } else { NodeKind::Element };
        Ok(Self { test, principal, namespace })
    }

    fn takes(&self, tree: &Tree, node: NodeId) -> bool {
        let kind = tree.kind(node);
        match self.test {
            Test::AnyNode => true,
            Test::Text => kind == NodeKind::Text,
            Test::Comment => kind == NodeKind::Comment,
            Test::Instruction(None) => kind == NodeKind::Instruction,
            Test::Instruction(Some(target)) => kind == NodeKind::Instruction && tree.name(node).local == *target,
            Test::AnyName => kind == self.principal,
            Test::AnyIn(_) => kind == self.principal && tree.name(node).namespace == self.namespace,
            Test::Name { local, .. } => {
                let name = tree.name(node);
                kind == self.principal && name.local == *local && name.namespace == self.namespace
            }
        }
    }
}
