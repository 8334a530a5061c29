//! What somebody notes of a measure, judged and made into a step: by the same rule on the device and at the server.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::UtcMillis;
use crate::error::{ErrorCode, Problem};
use crate::id::{DocumentId, PersonId};
use crate::record::fields;
use crate::record::measure::{
    Ground, Instrument, MAX_NAME_CHARS, MAX_WORDS_CHARS, MeasureEvent, MeasureStep, Scope, Standing,
};
use crate::text::free::{self, Shape};

/// What is noted of a measure: members as in [`MeasureEvent`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureNote {
    /// What happened.
    pub step: MeasureStep,
    /// Which measure: of a beginning, and where a temporary suspension becomes a suspension.
    #[serde(default)]
    #[ts(optional)]
    pub instrument: Option<Instrument>,
    /// Why it may be stopped.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<Ground>>")]
    pub grounds: Vec<Ground>,
    /// Codes of the acts.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub acts: Vec<String>,
    /// How much of the premises.
    #[serde(default)]
    #[ts(optional)]
    pub scope: Option<Scope>,
    /// Which part.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub part: String,
    /// Why, what was seen or decided.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub words: String,
    /// The paper's number.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub number: String,
    /// The paper's day, or when it happened.
    #[serde(default)]
    #[ts(optional, type = "string")]
    pub on: Option<Date>,
    /// Who signed it, or asks.
    #[serde(default)]
    #[ts(optional, as = "Option<String>")]
    pub issuer: String,
    /// The first day.
    #[serde(default)]
    #[ts(optional, type = "string")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(default)]
    #[ts(optional, type = "string")]
    pub until: Option<Date>,
    /// The fine, in VND.
    #[serde(default)]
    #[ts(optional, type = "number")]
    pub amount_vnd: Option<u64>,
    /// At which inspection it was found.
    #[serde(default)]
    #[ts(optional)]
    pub inspection: Option<DocumentId>,
    /// Item codes of its findings.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub items: Vec<String>,
}

/// The step that a note makes; `standing`: of the measure that it goes on with, `None` where it begins one. Refused, with the
/// member and the remedy, where the step does not follow or lacks something.
pub fn step(
    note: MeasureNote,
    standing: Option<&Standing>,
    at: UtcMillis,
    by: PersonId,
) -> Result<MeasureEvent, Problem> {
    let fits = standing.map_or_else(|| note.step.begins(), |standing| standing.allowed().contains(&note.step));
    if !fits {
        return Err(not_now(standing));
    }
    let instrument =
        note.instrument.or(standing.map(|standing| standing.instrument)).ok_or_else(|| lacking("instrument"))?;
    if let Some(standing) = standing {
        let graver = (standing.instrument, instrument) == (Instrument::TemporarySuspension, Instrument::Suspension)
            && note.step == MeasureStep::Decided;
        if instrument != standing.instrument && !graver {
            return Err(lacking("instrument"));
        }
    }
    let (mut grounds, mut acts, mut items) = (note.grounds, note.acts, note.items);
    grounds.sort_unstable();
    grounds.dedup();
    for list in [&mut acts, &mut items] {
        list.sort_unstable();
        list.dedup();
    }
    if acts.iter().any(|code| super::act(code, Date::MIN).is_none()) {
        return Err(lacking("acts"));
    }
    let line = |name: &str, text: &str| free::tidy(name, text, Shape::Line, MAX_NAME_CHARS);
    let event = MeasureEvent {
        // A step that changes nothing about it does not say it again.
        instrument: (standing.is_none() || note.step == MeasureStep::Decided).then_some(instrument),
        grounds,
        acts,
        scope: note.scope,
        part: line("part", &note.part)?,
        words: free::tidy("words", &note.words, Shape::Lines, MAX_WORDS_CHARS)?,
        number: line("number", &note.number)?,
        on: note.on,
        issuer: line("issuer", &note.issuer)?,
        from: note.from,
        until: note.until,
        amount_vnd: note.amount_vnd,
        inspection: note.inspection,
        items,
        after: standing.map(|standing| standing.last.clone()).unwrap_or_default(),
        ..MeasureEvent::new(note.step, at, by)
    };
    for (name, day) in [("on", event.on), ("from", event.from), ("until", event.until)] {
        if day.is_some_and(|day| !fields::is_day(day)) {
            return Err(lacking(name));
        }
    }
    match event.lacking(instrument) {
        Some(name) => Err(lacking(name)),
        None => Ok(event),
    }
}

