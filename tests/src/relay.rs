//! The way between a device and its server, as bad as one likes: slow, far, lossy, cut, silent, or taken over by a stranger.
//!
//! A relay on a port of its own passes TCP on, TLS and all. It shapes by itself, so that the tests run wherever TCP does.
//! Loss shows to TCP's users as waiting and as connections that die; that is what it makes of it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ancu_shared::clock::SeededRandom;

/// A segment as Ethernet carries it.
const SEGMENT: usize = 1_460;

/// What the way does with bytes that go over it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Bits a second, each way; `None`: as fast as it goes.
    pub bits_per_second: Option<u64>,
    /// There and back.
    pub round_trip: Duration,
    /// Segments of a hundred that are lost, and so come late.
    pub lost_percent: usize,
    /// Each connection dies after so many bytes from the device.
    pub cut_after: Option<u64>,
}

/// What is at the other end, or seems to be.
#[derive(Debug, Clone)]
pub enum Way {
    /// The server.
    Server(Shape),
    /// Connections are taken and nothing ever comes.
    Silent,
    /// Nobody takes a connection: it is closed at once.
    Closed,
    /// The server, until so many bytes came from it: in the middle of a handshake, say.
    CutInHandshake(u64),
    /// A Wi-Fi login page that answers anything in plain HTTP.
    Portal,
    /// Another server on this machine.
    Stranger(u16),
}

impl Way {
    /// A good way to the server.
    pub fn good() -> Self {
        Self::Server(Shape { bits_per_second: None, round_trip: Duration::ZERO, lost_percent: 0, cut_after: None })
    }

    /// A basement at the edge of a 2G cell: 64 kbit/s, 600 ms there and back, a tenth of the segments lost.
    pub fn basement() -> Self {
        Self::Server(Shape {
            bits_per_second: Some(64_000),
            round_trip: Duration::from_millis(600),
            lost_percent: 10,
            cut_after: None,
        })
    }
}

/// What went over the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes from the device.
    pub up: u64,
    /// Bytes to it.
    pub down: u64,
    /// Connections made.
    pub connections: u64,
}

#[derive(Debug)]
struct State {
    way: Way,
    traffic: Traffic,
    random: SeededRandom,
    /// When each direction is free for the next segment: all connections share the air.
    free: [Option<Instant>; 2],
    /// Connections of the way as it is now; another way ends them.
    open: Vec<TcpStream>,
}

#[derive(Debug)]
struct Inner {
    server: u16,
    state: Mutex<State>,
    changed: Condvar,
}

/// A relay, as long as the process lives.
#[derive(Debug, Clone)]
pub struct Relay {
    port: u16,
    inner: Arc<Inner>,
}

