//! A record as the layout needs it: texts in the words of the form, numbers of pages' worth, names of pictures.
//!
//! Invariants: texts are NFC and hold only letters that the fonts have; nothing that the record says is left out but for
//! questions that were not asked.

use std::collections::BTreeMap;

use ancu_shared::clock::UtcMillis;
use ancu_shared::geometry::{area_m2, length_m};
use ancu_shared::record::attendance::AttendeeRole;
use ancu_shared::record::facility::field;
use ancu_shared::record::measured::{Measured, places};
use ancu_shared::record::names::codes;
use ancu_shared::record::register::{Answer, Verdict};
use ancu_shared::record::value::Scalar;
use ancu_shared::template::{Input, Item, check};
use ancu_shared::view::{AttendeeView, InspectionState, ItemView};
use jiff::civil::Date;
use serde::Serialize;
use typst::foundations::Bytes;
use unicode_normalization::UnicodeNormalization as _;

use crate::{MAX_PHOTOS, MAX_ROWS, PrintError, Record, fonts, ink, labels, picture};

/// What stands for a letter that no font has.
const NO_LETTER: char = '□';

/// What the layout reads, and the pictures that it names.
pub(crate) struct Prepared {
    pub(crate) sheet: Sheet,
    pub(crate) files: Vec<(String, Bytes)>,
}

#[derive(Serialize)]
pub(crate) struct Sheet {
    superior: String,
    agency: String,
    form: String,
    law: String,
    title: String,
    subject: String,
    /// Why it is not a signed record, if it is none.
    draft: Option<String>,
    started: String,
    finished: Option<String>,
    date: Option<[i16; 3]>,
    name: String,
    address: String,
    facts: Vec<[String; 2]>,
    checklist: String,
    notice: String,
    inspectors: Vec<Person>,
    representatives: Vec<Person>,
    witnesses: Vec<Person>,
    counts: Counts,
    sections: Vec<Section>,
    findings: Vec<Finding>,
    photos: Vec<Photo>,
    conclusion: Option<[String; 2]>,
    opinions: Vec<[String; 2]>,
    hands: Vec<HandBox>,
    seals: Vec<Seal>,
    record: String,
    check: Option<Check>,
    /// Whether some letters could not be printed.
    letters: bool,
}

#[derive(Serialize)]
struct Person {
    name: String,
    position: String,
}

#[derive(Serialize)]
struct Counts {
    answered: u32,
    passed: u32,
    failed: u32,
    not_applicable: u32,
    photos: u32,
}

#[derive(Serialize)]
struct Section {
    title: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    code: String,
    title: String,
    answer: String,
    /// How a number was found; empty if that was not said.
    method: String,
    failed: bool,
    note: String,
    photos: Vec<u32>,
}

#[derive(Serialize)]
struct Finding {
    code: String,
    title: String,
    severity: String,
    note: String,
    remedy: String,
    deadline: String,
    law: Vec<String>,
    photos: Vec<u32>,
}

#[derive(Serialize)]
struct Photo {
    number: u32,
    code: String,
    path: Option<String>,
    /// What is drawn on it.
    drawn: Option<String>,
    caption: String,
    hash: String,
}

#[derive(Serialize)]
struct HandBox {
    heading: String,
    name: String,
    position: String,
    path: Option<String>,
    note: String,
}

#[derive(Serialize)]
struct Seal {
    name: String,
    device: String,
    at: String,
    valid: bool,
    note: String,
}

#[derive(Serialize)]
struct Check {
    path: Option<String>,
    address: String,
}

/// Makes texts printable, and remembers whether something was lost.
#[derive(Default)]
struct Ink {
    lost: bool,
}

impl Ink {
    fn text(&mut self, text: &str) -> String {
        let mut printable = String::with_capacity(text.len());
        for letter in text.trim().nfc() {
            match letter {
                '\t' | '\r' => printable.push(' '),
                // Joiners and marks of direction that are no letters: nothing is lost without them.
                '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{fe0e}'
                | '\u{fe0f}'
                | '\u{feff}' => {}
                letter if fonts::has(letter) => printable.push(letter),
                _ => {
                    self.lost = true;
                    printable.push(NO_LETTER);
                }
            }
        }
        printable
    }
}

