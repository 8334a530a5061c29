//! Views from hand-made cells.

mod afterwards;
mod apart;
mod decided;
mod facilities;
mod findings;
mod inspections;
mod missing;
mod places;
mod review;
mod unsigned;

use super::*;
use crate::clock::UtcMillis;
use crate::id::{ActorId, DeviceId, PersonId, UnitId};
use crate::record::register::{Answer, ItemAnswer, Register, Severity, Verdict};
use crate::record::value::{Cell, OperationId, Scalar};
use crate::template::{Choice, Group, Input, Item, PhotoRule, Rules, Template, Words};
use crate::view::{Attribution, Authors, InspectionView};

pub(super) const INSPECTION: DocumentId = DocumentId::from_bytes([1; 16]);
pub(super) const SUPPLEMENT: DocumentId = DocumentId::from_bytes([2; 16]);
pub(super) const LATER: DocumentId = DocumentId::from_bytes([3; 16]);
pub(super) const FACILITY: DocumentId = DocumentId::from_bytes([9; 16]);
pub(super) const UNIT: UnitId = UnitId::from_bytes([5; 16]);

/// The actor of a person whose number is `n`.
pub(super) fn actor(n: u8) -> ActorId {
    ActorId([n; 16])
}

pub(super) fn person(n: u8) -> PersonId {
    PersonId::from_bytes([n; 16])
}

/// Knows everybody but actor 0.
pub(super) struct Everybody;

impl Authors for Everybody {
    fn attribution(&self, actor: ActorId, at: UtcMillis) -> Attribution {
        let n = actor.0[0];
        let known = n > 0;
        Attribution {
            person: known.then(|| person(n)),
            person_name: if known { format!("Person {n}") } else { "?".into() },
            device: known.then(|| DeviceId::from_bytes([n; 16])),
            device_name: if known { format!("Device {n}") } else { "?".into() },
            held_by_server: false,
            at,
            clock_off_ms: None,
        }
    }
}

/// A live put: (counter, actor number) at a key; its change was made at `counter` seconds.
pub(super) fn put(counter: u64, by: u8, key: &str, value: impl Into<Scalar>) -> Cell {
    let at = UtcMillis(counter as i64 * 1000);
    Cell { key: key.into(), operation: OperationId { counter, actor: actor(by) }, value: value.into(), at }
}

pub(super) fn answer(counter: u64, by: u8, item: &str, answer: Option<Answer>, note: &str) -> Cell {
    let register = ItemAnswer::new(answer, note.into(), UtcMillis(counter as i64 * 1000), person(by));
    put(counter, by, &format!("i/{item}"), register.to_scalar())
}

pub(super) fn verdict(counter: u64, by: u8, item: &str, verdict: Verdict) -> Cell {
    answer(counter, by, item, Some(Answer::Verdict(verdict)), "")
}

pub(super) fn words(text: &str) -> Words {
    Words { vi: text.into(), en: text.into() }
}

/// ESC-01 and ESC-02 (checks), ACC-11 (where), ACC-04 (survey choice).
pub(super) fn template() -> Template {
    let item = |code: &str, survey, input, severity, photo| Item {
        code: code.into(),
        survey,
        title: words(code),
        input,
        severity,
        photo,
        required: !survey,
        remedy: words("remedy"),
        citations: Vec::new(),
        hint: Words::default(),
        rules: Rules::default(),
        suggestion: None,
    };
    Template {
        schema: 1,
        advisory: false,
        code: "small".into(),
        version: "1".into(),
        title: words("Small"),
        notice: words(""),
        groups: vec![
            Group {
                code: "ESC".into(),
                title: words("Escape"),
                relevant: None,
                within: None,
                items: vec![
                    item("ESC-02", false, Input::Verdict, Severity::Critical, PhotoRule::OnFail),
                    item("ESC-01", false, Input::Verdict, Severity::Minor, PhotoRule::Optional),
                ],
            },
            Group {
                code: "ACC".into(),
                title: words("Access"),
                relevant: None,
                within: None,
                items: vec![
                    item("ACC-11", true, Input::Geo { max_accuracy_m: 20.0 }, Severity::Info, PhotoRule::Optional),
                    item(
                        "ACC-04",
                        true,
                        Input::Choice {
                            options: vec![Choice {
                                code: "a".into(),
                                label: words("A"),
                                columns: std::collections::BTreeMap::new(),
                            }],
                            failing: vec![],
                        },
                        Severity::Info,
                        PhotoRule::Optional,
                    ),
                ],
            },
        ],
        outline: Vec::new(),
        tables: Vec::new(),
        citations: Vec::new(),
    }
}

