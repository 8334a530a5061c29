//! Who reads whom, and in which order to evaluate.
//!
//! Invariant: an item's rank is above the ranks of all that its relevance, its calculation, its choices or its number of
//! repetitions reads, and above its group's. Constraint, required and read-only change no answer, so they need no order.

use std::collections::BTreeSet;

use super::definition::{DefinitionError, Item, ItemId, ItemKind};
use super::limits;
use crate::checklist::expression::{Expression, Reference, ReferenceStep};

/// A rule that reads an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reader {
    /// Whose rule it is.
    pub(super) item: ItemId,
    /// How many elements, from the outermost, the path read and the reader's own path surely share: a reader in a
    /// repetition that reads its neighbour shares the repetition.
    pub(super) shared: usize,
    /// Whether it is the rule for the number of repetitions.
    pub(super) count: bool,
}

/// The rules whose results others read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ordered {
    Relevance,
    Calculation,
    Offer,
    Count,
}

/// The form's dependencies.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    /// By item read: relevance, calculations, choices, numbers of repetitions.
    pub(super) values: Vec<Vec<Reader>>,
    /// By item read: constraints, required, read-only.
    pub(super) checks: Vec<Vec<Reader>>,
    /// By item: its place in the order of evaluation.
    pub(super) rank: Vec<u32>,
    /// By place: the item.
    pub(super) by_rank: Vec<ItemId>,
    pub(super) references: usize,
}

impl Graph {
    pub(super) fn new(items: &[Item]) -> Result<Self, DefinitionError> {
        let mut graph =
            Self { values: vec![Vec::new(); items.len()], checks: vec![Vec::new(); items.len()], ..Self::default() };
        let mut must_precede: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); items.len()];
        for (at, item) in items.iter().enumerate() {
            let id = ItemId(at as u32);
            let rules = &item.rules;
            for check in [&rules.constraint, &rules.required, &rules.read_only].into_iter().flatten() {
                for (read, shared) in reads(items, check, Some(id)) {
                    graph.checks[read.index()].push(Reader { item: id, shared, count: false });
                    graph.references += 1;
                }
            }
            let mut ordered: Vec<(&Expression, Option<ItemId>, Ordered)> = Vec::new();
            ordered.extend(rules.relevant.as_ref().map(|rule| (rule, Some(id), Ordered::Relevance)));
            ordered.extend(rules.calculate.as_ref().map(|rule| (rule, Some(id), Ordered::Calculation)));
            ordered.extend(rules.offered.as_ref().map(|rule| (rule, Some(id), Ordered::Offer)));
            if let ItemKind::Repeat { count: Some(count) } = &item.kind {
                ordered.push((count, item.parent, Ordered::Count));
            }
            for (rule, stands_at, which) in ordered {
                for (read, shared) in reads(items, rule, stands_at) {
                    graph.references += 1;
                    // A calculation may read what it made before: `once(…)`, a running total.
                    if read != id || which != Ordered::Calculation {
                        must_precede[at].insert(read.index());
                    }
                    // `.` alone is the answer that the rule itself makes.
                    if read != id || shared < item.depth {
                        graph.values[read.index()].push(Reader { item: id, shared, count: which == Ordered::Count });
                    }
                }
            }
            must_precede[at].extend(item.parent.map(ItemId::index));
            if graph.references > limits::REFERENCES {
                return Err(DefinitionError::TooManyReferences);
            }
        }
        for readers in graph.values.iter_mut().chain(&mut graph.checks) {
            readers.sort_unstable();
            readers.dedup();
        }
        graph.order(items, &must_precede)?;
        Ok(graph)
    }

    fn order(&mut self, items: &[Item], must_precede: &[BTreeSet<usize>]) -> Result<(), DefinitionError> {
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
        let mut waits: Vec<usize> = must_precede.iter().map(BTreeSet::len).collect();
        for (at, precede) in must_precede.iter().enumerate() {
            for before in precede {
                followers[*before].push(at);
            }
        }
        self.rank = vec![0; items.len()];
        let mut ready: BTreeSet<usize> = (0..items.len()).filter(|at| waits[*at] == 0).collect();
        while let Some(next) = ready.pop_first() {
            self.rank[next] = self.by_rank.len() as u32;
            self.by_rank.push(ItemId(next as u32));
            for follower in &followers[next] {
                waits[*follower] -= 1;
                if waits[*follower] == 0 {
                    ready.insert(*follower);
                }
            }
        }
        if self.by_rank.len() == items.len() {
            return Ok(());
        }
        Err(DefinitionError::Cycle(cycle(items, must_precede, &waits)))
    }
}

/// One circle among the items that never became ready, each reading the next.
fn cycle(items: &[Item], must_precede: &[BTreeSet<usize>], waits: &[usize]) -> Vec<String> {
    let mut walked: Vec<usize> = Vec::new();
    let mut at = waits.iter().position(|waits| *waits > 0).unwrap_or_default();
    while !walked.contains(&at) {
        walked.push(at);
        at = must_precede[at].iter().copied().find(|before| waits[*before] > 0).unwrap_or(at);
    }
    let start = walked.iter().position(|walked| *walked == at).unwrap_or_default();
    walked[start..].iter().map(|at| items[*at].path.clone()).collect()
}

/// A place a path can lead to: an item, or above the form (`None`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    item: Option<ItemId>,
    shared: usize,
}

fn depth(items: &[Item], item: Option<ItemId>) -> usize {
    item.map_or(0, |item| items[item.index()].depth)
}

/// The items an expression reads that stands at an item.
fn reads(items: &[Item], expression: &Expression, stands_at: Option<ItemId>) -> Vec<(ItemId, usize)> {
    let references = expression.references();
    let own = references.iter().filter(|reference| reference.instance.is_none());
    own.flat_map(|reference| resolve(items, reference, stands_at)).collect()
}

fn resolve(items: &[Item], reference: &Reference, stands_at: Option<ItemId>) -> Vec<(ItemId, usize)> {
    let start = if reference.absolute { None } else { stands_at };
    let mut places = BTreeSet::from([Place { item: start, shared: depth(items, start) }]);
    for step in &reference.steps {
        let mut next = BTreeSet::new();
        for place in places {
            let below = match place.item {
                Some(item) => &items[item.index()].children[..],
                None => &[ItemId(0)][..],
            };
            match step {
                ReferenceStep::Up => {
                    if let Some(item) = place.item {
                        let parent = items[item.index()].parent;
                        next.insert(Place { item: parent, shared: place.shared.min(depth(items, parent)) });
                    }
                }
                ReferenceStep::Child(name) => {
                    let named = below.iter().filter(|child| items[child.index()].name == *name);
                    next.extend(named.map(|child| Place { item: Some(*child), ..place }));
                }
                ReferenceStep::AnyChild => {
                    next.extend(below.iter().map(|child| Place { item: Some(*child), ..place }));
                }
                ReferenceStep::Anywhere => {
                    next.insert(place);
                    let mut open = below.to_vec();
                    while let Some(item) = open.pop() {
                        next.insert(Place { item: Some(item), ..place });
                        open.extend(&items[item.index()].children);
                    }
                }
            }
        }
        places = next;
    }
    places.into_iter().filter_map(|place| place.item.map(|item| (item, place.shared))).collect()
}
