//! The server's certificates: its own CA and leaf, made on first start, or given files.
//!
//! Invariant: the CA's key and certificate never change once made, because every enrolment link pins the certificate's
//! SHA-256; the leaf is made anew whenever its names change, its end is near or its first day is still to come. Only a start
//! makes it anew, so that what is on file is what the serving process presents.

mod given;
mod timely;

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
pub use timely::{Timely, Untimely, untimely};

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
    let (ca, issuer) = own_authority(&folder, clock.now())?;
    let leaf = leaf(&folder, &config.certificate_names(), (&ca, &issuer), clock.now())?;
    certificates(vec![leaf.0, ca], leaf.1, &folder)
}

/// What links pin, for who does not serve: the own CA is made where there is none, and the leaf is left as it is.
pub fn pinned(config: &Config, clock: &dyn Clock) -> Result<[u8; 32], TlsError> {
    if config.tls.is_some() {
        return load(config, clock).map(|given| given.fingerprint);
    }
    let (ca, _) = own_authority(&config.certificates(), clock.now())?;
    Ok(Sha256::digest(&ca).into())
}

fn own_authority(
    folder: &Path,
    now: UtcMillis,
) -> Result<(CertificateDer<'static>, Issuer<'static, KeyPair>), TlsError> {
    make_folder(folder)?;
    let (pem, issuer) = authority(folder, now)?;
    let ca = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| unusable(&folder.join("ca.pem"), error))?;
    Ok((ca, issuer))
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
    (ca, issuer): (&CertificateDer<'static>, &Issuer<'_, KeyPair>),
    now: UtcMillis,
) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), TlsError> {
    let (certificate, key, note) = (folder.join("leaf.pem"), folder.join("leaf.key"), folder.join("leaf.json"));
    let known = std::fs::read_to_string(&note)
        .ok()
        .and_then(|text| serde_json::from_str::<(Vec<String>, i64)>(&text).ok())
        .filter(|_| certificate.exists() && key.exists());
    let is_early = |der: &CertificateDer<'static>| timely::judge(der, ca, now) == Timely::NotYet;
    let early = known.is_some() && read_chain(&certificate)?.first().is_some_and(is_early);
    let on_file = known
        .as_ref()
        .is_some_and(|(for_names, end)| for_names == names && now.0 < end - LEAF_DAYS / 3 * DAY_MILLIS && !early);
    if !on_file {
        let pair = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.to_vec())?;
        let common = names.iter().find(|name| name.parse::<IpAddr>().is_err()).map_or("ancu", String::as_str);
        params.distinguished_name.push(DnType::CommonName, common);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // A clock from before the own CA is wrong: the leaf is made so that it holds on the right day too. Its noted end is
        // the usual one, so that the first start on the right day makes it anew.
        let until = known.filter(|_| early && is_early(ca)).map_or(LEAF_DAYS, |(_, end)| (end - now.0) / DAY_MILLIS);
        set_validity(&mut params, now, -1, until.max(LEAF_DAYS));
        let made = params.signed_by(&pair, issuer)?;
        let (pem, end) = (made.pem(), now.0 + LEAF_DAYS * DAY_MILLIS);
        let written = write_private(&key, pair.serialize_pem().as_bytes())
            .and_then(|()| write_private(&certificate, pem.as_bytes()))
            .and_then(|()| write_private(&note, serde_json::json!([names, end]).to_string().as_bytes()));
        match written {
            Err(TlsError::File { source, .. }) if source.kind() == io::ErrorKind::StorageFull => {
                tracing::warn!(
                    "no room for a new certificate: this start presents it from memory, the next makes another"
                );
                // Without the note what is on file counts for nothing: half of it may be new.
                let _ = std::fs::remove_file(&note);
                let key =
                    PrivateKeyDer::try_from(pair.serialize_der()).map_err(|error| unusable(&certificate, error))?;
                return Ok((made.der().clone(), key));
            }
            other => other?,
        }
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
    fn a_leaf_from_a_day_that_is_to_come_is_made_anew_and_the_pin_stays() {
        const YEARS: i64 = 3650 * DAY_MILLIS;
        let folder = tempfile::tempdir().expect("folder");
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let today = FixedClock(UtcMillis(1_795_285_800_000));
        let at = |millis: i64| FixedClock(today.0.plus_millis(millis));
        let file = config.certificates().join("leaf.pem");
        let leaf = || std::fs::read(&file).expect("leaf");
        assert_eq!(untimely(&config, today.0).expect("nothing yet"), []);
        let pin = load(&config, &today).expect("first start").fingerprint;
        let first = leaf();
        // The clock ran ahead at one start, and is right at the next.
        load(&config, &at(YEARS)).expect("ahead");
        let ahead = leaf();
        assert_ne!(ahead, first, "it had expired by that clock");
        let told = untimely(&config, today.0).expect("looked at");
        assert_eq!(told, [Untimely { file: file.clone(), authority: false, timely: Timely::NotYet }]);
        assert_eq!(pinned(&config, &today).expect("a command"), pin);
        assert_eq!(leaf(), ahead, "a command leaves what is being served");
        assert_eq!(load(&config, &today).expect("right").fingerprint, pin);
        assert_ne!(leaf(), ahead);
        assert_eq!(untimely(&config, today.0).expect("looked at"), []);
        let right = leaf();
        load(&config, &today).expect("again");
        assert_eq!(leaf(), right, "and stays");
        // Expired while the server ran on.
        let late = untimely(&config, at(800 * DAY_MILLIS).0).expect("looked at");
        assert_eq!(late, [Untimely { file: file.clone(), authority: false, timely: Timely::Expired }]);
        // A clock from before the CA: devices, whose clocks are right, are not shut out by what is made then.
        assert_eq!(load(&config, &at(-YEARS)).expect("behind").fingerprint, pin);
        assert_ne!(leaf(), right);
        assert_eq!(untimely(&config, today.0).expect("looked at"), []);
        let behind = leaf();
        load(&config, &at(DAY_MILLIS - YEARS)).expect("still behind");
        assert_eq!(leaf(), behind);
        load(&config, &today).expect("right again");
        assert_ne!(leaf(), behind);
    }

    #[test]
    fn an_authority_from_a_day_that_is_to_come_is_told_of_and_kept() {
        let folder = tempfile::tempdir().expect("folder");
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let today = UtcMillis(1_795_285_800_000);
        let pin = load(&config, &FixedClock(today.plus_millis(3650 * DAY_MILLIS))).expect("ahead").fingerprint;
        assert_eq!(load(&config, &FixedClock(today)).expect("right").fingerprint, pin);
        let ca = config.certificates().join("ca.pem");
        let told = untimely(&config, today).expect("looked at");
        assert_eq!(told, [Untimely { file: ca, authority: true, timely: Timely::NotYet }], "the leaf is made anew");
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