pub(crate) fn of(record: &Record<'_>) -> Result<Prepared, PrintError> {
    let Record { view, template, premises, photos, check } = *record;
    let template = &*template.grown(view.form.as_ref());
    let limit =
        |what, count: usize, most| if count > most { Err(PrintError::TooLarge { what, count, most }) } else { Ok(()) };
    limit("rows", view.items.len(), MAX_ROWS)?;
    limit("photos", view.items.iter().map(|item| item.photos.len()).sum(), MAX_PHOTOS)?;

    let mut ink = Ink::default();
    let mut files = Vec::new();
    let mut pictures = Vec::new();
    let mut shown: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    let asked: BTreeMap<&str, &ItemView> = view.items.iter().map(|item| (item.code.as_str(), item)).collect();
    for item in template.items().filter_map(|item| asked.get(item.code.as_str())) {
        for photo in &item.photos {
            let number = pictures.len() as u32 + 1;
            let printed = photos(&photo.detail.hash).and_then(|bytes| picture::reduced(&bytes));
            let path = printed.map(|bytes| {
                let path = format!("photo/{number}.jpg");
                files.push((path.clone(), Bytes::new(bytes)));
                path
            });
            let detail = &photo.detail;
            let drawn = (!detail.marks.is_empty()).then(|| {
                let drawn = ink::marks(&detail.marks, detail.width, detail.height, |words| ink.text(words));
                let path = format!("drawn/{number}.svg");
                files.push((path.clone(), Bytes::from_string(drawn)));
                path
            });
            shown.entry(&item.code).or_default().push(number);
            let taken = photo.detail.taken_at.unwrap_or(photo.detail.at).hanoi_text();
            let caption = ink.text(&format!("{taken} · {}", photo.author.person_name));
            let hash = photo.detail.hash.to_string()[..16].to_owned();
            pictures.push(Photo { number, code: template.own_code(&item.code).to_owned(), path, drawn, caption, hash });
        }
    }

    let mut counts = Counts { answered: 0, passed: 0, failed: 0, not_applicable: 0, photos: pictures.len() as u32 };
    let mut findings = Vec::new();
    let mut sections = Vec::new();
    for group in &template.groups {
        let mut rows = Vec::new();
        for (question, item) in group.items.iter().filter_map(|item| Some((item, *asked.get(item.code.as_str())?))) {
            let statement = item.statements.first();
            let answer = statement.and_then(|said| said.answer.as_ref());
            let note = statement.map(|said| ink.text(&said.note)).unwrap_or_default();
            let numbers = shown.get(item.code.as_str()).cloned().unwrap_or_default();
            if answer.is_none() && note.is_empty() && numbers.is_empty() {
                continue;
            }
            let code = template.own_code(&item.code);
            let failed = answer.is_some_and(|answer| check::failed(question, answer));
            counts.answered += u32::from(answer.is_some());
            counts.failed += u32::from(failed);
            counts.passed += u32::from(matches!(answer, Some(Answer::Verdict(Verdict::Pass))));
            counts.not_applicable += u32::from(matches!(answer, Some(Answer::Verdict(Verdict::NotApplicable))));
            let title = ink.text(&question.title.vi);
            let said = answer.map_or_else(|| "—".to_owned(), |answer| ink.text(&told(question, answer)));
            let method = statement.and_then(|said| said.measured.as_ref());
            let method = method.map(|it| ink.text(&found(it))).unwrap_or_default();
            if failed {
                let written = item.finding.as_ref();
                let severity = written.map_or(question.severity, |finding| finding.severity);
                findings.push(Finding {
                    code: code.to_owned(),
                    // A list of findings says of which storey.
                    title: if code == item.code {
                        title.clone()
                    } else {
                        ink.text(&format!("{} › {title}", group.title.vi))
                    },
                    severity: codes::severity(severity).vi,
                    note: note.clone(),
                    remedy: ink.text(written.map_or(&question.remedy.vi, |finding| &finding.remedy)),
                    deadline: written.and_then(|finding| finding.deadline).map_or_else(|| "—".to_owned(), day),
                    law: citations(template, question, &mut ink),
                    photos: numbers.clone(),
                });
            }
            rows.push(Row { code: code.to_owned(), title, answer: said, method, failed, note, photos: numbers });
        }
        if !rows.is_empty() {
            sections.push(Section { title: ink.text(&group.title.vi), rows });
        }
    }

    let summary = &view.summary;
    let signed = summary.sealed_at.is_some();
    let people = |role: AttendeeRole, ink: &mut Ink| -> Vec<Person> {
        let of = view.attendance.iter().filter(|it| it.role == role);
        of.map(|it| Person { name: named(it, ink), position: ink.text(&it.position) }).collect()
    };
    let mut inspectors: Vec<Person> = people(AttendeeRole::Inspector, &mut ink);
    for officer in summary.officers.iter().rev() {
        if inspectors.iter().all(|known| known.name != *officer) {
            inspectors.insert(0, Person { name: ink.text(officer), position: "Cán bộ kiểm tra".to_owned() });
        }
    }
    let mut hands = Vec::new();
    for (place, it) in view.attendance.iter().enumerate() {
        let path = it.hand.as_ref().map(|drawn| {
            let path = format!("hand/{place}.svg");
            files.push((path.clone(), Bytes::from_string(ink::hand(drawn))));
            path
        });
        let why = it.unsigned.map(|why| match it.words.trim() {
            "" => labels::unsigned(why).to_owned(),
            words => format!("{}: {words}", labels::unsigned(why)),
        });
        let changed = path.is_some() && !it.covers;
        let note = why.or_else(|| changed.then(|| "Ký trước khi nội dung được sửa".to_owned())).unwrap_or_default();
        hands.push(HandBox {
            heading: labels::role(it.role).to_owned(),
            name: named(it, &mut ink),
            position: ink.text(&it.position),
            path,
            note: ink.text(&note),
        });
    }
    let seals = view.seals.iter().map(|seal| Seal {
        name: ink.text(&seal.by.person_name),
        device: ink.text(&seal.by.device_name),
        at: seal.by.at.hanoi_text(),
        valid: seal.valid,
        note: if seal.apart { "ký riêng cùng nội dung".to_owned() } else { String::new() },
    });
    let seals: Vec<Seal> = seals.collect();
    let opinions = view.attendance.iter().filter(|it| it.role == AttendeeRole::Representative && it.unsigned.is_none());
    let opinions: Vec<_> = opinions.filter(|it| !it.words.trim().is_empty()).collect();
    let opinions = opinions.into_iter().map(|it| [named(it, &mut ink), ink.text(&it.words)]).collect();
    let conclusion = view.conclusion.as_ref().map(|it| [codes::conclusion(it.conclusion).vi, ink.text(&it.words)]);
    let check = check.map(|address| {
        let path = ink::qr(address).map(|drawn| {
            files.push(("qr.svg".to_owned(), Bytes::from_string(drawn)));
            "qr.svg".to_owned()
        });
        // The place of the page; the code itself is only for machines.
        let page = address.rsplit_once('/').map_or(address, |(page, _)| page);
        Check { path, address: ink.text(page) }
    });
    let regime = view.regime.as_ref();
    let form = regime.map(|regime| match &regime.form.code {
        Some(code) => format!("Mẫu {code} ({})", regime.form.decree.vi),
        None => regime.form.decree.vi.clone(),
    });
    let ended = view.seals.iter().map(|seal| seal.by.at).min();
    let draft = match summary.state {
        InspectionState::Cancelled => Some("ĐÃ BỎ, CHƯA KÝ"),
        _ if !signed => Some("BẢN NHÁP, CHƯA KÝ"),
        _ => None,
    };
    let date = ended.unwrap_or(summary.started_at).hanoi_date();
    let (superior, agency) = authority(&summary.unit_name);
    let sheet = Sheet {
        superior,
        agency: ink.text(&agency),
        form: form.map(|form| ink.text(&form)).unwrap_or_default(),
        law: regime.map(|regime| ink.text(&format!("{}; {}", regime.law.vi, regime.decree.vi))).unwrap_or_default(),
        title: regime.map_or("Biên bản kiểm tra", |regime| regime.form.title.vi.as_str()).to_uppercase(),
        subject: format!("{} an toàn phòng cháy và chữa cháy", labels::purpose(purpose(record))),
        draft: draft.map(str::to_owned),
        started: moment(summary.started_at),
        finished: ended.map(moment),
        date: Some([date.year(), date.month().into(), date.day().into()]),
        name: ink.text(&summary.facility_name),
        address: ink.text(&summary.facility_address),
        facts: premises.map(|sheet| facts(sheet, &mut ink)).unwrap_or_default(),
        checklist: ink.text(&format!("{} ({} {})", template.title.vi, template.code, template.version)),
        notice: ink.text(&template.notice.vi),
        representatives: people(AttendeeRole::Representative, &mut ink),
        witnesses: people(AttendeeRole::Witness, &mut ink),
        inspectors,
        counts,
        sections,
        findings,
        photos: pictures,
        conclusion,
        opinions,
        hands,
        seals,
        record: summary.id.to_string(),
        check,
        letters: ink.lost,
    };
    Ok(Prepared { sheet, files })
}

