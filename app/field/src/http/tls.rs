//! HTTPS: the way that requests really go.
//!
//! Invariants: the only root of trust is the certificate whose SHA-256 the enrolment link names, found among those that the
//! server presents; name and validity are then checked as usual. Nothing is sent to anybody else. Redirects are not
//! followed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ancu_shared::clock::Clock as _;
use ancu_shared::error::ErrorCode;
use ancu_shared::sync::session::Failure;
use reqwest::blocking::Client;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};

use super::{Line, Reply, Request, ours, over};
use crate::ambient::SystemClock;
use crate::exchange::transport::{Address, Connect, Transport};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the answer's beginning, and each further part of it, may take. A dead line is given up.
const CALL_TIMEOUT: Duration = Duration::from_mins(2);
/// Bytes in a record of TLS. The server reads whole records only: where the connection dies, less than one is lost.
const RECORD_BYTES: usize = 4 * 1024;
/// A body that may take longer to send than that.
const LARGE_BYTES: u64 = 64 * 1024;
/// It is given so much longer as it takes at this pace: a quarter of 64 kbit/s.
const SLOWEST_BYTES_PER_SECOND: u64 = 2 * 1024;
/// A body from which the pace can be told: in less, the way there and back weighs more.
const TELLING_BYTES: u64 = 8 * 1024;

/// Makes HTTPS connections to pinned servers.
#[derive(Debug, Default)]
pub struct HttpsConnect {
    /// The settings of the last server: they remember its session, which makes the next handshake shorter by the
    /// certificates.
    known: Mutex<Option<([u8; 32], ClientConfig)>>,
}

impl HttpsConnect {
    fn tls(&self, fingerprint: [u8; 32]) -> Result<ClientConfig, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, tls)) = known.as_ref()
            && *of == fingerprint
        {
            return Ok(tls.clone());
        }
        let tls = tls(fingerprint)?;
        *known = Some((fingerprint, tls.clone()));
        Ok(tls)
    }
}

impl Connect for HttpsConnect {
    fn connect(&self, address: &Address) -> Result<Box<dyn Transport>, Failure> {
        let tls = self.tls(address.fingerprint).map_err(|error| ours(&error))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .user_agent(concat!("ancu-field/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .build()
            .map_err(|error| ours(&error))?;
        let wire = Wire { client, server: address.server.clone(), pace: AtomicU64::new(0) };
        Ok(over(Box::new(wire), address))
    }
}

fn tls(fingerprint: [u8; 32]) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pinned = Pinned { fingerprint, provider: Arc::clone(&provider) };
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(Now))
        .with_safe_default_protocol_versions()?
        .dangerous() // the name of rustls's door for own verifiers; ours is stricter than the usual one
        .with_custom_certificate_verifier(Arc::new(pinned))
        .with_no_client_auth();
    config.max_fragment_size = Some(RECORD_BYTES);
    Ok(config)
}

/// The machine's clock for the handshake. The library's own cannot be before 1970; a phone's that has lost its battery can.
#[derive(Debug)]
struct Now;

impl TimeProvider for Now {
    fn current_time(&self) -> Option<UnixTime> {
        let millis = SystemClock.now().0.max(0).unsigned_abs();
        Some(UnixTime::since_unix_epoch(Duration::from_millis(millis)))
    }
}

/// Trusts one certificate by its fingerprint, as the only root.
#[derive(Debug)]
struct Pinned {
    fingerprint: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let root = std::iter::once(end_entity)
            .chain(intermediates)
            .find(|certificate| Sha256::digest(certificate)[..] == self.fingerprint)
            .ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let mut roots = RootCertStore::empty();
        roots.add(root.clone().into_owned())?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        // The pin already says whose certificate it is: a phone whose clock is years off must still reach its server. So a
        // time outside a certificate's own is moved to its edge; chain, key usage and name are checked in full all the same.
        let mut at = now;
        for _ in 0..3 {
            match verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at) {
                Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => at = not_after,
                Err(Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => {
                    at = not_before;
                }
                other => return other,
            }
        }
        Err(Error::InvalidCertificate(CertificateError::Expired))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// One client of one server.
struct Wire {
    client: Client,
    server: String,
    /// Bytes a second of the last body that tells; 0: there was none.
    pace: AtomicU64,
}

impl Line for Wire {
    fn carry(&self, request: Request) -> Result<Reply, Failure> {
        let Request { method, path, headers, body } = request;
        let mut call = self.client.request(method, format!("{}{path}", self.server)).headers(headers);
        let bytes = body.as_ref().map_or(0, Vec::len) as u64;
        if let Some(body) = body {
            call = call.body(body);
        }
        if bytes >= LARGE_BYTES {
            // The end of the whole call, answer and all: for calls whose answer is short.
            call = call.timeout(CALL_TIMEOUT + Duration::from_secs(bytes / SLOWEST_BYTES_PER_SECOND));
        }
        let begun = Instant::now();
        let response = call.send().map_err(|error| unreachable(&error))?;
        if bytes >= TELLING_BYTES {
            let pace = bytes * 1_000 / (begun.elapsed().as_millis() as u64).max(1);
            self.pace.store(pace.max(1), Ordering::Relaxed);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Reply { status, headers, body: Box::new(response) })
    }

    fn pace(&self) -> Option<u64> {
        Some(self.pace.load(Ordering::Relaxed)).filter(|pace| *pace > 0)
    }
}

/// Why no answer came.
fn unreachable(error: &reqwest::Error) -> Failure {
    let code = match tls_at_the_bottom_of(error) {
        Some(Error::InvalidCertificate(_)) => ErrorCode::CertificateForeign,
        // Something answered, and it was no TLS: a login page in plain HTTP, say.
        Some(Error::InvalidMessage(_)) => ErrorCode::AnswerForeign,
        _ => ErrorCode::ServerUnreachable,
    };
    tracing::info!(%error, code = code.code(), "no answer");
    Failure::new(code)
}

/// What TLS said, where it is at the bottom of it. An I/O error hides what it wraps from `source`, and may wrap another.
fn tls_at_the_bottom_of<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e Error> {
    if let Some(tls) = error.downcast_ref::<Error>() {
        return Some(tls);
    }
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.and_then(|inner| tls_at_the_bottom_of(inner)).or_else(|| tls_at_the_bottom_of(error.source()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_there_is_said_as_such() {
        // Port 1 on the own machine: nothing listens there.
        let address = Address { server: "https://127.0.0.1:1".into(), fingerprint: [0; 32], token: None };
        let transport = HttpsConnect::default().connect(&address).expect("connect");
        let failure = transport.context().expect_err("nobody");
        assert_eq!(failure.problem.known_code(), ErrorCode::ServerUnreachable);
    }
}
