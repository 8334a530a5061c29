//! Runs the session's effects over a transport and the store.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{EnvelopeId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::sync::mark::StoreMark;
use ancu_shared::sync::session::{Count, Effect, Ending, Event, Failure, Session, Step, pause_millis};
use ancu_shared::sync::wire::{
    DeviceReport, MAX_PULL_TEMPLATES, MAX_PULL_UNITS, PullAnswer, PullRequest, PushRequest, UnitPage,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};

use super::control::Order;
use super::receive::Incoming;
use super::transport::{Address, Transport};
use crate::engine::{APP_VERSION, Engine, Inner, Open};
use crate::fault::{Fault, Outcome};
use crate::store::{changes, directory, outbox, pictures, profile};

/// How long after a write an automatic exchange begins: further answers join it.
const AFTER_WRITE: Duration = Duration::from_secs(8);
/// Where the exchange is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct ExchangeStatus {
    /// Whether one is going on.
    pub running: bool,
    /// In which step.
    pub step: Option<Step>,
    /// How far.
    #[serde(flatten)]
    #[ts(flatten)]
    pub count: Count,
    /// How the last one failed; what did not go in the last one.
    pub problem: Option<Problem>,
    /// When the next one begins by itself.
    pub next_try_at: Option<UtcMillis>,
}

impl Engine {
    /// Begins an exchange in the background; [`Engine::exchange_status`] tells.
    pub fn exchange(&self) -> Result<(), Problem> {
        self.work(|_| Ok(()))?; // locked or not enrolled is said at once
        self.ask_for_exchange();
        Ok(())
    }

    /// Exchanges and waits for the end.
    pub fn exchange_wait(&self) -> Result<(), Problem> {
        self.work(|_| Ok(()))?;
        let wish = self.ask_for_exchange();
        self.inner.control.wait_for(wish);
        Ok(())
    }

    /// Where the exchange is.
    pub fn exchange_status(&self) -> ExchangeStatus {
        let book = self.inner.control.book();
        let (step, count) = book.progress.map_or((None, Count::default()), |(step, count)| (Some(step), count));
        let problem = book.problem.clone();
        ExchangeStatus { running: book.is_running(), step, count, problem, next_try_at: book.next_try_at }
    }

    pub(crate) fn ask_for_exchange(&self) -> u64 {
        let (wish, start) = self.inner.control.wish();
        if start {
            self.start_worker();
        }
        wish
    }

    pub(crate) fn ask_for_exchange_soon(&self) {
        let at = self.inner.clock.now().plus_millis(AFTER_WRITE.as_millis() as i64);
        if self.inner.control.wish_in(AFTER_WRITE, at) {
            self.start_worker();
        }
    }

    /// Ends exchanging, once what runs has run: before the process ends.
    pub fn end_exchange(&self) {
        self.inner.control.end();
    }

    fn start_worker(&self) {
        let (engine, control) = (Arc::downgrade(&self.inner), Arc::clone(&self.inner.control));
        let worker = move || {
            while let Order::Run(wish) = control.next_order() {
                // The engine may be gone while the worker waited.
                let Some(inner) = Weak::upgrade(&engine) else { break };
                // A run that panics is a run that failed: whoever waits is told, and the next one starts.
                let ran = catch_unwind(AssertUnwindSafe(|| run_one(&inner))).unwrap_or_else(|_| {
                    tracing::error!("the exchange panicked");
                    broken_off(&inner, Failure::new(ErrorCode::Internal))
                });
                // The engine is let go before anybody who waits goes on: then they may close its folder.
                drop(inner);
                control.ended(wish, ran.problem, ran.failed, ran.again);
            }
        };
        match std::thread::Builder::new().name("exchange".into()).spawn(worker) {
            Ok(thread) => self.inner.control.works_in(thread),
            Err(error) => {
                tracing::error!(%error, "no thread for the exchange");
                self.inner.control.no_worker();
            }
        }
    }
}

/// How a run ended.
struct Ran {
    problem: Option<Problem>,
    failed: bool,
    /// When to try again by itself: after this pause, at this instant of the device's clock.
    again: Option<(Duration, UtcMillis)>,
}

