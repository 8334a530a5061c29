//! What only the inside can show: a full disk, and cells held against Automerge's own reading.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ancu_shared::author::{AuthorCertificate, AuthorIdentity, AuthorSecret};
use ancu_shared::clock::{Clock, FixedClock, Running, SeededRandom, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::envelope::Envelope;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{ActorId, DeviceId, DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::key::Key;
use ancu_shared::record::measured::{Measured, Method, Vertex};
use ancu_shared::record::register::{Answer, Verdict};
use ancu_shared::record::value::Scalar;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::{Context, PullAnswer, TemplateOffer};
use ancu_shared::view::MissingReason;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::engine::Open;
use crate::exchange::receive::Incoming;
use crate::records::answer::Measuring;
use crate::store::profile::{self, Identity};
use crate::store::{Store, changes, directory, journal, outbox};

const NOW: UtcMillis = UtcMillis(1_795_250_000_000);

const TEMPLATE: &str = r#"{"schema":1,"code":"t","version":"1","title":{"vi":"","en":""},"notice":{"vi":"","en":""},
"groups":[{"code":"A","title":{"vi":"","en":""},"items":[{"code":"A-1","survey":false,"title":{"vi":"","en":""},
"input":{"type":"verdict"},"severity":"minor","photo":"optional","required":true,"remedy":{"vi":"","en":""},
"citations":[]}]}],"citations":[]}"#;

/// An open store with an identity of its own making.
fn desk(folder: &std::path::Path) -> Open {
    let store = Store::open(folder, &Zeroizing::new([1; 32]), NOW).expect("store");
    let (server, secret) = (AuthorSecret::from_seed(&[2; 32]), AuthorSecret::from_seed(&[3; 32]));
    let (person, device) = (PersonId::from_bytes([4; 16]), DeviceId::from_bytes([5; 16]));
    let unit = UnitId::from_bytes([6; 16]);
    let identity = AuthorIdentity {
        key: secret.public(),
        person,
        person_name: "An".into(),
        device,
        device_name: "Máy".into(),
        held_by_server: false,
        certified_at: NOW,
    };
    let identity = Identity {
        seed: *secret.seed(),
        epoch: 0,
        token: "token".into(),
        server: "https://city.test".into(),
        fingerprint: [0; 32],
        certifier: server.public(),
        certificate: AuthorCertificate::issue(&identity, &server),
        device_name: "Máy".into(),
    };
    let sha256 = hex::encode(Sha256::digest(TEMPLATE));
    let offer = TemplateOffer { code: "t".into(), version: "1".into(), sha256: sha256.clone(), current: true };
    let context = Context {
        person,
        person_name: "An".into(),
        device,
        posts: vec![Post { role: Role::CommuneDataOfficer, unit, valid_from: None, valid_to: None }],
        units: vec![],
        scope: vec![unit],
        home: None,
        templates: vec![offer.clone()],
        max_photo_bytes: 1 << 26,
        courier: None,
        withdrawn: vec![],
        pass: None,
        clock: NOW,
    };
    profile::save_identity(&store.main, &identity).expect("identity");
    profile::save_context(&store.main, &context).expect("context");
    directory::offer_templates(&store.main, &[offer]).expect("offer");
    directory::keep_template(&store.main, &sha256, TEMPLATE.as_bytes()).expect("template");
    Open::new(store, Arc::new(FixedClock(NOW)), Arc::new(Mutex::new(Box::new(SeededRandom::new(7))))).expect("open")
}

#[test]
fn a_store_of_an_older_version_becomes_searchable_when_it_is_opened() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    inspection(&mut open);
    let found = |open: &mut Open, query: &str| open.facility_list(query, None, None, 0, 10).expect("list").total;
    assert_eq!(found(&mut open, "tro"), 1);
    open.store.main.execute_batch("DELETE FROM facility_word; DELETE FROM facility_search").expect("as it was before");
    assert_eq!((found(&mut open, "tro"), found(&mut open, "")), (0, 0));
    drop(open);
    let mut open = desk(folder.path());
    assert_eq!((found(&mut open, "tro"), found(&mut open, "")), (1, 1));
}

