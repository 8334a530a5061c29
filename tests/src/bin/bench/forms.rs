//! Checklists from forms: how long an answer takes in a large one, and how long importing one.
//!
//! Where the programs of others are installed (`make test-doors` installs them), they do the same job in the same run.

use std::path::{Path, PathBuf};
use std::process::Command;

use ancu_shared::checklist::xlsform::{self, Workbook};
use ancu_shared::clock::{RandomSource as _, SeededRandom, UtcMillis};
use ancu_shared::id::ActorId;
use ancu_shared::record::register::Answer;
use ancu_shared::record::value::OperationId;
use ancu_shared::template::fill::Fill;
use ancu_shared::template::form::{Beside, read};
use ancu_shared::template::{Input, Template};
use ancu_shared::view::{Attribution, ItemView, Statement};
use ancu_sync_server::workbook;
use serde_json::{Value, json};

use crate::report::{Line, Report, median, milliseconds, part_of, percentile, round, say, timed};

const QUESTIONS: usize = 600;
/// Questions that people answer; the others are formulas and questions that these hide.
const ANSWERED: usize = 100;
/// Formulas read so many others each: 3,000 together.
const READ_BY_EACH: usize = 6;
const P99_TARGET_MS: f64 = 5.0;
const IMPORT_TARGET_MS: f64 = 1_000.0;

/// A form of so many questions and dependencies, drawn from a seed.
fn large() -> String {
    let mut random = SeededRandom::new(600);
    let mut draw = |below: usize| {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % below as u64) as usize
    };
    let mut rows = vec!["survey,,,,,".to_owned(), ",type,name,label,relevant,calculation".to_owned()];
    for group in 0..QUESTIONS / 20 {
        rows.push(format!(",begin group,g{group},Phần {group},,"));
        for number in group * 20..group * 20 + 20 {
            let mut read = |count: usize| (0..count).map(|_| format!("${{q{}}}", draw(number))).collect::<Vec<_>>();
            rows.push(match number {
                _ if number < ANSWERED => format!(",integer,q{number},Câu {number},,"),
                _ if number % 5 == 0 => {
                    format!(",integer,q{number},Câu {number},\"({}) > 3\",", read(READ_BY_EACH).join(" + "))
                }
                _ => format!(",calculate,q{number},,,\"({}) mod 97\"", read(READ_BY_EACH).join(" + ")),
            });
        }
        rows.push(",end group,,,,".to_owned());
    }
    rows.extend(["settings,,,", ",form_title,form_id,version", ",Lớn,lon,1"].map(str::to_owned));
    rows.join("\n")
}

fn said(code: &str, number: f64) -> ItemView {
    let statement = Statement {
        operation: OperationId { counter: 1, actor: ActorId([1; 16]) },
        answer: Some(Answer::Number(number)),
        note: String::new(),
        measured: None,
        running: None,
        by: Attribution::of(None, UtcMillis(0)),
        chosen_by: None,
        supplement: false,
        unsigned: false,
    };
    ItemView {
        code: code.to_owned(),
        statements: vec![statement],
        superseded: Vec::new(),
        finding: None,
        finding_said: None,
        photos: Vec::new(),
        comments: Vec::new(),
    }
}

/// One answer after the other, each with all that follows, against evaluating the whole form again.
pub(crate) fn answer(report: &mut Report) {
    let workbook = Workbook::from_csv(&large()).expect("a workbook");
    let form = xlsform::read(&workbook).expect("a form");
    let template: Template = read(&form, &workbook, &Beside::default()).expect("a checklist");
    let dependencies = form.definition.references();
    let asked = template.items().filter(|item| matches!(item.input, Input::Number { .. })).take(ANSWERED);
    let mut items: Vec<ItemView> = asked.map(|item| said(&item.code, 1.0)).collect();
    let mut fill = Fill::new(&template, UtcMillis(0)).expect("rules");
    fill.take(&template, &items).expect("answers");
    let (mut times, mut evaluated) = (Vec::new(), 0);
    for round in 0..part_of(2_000) {
        items[round % ANSWERED] = said(&format!("q{}", round % ANSWERED), (round / ANSWERED + 2) as f64);
        times.push(milliseconds(|| {
            evaluated += fill.take(&template, &items).expect("an answer");
            assert_eq!(fill.state(&template).values.len(), 400);
        }));
    }
    let whole = median(
        (0..5)
            .map(|_| {
                milliseconds(|| {
                    let mut fill = Fill::new(&template, UtcMillis(0)).expect("rules");
                    fill.take(&template, &items).expect("answers");
                })
            })
            .collect(),
    );
    let value = percentile(times.clone(), 99);
    let mut details = json!({
        "questions": template.items().count(), "dependencies": dependencies, "median_ms": round(median(times)),
        "evaluated_by_an_answer": evaluated / part_of(2_000), "ms_target": P99_TARGET_MS,
    });
    details["xforms_engine"] = theirs(&xlsform::xform::write(&form, "lon"));
    let held = value <= P99_TARGET_MS && dependencies >= 3_000;
    report.line(&Line { bench: "form_answer_p99", value, unit: "ms", limit: whole, target: 0.5, held, details });
}

