//! A server with a thousand inspections, made once for the benches that need them.

use ancu_shared::id::DocumentId;
use ancu_shared::sync::wire::PushVerdict;
use tests::server::Server;

use crate::records::{ANSWERS, Officer, PUSH, Visit};
use crate::report::{part_of, say, timed};

/// Devices that push at one time.
const OFFICERS: usize = 4;

/// Inspections.
pub(crate) fn visits() -> usize {
    part_of(1_000)
}

/// A server, those who made its records, and what they made.
pub(crate) struct World {
    /// The server.
    pub(crate) server: Server,
    /// The devices with their inspections; the latter are at the server once [`World::admitted`] was asked.
    pub(crate) officers: Vec<(Officer, Vec<Visit>)>,
    admitted: Option<f64>,
}

impl World {
    /// Premises at the server, inspections made and not pushed yet.
    pub(crate) fn prepare() -> Self {
        let visits = visits();
        say(&format!("making {visits} inspections of {ANSWERS} answers"));
        let server = Server::start();
        let mut officers: Vec<Officer> = (0..OFFICERS)
            .map(|number| Officer::enrol(&server, ["canbo1", "canbo2"][number % 2], 100 + number as u64))
            .collect();
        let places = premises(&mut officers[0], 0..visits);
        let share = visits / OFFICERS;
        let officers = std::thread::scope(|scope| {
            let making: Vec<_> = officers
                .into_iter()
                .zip(places.chunks(share))
                .enumerate()
                .map(|(who, (mut officer, places))| {
                    scope.spawn(move || {
                        let visit =
                            |(number, place): (usize, &DocumentId)| officer.inspection(*place, who * share + number);
                        let visits = places.iter().enumerate().map(visit).collect::<Vec<_>>();
                        (officer, visits)
                    })
                })
                .collect();
            making.into_iter().map(|one| one.join().expect("made")).collect()
        });
        Self { server, officers, admitted: None }
    }

    /// All envelopes of the inspections.
    pub(crate) fn envelopes(&self) -> Vec<Vec<u8>> {
        self.officers.iter().flat_map(|(_, visits)| visits).map(|visit| visit.envelope.clone()).collect()
    }

    /// Pushes the inspections, all devices at one time, if that is still to be done; milliseconds that it took.
    pub(crate) fn admitted(&mut self) -> f64 {
        if let Some(took) = self.admitted {
            return took;
        }
        let work: Vec<_> = self
            .officers
            .iter()
            .map(|(officer, visits)| (officer, visits.iter().map(|visit| visit.envelope.clone()).collect::<Vec<_>>()))
            .collect();
        let ((), took) = timed(|| push_at_once(work, PUSH));
        self.admitted = Some(took);
        took
    }
}

/// Pushes every officer's envelopes, so many a push, all officers at one time.
pub(crate) fn push_at_once(work: Vec<(&Officer, Vec<Vec<u8>>)>, a_push: usize) {
    std::thread::scope(|scope| {
        for (officer, envelopes) in work {
            scope.spawn(move || push(officer, &envelopes, a_push));
        }
    });
}

/// Pushes envelopes; each must be accepted.
pub(crate) fn push(officer: &Officer, envelopes: &[Vec<u8>], a_push: usize) {
    for batch in envelopes.chunks(a_push) {
        let verdicts = officer.peer.push(batch);
        assert!(verdicts.iter().all(|verdict| *verdict == PushVerdict::Accepted), "{verdicts:?}");
    }
}

/// New premises at the server.
pub(crate) fn premises(officer: &mut Officer, numbers: std::ops::Range<usize>) -> Vec<DocumentId> {
    let (places, envelopes): (Vec<_>, Vec<_>) = numbers.map(|number| officer.premises(number)).unzip();
    push(officer, &envelopes, 1_000);
    places
}
