//! Mutated envelopes: nothing panics, no signature is bent, and what a hostile insider gets admitted harms nobody.

use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::document::guard::check_change;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{Verdict, check_envelope};
use automerge::legacy;
use sha2::{Digest, Sha256};

use crate::chunk;
use crate::world::{Server, WARD, Writer, record_id};

const PREMISES: DocumentId = record_id(50);

/// Two officers with clashing work at one premises: the server with the first part, and an envelope that follows.
fn scene() -> (Server, Writer, Vec<u8>) {
    let mut server = Server::default();
    let mut one = Writer::new(1, RecordKind::Facility, PREMISES);
    let mut two = Writer::new(2, RecordKind::Facility, PREMISES);
    server.enrol(&one, Role::CommuneDataOfficer);
    server.enrol(&two, Role::CommuneDataOfficer);
    one.create(&[("h/name", Scalar::from("Nhà trọ Hoa Sen")), ("h/storeys", Scalar::Int(5))]);
    assert_eq!(server.receive(&one.envelope()), Verdict::Admit { known: 0, unit: WARD });
    two.document.apply(server.log(PREMISES)).expect("apply");
    two.write(&[("h/name", Scalar::from("Nhà trọ Sen Hồng")), ("h/latitude", Scalar::Number(20.99))]);
    one.write(&[("h/name", Scalar::from("Hoa Sen")), ("h/unheard_of", Scalar::Bool(true))]);
    assert_eq!(server.receive(&one.envelope()), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.receive(&two.envelope()), Verdict::Admit { known: 0, unit: WARD });
    one.document.apply(server.log(PREMISES)).expect("apply");
    one.write(&[("h/name", Scalar::from("Hoa Sen 2")), ("h/storeys", Scalar::Null), ("h/alley", Scalar::from("3"))]);
    one.write(&[("h/name", Scalar::from("Hoa Sen 3")), ("h/latitude", Scalar::Number(20.99))]);
    let envelope = one.envelope();
    (server, one, envelope)
}

/// How often a test repeats, and from which seed: `ANCU_ROUNDS` multiplies, `ANCU_SEED` replaces, for longer hunts.
fn hunt(rounds: usize, seed: u64) -> (usize, SeededRandom) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (times, seed) = (number("ANCU_ROUNDS").unwrap_or(1), number("ANCU_SEED").unwrap_or(seed));
    println!("ANCU_SEED={seed} ANCU_ROUNDS={times}");
    (rounds * times as usize, SeededRandom::new(seed))
}

/// Changes bytes: flips, overwrites, cuts, doubles.
fn mutate(bytes: &mut Vec<u8>, random: &mut SeededRandom) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(6) {
            _ if bytes.is_empty() => bytes.push(random.next_u64() as u8),
            0 | 1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, random.next_u64() as u8][random.below(6)],
            3 => drop(bytes.remove(at)),
            4 => bytes.insert(at, random.next_u64() as u8),
            _ => {
                let end = (at + random.below(24)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
        }
    }
}

#[test]
fn mutants_are_never_admitted_under_a_signature_that_is_not_theirs() {
    let (server, _, honest) = scene();
    let (rounds, mut random) = hunt(3_000, 20_261_121);
    for round in 0..rounds {
        let mut mutant = honest.clone();
        mutate(&mut mutant, &mut random);
        if mutant == honest {
            continue;
        }
        let mut server = server.clone();
        let verdict = server.receive(&mutant);
        assert!(matches!(verdict, Verdict::Quarantine(_)), "round {round}: {verdict:?}");
    }
    assert_eq!(server.clone().receive(&honest), Verdict::Admit { known: 0, unit: WARD });
}

#[test]
fn what_a_hostile_insider_gets_admitted_harms_no_document() {
    let (server, writer, honest) = scene();
    let changes = Envelope::decode(&honest).expect("decode").changes;
    let (rounds, mut random) = hunt(4_000, 7);
    let (mut admitted, mut refused) = (0, 0);
    for round in 0..rounds {
        // Mutate the inside of one change, repair length and checksum, and sign it: only an insider can.
        let index = random.below(changes.len());
        let chunks: Vec<_> = changes[..=index]
            .iter()
            .enumerate()
            .map(|(place, bytes)| {
                let mut body = chunk::body(bytes).to_vec();
                if place == index {
                    mutate(&mut body, &mut random);
                }
                let bytes = chunk::wrap(1, &body);
                (ChangeHash(Sha256::digest(&bytes[8..]).into()), bytes)
            })
            .collect();
        let mut server = server.clone();
        let envelope = writer.envelope_of_bytes(chunks);
        match server.receive(&envelope) {
            Verdict::Admit { .. } => {
                admitted += 1;
                harmless(&server, round);
            }
            Verdict::Quarantine(_) | Verdict::Waiting { .. } => refused += 1,
            Verdict::AlreadyKnown => panic!("round {round}: a new change is not known"),
        }
    }
    assert!(admitted > 20 && refused > 1_000, "{admitted} admitted, {refused} refused: the mutants reach both");
}

