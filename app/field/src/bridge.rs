//! The bridge: the engine's commands over loopback HTTP, with the UI's files, for browser tests and development.
//!
//! Invariants: it listens on 127.0.0.1 only; every command needs the random token that is printed once; it serves files
//! from below one folder only. It is a tool beside the app: the app itself speaks to the engine directly.

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ancu_shared::clock::RandomSource;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::reading;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::api::{Command, dispatch};
use crate::engine::Engine;

/// The largest command: a photo of the largest size, in base64, with room.
const MAX_BODY_BYTES: u64 = 96 * 1024 * 1024;
const MAX_HEAD_BYTES: u64 = 16 * 1024;
/// A browser keeps connections open; one that says nothing for so long is closed.
const IDLE: Duration = Duration::from_mins(1);

/// A bridge that listens.
#[derive(Debug)]
pub struct Bridge {
    listener: TcpListener,
    token: String,
    engine: Engine,
    files: Option<PathBuf>,
}

impl Bridge {
    /// Listens on a port of the own machine; 0 = any.
    pub fn listen(
        engine: Engine,
        files: Option<PathBuf>,
        port: u16,
        random: &mut dyn RandomSource,
    ) -> std::io::Result<Self> {
        let mut token = [0_u8; 24];
        random.fill(&mut token);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        Ok(Self { listener, token: URL_SAFE_NO_PAD.encode(token), engine, files })
    }

    /// Where a browser opens it.
    pub fn url(&self) -> std::io::Result<String> {
        let SocketAddr::V4(address) = self.listener.local_addr()? else {
            return Err(std::io::Error::other("the bridge listens on IPv4"));
        };
        Ok(format!("http://{address}/?bridge={}", self.token))
    }

    /// Serves until the process ends.
    pub fn serve(self) -> std::io::Result<()> {
        let shared = Arc::new(self);
        loop {
            let (stream, _) = shared.listener.accept()?;
            let bridge = Arc::clone(&shared);
            std::thread::Builder::new().name("bridge".into()).spawn(move || {
                if let Err(error) = bridge.converse(stream) {
                    tracing::debug!(%error, "a connection ended");
                }
            })?;
        }
    }

    fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(IDLE))?;
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        while let Some(request) = Request::read(&mut reader)? {
            let answer = self.answer(&request);
            answer.write(&mut writer)?;
            if request.oversized {
                break; // the rest of its body was not read
            }
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.oversized {
            return Answer::problem(&Problem::new(ErrorCode::TooLarge));
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/command") => self.command(request),
            ("GET" | "HEAD", path) => self.file(path),
            _ => Answer::problem(&Problem::new(ErrorCode::MethodNotAllowed)),
        }
    }

    fn command(&self, request: &Request) -> Answer {
        if request.token.as_deref() != Some(self.token.as_str()) {
            return Answer::problem(&Problem::new(ErrorCode::Forbidden));
        }
        match reading::read::<Command>(&request.body).and_then(|command| dispatch(&self.engine, command)) {
            Ok(value) => Answer { status: 200, kind: "application/json", body: value.to_string().into_bytes() },
            Err(problem) => Answer::problem(&problem),
        }
    }

    fn file(&self, path: &str) -> Answer {
        let missing = || Answer::problem(&Problem::new(ErrorCode::NotFound));
        let Some(folder) = &self.files else { return missing() };
        let Some(inside) = inside(path) else { return missing() };
        let found = std::fs::read(folder.join(&inside)).map(|body| (body, media_type(&inside)));
        // Addresses of screens are the application's own: they all begin with its page.
        let found = found.or_else(|error| match inside.extension() {
            None => std::fs::read(folder.join("index.html")).map(|body| (body, "text/html; charset=utf-8")),
            Some(_) => Err(error),
        });
        found.map_or_else(|_| missing(), |(body, kind)| Answer { status: 200, kind, body })
    }
}

/// The path below the folder; `None` for one that leads out of it.
fn inside(path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.trim_start_matches('/'));
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    plain.then(|| relative.to_owned())
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

struct Request {
    method: String,
    path: String,
    token: Option<String>,
    body: Vec<u8>,
    oversized: bool,
}

impl Request {
    /// The next request of a connection; `None` at its end.
    fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Self>> {
        let malformed = || std::io::Error::from(std::io::ErrorKind::InvalidData);
        let mut head = reader.by_ref().take(MAX_HEAD_BYTES);
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_ascii_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(malformed()) };
        let (method, path) = (method.to_owned(), target.split(['?', '#']).next().unwrap_or_default().to_owned());
        let (mut length, mut token) = (0_u64, None);
        loop {
            let mut line = String::new();
            if head.read_line(&mut line)? == 0 {
                return Err(malformed());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(':') else { return Err(malformed()) };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().map_err(|_| malformed())?,
                "authorization" => token = value.trim().strip_prefix("Bearer ").map(str::to_owned),
                "transfer-encoding" => return Err(malformed()), // nobody who speaks to the bridge needs it
                _ => {}
            }
        }
        let oversized = length > MAX_BODY_BYTES;
        let mut body = Vec::new();
        if !oversized && reader.by_ref().take(length).read_to_end(&mut body)? as u64 != length {
            return Err(malformed());
        }
        Ok(Some(Self { method, path, token, body, oversized }))
    }
}

struct Answer {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
}

impl Answer {
    fn problem(problem: &Problem) -> Self {
        let body = serde_json::to_vec(problem).unwrap_or_default();
        // Codes without an HTTP status (no server was reached) still are no success.
        let status = if problem.status >= 400 { problem.status } else { 502 };
        Self { status, kind: "application/problem+json", body }
    }

    fn write(&self, writer: &mut impl Write) -> std::io::Result<()> {
        let head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\r\n",
            self.status,
            if self.status < 400 { "OK" } else { "Problem" },
            self.kind,
            self.body.len()
        );
        writer.write_all(head.as_bytes())?;
        writer.write_all(&self.body)?;
        writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_served_from_below_the_folder_only() {
        assert_eq!(inside("/assets/app.js"), Some(PathBuf::from("assets/app.js")));
        assert_eq!(inside("/"), Some(PathBuf::new()));
        for path in ["/../secret", "/a/../../b", "//../x", "/./../x"] {
            assert_eq!(inside(path), None, "{path}");
        }
    }
}