/// Who is over a unit, and the unit, as the form names them. Communes act through their People's Committee.
fn authority(unit: &str) -> (String, String) {
    let commune = ["Phường ", "Xã ", "Thị trấn "].iter().any(|kind| unit.starts_with(kind));
    if commune {
        ("THÀNH PHỐ HÀ NỘI".to_owned(), format!("ỦY BAN NHÂN DÂN\n{}", unit.to_uppercase()))
    } else {
        ("CÔNG AN THÀNH PHỐ HÀ NỘI".to_owned(), unit.to_uppercase())
    }
}

fn purpose<'a>(record: &Record<'a>) -> &'a str {
    record.view.purpose.as_deref().unwrap_or_default()
}

fn named(attendee: &AttendeeView, ink: &mut Ink) -> String {
    let name = ink.text(&attendee.name);
    if name.is_empty() { "(không có mặt)".to_owned() } else { name }
}

fn facts(sheet: &ancu_shared::view::FacilitySheet, ink: &mut Ink) -> Vec<[String; 2]> {
    let mut facts = vec![["Loại hình".to_owned(), codes::class(sheet.summary.class).0.to_owned()]];
    let of = |name: &str| {
        let field = sheet.fields.iter().find(|field| field.key == format!("h/{name}") || field.key == name);
        field.and_then(|field| field.values.first()).map(|value| match &value.value {
            Scalar::Text(text) => text.clone(),
            Scalar::Int(number) => number.to_string(),
            Scalar::Number(number) => decimal(*number),
            Scalar::Bool(_) | Scalar::Null => String::new(),
        })
    };
    for (name, label) in [
        (field::HEAD_NAME, "Người đứng đầu cơ sở"),
        (field::HEAD_PHONE, "Điện thoại"),
        (field::STOREYS, "Số tầng"),
        (field::BASEMENTS, "Tầng hầm"),
        (field::APARTMENTS, "Số căn hộ, phòng"),
        (field::RESIDENTS, "Số người ở"),
    ] {
        if let Some(value) = of(name).filter(|value| !value.is_empty()) {
            facts.push([label.to_owned(), ink.text(&value)]);
        }
    }
    facts
}

