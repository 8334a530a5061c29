//! The engine: one handle for the window, the command line, the bridge and the tests.
//!
//! Invariants: time and randomness are handed in; one lock guards the open store and is never held during network I/O or
//! while a picture is worked on; the store's key and the author's secret are in memory only while unlocked.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ancu_shared::author::{AuthorIdentity, AuthorSecret};
use ancu_shared::clock::withdrawn::{WithdrawnSpan, counting, enrolled_at, is_withdrawn};
use ancu_shared::clock::{Clock, ClockSpan, RandomSource, Running, UtcMillis, clock_off};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{ActorId, AuthorKey, DeviceId, DocumentId, EnvelopeId, PersonId, UnitId};
use ancu_shared::role::Role;
use ancu_shared::sync::wire::Context;
use ancu_shared::template::fill::Kept;
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::view::{Attribution, Authors};

use crate::exchange::control::Control;
use crate::exchange::transport::Connect;
use crate::fault::Outcome;
use crate::keyring::{Cost, Keyring};
use crate::near::Near;
use crate::store::aside::{self, LastKnown};
use crate::store::profile::{self, Identity};
use crate::store::{FolderLock, Store, directory, reserve, swap};

/// Version of this program, as devices report it.
pub const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What an engine is given from outside.
pub struct Surroundings {
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where keys and ids come from: cryptographically secure, but in tests.
    pub random: Box<dyn RandomSource>,
    /// How the server is reached.
    pub connect: Arc<dyn Connect>,
    /// What a PIN costs to try.
    pub cost: Cost,
    /// Whether exchanges begin by themselves: after unlocking, after writing, and again after a failure.
    pub automatic: bool,
}

/// The device engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) folder: PathBuf,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<Mutex<Box<dyn RandomSource>>>,
    pub(crate) connect: Arc<dyn Connect>,
    pub(crate) cost: Cost,
    pub(crate) automatic: AtomicBool,
    pub(crate) open: Mutex<Option<Open>>,
    pub(crate) control: Arc<Control>,
    /// Waiting for colleagues nearby.
    pub(crate) near: Near,
    pub(crate) enrolling: Mutex<()>,
    /// What this process noted last of the open store.
    pub(crate) noted: Mutex<Option<LastKnown>>,
    _lock: FolderLock,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({})", self.inner.folder.display())
    }
}

impl Engine {
    /// The engine of a data folder with the real network; exchanges begin when asked, see [`Engine::exchange_by_itself`].
    pub fn open(folder: &Path, clock: Arc<dyn Clock>, random: Box<dyn RandomSource>) -> Result<Self, Problem> {
        let surroundings = Surroundings {
            clock,
            random,
            connect: Arc::new(crate::http::HttpsConnect::default()),
            cost: Cost::default(),
            automatic: false,
        };
        Self::with(folder, surroundings)
    }

