//! The outer form of a bundle: a header, sealed frames, a checksum.
//!
//! ```text
//! "ANCUCB" version(u16) recipient(32) encapsulated-key(32)
//! { last(u8: 0 or 1) length(u32) ciphertext(length) } …      length: 16 to 65,552; the tag is in it
//! SHA-256 of all of it (32)
//! ```
//! Integers are big-endian. The frames are the messages of one HPKE context in order (`info`: `ancu-courier-v1` and the
//! first 40 bytes; `aad`: the frame's first five bytes), so that none can be changed, left out, doubled or put elsewhere,
//! and the last one says that it is. The checksum is for who carries a bundle and cannot open it.

use std::io::{Read, Write};

use hpke::aead::{AeadCtxR, AeadCtxS};
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use sha2::{Digest as _, Sha256};

use super::{Aead, CourierError, CourierSecret, Dice, FileKind, Kdf, Kem, MAX_BUNDLE_BYTES};
use crate::clock::RandomSource;
use crate::id::{BundleId, CourierKey};

/// The most of a message in one frame.
const FRAME_BYTES: usize = 64 * 1024;
/// The seal's own bytes in each frame.
const TAG_BYTES: usize = 16;
/// What is before a frame's ciphertext.
const PREFIX_BYTES: usize = 5;
/// The header.
const HEADER_BYTES: usize = 72;

type Header = [u8; HEADER_BYTES];

fn info(header: &Header) -> Vec<u8> {
    [b"ancu-courier-v1", &header[..40]].concat()
}

fn part(header: &Header, from: usize) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&header[from..from + 32]);
    bytes
}

/// What anybody sees of a bundle without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// SHA-256 of the whole file: its name.
    pub id: BundleId,
    /// Which key opens it.
    pub recipient: CourierKey,
    /// Its size.
    pub bytes: u64,
}

/// Walks a bundle to its end: whether it is one, whole, and as it was made.
pub fn inspect(reader: &mut impl Read) -> Result<Seen, CourierError> {
    let mut whole = Hashed { reader, hasher: Sha256::new(), bytes: 0 };
    let mut head = [0; 8];
    // What is shorter than a head is no courier's file at all.
    whole.exact(&mut head).map_err(|error| match error {
        CourierError::Damaged(_) => CourierError::NotOurs,
        other => other,
    })?;
    if FileKind::of(head)? != FileKind::Bundle {
        return Err(CourierError::NotOurs);
    }
    let mut keys = [0; 64];
    whole.exact(&mut keys)?;
    let mut recipient = [0; 32];
    recipient.copy_from_slice(&keys[..32]);
    let mut buffer = vec![0; FRAME_BYTES + TAG_BYTES];
    loop {
        let mut prefix = [0; PREFIX_BYTES];
        whole.exact(&mut prefix)?;
        let (last, length) = frame(prefix)?;
        whole.exact(&mut buffer[..length])?;
        if whole.bytes > MAX_BUNDLE_BYTES {
            return Err(CourierError::TooLarge(MAX_BUNDLE_BYTES));
        }
        if last {
            break;
        }
    }
    let expected: [u8; 32] = whole.hasher.clone().finalize().into();
    let mut told = [0; 32];
    whole.exact(&mut told)?;
    if told != expected {
        return Err(CourierError::Damaged("its checksum does not hold"));
    }
    if whole.reader.read(&mut [0])? != 0 {
        return Err(CourierError::Damaged("something follows its end"));
    }
    Ok(Seen { id: BundleId(whole.hasher.finalize().into()), recipient: CourierKey(recipient), bytes: whole.bytes })
}

/// Whether a frame is the last, and the length of its ciphertext.
fn frame([last, a, b, c, d]: [u8; PREFIX_BYTES]) -> Result<(bool, usize), CourierError> {
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if last > 1 || !(TAG_BYTES..=FRAME_BYTES + TAG_BYTES).contains(&length) {
        return Err(CourierError::Damaged("a frame has no such form"));
    }
    Ok((last == 1, length))
}

struct Hashed<'r, R> {
    reader: &'r mut R,
    hasher: Sha256,
    bytes: u64,
}

impl<R: Read> Hashed<'_, R> {
    fn exact(&mut self, buffer: &mut [u8]) -> Result<(), CourierError> {
        self.reader.read_exact(buffer)?;
        self.hasher.update(&*buffer);
        self.bytes += buffer.len() as u64;
        Ok(())
    }
}

/// Writes a bundle's frames.
pub(super) struct FrameWriter<W> {
    writer: W,
    context: AeadCtxS<Aead, Kdf, Kem>,
    hasher: Sha256,
    plain: Vec<u8>,
    bytes: u64,
}

