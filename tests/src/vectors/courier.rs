//! Vectors of a courier's file and its receipt.

use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::courier::{BundleWriter, CourierSecret, Manifest, Receipt};
use ancu_shared::id::{BundleId, EnvelopeId, PhotoHash};
use ancu_shared::sync::mark::StoreMark;
use ancu_shared::sync::wire::{DeviceReport, PushOutcome, PushVerdict, encode};
use serde::Serialize;

use super::Tree;
use super::records::{AT, OFFICER, SERVER, secret};

/// A file and what is in it.
#[derive(Serialize)]
pub(super) struct Couriers {
    server_secret: String,
    recipient: String,
    author: String,
    manifest: Tree,
    envelope: String,
    photo: String,
    file: String,
    name: BundleId,
    receipt: Tree,
    receipt_file: String,
}

/// One file: whoever reads it with the secret must find what is named beside it.
pub(super) fn couriers() -> Couriers {
    let mut random = SeededRandom::new(41);
    let bytes = CourierSecret::generate(&mut random);
    let server = CourierSecret::from_bytes(&bytes).expect("a secret");
    let author = secret(OFFICER);
    let manifest = Manifest {
        author: author.public(),
        made_at: UtcMillis(AT),
        device: DeviceReport { app_version: "0.1.0".into(), clock: UtcMillis(AT), ..DeviceReport::default() },
        envelopes: 1,
        photos: 1,
    };
    // What is in an envelope or a photo is not the file's matter.
    let (envelope, photo) = (&b"an envelope, as it was made"[..], &b"a photo"[..]);
    let mut bundle = BundleWriter::begin(Vec::new(), server.public(), &author, &manifest, &mut random).expect("begin");
    bundle.envelope(envelope).expect("envelope");
    bundle.photo(&PhotoHash::of(photo), photo).expect("photo");
    let (file, seen) = bundle.finish().expect("finish");
    let receipt = Receipt {
        bundle: seen.id,
        author: author.public(),
        life: "k3v9q2m7x1".into(),
        at: UtcMillis(AT + 60_000),
        outcomes: vec![PushOutcome { envelope: EnvelopeId::of(envelope), verdict: PushVerdict::Accepted }],
        photos: vec![PhotoHash::of(photo)],
        photos_refused: 0,
        mark: Some(StoreMark(vec![8; 54])),
    };
    Couriers {
        server_secret: hex::encode::<&[u8]>(bytes.as_ref()),
        recipient: server.public().to_string(),
        author: author.public().to_string(),
        manifest: Tree::of(&encode(&manifest)),
        envelope: hex::encode(envelope),
        photo: hex::encode(photo),
        file: hex::encode(file),
        name: seen.id,
        receipt: Tree::of(&encode(&receipt)),
        receipt_file: hex::encode(receipt.seal(&secret(SERVER))),
    }
}
