//! Mutated envelopes by the thousand, at the real server: it stays up, its memory stays bounded, no mutant is admitted, and
//! every other envelope is. `make mutants N=1000000` for more.

use ancu_shared::clock::SeededRandom;
use ancu_shared::document::Document;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, ChangeHash, DocumentId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::PushVerdict;
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};
use tests::mutant::{mutate, mutate_content};
use tests::peer::Peer;
use tests::server::Server;

/// Mutants in one push, among honest envelopes.
const PUSH: usize = 250;
/// One of so many envelopes is honest.
const HONEST: usize = 10;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The server's memory in KiB.
fn resident(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process_id())).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

/// Somebody with a right to write, who also makes what nobody may.
struct Insider {
    peer: Peer,
    random: SeededRandom,
    record: Option<(DocumentId, Document, u32)>,
    at: i64,
}

impl Insider {
    /// The next change of an honest record, whole history in envelopes of one change.
    fn honest(&mut self) -> Envelope {
        self.at += 1;
        let unit = self.peer.enrolled.context.scope[0];
        let at = self.peer.enrolled.context.clock.plus_millis(self.at);
        let (id, mut document, edits) = match self.record.take() {
            Some(record) if record.2 < 100 => record,
            _ => (self.peer.new_id(at), Document::new(ActorId::derive(&self.peer.secret.public(), 0)), 0),
        };
        let mut puts = vec![("h/name", Scalar::from(format!("Nhà trọ số {}", self.at)))];
        if edits == 0 {
            puts.extend([("h/schema", Scalar::Int(1)), ("h/class", Scalar::from("mini_apartment"))]);
        }
        for (key, value) in puts {
            document.put(&Key::parse(key).expect("a key"), &value).expect("a value");
        }
        let change = document.commit(at).expect("a change").expect("something to write");
        self.record = Some((id, document, edits + 1));
        Envelope::seal(id, RecordKind::Facility, unit, &self.peer.secret, 0, vec![(change.hash, change.bytes)])
    }

    /// Something near an honest envelope, and whether it may hold: what an insider signs may happen to be a good record.
    fn mutant(&mut self, honest: &Envelope) -> (Vec<u8>, bool) {
        let mut envelope = honest.clone();
        match self.random.below(3) {
            // Bytes of the envelope.
            0 => {
                let mut bytes = envelope.encode();
                mutate(&mut bytes, &mut self.random);
                (bytes, false)
            }
            // A change in it, under the old signature.
            1 => {
                mutate_content(&mut envelope.changes[0], &mut self.random);
                (envelope.encode(), false)
            }
            // A change of a record of its own, under a signature that holds: only the guard and the rules are left.
            _ => {
                mutate_content(&mut envelope.changes[0], &mut self.random);
                let hash = ChangeHash(Sha256::digest(envelope.changes[0].get(8..).unwrap_or_default()).into());
                let change = (hash, envelope.changes[0].to_vec());
                let id = self.peer.new_id(self.peer.enrolled.context.clock);
                let secret = &self.peer.secret;
                (Envelope::seal(id, envelope.kind, envelope.unit, secret, 0, vec![change]).encode(), true)
            }
        }
    }
}

#[test]
fn mutated_envelopes_leave_the_server_up_its_memory_bounded_and_every_other_envelope_admitted() {
    let (mutants, seed) = (number("MUTANTS", 6_000), number("SEED", 1));
    println!("MUTANTS={mutants} SEED={seed}");
    let server = Server::start();
    let peer = Peer::enrol(&server, &server.link("canbo2"), seed).expect("an enrolled peer");
    let mut insider = Insider { peer, random: SeededRandom::new(seed), record: None, at: 0 };
    let (mut thrown, mut admitted, mut warm) = (0, 0, None);
    while thrown < mutants {
        let mut push: Vec<ByteBuf> = Vec::new();
        let mut is_honest = Vec::new();
        while push.len() < PUSH {
            let honest = insider.honest();
            let encoded = honest.encode();
            for _ in 1..HONEST {
                let (mutant, may_hold) = insider.mutant(&honest);
                if mutant != encoded {
                    push.push(ByteBuf::from(mutant));
                    is_honest.push(if may_hold { None } else { Some(false) });
                }
            }
            push.push(ByteBuf::from(encoded));
            is_honest.push(Some(true));
        }
        let envelopes: Vec<Vec<u8>> = push.iter().map(|bytes| bytes.to_vec()).collect();
        let verdicts = insider.peer.push(&envelopes);
        assert_eq!(verdicts.len(), push.len());
        for (number, (verdict, is_honest)) in verdicts.iter().zip(&is_honest).enumerate() {
            if *is_honest == Some(true) {
                assert_eq!(*verdict, PushVerdict::Accepted, "seed {seed}: an honest envelope, number {number}");
                admitted += 1;
            } else {
                thrown += 1;
                let refused = !matches!(verdict, PushVerdict::Accepted | PushVerdict::AlreadyKnown);
                assert!(
                    refused || is_honest.is_none(),
                    "seed {seed}: a mutant was admitted: {}",
                    hex::encode(&envelopes[number])
                );
            }
        }
        if thrown >= mutants / 4 {
            warm.get_or_insert_with(|| resident(&server));
        }
    }
    let (warm, end) = (warm.expect("a quarter is done"), resident(&server));
    println!("{thrown} mutants, {admitted} honest envelopes admitted, {warm} KiB, then {end} KiB");
    assert!(end < warm + 96 * 1024, "the server's memory grew from {warm} to {end} KiB");
    assert!(server.command(&["doctor"]).is_ok(), "the store is sound");
    assert!(!server.log().contains("panicked"), "a panic was caught: {}", server.log());
}
