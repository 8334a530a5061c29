//! The device alone: a saved answer, a photo, a search.

use ancu_shared::clock::UtcMillis;
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Scalar;
use ancu_shared::text::fold;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use serde_json::json;
use tests::peer::Peer;
use tests::photo;
use tests::server::Server;

use crate::phone::{Phone, bare_sqlite};
use crate::report::{Line, Report, median, milliseconds, percentile, round};

/// One answer, from the command to the durable row, against one bare commit of as many bytes; taken in turns.
pub(crate) fn answer_saved(report: &mut Report) {
    let server = Server::start();
    let phone = Phone::enrolled(&server.link("canbo1"));
    let (inspection, checks) = phone.begin(&phone.mini_apartments()[0]);
    let connection = bare_sqlite(phone.folder());
    let (mut answers, mut commits) = (Vec::new(), Vec::new());
    for round in 0..300 {
        let command = json!({
            "command": "answer", "inspection": inspection, "item": checks[round % checks.len()],
            "answer": { "kind": "verdict", "value": if round % 2 == 0 { "pass" } else { "not_applicable" } },
            "note": format!("lần {round}"),
        });
        let bytes = command.to_string().into_bytes();
        answers.push(milliseconds(|| drop(phone.call(command))));
        commits.push(milliseconds(|| {
            connection.execute("INSERT INTO row (body) VALUES (?1)", [&bytes]).expect("a row");
        }));
    }
    let slowest = percentile(answers.clone(), 99);
    let details = json!({ "p99_ms": round(slowest), "p99_ms_target": 16.0, "bare_p99_ms": round(percentile(commits.clone(), 99)) });
    let (value, limit, held) = (median(answers), median(commits), slowest <= 16.0);
    report.line(&Line { bench: "answer_saved", value, unit: "ms", limit, target: 3.0, held, details });
}

/// A 12-megapixel photo through the engine (decoded, turned, reduced, stamped, hashed, stored), against decoding and encoding it.
pub(crate) fn photo_reduced(report: &mut Report) {
    let server = Server::start();
    let phone = Phone::enrolled(&server.link("canbo1"));
    let (inspection, checks) = phone.begin(&phone.mini_apartments()[0]);
    let original = photo::camera_jpeg(4000, 3000, 12, 6, Some(photo::PLACE));
    let (mut reduced, mut bare) = (Vec::new(), Vec::new());
    for round in 0..5 {
        // Other bytes each time, so that nothing can be recognised.
        let mut original = original.clone();
        original.extend_from_slice(&[0, round]);
        let data = STANDARD.encode(&original);
        let item = &checks[usize::from(round)];
        reduced.push(milliseconds(|| {
            drop(phone.call(json!({
                "command": "photo_add", "inspection": inspection, "item": item, "file_name": "a.jpg", "data_base64": data,
            })));
        }));
        bare.push(milliseconds(|| {
            let picture = image::load_from_memory(&original).expect("a photo").into_rgb8();
            let mut encoded = Vec::new();
            JpegEncoder::new_with_quality(&mut encoded, 85).encode_image(&picture).expect("a JPEG");
            assert!(encoded.len() > 10_000);
        }));
    }
    report.times("photo_reduced_12mp", median(reduced), median(bare), 1.5);
}

/// A record of a whole checklist with notes and 40 photos of 2,048 pixels as PDF, against decoding these photos once, which any
/// program does that sets them anew. Beside it the greatest memory of this process meanwhile, engine and all.
pub(crate) fn paper(report: &mut Report) {
    const PHOTOS: u32 = 40;
    let server = Server::start();
    let phone = Phone::enrolled(&server.link("canbo1"));
    let (inspection, checks) = phone.begin(&phone.mini_apartments()[0]);
    let note = "Đã kiểm tra tại chỗ cùng đại diện cơ sở, đo và ghi lại từng vị trí; ";
    for (number, item) in checks.iter().enumerate() {
        phone.call(json!({
            "command": "answer", "inspection": inspection, "item": item,
            "answer": { "kind": "verdict", "value": if number % 7 == 0 { "fail" } else { "pass" } },
            "note": note.repeat(number % 6 + 1),
        }));
    }
    let mut pictures = Vec::new();
    for number in 0..PHOTOS {
        // Each another picture: one that is there twice is printed from the same bytes.
        let original = photo::camera_jpeg(2048, 1536, 12 + u64::from(number), 6, Some(photo::PLACE));
        let item = &checks[number as usize % checks.len()];
        let added = phone.call(json!({
            "command": "photo_add", "inspection": inspection, "item": item, "file_name": "a.jpg",
            "data_base64": STANDARD.encode(&original),
        }));
        let hash = added["photos"][0]["hash"].clone();
        let read = phone.call(json!({ "command": "photo_read", "hash": hash, "size": "full" }));
        pictures.push(STANDARD.decode(read["data_base64"].as_str().expect("base64")).expect("a photo"));
    }
    let photos_bytes: usize = pictures.iter().map(Vec::len).sum();
    let decoded = milliseconds(|| {
        for picture in &pictures {
            assert!(image::load_from_memory(picture).expect("a photo").width() > 1_000);
        }
    });
    drop(pictures);
    // From here on the kernel counts the peak anew.
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let before = memory_mb("VmRSS:");
    let folder = tempfile::tempdir().expect("a folder");
    let (mut times, mut paper) = (Vec::new(), json!(null));
    for round in 0..3 {
        let file = folder.path().join(format!("{round}.pdf"));
        let print = json!({ "command": "print", "id": inspection, "file": file });
        times.push(milliseconds(|| paper = phone.call(print)));
    }
    let peak = memory_mb("VmHWM:");
    let pages = paper["pages"].as_u64().unwrap_or(0);
    let value = median(times.clone());
    let held = value <= 3_000.0 && peak <= 250.0 && pages >= 20;
    let details = json!({
        "pages": pages, "photos_mb": round(photos_bytes as f64 / 1e6), "pdf_mb": round(paper["bytes"].as_f64().unwrap_or(0.0) / 1e6),
        "first_ms": round(times[0]), "ms_target": 3_000, "peak_mb": round(peak), "peak_mb_target": 250, "before_mb": round(before),
    });
    report.line(&Line { bench: "paper_40_photos", value, unit: "ms", limit: decoded, target: 2.0, held, details });
}

