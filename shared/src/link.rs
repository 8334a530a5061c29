//! Enrolment links, as QR codes and texts carry them.
//!
//! `ancu://enrol?s=<server URL>&f=<SHA-256 of the CA certificate, base64url>&c=<one-time code>` for who has an account,
//! `…&i=<invitation, base64url>` for a household head, `…&c=<one-time code>&h=1` for one who comes back. The fingerprint pins the
//! server: nothing else is trusted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::sync::wire::{EnrolGrant, SignedInvitation};

/// The longest link, in bytes: more does not fit into a QR code that a phone reads well.
pub const MAX_LINK_BYTES: usize = 2_048;

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolLink {
    /// `https://host[:port]`, no path.
    pub server: String,
    /// SHA-256 of the server's CA certificate in DER.
    pub fingerprint: [u8; 32],
    /// The right to enrol.
    pub grant: EnrolGrant,
    /// Whether a household head enrols by it: says who is addressed, and gives nothing.
    pub citizen: bool,
}

/// Why a text is not an enrolment link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Longer than [`MAX_LINK_BYTES`].
    #[error("the link is too long")]
    TooLong,
    /// Doesn't begin with `ancu://enrol?`.
    #[error("not an enrolment link")]
    NotALink,
    /// A part is missing, given twice or unreadable.
    #[error("the link's part {0:?} is missing or unreadable")]
    Part(&'static str),
}

const START: &str = "ancu://enrol?";

impl EnrolLink {
    /// Writes the link.
    pub fn to_text(&self) -> String {
        let (name, value) = match &self.grant {
            EnrolGrant::Code { code } => ("c", code.clone()),
            EnrolGrant::Invitation { invitation } => {
                ("i", URL_SAFE_NO_PAD.encode(crate::sync::wire::encode(invitation)))
            }
        };
        let head = if self.citizen && name == "c" { "&h=1" } else { "" };
        format!("{START}s={}&f={}&{name}={value}{head}", self.server, URL_SAFE_NO_PAD.encode(self.fingerprint))
    }

    /// Reads a link; white space around it (a pasted text) is no harm.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > MAX_LINK_BYTES {
            return Err(LinkError::TooLong);
        }
        let query = text.strip_prefix(START).ok_or(LinkError::NotALink)?;
        let (mut server, mut fingerprint, mut code, mut invitation, mut head) = (None, None, None, None, None);
        for part in query.split('&') {
            let (name, value) = part.split_once('=').ok_or(LinkError::NotALink)?;
            let (slot, named): (&mut Option<&str>, &'static str) = match name {
                "s" => (&mut server, "s"),
                "f" => (&mut fingerprint, "f"),
                "c" => (&mut code, "c"),
                "i" => (&mut invitation, "i"),
                "h" => (&mut head, "h"),
                _ => continue, // a newer version's
            };
            if slot.replace(value).is_some() {
                return Err(LinkError::Part(named));
            }
        }
        let server = server.filter(|url| is_origin(url)).ok_or(LinkError::Part("s"))?;
        let fingerprint = fingerprint
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or(LinkError::Part("f"))?;
        let grant = match (code, invitation) {
            (Some(code), None) if is_code(code) => EnrolGrant::Code { code: code.to_owned() },
            (None, Some(text)) => {
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| LinkError::Part("i"))?;
                let invitation: SignedInvitation =
                    crate::sync::wire::decode(&bytes).map_err(|_| LinkError::Part("i"))?;
                EnrolGrant::Invitation { invitation }
            }
            _ => return Err(LinkError::Part("c")),
        };
        let citizen = head == Some("1") || matches!(grant, EnrolGrant::Invitation { .. });
        Ok(Self { server: server.to_owned(), fingerprint, grant, citizen })
    }
}

fn is_origin(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|host| {
        !host.is_empty()
            && host.len() <= 255
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    })
}

fn is_code(code: &str) -> bool {
    (8..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::AuthorSecret;
    use crate::clock::UtcMillis;
    use crate::id::{DocumentId, UnitId};
    use crate::sync::wire::Invitation;

    #[test]
    fn both_links_read_back() {
        let officer = AuthorSecret::from_seed(&[1; 32]);
        let invitation = Invitation {
            nonce: [2; 16],
            facility: DocumentId::from_bytes([3; 16]),
            unit: UnitId::from_bytes([4; 16]),
            place: "Nhà trọ Hoa Sen, 12 ngõ 29 Khương Hạ".into(),
            expires_at: UtcMillis(9),
            author: officer.public(),
        };
        let code = || EnrolGrant::Code { code: "ABCD-2345-EFGH".into() };
        for (grant, citizen) in [
            (code(), false),
            (code(), true),
            (EnrolGrant::Invitation { invitation: SignedInvitation::issue(&invitation, &officer) }, true),
        ] {
            let link = EnrolLink { server: "https://127.0.0.1:8443".into(), fingerprint: [7; 32], grant, citizen };
            let text = link.to_text();
            assert!(text.len() < 700, "{} bytes must fit a QR code", text.len());
            assert_eq!(EnrolLink::parse(&format!("  {text}\n")), Ok(link));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fingerprint = URL_SAFE_NO_PAD.encode([7; 32]);
        for (text, expected) in [
            ("https://example.org".to_owned(), LinkError::NotALink),
            (format!("{START}s=http://a&f={fingerprint}&c=ABCDEFGH"), LinkError::Part("s")),
            (format!("{START}s=https://a&f=xx&c=ABCDEFGH"), LinkError::Part("f")),
            (format!("{START}s=https://a&f={fingerprint}"), LinkError::Part("c")),
            (format!("{START}s=https://a&f={fingerprint}&i=%%"), LinkError::Part("i")),
            (format!("{START}s=https://a&s=https://b&f={fingerprint}&c=ABCDEFGH"), LinkError::Part("s")),
            ("x".repeat(3_000), LinkError::TooLong),
        ] {
            assert_eq!(EnrolLink::parse(&text), Err(expected), "{text}");
        }
    }
}
