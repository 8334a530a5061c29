//! Random histories of several devices: our cells are Automerge's own reading, in whatever order changes arrive.

use std::collections::{BTreeMap, HashSet};

use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::document::cells::{apply_operation, winner};
use ancu_shared::document::guard::{CheckedChange, check_change};
use ancu_shared::document::{Document, DocumentError};
use ancu_shared::id::{ActorId, ChangeHash, DocumentId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::{Cell, Scalar};
use ancu_shared::text::nfc;
use proptest::prelude::*;

/// One step of a history; numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    Put { device: usize, key: usize, value: usize },
    Commit { device: usize },
    Merge { from: usize, to: usize, order: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..8_usize, 0..4_usize, 0..7_usize)
            .prop_map(|(device, key, value)| Step::Put { device, key, value }),
        4 => (0..8_usize).prop_map(|device| Step::Commit { device }),
        2 => (0..8_usize, 0..8_usize, any::<u64>()).prop_map(|(from, to, order)| Step::Merge { from, to, order }),
    ]
}

/// A device: the document, its log, and the cells that its store would hold.
struct Device {
    document: Document,
    log: Vec<CheckedChange>,
    cells: BTreeMap<String, Vec<Cell>>,
}

impl Device {
    fn new(number: usize) -> Self {
        let actor = ActorId([number as u8 + 1; 16]);
        Self { document: Document::new(actor), log: Vec::new(), cells: BTreeMap::new() }
    }

    fn keep(&mut self, change: &CheckedChange) {
        for operation in &change.operations {
            apply_operation(self.cells.entry(operation.key.clone()).or_default(), operation, change.at);
        }
        self.log.push(change.clone());
    }

    fn commit(&mut self, at: i64) {
        if let Some(change) = self.document.commit(UtcMillis(at)).expect("commit") {
            let read = check_change(&change.bytes, RecordKind::Facility).expect("an honest change passes the guard");
            assert_eq!(read, change);
            self.keep(&change);
        }
    }

    fn take(&mut self, from: &[CheckedChange], random: &mut SeededRandom) {
        let known: HashSet<_> = self.log.iter().map(|change| change.hash).collect();
        let new: Vec<_> = from.iter().filter(|change| !known.contains(&change.hash)).cloned().collect();
        let new = causal_shuffle(new, known, random);
        self.document.apply(&new).expect("apply");
        for change in &new {
            self.keep(change);
        }
    }

    fn stored_cells(&self) -> Vec<Cell> {
        self.cells.values().flatten().cloned().collect()
    }
}

/// A random order in which every change comes after those that it builds on.
fn causal_shuffle(
    mut changes: Vec<CheckedChange>,
    mut known: HashSet<ChangeHash>,
    random: &mut SeededRandom,
) -> Vec<CheckedChange> {
    let mut ordered = Vec::with_capacity(changes.len());
    while !changes.is_empty() {
        let ready: Vec<_> = (0..changes.len())
            .filter(|index| changes[*index].dependencies.iter().all(|hash| known.contains(hash)))
            .collect();
        let change = changes.swap_remove(ready[random.below(ready.len())]);
        known.insert(change.hash);
        ordered.push(change);
    }
    ordered
}

fn key(number: usize) -> Key {
    Key::Header(["name", "storeys", "latitude", "note"][number % 4].to_owned())
}

fn value(number: usize) -> Scalar {
    match number % 7 {
        0 => Scalar::from("Nhà trọ Hoa Sen"),
        1 => Scalar::from("Khương Đình"),
        2 => Scalar::Int(-7),
        3 => Scalar::Number(20.993_1),
        4 => Scalar::Bool(true),
        5 => Scalar::Null,
        _ => Scalar::from(""),
    }
}

