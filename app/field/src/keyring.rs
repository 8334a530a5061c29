//! The keyring: the store's random key, wrapped under a key that argon2id makes of the PIN.
//!
//! Invariants: a try is counted on disk before it is made, so that pulling the battery gives no free tries; after
//! [`MAX_ATTEMPTS`] wrong PINs the keyring answers `pin_locked` until a new enrolment code resets it; the key itself is in
//! memory only while the store is unlocked; the tries are given back only for the word of the server that the keyring was
//! made for, about the person whom it was made for. The file names neither: it holds salted hashes of them.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ancu_shared::clock::RandomSource;
use ancu_shared::error::{ErrorCode, Problem};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::fault::{Fault, Outcome};
use crate::store::private;

/// Wrong PINs until the keyring locks.
pub const MAX_ATTEMPTS: u32 = 10;
pub(crate) const FILE: &str = "keyring.json";
pub(crate) const ENROLMENT: &str = "enrolment.json";
const PURPOSE: &[u8] = b"ancu-keyring-v1";

/// The store's key.
pub type StoreKey = Zeroizing<[u8; 32]>;

/// What argon2id costs (RFC 9106 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
}

impl Default for Cost {
    /// 64 MiB and 3 passes: about a third of a second on a cheap phone of 2024.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3 }
    }
}

/// Whom a keyring is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// SHA-256 of the server's CA certificate.
    pub server: &'a [u8; 32],
    /// What names the holder to that server.
    pub holder: &'a [u8],
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    cost: Cost,
    salt: String,
    nonce: String,
    wrapped: String,
    attempts: u32,
    /// Salted hashes of what the keyring is bound to.
    server: String,
    holder: String,
}

/// The keyring of one data folder.
#[derive(Debug, Clone)]
pub struct Keyring {
    path: PathBuf,
}

