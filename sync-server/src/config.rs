//! Configuration: a file (`ancu-server.toml`), the environment (`ANCU_…`), then flags; the later wins.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ancu_shared::error::{ErrorCode, Problem};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

/// The file that is read where none is named.
pub const FILE: &str = "ancu-server.toml";
/// The largest such file, in bytes.
pub const LARGEST_FILE: u64 = 1024 * 1024;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder of the store, the photos and the certificates.
    pub data: PathBuf,
    /// `https://host[:port]` as enrolment links name this server; by default the address listened on.
    pub public_url: Option<String>,
    /// Host names and addresses that the server's own certificate is for, besides those of `public_url`.
    pub names: Vec<String>,
    /// Folder of the console's files; without one, no console is served.
    pub ui: Option<PathBuf>,
    /// Given certificate chain and key (PEM) instead of the server's own.
    pub tls: Option<GivenTls>,
    /// Log filter, as `tracing` reads it.
    pub log: String,
    /// Failed logins and enrolments allowed a minute, per account and address; an address as a whole is allowed five times
    /// as many.
    pub login_tries_per_minute: u32,
    /// How long a session lasts, in hours.
    pub session_hours: u32,
    /// How long a one-time enrolment code may be used, in hours.
    pub code_hours: u32,
    /// How long an unfinished upload is kept, in hours.
    pub upload_hours: u32,
    /// Days without anything new after which a record is folded into an archive; 0 = never.
    pub fold_after_days: u32,
    /// How much time and how many connections strangers get.
    pub traffic: Traffic,
    /// How much of what was refused is kept, and how long.
    pub quarantine: Retention,
}

/// Time-outs and counts of connections. Times are milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traffic {
    /// A TLS handshake may take so long.
    pub handshake_ms: u64,
    /// A connection may be silent so long before a request's headers are in, and so long take nothing of an answer.
    pub head_ms: u64,
    /// A body may pause so long.
    pub pause_ms: u64,
    /// A body may take so long, and a second more for each KiB that it brought.
    pub body_ms: u64,
    /// So many bytes of a body that nobody wants are read on, so that the answer reaches who still sends.
    pub unread_bytes: u64,
    /// Connections at one time.
    pub connections: u32,
    /// Connections at one time from one address (IPv6: from one /64).
    pub connections_per_address: u32,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            handshake_ms: 10_000,
            head_ms: 60_000,
            pause_ms: 30_000,
            body_ms: 600_000,
            unread_bytes: 64 * 1024 * 1024,
            connections: 4_096,
            connections_per_address: 512,
        }
    }
}

/// How much of what was refused is kept, and how long. A refused envelope that finds no room stays on its device, which is
/// told `quarantine_full`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Envelopes of one device.
    pub device_envelopes: u64,
    /// Bytes of one device.
    pub device_bytes: u64,
    /// Envelopes in all.
    pub envelopes: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// Days after which the bytes of a released envelope are let go.
    pub released_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            device_envelopes: 2_048,
            device_bytes: 64 * MIB,
            envelopes: 100_000,
            bytes: 4_096 * MIB,
            released_days: 30,
        }
    }
}

/// Certificate files of a public name, judged at every start as a device judges them: the leaf is for a server and for the host of
/// `public_url`, the key is the leaf's, nothing has expired, each certificate is signed by the next.
///
/// Enrolment links pin the SHA-256 of the last certificate of the chain. As long as that one stays, leaf and key may be renewed
/// at will (stop, replace, start); with another last certificate, every enrolled device turns the server away
/// (`certificate_foreign`) and must be enrolled anew. So let the chain end in an authority that lasts: one of your own, kept off
/// this machine, rather than a public one's intermediate, which changes without notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenTls {
    /// PEM chain, leaf first; links pin its last certificate.
    pub certificate: PathBuf,
    /// PEM key of the leaf.
    pub key: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            data: PathBuf::from("./var"),
            public_url: None,
            names: vec!["localhost".into(), "127.0.0.1".into(), "::1".into()],
            ui: None,
            tls: None,
            log: "info".into(),
            login_tries_per_minute: 10,
            session_hours: 12,
            code_hours: 168,
            upload_hours: 168,
            fold_after_days: 90,
            traffic: Traffic::default(),
            quarantine: Retention::default(),
        }
    }
}

/// What the environment may set, besides `ANCU_TLS_CERTIFICATE` and `ANCU_TLS_KEY`: other programs of the system have
/// `ANCU_` names of their own. `[traffic]` and `[quarantine]` stand in the file only.
const FROM_ENVIRONMENT: &[&str] = &[
    "listen",
    "data",
    "public_url",
    "names",
    "ui",
    "log",
    "login_tries_per_minute",
    "session_hours",
    "code_hours",
    "upload_hours",
    "fold_after_days",
];

impl Config {
    /// Reads file and environment; `file` names another file than `ancu-server.toml`, which then must exist.
    pub fn load(file: Option<&Path>) -> Result<Self, Box<figment::Error>> {
        let toml = file.map_or_else(|| Toml::file(FILE), Toml::file_exact);
        Figment::from(Serialized::defaults(Self::default()))
            .merge(toml)
            .merge(Env::prefixed("ANCU_").only(FROM_ENVIRONMENT))
            .merge(Env::prefixed("ANCU_TLS_").only(&["certificate", "key"]).map(|key| format!("tls.{key}").into()))
            .extract()
            .map_err(Box::new)
    }