    /// The engine of a data folder in given surroundings. Takes the folder: `store_busy` if another engine has it.
    pub fn with(folder: &Path, surroundings: Surroundings) -> Result<Self, Problem> {
        let lock = FolderLock::take(folder)?;
        aside::finish(folder)?;
        swap::finish(folder)?;
        let inner = Inner {
            folder: folder.to_owned(),
            keyring: Keyring::in_folder(folder),
            clock: surroundings.clock,
            random: Arc::new(Mutex::new(surroundings.random)),
            connect: surroundings.connect,
            cost: surroundings.cost,
            automatic: AtomicBool::new(surroundings.automatic),
            open: Mutex::new(None),
            control: Arc::new(Control::default()),
            near: Near::default(),
            enrolling: Mutex::new(()),
            noted: Mutex::new(None),
            _lock: lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Lets exchanges begin by themselves from now on: after unlocking, after writing, and again after a failure.
    pub fn exchange_by_itself(&self) {
        self.inner.automatic.store(true, Ordering::Relaxed);
    }

    /// Opens the store with a PIN.
    pub fn unlock(&self, pin: &str) -> Result<(), Problem> {
        self.inner.unlock(pin)?;
        if self.inner.is_automatic() {
            self.ask_for_exchange();
        }
        Ok(())
    }

    /// Folds the journal into changes and closes the store: keys leave the memory.
    pub fn lock(&self) -> Result<(), Problem> {
        self.inner.near.stop();
        let mut open = self.inner.guard();
        // The journal is durable either way: a fold that fails (disk full) must not keep the store open.
        let folded = open.as_mut().map_or(Ok(()), Open::fold_all);
        if let Some(open) = open.as_ref() {
            self.inner.note_as_it_stands(open);
        }
        *open = None;
        // Whatever is opened next says so anew.
        *self.inner.noted.lock().unwrap_or_else(PoisonError::into_inner) = None;
        drop(open);
        self.inner.control.forget_exchange();
        Ok(folded?)
    }

    /// Lets the records grow to so many pages at most until the store is opened anew, or takes that limit away. What needs
    /// more fails as on a full disk.
    pub fn limit_records(&self, pages: Option<u32>) -> Result<(), Problem> {
        self.work(|open| open.store.limit(pages))
    }

    /// Works on the open store; `locked` or `not_enrolled` without one.
    pub(crate) fn work<T>(&self, work: impl FnOnce(&mut Open) -> Outcome<T>) -> Result<T, Problem> {
        Ok(self.inner.work(work)?)
    }

    /// As [`Engine::work`], for what a person enters: an automatic exchange follows.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Open) -> Outcome<T>) -> Result<T, Problem> {
        let done = self.keep(work)?;
        if self.inner.is_automatic() {
            self.ask_for_exchange_soon();
        }
        Ok(done)
    }

    /// As [`Engine::write`], for what concerns nobody else: no exchange follows.
    pub(crate) fn keep<T>(&self, work: impl FnOnce(&mut Open) -> Outcome<T>) -> Result<T, Problem> {
        Ok(self.inner.change(|open| {
            let done = work(open)?;
            if self.inner.is_noted_as_sent() {
                self.inner.note_as_it_stands(open);
            }
            Ok(done)
        })?)
    }
}

impl Inner {
    pub(crate) fn guard(&self) -> MutexGuard<'_, Option<Open>> {
        // A panic while the lock was held broke off a transaction, which SQLite rolled back: the store is sound.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn work<T>(&self, work: impl FnOnce(&mut Open) -> Outcome<T>) -> Outcome<T> {
        match self.guard().as_mut() {
            Some(open) => work(open),
            None if self.keyring.exists() => Err(ErrorCode::Locked.into()),
            None => Err(ErrorCode::NotEnrolled.into()),
        }
    }

    /// As [`Inner::work`], for what may leave something in the store that is nowhere else.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&mut Open) -> Outcome<T>) -> Outcome<T> {
        self.work(|open| {
            self.doubt_last_known();
            work(open)
        })
    }

    pub(crate) fn unlock(&self, pin: &str) -> Outcome<()> {
        let mut guard = self.guard();
        if guard.is_some() {
            // Asked again while open: the PIN is still checked, and counted.
            self.keyring.open(pin)?;
            return Ok(());
        }
        let key = self.keyring.open(pin)?;
        let store = Store::open(&self.folder, &key, self.clock.now())?;
        *guard = Some(Open::new(store, Arc::clone(&self.clock), Arc::clone(&self.random))?);
        reserve::keep(&self.folder);
        Ok(())
    }

    pub(crate) fn is_automatic(&self) -> bool {
        self.automatic.load(Ordering::Relaxed)
    }

    pub(crate) fn dice(&self) -> u64 {
        let mut bytes = [0_u8; 8];
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.control.stop();
    }
}

/// The open store with who works on it.
pub(crate) struct Open {
    pub(crate) store: Store,
    pub(crate) identity: Identity,
    pub(crate) secret: AuthorSecret,
    pub(crate) me: AuthorIdentity,
    pub(crate) context: Context,
    pub(crate) people: People,
    pub(crate) clock: Arc<dyn Clock>,
    random: Arc<Mutex<Box<dyn RandomSource>>>,
    templates: HashMap<TemplateRef, Arc<Template>>,
    /// The checklist filled last.
    pub(crate) kept: Kept,
    /// Own envelopes that the page at hand brings again: they stand in the feed.
    pub(crate) came_again: BTreeSet<EnvelopeId>,
}