/// The largest workbook of others that is here (our largest checklist where there is none), opened, read and made a checklist,
/// against opening it alone.
pub(crate) fn import(report: &mut Report) {
    let (name, bytes) = largest();
    let mut times = Vec::new();
    let mut opened = Vec::new();
    let mut entries = 0;
    for _ in 0..7 {
        let (workbook, time) = timed(|| workbook::open(&bytes).expect("a workbook"));
        opened.push(time);
        times.push(
            time + milliseconds(|| {
                let form = xlsform::read(&workbook).expect("a form");
                entries = form.entries.len();
                // What the app cannot show is found on the way, too.
                let _ = read(&form, &workbook, &Beside::default());
            }),
        );
    }
    let value = median(times);
    let details = json!({
        "file": name, "bytes": bytes.len(), "entries": entries, "ms_target": IMPORT_TARGET_MS,
        "pyxform_ms": pyxform(&bytes),
    });
    let held = value <= IMPORT_TARGET_MS;
    report.line(&Line { bench: "form_import", value, unit: "ms", limit: median(opened), target: 10.0, held, details });
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn largest() -> (String, Vec<u8>) {
    let shared = std::env::var_os("ANCU_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for folder in ["web-forms", "pyxform"] {
        let files = std::fs::read_dir(shared.join("data/xlsforms").join(folder)).into_iter().flatten().flatten();
        for file in files.filter(|file| file.path().extension().is_some_and(|it| it == "xlsx" || it == "xls")) {
            let bytes = std::fs::read(file.path()).unwrap_or_default();
            if workbook::open(&bytes).is_ok_and(|workbook| xlsform::read(&workbook).is_ok()) {
                found.push((file.file_name().to_string_lossy().into_owned(), bytes));
            }
        }
    }
    found.into_iter().max_by_key(|(_, bytes)| bytes.len()).unwrap_or_else(|| {
        say("no workbooks of others here (ANCU_SHARED, or ../shared: data/xlsforms): our own largest form");
        ("600 questions, drawn".to_owned(), large().into_bytes())
    })
}

/// The same answers given to the engine of ODK Web Forms; null where it is not installed.
fn theirs(xform: &str) -> Value {
    let folder = root().join("tests/doors");
    if !folder.join("node_modules/@getodk/xforms-engine").is_dir() {
        say("@getodk/xforms-engine is not installed (make test-doors installs it): it is not timed");
        return Value::Null;
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), xform).expect("written");
    let said = Command::new("node").arg(folder.join("speed.mjs")).arg(file.path()).output();
    let said = said.expect("Node.js");
    serde_json::from_slice(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

/// What the reference converter takes for the same file, in a process that has loaded it; null where it is not installed.
fn pyxform(bytes: &[u8]) -> Value {
    let python = root().join("target/doors/python/bin/python");
    if !python.is_file() {
        say("pyxform is not installed (make test-doors installs it): it is not timed");
        return Value::Null;
    }
    let extension = if bytes.starts_with(b"PK") { ".xlsx" } else { ".xls" };
    let file = tempfile::Builder::new().suffix(extension).tempfile().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    let program = "import sys, time\nfrom pyxform.xls2xform import convert\ntimes = []\nfor _ in range(5):\n    start = time.perf_counter()\n    convert(sys.argv[1], validate=False)\n    times.append((time.perf_counter() - start) * 1000)\nprint(sorted(times)[2])";
    let said = Command::new(python).args(["-c", program]).arg(file.path()).output().expect("Python");
    let text = String::from_utf8_lossy(&said.stdout);
    text.trim().parse::<f64>().map_or(Value::Null, |time| json!(round(time)))
}
