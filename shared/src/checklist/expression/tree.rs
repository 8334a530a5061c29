//! The tree an expression reads: XPath 1.0's data model without namespace nodes.
//!
//! Invariant: a node keeps its [`NodeId`] for ever; a node taken out of the tree stays readable but is nobody's child.
//! Several documents (a form's own and its secondary instances) live in one tree, each under a root of its own.

use std::collections::HashMap;
use std::sync::OnceLock;

/// A node of one [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The node's number in the order of making, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// The parent of a document's outermost element.
    Root,
    /// An element.
    Element,
    /// An attribute.
    Attribute,
    /// Characters.
    Text,
    /// A comment.
    Comment,
    /// A processing instruction.
    Instruction,
}

/// The name of an element, an attribute or a processing instruction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// What stands before the colon; empty if nothing does.
    pub prefix: String,
    /// The name without its prefix.
    pub local: String,
    /// The namespace's URI; empty if there is none.
    pub namespace: String,
}

impl Name {
    /// A name in no namespace.
    pub fn plain(local: &str) -> Self {
        Self { local: local.to_owned(), ..Self::default() }
    }

    /// As it is written: `prefix:local` or `local`.
    pub fn qualified(&self) -> String {
        if self.prefix.is_empty() { self.local.clone() } else { format!("{}:{}", self.prefix, self.local) }
    }
}

#[derive(Debug, Clone)]
struct NodeData {
    kind: NodeKind,
    parent: Option<NodeId>,
    name: Name,
    text: String,
    children: Vec<NodeId>,
    attributes: Vec<NodeId>,
    hidden: bool,
}

/// Documents as nodes.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: Vec<NodeData>,
    roots: Vec<NodeId>,
    /// Child elements by parent and local name: a form's group may have a thousand children and is asked for one.
    by_name: HashMap<u32, HashMap<String, Vec<NodeId>>>,
    order: OnceLock<Vec<u32>>,
}

impl Tree {
    /// A tree without documents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a document.
    pub fn add_root(&mut self) -> NodeId {
        let root = self.push(NodeKind::Root, None, Name::default(), String::new());
        self.roots.push(root);
        root
    }

    /// Adds an element as its parent's last child.
    pub fn add_element(&mut self, parent: NodeId, name: Name) -> NodeId {
        let at = self.children(parent).len();
        self.insert_element(parent, at, name)
    }

    /// Adds an element in front of its parent's child number `at` (from 0), or as the last one.
    pub fn insert_element(&mut self, parent: NodeId, at: usize, name: Name) -> NodeId {
        let element = self.push(NodeKind::Element, Some(parent), name, String::new());
        let children = &mut self.nodes[parent.index()].children;
        let at = at.min(children.len());
        let last = at == children.len();
        children.insert(at, element);
        let local = self.nodes[element.index()].name.local.clone();
        if last {
            self.by_name.entry(parent.0).or_default().entry(local).or_default().push(element);
        } else {
            self.index_again(parent, &local);
        }
        element
    }

    /// Gives an element an attribute.
    pub fn add_attribute(&mut self, element: NodeId, name: Name, value: &str) -> NodeId {
        let attribute = self.push(NodeKind::Attribute, Some(element), name, value.to_owned());
        self.nodes[element.index()].attributes.push(attribute);
        attribute
    }

    /// Adds characters as a parent's last child.
    pub fn add_text(&mut self, parent: NodeId, text: &str) -> NodeId {
        let node = self.push(NodeKind::Text, Some(parent), Name::default(), text.to_owned());
        self.nodes[parent.index()].children.push(node);
        node
    }

    /// Adds a comment as a parent's last child.
    pub fn add_comment(&mut self, parent: NodeId, text: &str) -> NodeId {
        let node = self.push(NodeKind::Comment, Some(parent), Name::default(), text.to_owned());
        self.nodes[parent.index()].children.push(node);
        node
    }

    /// Adds a processing instruction as a parent's last child.
    pub fn add_instruction(&mut self, parent: NodeId, target: &str, text: &str) -> NodeId {
        let node = self.push(NodeKind::Instruction, Some(parent), Name::plain(target), text.to_owned());
        self.nodes[parent.index()].children.push(node);
        node
    }

    /// Makes these characters an element's whole content. Child elements, if it has any, are taken out.
    pub fn set_text(&mut self, element: NodeId, text: &str) {
        if let [only] = self.nodes[element.index()].children[..]
            && self.nodes[only.index()].kind == NodeKind::Text
        {
            text.clone_into(&mut self.nodes[only.index()].text);
            return;
        }
        for child in std::mem::take(&mut self.nodes[element.index()].children) {
            self.nodes[child.index()].parent = None;
        }
        self.by_name.remove(&element.0);
        self.order.take();
        if !text.is_empty() {
            self.add_text(element, text);
        }
    }

