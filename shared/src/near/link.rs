//! Where a colleague waits, as a QR code says it: `ancu://near?a=<ip:port>[&a=…]&k=<author key, base64url>`.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::AuthorKey;
use crate::link::LinkError;

/// Addresses in a link, at most.
pub const MAX_ADDRESSES: usize = 8;
const MAX_BYTES: usize = 512;
const START: &str = "ancu://near?";

/// Where a colleague waits, and by which key they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearLink {
    /// Where to try, in this order.
    pub addresses: Vec<SocketAddr>,
    /// Nobody else answers to it.
    pub key: AuthorKey,
}

impl NearLink {
    /// Writes the link.
    pub fn to_text(&self) -> String {
        let addresses = self.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join("&a=");
        format!("{START}a={addresses}&k={}", URL_SAFE_NO_PAD.encode(self.key.0))
    }

    /// Reads a link; white space around it is no harm. Only addresses of local networks are called.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(LinkError::TooLong);
        }
        let query = text.strip_prefix(START).ok_or(LinkError::NotALink)?;
        let (mut addresses, mut key) = (Vec::new(), None);
        for part in query.split('&') {
            let (name, value) = part.split_once('=').ok_or(LinkError::NotALink)?;
            match name {
                "a" => addresses.push(value.parse().ok().filter(is_local).ok_or(LinkError::Part("a"))?),
                "k" if key.is_some() => return Err(LinkError::Part("k")),
                "k" => key = Some(value),
                _ => {} // a newer version's
            }
        }
        let key = key.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let key = key.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(LinkError::Part("k"))?;
        if addresses.is_empty() || addresses.len() > MAX_ADDRESSES {
            return Err(LinkError::Part("a"));
        }
        Ok(Self { addresses, key: AuthorKey(key) })
    }
}

/// Whether an address is of a local network: a link must not make a phone call anybody on the internet.
pub fn is_local(address: &SocketAddr) -> bool {
    match address {
        SocketAddr::V4(v4) => v4.ip().is_private() || v4.ip().is_link_local() || v4.ip().is_loopback(),
        SocketAddr::V6(v6) => v6.ip().is_unique_local() || v6.ip().is_unicast_link_local() || v6.ip().is_loopback(),
    }
}
