//! The machine's clock and random source: the one place in this crate where they are read.

use ancu_shared::clock::{Clock, RandomSource, UtcMillis};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the clock")]
    fn now(&self) -> UtcMillis {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        UtcMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's cryptographically secure source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system gives randomness");
    }
}

/// Letters and digits of one-time codes and passwords: none that a reader could take for another.
const CODE_ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A random text of so many characters of an unambiguous alphabet (5 bits each).
pub fn random_text(random: &mut dyn RandomSource, length: usize) -> String {
    let mut bytes = vec![0_u8; length];
    random.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(CODE_ALPHABET[usize::from(byte & 31)])).collect()
}

/// A one-time code, `XXXX-XXXX-XXXX-XXXX`: 80 bits.
pub fn random_code(random: &mut dyn RandomSource) -> String {
    let text = random_text(random, 16);
    format!("{}-{}-{}-{}", &text[..4], &text[4..8], &text[8..12], &text[12..])
}

/// A bearer token: 32 random bytes, base64url.
pub fn random_token(random: &mut dyn RandomSource) -> String {
    use base64::Engine as _;
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a token or code: its SHA-256.
pub fn token_hash(token: &str) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(token).into()
}