impl Relay {
    /// A good way to a server on this machine.
    pub fn to(server: u16, seed: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let state = State {
            way: Way::good(),
            traffic: Traffic::default(),
            random: SeededRandom::new(seed),
            free: [None; 2],
            open: Vec::new(),
        };
        let inner = Arc::new(Inner { server, state: Mutex::new(state), changed: Condvar::new() });
        let relay = Self { port, inner };
        let taking = relay.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                taking.take(near);
            }
        });
        relay
    }

    /// A link to the server by this way: the certificate names the machine, not the port.
    pub fn link(&self, link: &str) -> String {
        link.replace(&format!("127.0.0.1:{}", self.inner.server), &format!("127.0.0.1:{}", self.port))
    }

    /// Another way from now on; what is under way is cut.
    pub fn set(&self, way: Way) {
        let mut state = self.state();
        state.way = way;
        state.free = [None; 2];
        for stream in state.open.drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// What went over it until now.
    pub fn traffic(&self) -> Traffic {
        self.state().traffic
    }

    /// Waits until what went over it fulfils something.
    pub fn until(&self, fulfils: impl Fn(Traffic) -> bool) {
        let mut state = self.state();
        while !fulfils(state.traffic) {
            state = self.inner.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, near: TcpStream) {
        let way = {
            let mut state = self.state();
            state.traffic.connections += 1;
            state.open.extend(near.try_clone());
            self.inner.changed.notify_all();
            state.way.clone()
        };
        let relay = self.clone();
        match way {
            Way::Server(shape) => relay.pass_on(near, self.inner.server, shape, None),
            Way::CutInHandshake(after) => relay.pass_on(near, self.inner.server, plain(), Some(after)),
            Way::Stranger(port) => relay.pass_on(near, port, plain(), None),
            // At once, and for its copy too.
            Way::Closed => drop(near.shutdown(Shutdown::Both)),
            Way::Silent => drop(std::thread::spawn(move || relay.listen(near))),
            Way::Portal => drop(std::thread::spawn(move || relay.log_in_please(near))),
        }
    }

    fn pass_on(&self, near: TcpStream, port: u16, shape: Shape, cut_down: Option<u64>) {
        let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
        let pairs = [(near.try_clone(), far.try_clone(), 0, shape.cut_after), (Ok(far), Ok(near), 1, cut_down)];
        for (from, to, direction, cut) in pairs {
            let (Ok(from), Ok(to)) = (from, to) else { return };
            // Without a delay of the system's own: the relay's is the only one.
            let _ = (from.set_nodelay(true), to.set_nodelay(true));
            let relay = self.clone();
            let (later, segments) = mpsc::channel();
            std::thread::spawn(move || deliver(to, &segments));
            std::thread::spawn(move || relay.carry(from, direction, shape, cut, &later));
        }
    }

    /// Reads segments and says when each arrives.
    fn carry(
        &self,
        mut from: TcpStream,
        direction: usize,
        shape: Shape,
        cut: Option<u64>,
        later: &mpsc::Sender<(Instant, Vec<u8>)>,
    ) {
        let mut buffer = [0_u8; SEGMENT];
        let mut carried = 0;
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let at = self.arrival(direction, read, shape);
            self.count(direction, read);
            carried += read as u64;
            let whole = cut.is_none_or(|cut| carried < cut);
            if later.send((at, buffer[..read].to_vec())).is_err() || !whole {
                break;
            }
            // The sender must not run ahead of the air, or its own patience would be tried in vain.
            let free = self.state().free[direction];
            pause_until(free.unwrap_or_else(Instant::now));
        }
        let _ = from.shutdown(Shutdown::Both); // dead on both sides, or already gone
    }

    fn arrival(&self, direction: usize, bytes: usize, shape: Shape) -> Instant {
        let mut state = self.state();
        let now = Instant::now();
        let mut free = state.free[direction].unwrap_or(now).max(now);
        if let Some(rate) = shape.bits_per_second {
            free += Duration::from_micros(bytes as u64 * 8 * 1_000_000 / rate);
        }
        // A lost segment comes again after a time-out, and what follows waits for it.
        if state.random.below(100) < shape.lost_percent {
            free += shape.round_trip * 2;
        }
        state.free[direction] = Some(free);
        free + shape.round_trip / 2
    }

    fn count(&self, direction: usize, bytes: usize) {
        let mut state = self.state();
        let traffic = &mut state.traffic;
        *(if direction == 0 { &mut traffic.up } else { &mut traffic.down }) += bytes as u64;
        self.inner.changed.notify_all();
    }

    /// Hears everything and says nothing.
    fn listen(&self, mut near: TcpStream) {
        let mut buffer = [0_u8; SEGMENT];
        while let Ok(read @ 1..) = near.read(&mut buffer) {
            self.count(0, read);
        }
    }

    /// What a hotel's Wi-Fi says to whatever it is asked.
    fn log_in_please(&self, mut near: TcpStream) {
        let mut buffer = [0_u8; SEGMENT];
        if let Ok(read @ 1..) = near.read(&mut buffer) {
            self.count(0, read);
            let page = "<!doctype html><title>Wi-Fi</title><p>Mời đăng nhập.";
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
            // The device may have gone in disgust.
            let _ = near.write_all(answer.as_bytes());
        }
        let _ = near.shutdown(Shutdown::Both);
    }
}

fn plain() -> Shape {
    Shape { bits_per_second: None, round_trip: Duration::ZERO, lost_percent: 0, cut_after: None }
}

/// Hands segments over when they arrive.
fn deliver(mut to: TcpStream, segments: &Receiver<(Instant, Vec<u8>)>) {
    while let Ok((at, segment)) = segments.recv() {
        pause_until(at);
        if to.write_all(&segment).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write); // the other side may be gone
}

/// The pace of the air.
fn pause_until(at: Instant) {
    let (_open, silent) = mpsc::channel::<()>();
    // Nobody sends; the end of the time is what comes.
    let _ = silent.recv_timeout(at.saturating_duration_since(Instant::now()));
}