/// A well-formed change of an insider that says what it likes: any predecessors, keys, deletes, dependencies.
fn forge(actor: &ActorId, server: &Server, random: &mut SeededRandom) -> Vec<u8> {
    let log = server.log(PREMISES);
    let own: Vec<_> = log.iter().filter(|change| change.actor == *actor).collect();
    let last = own.last().expect("the insider has written before");
    let mut dependencies = vec![last.hash];
    for change in log.iter().filter(|change| change.hash != last.hash) {
        if random.below(3) == 0 {
            dependencies.push(change.hash);
        }
    }
    let before = log.iter().filter(|change| dependencies.contains(&change.hash)).map(|change| change.max_op).max();
    let start_op = before.unwrap_or(0) + 1;
    let puts: Vec<_> =
        log.iter().flat_map(|change| &change.operations).filter(|operation| operation.put.is_some()).collect();
    let operations = (0..=random.below(3)).map(|_| {
        let target = puts[random.below(puts.len())];
        // Mostly predecessors of the key, at times anything.
        let preds = (0..random.below(4)).map(|_| puts[random.below(puts.len())]);
        let mut preds: Vec<_> = preds.filter(|put| put.key == target.key).map(|put| put.id).collect();
        match random.below(24) {
            0 => preds.push(puts[random.below(puts.len())].id),
            1 => preds.push(OperationId { counter: random.next_u64() % 12, actor: *actor }),
            _ => {}
        }
        preds.sort_unstable();
        preds.dedup();
        let action = match random.below(4) {
            0 if !preds.is_empty() => legacy::OpType::Delete,
            1 => legacy::OpType::Put(automerge::ScalarValue::Null),
            _ => legacy::OpType::Put(automerge::ScalarValue::Int((random.next_u64() % 3) as i64 + 1)),
        };
        let pred = preds.iter().map(|put| legacy::OpId::new(put.counter, &automerge::ActorId::from(&put.actor.0[..])));
        let key = legacy::Key::Map(target.key.as_str().into());
        legacy::Op { action, obj: legacy::ObjectId::Root, key, pred: pred.collect(), insert: false }
    });
    let change = automerge::ExpandedChange {
        operations: operations.collect(),
        actor_id: automerge::ActorId::from(&actor.0[..]),
        author: None,
        hash: None,
        seq: last.sequence + 1,
        start_op: std::num::NonZeroU64::new(start_op).expect("from 1"),
        time: random.next_u64() as i64 % 1_000_000,
        message: None,
        deps: dependencies.into_iter().map(|hash| automerge::ChangeHash(hash.0)).collect(),
        extra_bytes: vec![],
    };
    automerge::Change::from(change).raw_bytes().to_vec()
}

#[test]
fn well_formed_changes_that_replace_what_they_like_harm_no_document() {
    let (server, writer, honest) = scene();
    let actor = ActorId::derive(&writer.secret.public(), 0);
    let (rounds, mut random) = hunt(80, 5);
    let (mut admitted, mut refused) = (0, 0);
    for round in 0..rounds {
        let mut server = server.clone();
        server.receive(&honest);
        for _ in 0..6 {
            let bytes = forge(&actor, &server, &mut random);
            let hash = ChangeHash(Sha256::digest(&bytes[8..]).into());
            match server.receive(&writer.envelope_of_bytes(vec![(hash, bytes)])) {
                Verdict::Admit { .. } => admitted += 1,
                Verdict::Quarantine(_) => refused += 1,
                other => panic!("round {round}: {other:?}"),
            }
        }
        harmless(&server, round);
    }
    assert!(admitted > 150 && refused > 30, "{admitted} admitted, {refused} refused: the forgeries reach both");
}

/// Every device can build the document, reads the server's cells in it, and can keep and reload it.
fn harmless(server: &Server, round: usize) {
    let mut document = Document::new(ActorId([9; 16]));
    document.apply(server.log(PREMISES)).unwrap_or_else(|error| panic!("round {round}: {error}"));
    assert_eq!(document.cells().expect("cells"), server.cells(PREMISES), "round {round}");
    let snapshot = document.save().unwrap_or_else(|error| panic!("round {round}: {error}"));
    let again = Document::load(Some(&snapshot), [], ActorId([9; 16]));
    let mut again = again.unwrap_or_else(|error| panic!("round {round}: {error}"));
    again.put(&Key::Header("name".into()), &Scalar::from("tiếp")).expect("put");
    assert!(again.commit(UtcMillis(1)).expect("an honest device goes on").is_some());
}

#[test]
fn mutated_chunks_never_panic_and_read_back_as_they_were_read() {
    let (_, _, honest) = scene();
    let changes = Envelope::decode(&honest).expect("decode").changes;
    let (rounds, mut random) = hunt(6_000, 99);
    let mut passed = 0;
    for _ in 0..rounds {
        let mut body = chunk::body(&changes[random.below(changes.len())]).to_vec();
        mutate(&mut body, &mut random);
        let bytes = chunk::wrap(1, &body);
        if let Ok(change) = check_change(&bytes, RecordKind::Facility) {
            passed += 1;
            assert_eq!(change.bytes, bytes);
            assert_eq!(change.max_op + 1 - change.start_op, change.operations.len() as u64);
            assert_eq!(check_change(&change.bytes, RecordKind::Facility), Ok(change));
        }
    }
    assert!(passed > 100, "{passed} passed: the mutants reach the inside");
}

#[test]
fn the_chunks_of_this_test_are_those_of_the_envelope() {
    let (_, _, honest) = scene();
    let checked = check_envelope(&honest).expect("checked");
    for change in &checked.changes {
        let body = chunk::body(&change.bytes);
        assert_eq!(chunk::wrap(1, body), change.bytes);
        assert_eq!(ChangeHash(Sha256::digest(&change.bytes[8..]).into()), change.hash);
    }
}
