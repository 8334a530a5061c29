//! The past weeks' inspections, so that the console looks like a ward at work: complete with photos, signed and sealed by the
//! officers' server-held authors; some decided by the reviewer, one still open.

use std::path::Path;
use std::sync::Arc;

use ancu_shared::document::Document;
use ancu_shared::document::guard::CheckedChange;
use ancu_shared::id::{DocumentId, PersonId, PhotoHash, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{field, state};
use ancu_shared::record::key::Key;
use ancu_shared::record::register::{Decision, FindingDetail, ItemAnswer, PhotoDetail, Register as _};
use ancu_shared::record::seal;
use ancu_shared::record::value::Scalar;
use ancu_shared::record::visit;
use ancu_shared::sync::wire::PushVerdict;
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::view::build::Live;
use anyhow::{Context as _, anyhow, bail};

use super::Made;
use super::pictures::{self, Painter};
use super::visits::{Answered, Ending, House, PAST, Visit};
use crate::blobs::hash_of;
use crate::cli::refused;
use crate::service::access::Caller;
use crate::service::admission::Intake;
use crate::service::decision::{NewDecision, commit, decide_now};
use crate::service::held::HeldAuthor;
use crate::service::{App, Refused, photos};
use crate::store::StoreError;

/// How many draw at a time: more than there are cores, because most of a photo's time is its way to the disk.
const PAINTERS: usize = 6;

/// Who works there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Staff {
    pub(super) officers: [(PersonId, &'static str); 2],
    pub(super) reviewer: PersonId,
    pub(super) ward: UnitId,
}

/// A photo that was drawn and kept.
#[derive(Debug, Clone, Copy)]
struct Photo {
    hash: PhotoHash,
    bytes: u64,
}

/// Makes the inspections; how many, and with how many photos.
pub(super) async fn make(
    app: &App,
    staff: Staff,
    facilities: &[Made],
    with_photos: bool,
) -> anyhow::Result<(usize, usize)> {
    let houses: Vec<DocumentId> =
        facilities.iter().filter(|made| made.mini_apartment).map(|made| made.id).take(PAST.len()).collect();
    let (template, houses) = read(app, houses).await?;
    let now = app.now();
    let planned: Vec<Visit> = houses
        .into_iter()
        .zip(&PAST)
        .enumerate()
        .map(|(number, (house, sitting))| Visit::plan(sitting, house, &template, now, number as u64))
        .collect();
    let pictures = if with_photos { draw(app, &planned, staff)? } else { Vec::new() };
    let count = (planned.len(), pictures.len());
    let service = Arc::clone(app);
    let job = app.store.write(move |transaction| {
        let Some(reviewer) = Caller::load(transaction, staff.reviewer, None, now)? else {
            return Ok(missing("reviewer"));
        };
        let mut pictures = pictures.into_iter();
        for visit in &planned {
            let (officer, _) = staff.officers[visit.sitting.officer];
            let Some(person) = transaction.person(officer)? else { return Ok(missing("officer")) };
            let author = HeldAuthor::of(&service, transaction, &person, now)?;
            let wanted = if with_photos { visit.answered().filter(|answered| answered.photo).count() } else { 0 };
            let taken: Vec<Photo> = pictures.by_ref().take(wanted).collect();
            for photo in &taken {
                photos::note_kept(&service, transaction, photo.hash, photo.bytes, None)?;
            }
            let (id, changes) = visit.record(&template, officer, &author, &taken)?;
            let mut intake = Intake::new(&service, transaction);
            let verdict = author.submit(&mut intake, id, RecordKind::Inspection, staff.ward, changes, now)?;
            intake.finish()?;
            if verdict != PushVerdict::Accepted {
                return Ok::<_, Refused>(Err(format!("{verdict:?}")));
            }
            if let Ending::Decided(decision) = visit.sitting.ending {
                let new = words_of(decision, id, visit);
                decide_now(&service, transaction, &reviewer, id, &new, visit.decided())?;
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

/// The template in force, and where the houses are.
async fn read(app: &App, houses: Vec<DocumentId>) -> anyhow::Result<(Arc<Template>, Vec<House>)> {
    let service = Arc::clone(app);
    let job = app.store.read(move |transaction| {
        let Some(row) = transaction.templates()?.into_iter().find(|row| row.code == "mini_apartment") else {
            return Ok::<_, Refused>(None);
        };
        let reference = TemplateRef { code: row.code, version: row.version };
        let Some(template) = service.template(transaction, &reference)? else { return Ok(None) };
        let mut places = Vec::with_capacity(houses.len());
        for id in houses {
            let cells = transaction.cells(id)?;
            let live = Live::of(&cells);
            let number = |name, otherwise| live.number(name).unwrap_or(otherwise);
            places.push(House {
                id,
                latitude: number(field::LATITUDE, 20.99),
                longitude: number(field::LONGITUDE, 105.81),
                storeys: number(field::STOREYS, 7.0),
                apartments: number(field::APARTMENTS, 20.0),
                residents: number(field::RESIDENTS, 45.0),
            });
        }
        Ok(Some((template, places)))
    });
    job.await.map_err(refused)?.ok_or_else(|| anyhow!("there is no template for mini apartments"))
}

/// Draws and keeps every photo of these visits, in their order.
fn draw(app: &App, visits: &[Visit], staff: Staff) -> anyhow::Result<Vec<Photo>> {
    let mut wanted = Vec::new();
    for (house, visit) in visits.iter().enumerate() {
        let (_, name) = staff.officers[visit.sitting.officer];
        for answered in visit.answered().filter(|answered| answered.photo) {
            wanted.push((answered, stamp(visit, answered, name), (house as u64) << 32));
        }
    }
    let share = wanted.len().div_ceil(PAINTERS).max(1);
    let drawn: Vec<anyhow::Result<Vec<Photo>>> = std::thread::scope(|scope| {
        let painting: Vec<_> = wanted
            .chunks(share)
            .enumerate()
            .map(|(painter, wanted)| {
                scope.spawn(move || {
                    let file = app.config.uploads().join(format!("seed-{painter}"));
                    let mut brush = Painter::new()?;
                    let photos = wanted.iter().enumerate().map(|(number, (answered, stamp, house))| {
                        let seed = house | (painter as u64) << 16 | number as u64;
                        brush.write(&answered.item, answered.finding.is_some(), seed, stamp, &file)?;
                        keep(app, &file)
                    });
                    photos.collect()
                })
            })
            .collect();
        painting.into_iter().map(|painter| painter.join().unwrap_or_else(|_| bail!("drawing panicked"))).collect()
    });
    let mut photos = Vec::with_capacity(wanted.len());
    for part in drawn {
        photos.extend(part?);
    }
    Ok(photos)
}

fn keep(app: &App, file: &Path) -> anyhow::Result<Photo> {
    let name = || format!("keeping {}", file.display());
    let (hash, bytes) = (hash_of(file).with_context(name)?, std::fs::metadata(file).with_context(name)?.len());
    app.blobs.keep(file, &hash).with_context(name)?;
    Ok(Photo { hash, bytes })
}

/// As the app stamps a photo.
fn stamp(visit: &Visit, answered: &Answered, officer: &str) -> [String; 2] {
    let hanoi = jiff::Timestamp::from_millisecond(answered.at.0 + 7 * 3_600_000).unwrap_or_default();
    let place = format!("{:.6}; {:.6}", visit.house.latitude, visit.house.longitude).replace('.', ",");
    [format!("{} (GMT+7) · {officer}", hanoi.strftime("%d/%m/%Y %H:%M:%S")), format!("{place} ±5 m")]
}

fn words_of(decision: Decision, on: DocumentId, visit: &Visit) -> NewDecision {
    let (words, comments) = match decision {
        Decision::Approved => ("Biên bản đầy đủ, thống nhất kết luận.", Vec::new()),
        Decision::Returned => {
            let failed = visit.answered().filter(|answered| answered.finding.is_some());
            let asked = "Chụp thêm ảnh toàn cảnh và ghi rõ vị trí.".to_owned();
            let comments = failed.take(2).map(|answered| (answered.item.clone(), asked.clone())).collect();
            ("Đề nghị bổ sung ảnh và làm rõ nội dung được đánh dấu.", comments)
        }
    };
    NewDecision { decision, on, seen: None, words: words.into(), comments, unanswered: Vec::new() }
}

impl Visit {
    fn answered(&self) -> impl Iterator<Item = &Answered> {
        self.groups.iter().flatten()
    }

    /// All changes of the record, the seal last.
    fn record(
        &self,
        template: &Template,
        by: PersonId,
        author: &HeldAuthor,
        photos: &[Photo],
    ) -> Result<(DocumentId, Vec<CheckedChange>), StoreError> {
        let failed = |error: ancu_shared::document::DocumentError| StoreError::Damaged(error.to_string());
        let day = self.began.hanoi_date();
        let visit = visit::Visit { facility: self.house.id, template: template.code.clone(), day, number: 1 };
        let header = |name: &str, value: Scalar| (Key::Header(name.to_owned()), value);
        let mut document = Document::new(author.actor());
        let mut puts = vec![header(field::SCHEMA, Scalar::Int(1))];
        puts.extend(visit.header());
        puts.extend([
            header(field::TEMPLATE_VERSION, Scalar::Text(template.version.clone())),
            header(field::PURPOSE, Scalar::from("periodic")),
            header(field::STARTED_AT, Scalar::Int(self.began.0)),
            (Key::State(state::STATE.into()), Scalar::from("in_progress")),
        ]);
        let mut changes = commit(&mut document, &puts, self.began)?;
        let mut photos = photos.iter();
        for group in &self.groups {
            let (mut puts, mut at) = (Vec::new(), self.began);
            for answered in group {
                at = answered.at;
                self.puts(answered, by, &mut photos, &mut puts);
            }
            changes.extend(commit(&mut document, &puts, at)?);
        }
        if self.sitting.ending != Ending::Open {
            let heads = document.heads().map_err(failed)?;
            let statement = seal::seal(visit.id(), heads, author.secret(), self.ended, by);
            let completed = (Key::State(state::STATE.into()), Scalar::from("completed"));
            let puts = [(Key::Seal(author.actor()), statement.to_scalar()), completed];
            changes.extend(commit(&mut document, &puts, self.ended)?);
        }
        Ok((visit.id(), changes))
    }

    fn puts<'p>(
        &self,
        answered: &Answered,
        by: PersonId,
        photos: &mut impl Iterator<Item = &'p Photo>,
        puts: &mut Vec<(Key, Scalar)>,
    ) {
        let Answered { item, answer, note, at, finding, photo } = answered;
        let at = *at;
        let register = ItemAnswer::new(Some(answer.clone()), (*note).into(), at, by);
        puts.push((Key::Item(item.clone()), register.to_scalar()));
        if let Some((severity, remedy, deadline)) = finding {
            let (severity, deadline) = (*severity, Some(*deadline));
            let detail = FindingDetail { severity, remedy: remedy.clone(), deadline, at, by, origin: None };
            puts.push((Key::Finding(item.clone(), "detail".into()), detail.to_scalar()));
        }
        if !photo {
            return;
        }
        let Some(Photo { hash, bytes }) = photos.next() else { return };
        let detail = PhotoDetail {
            hash: *hash,
            bytes: *bytes,
            width: pictures::SIZE.0,
            height: pictures::SIZE.1,
            original_sha256: hash.to_string(),
            taken_at: Some(at),
            place: Some(self.house.position()),
            at,
            by,
            removed: false,
            marks: Vec::new(),
            origin: None,
        };
        puts.push((Key::Photo(item.clone(), *hash), detail.to_scalar()));
    }
}
