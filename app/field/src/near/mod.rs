//! Colleagues nearby: two devices of one server exchange over a local network, without the server.
//!
//! Invariants: a device is called only while its holder waits for a colleague, with the store open; nothing is said to anybody
//! but a [`Hello`] before [`ancu_shared::near::check`] let them in; whatever a colleague brought counts as unsent until the
//! server has it; four meetings at a time, each of bounded length.

mod found;
mod line;
mod meeting;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::near::{Hello, MAX_ADDRESSES, NearLink, Pass, VERSION, is_local};
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Inner, Open};
use crate::fault::Outcome;
use crate::records::dwelling::qr_svg;
use crate::store::profile;
use found::Announced;
use line::Line;

/// So long a device waits for colleagues; then it is asked for anew.
const WAITS: Duration = Duration::from_mins(15);
/// How often a waiting device looks whether somebody calls.
const LOOKS: Duration = Duration::from_millis(50);
/// Calls that are answered at one time.
const AT_ONCE: usize = 4;
/// How long a colleague's device may take to be reached.
const CALLS: Duration = Duration::from_secs(5);

/// Waiting for a colleague.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct NearWaiting {
    /// What a colleague scans, or types.
    pub link: String,
    /// The same as a QR code.
    pub qr_svg: String,
    /// What this device is called on the colleague's list.
    pub label: String,
}

/// A device that waits nearby.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct NearFound {
    /// What it calls itself: the sign that its holder reads on the screen.
    pub label: String,
    /// Where it is: `ip:port`.
    pub address: String,
}

/// A colleague was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct NearMet {
    /// Who.
    pub person_name: String,
    /// On which device.
    pub device_name: String,
    /// Envelopes that came and were not here.
    #[ts(type = "number")]
    pub received: u64,
    /// Records that these are of.
    #[ts(type = "number")]
    pub records: u64,
    /// Envelopes that went.
    #[ts(type = "number")]
    pub sent: u64,
}

/// How meeting colleagues stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct NearStatus {
    /// While this device waits for a colleague.
    pub waiting: Option<NearWaiting>,
    /// How the last meeting went to which a colleague called, since this device waits.
    pub met: Option<NearMet>,
    /// Why the last one broke off.
    pub problem: Option<Problem>,
    /// How many meetings there were, well or badly: another number is news.
    pub meetings: u32,
}

/// Who waits.
#[derive(Debug, Default)]
pub(crate) struct Near {
    waiting: Mutex<Option<Arc<Waiting>>>,
}

#[derive(Debug)]
struct Waiting {
    told: NearWaiting,
    over: AtomicBool,
    /// How many calls are being answered.
    calls: AtomicUsize,
    last: Mutex<Last>,
    news: Condvar,
    _announced: Option<Announced>,
}

#[derive(Debug, Default)]
struct Last {
    met: Option<NearMet>,
    problem: Option<Problem>,
    meetings: u32,
}

impl Near {
    /// Nobody is waited for any more.
    pub(crate) fn stop(&self) {
        if let Some(waiting) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waiting.end();
        }
    }

    fn now(&self) -> Option<Arc<Waiting>> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.as_ref().filter(|it| !it.is_over()).cloned()
    }
}

impl Drop for Near {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Waiting {
    fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.news.notify_all();
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A moment, or until the waiting is over.
    fn rest(&self) {
        let last = self.last();
        drop(self.news.wait_timeout_while(last, LOOKS, |_| !self.is_over()));
    }

