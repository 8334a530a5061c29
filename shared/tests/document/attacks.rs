//! Every attack on a change that we know of, and what the guard says to it.

use ancu_shared::clock::UtcMillis;
use ancu_shared::document::guard::{GuardError, check_change};
use ancu_shared::document::{Document, DocumentError};
use ancu_shared::id::{ActorId, ChangeHash};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, ObjType, ROOT, ScalarValue};

use crate::chunk::{ACTION, Chunk, INSERT, KEY, META, PRED_ACTOR, PRED_COUNT, PRED_COUNTER, VALUE, sleb, uleb, wrap};

const ME: ActorId = ActorId([7; 16]);

fn honest() -> Chunk {
    Chunk::put(ME, "h/name", "Nhà trọ Hoa Sen")
}

fn refused(bytes: &[u8]) -> GuardError {
    check_change(bytes, RecordKind::Facility).expect_err("must be refused")
}

/// A change that Automerge itself makes.
fn automerge_made(write: impl FnOnce(&mut AutoCommit)) -> Vec<u8> {
    let mut document = AutoCommit::new().with_actor(automerge::ActorId::from(&ME.as_bytes()[..]));
    write(&mut document);
    document.commit();
    document.get_last_local_change().expect("a change").raw_bytes().to_vec()
}

#[test]
fn a_chunk_written_by_hand_is_the_one_that_a_device_writes() {
    let mut device = Document::new(ME);
    device.put(&Key::Header("name".into()), &Scalar::from("Nhà trọ Hoa Sen")).expect("put");
    let change = device.commit(UtcMillis(1_795_285_800_000)).expect("commit").expect("a change");
    assert_eq!(honest().bytes(), change.bytes);
    // Kept for ever: a change of this version must be read by every later one.
    let kept = "856f4a83e03dfb76014b0010070707070707070707070707070707070101c0a8fdfa9f340000061508340142025603571270027f\
                06682f6e616d65017f017fa6024e68c3a0207472e1bb8d20486f612053656e7f00";
    assert_eq!(hex::encode(&change.bytes), kept);
    assert_eq!(check_change(&change.bytes, RecordKind::Facility), Ok(change));
}

#[test]
fn chunks_that_are_no_plain_change_are_refused() {
    let bytes = honest().bytes();
    let mut checksum = bytes.clone();
    checksum[5] ^= 1;
    assert_eq!(refused(&checksum), GuardError::Checksum);
    let mut content = bytes.clone();
    *content.last_mut().expect("a byte") ^= 1;
    assert_eq!(refused(&content), GuardError::Checksum);
    for kind in [0, 2, 3, 9] {
        assert_eq!(refused(&Chunk { kind, ..honest() }.bytes()), GuardError::ChunkType(kind));
    }
    assert_eq!(refused(&[]), GuardError::Form("the bytes end too early"));
    assert_eq!(refused(&[bytes.clone(), vec![0]].concat()), GuardError::Form("the length is not the chunk's"));
    assert_eq!(refused(&vec![0; 70_000]), GuardError::TooLarge(70_000));
    // Half a megabyte of zeros, deflated to little: refused by its type, before anything is inflated.
    let bomb = wrap(2, &vec![0; 4_000]);
    assert_eq!(refused(&bomb), GuardError::ChunkType(2));
    for length in 0..bytes.len() {
        refused(&bytes[..length]);
    }
}

#[test]
fn heads_of_changes_are_exact() {
    let form = |reason| GuardError::Form(reason);
    let hash = ChangeHash([3; 32]);
    let other = |byte: u8| vec![byte; 16];
    for (chunk, expected) in [
        (Chunk { actor: vec![7; 15], ..honest() }, form("an actor has 16 bytes")),
        (Chunk { actor: vec![7; 32], ..honest() }, form("an actor has 16 bytes")),
        (Chunk { sequence: 0, ..honest() }, form("sequence and operation numbers begin at 1")),
        (Chunk { start_op: 0, ..honest() }, form("sequence and operation numbers begin at 1")),
        (Chunk { time: i64::MAX, ..honest() }, form("the time is no date")),
        (Chunk { message: b"hello".to_vec(), ..honest() }, form("a change carries no message")),
        (Chunk { extra: vec![1], ..honest() }, form("bytes after the columns")),
        (Chunk { dependencies: vec![hash; 2], ..honest() }, form("a dependency is named twice")),
        (
            Chunk { dependencies: (0..257_u16).map(|n| ChangeHash([n as u8; 32])).collect(), ..honest() },
            form("too many dependencies"),
        ),
        (Chunk { other_actors: vec![other(9), other(8)], ..honest() }, form("other actors are sorted and named once")),
        (Chunk { other_actors: vec![other(7)], ..honest() }, form("other actors are sorted and named once")),
        // Named and not needed: not what Automerge writes.
        (Chunk { other_actors: vec![other(9)], ..honest() }, GuardError::NotCanonical),
    ] {
        assert_eq!(refused(&chunk.bytes()), expected, "{chunk:?}");
    }
    // Counters near the end of their range brick a document for everybody.
    for start_op in [1 << 30, 4_000_000_000, 4_294_967_295, 1 << 32, u64::MAX] {
        assert_eq!(refused(&Chunk { start_op, ..honest() }.bytes()), GuardError::Counter);
    }
    // A clock that is decades wrong is no reason to lose work.
    for time in [-2_000_000_000_000, 0, 4_000_000_000_000] {
        let chunk = Chunk { time, ..honest() };
        assert_eq!(check_change(&chunk.bytes(), RecordKind::Facility).map(|change| change.at), Ok(UtcMillis(time)));
    }
    // A number spelled longer than needed would be a second spelling of one change.
    let body = crate::chunk::body(&honest().bytes()).to_vec();
    let longer = [&[0x80, 0x00], &body[1..]].concat();
    assert_eq!(refused(&wrap(1, &longer)), form("a number in a longer spelling than needed"));
}

