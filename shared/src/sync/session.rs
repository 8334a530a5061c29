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

use std::collections::VecDeque;

use crate::error::{ErrorCode, Problem};
use crate::id::{EnvelopeId, PhotoHash};

use super::wire::{MAX_PUSH_ENVELOPES, PushOutcome};

/// About how many bytes the first push carries: on a weak signal something small must get through first.
pub const FIRST_PUSH_BYTES: u64 = 64 * 1024;
/// About how many bytes each later push carries.
pub const PUSH_BYTES: u64 = 1024 * 1024;
/// How many photos are offered at once.
pub const OFFER_PHOTOS: usize = 500;
/// The longest pause between two tries, in milliseconds.
pub const MAX_PAUSE_MILLIS: u64 = 15 * 60 * 1000;

/// Why a call did not bring what was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What to show.
    pub problem: Problem,
    /// What the server asked for by `Retry-After`, in milliseconds.
    pub retry_after_millis: Option<u64>,
}

impl Failure {
    /// A failure with only a code.
    pub fn new(code: ErrorCode) -> Self {
        Self { problem: Problem::new(code), retry_after_millis: None }
    }
}

/// An envelope or a photo that the server lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing<Id> {
    /// Its name.
    pub id: Id,
    /// Its size.
    pub bytes: u64,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The exchange begins.
    Begin,
    /// A context is stored; these template files (SHA-256, hexadecimal) are not here yet.
    ContextStored {
        /// Files to fetch.
        missing_templates: Vec<String>,
    },
    /// A template file came and is stored, or could not be had.
    TemplateDone {
        /// Why not, if so.
        failure: Option<Failure>,
    },
    /// Envelopes without a receipt, in the order in which they were made.
    Outbox(Vec<Outgoing<EnvelopeId>>),
    /// The server's answer to a push.
    Pushed(Vec<PushOutcome>),
    /// A push did not get its answer.
    PushFailed(Failure),
    /// A page of every feed came and is stored.
    PageStored {
        /// Whether any feed has more.
        more: bool,
        /// Whether it left something that is to go out in this exchange: the server began a new life and may lack it, or
        /// own work was written again.
        written: bool,
        /// Template files that are not here yet: the page brought another context.
        missing_templates: Vec<String>,
    },
    /// Photos without a receipt.
    Photos(Vec<Outgoing<PhotoHash>>),
    /// The server's answer to an offer.
    PhotosOffered {
        /// It wants these.
        missing: Vec<PhotoHash>,
    },
    /// A photo's bytes are verified there and the receipt is stored.
    PhotoSent(PhotoHash),
    /// A photo could not be sent now.
    PhotoFailed(PhotoHash, Failure),
    /// Any other call failed.
    Failed(Failure),
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Get the context and store it, unless this device has one: what changed since comes with the pull, and an exchange
    /// with nothing new is one call → [`Event::ContextStored`] or [`Event::Failed`].
    FetchContext,
    /// Get a template file, check its hash, store it → [`Event::TemplateDone`].
    FetchTemplate(String),
    /// Fold the journal, put what is not yet in an envelope into envelopes, list those without a receipt →
    /// [`Event::Outbox`] or [`Event::Failed`].
    ListOutbox,
    /// Send these envelopes, in this order → [`Event::Pushed`] or [`Event::PushFailed`].
    Push(Vec<EnvelopeId>),
    /// Store these receipts. No event.
    SaveOutcomes(Vec<PushOutcome>),
    /// Pull one page of every feed and store it → [`Event::PageStored`] or [`Event::Failed`].
    Pull,
    /// List photos without a receipt → [`Event::Photos`] or [`Event::Failed`].
    ListPhotos,
    /// Ask which of these the server lacks; store receipts for the others → [`Event::PhotosOffered`] or [`Event::Failed`].
    OfferPhotos(Vec<PhotoHash>),
    /// Send a photo, going on where the last try ended → [`Event::PhotoSent`] or [`Event::PhotoFailed`].
    SendPhoto(PhotoHash),
    /// The exchange is over. Nothing follows.
    Finish(Ending),
}

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// Everything that could be exchanged was; `problem` names the last item that could not.
    Done {
        /// A photo or template that did not go.
        problem: Option<Problem>,
    },
    /// It broke off; what was sent and stored until then stands.
    BrokenOff(Failure),
}

/// Where the exchange is, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Context and templates.
    Context,
    /// Own envelopes.
    Push,
    /// Feeds.
    Pull,
    /// Photos.
    Photos,
}

/// How far the exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, ts_rs::TS)]
pub struct Count {
    /// Items done in this step.
    pub done: u32,
    /// Items in this step; 0 = not known.
    pub total: u32,
    /// Bytes done in this step.
    #[ts(type = "number")]
    pub bytes_done: u64,
    /// Bytes in this step; 0 = not known.
    #[ts(type = "number")]
    pub bytes_total: u64,
}

