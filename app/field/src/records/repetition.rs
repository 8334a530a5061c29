//! Repetitions that officers add to an inspection and take out again: another storey, another room.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Answer, ItemAnswer, Register as _};
use ancu_shared::template::fill::FormState;
use ancu_shared::template::outline::{Asked, MAX_REPETITIONS, NAME_CHARS, next_place};

use super::answer::Answered;
use crate::engine::Open;
use crate::fault::Outcome;

/// What names of repetitions are made of: nothing that is read as something else, and no digit first, so that no name is a
/// number.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
const FIRST_LETTERS: usize = 23;

impl Open {
    /// Adds a repetition behind the others at a place: `storey`, inside another repetition `room.k3f9a2`.
    pub(crate) fn repetition_add(&mut self, inspection: DocumentId, place: &str) -> Outcome<Answered> {
        let view = self.inspection_view(inspection)?;
        let form: FormState = view.form.unwrap_or_default();
        let root = self.inspection_root(inspection)?;
        let template = self.inspection_template(&root)?;
        let code = format!("{place}.{}", self.repetition_name());
        let is_there = form.repetitions.contains_key(place);
        if !is_there || !matches!(template.known(&code), Ok(Asked::Repetition(_))) {
            let places: Vec<&String> = form.repetitions.keys().collect();
            let problem = Problem::new(ErrorCode::ItemUnknown).at(place).said(
                &format!("Ở đây không có nhóm lặp nào tên “{place}” để thêm. Xem các nhóm lặp của biên bản."),
                &format!("There is no repeat called “{place}” to add to here. See those of the record."),
            );
            return Err(problem.with(serde_json::json!({ "places": places })).into());
        }
        let Some(at) = next_place(&view.items, &form, place) else {
            return Err(Problem::field(
                "place",
                &format!("Một nhóm lặp có nhiều nhất {MAX_REPETITIONS} phần. Hãy bỏ bớt phần không dùng."),
                &format!("A repeat has at most {MAX_REPETITIONS} repetitions. Take out those that are not needed."),
            )
            .into());
        };
        self.say_of_repetition(inspection, &code, Some(Answer::Number(f64::from(at))))
    }

    /// Takes a repetition out. What was said in it is kept, and asked for no more.
    pub(crate) fn repetition_remove(&mut self, inspection: DocumentId, code: &str) -> Outcome<Answered> {
        let root = self.inspection_root(inspection)?;
        let template = self.inspection_template(&root)?;
        let form = self.inspection_view(inspection)?.form.unwrap_or_default();
        let there = code.rsplit_once('.').is_some_and(|(place, name)| {
            form.repetitions.get(place).is_some_and(|names| names.iter().any(|known| known == name))
        });
        if !there || !matches!(template.known(code)?, Asked::Repetition(_)) {
            let problem = Problem::new(ErrorCode::NotFound).at(code).said(
                "Phần này không có trong biên bản, hoặc đã được bỏ. Hãy xem lại biên bản.",
                "This repetition is not in the record, or was taken out. Look at the record again.",
            );
            return Err(problem.into());
        }
        self.say_of_repetition(inspection, code, None)
    }

    fn say_of_repetition(&mut self, inspection: DocumentId, code: &str, there: Option<Answer>) -> Outcome<Answered> {
        let statement =
            ItemAnswer { running: self.running(), ..ItemAnswer::new(there, String::new(), self.now(), self.person()) };
        self.atomically(|open| {
            let record = open.writable(inspection)?;
            open.enter(&record, &[(Key::Item(code.to_owned()), statement.to_scalar())])
        })?;
        self.answered(inspection, code)
    }

    fn repetition_name(&self) -> String {
        let bytes: [u8; NAME_CHARS] = self.random_bytes();
        let letter = |(at, byte): (usize, &u8)| {
            let known = if at == 0 { FIRST_LETTERS } else { LETTERS.len() };
            char::from(LETTERS[usize::from(*byte) % known])
        };
        bytes.iter().enumerate().map(letter).collect()
    }
}
