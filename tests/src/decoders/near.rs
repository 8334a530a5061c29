//! What a device nearby says, and the code that leads to it.

use std::collections::BTreeSet;

use ancu_shared::author::{AuthorCertificate, AuthorIdentity};
use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{ChangeHash, DeviceId, DocumentId, EnvelopeId, PersonId, UnitId};
use ancu_shared::near::{
    Hello, Lack, MAX_FRAME_BYTES, MAX_HELLO_BYTES, NearLink, Pass, SignedPass, Turn, Turns, VERSION, check, decode,
};
use ancu_shared::sync::wire::encode;

use super::records::{honest_envelope, secret};

const NOW: UtcMillis = UtcMillis(1_795_222_800_000);

fn pass() -> Pass {
    Pass::of_week(secret().public(), PersonId::from_bytes([9; 16]), vec![UnitId::from_bytes([6; 16])], NOW)
}

pub(super) fn said() -> Vec<Vec<u8>> {
    let identity = AuthorIdentity {
        key: secret().public(),
        person: PersonId::from_bytes([9; 16]),
        person_name: "Trần Đức Long".into(),
        device: DeviceId::from_bytes([8; 16]),
        device_name: "Máy 2".into(),
        held_by_server: false,
        certified_at: NOW,
    };
    let certificate = AuthorCertificate::issue(&identity, &secret());
    let lack = Lack { document: DocumentId::from_bytes([1; 16]), changes: vec![ChangeHash([2; 32])] };
    let turn = Turn {
        offers: vec![EnvelopeId([3; 32])],
        wants: vec![EnvelopeId([4; 32])],
        lacks: vec![lack],
        envelopes: vec![honest_envelope().into()],
        authors: vec![certificate.clone()],
        more: true,
    };
    let link = NearLink { addresses: vec!["192.168.1.20:40123".parse().expect("an address")], key: secret().public() };
    vec![
        encode(&Hello { v: VERSION, certificate, pass: SignedPass::issue(&pass(), &secret()) }),
        encode(&turn),
        encode(&Turn::default()),
        link.to_text().into_bytes(),
    ]
}

/// What is heard is read or refused; whoever is let in has a unit in common, and no turn makes more of itself than it says.
pub(super) fn heard(bytes: &[u8]) -> bool {
    let hello = decode::<Hello>(bytes, MAX_HELLO_BYTES).is_ok_and(|hello| {
        let server = secret().public();
        if let Ok(colleague) = check(&hello, &server, &server, &pass(), NOW) {
            assert!(!colleague.units.is_empty());
        }
        true
    });
    let turn = decode::<Turn>(bytes, MAX_FRAME_BYTES).is_ok_and(|turn| {
        let mut turns = Turns::new(Vec::new());
        let taken = turns.heard(&turn, |_| false, |_| Vec::new(), Vec::new()).is_ok();
        let asked: BTreeSet<_> = turn.offers.iter().collect();
        assert!(!taken || asked.len() <= turn.offers.len());
        taken
    });
    let link = NearLink::parse(&String::from_utf8_lossy(bytes)).is_ok_and(|link| {
        assert_eq!(NearLink::parse(&link.to_text()).as_ref(), Ok(&link), "a code reads back");
        true
    });
    hello | turn | link
}