#[test]
fn run_lengths_cannot_make_work() {
    // 64 bytes that claim a million operations.
    for claimed in [5_000_i64, 1_000_000, 10_000_000, i64::MAX] {
        let mut run = Vec::new();
        sleb(&mut run, claimed);
        let chunk = honest().with(ACTION, &[&run[..], &[1]].concat()).with(VALUE, &[]);
        assert_eq!(refused(&chunk.bytes()), GuardError::TooManyOperations);
        let chunk = honest().with(PRED_ACTOR, &[&run[..], &[0]].concat());
        assert!(matches!(refused(&chunk.bytes()), GuardError::TooManyOperations | GuardError::Form(_)));
        // The same claimed for a literal, whose values then are not there.
        let mut literal = Vec::new();
        sleb(&mut literal, -claimed);
        let chunk = honest().with(KEY, &literal);
        assert!(matches!(refused(&chunk.bytes()), GuardError::TooManyOperations | GuardError::Form(_)));
    }
    for (column, content, expected) in [
        (KEY, &[0x00, 0x05][..], "an empty cell in a column that has none"),
        (ACTION, &[0x02, 0x01], "columns of different lengths"),
        (ACTION, &[], "a change has at least one operation"),
        (ACTION, &[0x7f, 0x00], "an operation that is neither put nor delete"),
        (ACTION, &[0x7f, 0x05], "an operation that is neither put nor delete"),
        (ACTION, &[0x7f, 0x63], "an operation that is neither put nor delete"),
        (INSERT, &[0x00, 0x01], "an insertion"),
        (INSERT, &[0x02], "columns of different lengths"),
        (META, &[0x7f, 0x16], "values of another length than said"),
        (VALUE, b"x", "values of another length than said"),
        (PRED_COUNT, &[0x7f, 0x01], "predecessors of another number than said"),
        (PRED_ACTOR, &[0x7f, 0x00], "predecessors of another number than said"),
        (17, &[0x7f, 0x00], "a column that flat records do not have"),
        (165, &[0x7f, 0x01, 0x61], "a column that flat records do not have"),
        (KEY | 8, &[0x78, 0x9c], "a column is deflated"),
    ] {
        assert_eq!(
            refused(&honest().with(column, content).bytes()),
            GuardError::Form(expected),
            "{column} {content:?}"
        );
    }
    // A predecessor of an actor that is not named would make the decoding panic.
    let chunk = honest().with(PRED_COUNT, &[0x7f, 1]).with(PRED_ACTOR, &[0x7f, 5]).with(PRED_COUNTER, &[0x7f, 1]);
    assert_eq!(refused(&chunk.bytes()), GuardError::Form("a predecessor of an unnamed actor"));
    let mut doubled = honest();
    doubled.columns.insert(0, (KEY, vec![0x7f, 1, b'a']));
    assert_eq!(refused(&doubled.bytes()), GuardError::Form("columns are sorted, named once and not empty"));
    let mut huge = Vec::new();
    uleb(&mut huge, (1 << 60) | 6);
    let chunk = honest().with(META, &[&[0x7f], &huge[..]].concat());
    assert_eq!(refused(&chunk.bytes()), GuardError::Form("values of another length than said"));
}

