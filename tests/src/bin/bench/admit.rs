//! What the server takes in a second, over TLS, its clients on the same cores; against guard, signature and a bare append of
//! the same bytes.

use ancu_shared::sync::admission::check_envelope;
use serde_json::json;

use crate::phone::append_bare;
use crate::records::PUSH;
use crate::report::{Line, Report, milliseconds, round, say, timed};
use crate::world::{World, push_at_once};

/// Single changes that a device pushes at one time, each of another record.
const TRICKLE: usize = 25;
/// Changes to each inspection.
const ROUNDS: usize = 10;

/// New inspections with their whole history.
pub(crate) fn admit_new(report: &mut Report, world: &mut World) {
    let envelopes = world.envelopes();
    let bytes: usize = envelopes.iter().map(Vec::len).sum();
    let took = world.admitted();
    let (checking, appending) = floor(world, &envelopes, PUSH);
    let rate = envelopes.len() as f64 * 1_000.0 / took;
    report.line(&Line {
        bench: "admit_new",
        value: took,
        unit: "ms",
        limit: checking + appending,
        target: 4.0,
        held: rate >= 500.0,
        details: json!({
            "inspections_per_second": round(rate), "at_least": 500, "envelope_bytes": bytes / envelopes.len(),
            "limit_checks_ms": round(checking), "limit_append_ms": round(appending), "a_push": PUSH,
        }),
    });
}

/// Single changes to records that the server holds.
pub(crate) fn admit_trickle(report: &mut Report, world: &mut World) {
    world.admitted();
    say("making ten single changes to each");
    let mut work: Vec<Vec<Vec<u8>>> = std::thread::scope(|scope| {
        let making: Vec<_> = world
            .officers
            .iter_mut()
            .map(|(officer, visits)| {
                scope.spawn(move || {
                    let mut made = Vec::new();
                    for round in 0..ROUNDS {
                        made.extend(visits.iter_mut().map(|visit| officer.one_more(visit, round * 7)));
                    }
                    made
                })
            })
            .collect();
        making.into_iter().map(|one| one.join().expect("made")).collect()
    });
    let envelopes = work.concat();
    let work = world.officers.iter().map(|(officer, _)| officer).zip(work.drain(..)).collect();
    let ((), took) = timed(|| push_at_once(work, TRICKLE));
    let (checking, appending) = floor(world, &envelopes, TRICKLE);
    let rate = envelopes.len() as f64 * 1_000.0 / took;
    report.line(&Line {
        bench: "admit_trickle",
        value: took,
        unit: "ms",
        limit: checking + appending,
        target: 4.0,
        held: rate >= 5_000.0,
        details: json!({
            "changes_per_second": round(rate), "at_least": 5_000, "limit_checks_ms": round(checking),
            "limit_append_ms": round(appending), "a_push": TRICKLE,
        }),
    });
}

/// What cannot be saved: the checks on all cores, and one durable row for every envelope.
fn floor(world: &World, envelopes: &[Vec<u8>], batch: usize) -> (f64, f64) {
    (checks(envelopes), milliseconds(|| append_bare(world.server.folder(), envelopes, batch)))
}

/// What it takes to guard these envelopes and to check their signatures, on all cores.
pub(crate) fn checks(envelopes: &[Vec<u8>]) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    milliseconds(|| {
        std::thread::scope(|scope| {
            for share in envelopes.chunks(envelopes.len().div_ceil(cores)) {
                scope.spawn(move || assert!(share.iter().all(|bytes| check_envelope(bytes).is_ok())));
            }
        });
    })
}
