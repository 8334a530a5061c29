//! Whether the own certificates are valid on a day: a clock that was wrong at a start leaves some that are not.
//!
//! What is not looked at: anything but the days. Given certificates are judged whole at every start (`given`).

use std::path::PathBuf;

use ancu_shared::clock::UtcMillis;
use rustls::{CertificateError, Error};
use rustls_pki_types::CertificateDer;

use super::{TlsError, given, read_chain};
use crate::config::Config;

/// How a certificate's days stand to an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timely {
    /// It is between its first day and its last.
    Valid,
    /// Its first day is to come.
    NotYet,
    /// Its last day is over.
    Expired,
}

/// An own certificate that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untimely {
    /// Its file.
    pub file: PathBuf,
    /// Whether it is the CA, which links pin.
    pub authority: bool,
    /// Why.
    pub timely: Timely,
}

impl Untimely {
    /// What is wrong and what to do, in both languages.
    pub fn words(&self) -> String {
        let file = self.file.display();
        let (vi, en) = match self.timely {
            Timely::Expired => ("đã hết hạn", "has expired"),
            Timely::NotYet | Timely::Valid => ("chưa đến ngày có hiệu lực", "is not valid yet"),
        };
        let (vi_remedy, en_remedy) = if self.authority {
            (
                "trình duyệt không vào được; hãy xem đồng hồ. Nếu đồng hồ đúng: dừng máy chủ, chuyển thư mục chứng thư đi chỗ khác, \
                 khởi động lại, rồi đăng ký lại các máy",
                "browsers refuse it; look at the clock. If that is right: stop the server, move the folder of certificates \
                 away, start it, and enrol the devices anew",
            )
        } else {
            (
                "hãy xem đồng hồ, rồi khởi động lại máy chủ để làm chứng thư mới",
                "look at the clock, then start the server anew: it makes a new one",
            )
        };
        format!("{file}: {vi}; {vi_remedy} · {en}; {en_remedy}")
    }
}

/// The own certificates on file that are not valid; none where others are given or none were made yet.
pub fn untimely(config: &Config, now: UtcMillis) -> Result<Vec<Untimely>, TlsError> {
    let [ca_file, leaf_file] = ["ca.pem", "leaf.pem"].map(|name| config.certificates().join(name));
    if config.tls.is_some() || !ca_file.exists() {
        return Ok(Vec::new());
    }
    let chain = read_chain(&ca_file)?;
    let Some(ca) = chain.first() else { return Err(super::unusable(&ca_file, "no certificate in it")) };
    let mut found = Vec::new();
    for (file, authority) in [(leaf_file, false), (ca_file, true)] {
        let certificates = if file.exists() { read_chain(&file)? } else { Vec::new() };
        let timely = certificates.first().map_or(Timely::Valid, |certificate| judge(certificate, ca, now));
        if timely != Timely::Valid {
            found.push(Untimely { file, authority, timely });
        }
    }
    Ok(found)
}

/// How a certificate's days stand, by the code that devices judge with: it looks at the days before all else, at an
/// authority's too.
pub(super) fn judge(certificate: &CertificateDer<'static>, ca: &CertificateDer<'static>, now: UtcMillis) -> Timely {
    match given::verify(certificate, &[], ca, None, now) {
        Err(Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })) => {
            Timely::NotYet
        }
        Err(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            Timely::Expired
        }
        _ => Timely::Valid,
    }
}