/// What the kernel says of this process's memory, in MB.
fn memory_mb(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of that name");
    line.trim().trim_end_matches("kB").trim().parse::<f64>().expect("kB") / 1024.0
}

/// Searches among 10,000 premises, each a whole query without diacritics, against one scan of the same texts in bare SQLite;
/// beside it every keystroke of typed queries, from the first letter on.
pub(crate) fn search(report: &mut Report) {
    let server = Server::start();
    let phone = Phone::enrolled(&server.link("canbo1"));
    let mut peer = Peer::enrol(&server, &server.console_link("canbo2"), 77).expect("an enrolled peer");
    let unit = peer.enrolled.context.scope[0];
    let at = UtcMillis(peer.enrolled.context.clock.0);
    let streets = ["Khương Hạ", "Khương Đình", "Vũ Tông Phan", "Hạ Đình", "Bùi Xương Trạch"];
    let (mut envelopes, mut texts) = (Vec::new(), Vec::new());
    for number in 0..10_000_usize {
        let street = streets[number % streets.len()];
        let address = format!("Số {} ngõ {} phố {street}", number % 211 + 1, number / 211 + 1);
        texts.push(fold(&format!("Nhà trọ {number} {address}")));
        let puts = [
            ("h/schema", Scalar::Int(1)),
            ("h/name", Scalar::from(format!("Nhà trọ {number}"))),
            ("h/class", Scalar::from("mini_apartment")),
            ("h/address", Scalar::from(address)),
            ("h/street", Scalar::from(street)),
        ];
        envelopes.push(peer.record(RecordKind::Facility, unit, at, &puts).1);
    }
    for batch in envelopes.chunks(1000) {
        peer.push(batch);
    }
    phone.exchange();
    assert!(phone.premises() >= 10_000, "{}", phone.premises());

    let connection = bare_sqlite(server.folder());
    connection.execute_batch("CREATE TABLE premises (key TEXT NOT NULL)").expect("a table");
    let transaction = connection.unchecked_transaction().expect("a transaction");
    for text in &texts {
        transaction.execute("INSERT INTO premises VALUES (?1)", [text]).expect("a row");
    }
    transaction.commit().expect("a commit");
    let find =
        |query: &str| phone.call(json!({ "command": "facility_list", "query": query, "offset": 0, "limit": 30 }));
    assert!(find("211 ngo 1 khuong ha")["total"].as_u64() > Some(0));
    let (mut searches, mut scans) = (Vec::new(), Vec::new());
    for number in 0..50 {
        let query = format!("{} ngo {} khuong ha", number * 5 + 1, number + 1);
        searches.push(milliseconds(|| drop(find(&query))));
        scans.push(milliseconds(|| {
            let pattern = format!("%{}%ngo {}%khuong%ha%", number * 5 + 1, number + 1);
            let found: i64 = connection
                .query_row("SELECT count(*) FROM premises WHERE key LIKE ?1", [pattern], |row| row.get(0))
                .expect("a count");
            assert!(found <= 10_000);
        }));
    }
    let mut keystrokes = Vec::new();
    for typed in ["ngõ 29 khương hạ", "nha tro 77", "so 5 vu tong phan", "phường khương đình"] {
        for end in typed.char_indices().map(|(at, letter)| at + letter.len_utf8()) {
            keystrokes.push(milliseconds(|| drop(find(&typed[..end]))));
        }
    }
    let slowest = percentile(keystrokes.clone(), 95);
    let details = json!({
        "keystroke_ms": round(median(keystrokes)), "keystroke_p95_ms": round(slowest), "keystroke_p95_ms_target": 30.0,
    });
    let (value, limit, held) = (median(searches), median(scans), slowest <= 30.0);
    report.line(&Line { bench: "search_10000_premises", value, unit: "ms", limit, target: 10.0, held, details });
}
