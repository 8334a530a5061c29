//! Bodies on their way in: how long they may take, and what becomes of what nobody reads.
//!
//! Invariants: a body that pauses too long, or comes slower than [`SLOWEST`] beyond its patience, ends with an error, so no
//! request is waited for without end; a body whose handler answers before it is read is read on and thrown away for a
//! while, so that the answer reaches a client that is still sending. Without that, HTTP/2 would reset the stream (and
//! HTTP/1.1 the connection) under the answer.
//!
//! What this module does not know: how large a body may be; who reads it says that.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep};

use crate::config::Traffic;

/// The slowest that a body may come, in bytes a second, once its patience is used up.
const SLOWEST: u64 = 1_024;

/// A body came too slowly.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

/// Watches over every request's body.
pub async fn watch(State(traffic): State<Traffic>, request: Request, next: Next) -> Response {
    let asks_first = request.headers().contains_key(header::EXPECT);
    next.run(request.map(|body| Body::new(Arriving::new(body, traffic, asks_first)))).await
}

/// A body under watch.
struct Arriving {
    /// Gone once it ended, failed, or is read on elsewhere.
    body: Option<Body>,
    traffic: Traffic,
    /// Whether the client waits for a word of ours before it sends: then nothing is on its way until somebody reads.
    asks_first: bool,
    began: Instant,
    received: u64,
    /// Runs while nothing comes.
    silence: Option<Pin<Box<Sleep>>>,
}

impl Arriving {
    fn new(body: Body, traffic: Traffic, asks_first: bool) -> Self {
        Self { body: Some(body), traffic, asks_first, began: Instant::now(), received: 0, silence: None }
    }

    /// Until when something must come.
    fn deadline(&self) -> Instant {
        let patience = Duration::from_millis(self.traffic.body_ms) + Duration::from_secs(self.received / SLOWEST);
        let pause = Instant::now() + Duration::from_millis(self.traffic.pause_ms);
        pause.min(self.began + patience)
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        this.asks_first = false;
        match Pin::new(body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                this.silence = None;
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(end) => {
                this.body = None;
                Poll::Ready(end)
            }
            Poll::Pending => {
                let deadline = this.deadline();
                let silence = this.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
                if silence.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                this.body = None;
                Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream() && !self.asks_first) else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(read_on(body, self.traffic));
        }
    }
}

/// Reads what nobody wants, for a while: so much, and so long as one pause.
async fn read_on(mut body: Body, traffic: Traffic) {
    let reading = async {
        let mut left = traffic.unread_bytes;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            let Some(rest) = left.checked_sub(length) else { break };
            left = rest;
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(traffic.pause_ms), reading).await;
}
