//! The device's side of an exchange, as a state machine: events in, effects out.
//!
//! Order: context → templates that are missing → own envelopes (small and urgent first) → pull until nothing waits →
//! photos. A page may leave something to be sent (the server was restored and lacks it; own work was written again): then
//! the envelopes are listed once more after the last page.
//!
//! Invariants: no clock, socket, file or random source; one bad photo or template never stops the others; nothing is
//! pushed from a half-finished pull; the number of steps is bounded by what the driver says there is to do.
//!
//! The driver does one effect after the other, in order, and feeds the event that the effect's doc names.

mod events;

use std::collections::VecDeque;

pub use self::events::{Count, Effect, Ending, Event, Failure, Outgoing, Step};

use crate::error::{ErrorCode, Problem};
use crate::id::{EnvelopeId, PhotoHash};

use super::wire::{MAX_PUSH_ENVELOPES, PushOutcome};

/// About how many bytes the first push carries: on a weak signal something small must get through first.
pub const FIRST_PUSH_BYTES: u64 = 64 * 1024;
/// About how many bytes each later push carries.
pub const PUSH_BYTES: u64 = 1024 * 1024;
/// How long sending a push should take at most: on a weak signal, where it breaks off, no more is lost than that.
pub const PUSH_SECONDS: u64 = 20;
/// The least that a push is cut down to for that.
pub const LEAST_PUSH_BYTES: u64 = 16 * 1024;
/// How many photos are offered at once.
pub const OFFER_PHOTOS: usize = 500;
/// The longest pause between two tries, in milliseconds.
pub const MAX_PAUSE_MILLIS: u64 = 15 * 60 * 1000;

/// One exchange.
#[derive(Debug)]
pub struct Session {
    step: Step,
    count: Count,
    templates: VecDeque<String>,
    envelopes: VecDeque<Outgoing<EnvelopeId>>,
    in_flight: Vec<Outgoing<EnvelopeId>>,
    push_limit: u64,
    /// What a push carries at most at the pace of the way.
    pace_limit: u64,
    written: bool,
    /// Whether the feeds were read to their end and nothing was sent since.
    read: bool,
    pulled: bool,
    photos: VecDeque<Outgoing<PhotoHash>>,
    offering: Vec<Outgoing<PhotoHash>>,
    sending: VecDeque<Outgoing<PhotoHash>>,
    last_problem: Option<Problem>,
    ended: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            step: Step::Context,
            count: Count::default(),
            templates: VecDeque::new(),
            envelopes: VecDeque::new(),
            in_flight: Vec::new(),
            push_limit: FIRST_PUSH_BYTES,
            pace_limit: PUSH_BYTES,
            written: false,
            read: false,
            pulled: false,
            photos: VecDeque::new(),
            offering: Vec::new(),
            sending: VecDeque::new(),
            last_problem: None,
            ended: false,
        }
    }
}

impl Session {
    /// Where it is and how far.
    pub fn progress(&self) -> (Step, Count) {
        (self.step, self.count)
    }

    /// Whether [`Effect::Finish`] was given out.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Takes an event and says what to do next. After the end it says nothing.
    pub fn step(&mut self, event: Event) -> Vec<Effect> {
        if self.ended {
            return Vec::new();
        }
        match event {
            Event::Begin => vec![Effect::FetchContext],
            Event::ContextStored { missing_templates } => {
                self.enter(Step::Context, missing_templates.len(), 0);
                self.templates = missing_templates.into();
                vec![self.next_template()]
            }
            Event::TemplateDone { failure } => {
                self.count.done += 1;
                match failure {
                    // Without a network the next template will not come either.
                    Some(failure) if is_of_the_network(&failure) => self.break_off(failure),
                    Some(failure) => {
                        self.last_problem = Some(failure.problem);
                        vec![self.next_template()]
                    }
                    None => vec![self.next_template()],
                }
            }
            Event::Outbox(envelopes) => {
                self.enter(Step::Push, envelopes.len(), envelopes.iter().map(|one| one.bytes).sum());
                self.envelopes = envelopes.into();
                vec![self.next_push()]
            }
            Event::Pushed(outcomes) => self.pushed(outcomes),
            Event::PushFailed(failure) => self.push_failed(failure),
            Event::PageStored { more, written, missing_templates } => {
                self.count.done += 1;
                for missing in missing_templates {
                    if !self.templates.contains(&missing) {
                        self.templates.push_back(missing);
                    }
                }
                self.written |= written;
                if more {
                    return vec![Effect::Pull];
                }
                self.read = true;
                if std::mem::take(&mut self.written) {
                    return vec![Effect::ListOutbox];
                }
                self.pulled = true;
                vec![self.next_template()]
            }
            Event::Photos(photos) => {
                self.enter(Step::Photos, photos.len(), photos.iter().map(|one| one.bytes).sum());
                self.photos = photos.into();
                vec![self.next_photo()]
            }
            Event::PhotosOffered { missing } => {
                for photo in std::mem::take(&mut self.offering) {
                    if missing.contains(&photo.id) {
                        self.sending.push_back(photo);
                    } else {
                        self.count_photo(photo.bytes);
                    }
                }
                vec![self.next_photo()]
            }
            Event::PhotoSent(hash) => {
                self.photo_settled(hash);
                vec![self.next_photo()]
            }
            Event::PhotoFailed(hash, failure) => {
                if is_of_the_network(&failure) {
                    return self.break_off(failure);
                }
                self.photo_settled(hash);
                self.last_problem = Some(failure.problem);
                vec![self.next_photo()]
            }
            Event::Failed(failure) => self.break_off(failure),
        }
    }

