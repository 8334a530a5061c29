//! Whose word counts once a record was handed over to another unit.

use ancu_shared::error::ErrorCode;
use ancu_shared::record::value::Scalar;
use ancu_shared::role::Role;
use ancu_shared::sync::admission::Verdict;

use crate::admission::{code, colleague, officer};
use crate::world::{OTHER_WARD, Server, VISIT, WARD, Writer};

/// The visit of [`officer`], handed over to the other ward.
fn handed_over() -> (Server, Writer) {
    let (mut server, mut writer) = officer();
    server.receive(&writer.envelope());
    server.hand_over(VISIT, OTHER_WARD);
    (server, writer)
}

#[test]
fn who_did_not_hear_of_it_is_taken_in_where_the_record_is_now() {
    let (mut server, mut writer) = handed_over();
    writer.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    assert_eq!(server.receive(&writer.envelope()), Verdict::Admit { known: 0, unit: OTHER_WARD });
}

#[test]
fn the_new_ward_goes_on_under_its_own_name_and_may_name_the_former() {
    let (mut server, _) = handed_over();
    for (number, named) in [(2, OTHER_WARD), (3, WARD)] {
        let mut theirs = colleague(&mut server, number);
        server.posts.insert(theirs.person, (Role::CommuneDataOfficer, OTHER_WARD));
        theirs.unit = named;
        theirs.write(&[("f/ESC-01/note", Scalar::from(named.to_string()))]);
        assert_eq!(server.receive(&theirs.envelope()), Verdict::Admit { known: 0, unit: OTHER_WARD }, "{named}");
    }
}

#[test]
fn without_a_post_in_either_and_under_a_third_name_nothing_is_taken_in() {
    let (mut server, mut writer) = handed_over();
    let third = ancu_shared::id::UnitId::from_bytes([3; 16]);
    writer.unit = third;
    writer.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    assert_eq!(code(server.receive(&writer.envelope())), ErrorCode::RecordMismatch);
    let mut theirs = colleague(&mut server, 2);
    server.posts.insert(theirs.person, (Role::CommuneDataOfficer, third));
    theirs.write(&[("f/ESC-01/note", Scalar::from("x"))]);
    assert_eq!(code(server.receive(&theirs.envelope())), ErrorCode::WriteForbidden);
}
