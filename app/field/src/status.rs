//! What the device says of itself: honest numbers, also while locked.
//!
//! Invariant: "safe to wipe" is said only when everything made here has the server's receipt and nothing is kept aside.

use std::sync::PoisonError;

use ancu_shared::clock::{UtcMillis, is_clock_off};
use ancu_shared::error::Problem;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::role::Role;
use ancu_shared::template::Words;
use ancu_shared::view::build::Live;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::api::SPARE_BYTES;
use crate::courier::CourierStatus;
use crate::engine::{APP_VERSION, Engine, Inner, Open};
use crate::exchange::ExchangeStatus;
use crate::exchange::posts::{last_end, next_post};
use crate::fault::Outcome;
use crate::records::form::FacilityDraftPlace;
use crate::store::aside::{self, LastKnown, SetAside};
use crate::store::drafts::{self, NoteDraft};
use crate::store::moves::{self, Departed};
use crate::store::outbox::{self, Unsent};
use crate::store::salvage::Salvaged;
use crate::store::{changes, courier, directory, forms, heard, index, profile};

/// With less than this free, an answer may find no room, in bytes.
const ANSWERS_BYTES: u64 = 512 * 1024;
/// What a photo of many details takes, kept and on its way into the store, in bytes.
const PHOTO_BYTES: u64 = 4 * 1024 * 1024;

/// Where the device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not enrolled.
    Fresh,
    /// Waiting for the PIN.
    Locked,
    /// Open.
    Ready,
    /// Too many wrong PINs: waits for a new enrolment code.
    PinLocked,
}

/// The premises that a household head was invited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct HomeStatus {
    /// The premises' record.
    pub facility: DocumentId,
    /// Name and address.
    pub place: String,
    /// Whether a declaration was begun here: where none was, none was sent.
    pub declared: bool,
}

/// How much room there is for what is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    /// For answers and photos.
    Enough,
    /// For answers; another photo may find no room, so none is begun.
    Low,
    /// For nothing that can be relied on: records are read, and hardly anything is saved.
    Full,
}

impl Room {
    fn of(free: u64) -> Self {
        match free {
            _ if free < ANSWERS_BYTES => Self::Full,
            _ if free < SPARE_BYTES + PHOTO_BYTES => Self::Low,
            _ => Self::Enough,
        }
    }
}

/// How much is here while the first pull is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Loading {
    /// Premises.
    #[ts(type = "number")]
    pub facilities: u64,
    /// Records of any kind.
    #[ts(type = "number")]
    pub records: u64,
}

/// Where a note of one's own waits for a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct NoteDraftPlace {
    /// The inspection.
    pub inspection: DocumentId,
    /// The question's code.
    pub item: String,
    /// The question, where its checklist is here.
    pub question: Option<Words>,
    /// What the premises are called; empty where that is not known here.
    pub premises: String,
}

/// What the device says of itself. While locked, nothing of the person is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct DeviceStatus {
    /// Where it stands.
    pub phase: Phase,
    /// Who works on it.
    pub person_name: Option<String>,
    /// In which role.
    pub role: Option<Role>,
    /// In which unit.
    pub unit_name: Option<String>,
    /// Units whose premises and visits its holder may write today; none without such a post. Not known while locked.
    pub writes_in: Vec<UnitId>,
    /// The first day of the next post, where none is held today.
    #[ts(type = "string | null")]
    pub begins: Option<Date>,
    /// The first day on which the last post was held no more, where none is held today and none is to begin.
    #[ts(type = "string | null")]
    pub ended: Option<Date>,
    /// The device's name.
    pub device_name: Option<String>,
    /// The server.
    pub server: Option<String>,
    /// Version of this program.
    pub app_version: String,
    /// Tries left.
    pub pin_attempts_left: Option<u32>,
    /// Whether a household head works on it.
    pub citizen: bool,
    /// For a household head: the premises.
    pub home: Option<HomeStatus>,
    /// What has no receipt; nothing is known of it while locked ([`Self::unsent_known`]).
    pub unsent: Unsent,
    /// Whether [`Self::unsent`] was counted. While locked it was not: its zeros say nothing.
    pub unsent_known: bool,
    /// When the oldest of it was made.
    pub oldest_unsent: Option<UtcMillis>,
    /// When the last exchange ended well.
    pub last_exchange_at: Option<UtcMillis>,
    /// The exchange.
    pub exchange: ExchangeStatus,
    /// Until all that the server has for this device was here once; then null. Lists are not whole before.
    pub loading: Option<Loading>,
    /// Whether everything made here is admitted at the server. Not known while locked: `false`; and neither where a store was
    /// set aside that may hold what is nowhere else ([`SetAside::safe_to_wipe`]).
    pub safe_to_wipe: bool,
    /// Own notes that wait for a choice at a question where a colleague's newer one stands: they are on this device only. Not
    /// known while locked.
    pub note_drafts: Vec<NoteDraftPlace>,
    /// Forms of premises that are being written and are in no record yet, the latest first. Not known while locked.
    pub facility_drafts: Vec<FacilityDraftPlace>,
    /// Stores that were set aside because their PIN was forgotten, the latest first.
    pub set_aside: Vec<SetAside>,
    /// What the store said of its unsent work when it was open last: all that is known of it while locked.
    pub last_known: Option<LastKnown>,
    /// How much room there is for what is entered.
    pub room: Room,
    /// Free bytes where the data are.
    #[ts(type = "number | null")]
    pub free_bytes: Option<u64>,
    /// Another number than before: something was written meanwhile, by whatever window. Null while locked.
    #[ts(type = "number | null")]
    pub revision: Option<u64>,
    /// What was saved out of a damaged store, where this device was enrolled anew because of one.
    pub salvaged: Option<Salvaged>,
    /// The server's clock minus this device's, in milliseconds, at the last exchange.
    #[ts(type = "number | null")]
    pub clock_offset_ms: Option<i64>,
    /// How far this device's clock was set back since that exchange, at least, in milliseconds; null where it was not.
    #[ts(type = "number | null")]
    pub clock_set_back_ms: Option<i64>,
    /// Premises that another unit looks after since lately, the latest first. Not known while locked.
    pub departed: Vec<Departed>,
    /// Envelopes of colleagues that the server does not have yet, as far as is known here. Not known while locked.
    #[ts(type = "number")]
    pub of_colleagues: u64,
    /// Sending by file. Not known while locked.
    pub courier: CourierStatus,
}

