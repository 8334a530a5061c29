//! A few past inspections, so that the console has something to show: complete, signed and sealed by the first officer's
//! server-held author; some decided by the reviewer.

use ancu_shared::clock::{FixedClock, SeededRandom, UtcMillis};
use ancu_shared::document::Document;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::id::{DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{field, state};
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{
    Answer, Decision, FindingDetail, ItemAnswer, Position, PositionSource, Register as _, Severity, Verdict,
};
use ancu_shared::record::seal;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::PushVerdict;
use ancu_shared::template::{Input, Item, Template, TemplateRef};
use ancu_shared::view::build::Live;
use anyhow::bail;

use super::Made;
use crate::cli::refused;
use crate::service::access::Caller;
use crate::service::admission::Intake;
use crate::service::decision::{NewDecision, commit, decide_now};
use crate::service::held::HeldAuthor;
use crate::service::{App, Refused, Service};
use crate::store::{StoreError, Transaction};

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

/// Days ago, one failure in so many checks, and what the reviewer decided.
const PAST: [(i64, usize, Option<Decision>); 6] = [
    (2, 7, None),
    (3, 11, None),
    (5, 19, None),
    (9, 29, None),
    (16, 15, Some(Decision::Returned)),
    (40, 41, Some(Decision::Approved)),
];

/// Makes the inspections; how many.
pub(super) async fn make(
    app: &App,
    officer: PersonId,
    reviewer: PersonId,
    ward: UnitId,
    facilities: &[Made],
) -> anyhow::Result<usize> {
    let service = app.clone();
    let houses: Vec<DocumentId> =
        facilities.iter().filter(|made| made.mini_apartment).map(|made| made.id).take(PAST.len()).collect();
    let count = houses.len();
    let job = app.store.write(move |transaction| {
        let now = service.now();
        let Some(officer) = Caller::load(transaction, officer, None, now)? else { return Ok(missing("officer")) };
        let Some(reviewer) = Caller::load(transaction, reviewer, None, now)? else { return Ok(missing("reviewer")) };
        let Some(row) = transaction.templates()?.into_iter().find(|row| row.code == "mini_apartment") else {
            return Ok(missing("template"));
        };
        let reference = TemplateRef { code: row.code, version: row.version };
        let Some(template) = service.template(transaction, &reference)? else { return Ok(missing("template")) };
        let author = HeldAuthor::of(&service, transaction, &officer.person, now)?;
        for (number, (house, (days, one_in, decision))) in houses.into_iter().zip(PAST).enumerate() {
            let began = now.plus_millis(-days * DAY + number as i64 * 37 * MINUTE);
            let visit = Visit { template: &template, house, officer: officer.id(), one_in, began };
            let (id, changes) = visit.record(&service, transaction, &author, number as u64)?;
            let mut intake = Intake::new(&service, transaction);
            let verdict = author.submit(&mut intake, id, RecordKind::Inspection, ward, changes, now)?;
            intake.finish()?;
            if verdict != PushVerdict::Accepted {
                return Ok::<_, Refused>(Err(format!("{verdict:?}")));
            }
            if let Some(decision) = decision {
                let new = words_of(decision, id, &template);
                decide_now(&service, transaction, &reviewer, id, &new, began.plus_millis(DAY))?;
            }
        }
        Ok(Ok(()))
    });
    match job.await.map_err(refused)? {
        Ok(()) => Ok(count),
        Err(reason) => bail!("an inspection was not admitted: {reason}"),
    }
}

fn missing(what: &str) -> Result<(), String> {
    Err(format!("there is no {what}"))
}

fn words_of(decision: Decision, on: DocumentId, template: &Template) -> NewDecision {
    match decision {
        Decision::Approved => {
            NewDecision {
                decision, on, words: "Biên bản đầy đủ, thống nhất kết luận.".into(), comments: Vec::new()
            }
        }
        Decision::Returned => {
            let check = template.items().find(|item| !item.survey).map(|item| item.code.clone());
            let words = "Chụp thêm ảnh toàn cảnh và ghi rõ vị trí.".to_owned();
            NewDecision {
                decision,
                on,
                words: "Đề nghị bổ sung ảnh và làm rõ nội dung được đánh dấu.".into(),
                comments: check.map(|code| (code, words)).into_iter().collect(),
            }
        }
    }
}

/// One visit to be written down.
struct Visit<'a> {
    template: &'a Template,
    house: DocumentId,
    officer: PersonId,
    one_in: usize,
    began: UtcMillis,
}

