use super::*;
use crate::author::AuthorSecret;
use crate::id::{DeviceId, PersonId};
use crate::link::LinkError;

const NOW: UtcMillis = UtcMillis(1_795_222_800_000);

fn secret(number: u8) -> AuthorSecret {
    AuthorSecret::from_seed(&[number; 32])
}

fn unit(number: u8) -> UnitId {
    UnitId::from_bytes([number; 16])
}

fn pass(number: u8, units: &[u8]) -> Pass {
    let units = units.iter().copied().map(unit).collect();
    Pass::of_week(secret(number).public(), PersonId::from_bytes([number; 16]), units, NOW)
}

fn hello(number: u8, units: &[u8], server: &AuthorSecret) -> Hello {
    let identity = AuthorIdentity {
        key: secret(number).public(),
        person: PersonId::from_bytes([number; 16]),
        person_name: "Trần Đức Long".into(),
        device: DeviceId::from_bytes([number; 16]),
        device_name: "Máy 2".into(),
        held_by_server: false,
        certified_at: UtcMillis(1),
    };
    let certificate = AuthorCertificate::issue(&identity, server);
    Hello { v: VERSION, certificate, pass: SignedPass::issue(&pass(number, units), server) }
}

#[test]
fn only_a_colleague_of_the_same_server_with_a_unit_in_common_is_met() {
    let (server, stranger) = (secret(100), secret(101));
    let met = |hello: &Hello, mine: &[u8], key: u8, now| {
        check(hello, &server.public(), &secret(key).public(), &pass(1, mine), now)
    };
    let good = hello(2, &[7, 8], &server);
    let colleague = met(&good, &[8, 9], 2, NOW).expect("met");
    assert_eq!((colleague.units, &*colleague.identity.person_name), (BTreeSet::from([unit(8)]), "Trần Đức Long"));
    assert_eq!(met(&good, &[9], 2, NOW), Err(ErrorCode::NearNothingShared));
    // Another key made the connection: somebody shows a certificate that they have seen.
    assert_eq!(met(&good, &[8], 3, NOW), Err(ErrorCode::NearForeign));
    assert_eq!(met(&hello(2, &[8], &stranger), &[8], 2, NOW), Err(ErrorCode::NearForeign));
    let lent = Hello { pass: hello(3, &[8], &server).pass, ..good.clone() };
    assert_eq!(met(&lent, &[8], 2, NOW), Err(ErrorCode::NearForeign), "another's pass");
    assert_eq!(met(&Hello { v: 2, ..good.clone() }, &[8], 2, NOW), Err(ErrorCode::NearNewer));
    assert_eq!(met(&good, &[8], 2, NOW.plus_millis(PASS_MILLIS)), Err(ErrorCode::NearPassExpired));
    assert!(met(&good, &[8], 2, UtcMillis(0)).is_ok(), "a clock that has lost its battery");
}

#[test]
fn a_pass_is_the_same_all_week() {
    let at = |millis| Pass::of_week(secret(1).public(), PersonId::from_bytes([1; 16]), vec![], NOW.plus_millis(millis));
    let days: BTreeSet<i64> = (0..14).map(|day| at(day * 24 * 3_600_000).until.0).collect();
    assert!(days.len() <= 3, "{days:?}");
    assert!(at(0).until.0 - NOW.0 > 2 * PASS_MILLIS / 4, "weeks are left of it");
}

#[test]
fn links_read_back_and_call_nobody_on_the_internet() {
    let addresses = vec!["192.168.1.20:40123".parse().expect("v4"), "[fd00::1]:7".parse().expect("v6")];
    let link = NearLink { addresses, key: secret(1).public() };
    let text = link.to_text();
    assert_eq!(NearLink::parse(&format!(" {text}\n")), Ok(link));
    let key = URL_SAFE_NO_PAD.encode([1; 32]);
    for (text, wrong) in [
        (format!("ancu://near?a=8.8.8.8:53&k={key}"), LinkError::Part("a")),
        (format!("ancu://near?k={key}"), LinkError::Part("a")),
        ("ancu://near?a=10.0.0.1:5".to_owned(), LinkError::Part("k")),
        (format!("ancu://near?a=10.0.0.1:5&k={key}&k={key}"), LinkError::Part("k")),
        ("ancu://enrol?s=https://a".to_owned(), LinkError::NotALink),
        ("x".repeat(600), LinkError::TooLong),
    ] {
        assert_eq!(NearLink::parse(&text), Err(wrong), "{text}");
    }
}

