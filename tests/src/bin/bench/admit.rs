//! What the server takes in a second, over TLS, its clients on the same cores; beside guard, signature and a bare append of the
//! same bytes. What must be reached is a rate, so the greatest ratio that passes is the one at which that rate is just reached.

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
/// New inspections that the server must take in a second.
const INSPECTIONS_A_SECOND: f64 = 500.0;
/// Single changes that it must.
const CHANGES_A_SECOND: f64 = 5_000.0;

/// New inspections with their whole history.
pub(crate) fn admit_new(report: &mut Report, world: &mut World) {
    let envelopes = world.envelopes();
    let bytes: usize = envelopes.iter().map(Vec::len).sum();
    let took = world.admitted();
    let (checking, appending) = floor(world, &envelopes, PUSH);
    let limit = checking + appending;
    report.line(&Line {
        bench: "admit_new",
        value: took,
        unit: "ms",
        limit,
        target: milliseconds_for(&envelopes, INSPECTIONS_A_SECOND) / limit,
        held: true,
        details: json!({
            "inspections_per_second": round(envelopes.len() as f64 * 1_000.0 / took), "at_least": INSPECTIONS_A_SECOND,
            "envelope_bytes": bytes / envelopes.len(),
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
    let limit = checking + appending;
    report.line(&Line {
        bench: "admit_trickle",
        value: took,
        unit: "ms",
        limit,
        target: milliseconds_for(&envelopes, CHANGES_A_SECOND) / limit,
        held: true,
        details: json!({
            "changes_per_second": round(envelopes.len() as f64 * 1_000.0 / took), "at_least": CHANGES_A_SECOND,
            "limit_checks_ms": round(checking), "limit_append_ms": round(appending), "a_push": TRICKLE,
        }),
    });
}

/// The time in which `rate` a second takes all of these.
fn milliseconds_for(envelopes: &[Vec<u8>], rate: f64) -> f64 {
    envelopes.len() as f64 * 1_000.0 / rate
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
