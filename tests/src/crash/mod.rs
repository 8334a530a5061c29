//! `kill -9` of the real engine and of the real server at random instants, as often as asked.
//!
//! After each kill everything is started again and compared with what this driver wrote down for itself: an answer of the
//! engine, a verdict or a receipt of the server is written down when it has come, and not before. What was acknowledged and
//! is not there is **lost**; what is there and nobody sent is **invented**; both must be none.
//!
//! A seed gives the same people, the same work and the same delays; the instant at which a process dies within its work is
//! the machine's. What a kill does not try, because the system keeps what was written: the loss of power. That is tried
//! in `tests/simulation`, which cuts the write-ahead log.

mod officer;
mod town;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use ancu_shared::clock::SeededRandom;

use crate::device::{Bridge, Device, PIN};
use crate::server::Server;
use officer::Officer;
use town::Town;

/// The longest time from the last acknowledgement that is waited for to the kill.
const LONGEST: usize = 60_000;

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many kills.
    pub kills: u64,
    /// What everything random comes from.
    pub seed: u64,
    /// Where the stores of a failure are kept.
    pub keep: PathBuf,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Kills of the engine at work.
    pub engine: u64,
    /// Kills of the engine while it opens its store.
    pub opening: u64,
    /// Kills of the server.
    pub server: u64,
    /// Kills of both at once.
    pub both: u64,
    /// Entries that the engine said to be saved.
    pub saved: u64,
    /// Exchanges after which the engine said that all is sent.
    pub all_sent: u64,
    /// Envelopes that the server gave its word on.
    pub envelopes: u64,
    /// Photos that the server receipted.
    pub receipts: u64,
    /// Things sent whose answer a kill took: done or not, both are right.
    pub unheard: u64,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { engine, opening, server, both, saved, all_sent, envelopes, receipts, unheard } = self;
        write!(
            f,
            "{} kills (engine {engine}, opening {opening}, server {server}, both {both}); acknowledged: {saved} entries, \
             {all_sent} times all sent, {envelopes} envelopes, {receipts} photos; {unheard} times a kill took the answer; \
             0 lost, 0 invented",
            engine + opening + server + both
        )
    }
}

/// Who dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Engine,
    Opening,
    Server,
    Both,
}

impl Victim {
    fn choose(random: &mut SeededRandom) -> Self {
        match random.below(100) {
            0..50 => Self::Engine,
            50..58 => Self::Opening,
            58..88 => Self::Server,
            _ => Self::Both,
        }
    }

    fn is_engine(self) -> bool {
        matches!(self, Self::Engine | Self::Both)
    }

    fn is_server(self) -> bool {
        matches!(self, Self::Server | Self::Both)
    }
}

/// Kills as often as asked. `Err` says what was lost or invented, and where its stores are.
pub fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> Result<Summary, String> {
    let mut crash = Crash::begin(options.seed);
    let mut run = || {
        for number in 1..=options.kills {
            crash.round().map_err(|what| format!("kill {number}: {what}"))?;
            if number.is_multiple_of(100) {
                tell(&format!("{number} of {}: {}", options.kills, crash.summary));
            }
        }
        crash.end().map_err(|what| format!("at the end: {what}"))
    };
    let ran = catch_unwind(AssertUnwindSafe(&mut run)).unwrap_or_else(|_| Err("a panic, told above".into()));
    ran.map_err(|what| {
        let kept = options.keep.join(format!("seed-{}", options.seed));
        let places = [(crash.device.folder(), "device"), (crash.server.folder(), "server")];
        let copied = places.into_iter().try_for_each(|(from, name)| copy(from, &kept.join(name)));
        let kept = copied.map_or_else(|error| format!("not kept: {error}"), |()| kept.display().to_string());
        format!("seed {}, {what}; its stores: {kept}", options.seed)
    })?;
    Ok(crash.summary)
}

struct Crash {
    random: SeededRandom,
    server: Server,
    device: Device,
    /// The engine's process, where it survived the last round.
    bridge: Option<Bridge>,
    officer: Officer,
    town: Town,
    summary: Summary,
}