impl Open {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, random: Arc<Mutex<Box<dyn RandomSource>>>) -> Outcome<Self> {
        let identity =
            // An enrolled device's store has both: without them its file is gone, or was cut to nothing.
            profile::identity(&store.main)?.ok_or(ErrorCode::StoreDamaged)?;
        let context = profile::context(&store.main)?.ok_or(ErrorCode::StoreDamaged)?;
        let me = identity.certified()?;
        directory::keep_author(&store.main, &identity.certificate, &identity.certifier)?;
        directory::keep_actor(&store.main, &me.key, identity.epoch)?;
        let people = People::of(&store, &identity.certifier, &context)?;
        let secret = identity.secret();
        let mut open = Self {
            store,
            identity,
            secret,
            me,
            context,
            people,
            clock,
            random,
            templates: HashMap::new(),
            kept: Kept::default(),
            came_again: BTreeSet::new(),
        };
        open.make_searchable()?;
        open.make_findings()?;
        Ok(open)
    }

    pub(crate) fn now(&self) -> UtcMillis {
        self.clock.now()
    }

    /// The device's running clock, where it has one.
    pub(crate) fn running(&self) -> Option<Running> {
        self.clock.running()
    }

    pub(crate) fn actor(&self) -> ActorId {
        self.identity.actor()
    }

    pub(crate) fn person(&self) -> PersonId {
        self.me.person
    }

    pub(crate) fn new_id(&self) -> DocumentId {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        DocumentId::generate(&*self.clock, &mut **random)
    }

    pub(crate) fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut bytes);
        bytes
    }

    /// Today in Hà Nội, by the device's clock.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        self.now().hanoi_date()
    }

    pub(crate) fn is_citizen(&self) -> bool {
        self.context.home.is_some() || self.context.posts.iter().any(|post| post.role.is_citizen())
    }

    /// The role and unit of field work. A device whose clock is years off still knows its only post.
    pub(crate) fn post(&self) -> Option<(Role, UnitId)> {
        profile::main_post(&self.context, self.today())
            .or_else(|| profile::main_post(&self.context, self.context.clock.hanoi_date()))
    }

    pub(crate) fn unit_name(&self, unit: UnitId) -> String {
        self.context
            .units
            .iter()
            .find(|known| known.id == unit)
            .map_or_else(String::new, |known| known.full_name.clone())
    }

    /// A template that is here.
    pub(crate) fn template(&mut self, reference: &TemplateRef) -> Outcome<Option<Arc<Template>>> {
        if let Some(known) = self.templates.get(reference) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(found) = directory::template(&self.store.main, &reference.code, &reference.version)? else {
            return Ok(None);
        };
        let found = Arc::new(found);
        self.templates.insert(reference.clone(), Arc::clone(&found));
        Ok(Some(found))
    }

    /// Reads authors and templates anew: an exchange brought some.
    pub(crate) fn refresh_directory(&mut self) -> Outcome<()> {
        self.people = People::of(&self.store, &self.identity.certifier, &self.context)?;
        self.templates.clear();
        Ok(())
    }
}

/// Who an actor is, as certificates say, and what the server saw of the clocks of their devices.
#[derive(Debug, Default)]
pub(crate) struct People {
    authors: HashMap<ActorId, AuthorIdentity>,
    clocks: HashMap<DeviceId, Vec<ClockSpan>>,
    /// What the server takes back of that: its own clock was wrong then.
    withdrawn: Vec<WithdrawnSpan>,
}

impl People {
    fn of(store: &Store, certifier: &AuthorKey, context: &Context) -> Outcome<Self> {
        let authors = directory::authors(&store.main, certifier)?;
        let withdrawn = context.withdrawn.clone();
        let clocks = directory::clocks(&store.main)?.into_iter();
        let clocks = clocks.map(|(device, spans)| (device, counting(&withdrawn, device, spans))).collect();
        Ok(Self { authors, clocks, withdrawn })
    }
}

impl People {
    /// Who has a key, as the server certified it.
    pub(crate) fn of_key(&self, key: &AuthorKey, at: UtcMillis) -> Option<Attribution> {
        let (actor, _) = self.authors.iter().find(|(_, identity)| identity.key == *key)?;
        Some(self.attribution(*actor, at))
    }
}

impl Authors for People {
    fn attribution(&self, actor: ActorId, at: UtcMillis) -> Attribution {
        let identity = self.authors.get(&actor);
        let spans = identity.and_then(|identity| self.clocks.get(&identity.device));
        let clock_off_ms = spans.and_then(|spans| clock_off(spans, at));
        Attribution { clock_off_ms, ..Attribution::of(identity, at) }
    }

    fn enrolled_at(&self, actor: ActorId) -> Option<UtcMillis> {
        let identity = self.authors.get(&actor)?;
        enrolled_at(&self.withdrawn, identity.device, identity.enrolled_at()?)
    }

    fn is_withdrawn(&self, actor: ActorId, written: UtcMillis, offset_ms: i64) -> bool {
        let identity = self.authors.get(&actor);
        identity.is_some_and(|identity| is_withdrawn(&self.withdrawn, identity.device, written, offset_ms))
    }
}