impl<W: Write> FrameWriter<W> {
    /// Begins a bundle to a server. Gives the header's two keys as well: the manifest's signature is over them.
    pub(super) fn begin(
        mut writer: W,
        recipient: &CourierKey,
        random: &mut dyn RandomSource,
    ) -> Result<(Self, [u8; 64]), CourierError> {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&FileKind::Bundle.head());
        header[8..40].copy_from_slice(recipient.as_bytes());
        let key = <Kem as hpke::Kem>::PublicKey::from_bytes(recipient.as_bytes()).map_err(|_| CourierError::Foreign)?;
        let (encapsulated, context) =
            hpke::setup_sender::<Aead, Kdf, Kem, _>(&OpModeS::Base, &key, &info(&header), &mut Dice(random))
                .map_err(|_| CourierError::Foreign)?;
        encapsulated.write_exact(&mut header[40..]);
        writer.write_all(&header)?;
        let mut keys = [0; 64];
        keys.copy_from_slice(&header[8..]);
        let hasher = Sha256::new_with_prefix(header);
        let plain = Vec::with_capacity(FRAME_BYTES);
        Ok((Self { writer, context, hasher, plain, bytes: HEADER_BYTES as u64 }, keys))
    }

    /// Adds to the message.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), CourierError> {
        while !bytes.is_empty() {
            if self.plain.len() == FRAME_BYTES {
                self.flush(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(FRAME_BYTES - self.plain.len()));
            self.plain.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn flush(&mut self, last: bool) -> Result<(), CourierError> {
        let mut prefix = [u8::from(last), 0, 0, 0, 0];
        prefix[1..].copy_from_slice(&((self.plain.len() + TAG_BYTES) as u32).to_be_bytes());
        let sealed = self.context.seal(&self.plain, &prefix).map_err(|_| CourierError::TooLarge(MAX_BUNDLE_BYTES))?;
        self.plain.clear();
        for part in [&prefix[..], &sealed[..]] {
            self.writer.write_all(part)?;
            self.hasher.update(part);
            self.bytes += part.len() as u64;
        }
        if self.bytes > MAX_BUNDLE_BYTES {
            return Err(CourierError::TooLarge(MAX_BUNDLE_BYTES));
        }
        Ok(())
    }

    /// Ends the bundle; what anybody sees of it, and where it was written.
    pub(super) fn finish(mut self, recipient: CourierKey) -> Result<(W, Seen), CourierError> {
        self.flush(true)?;
        let checksum: [u8; 32] = self.hasher.clone().finalize().into();
        self.writer.write_all(&checksum)?;
        self.writer.flush()?;
        self.hasher.update(checksum);
        let id = BundleId(self.hasher.finalize().into());
        Ok((self.writer, Seen { id, recipient, bytes: self.bytes + checksum.len() as u64 }))
    }
}

/// Reads a bundle's message. Of the checksum it knows nothing: every frame proves itself.
pub(super) struct FrameReader<R> {
    reader: R,
    context: AeadCtxR<Aead, Kdf, Kem>,
    plain: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> FrameReader<R> {
    /// Opens a bundle with the server's key. Gives the header's two keys as well.
    pub(super) fn open(mut reader: R, secret: &CourierSecret) -> Result<(Self, [u8; 64]), CourierError> {
        let mut header = [0; HEADER_BYTES];
        reader.read_exact(&mut header)?;
        let mut head = [0; 8];
        head.copy_from_slice(&header[..8]);
        if FileKind::of(head)? != FileKind::Bundle {
            return Err(CourierError::NotOurs);
        }
        if part(&header, 8) != secret.public().0 {
            return Err(CourierError::Foreign);
        }
        let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(&part(&header, 40));
        let encapsulated = encapsulated.map_err(|_| CourierError::Damaged("its key cannot be read"))?;
        let context = hpke::setup_receiver::<Aead, Kdf, Kem>(&OpModeR::Base, &secret.0, &encapsulated, &info(&header))
            .map_err(|_| CourierError::Damaged("its key cannot be read"))?;
        let mut keys = [0; 64];
        keys.copy_from_slice(&header[8..]);
        Ok((Self { reader, context, plain: Vec::new(), at: 0, ended: false }, keys))
    }

    /// The next bytes of the message, at most so many; none at its end.
    pub(super) fn some(&mut self, most: usize) -> Result<&[u8], CourierError> {
        while self.at == self.plain.len() && !self.ended {
            let mut prefix = [0; PREFIX_BYTES];
            self.reader.read_exact(&mut prefix)?;
            let (last, length) = frame(prefix)?;
            let mut sealed = vec![0; length];
            self.reader.read_exact(&mut sealed)?;
            let opened = self.context.open(&sealed, &prefix);
            self.plain = opened.map_err(|_| CourierError::Damaged("a frame's seal does not hold"))?;
            (self.at, self.ended) = (0, last);
        }
        let from = self.at;
        self.at = self.plain.len().min(from + most);
        Ok(&self.plain[from..self.at])
    }

    /// Exactly so many bytes.
    pub(super) fn exact(&mut self, buffer: &mut [u8]) -> Result<(), CourierError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let some = self.some(buffer.len() - filled)?;
            if some.is_empty() {
                return Err(CourierError::Damaged("its message ends too early"));
            }
            buffer[filled..filled + some.len()].copy_from_slice(some);
            filled += some.len();
        }
        Ok(())
    }
}
