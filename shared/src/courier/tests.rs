//! Bundles and receipts, whole and attacked.

use std::io::{self, Read};

use super::bundle::{BundleReader, BundleWriter, Item, Manifest};
use super::frames::{Seen, inspect};
use super::receipt::Receipt;
use super::{CourierError, CourierSecret, FileKind, MAX_PHOTO_BYTES};
use crate::author::{AuthorCertificate, AuthorIdentity, AuthorSecret};
use crate::clock::{SeededRandom, UtcMillis};
use crate::error::ErrorCode;
use crate::id::{BundleId, DeviceId, EnvelopeId, PersonId, PhotoHash};
use crate::sync::wire::{DeviceReport, PushOutcome, PushVerdict};

struct World {
    random: SeededRandom,
    server: CourierSecret,
    author: AuthorSecret,
    certifier: AuthorSecret,
}

fn world(seed: u64) -> World {
    let mut random = SeededRandom::new(seed);
    let server = CourierSecret::from_bytes(&CourierSecret::generate(&mut random)).expect("a secret");
    let author = AuthorSecret::generate(&mut random);
    let certifier = AuthorSecret::generate(&mut random);
    World { random, server, author, certifier }
}

impl World {
    fn begin(&mut self) -> BundleWriter<Vec<u8>> {
        let manifest = Manifest {
            author: self.author.public(),
            made_at: UtcMillis(5),
            device: DeviceReport::default(),
            envelopes: 2,
            photos: 1,
        };
        let key = self.server.public();
        BundleWriter::begin(Vec::new(), key, &self.author, &manifest, &mut self.random).expect("begin")
    }

    fn certificate(&self) -> AuthorCertificate {
        let identity = AuthorIdentity {
            key: self.author.public(),
            person: PersonId::from_bytes([1; 16]),
            person_name: "Nguyễn Văn An".into(),
            device: DeviceId::from_bytes([2; 16]),
            device_name: "Điện thoại".into(),
            held_by_server: false,
            certified_at: UtcMillis(1),
        };
        AuthorCertificate::issue(&identity, &self.certifier)
    }

    /// A bundle of about 200 KB, and its photo.
    fn bundle(&mut self) -> (Vec<u8>, Seen, Vec<u8>) {
        let photo: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        let certificate = self.certificate();
        let mut bundle = self.begin();
        bundle.certificate(&certificate).expect("certificate");
        bundle.envelope(b"first").expect("envelope");
        bundle.envelope(b"second").expect("envelope");
        bundle.photo(&PhotoHash::of(&photo), &photo).expect("photo");
        let (file, seen) = bundle.finish().expect("finish");
        (file, seen, photo)
    }
}

fn read(file: &[u8], server: &CourierSecret) -> Result<Vec<Item>, CourierError> {
    let mut reader = BundleReader::open(file, server)?;
    let mut items = Vec::new();
    while let Some(item) = reader.next()? {
        items.push(item);
    }
    Ok(items)
}

#[test]
fn what_went_in_comes_out() {
    let mut world = world(1);
    let (file, seen, photo) = world.bundle();
    assert_eq!(inspect(&mut &file[..]).expect("whole"), seen);
    assert_eq!((seen.bytes, seen.recipient), (file.len() as u64, world.server.public()));
    let mut reader = BundleReader::open(&file[..], &world.server).expect("open");
    assert_eq!(reader.manifest().author, world.author.public());
    assert_eq!(reader.next().expect("read"), Some(Item::Certificate(world.certificate())));
    assert_eq!(reader.next().expect("read"), Some(Item::Envelope(b"first".to_vec())));
    assert_eq!(reader.next().expect("read"), Some(Item::Envelope(b"second".to_vec())));
    let hash = PhotoHash::of(&photo);
    assert_eq!(reader.next().expect("read"), Some(Item::Photo { hash, bytes: photo.len() as u64 }));
    let mut bytes = Vec::new();
    assert_eq!(reader.photo(&mut bytes).expect("photo"), hash);
    assert_eq!(bytes, photo);
    assert_eq!(reader.next().expect("read"), None);
    // Nothing of what is in it can be read from outside.
    assert!(!file.windows(6).any(|window| window == b"second"));
    // A photo that nobody asks for is passed over.
    assert_eq!(read(&file, &world.server).expect("read").len(), 4);
}

#[test]
fn every_cut_is_noticed_before_anything_is_taken() {
    let mut world = world(2);
    let (file, ..) = world.bundle();
    let ends = (0..200).chain((200..file.len()).step_by(997)).chain(file.len() - 40..file.len());
    for end in ends {
        let error = inspect(&mut &file[..end]).expect_err("cut");
        let expected = if end < 8 { ErrorCode::CourierUnknown } else { ErrorCode::CourierDamaged };
        assert_eq!(error.code(), expected, "cut at {end}: {error}");
        assert!(read(&file[..end.min(file.len() - 33)], &world.server).is_err(), "cut at {end}");
    }
    let longer = [&file[..], b"x"].concat();
    assert_eq!(inspect(&mut &longer[..]).expect_err("longer").code(), ErrorCode::CourierDamaged);
}

#[test]
fn every_changed_byte_is_noticed_by_who_carries_and_by_who_opens() {
    let mut world = world(3);
    let (file, ..) = world.bundle();
    for at in (0..120).chain((120..file.len()).step_by(1_499)).chain(file.len() - 33..file.len()) {
        let mut changed = file.clone();
        changed[at] ^= 0x10;
        assert!(inspect(&mut &changed[..]).is_err(), "changed at {at}");
        let opened = read(&changed, &world.server);
        assert!(opened.is_err() || at >= file.len() - 32, "changed at {at}");
    }
}