fn run_one(inner: &Arc<Inner>) -> Ran {
    let ending = Driver::new(inner).map_or_else(Ending::BrokenOff, |mut driver| match driver.run() {
        // Colleagues' files come after all of one's own.
        Ending::Done { problem } => match driver.deliver() {
            Ok(()) => Ending::Done { problem },
            Err(failure) => Ending::BrokenOff(failure),
        },
        broken @ Ending::BrokenOff(_) => broken,
    });
    match ending {
        Ending::Done { problem } => {
            // All that was to be sent was sent: what has no receipt, or is held back, stays.
            if let Err(fault) = inner.work(Open::leave_units) {
                tracing::warn!(%fault, "what belongs to no post any more could not leave");
            }
            let now = inner.clock.now();
            // An exchange to its end puts nothing in doubt.
            noted(inner.work(marking(|marks| {
                (marks.last_exchange_at, marks.revoked, marks.unknown) = (Some(now), false, false);
            })));
            if let Err(fault) = super::rest::after_exchange(inner) {
                tracing::warn!(%fault, "what rests is not put away");
            }
            inner.note_the_open();
            Ran { problem, failed: false, again: None }
        }
        Ending::BrokenOff(mut failure) => {
            match failure.problem.known_code() {
                ErrorCode::DeviceRevoked => mark(inner, |marks| marks.revoked = true),
                // A device cannot log in: its token is not known there.
                ErrorCode::LoginRequired => {
                    mark(inner, |marks| marks.unknown = true);
                    failure.problem = Problem::new(ErrorCode::DeviceUnknown);
                }
                _ => {}
            }
            broken_off(inner, failure)
        }
    }
}

fn broken_off(inner: &Inner, failure: Failure) -> Ran {
    let code = failure.problem.known_code();
    tracing::info!(code = code.code(), "the exchange broke off");
    let hopeless = matches!(code, ErrorCode::Locked | ErrorCode::NotEnrolled | ErrorCode::DeviceRevoked);
    let again = (inner.is_automatic() && !hopeless).then(|| {
        let tries = inner.control.book().failures + 1;
        let pause = pause_millis(tries, inner.dice(), failure.retry_after_millis);
        (Duration::from_millis(pause), inner.clock.now().plus_millis(pause as i64))
    });
    // Locked meanwhile: the person's wish, no problem to show at the next unlocking.
    let problem = (code != ErrorCode::Locked).then_some(failure.problem);
    Ran { problem, failed: true, again }
}

/// Notes something of the exchange.
fn mark(inner: &Inner, note: impl FnOnce(&mut profile::Marks)) {
    noted(inner.change(marking(note)));
}

fn marking(note: impl FnOnce(&mut profile::Marks)) -> impl FnOnce(&mut Open) -> Outcome<()> {
    |open| {
        let mut marks = profile::marks(&open.store.main)?;
        note(&mut marks);
        profile::save_marks(&open.store.main, &marks)
    }
}

/// A store that is locked meanwhile, or full, misses the note and nothing else.
fn noted(marked: Outcome<()>) {
    if let Err(fault) = marked {
        tracing::warn!(%fault, "the end of the exchange could not be noted");
    }
}

/// What this device tells of itself.
fn report(open: &mut Open) -> Outcome<DeviceReport> {
    let (unsent_envelopes, unsent_photos) = outbox::count_for_report(&open.store.main)?;
    let oldest_unsent = outbox::oldest_unsent(&open.store.main)?;
    let (clock, app_version) = (open.now(), APP_VERSION.to_owned());
    Ok(DeviceReport { app_version, clock, unsent_envelopes, unsent_photos, oldest_unsent })
}

fn failure(fault: Fault) -> Failure {
    Failure { problem: fault.into(), retry_after_millis: None }
}

pub(super) struct Driver<'a> {
    pub(super) inner: &'a Arc<Inner>,
    pub(super) transport: Box<dyn Transport>,
    pub(super) session: Session,
    /// Why something entered here could not be put into an envelope.
    unfolded: Option<Problem>,
    /// Whether the server has heard in this exchange what this device tells of itself.
    told: bool,
    /// The marks that the last push told, and the one that its answer stands on: kept with its receipts.
    pushed: (Vec<StoreMark>, Option<StoreMark>),
}

impl<'a> Driver<'a> {
    fn new(inner: &'a Arc<Inner>) -> Result<Self, Failure> {
        let address = inner
            .work(|open| {
                Ok(Address {
                    server: open.identity.server.clone(),
                    fingerprint: open.identity.fingerprint,
                    token: Some(open.identity.token.clone()),
                })
            })
            .map_err(failure)?;
        Ok(Self {
            inner,
            transport: inner.connect.connect(&address)?,
            session: Session::default(),
            unfolded: None,
            told: false,
            pushed: Default::default(),
        })
    }

    pub(super) fn work<T>(&self, work: impl FnOnce(&mut Open) -> Outcome<T>) -> Result<T, Failure> {
        self.inner.change(work).map_err(failure)
    }

    /// As [`Driver::work`], for what leaves nothing in the store that is nowhere else: reading, notes of how far the
    /// exchange is, and what a person entered before, which is known to be unsent.
    pub(super) fn quiet<T>(&self, work: impl FnOnce(&mut Open) -> Outcome<T>) -> Result<T, Failure> {
        self.inner.work(work).map_err(failure)
    }