/// A record and who reads it.
#[derive(Clone, Copy, Default)]
pub(super) struct Reading<'a> {
    pub(super) cells: &'a [Cell],
    pub(super) supplements: &'a [late::Supplement],
    pub(super) review: &'a [Cell],
    pub(super) decided: &'a [Decided],
    /// The person of this device; `None` = the server.
    pub(super) reader: Option<PersonId>,
    /// The open supplement that this device's entries go to.
    pub(super) writing: Option<DocumentId>,
}

/// The record as it is read; the row of a list says the same.
pub(super) fn read(reading: Reading<'_>) -> InspectionView {
    let template = template();
    let facility = [put(1, 1, "h/name", "Chung cư mini An Phú"), put(2, 1, "h/address", "Số 7 ngõ 29 Khương Hạ")];
    let parted = late::split(reading.supplements.to_vec(), reading.reader, &Everybody);
    let parts = InspectionParts {
        id: INSPECTION,
        unit: UNIT,
        unit_name: "Phường Khương Đình",
        cells: reading.cells,
        supplements: parted.read.iter().map(|(id, cells)| (*id, cells.as_slice())).collect(),
        writing: reading.writing,
        review: Some(reading.review),
        decided: reading.decided,
        facility: Some(&facility),
        template: Some(&template),
        kept: None,
        photos: &|hash| PhotoPresence { present: hash.0[0] == 1, verified: hash.0[0] == 1, own: hash.0[0] == 1 },
        late: &parted.late,
        cosigned: &parted.cosigned,
        given_up: &parted.gave_up,
        of_facility: &[],
        unsent: false,
    };
    let summary = inspection_summary(&parts, &Everybody);
    let view = inspection(parts, &Everybody);
    assert_eq!(view.summary, summary, "the list and the record say the same");
    view
}

#[test]
fn all_reviewers_of_a_subject_write_one_record() {
    assert_eq!(review_id(INSPECTION), review_id(INSPECTION));
    assert_ne!(review_id(INSPECTION), review_id(SUPPLEMENT));
    assert_eq!(review_id(INSPECTION).0.get_version_num(), 8);
    // Written down so that no later version gives another id.
    assert_eq!(review_id(INSPECTION).to_string(), "36d40942-d474-878e-90fa-42a459c50408");
}

#[test]
fn a_header_is_read_and_a_tombstone_is_nothing() {
    let cells = [
        put(1, 1, "h/name", "Old"),
        put(2, 1, "h/name", "New"),
        put(3, 1, "h/note", Scalar::Null),
        put(4, 1, "h/storeys", 7_i64),
        put(5, 1, "h/latitude", 20.98),
        put(6, 1, "h/facility", FACILITY.to_string()),
        put(7, 1, "h/apartments", -1_i64),
    ];
    let live = Live::of(&cells);
    assert_eq!(live.text("name"), Some("New"));
    assert_eq!(live.field("note"), None);
    assert_eq!(live.count("storeys"), Some(7));
    assert_eq!(live.count("apartments"), None);
    assert_eq!(live.number("latitude"), Some(20.98));
    assert_eq!(live.document("facility"), Some(FACILITY));
    assert_eq!(live.template(), None);
}