/// One side with what it has; the whole meeting, turn by turn.
struct Side {
    turns: Turns,
    has: BTreeSet<EnvelopeId>,
}

impl Side {
    fn new(offers: &[u8], has: &[u8]) -> Self {
        let id = |number: &u8| EnvelopeId([*number; 32]);
        let offers: Vec<_> = offers.iter().map(id).collect();
        Self { has: offers.iter().copied().chain(has.iter().map(id)).collect(), turns: Turns::new(offers) }
    }

    fn hear(&mut self, turn: &Turn) {
        // An envelope is its number here; 9 builds on the change that 8 holds.
        let ids: Vec<_> = turn.envelopes.iter().map(|bytes| EnvelopeId([bytes[0]; 32])).collect();
        self.has.extend(&ids);
        let lacking = self.has.contains(&EnvelopeId([9; 32])) && !self.has.contains(&EnvelopeId([8; 32]));
        let lack = Lack { document: DocumentId::from_bytes([1; 16]), changes: vec![ChangeHash([8; 32])] };
        let lacks = if lacking { vec![lack] } else { vec![] };
        let has = self.has.clone();
        let holding = |lack: &Lack| {
            let ids = lack.changes.iter().map(|change| EnvelopeId(change.0));
            ids.filter(|id| has.contains(id)).collect::<Vec<_>>()
        };
        self.turns.heard(turn, |id| has.contains(id), holding, lacks).expect("in bounds");
    }

    fn say(&mut self, other_silent: bool) -> Next {
        let has = self.has.clone();
        self.turns.next(other_silent, |id| has.contains(id).then(|| (vec![id.0[0]; 10], None)))
    }
}

fn meet(caller: &mut Side, called: &mut Side) -> u32 {
    let (mut silent, mut turns) = (false, 0);
    loop {
        for round in [true, false] {
            let (one, other) = if round { (&mut *caller, &mut *called) } else { (&mut *called, &mut *caller) };
            let Next::Say(turn) = one.say(silent) else { return turns };
            turns += 1;
            silent = turn.is_empty();
            other.hear(&turn);
        }
    }
}

#[test]
fn both_end_with_what_either_had_and_what_it_builds_on() {
    let (mut one, mut two) = (Side::new(&[1, 2, 9], &[8]), Side::new(&[3, 2], &[]));
    let turns = meet(&mut one, &mut two);
    let all: BTreeSet<_> = [1, 2, 3, 8, 9].map(|it| EnvelopeId([it; 32])).into();
    assert_eq!((&one.has, &two.has), (&all, &all));
    assert!(turns < 12, "{turns} turns");
    // What neither has is asked for once.
    let (mut one, mut two) = (Side::new(&[9], &[]), Side::new(&[], &[]));
    assert!(meet(&mut one, &mut two) < 12);
    // Again: nothing goes over.
    assert!(meet(&mut Side::new(&[1], &[2]), &mut Side::new(&[1], &[2])) <= 6);
    assert!(meet(&mut Side::new(&[], &[]), &mut Side::new(&[], &[])) <= 4);
}

#[test]
fn who_asks_for_too_much_is_left() {
    let mut side = Side::new(&[], &[]);
    let wants = vec![EnvelopeId([1; 32]); MAX_IN_TURN + 1];
    let heard = side.turns.heard(&Turn { wants, ..Turn::default() }, |_| false, |_| vec![], vec![]);
    assert_eq!(heard, Err(ErrorCode::TooLarge));
    let endless = (0..=MAX_TURNS).try_for_each(|_| side.turns.heard(&Turn::default(), |_| false, |_| vec![], vec![]));
    assert_eq!(endless, Err(ErrorCode::TooLarge));
    assert_eq!(decode::<Turn>(&[0xa0, 0], 10), Err(ErrorCode::NearUnreadable));
    assert_eq!(decode::<Turn>(&[0; 20], 10), Err(ErrorCode::TooLarge));
}

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