fn inspection(open: &mut Open) -> DocumentId {
    let fields = [("name", "Nhà trọ"), ("class", "boarding_house")];
    let fields = fields.into_iter().map(|(name, text)| (name.to_owned(), Scalar::from(text))).collect();
    let sheet = open.facility_create(fields, false).expect("premises");
    open.inspection_start(sheet.summary.id, None, None, "").expect("inspection").summary.id
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    let inspection = inspection(&mut open);
    let pages: i64 = open.store.main.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("pages");
    let limit = |open: &Open, pages: i64| {
        open.store
            .main
            .pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))
            .expect("limit");
    };
    limit(&open, pages);
    let pass = Some(Answer::Verdict(Verdict::Pass));
    let note = |round: usize| format!("{round} {}", "ghi chú ".repeat(200));
    let mut saved = 0;
    let full = loop {
        let answered = open.answer(inspection, "A-1", pass.clone(), Measuring::Unsaid, &note(saved + 1));
        if let Err(fault) = answered {
            break fault;
        }
        saved += 1;
        if let Err(fault) = open.section_leave(inspection) {
            break fault;
        }
        assert!(saved < 1_000, "the limit is felt");
    };
    assert_eq!(full.code(), ErrorCode::DiskFull);
    let kept = |open: &mut Open| {
        let view = open.inspection_view(inspection).expect("view");
        view.items.first().map(|item| item.statements[0].note.clone())
    };
    let expected = (saved > 0).then(|| note(saved).trim().to_owned());
    assert_eq!(kept(&mut open), expected, "what was said as saved is there, and nothing else");
    drop(open);
    let mut open = desk(folder.path());
    assert_eq!(kept(&mut open), expected);
    limit(&open, 1_000_000);
    open.answer(inspection, "A-1", pass, Measuring::Unsaid, "chỗ trống lại có").expect("space again");
    open.section_leave(inspection).expect("fold");
    assert_eq!(kept(&mut open).as_deref(), Some("chỗ trống lại có"));
}

#[test]
fn cells_are_what_automerge_reads() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    let inspection = inspection(&mut open);
    for (round, verdict) in [Verdict::Pass, Verdict::Fail, Verdict::NotApplicable].into_iter().enumerate() {
        open.answer(inspection, "A-1", Some(Answer::Verdict(verdict)), Measuring::Unsaid, &format!("lần {round}"))
            .expect("answer");
        open.section_leave(inspection).expect("fold");
        let mut document = open.load(inspection).expect("load");
        let mut kept = changes::cells(&open.store.main, inspection).expect("cells");
        kept.sort_by(|a, b| (&a.key, a.operation).cmp(&(&b.key, b.operation)));
        assert_eq!(kept, document.cells().expect("Automerge's"));
    }
}

#[test]
fn a_damaged_record_is_flagged_and_the_others_go_on() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    let (damaged, sound) = (inspection(&mut open), inspection(&mut open));
    open.store
        .main
        .execute("UPDATE change SET bytes = x'00' WHERE document = ?1", [damaged.as_bytes()])
        .expect("damage");
    for id in [damaged, sound] {
        open.answer(id, "A-1", Some(Answer::Verdict(Verdict::Pass)), Measuring::Unsaid, "")
            .expect("the journal takes it");
    }
    let refused = open.section_leave(damaged).expect_err("cannot be loaded");
    assert_eq!(refused.code(), ErrorCode::RecordUnreadable);
    open.fold_all().expect("the others are folded");
    assert_eq!(open.inspection_view(damaged).expect("view").summary.progress.answered, 1, "the answer is kept");
    let left = crate::store::journal::documents(&open.store.main).expect("journal");
    assert_eq!(left, [damaged]);
    assert_eq!(open.inspection_view(sound).expect("view").summary.progress.answered, 1);
}

#[test]
fn records_that_name_each_other_end_every_walk() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    let unit = UnitId::from_bytes([6; 16]);
    for kind in RecordKind::ALL {
        let (one, other) = (open.new_id(), open.new_id());
        for id in [one, other] {
            changes::insert_record(&open.store.main, id, kind, unit, false).expect("record");
        }
        for (id, parent) in [(one, other), (other, one)] {
            changes::save_links(&open.store.main, id, None, Some(parent), false).expect("link");
        }
        open.reindex([one, other]).expect("ends");
        let record = changes::find(&open.store.main, one).expect("find").expect("there");
        assert_eq!(open.title(&record).expect("ends"), "");
    }
}