fn not_now(standing: Option<&Standing>) -> Problem {
    let allowed = standing.map_or_else(|| vec![MeasureStep::Proposed, MeasureStep::Waived], Standing::allowed);
    Problem::new(ErrorCode::Conflict)
        .at("step")
        .with(serde_json::json!({ "state": standing.map(|it| it.state), "allowed": allowed }))
        .said(
            "Không ghi được bước này khi biện pháp đang ở trạng thái hiện tại. Hãy mở lại và chọn một bước trong danh sách.",
            "This step does not follow from where the measure stands. Open it again and choose one of the steps.",
        )
}

fn lacking(name: &str) -> Problem {
    let (vi, en) = match name {
        "instrument" => ("Hãy chọn biện pháp.", "Choose the measure."),
        "scope" => ("Hãy chọn phạm vi: toàn bộ hay một phần.", "Choose the scope: whole or part."),
        "part" => (
            "Hãy ghi phần bị dừng: khu vực, hạng mục hoặc hoạt động.",
            "Write which part: area, installation or activity.",
        ),
        "grounds" => ("Hãy chọn ít nhất một căn cứ.", "Choose at least one ground."),
        "acts" => ("Hãy chọn ít nhất một hành vi trong danh mục.", "Choose at least one act of the list."),
        "number" => ("Hãy ghi số văn bản.", "Write the number of the paper."),
        "on" => ("Hãy chọn ngày.", "Choose the day."),
        "issuer" => ("Hãy ghi người, cơ quan ký hoặc đề nghị.", "Write who signed it or asks for it."),
        "from" => ("Hãy chọn lại ngày bắt đầu.", "Choose the first day again."),
        "until" => ("Hãy chọn ngày cuối, không trước ngày bắt đầu.", "Choose the last day, not before the first."),
        "amount_vnd" => ("Hãy ghi số tiền phạt đã quyết định, bằng đồng.", "Write the fine that was decided, in VND."),
        _ => ("Hãy ghi lý do.", "Write the reason."),
    };
    Problem::field(name, vi, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn note(step: MeasureStep) -> MeasureNote {
        serde_json::from_value(serde_json::json!({ "step": step })).expect("a note")
    }

    fn noted(note: MeasureNote, standing: Option<&Standing>) -> Result<MeasureEvent, String> {
        let made = step(note, standing, UtcMillis(7), PersonId::from_bytes([1; 16]));
        made.map_err(|problem| problem.field.unwrap_or_default())
    }

    #[test]
    fn a_note_is_judged_member_by_member() {
        let mut first = note(MeasureStep::Proposed);
        assert_eq!(noted(first.clone(), None), Err("instrument".into()));
        first.instrument = Some(Instrument::Sanction);
        assert_eq!(noted(first.clone(), None), Err("words".into()));
        first.words = "Để xe máy ở hành lang".into();
        assert_eq!(noted(first.clone(), None), Err("acts".into()));
        first.acts = vec!["NONSENSE".into()];
        assert_eq!(noted(first.clone(), None), Err("acts".into()));
        first.acts = vec!["ESC_OBSTRUCT".into(), "ESC_LOCK".into(), "ESC_LOCK".into()];
        let event = noted(first, None).expect("whole");
        assert_eq!(event.acts, ["ESC_LOCK", "ESC_OBSTRUCT"]);
        assert_eq!(noted(note(MeasureStep::Decided), None), Err("step".into()), "nothing begins with a decision");
    }

    #[test]
    fn a_temporary_suspension_may_become_a_suspension_and_nothing_else() {
        let standing = Standing {
            instrument: Instrument::TemporarySuspension,
            state: crate::record::measure::MeasureState::InForce,
            apart: false,
            last: vec![uuid::Uuid::from_u128(4)],
            disobeyed: false,
        };
        let decided = |instrument| MeasureNote {
            instrument: Some(instrument),
            grounds: vec![Ground::NotRemedied],
            scope: Some(Scope::Whole),
            number: "20/QĐ-ĐC".into(),
            on: Some(date(2026, 12, 20)),
            issuer: "Trưởng phòng PC07".into(),
            ..note(MeasureStep::Decided)
        };
        let event = noted(decided(Instrument::Suspension), Some(&standing)).expect("graver");
        assert_eq!((event.instrument, &event.after[..]), (Some(Instrument::Suspension), &standing.last[..]));
        assert_eq!(noted(decided(Instrument::Sanction), Some(&standing)), Err("instrument".into()));
        assert_eq!(noted(decided(Instrument::TemporarySuspension), Some(&standing)), Err("until".into()));
        assert_eq!(noted(note(MeasureStep::Paid), Some(&standing)), Err("step".into()));
    }
}
