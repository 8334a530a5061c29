//! The server's certificates: its own CA and leaf, made on first start, or given files.
//!
//! Invariant: the CA's key and certificate never change once made, because every enrolment link pins the certificate's
//! SHA-256; the leaf is made anew whenever its names change or its end is near.

mod given;

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ancu_shared::clock::{Clock, UtcMillis};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};

use crate::config::Config;

/// A leaf's life; it is renewed when a third is left.
const LEAF_DAYS: i64 = 720;
/// The largest file of certificates, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;
const DAY_MILLIS: i64 = 86_400_000;

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A certificate cannot be made.
    #[error("making a certificate: {0}")]
    Making(#[from] rcgen::Error),
    /// Certificate and key cannot be used.
    #[error("{path}: {reason}")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What the server presents, and what links pin.
pub struct Certificates {
    /// For the listener.
    pub config: Arc<ServerConfig>,
    /// SHA-256 of the pinned certificate (the CA's, or the last of a given chain) in DER.
    pub fingerprint: [u8; 32],
}

/// Loads the certificates, making what is missing.
pub fn load(config: &Config, clock: &dyn Clock) -> Result<Certificates, TlsError> {
    if let Some(given) = &config.tls {
        let chain = read_chain(&given.certificate)?;
        let key = read_key(&given.key)?;
        given::check(&chain, config.public_host().as_deref(), clock.now(), &given.certificate)?;
        return certificates(chain, key, &given.certificate);
    }
    let folder = config.certificates();
    make_folder(&folder)?;
    let (ca_pem, issuer) = authority(&folder, clock.now())?;
    let leaf = leaf(&folder, &config.certificate_names(), &issuer, clock.now())?;
    let ca =
        CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(|error| unusable(&folder.join("ca.pem"), error))?;
    certificates(vec![leaf.0, ca], leaf.1, &folder)
}

/// The fingerprint that links name, without making anything: `None` before the first start.
pub fn fingerprint(config: &Config) -> Option<[u8; 32]> {
    let file = config.tls.as_ref().map_or_else(|| config.certificates().join("ca.pem"), |tls| tls.certificate.clone());
    let chain = read_chain(&file).ok()?;
    chain.last().map(|last| Sha256::digest(last).into())
}

fn certificates(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    file: &Path,
) -> Result<Certificates, TlsError> {
    let pinned = chain.last().ok_or_else(|| unusable(file, "no certificate in it"))?;
    let fingerprint = Sha256::digest(pinned).into();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(file, error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => unusable(
                file,
                "khóa riêng (key) không phải của chứng thư đầu tiên / the private key is not the first certificate's",
            ),
            error => unusable(file, error),
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Certificates { config: Arc::new(config), fingerprint })
}

fn authority(folder: &Path, now: UtcMillis) -> Result<(String, Issuer<'static, KeyPair>), TlsError> {
    let (certificate, key) = (folder.join("ca.pem"), folder.join("ca.key"));
    if certificate.exists() && key.exists() {
        let pem = read(&certificate)?;
        let pair = KeyPair::from_pem(&read(&key)?)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, pair)?;
        return Ok((pem, issuer));
    }
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "An Cư CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, now, -1, 20 * 365);
    let pem = params.self_signed(&pair)?.pem();
    // The key first: a certificate without its key would be pinned by links and never be served.
    write_private(&key, pair.serialize_pem().as_bytes())?;
    write_private(&certificate, pem.as_bytes())?;
    Ok((pem, Issuer::new(params, pair)))
}

/// The leaf for these names: the one on file while it holds, else a new one.
fn leaf(
    folder: &Path,
    names: &[String],
    issuer: &Issuer<'_, KeyPair>,
    now: UtcMillis,
) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), TlsError> {
    let (certificate, key, note) = (folder.join("leaf.pem"), folder.join("leaf.key"), folder.join("leaf.json"));
    let on_file = std::fs::read_to_string(&note)
        .ok()
        .and_then(|text| serde_json::from_str::<(Vec<String>, i64)>(&text).ok())
        .is_some_and(|(known, end)| known == names && now.0 < end - LEAF_DAYS / 3 * DAY_MILLIS);
    if !(on_file && certificate.exists() && key.exists()) {
        let pair = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.to_vec())?;
        let common = names.iter().find(|name| name.parse::<IpAddr>().is_err()).map_or("ancu", String::as_str);
        params.distinguished_name.push(DnType::CommonName, common);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        set_validity(&mut params, now, -1, LEAF_DAYS);
        let pem = params.signed_by(&pair, issuer)?.pem();
        write_private(&key, pair.serialize_pem().as_bytes())?;
        write_private(&certificate, pem.as_bytes())?;
        let end = now.0 + LEAF_DAYS * DAY_MILLIS;
        write_private(&note, serde_json::json!([names, end]).to_string().as_bytes())?;
    }
    let mut chain = read_chain(&certificate)?;
    if chain.is_empty() {
        return Err(unusable(&certificate, "no certificate in it"));
    }
    Ok((chain.swap_remove(0), read_key(&key)?))
}