/// One exchange.
#[derive(Debug)]
pub struct Session {
    step: Step,
    count: Count,
    templates: VecDeque<String>,
    envelopes: VecDeque<Outgoing<EnvelopeId>>,
    in_flight: Vec<Outgoing<EnvelopeId>>,
    push_limit: u64,
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
        self.push_limit = PUSH_BYTES;
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
            | ErrorCode::CertificateForeign
            | ErrorCode::Unavailable
            | ErrorCode::TooManyRequests
            | ErrorCode::DeviceRevoked
            | ErrorCode::LoginRequired
            | ErrorCode::Locked
            | ErrorCode::DiskFull
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
mod tests {
    use super::*;
    use crate::sync::wire::PushVerdict;

    fn envelope(number: u8, bytes: u64) -> Outgoing<EnvelopeId> {
        Outgoing { id: EnvelopeId([number; 32]), bytes }
    }

    fn photo(number: u8) -> Outgoing<PhotoHash> {
        Outgoing { id: PhotoHash([number; 32]), bytes: 1_000 }
    }

    fn accepted(numbers: &[u8]) -> Vec<PushOutcome> {
        numbers.iter().map(|n| PushOutcome { envelope: EnvelopeId([*n; 32]), verdict: PushVerdict::Accepted }).collect()
    }

    fn ids(numbers: &[u8]) -> Vec<EnvelopeId> {
        numbers.iter().map(|n| EnvelopeId([*n; 32])).collect()
    }

    /// A session that stands before its first push.
    fn at_push(outbox: Vec<Outgoing<EnvelopeId>>) -> (Session, Vec<Effect>) {
        let mut session = Session::default();
        assert_eq!(session.step(Event::Begin), [Effect::FetchContext]);
        assert_eq!(session.step(Event::ContextStored { missing_templates: vec![] }), [Effect::ListOutbox]);
        let effects = session.step(Event::Outbox(outbox));
        (session, effects)
    }

    #[test]
    fn an_exchange_with_nothing_to_do_is_short() {
        let (mut session, effects) = at_push(vec![]);
        assert_eq!(effects, [Effect::Pull]);
        assert_eq!(
            session.step(Event::PageStored { more: false, written: false, missing_templates: vec![] }),
            [Effect::ListPhotos]
        );
        assert_eq!(session.step(Event::Photos(vec![])), [Effect::Finish(Ending::Done { problem: None })]);
        assert!(session.step(Event::Begin).is_empty());
    }

    #[test]
    fn templates_come_first_and_a_bad_one_does_not_stop_the_work() {
        let mut session = Session::default();
        session.step(Event::Begin);
        let missing_templates = vec!["aa".into(), "bb".into()];
        assert_eq!(session.step(Event::ContextStored { missing_templates }), [Effect::FetchTemplate("aa".into())]);
        let bad = Failure::new(ErrorCode::NotFound);
        assert_eq!(
            session.step(Event::TemplateDone { failure: Some(bad.clone()) }),
            [Effect::FetchTemplate("bb".into())]
        );
        assert_eq!(session.step(Event::TemplateDone { failure: None }), [Effect::ListOutbox]);
        session.step(Event::Outbox(vec![]));
        session.step(Event::PageStored { more: false, written: false, missing_templates: vec![] });
        assert_eq!(session.step(Event::Photos(vec![])), [Effect::Finish(Ending::Done { problem: Some(bad.problem) })]);
    }

    #[test]
    fn templates_of_a_context_that_came_with_the_pull_are_fetched_after_it() {
        let (mut session, _) = at_push(vec![]);
        let page = |more, missing: &[&str]| Event::PageStored {
            more,
            written: false,
            missing_templates: missing.iter().map(|one| (*one).to_owned()).collect(),
        };
        assert_eq!(session.step(page(true, &["aa"])), [Effect::Pull]);
        assert_eq!(session.step(page(false, &["aa", "bb"])), [Effect::FetchTemplate("aa".into())]);
        assert_eq!(session.step(Event::TemplateDone { failure: None }), [Effect::FetchTemplate("bb".into())]);
        assert_eq!(session.step(Event::TemplateDone { failure: None }), [Effect::ListPhotos]);
    }

    #[test]
    fn the_first_push_is_small_and_the_order_is_kept() {
        let outbox = vec![envelope(1, 60_000), envelope(2, 60_000), envelope(3, 60_000)];
        let (mut session, effects) = at_push(outbox);
        assert_eq!(effects, [Effect::Push(ids(&[1]))]);
        let outcomes = accepted(&[1]);
        assert_eq!(
            session.step(Event::Pushed(outcomes.clone())),
            [Effect::SaveOutcomes(outcomes), Effect::Push(ids(&[2, 3]))]
        );
        assert_eq!(
            session.progress(),
            (Step::Push, Count { done: 1, total: 3, bytes_done: 60_000, bytes_total: 180_000 })
        );
    }