impl Crash {
    fn begin(seed: u64) -> Self {
        let mut random = SeededRandom::new(seed);
        let server = Server::start();
        let town = Town::enrol(&server, &mut random);
        let device = Device::new("Máy rơi nhiều lần");
        device.enrol(&server.link("canbo1"));
        device.sync();
        cheapen(&device);
        let officer = Officer::new(&mut random);
        Self { random, server, device, bridge: None, officer, town, summary: Summary::default() }
    }

    /// Work, a kill, and a look at what is there.
    fn round(&mut self) -> Result<(), String> {
        let victim = Victim::choose(&mut self.random);
        if victim == Victim::Opening {
            self.bridge = None;
            self.kill_while_opening();
            self.summary.opening += 1;
            return Ok(());
        }
        let bridge = match self.bridge.take() {
            Some(bridge) => bridge,
            None => self.device.bridge(),
        };
        self.officer.check(&bridge, &mut self.summary)?;
        let stop = AtomicBool::new(false);
        let awaited = self.random.below(if victim.is_server() { 30 } else { 16 });
        let delay = Duration::from_micros(self.random.below(LONGEST) as u64);
        let (officer, town, server) = (&mut self.officer, &mut self.town, &mut self.server);
        let left = std::thread::scope(|scope| {
            let (acknowledged, seen) = mpsc::channel();
            let (sender, told, stop) = (bridge.sender(), acknowledged.clone(), &stop);
            let mut at_work = vec![scope.spawn(move || officer.work(&sender, stop, &told))];
            if victim.is_server() {
                for author in &mut town.authors {
                    let told = acknowledged.clone();
                    at_work.push(scope.spawn(move || author.work(stop, &told)));
                }
            }
            drop(acknowledged);
            for () in seen.iter().take(awaited) {}
            pass(delay);
            let left = if victim.is_engine() {
                bridge.kill();
                None
            } else {
                Some(bridge)
            };
            if victim.is_server() {
                server.kill();
            }
            stop.store(true, Ordering::SeqCst);
            for worker in at_work {
                worker.join().unwrap_or_else(|_| Err("a panic, told above".into()))?;
            }
            Ok::<_, String>(left)
        })?;
        self.bridge = left;
        match victim {
            Victim::Both => self.summary.both += 1,
            Victim::Server => self.summary.server += 1,
            _ => self.summary.engine += 1,
        }
        if victim.is_server() {
            self.server.up();
            self.town.check(&self.server, &self.officer, &mut self.summary)?;
        }
        Ok(())
    }

    fn kill_while_opening(&mut self) {
        let bridge = self.device.locked_bridge();
        let sender = bridge.sender();
        let delay = Duration::from_micros(self.random.below(LONGEST) as u64);
        std::thread::scope(|scope| {
            scope.spawn(move || sender.try_send(&serde_json::json!({ "command": "unlock", "pin": PIN })));
            pass(delay);
            bridge.kill();
        });
    }

    /// Everybody exchanges in peace; then all of it must be at the server, and both stores must be sound.
    fn end(&mut self) -> Result<(), String> {
        drop(self.bridge.take());
        let bridge = self.device.bridge();
        self.officer.check(&bridge, &mut self.summary)?;
        self.officer.finish(&bridge)?;
        bridge.kill();
        self.town.finish(&self.server, &self.officer, &mut self.summary)?;
        officer::sound(&self.device)
    }
}

/// Lets a random time pass: the instant of the kill is what is tried.
fn pass(length: Duration) {
    let (_open, silent) = mpsc::channel::<()>();
    // Nobody sends; the end of the time is what comes.
    let _ = silent.recv_timeout(length);
}

/// Makes the PIN cheap to try, as nobody guesses it here: the device is opened thousands of times.
fn cheapen(device: &Device) {
    use ancu_field::keyring::{Binding, Cost, Keyring};
    let keyring = Keyring::in_folder(device.folder());
    let key = keyring.open(PIN).expect("the PIN");
    let binding = Binding { server: &[0; 32], holder: b"" };
    let cost = Cost { memory_kib: 64, passes: 1 };
    keyring.create(PIN, &key, binding, cost, &mut SeededRandom::new(1)).expect("a keyring");
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            std::fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}