    fn note(&self, met: Result<NearMet, Problem>) {
        let mut last = self.last();
        last.meetings += 1;
        (last.met, last.problem) = match met {
            Ok(met) => (Some(met), None),
            Err(problem) => (None, Some(problem)),
        };
        self.news.notify_all();
    }
}

impl Engine {
    /// Waits for colleagues from now on, for a quarter of an hour or until [`Engine::near_stop`] or the lock.
    pub fn near_wait(&self) -> Result<NearStatus, Problem> {
        if self.inner.near.now().is_none() {
            self.inner.work(|open| open.near_hello().map(|_| ()))?;
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(|error| unheard(&error))?;
            let port = listener.local_addr().map_err(|error| unheard(&error))?.port();
            listener.set_nonblocking(true).map_err(|error| unheard(&error))?;
            let (key, label) = self.inner.work(|open| Ok((open.me.key, hex::encode(open.random_bytes::<2>()))))?;
            let addresses = addresses().into_iter().map(|ip| SocketAddr::new(ip, port)).take(MAX_ADDRESSES).collect();
            let link = NearLink { addresses, key }.to_text();
            let told = NearWaiting { qr_svg: qr_svg(&link)?, link, label: label.clone() };
            let waiting = Arc::new(Waiting {
                told,
                over: AtomicBool::new(false),
                calls: AtomicUsize::new(0),
                last: Mutex::new(Last::default()),
                news: Condvar::new(),
                _announced: Announced::of(&label, port),
            });
            *self.inner.near.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&waiting));
            let inner = Arc::downgrade(&self.inner);
            let name = "ancu-near".to_owned();
            let begun = std::thread::Builder::new().name(name).spawn(move || {
                let until = Instant::now() + WAITS;
                while !waiting.is_over() && Instant::now() < until {
                    match listener.accept() {
                        Ok((stream, _)) => {
                            let Some(inner) = inner.upgrade() else { break };
                            answer(&inner, &waiting, stream);
                        }
                        Err(_) => waiting.rest(),
                    }
                }
                waiting.end();
            });
            begun.map_err(|error| unheard(&error))?;
        }
        self.near_status()
    }

    /// Waits for nobody any more.
    pub fn near_stop(&self) -> Result<NearStatus, Problem> {
        self.inner.near.stop();
        self.near_status()
    }

    /// How it stands.
    pub fn near_status(&self) -> Result<NearStatus, Problem> {
        let waiting = self.inner.near.now();
        let last = waiting.as_ref().map(|waiting| waiting.last());
        Ok(NearStatus {
            waiting: waiting.as_ref().map(|waiting| waiting.told.clone()),
            met: last.as_ref().and_then(|last| last.met.clone()),
            problem: last.as_ref().and_then(|last| last.problem.clone()),
            meetings: last.as_ref().map_or(0, |last| last.meetings),
        })
    }

    /// Waits until a colleague was met, and tells how it went; when the waiting is over, why nobody was. Strangers who call end
    /// nothing.
    pub fn near_called(&self) -> Result<NearMet, Problem> {
        let waiting = self.inner.near.now().ok_or(ErrorCode::NotFound)?;
        let mut last = waiting.last();
        while last.met.is_none() && !waiting.is_over() {
            last = waiting.news.wait(last).unwrap_or_else(PoisonError::into_inner);
        }
        match (&last.met, &last.problem) {
            (Some(met), _) => Ok(met.clone()),
            (None, Some(problem)) => Err(problem.clone()),
            (None, None) => Err(ErrorCode::NotFound.into()),
        }
    }

    /// Devices that wait nearby.
    pub fn near_find(&self) -> Result<Vec<NearFound>, Problem> {
        let own = self.inner.near.now().map(|waiting| waiting.told.label.clone());
        self.inner.work(|open| open.near_hello().map(|_| ()))?;
        Ok(found::look().into_iter().filter(|found| Some(&found.label) != own.as_ref()).collect())
    }

    /// Calls a colleague who waits: by their code, or by the address under which they were found.
    pub fn near_meet(&self, whom: &str) -> Result<NearMet, Problem> {
        let (addresses, key) = if let Some(address) = whom.trim().parse().ok().filter(is_local) {
            (vec![address], None)
        } else {
            let link = NearLink::parse(whom).map_err(|_| Problem::new(ErrorCode::NearLinkUnreadable).at("whom"))?;
            (link.addresses, Some(link.key))
        };
        let (hello, _) = self.inner.work(|open| open.near_hello())?;
        let stream = addresses.iter().find_map(|address| TcpStream::connect_timeout(address, CALLS).ok());
        let stream = stream.ok_or(ErrorCode::NearUnreachable)?;
        let seed = self.inner.work(|open| Ok(open.secret.seed()))?;
        let line = Line::call(stream, &seed, key)?;
        let met = meeting::meet(&self.inner, line, &hello, true);
        self.send_on(met.as_ref().ok());
        met
    }

    /// What came is sent on as soon as there is a server, as what is written is.
    fn send_on(&self, met: Option<&NearMet>) {
        if met.is_some_and(|met| met.received > 0) && self.inner.is_automatic() {
            self.ask_for_exchange_soon();
        }
    }
}

/// Somebody called: whoever is silent keeps nobody else waiting. More than a few at once are no colleagues.
fn answer(inner: &Arc<Inner>, waiting: &Arc<Waiting>, stream: TcpStream) {
    if waiting.calls.fetch_add(1, Ordering::SeqCst) >= AT_ONCE {
        waiting.calls.fetch_sub(1, Ordering::SeqCst);
        return;
    }
    let (inner, waiting) = (Arc::clone(inner), Arc::clone(waiting));
    let begun = std::thread::Builder::new().name("ancu-near-call".to_owned()).spawn(move || {
        let met = called(&inner, stream);
        waiting.calls.fetch_sub(1, Ordering::SeqCst);
        Engine { inner }.send_on(met.as_ref().ok());
        waiting.note(met);
    });
    if let Err(error) = begun {
        tracing::warn!(%error, "a call could not be answered");
    }
}

/// Somebody called.
fn called(inner: &Arc<Inner>, stream: TcpStream) -> Result<NearMet, Problem> {
    let (hello, _) = inner.work(|open| open.near_hello())?;
    let seed = inner.work(|open| Ok(open.secret.seed()))?;
    meeting::meet(inner, Line::answer(stream, &seed)?, &hello, false)
}

fn unheard(error: &std::io::Error) -> Problem {
    tracing::warn!(%error, "colleagues cannot be waited for");
    ErrorCode::NearUnreachable.into()
}

/// Where this device is in local networks; nowhere else but on itself, where there is none.
fn addresses() -> Vec<IpAddr> {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let ips = all.into_iter().filter(|it| !it.is_loopback()).map(|it| it.ip());
    let local = |ip: &IpAddr| matches!(ip, IpAddr::V4(ip) if ip.is_private() || ip.is_link_local());
    let found: Vec<_> = ips.filter(local).collect();
    if found.is_empty() { vec![Ipv4Addr::LOCALHOST.into()] } else { found }
}

impl Open {
    /// What is said first to a colleague, and one's own pass.
    fn near_hello(&self) -> Outcome<(Hello, Pass)> {
        let pass = self.context.pass.clone().ok_or(ErrorCode::NearPassMissing)?;
        let own = pass.verified(&self.identity.certifier).filter(|own| own.author == self.me.key);
        let own = own.ok_or(ErrorCode::NearPassMissing)?;
        if !own.holds_at(self.servers_time()?) {
            return Err(ErrorCode::NearPassExpired.into());
        }
        Ok((Hello { v: VERSION, certificate: self.identity.certificate.clone(), pass }, own))
    }

    /// The server's time, as well as it is known here.
    fn servers_time(&self) -> Outcome<UtcMillis> {
        let marks = profile::marks(&self.store.main)?;
        Ok(self.now().plus_millis(marks.clock_offset_millis.unwrap_or_default()))
    }
}