#[test]
fn a_journal_that_cannot_be_folded_keeps_nothing_else_from_going_out() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    let (odd, sound) = (inspection(&mut open), inspection(&mut open));
    open.outbox().expect("begun");
    // As a newer version would have left it.
    journal::put(&open.store.main, odd, "i/A-1", &Scalar::from("no answer"), NOW).expect("journal");
    open.answer(sound, "A-1", Some(Answer::Verdict(Verdict::Pass)), Measuring::Unsaid, "").expect("answer");
    let before = outbox::unsent(&open.store.main).expect("unsent").len();
    let (envelopes, unfolded) = open.outbox().expect("the sound one goes out");
    assert_eq!(envelopes.len(), before + 1);
    assert_eq!(unfolded.map(|problem| problem.known_code()), Some(ErrorCode::FieldInvalid));
    assert_eq!(journal::documents(&open.store.main).expect("journal"), [odd], "it is kept, and counted");
    assert!(outbox::is_unsent(&open.store.main, odd).expect("unsent"));
}

#[test]
fn a_change_out_of_place_is_put_aside_and_the_record_stays_readable() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    let (server, secret) = (AuthorSecret::from_seed(&[2; 32]), AuthorSecret::from_seed(&[9; 32]));
    let colleague = AuthorIdentity { key: secret.public(), person: PersonId::from_bytes([9; 16]), ..open.me.clone() };
    directory::keep_author(&open.store.main, &AuthorCertificate::issue(&colleague, &server), &server.public())
        .expect("author");
    let (id, unit) = (open.new_id(), UnitId::from_bytes([6; 16]));
    let incoming = |name: &str| {
        // Each is the colleague's first change: only one of them can be.
        let mut document = Document::new(ActorId::derive(&secret.public(), 0));
        let puts = [(Key::Header("schema".into()), Scalar::Int(1)), (Key::Header("name".into()), Scalar::from(name))];
        let made = document.write_all(puts.iter().map(|(key, value)| (key, value)), NOW).expect("write");
        let changes = made.into_iter().map(|change| (change.hash, change.bytes)).collect();
        Incoming::check(Envelope::seal(id, RecordKind::Facility, unit, &secret, 0, changes).encode())
    };
    let answer = PullAnswer {
        units: vec![],
        gone: vec![],
        authors: vec![],
        clock: NOW,
        context: None,
        clocks: vec![],
        templates: vec![],
        mark: None,
    };
    open.receive(&answer, &[], &mut [incoming("Nhà trọ"), incoming("Nhà nghỉ")].into_iter())
        .expect("the page is stored");
    open.load(id).expect("readable");
    assert_eq!(changes::all_bytes(&open.store.main, id).expect("log").len(), 1);
    assert_eq!(directory::take_parked(&open.store.main, id).expect("parked").len(), 1, "kept for whoever looks");
}

/// A checklist with rules: a second staircase is asked for above four storeys, and must then be said.
const FORM: &str = r#"{"schema":2,"code":"CODE","version":"1","title":{"vi":"Nhanh","en":"Quick"},
"notice":{"vi":"","en":""},"groups":[{"code":"A","title":{"vi":"","en":""},"items":[
{"code":"storeys","survey":true,"title":{"vi":"","en":""},"input":{"type":"number","unit":{"vi":"","en":""},"min":1,
"max":60,"whole":true,"threshold":null},"severity":"info","photo":"optional","required":true,
"remedy":{"vi":"","en":""},"citations":[]},
{"code":"stairs","survey":true,"title":{"vi":"","en":""},"input":{"type":"choices","options":[
{"code":"in","label":{"vi":"Trong","en":"Inside"}},{"code":"out","label":{"vi":"Ngoài","en":"Outside"}}]},
"severity":"info","photo":"optional","required":true,"remedy":{"vi":"","en":""},"citations":[],
"rules":{"relevant":"${storeys} > 4","constraint":"selected(., 'out')"}}]}],"citations":[]}"#;

/// Takes checklists over as an exchange does.
fn offer(open: &mut Open, codes: &[&str]) {
    let mut offers = Vec::new();
    for code in codes {
        let body = FORM.replace("CODE", code);
        let sha256 = hex::encode(Sha256::digest(&body));
        offers.push((TemplateOffer { code: (*code).into(), version: "1".into(), sha256, current: true }, body));
    }
    let listed: Vec<_> = offers.iter().map(|(offer, _)| offer.clone()).collect();
    directory::offer_templates(&open.store.main, &listed).expect("offer");
    for (offer, body) in offers {
        directory::keep_template(&open.store.main, &offer.sha256, body.as_bytes()).expect("template");
    }
}

fn boarding_house(open: &mut Open) -> DocumentId {
    let fields = [("name", "Nhà trọ bà Oanh"), ("class", "boarding_house")];
    let fields = fields.into_iter().map(|(name, text)| (name.to_owned(), Scalar::from(text))).collect();
    open.facility_create(fields, false).expect("premises").summary.id
}

