//! The cells of a record, kept up change by change without loading the document.
//!
//! Invariant: for flat records the live puts of a key after any causal order of its operations are exactly Automerge's own
//! (`get_all`): a put removes the puts that it names and adds itself, a delete only removes. The property tests of this
//! crate hold both readings against each other.

use std::collections::BTreeMap;

use super::guard::{CheckedChange, Operation};
use crate::clock::UtcMillis;
use crate::record::value::Cell;

/// Applies one operation to the live cells **of its key**. Operations come in causal order, each once.
pub fn apply_operation(cells: &mut Vec<Cell>, operation: &Operation, at: UtcMillis) {
    cells.retain(|cell| !operation.replaces.contains(&cell.operation));
    if let Some(value) = &operation.put {
        let cell = Cell { key: operation.key.clone(), operation: operation.id, value: value.clone(), at };
        // Ascending, so that the last one is the value shown and equal states compare equal.
        let place = cells.partition_point(|known| known.operation < operation.id);
        cells.insert(place, cell);
    }
}

/// The live cells of a record that begins with these changes, in the order of their keys.
pub fn begun<'a>(changes: impl IntoIterator<Item = &'a CheckedChange>) -> Vec<Cell> {
    let mut keys: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
    for change in changes {
        for operation in &change.operations {
            apply_operation(keys.entry(&operation.key).or_default(), operation, change.at);
        }
    }
    keys.into_values().flatten().collect()
}

/// The value shown among the live cells of one key: the greatest (counter, actor).
pub fn winner(cells: &[Cell]) -> Option<&Cell> {
    cells.iter().max_by_key(|cell| cell.operation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ActorId;
    use crate::record::value::{OperationId, Scalar};

    fn id(counter: u64, actor: u8) -> OperationId {
        OperationId { counter, actor: ActorId([actor; 16]) }
    }

    fn operation(id: OperationId, put: Option<&str>, replaces: &[OperationId]) -> Operation {
        Operation { key: "h/name".into(), id, put: put.map(Scalar::from), replaces: replaces.to_vec() }
    }

    #[test]
    fn concurrent_puts_clash_until_one_names_both() {
        let mut cells = Vec::new();
        apply_operation(&mut cells, &operation(id(1, 1), Some("a"), &[]), UtcMillis(1));
        apply_operation(&mut cells, &operation(id(2, 2), Some("b"), &[id(1, 1)]), UtcMillis(2));
        apply_operation(&mut cells, &operation(id(2, 1), Some("c"), &[id(1, 1)]), UtcMillis(3));
        assert_eq!(cells.len(), 2);
        // Equal counters: the greater actor is shown, whatever the clocks said.
        assert_eq!(winner(&cells).map(|cell| cell.value.clone()), Some(Scalar::from("b")));
        apply_operation(&mut cells, &operation(id(3, 1), None, &[id(2, 1)]), UtcMillis(4));
        assert_eq!(cells.len(), 1);
        apply_operation(&mut cells, &operation(id(4, 1), Some("d"), &[id(2, 2)]), UtcMillis(5));
        assert_eq!(cells.iter().map(|cell| cell.operation).collect::<Vec<_>>(), [id(4, 1)]);
        assert_eq!(winner(&[]), None);
    }
}