fn citations(template: &ancu_shared::template::Template, question: &Item, ink: &mut Ink) -> Vec<String> {
    let named = question.citations.iter().filter_map(|id| template.citations.iter().find(|it| it.id == *id));
    named
        .map(|it| {
            let place = if it.locator.trim().is_empty() {
                it.document.clone()
            } else {
                format!("{}, {}", it.locator, it.document)
            };
            ink.text(&if it.verified { place } else { format!("{place} (chưa kiểm chứng)") })
        })
        .collect()
}

/// An answer in the words of its question.
fn told(question: &Item, answer: &Answer) -> String {
    match answer {
        Answer::Verdict(Verdict::Pass) => "Đạt".to_owned(),
        Answer::Verdict(Verdict::Fail) => "Không đạt".to_owned(),
        Answer::Verdict(Verdict::NotApplicable) => "Không áp dụng".to_owned(),
        Answer::Number(number) => match &question.input {
            Input::Number { unit, .. } if !unit.vi.is_empty() => format!("{} {}", decimal(*number), unit.vi),
            _ => decimal(*number),
        },
        Answer::Text(text) => text.clone(),
        Answer::Date(date) => day(*date),
        Answer::Choice(code) => label(question, code),
        Answer::Choices(codes) => codes.iter().map(|code| label(question, code)).collect::<Vec<_>>().join(", "),
        Answer::Time(time) => time.to_string(),
        Answer::Moment(at) => at.hanoi_text(),
        Answer::Trace(line) => {
            format!("đường dài {} m, {} điểm", decimal(rounded(length_m(&places(line)))), line.len())
        }
        Answer::Shape(line) => {
            format!("vùng {} m², {} điểm", decimal(rounded(area_m2(&places(line)))), line.len())
        }
        Answer::Geo(place) => {
            let accuracy = place.accuracy_m.map(|metres| format!(" (± {metres:.0} m)")).unwrap_or_default();
            format!("{:.6}; {:.6}{accuracy}", place.latitude, place.longitude)
        }
    }
}

fn label(question: &Item, code: &str) -> String {
    question
        .input
        .options()
        .iter()
        .find(|option| option.code == code)
        .map_or(code, |option| &option.label.vi)
        .to_owned()
}

/// How a number was found, in words: the method, the instrument, the line's points.
fn found(measured: &Measured) -> String {
    let worst = measured.line.iter().filter_map(|vertex| vertex.2).max_by(f64::total_cmp);
    let parts = [
        Some(measured.method.words().vi),
        (!measured.instrument.is_empty()).then(|| measured.instrument.clone()),
        (!measured.line.is_empty()).then(|| format!("{} điểm", measured.line.len())),
        worst.map(|worst| format!("sai số đến {worst:.0} m")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// To a tenth.
fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn decimal(number: f64) -> String {
    number.to_string().replace('.', ",")
}

fn day(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

/// An instant as official records write it.
fn moment(at: UtcMillis) -> String {
    let text = at.hanoi_text();
    let (date, time) = text.split_once(' ').unwrap_or((&text, ""));
    let (hours, minutes) = time.split_once(':').unwrap_or((time, ""));
    let mut parts = date.split('/');
    let mut next = || parts.next().unwrap_or_default();
    format!("{hours} giờ {minutes} phút, ngày {} tháng {} năm {}", next(), next(), next())
}