    fn run(&mut self) -> Ending {
        let mut waiting: std::collections::VecDeque<Effect> = self.session.step(Event::Begin).into();
        while let Some(effect) = waiting.pop_front() {
            match effect {
                Effect::Finish(Ending::Done { problem: None }) => {
                    return Ending::Done { problem: self.unfolded.take() };
                }
                Effect::Finish(ending) => return ending,
                _ => {}
            }
            if let Some(event) = self.act(effect) {
                waiting.extend(self.session.step(event));
            }
            self.show();
        }
        // The session always ends by an effect; without one there is nothing left to do.
        Ending::Done { problem: None }
    }

    pub(super) fn show(&self) {
        self.inner.control.book().progress = Some(self.session.progress());
    }

    /// Does an effect; `None` for effects without an event.
    fn act(&mut self, effect: Effect) -> Option<Event> {
        let event = match effect {
            Effect::FetchContext => self.fetch_context(),
            Effect::FetchTemplate(sha256) => Ok(Event::TemplateDone { failure: self.fetch_template(&sha256).err() }),
            Effect::ListOutbox => self.list_outbox(),
            Effect::Push(envelopes) => Ok(self.push(&envelopes).map_or_else(Event::PushFailed, Event::Pushed)),
            Effect::SaveOutcomes(outcomes) => {
                let (told, mark) = std::mem::take(&mut self.pushed);
                let saved = self.work(|open| {
                    let now = open.now();
                    open.atomically(|open| {
                        outcomes.iter().try_for_each(|it| open.note_outcome(it, now))?;
                        profile::stand_on(&open.store.main, &told, mark)
                    })
                });
                return saved.err().map(Event::Failed);
            }
            Effect::Pull => self.pull(),
            Effect::ListPhotos => self.quiet(|open| pictures::unsent(&open.store.main)).map(Event::Photos),
            Effect::OfferPhotos(hashes) => self.offer_photos(hashes),
            Effect::SendPhoto(hash) => Ok(match self.send_photo(&hash) {
                Ok(()) => Event::PhotoSent(hash),
                Err(failure) => Event::PhotoFailed(hash, failure),
            }),
            Effect::Finish(_) => return None,
        };
        Some(event.unwrap_or_else(Event::Failed))
    }

    /// What the server has to say of this device came with its enrolment, or comes with the first page; so do the template
    /// files that are lacking ([`Self::pull`]).
    fn fetch_context(&mut self) -> Result<Event, Failure> {
        let known = self.quiet(|open| {
            let exchanged = profile::marks(&open.store.main)?.last_exchange_at.is_some();
            Ok(exchanged || directory::is_offered(&open.store.main)?)
        })?;
        if !known {
            let context = self.transport.context()?;
            self.work(|open| open.keep_context(context))?;
        }
        Ok(Event::ContextStored { missing_templates: Vec::new() })
    }

    fn fetch_template(&mut self, sha256: &str) -> Result<(), Failure> {
        let body = self.transport.template(sha256)?;
        self.keep_templates(&[sha256.to_owned()], &[ByteBuf::from(body)])?;
        let here =
            self.quiet(|open| Ok(!directory::missing_templates(&open.store.main)?.iter().any(|it| it == sha256)))?;
        if here { Ok(()) } else { Err(Failure::new(ErrorCode::AnswerForeign)) }
    }

    /// Keeps those of these files that were asked for.
    fn keep_templates(&mut self, wanted: &[String], files: &[ByteBuf]) -> Result<(), Failure> {
        let named = files.iter().map(|body| (hex::encode(Sha256::digest(body)), body));
        let named: Vec<_> = named.filter(|(sha256, _)| wanted.contains(sha256)).collect();
        if named.is_empty() {
            return Ok(());
        }
        self.work(|open| {
            open.atomically(|open| {
                named.iter().try_for_each(|(sha256, body)| directory::keep_template(&open.store.main, sha256, body))
            })?;
            open.refresh_directory()?;
            // What was begun with them can be counted now.
            let inspections = changes::of_kind(&open.store.main, RecordKind::Inspection)?;
            open.atomically(|open| open.reindex(inspections.iter().map(|record| record.id)))
        })
    }

    fn list_outbox(&mut self) -> Result<Event, Failure> {
        self.ask_after_gone()?;
        let (envelopes, unfolded) = self.quiet(Open::outbox)?;
        self.unfolded = unfolded;
        Ok(Event::Outbox(envelopes))
    }