/// Sets from when to when, in days from an instant.
fn set_validity(params: &mut CertificateParams, now: UtcMillis, from: i64, to: i64) {
    let day = |days: i64| {
        let day = now.plus_millis(days * DAY_MILLIS).hanoi_date();
        rcgen::date_time_ymd(i32::from(day.year()), day.month() as u8, day.day() as u8)
    };
    (params.not_before, params.not_after) = (day(from), day(to));
}

fn unusable(path: &Path, reason: impl ToString) -> TlsError {
    TlsError::Unusable { path: path.to_owned(), reason: reason.to_string() }
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> TlsError {
    |source| TlsError::File { path: path.to_owned(), source }
}

fn read(path: &Path) -> Result<String, TlsError> {
    let about = std::fs::metadata(path).map_err(file_error(path))?;
    // A pipe would be waited for, and a device may have no end.
    if !about.is_file() || about.len() > LARGEST_FILE {
        return Err(unusable(path, "không phải tệp chứng thư hay khóa (PEM) / no file of certificates or a key (PEM)"));
    }
    std::fs::read_to_string(path).map_err(file_error(path))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_slice_iter(read(path)?.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(path, error))
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(read(path)?.as_bytes()).map_err(|error| unusable(path, error))
}

fn make_folder(path: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(file_error(path))
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), TlsError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let unfinished = path.with_extension("new");
    let write = || {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, path)
    };
    write().map_err(file_error(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ancu_shared::clock::FixedClock;

    use crate::config::GivenTls;

    #[test]
    fn the_pin_stays_and_the_leaf_follows_its_names() {
        let folder = tempfile::tempdir().expect("folder");
        let mut config = Config { data: folder.path().to_owned(), ..Config::default() };
        let clock = FixedClock(UtcMillis(1_795_285_800_000));
        assert_eq!(fingerprint(&config), None);
        let first = load(&config, &clock).expect("first start");
        let leaf = std::fs::read(config.certificates().join("leaf.pem")).expect("leaf");
        let again = load(&config, &clock).expect("second start");
        assert_eq!(first.fingerprint, again.fingerprint);
        assert_eq!(std::fs::read(config.certificates().join("leaf.pem")).expect("leaf"), leaf);
        config.public_url = Some("https://ancu.example.vn".into());
        let renamed = load(&config, &clock).expect("another name");
        assert_eq!(renamed.fingerprint, first.fingerprint);
        assert_eq!(fingerprint(&config), Some(first.fingerprint));
        assert_ne!(std::fs::read(config.certificates().join("leaf.pem")).expect("leaf"), leaf);
    }

    #[test]
    fn given_files_are_served_and_pinned_by_their_last_certificate() {
        let folder = tempfile::tempdir().expect("folder");
        let mut config = Config { data: folder.path().to_owned(), ..Config::default() };
        let clock = FixedClock(UtcMillis(1_795_285_800_000));
        let own = load(&config, &clock).expect("own");
        let certificates = config.certificates();
        let chain = ["leaf.pem", "ca.pem"].map(|name| std::fs::read_to_string(certificates.join(name)).expect("read"));
        std::fs::write(folder.path().join("chain.pem"), chain.concat()).expect("write");
        let given = |key: &str| GivenTls { certificate: folder.path().join("chain.pem"), key: certificates.join(key) };
        config.tls = Some(given("leaf.key"));
        assert_eq!(load(&config, &clock).expect("given").fingerprint, own.fingerprint);
        config.tls = Some(given("ca.key"));
        let refused = load(&config, &clock).err().expect("another certificate's key").to_string();
        assert!(refused.contains("khóa riêng") && refused.contains("not the first certificate's"), "{refused}");
        config.tls = Some(given("leaf.key"));
        config.public_url = Some("https://elsewhere.example.vn".into());
        let refused = load(&config, &clock).err().expect("another name").to_string();
        assert!(refused.contains("not for elsewhere.example.vn"), "{refused}");
    }
}