impl Keyring {
    /// The keyring in this folder, made or not.
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(FILE) }
    }

    /// What keeps the author's secret of an enrolment that was asked for and not answered yet.
    pub fn of_enrolment(folder: &Path) -> Self {
        Self { path: folder.join(ENROLMENT) }
    }

    /// Whether it was made.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// How many tries are left; `None` without a keyring.
    pub fn attempts_left(&self) -> Outcome<Option<u32>> {
        if !self.exists() {
            return Ok(None);
        }
        Ok(Some(MAX_ATTEMPTS.saturating_sub(self.read()?.attempts)))
    }

    /// Wraps a key under a PIN and writes the file, replacing an earlier one.
    pub fn create(
        &self,
        pin: &str,
        key: &StoreKey,
        binding: Binding<'_>,
        cost: Cost,
        random: &mut dyn RandomSource,
    ) -> Outcome<()> {
        check_pin(pin)?;
        let (mut salt, mut nonce) = ([0_u8; 16], [0_u8; 24]);
        random.fill(&mut salt);
        random.fill(&mut nonce);
        let wrapping = derive(pin, &salt, cost)?;
        let wrapped = XChaCha20Poly1305::new((&*wrapping).into())
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: key.as_slice(), aad: PURPOSE })
            .map_err(|_| Fault::Broken("the key could not be wrapped".into()))?;
        let salt = STANDARD.encode(salt);
        self.write(&Stored {
            version: 1,
            cost,
            nonce: STANDARD.encode(nonce),
            wrapped: STANDARD.encode(wrapped),
            attempts: 0,
            server: mark(&salt, "server", binding.server),
            holder: mark(&salt, "holder", binding.holder),
            salt,
        })
    }

    /// Whether it was made for somebody at this server.
    pub fn is_at(&self, server: &[u8; 32]) -> Outcome<bool> {
        let stored = self.read()?;
        Ok(stored.server == mark(&stored.salt, "server", server))
    }

    /// Whether it was made for this holder at this server.
    pub fn is_for(&self, binding: Binding<'_>) -> Outcome<bool> {
        let stored = self.read()?;
        Ok(stored.server == mark(&stored.salt, "server", binding.server)
            && stored.holder == mark(&stored.salt, "holder", binding.holder))
    }

    /// Takes the file away, if it is there.
    pub fn remove(&self) -> Outcome<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Tries a PIN. The try is on disk before it is made.
    pub fn open(&self, pin: &str) -> Outcome<StoreKey> {
        let mut stored = self.read()?;
        if stored.attempts >= MAX_ATTEMPTS {
            return Err(ErrorCode::PinLocked.into());
        }
        stored.attempts += 1;
        self.count(&stored)?;
        let Some(key) = unwrap(&stored, pin)? else {
            let left = MAX_ATTEMPTS - stored.attempts;
            let code = if left == 0 { ErrorCode::PinLocked } else { ErrorCode::PinWrong };
            return Err(Problem::new(code).with(serde_json::json!({ "attempts_left": left })).into());
        };
        stored.attempts = 0;
        self.count(&stored)?;
        Ok(key)
    }

    /// Gives the tries back: a new enrolment code proved who holds the device. `code_foreign` for anybody else's.
    pub fn reset_attempts(&self, binding: Binding<'_>) -> Outcome<()> {
        if !self.is_for(binding)? {
            return Err(ErrorCode::CodeForeign.into());
        }
        let mut stored = self.read()?;
        stored.attempts = 0;
        self.write(&stored)
    }

    fn read(&self) -> Outcome<Stored> {
        let text = fs::read(&self.path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ErrorCode::NotEnrolled.into(),
            _ => Fault::File(error),
        })?;
        let stored: Stored = serde_json::from_slice(&text).map_err(|_| Fault::from(ErrorCode::StoreDamaged))?;
        if stored.version != 1 {
            return Err(ErrorCode::StoreNewer.into());
        }
        Ok(stored)
    }

    fn write(&self, stored: &Stored) -> Outcome<()> {
        let text = serde_json::to_vec_pretty(stored).map_err(|error| Fault::Broken(error.to_string()))?;
        Ok(private::replace(&self.path, &text)?)
    }

    /// Writes how many tries were made. On a full disk the number is written where it stands: whoever knows the PIN can read
    /// the records all the same, and nobody gets a try that is not counted.
    fn count(&self, stored: &Stored) -> Outcome<()> {
        match self.write(stored) {
            Err(full) if full.code() == ErrorCode::DiskFull => self.overwrite_count(stored.attempts),
            other => other,
        }
    }

    /// The count takes one more digit at the last try: its room is up to the next member, blanks and all.
    fn overwrite_count(&self, attempts: u32) -> Outcome<()> {
        const BEFORE: &str = "\"attempts\": ";
        let text = fs::read_to_string(&self.path)?;
        let place = text.find(BEFORE).map(|place| place + BEFORE.len());
        let room = place.and_then(|place| text[place..].find('"'));
        let (Some(place), Some(room), count) = (place, room, format!("{attempts},")) else {
            return Err(ErrorCode::StoreDamaged.into());
        };
        if count.len() > room {
            return Err(ErrorCode::DiskFull.into());
        }
        let mut file = fs::OpenOptions::new().write(true).open(&self.path)?;
        file.seek(SeekFrom::Start(place as u64))?;
        file.write_all(format!("{count:room$}").as_bytes())?;
        Ok(file.sync_data()?)
    }
}

/// A hash that says nothing without the bytes it was made of.
fn mark(salt: &str, of: &str, bytes: &[u8]) -> String {
    let hash = Sha256::new().chain_update(PURPOSE).chain_update(of).chain_update(salt).chain_update(bytes);
    STANDARD.encode(hash.finalize())
}

fn derive(pin: &str, salt: &[u8], cost: Cost) -> Outcome<StoreKey> {
    let params = argon2::Params::new(cost.memory_kib, cost.passes, 1, Some(32))
        .map_err(|_| Fault::from(ErrorCode::StoreDamaged))?;
    let mut key = Zeroizing::new([0_u8; 32]);
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), salt, key.as_mut())
        .map_err(|error| Fault::Broken(error.to_string()))?;
    Ok(key)
}

/// The key, or `None` for a wrong PIN.
fn unwrap(stored: &Stored, pin: &str) -> Outcome<Option<StoreKey>> {
    let part = |text: &str| STANDARD.decode(text).map_err(|_| Fault::from(ErrorCode::StoreDamaged));
    let (salt, nonce, wrapped) = (part(&stored.salt)?, part(&stored.nonce)?, part(&stored.wrapped)?);
    if nonce.len() != 24 {
        return Err(ErrorCode::StoreDamaged.into());
    }
    let wrapping = derive(pin, &salt, stored.cost)?;
    let opened = XChaCha20Poly1305::new((&*wrapping).into())
        .decrypt(XNonce::from_slice(&nonce), Payload { msg: &wrapped, aad: PURPOSE })
        .map(Zeroizing::new);
    let Ok(opened) = opened else { return Ok(None) };
    let key: [u8; 32] = opened.as_slice().try_into().map_err(|_| Fault::from(ErrorCode::StoreDamaged))?;
    Ok(Some(Zeroizing::new(key)))
}