    /// Takes a node, and what is below it, out of the tree.
    pub fn detach(&mut self, node: NodeId) {
        let Some(parent) = self.nodes[node.index()].parent.take() else { return };
        self.nodes[parent.index()].children.retain(|child| *child != node);
        self.nodes[parent.index()].attributes.retain(|attribute| *attribute != node);
        let local = self.nodes[node.index()].name.local.clone();
        self.index_again(parent, &local);
        self.order.take();
    }

    /// Hides a node, or shows it again. A hidden node is there, but it and what is below it read as empty: this is how a
    /// question that is not relevant looks to an expression.
    pub fn set_hidden(&mut self, node: NodeId, hidden: bool) {
        self.nodes[node.index()].hidden = hidden;
    }

    /// Whether this very node is hidden (and not only something above it).
    pub fn is_hidden(&self, node: NodeId) -> bool {
        self.nodes[node.index()].hidden
    }

    /// Whether the node or something above it is hidden.
    pub fn reads_as_empty(&self, node: NodeId) -> bool {
        let mut next = Some(node);
        while let Some(node) = next {
            if self.is_hidden(node) {
                return true;
            }
            next = self.parent(node);
        }
        false
    }

    /// How many nodes were ever made.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The documents' roots, in order.
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// What the node is.
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.nodes[node.index()].kind
    }

    /// What the node stands in.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.nodes[node.index()].parent
    }

    /// The node's name; empty for those that have none.
    pub fn name(&self, node: NodeId) -> &Name {
        &self.nodes[node.index()].name
    }

    /// What stands directly in the node, attributes apart.
    pub fn children(&self, node: NodeId) -> &[NodeId] {
        &self.nodes[node.index()].children
    }

    /// The child elements of a local name, in order.
    pub fn children_named(&self, node: NodeId, local: &str) -> &[NodeId] {
        self.by_name.get(&node.0).and_then(|names| names.get(local)).map_or(&[], Vec::as_slice)
    }

    /// An element's attributes.
    pub fn attributes(&self, node: NodeId) -> &[NodeId] {
        &self.nodes[node.index()].attributes
    }

    /// The root above a node, or the topmost node if it was taken out.
    pub fn root_of(&self, node: NodeId) -> NodeId {
        let mut top = node;
        while let Some(parent) = self.parent(top) {
            top = parent;
        }
        top
    }

    /// XPath's string-value: of an element all its characters, of the others their own. Hidden nodes have none.
    pub fn text(&self, node: NodeId) -> String {
        if self.reads_as_empty(node) {
            return String::new();
        }
        self.stored_text(node, false)
    }

    /// The characters that stand at the node even if it is hidden: an answer outlives the question's relevance.
    pub fn hidden_text(&self, node: NodeId) -> String {
        self.stored_text(node, true)
    }

    fn stored_text(&self, node: NodeId, hidden_too: bool) -> String {
        let data = &self.nodes[node.index()];
        match data.kind {
            NodeKind::Root | NodeKind::Element => {
                if let [only] = data.children[..]
                    && self.kind(only) == NodeKind::Text
                {
                    return self.nodes[only.index()].text.clone();
                }
                let mut text = String::new();
                let mut open: Vec<NodeId> = data.children.iter().rev().copied().collect();
                while let Some(next) = open.pop() {
                    let data = &self.nodes[next.index()];
                    match data.kind {
                        NodeKind::Text => text.push_str(&data.text),
                        NodeKind::Element if hidden_too || !data.hidden => open.extend(data.children.iter().rev()),
                        _ => {}
                    }
                }
                text
            }
            _ => data.text.clone(),
        }
    }

    /// The node's place in document order: roots one after another, an element before its attributes, these before its children.
    pub fn order(&self, node: NodeId) -> u32 {
        self.order.get_or_init(|| self.number()).get(node.index()).copied().unwrap_or(u32::MAX)
    }

    fn number(&self) -> Vec<u32> {
        let mut order = vec![u32::MAX; self.nodes.len()];
        let mut open: Vec<NodeId> = self.roots.iter().rev().copied().collect();
        let mut next = 0;
        while let Some(node) = open.pop() {
            let data = &self.nodes[node.index()];
            order[node.index()] = next;
            next += 1;
            for attribute in &data.attributes {
                order[attribute.index()] = next;
                next += 1;
            }
            open.extend(data.children.iter().rev());
        }
        order
    }

    fn index_again(&mut self, parent: NodeId, local: &str) {
        let named: Vec<NodeId> = self.nodes[parent.index()]
            .children
            .iter()
            .copied()
            .filter(|child| {
                let data = &self.nodes[child.index()];
                data.kind == NodeKind::Element && data.name.local == local
            })
            .collect();
        self.by_name.entry(parent.0).or_default().insert(local.to_owned(), named);
    }

    fn push(&mut self, kind: NodeKind, parent: Option<NodeId>, name: Name, text: String) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(NodeData {
            kind,
            parent,
            name,
            text,
            children: Vec::new(),
            attributes: Vec::new(),
            hidden: false,
        });
        self.order.take();
        id
    }
}