#[test]
fn the_rules_of_the_day_propose_a_checklist_and_another_one_needs_a_reason() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    offer(&mut open, &["boarding_house", "quick"]);
    let premises = boarding_house(&mut open);
    let plan = open.inspection_plan(premises).expect("plan");
    assert_eq!(plan.regime.map(|regime| regime.id).as_deref(), Some("ND105"));
    let listed: Vec<_> = plan.checklists.iter().map(|it| (it.template.code.as_str(), it.proposed)).collect();
    assert_eq!(listed, [("boarding_house", true), ("quick", false)]);

    let quick = plan.checklists[1].template.clone();
    let refused = open.inspection_start(premises, Some(quick.clone()), None, " ").expect_err("no reason");
    assert_eq!(Problem::from(refused).field.as_deref(), Some("reason"));
    let other = open.inspection_start(premises, Some(quick), None, "Chỉ phúc tra một việc").expect("a reason");
    let (reason, code) = (other.template_reason.as_str(), other.summary.template.code.as_str());
    assert_eq!((reason, code), ("Chỉ phúc tra một việc", "quick"));
    assert_eq!(other.regime.map(|regime| regime.id).as_deref(), Some("ND105"));

    let next = boarding_house(&mut open);
    let usual = open.inspection_start(next, None, None, "").expect("the usual one");
    assert_eq!((usual.template_reason.as_str(), usual.summary.template.code.as_str()), ("", "boarding_house"));
}

#[test]
fn where_no_checklist_fits_one_is_to_be_chosen() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    offer(&mut open, &["slow", "quick"]);
    let premises = boarding_house(&mut open);
    let refused = open.inspection_start(premises, None, None, "").expect_err("none fits");
    assert_eq!(Problem::from(refused).field.as_deref(), Some("template"));
    let plan = open.inspection_plan(premises).expect("plan");
    assert!(plan.checklists.iter().all(|it| !it.proposed));
    let chosen = Some(plan.checklists[0].template.clone());
    assert_eq!(open.inspection_start(premises, chosen, None, "").expect("chosen").template_reason, "");
}

#[test]
fn answers_decide_what_is_asked_and_what_keeps_a_record_open() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    offer(&mut open, &["boarding_house"]);
    let premises = boarding_house(&mut open);
    let id = open.inspection_start(premises, None, None, "").expect("inspection").summary.id;
    let storeys =
        |open: &mut Open, number: f64| open.answer(id, "storeys", Some(Answer::Number(number)), Measuring::Unsaid, "");
    let four = storeys(&mut open, 4.0).expect("answer");
    assert_eq!(four.form.expect("rules").hidden, ["stairs"]);
    assert_eq!((four.progress.answered, four.progress.total), (1, 1));
    assert!(open.inspection_missing(id).expect("missing").is_empty());

    let five = storeys(&mut open, 5.0).expect("answer");
    assert!(five.form.expect("rules").hidden.is_empty());
    let reasons = |open: &mut Open| {
        open.inspection_missing(id).expect("missing").into_iter().map(|it| it.reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&mut open), [MissingReason::Answer]);
    let stairs = |open: &mut Open, codes: &[&str]| {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        open.answer(id, "stairs", Some(Answer::Choices(codes)), Measuring::Unsaid, "")
    };
    assert!(stairs(&mut open, &["out", "in"]).is_err(), "in the order of the checklist");
    let inside = stairs(&mut open, &["in"]).expect("answer");
    assert_eq!(inside.form.expect("rules").invalid, ["stairs"]);
    assert_eq!(reasons(&mut open), [MissingReason::Constraint]);
    stairs(&mut open, &["in", "out"]).expect("answer");
    assert!(reasons(&mut open).is_empty());
    open.inspection_finish(id, None, None).expect("sealed");
}

/// A checklist that asks for the width of a way out, in metres.
const WIDTH: &str = r#"{"schema":3,"code":"boarding_house","version":"1","title":{"vi":"","en":""},
"notice":{"vi":"","en":""},"groups":[{"code":"A","title":{"vi":"","en":""},"items":[
{"code":"width","survey":true,"title":{"vi":"Chiều rộng","en":"Width"},"input":{"type":"number",
"unit":{"vi":"m","en":"m"},"min":0,"max":60,"whole":false,"threshold":null},"severity":"info","photo":"optional",
"required":true,"remedy":{"vi":"","en":""},"citations":[]}]}],"citations":[]}"#;