/// A PIN has 6 to 12 digits; not a run (123456, 987654) and not one digit repeated.
pub fn check_pin(pin: &str) -> Result<(), Problem> {
    let digits = pin.as_bytes();
    let steps = || digits.windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
    let guessable = (-1..=1).any(|step| steps().all(|found| found == step));
    if !(6..=12).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) || guessable {
        return Err(Problem::new(ErrorCode::PinInvalid).at("pin"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ancu_shared::clock::SeededRandom;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };
    const OURS: Binding<'static> = Binding { server: &[1; 32], holder: b"An" };

    fn keyring(folder: &Path) -> (Keyring, StoreKey) {
        let (keyring, key) = (Keyring::in_folder(folder), Zeroizing::new([7_u8; 32]));
        keyring.create("270914", &key, OURS, CHEAP, &mut SeededRandom::new(1)).expect("create");
        (keyring, key)
    }

    #[test]
    fn the_right_pin_opens_and_resets_the_count() {
        let folder = tempfile::tempdir().expect("folder");
        let (keyring, key) = keyring(folder.path());
        assert_eq!(keyring.open("000001").expect_err("wrong").code(), ErrorCode::PinWrong);
        assert_eq!(keyring.attempts_left().expect("left"), Some(9));
        assert_eq!(*keyring.open("270914").expect("right"), *key);
        assert_eq!(keyring.attempts_left().expect("left"), Some(10));
    }

    #[test]
    fn ten_wrong_pins_lock_even_the_right_one_out() {
        let folder = tempfile::tempdir().expect("folder");
        let (keyring, key) = keyring(folder.path());
        for left in (0..10).rev() {
            let expected = if left == 0 { ErrorCode::PinLocked } else { ErrorCode::PinWrong };
            assert_eq!(keyring.open("111112").expect_err("wrong").code(), expected);
        }
        assert_eq!(keyring.open("270914").expect_err("locked").code(), ErrorCode::PinLocked);
        for foreign in [Binding { server: &[2; 32], ..OURS }, Binding { holder: b"Binh", ..OURS }] {
            assert_eq!(keyring.reset_attempts(foreign).expect_err("not theirs").code(), ErrorCode::CodeForeign);
        }
        assert_eq!(keyring.attempts_left().expect("left"), Some(0));
        assert!(keyring.is_at(OURS.server).expect("read") && !keyring.is_at(&[2; 32]).expect("read"));
        keyring.reset_attempts(OURS).expect("reset");
        assert_eq!(*keyring.open("270914").expect("open again"), *key);
    }

    #[test]
    fn a_try_is_counted_before_it_is_made() {
        let folder = tempfile::tempdir().expect("folder");
        let (keyring, _) = keyring(folder.path());
        // A file whose wrapped key is gone fails in the middle of the try: the count must have risen all the same.
        let mut stored = keyring.read().expect("read");
        stored.wrapped = "!".into();
        keyring.write(&stored).expect("write");
        assert_eq!(keyring.open("270914").expect_err("damaged").code(), ErrorCode::StoreDamaged);
        assert_eq!(keyring.attempts_left().expect("left"), Some(9));
    }

    #[test]
    fn every_count_finds_its_room_in_the_file_as_it_is() {
        let folder = tempfile::tempdir().expect("folder");
        let (keyring, key) = keyring(folder.path());
        let length = fs::metadata(&keyring.path).expect("there").len();
        // Up to the last try and back again, which takes a digit more and a digit less.
        for attempts in (0..=MAX_ATTEMPTS).chain([0, 9, 10, 1]) {
            keyring.overwrite_count(attempts).expect("no byte more is asked for");
            assert_eq!(keyring.attempts_left().expect("left"), Some(MAX_ATTEMPTS - attempts));
            assert_eq!(fs::metadata(&keyring.path).expect("there").len(), length);
        }
        keyring.overwrite_count(9).expect("one try is left");
        assert_eq!(*keyring.open("270914").expect("right"), *key);
    }

    #[test]
    fn guessable_pins_are_refused() {
        for (pin, good) in [
            ("270914", true),
            ("112233", true),
            ("123456", false),
            ("987654", false),
            ("000000", false),
            ("12345", false),
            ("1234567890123", false),
            ("27o914", false),
            ("", false),
        ] {
            assert_eq!(check_pin(pin).is_ok(), good, "{pin}");
        }
    }
}