    #[test]
    fn receipts_for_what_was_not_sent_are_not_believed() {
        let (mut session, _) = at_push(vec![envelope(1, 10)]);
        let effects = session.step(Event::Pushed(accepted(&[1, 9])));
        assert_eq!(effects[0], Effect::SaveOutcomes(accepted(&[1])));
    }

    #[test]
    fn a_refused_size_is_halved_until_one_is_left() {
        let (mut session, effects) = at_push(vec![envelope(1, 10), envelope(2, 10)]);
        assert_eq!(effects, [Effect::Push(ids(&[1, 2]))]);
        let too_large = Failure::new(ErrorCode::TooLarge);
        assert_eq!(session.step(Event::PushFailed(too_large.clone())), [Effect::Push(ids(&[1]))]);
        assert_eq!(session.step(Event::PushFailed(too_large)), [Effect::Push(ids(&[2]))]);
        assert_eq!(session.step(Event::Pushed(accepted(&[2])))[1], Effect::Pull);
    }

    #[test]
    fn what_a_restored_server_lacks_is_sent_after_the_last_page() {
        let (mut session, _) = at_push(vec![]);
        let page = |more, written| Event::PageStored { more, written, missing_templates: vec![] };
        assert_eq!(session.step(page(true, true)), [Effect::Pull]);
        assert_eq!(session.step(page(false, false)), [Effect::ListOutbox]);
        assert_eq!(session.step(Event::Outbox(vec![envelope(1, 10)])), [Effect::Push(ids(&[1]))]);
        assert_eq!(session.step(Event::Pushed(accepted(&[1])))[1], Effect::Pull);
        assert_eq!(session.step(page(false, false)), [Effect::ListPhotos]);
    }

    #[test]
    fn nothing_to_send_after_the_last_page_costs_no_further_pull() {
        let (mut session, _) = at_push(vec![]);
        let page = Event::PageStored { more: false, written: true, missing_templates: vec![] };
        assert_eq!(session.step(page), [Effect::ListOutbox]);
        assert_eq!(session.step(Event::Outbox(vec![])), [Effect::ListPhotos]);
    }

    #[test]
    fn one_bad_photo_does_not_stop_the_next() {
        let (mut session, _) = at_push(vec![]);
        session.step(Event::PageStored { more: false, written: false, missing_templates: vec![] });
        let all = vec![photo(1), photo(2), photo(3)];
        let offer = all.iter().map(|one| one.id).collect();
        assert_eq!(session.step(Event::Photos(all)), [Effect::OfferPhotos(offer)]);
        let missing = vec![PhotoHash([1; 32]), PhotoHash([2; 32])];
        assert_eq!(session.step(Event::PhotosOffered { missing }), [Effect::SendPhoto(PhotoHash([1; 32]))]);
        let bad = Failure::new(ErrorCode::PhotoHashMismatch);
        assert_eq!(
            session.step(Event::PhotoFailed(PhotoHash([1; 32]), bad.clone())),
            [Effect::SendPhoto(PhotoHash([2; 32]))]
        );
        assert_eq!(
            session.step(Event::PhotoSent(PhotoHash([2; 32]))),
            [Effect::Finish(Ending::Done { problem: Some(bad.problem) })]
        );
        assert_eq!(session.progress().1.done, 3);
    }

    #[test]
    fn a_lost_network_breaks_off() {
        let (mut session, _) = at_push(vec![envelope(1, 10)]);
        let lost = Failure::new(ErrorCode::ServerUnreachable);
        assert_eq!(session.step(Event::PushFailed(lost.clone())), [Effect::Finish(Ending::BrokenOff(lost))]);
        assert!(session.ended());
    }

    #[test]
    fn what_a_page_made_the_device_write_goes_out_in_the_same_exchange() {
        let mut session = Session::default();
        session.step(Event::Begin);
        session.step(Event::ContextStored { missing_templates: vec![] });
        assert_eq!(session.step(Event::Outbox(vec![])), [Effect::Pull]);
        assert_eq!(
            session.step(Event::PageStored { more: true, written: true, missing_templates: vec![] }),
            [Effect::Pull]
        );
        let stored = Event::PageStored { more: false, written: false, missing_templates: vec![] };
        assert_eq!(session.step(stored.clone()), [Effect::ListOutbox]);
        assert_eq!(session.step(Event::Outbox(vec![envelope(1, 9)])), [Effect::Push(vec![EnvelopeId([1; 32])])]);
        session.step(Event::Pushed(accepted(&[1])));
        assert_eq!(session.step(stored), [Effect::ListPhotos], "once");
    }

    #[test]
    fn pauses_grow_are_spread_and_obey_the_server() {
        for dice in [0, 1, 77, u64::MAX] {
            assert!((2_500..=5_000).contains(&pause_millis(1, dice, None)));
            assert!((5_000..=10_000).contains(&pause_millis(2, dice, None)));
            assert!(pause_millis(60, dice, None) <= MAX_PAUSE_MILLIS);
            assert!(pause_millis(1, dice, Some(60_000)) >= 60_000);
        }
    }
}
