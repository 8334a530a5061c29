//! What a form asks, and by which rules.
//!
//! Invariant: a [`Definition`] has an order in which all its rules can be evaluated.

use thiserror::Error;

use super::graph::Graph;
use super::limits;
use crate::checklist::expression::Expression;

/// A question or a group of one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub(super) u32);

impl ItemId {
    /// The item's number in the order of the form, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an item is.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemKind {
    /// It holds items.
    Group,
    /// It holds items, and stands there any number of times.
    Repeat {
        /// How often, evaluated at the group around the repeat. Without it the person adds and removes.
        count: Option<Expression>,
    },
    /// It holds an answer.
    Question,
}

/// The rules of an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// Whether it is asked at all.
    pub relevant: Option<Expression>,
    /// Its answer, if nobody gives it.
    pub calculate: Option<Expression>,
    /// What an answer must satisfy.
    pub constraint: Option<Expression>,
    /// Whether it must be answered.
    pub required: Option<Expression>,
    /// Whether its answer can be changed.
    pub read_only: Option<Expression>,
    /// The nodes of the choices it offers now. A choice that is not among them is kept, but read by nobody.
    pub offered: Option<Expression>,
}

/// One question or group.
#[derive(Debug, Clone)]
pub struct Item {
    /// The group around it; none for the form itself.
    pub parent: Option<ItemId>,
    /// Its element's name.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
    /// The answer it begins with.
    pub initial: String,
    /// Its rules.
    pub rules: Rules,
    /// What it holds, in order.
    pub children: Vec<ItemId>,
    /// Names from the form down to it: `/data/house/name`.
    pub path: String,
    pub(super) depth: usize,
}

/// A table that comes with the form: a secondary instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// What `instance()` and `pulldata()` call it.
    pub id: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, each as long as the columns.
    pub rows: Vec<Vec<String>>,
}

/// Why a form cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DefinitionError {
    /// More than [`limits::ITEMS`].
    #[error("the form has more than {limit} questions and groups", limit = limits::ITEMS)]
    TooManyItems,
    /// Deeper than [`limits::DEPTH`].
    #[error("{0}: groups are nested deeper than {limit}", limit = limits::DEPTH)]
    TooDeep(String),
    /// Rules read more than [`limits::REFERENCES`] items together.
    #[error("the form's rules read too much")]
    TooManyReferences,
    /// Two items of one name side by side.
    #[error("{0}: the name stands twice")]
    NameTwice(String),
    /// Something was put into a question.
    #[error("{0}: a question holds no questions")]
    NotAGroup(String),
    /// Rules that wait for one another, in a circle; the last reads the first.
    #[error("the rules go round in a circle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
}

/// A form under construction.
#[derive(Debug, Clone)]
pub struct DefinitionBuilder {
    items: Vec<Item>,
    tables: Vec<Table>,
}

impl DefinitionBuilder {
    /// A form whose outermost element has this name.
    pub fn new(name: &str) -> Self {
        let root = Item {
            parent: None,
            name: name.to_owned(),
            kind: ItemKind::Group,
            initial: String::new(),
            rules: Rules::default(),
            children: Vec::new(),
            path: format!("/{name}"),
            depth: 1,
        };
        Self { items: vec![root], tables: Vec::new() }
    }

    /// The form itself.
    pub fn root(&self) -> ItemId {
        ItemId(0)
    }

    /// Adds an item as its group's last.
    pub fn add(
        &mut self,
        parent: ItemId,
        name: &str,
        kind: ItemKind,
        initial: &str,
        rules: Rules,
    ) -> Result<ItemId, DefinitionError> {
        if self.items.len() >= limits::ITEMS {
            return Err(DefinitionError::TooManyItems);
        }
        let group = &self.items[parent.index()];
        let (path, depth) = (format!("{}/{name}", group.path), group.depth + 1);
        if group.kind == ItemKind::Question {
            return Err(DefinitionError::NotAGroup(group.path.clone()));
        }
        if depth > limits::DEPTH {
            return Err(DefinitionError::TooDeep(path));
        }
        let id = ItemId(self.items.len() as u32);
        self.items[parent.index()].children.push(id);
        self.items.push(Item {
            parent: Some(parent),
            name: name.to_owned(),
            kind,
            initial: initial.to_owned(),
            rules,
            children: Vec::new(),
            path,
            depth,
        });
        Ok(id)
    }

    /// Adds a table.
    pub fn add_table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// The same form, every choice offered always.
    pub fn offering_all(mut self) -> Self {
        for item in &mut self.items {
            item.rules.offered = None;
        }
        self
    }

    /// Finds the order of evaluation, or why there is none.
    pub fn build(self) -> Result<Definition, DefinitionError> {
        let mut paths = std::collections::HashSet::new();
        if let Some(item) = self.items.iter().find(|item| !paths.insert(item.path.as_str())) {
            return Err(DefinitionError::NameTwice(item.path.clone()));
        }
        let graph = Graph::new(&self.items)?;
        Ok(Definition { items: self.items, tables: self.tables, graph })
    }
}

/// A form.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(super) items: Vec<Item>,
    pub(super) tables: Vec<Table>,
    pub(super) graph: Graph,
}

impl Definition {
    /// An item.
    pub fn item(&self, id: ItemId) -> &Item {
        &self.items[id.index()]
    }

    /// All items in the order of the form, the form itself first.
    pub fn items(&self) -> impl Iterator<Item = (ItemId, &Item)> {
        self.items.iter().enumerate().map(|(at, item)| (ItemId(at as u32), item))
    }

    /// The item of a path such as `/data/house/name`.
    pub fn find(&self, path: &str) -> Option<ItemId> {
        self.items().find(|(_, item)| item.path == path).map(|(id, _)| id)
    }

    /// The first item of a name.
    pub fn find_named(&self, name: &str) -> Option<ItemId> {
        self.items().find(|(_, item)| item.name == name).map(|(id, _)| id)
    }

    /// How many times a rule reads an item.
    pub fn references(&self) -> usize {
        self.graph.references
    }
}