fn play(devices: usize, steps: &[Step]) {
    let mut team: Vec<_> = (0..devices).map(Device::new).collect();
    let mut random = SeededRandom::new(steps.len() as u64);
    for (time, step) in steps.iter().enumerate() {
        match step {
            Step::Put { device, key: at, value: what } => {
                team[device % devices].document.put(&key(*at), &value(*what)).expect("put");
            }
            Step::Commit { device } => team[device % devices].commit(time as i64),
            Step::Merge { from, to, order } => {
                let (from, to) = (from % devices, to % devices);
                if from != to {
                    let log = team[from].log.clone();
                    team[to].take(&log, &mut SeededRandom::new(*order));
                }
            }
        }
    }
    for (index, device) in team.iter_mut().enumerate() {
        device.commit(1_000 + index as i64);
        assert_eq!(device.document.cells().expect("cells"), device.stored_cells());
    }
    for to in 0..devices {
        for from in 0..devices {
            let log = team[from].log.clone();
            if from != to {
                team[to].take(&log, &mut random);
            }
        }
    }
    let expected = team[0].stored_cells();
    for device in &mut team {
        assert_eq!(device.stored_cells(), expected, "all devices hold the same cells");
        assert_eq!(device.document.cells().expect("cells"), expected, "Automerge reads the same");
    }
    // What is shown is the greatest live put, for Automerge as for us.
    for cells in team[0].cells.values() {
        assert_eq!(winner(cells), cells.last());
    }
    reload(&mut team[0], &mut random);
}

/// A snapshot and the log, in any order, give the same document again.
fn reload(device: &mut Device, random: &mut SeededRandom) {
    let expected = device.stored_cells();
    let heads = device.document.heads().expect("heads");
    let snapshot = device.document.save().expect("save");
    let mut log: Vec<_> = device.log.iter().map(|change| change.bytes.clone()).collect();
    for index in (1..log.len()).rev() {
        log.swap(index, random.below(index + 1));
    }
    let stranger = ActorId([99; 16]);
    for (start, log) in [(Some(&snapshot[..]), &log[..0]), (None, &log[..]), (Some(&snapshot[..]), &log[..])] {
        let again = Document::load(start, log.iter().map(Vec::as_slice), stranger);
        let mut again = again.expect("load");
        assert_eq!(again.cells().expect("cells"), expected);
        assert_eq!(again.heads().expect("heads"), heads);
        // The reloaded document goes on from there.
        again.put(&key(0), &Scalar::from("tiếp")).expect("put");
        let change = again.commit(UtcMillis(9_999)).expect("commit").expect("a change");
        assert_eq!(change.dependencies.iter().copied().collect::<HashSet<_>>(), heads.iter().copied().collect());
        // And a document of the snapshot alone takes that change in.
        let mut other = Document::load(Some(&snapshot[..]), [], stranger).expect("load");
        other.apply(std::slice::from_ref(&change)).expect("apply");
        assert_eq!(other.cells().expect("cells"), again.cells().expect("cells"));
    }
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        "[a-z0-9_]{1,48}".prop_map(Key::Header),
        "[A-Za-z0-9._-]{1,48}".prop_map(Key::Item),
        ("[A-Z]{3}-[0-9]{2}", "[a-z]{1,9}").prop_map(|(item, name)| Key::Finding(item, name)),
        any::<[u8; 16]>().prop_map(|actor| Key::Seal(ActorId(actor))),
        ("[a-z]{1,9}", any::<[u8; 16]>(), "[a-z]{1,9}").prop_map(|(group, id, name)| Key::Repeat(
            group,
            DocumentId::from_bytes(id).0,
            name
        )),
    ]
}