    /// Puts into form what may be written in several ways, and refuses what no device could use, by the name of its key.
    pub fn check(&mut self) -> Result<(), Problem> {
        let Some(url) = &mut self.public_url else { return Ok(()) };
        url.truncate(url.trim_end_matches('/').len());
        if is_server(url) {
            return Ok(());
        }
        let mut problem = Problem::new(ErrorCode::ConfigurationInvalid).at("public_url");
        problem.vi = format!(
            "“{url}” không phải địa chỉ mà các máy gọi được. Hãy ghi https://tên-máy-chủ[:cổng], không có đường dẫn, ví dụ \
             https://ancu.example.vn:8443 (--public-url, ANCU_PUBLIC_URL hoặc khóa public_url)."
        );
        problem.en = format!(
            "“{url}” is no address that devices can call. Write https://host[:port] without a path, for example \
             https://ancu.example.vn:8443 (--public-url, ANCU_PUBLIC_URL or the key public_url)."
        );
        Err(problem)
    }

    /// The store's file.
    pub fn database(&self) -> PathBuf {
        self.data.join("server.db")
    }

    /// The folder of photos.
    pub fn blobs(&self) -> PathBuf {
        self.data.join("blobs")
    }

    /// The folder of unfinished uploads.
    pub fn uploads(&self) -> PathBuf {
        self.data.join("uploads")
    }

    /// The folder of the server's own certificates.
    pub fn certificates(&self) -> PathBuf {
        self.data.join("tls")
    }

    /// Where a running server writes the URL that it listens on, for the command line.
    pub fn url_file(&self) -> PathBuf {
        self.data.join("server.url")
    }

    /// The URL that links name: as configured, else as the server last listened, else from `listen`.
    pub fn link_url(&self) -> String {
        self.public_url
            .clone()
            .or_else(|| std::fs::read_to_string(self.url_file()).ok().map(|text| text.trim().to_owned()))
            .filter(|url| !url.is_empty())
            .unwrap_or_else(|| format!("https://{}", self.listen))
    }

    /// The host that links name, where it is configured.
    pub fn public_host(&self) -> Option<String> {
        self.public_url.as_deref().and_then(host_of)
    }

    /// All names that the certificate must be for.
    pub fn certificate_names(&self) -> Vec<String> {
        let host = self.public_host();
        let listen = (!self.listen.ip().is_unspecified()).then(|| self.listen.ip().to_string());
        let mut names: Vec<String> = self.names.iter().cloned().chain(host).chain(listen).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// Whether this is `https://host[:port]` and nothing else.
fn is_server(url: &str) -> bool {
    let Some(authority) = url.strip_prefix("https://") else { return false };
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((six, port)) if six.parse::<std::net::Ipv6Addr>().is_ok() => ("six", port),
        Some(_) => return false,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let label = |label: &str| {
        let known = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(known) && !label.starts_with('-') && !label.ends_with('-')
    };
    let port = port.strip_prefix(':').map_or(port.is_empty(), |port| port.parse::<u16>().is_ok_and(|port| port > 0));
    port && authority.len() <= 255 && host.split('.').all(label)
}

/// The host of `https://host[:port]`.
fn host_of(url: &str) -> Option<String> {
    let authority = url.strip_prefix("https://")?.split('/').next()?;
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_urls_host_is_in_the_certificate() {
        for (url, host) in [
            ("https://ancu.example.vn", Some("ancu.example.vn")),
            ("https://10.0.0.7:8443", Some("10.0.0.7")),
            ("https://[::1]:8443/x", Some("::1")),
            ("http://plain", None),
        ] {
            assert_eq!(host_of(url).as_deref(), host, "{url}");
        }
        let config = Config { public_url: Some("https://10.0.0.7:8443".into()), ..Config::default() };
        assert!(config.certificate_names().contains(&"10.0.0.7".to_owned()));
    }

    #[test]
    fn an_address_that_no_device_could_call_is_refused() {
        for (url, kept) in [
            ("https://ancu.example.vn", "https://ancu.example.vn"),
            ("https://ancu.example.vn:8443/", "https://ancu.example.vn:8443"),
            ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
            ("https://[::1]:8443", "https://[::1]:8443"),
        ] {
            let mut config = Config { public_url: Some(url.into()), ..Config::default() };
            config.check().expect(url);
            assert_eq!(config.public_url.as_deref(), Some(kept));
        }
        for url in [
            "",
            "ftp://x",
            "http://ancu.example.vn",
            "https://",
            "https://:8443",
            "https://a b",
            "https://a:0",
            "https://a:x",
            "https://a:70000",
            "https://a/x",
            "https://a?b",
            "https://u@a",
            "https://[::1",
            "https://[x]:1",
            "https://a..b",
            "https://-a",
            "https://máy",
            " https://a",
        ] {
            let refused = Config { public_url: Some(url.into()), ..Config::default() }.check().expect_err(url);
            assert_eq!(
                (refused.known_code(), refused.field.as_deref()),
                (ErrorCode::ConfigurationInvalid, Some("public_url"))
            );
            assert!(refused.vi.contains("Hãy ghi https://") && refused.en.contains("Write https://"), "{refused}");
        }
    }
}
