//! A way to the server that counts what goes over the wire, TLS and all.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What went over the wire.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    /// Bytes to the server.
    pub(crate) up: u64,
    /// Bytes from it.
    pub(crate) down: u64,
    /// Connections made.
    pub(crate) connections: u64,
}

impl Traffic {
    /// What came since.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            up: self.up - before.up,
            down: self.down - before.down,
            connections: self.connections - before.connections,
        }
    }
}

#[derive(Debug, Default)]
struct Counters {
    up: AtomicU64,
    down: AtomicU64,
    connections: AtomicU64,
}

/// A relay on a port of its own, as long as the process lives.
pub(crate) struct Relay {
    port: u16,
    counters: Arc<Counters>,
}

impl Relay {
    /// A relay to a server on this machine.
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let counters = Arc::new(Counters::default());
        let counted = Arc::clone(&counters);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                counted.connections.fetch_add(1, Ordering::SeqCst);
                let far = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).expect("the server");
                for stream in [&near, &far] {
                    stream.set_nodelay(true).expect("no delay");
                }
                let (from, to) = (near.try_clone().expect("a socket"), far.try_clone().expect("a socket"));
                let counters = Arc::clone(&counted);
                std::thread::spawn(move || pass(from, to, &counters.up));
                let counters = Arc::clone(&counted);
                std::thread::spawn(move || pass(far, near, &counters.down));
            }
        });
        Self { port, counters }
    }

    /// A link to the server by this way: the certificate names the machine, not the port.
    pub(crate) fn link(&self, link: &str, server: u16) -> String {
        link.replace(&format!("127.0.0.1%3A{server}"), &format!("127.0.0.1%3A{}", self.port))
            .replace(&format!("127.0.0.1:{server}"), &format!("127.0.0.1:{}", self.port))
    }

    /// What went over it until now.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            up: self.counters.up.load(Ordering::SeqCst),
            down: self.counters.down.load(Ordering::SeqCst),
            connections: self.counters.connections.load(Ordering::SeqCst),
        }
    }
}

/// Passes on what comes until one side ends. Counted before it is passed on: who has an answer finds it counted.
fn pass(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut buffer = [0_u8; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        count.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