impl Visit<'_> {
    /// All changes of the record, the seal last.
    fn record(
        &self,
        service: &Service,
        transaction: &dyn Transaction,
        author: &HeldAuthor,
        number: u64,
    ) -> Result<(DocumentId, Vec<CheckedChange>), StoreError> {
        let failed = |error: ancu_shared::document::DocumentError| StoreError::Damaged(error.to_string());
        let id = service.with_random(|random| DocumentId::generate(&FixedClock(self.began), random));
        let mut document = Document::new(author.actor());
        let header = |name: &str, value: Scalar| (Key::Header(name.to_owned()), value);
        let mut changes = commit(
            &mut document,
            &[
                header(field::SCHEMA, Scalar::Int(1)),
                header(field::FACILITY, Scalar::Text(self.house.to_string())),
                header(field::TEMPLATE, Scalar::Text(self.template.code.clone())),
                header(field::TEMPLATE_VERSION, Scalar::Text(self.template.version.clone())),
                header(field::PURPOSE, Scalar::from("periodic")),
                header(field::STARTED_AT, Scalar::Int(self.began.0)),
                (Key::State(state::STATE.into()), Scalar::from("in_progress")),
            ],
            self.began,
        )?;
        let cells = transaction.cells(self.house)?;
        let house = Live::of(&cells);
        let mut chance = SeededRandom::new(number);
        let mut at = self.began;
        for group in &self.template.groups {
            let mut puts = Vec::new();
            for item in &group.items {
                at = at.plus_millis(20_000);
                self.answer(item, &house, &mut chance, at, &mut puts);
            }
            changes.extend(commit(&mut document, &puts, at)?);
        }
        let at = at.plus_millis(MINUTE);
        let heads = document.heads().map_err(failed)?;
        let statement = seal::seal(id, heads, author.secret(), at, self.officer);
        changes.extend(commit(
            &mut document,
            &[
                (Key::Seal(author.actor()), statement.to_scalar()),
                (Key::State(state::STATE.into()), Scalar::from("completed")),
            ],
            at,
        )?);
        Ok((id, changes))
    }

    fn answer(
        &self,
        item: &Item,
        house: &Live<'_>,
        chance: &mut SeededRandom,
        at: UtcMillis,
        puts: &mut Vec<(Key, Scalar)>,
    ) {
        let fails = chance.below(self.one_in) == 0;
        let answer = match &item.input {
            Input::Verdict if fails => Answer::Verdict(Verdict::Fail),
            Input::Verdict if chance.below(17) == 0 => Answer::Verdict(Verdict::NotApplicable),
            Input::Verdict => Answer::Verdict(Verdict::Pass),
            Input::Number { min, max, whole, threshold, .. } => {
                let low = threshold.as_ref().map(|limit| limit.value).or(*min).unwrap_or(1.0);
                let wanted = low + chance.below(3) as f64;
                let bounded = max.map_or(wanted, |max| wanted.min(max)).max(min.unwrap_or(wanted));
                Answer::Number(if *whole { bounded.round() } else { bounded })
            }
            Input::Choice { options } => {
                let Some(option) = options.get(chance.below(options.len())) else { return };
                Answer::Choice(option.code.clone())
            }
            Input::Date => Answer::Date(at.plus_millis(-90 * DAY).hanoi_date()),
            Input::Geo { .. } => Answer::Geo(Position {
                latitude: house.number(field::LATITUDE).unwrap_or(20.99),
                longitude: house.number(field::LONGITUDE).unwrap_or(105.81),
                accuracy_m: Some(5.0),
                source: PositionSource::Device,
            }),
            Input::Text => Answer::Text("Không có ghi nhận thêm.".into()),
        };
        let failed = answer == Answer::Verdict(Verdict::Fail);
        let note = if failed { "Ghi nhận tại thời điểm kiểm tra." } else { "" };
        let register = ItemAnswer { answer: Some(answer), note: note.into(), at, by: self.officer };
        puts.push((Key::Item(item.code.clone()), register.to_scalar()));
        if failed {
            let days = if item.severity == Severity::Critical { 7 } else { 30 };
            let detail = FindingDetail {
                severity: item.severity,
                remedy: if item.remedy.vi.is_empty() {
                    "Khắc phục theo quy định.".into()
                } else {
                    item.remedy.vi.clone()
                },
                deadline: Some(at.plus_millis(days * DAY).hanoi_date()),
                at,
                by: self.officer,
            };
            puts.push((Key::Finding(item.code.clone(), "detail".into()), detail.to_scalar()));
        }
    }
}