    fn push(&mut self, envelopes: &[EnvelopeId]) -> Result<Vec<ancu_shared::sync::wire::PushOutcome>, Failure> {
        let request = self.quiet(|open| {
            let (envelopes, authors) = open.parcel(envelopes)?;
            let marks = profile::marks(&open.store.main)?.held;
            Ok(PushRequest { envelopes, device: report(open)?, authors, marks })
        })?;
        let answer = self.transport.push(&request)?;
        self.pushed = (request.marks, answer.mark);
        self.told = true;
        if let Some(pace) = self.transport.pace() {
            self.session.pace(pace);
        }
        Ok(answer.outcomes)
    }

    fn pull(&mut self) -> Result<Event, Failure> {
        let (cursors, tag) =
            self.quiet(|open| Ok((directory::cursors(&open.store.main, &open.context.scope)?, open.context.tag())))?;
        let (mut more, mut written) = (false, false);
        // Who has no unit now asks all the same: only the answer says that it is another now.
        let nowhere = cursors.is_empty();
        let rounds = if nowhere { vec![&cursors[..]] } else { cursors.chunks(MAX_PULL_UNITS).collect() };
        for some in rounds {
            let room = self.inner.control.book().page_bytes;
            let templates = self.quiet(|open| directory::missing_templates(&open.store.main))?;
            let templates: Vec<_> = templates.into_iter().take(MAX_PULL_TEMPLATES).collect();
            // Once in an exchange: who pushed has told it with that.
            let device = if self.told { None } else { Some(self.quiet(report)?) };
            let (cursors, context) = (some.to_vec(), Some(tag));
            let marks = self.quiet(|open| Ok(profile::marks(&open.store.main)?.held))?;
            let mut request =
                PullRequest { cursors, context, brief: true, room, templates, device, own_by_name: true, marks };
            let mut answer = self.page(&request)?;
            if !self.quiet(|open| open.forget_named(&mut answer))? {
                // Something of one's own that is not here any more, or stands without its receipt: in full, then.
                request = PullRequest { own_by_name: false, device: None, ..request };
                answer = self.page(&request)?;
            }
            if let Some(context) = answer.context.take() {
                self.work(|open| open.keep_context(context))?;
            } else {
                self.quiet(|open| open.keep_clock(answer.clock))?;
            }
            // Units that were given meanwhile are read from their beginning at once.
            more |= nowhere && self.quiet(|open| Ok(!open.context.scope.is_empty()))?;
            // Before the envelopes: what is made with them is counted by them.
            self.keep_templates(&request.templates, &answer.templates)?;
            let moved = |page: &UnitPage| {
                some.iter().any(|known| known.unit == page.unit && known.cursor.as_ref() != Some(&page.cursor))
            };
            // A page that says "more" without moving on would be asked for for ever.
            more |= answer.units.iter().any(|page| page.more && moved(page));
            let of_page = |page: &mut UnitPage| {
                let unit = page.unit;
                std::mem::take(&mut page.envelopes).into_iter().map(move |bytes| (unit, bytes))
            };
            let came = answer.units.iter_mut().flat_map(of_page).collect();
            let named = Incoming::name_all(came);
            let unread = self.quiet(|open| open.unread(&answer, named))?;
            let brings = !unread.is_empty()
                || answer.units.iter().any(|page| !page.moved.is_empty())
                || !self.quiet(|open| open.knows_life(&answer))?;
            let take_in = |incoming: &mut dyn Iterator<Item = Incoming>| {
                let receive = |open: &mut Open| open.receive(&answer, &request.marks, incoming);
                if brings { self.work(receive) } else { self.quiet(receive) }
            };
            written |= Incoming::check_all(unread, take_in)?;
        }
        // The next page may bring what this one had no room for.
        let mut missing_templates = Vec::new();
        if !more {
            self.note_loaded(cursors.iter().map(|known| known.unit).collect())?;
            missing_templates = self.quiet(|open| directory::missing_templates(&open.store.main))?;
        }
        Ok(Event::PageStored { more, written, missing_templates })
    }

    /// Asks for a page, and learns from how it came.
    fn page(&mut self, request: &PullRequest) -> Result<PullAnswer, Failure> {
        let pulled = self.transport.pull(request);
        let mut book = self.inner.control.book();
        match &pulled {
            Ok(_) => book.page_came(),
            Err(failure) if failure.problem.known_code() == ErrorCode::ServerUnreachable => book.page_broke_off(),
            Err(_) => {}
        }
        drop(book);
        self.told |= pulled.is_ok();
        pulled
    }

    /// Notes that these units' feeds were read to their end, if that is not known yet.
    fn note_loaded(&self, units: Vec<UnitId>) -> Result<(), Failure> {
        self.quiet(|open| {
            let marks = profile::marks(&open.store.main)?;
            if marks.loaded.as_ref() == Some(&units) {
                return Ok(());
            }
            profile::save_marks(&open.store.main, &profile::Marks { loaded: Some(units), ..marks })
        })
    }
}