#[test]
fn only_scalars_at_known_root_keys() {
    for (what, bytes) in [
        ("a map", automerge_made(|document| drop(document.put_object(ROOT, "h/name", ObjType::Map)))),
        ("a list", automerge_made(|document| drop(document.put_object(ROOT, "h/name", ObjType::List)))),
        ("a text", automerge_made(|document| drop(document.put_object(ROOT, "h/name", ObjType::Text)))),
        (
            "below the root",
            automerge_made(|document| {
                let map = document.put_object(ROOT, "h/name", ObjType::Map).expect("a map");
                document.commit();
                document.put(map, "h/name", 1).expect("put");
            }),
        ),
        (
            "an increment",
            automerge_made(|document| {
                document.put(ROOT, "h/name", ScalarValue::counter(1)).expect("put");
                document.commit();
                document.increment(ROOT, "h/name", 1).expect("increment");
            }),
        ),
        (
            "a message",
            automerge_made(|document| {
                document.put(ROOT, "h/name", "a").expect("put");
                document.commit_with(CommitOptions::default().with_message("m"));
            }),
        ),
        (
            "an author in the extra bytes",
            automerge_made(|document| {
                document.set_author(Some(automerge::Author::from(b"someone".to_vec())));
                document.put(ROOT, "h/name", "a").expect("put");
            }),
        ),
    ] {
        assert!(matches!(refused(&bytes), GuardError::Form(_)), "{what}: {:?}", refused(&bytes));
    }
    for value in [
        ScalarValue::counter(1),
        ScalarValue::Uint(1),
        ScalarValue::Timestamp(1),
        ScalarValue::Bytes(vec![1]),
        ScalarValue::F64(f64::NAN),
        ScalarValue::F64(f64::INFINITY),
        ScalarValue::Str("x".repeat(16_385).into()),
        ScalarValue::Str("e\u{302}".into()),
    ] {
        let bytes = automerge_made(|document| document.put(ROOT, "h/name", value.clone()).expect("put"));
        assert!(matches!(refused(&bytes), GuardError::Value { .. }), "{value:?}");
    }
    for (key, kind) in [("", RecordKind::Facility), ("h/Name", RecordKind::Facility), ("x/y", RecordKind::Review)] {
        let bytes = Chunk::put(ME, key, "a").bytes();
        assert_eq!(check_change(&bytes, kind), Err(GuardError::Key(key.into())));
    }
    let bytes = Chunk::put(ME, "i/ESC-01", "a").bytes();
    assert!(matches!(check_change(&bytes, RecordKind::Review), Err(GuardError::KeyNotAllowed { .. })));
    // Text that is no UTF-8.
    let chunk = Chunk::put(ME, "h/name", "abcd").with(VALUE, &[0xff, 0xfe, 0xfd, 0xfc]);
    assert!(matches!(refused(&chunk.bytes()), GuardError::Unreadable(_)));
    // A delete of nothing, and a predecessor that is not before its operation.
    let nothing = honest().with(ACTION, &[0x7f, 3]).with(META, &[0x7f, 0]).with(VALUE, &[]);
    assert_eq!(refused(&nothing.bytes()), GuardError::Operation { index: 0, reason: "a delete of nothing" });
    let pred = honest().with(PRED_COUNT, &[0x7f, 1]).with(PRED_ACTOR, &[0x7f, 0]);
    for counter in [0, 1, 2, 63] {
        assert_eq!(refused(&pred.clone().with(PRED_COUNTER, &[0x7f, counter]).bytes()), GuardError::Counter);
    }
}

#[test]
fn a_change_out_of_place_is_refused_and_the_document_goes_on() {
    let check = |chunk: &Chunk| check_change(&chunk.bytes(), RecordKind::Facility).expect("form is right");
    let first = check(&honest());
    let second = Chunk { dependencies: vec![first.hash], sequence: 2, start_op: 2, ..honest() };
    let pred = |counter: u8, actor: u8| {
        second
            .clone()
            .with(PRED_COUNT, &[0x7f, 1])
            .with(PRED_ACTOR, &[0x7f, actor])
            .with(PRED_COUNTER, &[0x7f, counter])
    };
    let other_key = {
        let mut chunk = pred(1, 0);
        chunk.columns[0] = Chunk::put(ME, "h/note", "").columns[0].clone();
        chunk
    };
    let stranger = Chunk { other_actors: vec![vec![9; 16]], ..pred(1, 1) };
    for (what, chunk) in [
        // Sequence 77 first makes Automerge panic.
        ("a gap", Chunk { sequence: 77, ..second.clone() }),
        ("the same place again", Chunk::put(ME, "h/name", "khác")),
        ("operations that begin too late", Chunk { start_op: 3, ..second.clone() }),
        ("operations that begin a billion later", Chunk { start_op: 1_000_000_000, ..second.clone() }),
        ("operations with ids given before", Chunk { start_op: 1, dependencies: vec![], ..second.clone() }),
        ("a predecessor of another key", other_key),
        ("a predecessor of a stranger", stranger),
    ] {
        let mut document = Document::new(ActorId([1; 16]));
        document.apply(std::slice::from_ref(&first)).expect("apply");
        let error = document.apply(&[check(&chunk)]).expect_err(what);
        assert!(matches!(error, DocumentError::Damaged(_)), "{what}: {error}");
        document.apply(&[check(&pred(1, 0))]).expect("the honest one still fits");
        assert_eq!(document.cells().expect("cells").len(), 1);
        document.save().expect("save");
    }
    let unknown = Chunk { dependencies: vec![ChangeHash([5; 32])], ..second.clone() };
    let mut document = Document::new(ActorId([1; 16]));
    assert_eq!(document.apply(&[check(&unknown)]), Err(DocumentError::Missing(vec![ChangeHash([5; 32])])));
}
