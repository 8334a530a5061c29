//! What records leave behind: 1,000 edits of one, on the device and at the server; whole inspections at the server, folded.

use ancu_shared::document::Document;
use ancu_shared::envelope::Envelope;
use ancu_shared::id::{ActorId, DocumentId};
use ancu_shared::sync::wire::{PullAnswer, PullRequest};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tests::device::PIN;
use tests::server::Server;

use crate::exchange::envelopes;
use crate::phone::Phone;
use crate::records::{ANSWERS, Officer, PUSH};
use crate::report::{Line, Report, number, round, say, timed};
use crate::world::{premises, push, visits};

/// Edits, where the environment's `EDITS` says no other number.
const EDITS: usize = 1_000;

/// One inspection answered 1,000 times, each answer a sitting of its own: a change, an envelope, a signature. What the device's
/// store grew by, against the envelopes' bytes, which are evidence and are kept; beside it the document as Automerge saves
/// it, and the server's store.
pub(crate) fn thousand_edits(report: &mut Report) {
    let edits = number("EDITS", EDITS);
    let server = Server::start();
    let phone = Phone::enrolled(&server.link("canbo1"));
    let (inspection, checks) = phone.begin(&phone.mini_apartments()[0]);
    phone.exchange();
    let (known, device, at_server) = (envelopes(&server).len(), store(&phone), server_store(&server));
    say(&format!("{edits} edits of one inspection"));
    for edit in 0..edits {
        phone.call(json!({
            "command": "answer", "inspection": inspection, "item": checks[edit % checks.len()],
            "answer": { "kind": "verdict", "value": (["pass", "not_applicable"][edit / checks.len() % 2]) },
            "note": format!("lần {edit}"),
        }));
        phone.call(json!({ "command": "section_leave", "inspection": inspection }));
        if edit % 50 == 49 {
            phone.exchange();
        }
    }
    phone.exchange();
    let (device, at_server) = (store(&phone) - device, server_store(&server) - at_server);

    let id: DocumentId = inspection.parse().expect("an id");
    let all = envelopes(&server);
    let signed: usize = all[known..].iter().map(Vec::len).sum();
    let decoded: Vec<Envelope> = all.iter().map(|bytes| Envelope::decode(bytes).expect("an envelope")).collect();
    let history: Vec<&[u8]> =
        decoded.iter().filter(|one| one.document == id).flat_map(|one| &one.changes).map(|bytes| &bytes[..]).collect();
    let changes: usize = history.iter().map(|bytes| bytes.len()).sum();
    let mut document = Document::load(None, history.iter().copied(), ActorId([0; 16])).expect("a record");
    let saved = document.save().expect("a record is saved").len();
    let cells = document.cells().expect("cells").len();
    server.command(&["compact", "--days", "0"]).expect("folded");
    let folded = archive(&server, &id);
    report.line(&Line {
        bench: "growth_1000_edits",
        value: device,
        unit: "bytes",
        limit: signed as f64,
        target: 4.0,
        // What is shown does not grow with what was said before.
        held: cells <= checks.len() + 60,
        details: json!({
            "edits": edits, "changes": history.len(), "change_bytes": changes, "saved_bytes": saved,
            "saved_bytes_an_edit": round(saved as f64 / edits as f64), "server_bytes": at_server,
            "server_folded_bytes": folded, "cells": cells,
            "envelopes": all.len() - known,
        }),
    });
}

/// What inspections take at the server once they are folded, against what they take while they are at work: every envelope is still
/// there with its signature, and a new device is given the same by it.
pub(crate) fn folded(report: &mut Report) {
    let server = Server::start();
    let mut officer = Officer::enrol(&server, "canbo2", 800);
    let (begun, wanted) = (server_store(&server), number("RECORDS", visits()));
    say(&format!("making and pushing {wanted} inspections of {ANSWERS} answers"));
    let places = premises(&mut officer, 0..wanted);
    for (places, number) in places.chunks(PUSH).zip((0..wanted).step_by(PUSH)) {
        let made = places.iter().enumerate().map(|(n, place)| officer.inspection(*place, number + n).envelope);
        let made: Vec<_> = made.collect();
        push(&officer, &made, PUSH);
    }
    let before = server_store(&server);
    let envelopes: usize = envelopes(&server).iter().map(Vec::len).sum();
    let (all, pull_ms) = timed(|| officer.peer.pull(&PullRequest::default()));
    let (told, folding_ms) = timed(|| server.command(&["compact", "--days", "0"]).expect("folded"));
    say(&told);
    let after = server_store(&server);
    let (again, pull_folded_ms) = timed(|| officer.peer.pull(&PullRequest::default()));
    let bytes = |answer: &PullAnswer| answer.units.iter().map(|page| page.envelopes.clone()).collect::<Vec<_>>();
    report.line(&Line {
        bench: "server_folded",
        value: after - begun,
        unit: "bytes",
        limit: before - begun,
        target: 0.4,
        held: bytes(&all) == bytes(&again),
        details: json!({
            "inspections": wanted, "envelope_bytes": envelopes, "ms_a_record": round(folding_ms / (2 * wanted) as f64),
            "page_ms": round(pull_ms), "page_folded_ms": round(pull_folded_ms),
        }),
    });
}

/// Bytes of a folded record's archive.
fn archive(server: &Server, record: &DocumentId) -> i64 {
    let store = Connection::open_with_flags(server.folder().join("server.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let bytes = "SELECT length(packed) FROM archive WHERE document = ?1";
    store.expect("the server's store").query_row(bytes, [record.as_bytes()], |row| row.get(0)).expect("an archive")
}

/// Bytes of a device's records while it is switched off: nothing waits in a log of writes then.
fn store(phone: &Phone) -> f64 {
    phone.call(json!({ "command": "lock" }));
    let file = std::fs::metadata(phone.folder().join("main.db")).expect("the device's store");
    phone.call(json!({ "command": "unlock", "pin": PIN }));
    file.len() as f64
}

/// Bytes that the server's records are in.
fn server_store(server: &Server) -> f64 {
    let store = Connection::open_with_flags(server.folder().join("server.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let used = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    store.expect("the server's store").query_row(used, [], |row| row.get::<_, i64>(0)).expect("pages") as f64
}
