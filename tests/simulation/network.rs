//! The network between devices and the city: every request stops here until the world decides what becomes of it.
//!
//! Invariant: one thread runs at a time. A device's thread runs until its next request or the end of what it does; the
//! world's thread waits for that, so that nothing depends on the machine's timing.

use std::io::{Cursor, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use ancu_field::exchange::transport::{Address, Connect, Transport};
use ancu_field::http::{Line, Reply, Request, over};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::sync::session::Failure;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

/// What a device's thread says.
pub(crate) enum Signal {
    /// It asks something and waits.
    Call(Call),
    /// It is done.
    Ended(Result<(), Problem>),
}

/// A request that waits for its answer.
pub(crate) struct Call {
    pub(crate) request: Request,
    answer: Sender<Result<Reply, Failure>>,
}

impl Call {
    /// Lets the device's thread go on.
    pub(crate) fn answer(self, answer: Result<Reply, Failure>) {
        // A device that was switched off meanwhile does not wait any more.
        let _ = self.answer.send(answer);
    }
}

/// What connects one run of a device's engine: whatever it asks goes to who listens at the moment.
#[derive(Clone, Default)]
pub(crate) struct Socket {
    listener: Arc<Mutex<Option<Sender<Signal>>>>,
}

impl Connect for Socket {
    fn connect(&self, address: &Address) -> Result<Box<dyn Transport>, Failure> {
        let listener = self.listener.lock().expect("no thread panics with it").clone();
        let calls = listener.ok_or_else(unreachable)?;
        Ok(over(Box::new(Wire { calls }), address))
    }
}

struct Wire {
    calls: Sender<Signal>,
}

impl Line for Wire {
    fn carry(&self, request: Request) -> Result<Reply, Failure> {
        let (answer, answered) = channel();
        self.calls.send(Signal::Call(Call { request, answer })).map_err(|_| unreachable())?;
        answered.recv().unwrap_or_else(|_| Err(unreachable()))
    }
}

/// Nobody answers.
pub(crate) fn unreachable() -> Failure {
    Failure::new(ErrorCode::ServerUnreachable)
}

/// Something that a device does with the network, on a thread of its own.
pub(crate) struct Activity {
    /// For the trace.
    pub(crate) what: &'static str,
    /// The request that it waits for.
    pub(crate) call: Option<Call>,
    signals: Receiver<Signal>,
    thread: JoinHandle<()>,
}

impl Activity {
    /// Begins; the caller waits for the first signal.
    pub(crate) fn begin(
        socket: &Socket,
        what: &'static str,
        work: impl FnOnce() -> Result<(), Problem> + Send + 'static,
    ) -> Self {
        let (sender, signals) = channel();
        *socket.listener.lock().expect("no thread panics with it") = Some(sender.clone());
        let thread = std::thread::spawn(move || {
            let ended = work();
            let _ = sender.send(Signal::Ended(ended));
        });
        Self { what, call: None, signals, thread }
    }

    /// Waits until the device asks something or is done; `None`: its thread panicked.
    pub(crate) fn next(&mut self) -> Option<Signal> {
        self.signals.recv().ok()
    }

    /// Nobody listens to it any more; the thread, which ends by itself.
    pub(crate) fn abandon(self) -> JoinHandle<()> {
        self.thread
    }
}

/// An answer as the city gave it.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reaches the device whole.
    pub(crate) fn whole(self) -> Reply {
        Reply { status: self.status, headers: self.headers, body: Box::new(Cursor::new(self.body)) }
    }

    /// Breaks off after so many bytes of the body.
    pub(crate) fn broken(mut self, after: usize) -> Reply {
        self.body.truncate(after);
        Reply { status: self.status, headers: self.headers, body: Box::new(Broken(Cursor::new(self.body))) }
    }
}

/// A body whose connection dies at its end.
struct Broken(Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
            some => Ok(some),
        }
    }
}

/// What a Wi-Fi's login page says to everything.
pub(crate) fn login_page() -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    Answer { status: StatusCode::OK, headers, body: b"<html>Xin ch\xC3\xA0o</html>".to_vec() }
}

/// What a proxy says before a server that is being started.
pub(crate) fn out_of_service() -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", HeaderValue::from_static("7"));
    Answer { status: StatusCode::SERVICE_UNAVAILABLE, headers, body: Vec::new() }
}
