//! Given certificates, judged at the start as a device will judge them: the last certificate of the chain is what enrolment
//! links pin, and the only root that a device trusts.
//!
//! Invariant: a chain that a device or a browser would turn away is refused here, in plain words, before anybody enrols by it.
//! What is not looked at: whether the world trusts it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ancu_shared::clock::UtcMillis;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::TlsError;

/// Judges a chain, leaf first; `host` = the name that links will have, where it is known.
pub(super) fn check(
    chain: &[CertificateDer<'static>],
    host: Option<&str>,
    now: UtcMillis,
    file: &Path,
) -> Result<(), TlsError> {
    let (Some((leaf, others)), Some(last)) = (chain.split_first(), chain.last()) else {
        return Err(wrong(file, "không có chứng thư nào trong tệp", "there is no certificate in it"));
    };
    let name = host.and_then(|host| ServerName::try_from(host.to_owned()).ok());
    match verify(leaf, others, last, name.as_ref(), now) {
        Ok(()) => Ok(()),
        Err(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) if name.is_none() => Ok(()),
        Err(error) => Err(told(&error, host, file)),
    }
}

/// What a device that trusts this root only says of a certificate.
pub(super) fn verify(
    leaf: &CertificateDer<'static>,
    others: &[CertificateDer<'static>],
    root: &CertificateDer<'static>,
    name: Option<&ServerName<'_>>,
    now: UtcMillis,
) -> Result<(), Error> {
    // Without a name of ours any will do: the name is looked at last, after everything else held.
    let any = ServerName::try_from("localhost").map_err(|error| Error::General(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let now = UnixTime::since_unix_epoch(Duration::from_millis(now.0.unsigned_abs()));
    verifier(root, &provider)?.verify_server_cert(leaf, others, name.unwrap_or(&any), &[], now).map(drop)
}

fn verifier(
    root: &CertificateDer<'static>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone())?;
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| Error::General(error.to_string()))
}

/// A refusal in words that say what to do.
fn told(error: &Error, host: Option<&str>, file: &Path) -> TlsError {
    let host = host.unwrap_or_default();
    let Error::InvalidCertificate(reason) = error else { return super::unusable(file, error) };
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => wrong(
            file,
            "chứng thư đã hết hạn; hãy thay bằng chứng thư mới cấp",
            "a certificate has expired; put a new one in its place",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => wrong(
            file,
            "chứng thư chưa đến ngày có hiệu lực; hãy kiểm tra đồng hồ của máy chủ",
            "a certificate is not valid yet; check this machine's clock",
        ),
        CertificateError::UnknownIssuer | CertificateError::BadSignature => wrong(
            file,
            "các chứng thư không nối thành chuỗi; cần chứng thư của máy chủ trước, rồi mỗi chứng thư được chứng thư sau nó ký",
            "the certificates form no chain; the server's own comes first, and each is signed by the one after it",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => wrong(
            file,
            &format!("chứng thư không dành cho tên {host} của public_url"),
            &format!("the certificate is not for {host}, which public_url names"),
        ),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => wrong(
            file,
            "chứng thư không được cấp để làm máy chủ (serverAuth)",
            "the certificate is not one for a server (serverAuth)",
        ),
        // The library has no name of its own for it.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => wrong(
            file,
            "chứng thư đầu tiên là của cơ quan cấp (CA), không phải của máy chủ; hãy dùng CA đó để cấp một chứng thư cho máy chủ và \
             đặt nó lên đầu",
            "the first certificate is an authority's (CA), not a server's; have it sign one for the server, and put that first",
        ),
        other => super::unusable(file, format!("{other:?}")),
    }
}

fn wrong(file: &Path, vi: &str, en: &str) -> TlsError {
    super::unusable(file, format!("{vi} / {en}"))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

    use super::*;

    /// 21 November 2026.
    const NOW: UtcMillis = UtcMillis(1_795_285_800_000);

    struct Authority(CertificateDer<'static>, Issuer<'static, KeyPair>);

    fn authority(name: &str) -> Authority {
        let mut params = params(name, 2040);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let own = params.self_signed(&key).expect("signed").der().clone();
        Authority(own, Issuer::new(params, key))
    }

    fn params(name: &str, until: i32) -> CertificateParams {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        (params.not_before, params.not_after) = (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(until, 1, 1));
        params
    }

    fn leaf(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let mut params = params("ancu.example.vn", 2030);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        params.signed_by(&KeyPair::generate().expect("a key"), &authority.1).expect("signed").der().clone()
    }

    fn judged(chain: &[CertificateDer<'static>], host: Option<&str>) -> String {
        check(chain, host, NOW, Path::new("chain.pem")).map_or_else(|error| error.to_string(), |()| "good".to_owned())
    }

    #[test]
    fn a_chain_is_judged_as_a_device_judges_it() {
        let (own, other) = (authority("An Cu CA"), authority("Other CA"));
        let good = leaf(&own, |_| {});
        let host = Some("ancu.example.vn");
        assert_eq!(judged(&[good.clone(), own.0.clone()], host), "good");
        assert_eq!(judged(&[good.clone(), own.0.clone()], None), "good", "links name the address listened on");
        let expired = leaf(&own, |params| params.not_after = rcgen::date_time_ymd(2026, 6, 1));
        let early = leaf(&own, |params| params.not_before = rcgen::date_time_ymd(2027, 1, 1));
        let client = leaf(&own, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
        let ca = leaf(&own, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
        for (chain, host, vi, en) in [
            (vec![], host, "không có chứng thư nào", "no certificate in it"),
            (vec![expired, own.0.clone()], host, "đã hết hạn", "has expired"),
            (vec![early, own.0.clone()], host, "chưa đến ngày có hiệu lực", "not valid yet"),
            (vec![good.clone(), other.0.clone()], host, "không nối thành chuỗi", "form no chain"),
            (vec![good.clone(), own.0.clone()], Some("10.0.0.7"), "không dành cho tên 10.0.0.7", "not for 10.0.0.7"),
            (vec![client, own.0.clone()], host, "serverAuth", "not one for a server"),
            (vec![ca, own.0.clone()], host, "của cơ quan cấp (CA)", "an authority's (CA)"),
            (vec![own.0.clone()], None, "của cơ quan cấp (CA)", "an authority's (CA)"),
        ] {
            let said = judged(&chain, host);
            assert!(said.contains("chain.pem") && said.contains(vi) && said.contains(en), "{en}: {said}");
        }
    }
}
