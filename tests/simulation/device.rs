//! A device: the real engine on a folder of its own, a clock that may be wrong, and a person who uses it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;

use ancu_field::api::Command;
use ancu_field::keyring::Cost;
use ancu_field::status::DeviceStatus;
use ancu_field::{Engine, Surroundings};
use ancu_shared::clock::{Clock, Running, SeededRandom, UtcMillis};
use ancu_shared::error::Problem;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::disk::{self, Files};
use crate::network::{Activity, Signal, Socket};

pub(crate) const PIN: &str = "275041";
const DATABASE: &str = "main.db";

/// The true time, and how far a clock is from it.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) true_time: Arc<AtomicI64>,
    pub(crate) offset: AtomicI64,
}

impl Clock for Watch {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.true_time.load(Ordering::SeqCst) + self.offset.load(Ordering::SeqCst))
    }

    fn running(&self) -> Option<Running> {
        Some(Running(1, self.true_time.load(Ordering::SeqCst).unsigned_abs()))
    }
}

/// Whose device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Somebody with an account.
    Officer {
        /// Which account.
        account: usize,
    },
    /// A household head.
    Citizen,
}

/// Where a device stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Has a link and is not enrolled.
    Fresh,
    /// In use.
    Enrolled,
    /// Its access was taken away, and it knows or not.
    Revoked,
    /// Destroyed, after it had said that this loses nothing.
    Wiped,
}

/// A device.
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) holder: Holder,
    pub(crate) standing: Standing,
    pub(crate) link: String,
    pub(crate) watch: Arc<Watch>,
    pub(crate) engine: Engine,
    pub(crate) activity: Option<Activity>,
    /// The life of the server that it has pulled from.
    pub(crate) life: u32,
    /// The life of the server whose pull was answered and perhaps stored.
    pub(crate) pulled: Option<u32>,
    /// What the last exchange that ended said.
    pub(crate) problem: Option<Problem>,
    socket: Socket,
    root: PathBuf,
    folder: PathBuf,
    folders: u32,
    threads: Vec<JoinHandle<()>>,
}

impl Device {
    /// A device that nobody has enrolled.
    pub(crate) fn new(
        root: &Path,
        name: String,
        holder: Holder,
        link: String,
        true_time: &Arc<AtomicI64>,
        random: &mut SeededRandom,
    ) -> Self {
        let watch = Arc::new(Watch { true_time: Arc::clone(true_time), offset: AtomicI64::new(0) });
        let root = root.join(name.replace(' ', "-"));
        let folder = root.join("0");
        let socket = Socket::default();
        let engine = start(&folder, &watch, &socket, random);
        Self {
            name,
            holder,
            standing: Standing::Fresh,
            link,
            watch,
            engine,
            activity: None,
            life: 0,
            pulled: None,
            problem: None,
            socket,
            root,
            folder,
            folders: 0,
            threads: Vec::new(),
        }
    }

    /// A command, as the window gives it.
    pub(crate) fn tell(&self, command: Command) -> Result<Value, Problem> {
        self.engine.dispatch(command)
    }

    /// The same, read.
    pub(crate) fn ask<T: DeserializeOwned>(&self, command: Command) -> Result<T, Problem> {
        Ok(serde_json::from_value(self.engine.dispatch(command)?).expect("an answer of that shape"))
    }

    /// What it says of itself.
    pub(crate) fn status(&self) -> DeviceStatus {
        self.engine.status().expect("a status")
    }

    /// Whether it waits for the network.
    pub(crate) fn is_calling(&self) -> bool {
        self.activity.is_some()
    }

    /// Begins to enrol.
    pub(crate) fn enrol(&mut self) {
        let (engine, name, link) = (self.engine.clone(), self.name.clone(), self.link.clone());
        let command =
            Command::Enrol { link, pin: PIN.into(), device_name: name, person_name: Some("Chủ hộ".into()) };
        self.activity = Some(Activity::begin(&self.socket, "enrol", move || engine.dispatch(command).map(|_| ())));
    }

    /// Begins to exchange.
    pub(crate) fn exchange(&mut self) {
        let engine = self.engine.clone();
        let work = move || {
            engine.exchange_wait()?;
            engine.exchange_status().problem.map_or(Ok(()), Err)
        };
        self.activity = Some(Activity::begin(&self.socket, "exchange", work));
    }

    /// Waits for the next request or the end. `Some`: it ended.
    pub(crate) fn go_on(&mut self) -> Option<Result<(), Problem>> {
        let activity = self.activity.as_mut()?;
        let what = activity.what;
        match activity.next() {
            Some(Signal::Call(call)) => {
                activity.call = Some(call);
                None
            }
            Some(Signal::Ended(ended)) => {
                self.leave();
                Some(ended)
            }
            None => panic!("{}: {what} panicked", self.name),
        }
    }

    /// The store's files as they are now.
    pub(crate) fn files(&self) -> Files {
        Files::of(&self.folder.join(DATABASE))
    }

    /// The battery is out, with all or some of what was written since `before` on the disk; then it is started again.
    /// Whether nothing was lost.
    pub(crate) fn crash(&mut self, before: &Files, random: &mut SeededRandom) -> bool {
        self.folders += 1;
        let next = self.root.join(self.folders.to_string());
        let whole = disk::crash(&self.folder, &next, DATABASE, before, random);
        self.leave();
        self.pulled = None;
        // What still runs of the old engine writes to a disk that nobody looks at any more.
        self.socket = Socket::default();
        self.folder = next;
        self.engine = start(&self.folder, &self.watch, &self.socket, random);
        self.unlock();
        whole
    }

    /// Opens it with the PIN, if it is enrolled.
    pub(crate) fn unlock(&mut self) {
        if self.standing != Standing::Fresh {
            self.tell(Command::Unlock { pin: PIN.into() }).expect("the PIN opens it");
        }
    }

    fn leave(&mut self) {
        if let Some(activity) = self.activity.take() {
            self.threads.push(activity.abandon());
        }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.leave();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so where it mattered.
            let _ = thread.join();
        }
    }
}

fn start(folder: &Path, watch: &Arc<Watch>, socket: &Socket, random: &mut SeededRandom) -> Engine {
    let surroundings = Surroundings {
        clock: Arc::clone(watch) as Arc<dyn Clock>,
        random: Box::new(SeededRandom::new(random.next_u64())),
        connect: Arc::new(socket.clone()),
        // The PIN is not what is tested here.
        cost: Cost { memory_kib: 64, passes: 1 },
        automatic: false,
    };
    Engine::with(folder, surroundings).expect("an engine")
}
