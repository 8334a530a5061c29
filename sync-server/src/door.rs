//! The door: who may connect, and how long a connection may be silent.
//!
//! Invariants: every connection counts from its first packet to its end, in total and for its address; one that says
//! nothing, stops within the TLS handshake, says less than a request, or does not take what it is sent, is closed in
//! bounded time. Nobody else waits for any of them: each connection has its own task.
//!
//! What this module does not know: HTTP. Requests' headers are timed by hyper ([`crate::server`]), their bodies by
//! [`crate::http::arriving`].

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::config::Traffic;
use crate::service::throttle::place;

/// What a connection must have said before it counts as having spoken: HTTP/2's first words. Until then nobody else times
/// it, because it is not known which HTTP it will be.
const FIRST_WORDS: usize = 24;

/// Takes connections in.
#[derive(Clone)]
pub struct Door {
    tls: RustlsAcceptor,
    silence: Duration,
    guests: Arc<Guests>,
}

impl Door {
    /// A door with these limits.
    pub fn new(tls: RustlsConfig, traffic: &Traffic) -> Self {
        let handshake = Duration::from_millis(traffic.handshake_ms);
        let guests = Guests {
            most: traffic.connections,
            most_of_one: traffic.connections_per_address,
            here: Mutex::new((0, HashMap::new())),
        };
        Self {
            tls: RustlsAcceptor::new(tls).handshake_timeout(handshake),
            silence: Duration::from_millis(traffic.head_ms),
            guests: Arc::new(guests),
        }
    }

    /// How many are connected.
    pub fn connected(&self) -> u32 {
        self.guests.here().0
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Door {
    type Stream = Watched<<RustlsAcceptor as Accept<TcpStream, S>>::Stream>;
    type Service = S;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, S)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let (door, place) = (self.clone(), stream.peer_addr().map(|address| place(address.ip())));
        Box::pin(async move {
            let seat = Guests::admit(&door.guests, place?)?;
            // Answers are written whole: waiting for more to send only delays them.
            stream.set_nodelay(true)?;
            let (stream, service) = door.tls.accept(stream, service).await?;
            let spoken = Some((0, Box::pin(tokio::time::sleep(door.silence))));
            Ok((Watched { stream, silence: door.silence, spoken, stalled: None, _seat: seat }, service))
        })
    }
}

/// Who is connected: how many, and how many from each place.
struct Guests {
    most: u32,
    most_of_one: u32,
    here: Mutex<(u32, HashMap<String, u32>)>,
}

impl Guests {
    fn here(&self) -> std::sync::MutexGuard<'_, (u32, HashMap<String, u32>)> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(guests: &Arc<Self>, place: String) -> io::Result<Seat> {
        let mut here = guests.here();
        let (total, places) = &mut *here;
        let same = places.get(&place).copied().unwrap_or(0);
        if *total >= guests.most || same >= guests.most_of_one {
            tracing::debug!(place, total = *total, same, "a connection is turned away");
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "too many connections"));
        }
        *total += 1;
        places.insert(place.clone(), same + 1);
        Ok(Seat { guests: Arc::clone(guests), place })
    }
}

/// A connection's place among all; given back when it ends.
struct Seat {
    guests: Arc<Guests>,
    place: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut here = self.guests.here();
        let (total, places) = &mut *here;
        *total -= 1;
        if let Some(same) = places.get_mut(&self.place) {
            *same -= 1;
            if *same == 0 {
                places.remove(&self.place);
            }
        }
    }
}

/// A connection under watch.
pub struct Watched<S> {
    stream: S,
    silence: Duration,
    /// Bytes read so far and the time left for the first words; gone once these were said, or something was answered.
    spoken: Option<(usize, Pin<Box<Sleep>>)>,
    /// Runs while the other side takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    _seat: Seat,
}

impl<S> Watched<S> {
    /// Passes on what writing said; where it has to wait, not for ever.
    fn bounded<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.silence)));
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut this.stream).poll_read(context, buffer);
        let Some((said, left)) = &mut this.spoken else { return outcome };
        if outcome.is_pending() {
            return left.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        *said += buffer.filled().len() - before;
        if *said >= FIRST_WORDS {
            this.spoken = None;
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.spoken = None;
        let outcome = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.bounded(context, outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.spoken = None;
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(context, bytes);
        this.bounded(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_flush(context);
        this.bounded(context, outcome)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_shutdown(context);
        this.bounded(context, outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn guests(most: u32, most_of_one: u32) -> Arc<Guests> {
        Arc::new(Guests { most, most_of_one, here: Mutex::new((0, HashMap::new())) })
    }

    #[test]
    fn one_address_cannot_take_all_seats_and_seats_come_back() {
        let guests = guests(3, 2);
        let from = |address: &str| Guests::admit(&guests, place(address.parse::<IpAddr>().expect("address")));
        let (one, two) = (from("10.0.0.1").expect("one"), from("10.0.0.1").expect("two"));
        assert!(from("10.0.0.1").is_err(), "its share is taken");
        let other = from("10.0.0.2").expect("another's");
        assert!(from("10.0.0.3").is_err(), "the house is full");
        drop(one);
        drop(other);
        assert!(from("2001:db8::1").is_ok());
        drop(two);
        assert_eq!(*guests.here(), (0, HashMap::new()));
    }
}
