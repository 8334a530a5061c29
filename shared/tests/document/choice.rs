//! Settling a clash: who chooses says so, what was chosen keeps its author, and nobody puts words into another's mouth.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{ActorId, DeviceId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::choice::{self, Origin};
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{ItemAnswer, Register as _};
use ancu_shared::record::value::{Cell, OperationId, Scalar};
use ancu_shared::role::Role;
use ancu_shared::sync::admission::{Verdict, check_envelope, judge_released};
use ancu_shared::view::{Attribution, Authors, Fate, build};

use crate::world::{Server, VISIT, WARD, Writer, refusal, visit};

const ITEM: &str = "i/ESC-01";

/// Two officers who answered one item differently while apart, and then exchanged: (server, Long, Hà).
fn clashing() -> (Server, Writer, Writer) {
    let mut server = Server::default();
    let mut long = Writer::at_visit(1, &visit(1));
    server.enrol(&long, Role::CommuneDataOfficer);
    assert_eq!(server.receive(&long.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let mut ha = Writer::new(2, RecordKind::Inspection, VISIT);
    server.enrol(&ha, Role::CommuneDataOfficer);
    ha.document.apply(server.log(VISIT)).expect("apply");
    for (writer, note) in [(&mut long, "Cửa bị khóa"), (&mut ha, "Cửa kẹt")] {
        let answer = writer.answer(note);
        writer.write(&[(ITEM, answer)]);
        assert_eq!(server.receive(&writer.envelope()), Verdict::Admit { known: 0, unit: WARD });
    }
    ha.document.apply(server.log(VISIT)).expect("apply");
    long.document.apply(server.log(VISIT)).expect("apply");
    (server, long, ha)
}

fn live(server: &Server) -> Vec<Cell> {
    server.cells(VISIT).into_iter().filter(|cell| cell.key == ITEM).collect()
}

fn said_by(server: &Server, writer: &Writer) -> Cell {
    let actor = ActorId::derive(&writer.secret.public(), 0);
    live(server).into_iter().find(|cell| cell.operation.actor == actor).expect("an answer")
}

fn chosen(by: &Writer, cell: &Cell, at: i64) -> Scalar {
    choice::choose(&Key::parse(ITEM).expect("key"), cell.operation, &cell.value, by.person, UtcMillis(at))
}

/// Names actors by their first byte.
struct Names;

impl Authors for Names {
    fn attribution(&self, actor: ActorId, at: UtcMillis) -> Attribution {
        let device = Some(DeviceId::from_bytes([actor.0[0]; 16]));
        Attribution { device, device_name: actor.to_string(), ..Attribution::of(None, at) }
    }
}

#[test]
fn a_settled_clash_names_author_and_chooser_and_keeps_what_was_passed_over() {
    let (mut server, long, mut ha) = clashing();
    assert_eq!(live(&server).len(), 2);
    let (longs, own) = (said_by(&server, &long), said_by(&server, &ha));
    let choice = chosen(&ha, &longs, 9_000);
    ha.write(&[(ITEM, choice)]);
    assert_eq!(server.receive(&ha.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let [settled] = live(&server).try_into().expect("one answer");
    assert!(build::clashes(VISIT, RecordKind::Inspection, "", None, &server.cells(VISIT), &Names).is_empty());
    // An older program reads the chooser's statement; this one who said it first.
    let register = ItemAnswer::from_scalar(&settled.value).expect("a register");
    assert_eq!((register.by, register.at, register.note.as_str()), (ha.person, UtcMillis(9_000), "Cửa bị khóa"));

    let history = build::history(ITEM, server.log(VISIT), false, &Names);
    let told: Vec<_> = history
        .iter()
        .map(|entry| (entry.fate, entry.saying.note.as_str(), entry.saying.by.device_name.clone(), entry.saying.by.at))
        .collect();
    let (first, second) = (longs.operation.actor.to_string(), own.operation.actor.to_string());
    let at = |cell: &Cell| ItemAnswer::from_scalar(&cell.value).expect("a register").at;
    assert_eq!(told[0], (Fate::Standing, "Cửa bị khóa", first.clone(), at(&longs)));
    assert!(told.contains(&(Fate::Chosen, "Cửa bị khóa", first, at(&longs))), "{told:?}");
    assert!(told.contains(&(Fate::PassedOver, "Cửa kẹt", second.clone(), at(&own))), "{told:?}");
    let chooser = history[0].saying.chosen_by.as_ref().expect("a chooser");
    assert_eq!((chooser.device_name.as_str(), chooser.at), (second.as_str(), UtcMillis(9_000)));
}

#[test]
fn a_forged_origin_is_refused_even_where_a_supervisor_forgives() {
    type Forge = fn(Origin, &Cell) -> Origin;
    let cases: [(&str, &str, Forge); 6] = [
        ("nothing forged", "Cửa bị khóa", |honest, _| honest),
        ("other words than were said", "Cửa mở tốt", |honest, _| honest),
        ("another's name", "Cửa bị khóa", |honest, own| Origin { actor: own.operation.actor, ..honest }),
        ("another time", "Cửa bị khóa", |honest, _| Origin { at: UtcMillis(1), ..honest }),
        ("the other side's put", "Cửa bị khóa", |honest, own| Origin { operation: own.operation, ..honest }),
        ("a put that is not replaced", "Cửa bị khóa", |honest, own| Origin {
            operation: OperationId { counter: 1, actor: own.operation.actor },
            ..honest
        }),
    ];
    for (number, (what, note, forge)) in cases.into_iter().enumerate() {
        let (mut server, long, mut ha) = clashing();
        let (longs, own) = (said_by(&server, &long), said_by(&server, &ha));
        let said = ItemAnswer::from_scalar(&longs.value).expect("a register");
        let honest = Origin { operation: longs.operation, actor: longs.operation.actor, at: said.at };
        let (at, origin) = (UtcMillis(9_000), Some(forge(honest, &own)));
        let value = ItemAnswer { note: note.into(), at, by: ha.person, origin, ..said }.to_scalar();
        ha.write(&[(ITEM, value)]);
        let envelope = ha.envelope();
        let checked = check_envelope(&envelope).expect("checked");
        let Ok(released) = judge_released(&checked, &server);
        let verdict = server.receive(&envelope);
        if number == 0 {
            assert_eq!(
                (verdict, released),
                (Verdict::Admit { known: 0, unit: WARD }, Verdict::Admit { known: 0, unit: WARD }),
                "{what}"
            );
        } else {
            assert_eq!(refusal(verdict).code, ErrorCode::ChangeInvalid, "{what}");
            assert_eq!(refusal(released).code, ErrorCode::ChangeInvalid, "{what}");
            assert_eq!(live(&server).len(), 2, "{what}");
        }
    }
}

#[test]
fn a_choice_may_be_chosen_again_and_still_knows_who_spoke_first() {
    let (mut server, mut long, mut ha) = clashing();
    let (longs, own) = (said_by(&server, &long), said_by(&server, &ha));
    // Both settle apart, each with the other's answer: a clash of choices.
    let (by_ha, by_long) = (chosen(&ha, &longs, 9_000), chosen(&long, &own, 9_500));
    ha.write(&[(ITEM, by_ha)]);
    long.write(&[(ITEM, by_long)]);
    for envelope in [ha.envelope(), long.envelope()] {
        assert_eq!(server.receive(&envelope), Verdict::Admit { known: 0, unit: WARD });
    }
    let clashes = build::clashes(VISIT, RecordKind::Inspection, "", None, &server.cells(VISIT), &Names);
    assert_eq!(clashes[0].values.len(), 2);
    assert!(clashes[0].values.iter().all(|value| value.chosen_by.is_some()), "{clashes:?}");
    long.document.apply(server.log(VISIT)).expect("apply");
    let has = said_by(&server, &ha);
    let last = chosen(&long, &has, 10_000);
    long.write(&[(ITEM, last)]);
    assert_eq!(server.receive(&long.envelope()), Verdict::Admit { known: 0, unit: WARD });
    let [settled] = live(&server).try_into().expect("one answer");
    let origin = choice::origin(&settled.value).expect("an origin");
    assert_eq!((origin.operation, origin.actor), (has.operation, longs.operation.actor));
}
