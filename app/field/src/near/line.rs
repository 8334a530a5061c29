//! The connection of two devices: TLS 1.3 in which both prove their author keys (raw public keys, RFC 7250), and frames.
//!
//! Invariants: who is at the other end is known by the key before anything is said; no certificate authority is asked, the
//! server's certificate of that key comes in the first message. Every read and write has its time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use ancu_shared::error::ErrorCode;
use ancu_shared::id::AuthorKey;
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection,
    SignatureScheme, StreamOwned,
};

/// How long the other may be silent, or not read.
const SILENCE: Duration = Duration::from_secs(20);
/// An Ed25519 public key as X.509 writes it (RFC 8410 §4), before its 32 bytes.
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// An Ed25519 secret key as PKCS #8 writes it (RFC 8410 §7), before its 32 bytes.
const SECRET: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Both directions.
trait Both: Read + Write + Send {}
impl<T: Read + Write + Send> Both for T {}

/// A connection to a device of which the key is known.
pub(super) struct Line {
    stream: Box<dyn Both>,
    /// The key that the other proved.
    pub(super) peer: AuthorKey,
}

impl Line {
    /// Calls; nobody else than `expected` is talked to.
    pub(super) fn call(tcp: TcpStream, seed: &[u8; 32], expected: Option<AuthorKey>) -> Result<Self, ErrorCode> {
        let mut tcp = timed(tcp)?;
        let config = caller(seed).map_err(|error| broken(&error))?;
        // The name is of no meaning: keys are.
        let name = ServerName::try_from("ancu.local").map_err(|_| ErrorCode::Internal)?;
        let mut tls = ClientConnection::new(Arc::new(config), name).map_err(|error| broken(&error))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp).map_err(|_| ErrorCode::NearUnreadable)?;
        }
        let peer = key_of(tls.peer_certificates())?;
        if expected.is_some_and(|expected| expected != peer) {
            return Err(ErrorCode::NearForeign);
        }
        Ok(Self { stream: Box::new(StreamOwned::new(tls, tcp)), peer })
    }

    /// Answers a call.
    pub(super) fn answer(tcp: TcpStream, seed: &[u8; 32]) -> Result<Self, ErrorCode> {
        tcp.set_nonblocking(false).map_err(|_| ErrorCode::NearUnreadable)?;
        let mut tcp = timed(tcp)?;
        let config = called(seed).map_err(|error| broken(&error))?;
        let mut tls = ServerConnection::new(Arc::new(config)).map_err(|error| broken(&error))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp).map_err(|_| ErrorCode::NearUnreadable)?;
        }
        let peer = key_of(tls.peer_certificates())?;
        Ok(Self { stream: Box::new(StreamOwned::new(tls, tcp)), peer })
    }

    /// Says a message.
    pub(super) fn say(&mut self, message: &[u8]) -> Result<(), ErrorCode> {
        let length = u32::try_from(message.len()).map_err(|_| ErrorCode::TooLarge)?;
        let said = [&length.to_be_bytes()[..], message].concat();
        let done = self.stream.write_all(&said).and_then(|()| self.stream.flush());
        done.map_err(|_| ErrorCode::NearUnreadable)
    }

    /// Hears a message of at most so many bytes; `None`: the other hung up between two messages.
    pub(super) fn hear(&mut self, most: usize) -> Result<Option<Vec<u8>>, ErrorCode> {
        let mut length = [0; 4];
        match self.stream.read(&mut length[..1]) {
            Ok(0) | Err(_) => return Ok(None),
            Ok(_) => {}
        }
        let unreadable = |_| ErrorCode::NearUnreadable;
        self.stream.read_exact(&mut length[1..]).map_err(unreadable)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > most {
            return Err(ErrorCode::TooLarge);
        }
        // Room is taken as it comes: a length alone takes none.
        let mut message = Vec::new();
        Read::by_ref(&mut self.stream).take(length as u64).read_to_end(&mut message).map_err(unreadable)?;
        if message.len() == length { Ok(Some(message)) } else { Err(ErrorCode::NearUnreadable) }
    }
}

fn timed(tcp: TcpStream) -> Result<TcpStream, ErrorCode> {
    let set = tcp
        .set_read_timeout(Some(SILENCE))
        .and_then(|()| tcp.set_write_timeout(Some(SILENCE)))
        .and_then(|()| tcp.set_nodelay(true));
    set.map(|()| tcp).map_err(|_| ErrorCode::NearUnreadable)
}

fn broken(error: &Error) -> ErrorCode {
    tracing::warn!(%error, "a line to a colleague cannot be made");
    ErrorCode::Internal
}

/// The key that a raw public key is.
fn raw(spki: &[u8]) -> Option<AuthorKey> {
    let key = spki.strip_prefix(&PUBLIC)?;
    key.try_into().ok().map(AuthorKey)
}

fn key_of(presented: Option<&[CertificateDer<'_>]>) -> Result<AuthorKey, ErrorCode> {
    let [only] = presented.unwrap_or_default() else { return Err(ErrorCode::NearForeign) };
    raw(only).ok_or(ErrorCode::NearForeign)
}

fn own(seed: &[u8; 32], provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, Error> {
    let public = ancu_shared::author::AuthorSecret::from_seed(seed).public();
    let secret = zeroize::Zeroizing::new([&SECRET[..], seed].concat());
    let key = provider.key_provider.load_private_key(PrivateKeyDer::Pkcs8(secret.to_vec().into()))?;
    Ok(Arc::new(CertifiedKey::new(vec![[&PUBLIC[..], &public.0].concat().into()], key)))
}

fn caller(seed: &[u8; 32]) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let own = own(seed, &provider)?;
    let keys = Arc::new(Keys(Arc::clone(&provider)));
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous() // the name of rustls's door for own verifiers; who it is, the first message proves
        .with_custom_certificate_verifier(keys)
        .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(own))))
}

fn called(seed: &[u8; 32]) -> Result<ServerConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let own = own(seed, &provider)?;
    let keys = Arc::new(Keys(Arc::clone(&provider)));
    Ok(ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(keys)
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(own))))
}

/// Takes any Ed25519 key, and lets TLS prove that the other has its secret.
#[derive(Debug)]
struct Keys(Arc<CryptoProvider>);

impl Keys {
    fn proves(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = SubjectPublicKeyInfoDer::from(key.as_ref());
        verify_tls13_signature_with_raw_key(message, &key, signed, &self.0.signature_verification_algorithms)
    }
}

fn unused() -> Error {
    Error::General("TLS 1.3 only".into())
}

/// What both sides' verifiers say of signatures: raw keys, TLS 1.3.
macro_rules! by_raw_keys {
    () => {
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(unused())
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            key: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.proves(message, key, signed)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ED25519]
        }

        fn requires_raw_public_keys(&self) -> bool {
            true
        }
    };
}

impl ServerCertVerifier for Keys {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        raw(end_entity).map(|_| ServerCertVerified::assertion()).ok_or_else(|| Error::General("no Ed25519 key".into()))
    }

    by_raw_keys!();
}

impl ClientCertVerifier for Keys {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        raw(end_entity).map(|_| ClientCertVerified::assertion()).ok_or_else(|| Error::General("no Ed25519 key".into()))
    }

    by_raw_keys!();
}