#[test]
fn a_number_keeps_how_it_was_measured_until_another_number_stands() {
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    let sha256 = hex::encode(Sha256::digest(WIDTH));
    let offer = TemplateOffer { code: "boarding_house".into(), version: "1".into(), sha256, current: true };
    directory::offer_templates(&open.store.main, std::slice::from_ref(&offer)).expect("offer");
    directory::keep_template(&open.store.main, &offer.sha256, WIDTH.as_bytes()).expect("template");
    let premises = boarding_house(&mut open);
    let id = open.inspection_start(premises, None, None, "").expect("inspection").summary.id;
    let mut answer = |number: Option<f64>, measuring: Measuring, note: &str| {
        let answered = open.answer(id, "width", number.map(Answer::Number), measuring, note);
        answered.map(|it| it.item.statements[0].measured.clone()).map_err(Problem::from)
    };
    let laser = Measured { method: Method::Laser, instrument: "Bosch GLM 50".into(), line: Vec::new() };
    let said = || Measuring::Said(Some(laser.clone()));
    assert_eq!(answer(Some(0.8), said(), "").expect("measured"), Some(laser.clone()));
    let stays = answer(Some(0.8), Measuring::Unsaid, "Cửa sau").expect("a note");
    assert_eq!(stays, Some(laser.clone()), "a note changes nothing about the number");
    assert_eq!(
        answer(Some(0.9), Measuring::Unsaid, "").expect("corrected"),
        None,
        "another number was found otherwise"
    );
    answer(Some(0.9), said(), "").expect("measured");
    assert_eq!(answer(Some(0.9), Measuring::Said(None), "").expect("taken back"), None);
    let refused = answer(None, said(), "").expect_err("no number");
    assert_eq!(refused.field.as_deref(), Some("measured"));
    // 20 m to the north.
    let line = vec![Vertex(21.0, 105.8, Some(4.0)), Vertex(21.0 + 20.0 / 111_195.0, 105.8, Some(5.0))];
    let walked = Measured { method: Method::Walked, instrument: String::new(), line };
    let walk = || Measuring::Said(Some(walked.clone()));
    assert_eq!(answer(Some(20.0), walk(), "").expect("walked"), Some(walked.clone()));
    assert!(answer(Some(2.0), walk(), "").is_err(), "the line says another number");
}

/// A calendar that somebody sets, beside a running clock that nobody can.
struct SetBack {
    calendar: AtomicI64,
    running: AtomicU64,
}

impl Clock for SetBack {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.calendar.load(Ordering::SeqCst))
    }

    fn running(&self) -> Option<Running> {
        Some(Running(1, self.running.load(Ordering::SeqCst)))
    }
}

#[test]
fn a_clock_set_back_between_two_answers_is_shown_in_the_record() {
    const HOUR: i64 = 3_600_000;
    let folder = tempfile::tempdir().expect("folder");
    let mut open = desk(folder.path());
    let clock = Arc::new(SetBack { calendar: AtomicI64::new(NOW.0), running: AtomicU64::new(50) });
    open.clock = clock.clone();
    let id = inspection(&mut open);
    let pass = || Some(Answer::Verdict(Verdict::Pass));
    clock.running.fetch_add(600_000, Ordering::SeqCst);
    clock.calendar.fetch_add(600_000, Ordering::SeqCst);
    open.answer(id, "A-1", pass(), Measuring::Unsaid, "").expect("answer");
    let told = |open: &mut Open| {
        let view = open.inspection_view(id).expect("view");
        let elapsed = view.items[0].statements[0].running.and_then(|it| it.since(view.begun_running?));
        let set: Vec<_> = view.remarks.into_iter().filter(|it| it.field == "clock_set").map(|it| it.words.vi).collect();
        (elapsed, set)
    };
    assert_eq!(told(&mut open), (Some(600_000), Vec::new()));
    clock.running.fetch_add(60_000, Ordering::SeqCst);
    clock.calendar.fetch_sub(5 * HOUR, Ordering::SeqCst);
    open.answer(id, "A-1", pass(), Measuring::Unsaid, "Cửa khóa").expect("answer");
    let (elapsed, set) = told(&mut open);
    assert_eq!(elapsed, Some(660_000), "as long as it took");
    assert!(matches!(&set[..], [words] if words.contains("bị chỉnh lùi 5 giờ")), "{set:?}");
}