impl Engine {
    /// What the device says of itself.
    pub fn status(&self) -> Result<DeviceStatus, Problem> {
        let attempts = self.inner.keyring.attempts_left()?;
        let set_aside = aside::list(&self.inner.folder)?;
        let free_bytes = fs4::available_space(&self.inner.folder).ok();
        let nothing_aside = set_aside.iter().all(|store| store.safe_to_wipe);
        let mut status = DeviceStatus {
            phase: match attempts {
                None => Phase::Fresh,
                Some(0) => Phase::PinLocked,
                Some(_) => Phase::Locked,
            },
            person_name: None,
            role: None,
            unit_name: None,
            writes_in: Vec::new(),
            begins: None,
            ended: None,
            device_name: None,
            server: None,
            app_version: APP_VERSION.to_owned(),
            pin_attempts_left: attempts,
            citizen: false,
            home: None,
            unsent: Unsent::default(),
            unsent_known: attempts.is_none(), // nothing was ever made on a fresh device
            oldest_unsent: None,
            last_exchange_at: None,
            exchange: self.exchange_status(),
            loading: None,
            salvaged: None,
            note_drafts: Vec::new(),
            facility_drafts: Vec::new(),
            set_aside,
            last_known: attempts.and_then(|_| aside::last_known(&self.inner.folder)),
            room: free_bytes.map_or(Room::Enough, Room::of),
            free_bytes,
            revision: None,
            safe_to_wipe: attempts.is_none() && nothing_aside, // nothing was ever made on a fresh device
            clock_offset_ms: None,
            clock_set_back_ms: None,
            departed: Vec::new(),
            of_colleagues: 0,
            courier: CourierStatus::default(),
        };
        if let Some(open) = self.inner.guard().as_ref() {
            open.tell(&mut status)?;
            self.inner.note_last_known(status.unsent, status.safe_to_wipe);
            status.safe_to_wipe &= nothing_aside;
        }
        Ok(status)
    }
}

impl Inner {
    /// Whether the last word was that nothing is unsent, or there was none: what is written now makes it wrong.
    pub(crate) fn is_noted_as_sent(&self) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.is_none_or(|noted| noted.unsent.is_nothing())
    }

    /// Says beside the store, before anything in it is changed, that it may hold what is nowhere else: a process may die
    /// between the change and the next word on it. The caller holds the store.
    pub(crate) fn doubt_last_known(&self) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = noted.or_else(|| aside::last_known(&self.folder)).filter(|known| known.safe_to_wipe) else {
            return;
        };
        let doubted = LastKnown { safe_to_wipe: false, ..known };
        *noted = match aside::note_last_known(&self.folder, doubted) {
            Ok(()) => Some(doubted),
            Err(fault) => {
                // A word that is not there promises nothing.
                tracing::debug!(%fault, "what is unsent could not be noted");
                aside::forget_last_known(&self.folder);
                None
            }
        };
    }

    /// Notes beside the store what it says of its unsent work, for who will have forgotten the PIN. A word only: where it
    /// cannot be written, nothing fails. The caller holds the store.
    pub(crate) fn note_last_known(&self, unsent: Unsent, safe_to_wipe: bool) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.is_some_and(|noted| (noted.unsent, noted.safe_to_wipe) == (unsent, safe_to_wipe)) {
            return;
        }
        let known = LastKnown { at: self.clock.now(), unsent, safe_to_wipe };
        match aside::note_last_known(&self.folder, known) {
            Ok(()) => *noted = Some(known),
            Err(fault) => tracing::debug!(%fault, "what is unsent could not be noted"),
        }
    }

    /// The same of a store as it stands.
    pub(crate) fn note_as_it_stands(&self, open: &Open) {
        let stands = outbox::count_unsent(&open.store.main).and_then(|it| Ok((it, open.is_safe_to_wipe(it)?)));
        if let Ok((unsent, safe)) = stands {
            self.note_last_known(unsent, safe);
        }
    }

    /// The same of the open one, if there is one.
    pub(crate) fn note_the_open(&self) {
        if let Some(open) = self.guard().as_ref() {
            self.note_as_it_stands(open);
        }
    }
}