fn any_scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Bool),
        any::<i64>().prop_map(Scalar::Int),
        proptest::num::f64::NORMAL.prop_map(Scalar::Number),
        (-50..50_i64).prop_map(Scalar::Int),
        any::<String>().prop_map(|text| Scalar::Text(nfc(&text))),
        (0..2_000_usize).prop_map(|length| Scalar::Text("ế".repeat(length))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// What the guard refuses, no device writes: whatever is put, every commit passes it.
    #[test]
    fn every_commit_passes_the_guard(
        sessions in proptest::collection::vec(proptest::collection::vec((any_key(), any_scalar()), 0..40), 1..4),
        time in -377_705_023_201_000..253_402_207_200_999_i64,
    ) {
        let mut document = Document::new(ActorId([5; 16]));
        for puts in sessions {
            let changes = document.write_all(puts.iter().map(|(key, value)| (key, value)), UtcMillis(time));
            for change in changes.expect("write") {
                prop_assert_eq!(change.at, UtcMillis(time));
            }
        }
        document.save().expect("save");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn cells_are_automerges_own_reading(
        devices in 2..=5_usize,
        steps in proptest::collection::vec(step(), 1..70),
    ) {
        play(devices, &steps);
    }
}

#[test]
fn a_put_of_the_shown_value_over_a_clash_settles_it() {
    let (mut one, mut two) = (Device::new(0), Device::new(1));
    let name = key(0);
    one.document.put(&name, &Scalar::from("A")).expect("put");
    one.commit(1);
    two.document.put(&name, &Scalar::from("B")).expect("put");
    two.commit(2);
    let mut random = SeededRandom::new(1);
    let log = two.log.clone();
    one.take(&log, &mut random);
    assert_eq!(one.stored_cells().len(), 2);
    // The greater actor is shown: two's. Saying it again takes the other away.
    assert!(one.document.put(&name, &Scalar::from("B")).expect("put"));
    one.commit(3);
    assert_eq!(one.stored_cells().len(), 1);
    assert!(one.log.last().is_some_and(|change| change.operations.iter().any(|operation| operation.put.is_none())));
    assert_eq!(one.document.cells().expect("cells"), one.stored_cells());
    assert!(!one.document.put(&name, &Scalar::from("B")).expect("put"), "nothing is left to write");
    assert_eq!(one.document.commit(UtcMillis(4)), Ok(None));
}

#[test]
fn what_is_missing_or_damaged_is_said() {
    let mut one = Device::new(0);
    for (time, name) in ["a", "b", "c"].into_iter().enumerate() {
        one.document.put(&key(0), &Scalar::from(name)).expect("put");
        one.commit(time as i64);
    }
    let log: Vec<_> = one.log.iter().map(|change| change.bytes.as_slice()).collect();
    let gap = Document::load(None, [log[0], log[2]], ActorId([2; 16]));
    assert_eq!(gap.err(), Some(DocumentError::Missing(vec![one.log[1].hash])));
    let mut other = Document::new(ActorId([2; 16]));
    assert_eq!(other.apply(&one.log[1..]), Err(DocumentError::Missing(vec![one.log[0].hash])));
    other.apply(&one.log).expect("a refused batch leaves the document as it was");

    let snapshot = one.document.save().expect("save");
    for index in 0..snapshot.len() {
        let mut damaged = snapshot.clone();
        damaged[index] ^= 0x10;
        assert!(Document::load(Some(&damaged), [], ActorId([2; 16])).is_err(), "byte {index}");
        assert!(Document::load(Some(&snapshot[..index]), [], ActorId([2; 16])).is_err(), "cut at {index}");
    }
}

#[test]
fn a_long_session_is_split_and_none_of_it_is_lost() {
    let mut document = Document::new(ActorId([1; 16]));
    let long = Scalar::Text("đ".repeat(8_000));
    let puts: Vec<_> = (0..20)
        .map(|number| (Key::Header(format!("note_{number}")), long.clone()))
        .chain([(key(1), Scalar::Int(3))])
        .collect();
    let changes = document.write_all(puts.iter().map(|(key, value)| (key, value)), UtcMillis(5)).expect("write");
    assert!(changes.len() > 4 && changes.iter().all(|change| change.at == UtcMillis(5)));
    assert_eq!(document.cells().expect("cells").len(), 21);

    let many: Vec<_> = (0..2_500).map(|number| (Key::Header(format!("n_{number}")), Scalar::Int(number))).collect();
    let changes = document.write_all(many.iter().map(|(key, value)| (key, value)), UtcMillis(6)).expect("write");
    assert_eq!(changes.iter().map(|change| change.operations.len()).sum::<usize>(), 2_500);
    for bad in [Scalar::Number(f64::NAN), Scalar::Text("e\u{302}".into()), Scalar::Text("x".repeat(16_385))] {
        assert!(matches!(document.put(&key(0), &bad), Err(DocumentError::Guard(_))));
    }
}