#[test]
fn another_servers_bundle_and_garbage_are_told_apart() {
    let mut world = world(4);
    let stranger = self::world(5);
    let (file, ..) = world.bundle();
    assert_eq!(read(&file, &stranger.server).expect_err("foreign").code(), ErrorCode::CourierForeign);
    for garbage in [&b""[..], b"PK\x03\x04", b"%PDF-1.7 and so on", &[0; 100]] {
        assert_eq!(inspect(&mut &garbage[..]).expect_err("garbage").code(), ErrorCode::CourierUnknown);
    }
    let mut newer = file.clone();
    newer[7] = 2;
    assert_eq!(inspect(&mut &newer[..]).expect_err("newer").code(), ErrorCode::CourierNewer);
    // Renamed to another recipient, it opens for nobody.
    let mut renamed = file;
    renamed[8..40].copy_from_slice(stranger.server.public().as_bytes());
    assert_eq!(read(&renamed, &stranger.server).expect_err("renamed").code(), ErrorCode::CourierDamaged);
}

/// Counts how much is asked for at one time.
struct Watched<R> {
    reader: R,
    most: usize,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.most = self.most.max(buffer.len());
        self.reader.read(buffer)
    }
}

#[test]
fn claimed_lengths_reserve_nothing() {
    let mut world = world(6);
    // A frame that claims four gigabytes.
    let (mut file, ..) = world.bundle();
    file[73..77].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut watched = Watched { reader: &file[..], most: 0 };
    assert_eq!(inspect(&mut watched).expect_err("bomb").code(), ErrorCode::CourierDamaged);
    assert!(watched.most <= 70_000, "{} bytes were asked for", watched.most);
    // Items inside that claim more than is there, or more than may be.
    for (kind, length, code) in [
        (2_u8, u64::from(u32::MAX), ErrorCode::TooLarge),
        (3, u64::from(u32::MAX), ErrorCode::TooLarge),
        (3, 1_000_000, ErrorCode::CourierDamaged),
        (4, u64::from(MAX_PHOTO_BYTES) + 33, ErrorCode::TooLarge),
        (4, 31, ErrorCode::CourierDamaged),
        (9, u64::from(u32::MAX), ErrorCode::CourierDamaged),
    ] {
        let mut bundle = world.begin();
        bundle.begin_item(kind, length).expect("item");
        let (file, _) = bundle.finish().expect("finish");
        assert_eq!(read(&file, &world.server).expect_err("claim").code(), code, "kind {kind}, {length} bytes");
    }
}

#[test]
fn kinds_of_a_later_version_are_passed_over() {
    let mut world = world(7);
    let mut bundle = world.begin();
    bundle.item(77, &vec![1; 100_000]).expect("item");
    bundle.envelope(b"known").expect("envelope");
    let (file, _) = bundle.finish().expect("finish");
    assert_eq!(read(&file, &world.server).expect("read"), [Item::Envelope(b"known".to_vec())]);
}

#[test]
fn a_manifest_is_of_one_bundle_and_its_author() {
    let mut world = world(8);
    // What an outsider who knows the server's key can make: an author's manifest without the author's secret.
    let stranger = AuthorSecret::generate(&mut world.random);
    let manifest = Manifest {
        author: world.author.public(),
        made_at: UtcMillis(5),
        device: DeviceReport::default(),
        envelopes: 0,
        photos: 0,
    };
    let key = world.server.public();
    let bundle = BundleWriter::begin(Vec::new(), key, &stranger, &manifest, &mut world.random).expect("begin");
    let (file, _) = bundle.finish().expect("finish");
    assert_eq!(read(&file, &world.server).expect_err("forged").code(), ErrorCode::SignatureInvalid);
}

#[test]
fn a_receipt_is_the_servers_word_on_ones_own_work() {
    let world = world(9);
    let receipt = Receipt {
        bundle: BundleId([1; 32]),
        author: world.author.public(),
        life: "e1".into(),
        at: UtcMillis(9),
        outcomes: vec![PushOutcome { envelope: EnvelopeId([2; 32]), verdict: PushVerdict::Accepted }],
        photos: vec![PhotoHash([3; 32])],
        photos_refused: 0,
        mark: None,
    };
    let file = receipt.seal(&world.certifier);
    let (server, me) = (world.certifier.public(), world.author.public());
    assert_eq!(Receipt::open(&mut &file[..], &server, &me).expect("open"), receipt);
    let open = |file: &[u8], server, me| Receipt::open(&mut &file[..], server, me).expect_err("refused").code();
    assert_eq!(open(&file, &me, &me), ErrorCode::CourierForeign);
    assert_eq!(open(&file, &server, &server), ErrorCode::CourierReceiptForeign);
    for end in 0..file.len() {
        let expected = if end < 8 { ErrorCode::CourierUnknown } else { ErrorCode::CourierDamaged };
        assert_eq!(open(&file[..end], &server, &me), expected, "cut at {end}");
    }
    for at in 8..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1;
        // What names the key that it was signed with is not needed where the signature holds.
        if let Err(refused) = Receipt::open(&mut &changed[..], &server, &me) {
            assert_eq!(refused.code(), ErrorCode::CourierDamaged, "changed at {at}");
        }
    }
    assert_eq!(FileKind::of(FileKind::Receipt.head()).expect("kind"), FileKind::Receipt);
    assert_eq!(inspect(&mut &file[..]).expect_err("no bundle").code(), ErrorCode::CourierUnknown);
}