impl Open {
    fn tell(&self, status: &mut DeviceStatus) -> Outcome<()> {
        let marks = profile::marks(&self.store.main)?;
        let post = self.post();
        status.phase = Phase::Ready;
        status.person_name = Some(self.me.person_name.clone());
        status.role = post.map(|(role, _)| role);
        status.unit_name = post.map(|(_, unit)| self.unit_name(unit));
        let scope = self.context.scope.iter().copied();
        status.writes_in = scope.filter(|unit| self.may_write(RecordKind::Inspection, *unit).is_ok()).collect();
        status.begins = post.is_none().then(|| next_post(&self.context, self.today())).flatten();
        let over = post.is_none() && status.begins.is_none();
        status.ended = over.then(|| last_end(&self.context, self.today())).flatten();
        status.device_name = Some(self.identity.device_name.clone());
        status.server = Some(self.identity.server.clone());
        status.citizen = self.is_citizen();
        if let Some(home) = &self.context.home {
            let declared = !changes::of_kind(&self.store.main, RecordKind::Dwelling)?.is_empty();
            status.home = Some(HomeStatus { facility: home.facility, place: home.place.clone(), declared });
        }
        status.unsent = outbox::count_unsent(&self.store.main)?;
        status.unsent_known = true;
        status.oldest_unsent = outbox::oldest_unsent(&self.store.main)?;
        status.last_exchange_at = marks.last_exchange_at;
        // What the server said of this device stands until it says otherwise, however often the program began anew meanwhile.
        if let (None, Some(code)) = (&status.exchange.problem, marks.turned_away()) {
            status.exchange.problem = Some(Problem::new(code));
        }
        status.salvaged = marks.salvaged;
        status.revision = Some(self.store.revision());
        status.safe_to_wipe = self.is_safe_to_wipe(status.unsent)?;
        status.note_drafts = self.note_draft_places()?;
        status.facility_drafts = self.facility_draft_places()?;
        status.departed = moves::departed(&self.store.main, self.now())?;
        status.of_colleagues = heard::count_lacking(&self.store.main)?;
        status.courier = CourierStatus::of(&self.store, self.context.courier.is_some())?;
        status.loading = if marks.is_loading(&self.context.scope) {
            let (facilities, _) = index::counts(&self.store.main)?;
            Some(Loading { facilities, records: changes::count(&self.store.main)? })
        } else {
            None
        };
        status.clock_offset_ms = marks.clock_offset_millis;
        let set_back = marks.last_exchange_at.map(|at| at.since(self.now()));
        status.clock_set_back_ms = set_back.filter(|millis| *millis > 0 && is_clock_off(*millis));
        Ok(())
    }

    /// Whether nothing would be lost with this store.
    pub(crate) fn is_safe_to_wipe(&self, unsent: Unsent) -> Outcome<bool> {
        // A server that does not know this device has lost something; what others made may be nowhere else either.
        // And so may what is carried for a colleague.
        Ok(unsent.is_safe_to_wipe()
            && !profile::marks(&self.store.main)?.unknown
            && !heard::is_any_lacking(&self.store.main)?
            && !courier::is_carrying(&self.store.main)?
            && !drafts::is_any(&self.store.main)?
            && forms::all(&self.store.main)?.is_empty())
    }

    /// Where own notes wait for a choice.
    fn note_draft_places(&self) -> Outcome<Vec<NoteDraftPlace>> {
        let main = &self.store.main;
        let mut places = Vec::new();
        for inspection in drafts::waiting(main)? {
            let facility = changes::find(main, inspection)?.and_then(|record| record.facility);
            let premises = facility.map(|id| index::facility(main, id)).transpose()?.flatten();
            let premises = premises.map_or_else(String::new, |premises| premises.name);
            let mut template = None;
            for named in Live::of(&changes::cells(main, inspection)?).templates() {
                template = template.or(directory::template(main, &named.code, &named.version)?);
            }
            for NoteDraft { item, .. } in drafts::of(main, inspection)? {
                let question = template.as_ref().and_then(|it| it.item(&item)).map(|it| it.title.clone());
                places.push(NoteDraftPlace { inspection, item, question, premises: premises.clone() });
            }
        }
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_that_would_be_refused_is_told_of_before_it_is_taken() {
        assert_eq!(Room::of(u64::MAX), Room::Enough);
        assert_eq!(Room::of(SPARE_BYTES + PHOTO_BYTES), Room::Enough);
        // The answers' share is left, and the photo itself would not fit beside it.
        assert_eq!(Room::of(SPARE_BYTES + PHOTO_BYTES - 1), Room::Low);
        assert_eq!(Room::of(ANSWERS_BYTES), Room::Low);
        assert_eq!(Room::of(ANSWERS_BYTES - 1), Room::Full);
    }
}
