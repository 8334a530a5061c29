//! Seals: what they cover, what may follow them, and false ones.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::record::RecordKind;
use ancu_shared::record::register::Register;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::admission::{Verdict, check_envelope, judge_released};

use crate::admission::{code, colleague, officer};
use crate::world::{PREMISES, VISIT, WARD, Writer};

#[test]
fn a_seal_covers_exactly_what_it_builds_on_and_nothing_follows() {
    let (mut server, mut one) = officer();
    server.receive(&one.envelope());
    let mut two = colleague(&mut server, 2);
    two.write(&[("f/ESC-02/note", Scalar::from("trước khi khóa"))]);
    let before = two.envelope();
    one.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    one.finish();
    let sealed = one.envelope();
    // A seal that does not cover what came before it is admitted all the same; what comes after it is kept apart.
    let mut early = server.clone();
    assert_eq!(early.receive(&before), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(early.receive(&sealed), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(server.receive(&sealed), Verdict::Admit { known: 0, unit: WARD });
    assert_eq!(code(server.receive(&before)), ErrorCode::RecordSealed);
    assert_eq!(
        judge_released(&check_envelope(&before).expect("checked"), &server),
        Ok(Verdict::Admit { known: 0, unit: WARD })
    );
    one.write(&[("f/ESC-01/note", Scalar::from("sửa sau"))]);
    assert_eq!(code(server.receive(&one.envelope())), ErrorCode::RecordSealed);
    // Sent again, the seal itself is only known.
    assert_eq!(server.receive(&sealed), Verdict::AlreadyKnown);
}

#[test]
fn a_seal_over_a_merge_names_both_heads() {
    let (mut server, mut one) = officer();
    server.receive(&one.envelope());
    let mut two = colleague(&mut server, 2);
    two.write(&[("f/ESC-02/note", Scalar::from("x"))]);
    one.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    server.receive(&one.envelope());
    server.receive(&two.envelope());
    one.document.apply(server.log(VISIT)).expect("apply");
    assert_eq!(one.document.heads().expect("heads").len(), 2);
    // Two writes on top of both: then one's own last change is covered by another's head.
    two.document.apply(server.log(VISIT)).expect("apply");
    two.write(&[("f/ESC-03/note", Scalar::from("x"))]);
    server.receive(&two.envelope());
    one.document.apply(server.log(VISIT)).expect("apply");
    let seal = one.finish();
    assert_eq!(seal.dependencies.len(), 2, "the head and one's own last change");
    assert_eq!(server.receive(&one.envelope()), Verdict::Admit { known: 0, unit: WARD });
}

/// Makes what a seal's key is to hold, for a writer or in another's name.
type Forge = fn(&mut Writer, &Writer) -> Scalar;

#[test]
fn false_seals_are_refused() {
    use ancu_shared::record::seal;
    let completed = || ("s/state", Scalar::from("completed"));
    let (server, writer) = officer();
    let other = Writer::new(2, RecordKind::Inspection, VISIT);
    let actor = |writer: &Writer| ancu_shared::id::ActorId::derive(&writer.secret.public(), 0);
    let (own_key, other_key) = (format!("g/{}", actor(&writer)), format!("g/{}", actor(&other)));
    let honest: Forge = |writer, _| {
        let heads = writer.document.heads().expect("heads");
        seal::seal(VISIT, heads, &writer.secret, UtcMillis(1), writer.person).to_scalar()
    };
    let elsewhere: Forge = |writer, _| {
        let heads = writer.document.heads().expect("heads");
        seal::seal(PREMISES, heads, &writer.secret, UtcMillis(1), writer.person).to_scalar()
    };
    let foreign: Forge = |writer, other| {
        let heads = writer.document.heads().expect("heads");
        seal::seal(VISIT, heads, &other.secret, UtcMillis(1), writer.person).to_scalar()
    };
    let nothing: Forge = |writer, _| seal::seal(VISIT, vec![], &writer.secret, UtcMillis(1), writer.person).to_scalar();
    let unseen: Forge = |writer, _| {
        let heads = vec![ancu_shared::id::ChangeHash([9; 32])];
        seal::seal(VISIT, heads, &writer.secret, UtcMillis(1), writer.person).to_scalar()
    };
    let newer: Forge = |writer, _| Scalar::from(format!(r#"{{"v":2,"by":"{}"}}"#, writer.person));
    for (what, key, forge, admitted) in [
        ("honest", &own_key, honest, true),
        ("under another's key", &other_key, honest, false),
        ("of another record", &own_key, elsewhere, false),
        ("another's signature", &own_key, foreign, false),
        ("over nothing", &own_key, nothing, false),
        ("over something else", &own_key, unseen, false),
        ("that cannot be checked", &own_key, newer, false),
    ] {
        let (mut server, mut writer) = (server.clone(), officer().1);
        let statement = forge(&mut writer, &other);
        writer.write(&[(key.as_str(), statement), completed()]);
        let verdict = server.receive(&writer.envelope());
        if admitted {
            assert_eq!(verdict, Verdict::Admit { known: 0, unit: WARD }, "{what}");
        } else {
            assert_eq!(code(verdict), ErrorCode::ChangeInvalid, "{what}");
        }
    }
    // A seal with more in its change, or without the state, is not whole.
    for more in [vec![], vec![completed(), ("f/ESC-01/note", Scalar::from("x"))]] {
        let (mut server, mut writer) = (server.clone(), officer().1);
        let statement = honest(&mut writer, &other);
        writer.write(&[&[(own_key.as_str(), statement)], &more[..]].concat());
        assert_eq!(code(server.receive(&writer.envelope())), ErrorCode::ChangeInvalid);
    }
}