    /// A photo's bytes went out meanwhile: for the bar only.
    pub fn bytes_sent(&mut self, bytes: u64) {
        self.count.bytes_done = (self.count.bytes_done + bytes).min(self.count.bytes_total);
    }

    /// How fast the way is, in bytes a second: later pushes are as large as that allows.
    pub fn pace(&mut self, bytes_per_second: u64) {
        self.pace_limit = bytes_per_second.saturating_mul(PUSH_SECONDS).clamp(LEAST_PUSH_BYTES, PUSH_BYTES);
    }

    fn enter(&mut self, step: Step, total: usize, bytes_total: u64) {
        self.step = step;
        self.count = Count { done: 0, total: total as u32, bytes_done: 0, bytes_total };
    }

    fn next_template(&mut self) -> Effect {
        let then = if self.pulled { Effect::ListPhotos } else { Effect::ListOutbox };
        self.templates.pop_front().map_or(then, Effect::FetchTemplate)
    }

    fn next_push(&mut self) -> Effect {
        let mut bytes = 0;
        self.in_flight.clear();
        while let Some(next) = self.envelopes.front() {
            let full = !self.in_flight.is_empty() && bytes + next.bytes > self.push_limit;
            if full || self.in_flight.len() == MAX_PUSH_ENVELOPES {
                break;
            }
            bytes += next.bytes;
            self.in_flight.extend(self.envelopes.pop_front());
        }
        if self.in_flight.is_empty() && self.read {
            self.pulled = true;
            return self.next_template();
        }
        if self.in_flight.is_empty() {
            self.enter(Step::Pull, 0, 0);
            return Effect::Pull;
        }
        Effect::Push(self.in_flight.iter().map(|one| one.id).collect())
    }

    fn pushed(&mut self, outcomes: Vec<PushOutcome>) -> Vec<Effect> {
        // Only what was asked about is believed.
        let outcomes: Vec<_> = outcomes
            .into_iter()
            .filter(|outcome| self.in_flight.iter().any(|sent| sent.id == outcome.envelope))
            .collect();
        self.count.done += self.in_flight.len() as u32;
        self.count.bytes_done += self.in_flight.iter().map(|one| one.bytes).sum::<u64>();
        self.push_limit = self.pace_limit;
        self.read = false;
        vec![Effect::SaveOutcomes(outcomes), self.next_push()]
    }

    fn push_failed(&mut self, failure: Failure) -> Vec<Effect> {
        if failure.problem.known_code() == ErrorCode::TooLarge && self.in_flight.len() > 1 {
            // Half as much at a time, until it goes or one envelope alone is refused.
            self.push_limit = (self.in_flight.iter().map(|one| one.bytes).sum::<u64>() / 2).max(1);
            for envelope in std::mem::take(&mut self.in_flight).into_iter().rev() {
                self.envelopes.push_front(envelope);
            }
            return vec![self.next_push()];
        }
        if failure.problem.known_code() == ErrorCode::TooLarge {
            self.last_problem = Some(failure.problem);
            self.count.done += 1;
            return vec![self.next_push()];
        }
        self.break_off(failure)
    }

    fn next_photo(&mut self) -> Effect {
        if let Some(photo) = self.sending.front() {
            return Effect::SendPhoto(photo.id);
        }
        let offered = self.photos.len().min(OFFER_PHOTOS);
        self.offering = self.photos.drain(..offered).collect();
        if self.offering.is_empty() {
            self.ended = true;
            return Effect::Finish(Ending::Done { problem: self.last_problem.take() });
        }
        Effect::OfferPhotos(self.offering.iter().map(|one| one.id).collect())
    }

    fn photo_settled(&mut self, hash: PhotoHash) {
        if let Some(at) = self.sending.iter().position(|photo| photo.id == hash)
            && self.sending.remove(at).is_some()
        {
            self.count.done += 1;
        }
    }

    fn count_photo(&mut self, bytes: u64) {
        self.count.done += 1;
        self.bytes_sent(bytes);
    }

    fn break_off(&mut self, failure: Failure) -> Vec<Effect> {
        self.ended = true;
        vec![Effect::Finish(Ending::BrokenOff(failure))]
    }
}

/// Whether the failure lies with the way to the server or with the device's access, so that the next item fails likewise.
fn is_of_the_network(failure: &Failure) -> bool {
    matches!(
        failure.problem.known_code(),
        ErrorCode::ServerUnreachable
            | ErrorCode::AnswerForeign
            | ErrorCode::AnswerMissing
            | ErrorCode::CertificateForeign
            | ErrorCode::Unavailable
            | ErrorCode::TooManyRequests
            | ErrorCode::DeviceRevoked
            | ErrorCode::LoginRequired
            | ErrorCode::Locked
            | ErrorCode::DiskFull
            | ErrorCode::ServerDiskFull
            | ErrorCode::ServerClockBehind
    )
}

/// How long to wait before try number `tries` (1 = the first repetition), in milliseconds: doubling from 5 s, at most
/// [`MAX_PAUSE_MILLIS`], spread over half to all of it by `dice`, so that a district's phones don't come back in one second.
/// What the server asked for is never undercut.
pub fn pause_millis(tries: u32, dice: u64, retry_after_millis: Option<u64>) -> u64 {
    let whole = 5_000_u64.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(MAX_PAUSE_MILLIS);
    let spread = whole / 2 + dice % (whole / 2 + 1);
    spread.max(retry_after_millis.unwrap_or(0).min(24 * 60 * 60 * 1000))
}

#[cfg(test)]
mod tests;
