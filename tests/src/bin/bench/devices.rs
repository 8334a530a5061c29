//! A morning: thousands of devices find a signal within one minute, each with work and photos of its own.
//!
//! Whole engines on encrypted stores over TLS, all in this process, beside the server on the same cores. As many are switched on
//! at one time as an office has behind one address at most; whoever comes when all places are taken waits, and the wait counts.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ancu_shared::clock::{RandomSource as _, SeededRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::photo;
use tests::server::Server;

use crate::memory::Memory;
use crate::phone::Phone;
use crate::report::{Line, Report, median, number, percentile, round, say};

/// Devices, where the environment's `DEVICES` says no other number.
const DEVICES: usize = 2_000;
/// In how many milliseconds that many come.
const MINUTE_MS: f64 = 60_000.0;
/// Devices of one ward: their colleagues' changes come back to them.
const A_WARD: usize = 20;
/// Devices that are switched on at one time.
const AT_ONCE: usize = 200;
const RECORDS: usize = 3;
const PHOTOS: usize = 2;
const MOST_MB: f64 = 1_024.0;

/// All come, all go with receipts for everything; the server's memory at its greatest, in megabytes.
pub(crate) fn reconnect(report: &mut Report) {
    let devices = number("DEVICES", DEVICES);
    let server = Server::start();
    say(&format!("enrolling {devices} devices; each works offline"));
    let folders = prepared(&server, devices);
    let before = held(server.folder());

    say("they come");
    let window = MINUTE_MS * devices as f64 / DEVICES as f64;
    let arrivals = arrivals(devices, window);
    let queue: Vec<_> = folders.into_iter().map(|folder| Mutex::new(Some(folder))).collect();
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let ran: Vec<Ran> = std::thread::scope(|scope| {
        let work = || {
            let mut ran = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                let (Some(place), Some(at)) = (queue.get(number), arrivals.get(number)) else { return ran };
                let folder = place.lock().expect("nobody panics").take().expect("each comes once");
                wait_until(began, *at);
                let phone = Phone::switched_on(folder);
                let status = phone.try_exchange();
                ran.push(Ran { took: began.elapsed().as_secs_f64() * 1_000.0 - at, status });
                drop(phone.closed());
            }
        };
        let places: Vec<_> = (0..AT_ONCE.min(devices)).map(|_| scope.spawn(work)).collect();
        places.into_iter().flat_map(|place| place.join().expect("a place")).collect()
    });
    let whole = began.elapsed().as_secs_f64();

    let troubled: Vec<_> = ran.iter().filter(|one| !one.is_done()).collect();
    for one in troubled.iter().take(3) {
        say(&format!("not done: {}", one.status));
    }
    let memory = Memory::of(server.process_id());
    let came = held(server.folder());
    let (envelopes, photos) = (came.0 - before.0, came.1 - before.1);
    let times: Vec<f64> = ran.iter().map(|one| one.took).collect();
    report.line(&Line {
        bench: "devices_2000",
        value: memory.peak,
        unit: "MB",
        limit: MOST_MB,
        target: 1.0,
        held: troubled.is_empty() && ran.len() == devices && envelopes >= devices * RECORDS && photos == devices * PHOTOS,
        details: json!({
            "devices": devices, "within_s": round(window / 1_000.0), "errors": troubled.len(), "envelopes": envelopes,
            "photos": photos, "photo_mb": round((came.2 - before.2) as f64 / 1e6), "seconds": round(whole),
            "p50_ms": round(median(times.clone())), "p99_ms": round(percentile(times, 99)), "at_once": AT_ONCE.min(devices),
        }),
    });
}

/// One device's exchange.
struct Ran {
    /// Milliseconds from when it wanted to until it was done.
    took: f64,
    status: Value,
}

impl Ran {
    /// Nothing is left, and nothing was said that a person would see.
    fn is_done(&self) -> bool {
        self.status["exchange"]["problem"].is_null() && self.status["safe_to_wipe"] == true
    }
}

/// When each comes, in milliseconds: at any instant of the window.
fn arrivals(devices: usize, window: f64) -> Vec<f64> {
    let mut random = SeededRandom::new(2_000);
    let mut arrivals: Vec<f64> = (0..devices)
        .map(|_| {
            let mut bytes = [0; 4];
            random.fill(&mut bytes);
            window * f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
        })
        .collect();
    arrivals.sort_by(f64::total_cmp);
    arrivals
}

#[expect(clippy::disallowed_methods, reason = "a device comes at its time of the minute, not at an event")]
fn wait_until(began: Instant, at: f64) {
    std::thread::sleep(Duration::from_secs_f64(at / 1_000.0).saturating_sub(began.elapsed()));
}

/// Envelopes, photos and bytes of photos that the server holds.
fn held(folder: &Path) -> (usize, usize, u64) {
    let store = Connection::open_with_flags(folder.join("server.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let counted = store.expect("the server's store").query_row(
        "SELECT (SELECT count(*) FROM envelope), count(*), coalesce(sum(bytes), 0) FROM photo",
        [],
        |row| Ok((row.get::<_, u32>(0)? as usize, row.get::<_, u32>(1)? as usize, row.get::<_, i64>(2)? as u64)),
    );
    counted.expect("counts")
}

/// Enrolled devices, switched off, with three records that the server has changed since, and two photos.
fn prepared(server: &Server, devices: usize) -> Vec<TempDir> {
    let console = server.console("quantri");
    let wards = console.get("/api/v1/units?limit=200");
    let wards = wards["items"].as_array().expect("units").iter();
    let wards: Vec<&Value> = wards.filter(|unit| unit["kind"] == "ward" || unit["kind"] == "commune").collect();
    let accounts: Vec<String> = (0..devices.div_ceil(A_WARD))
        .map(|number| {
            let user = console.post(
                "/api/v1/users",
                &json!({
                    "username": format!("can.bo.{number}"), "name": format!("Cán bộ {number}"),
                    "role": "commune_data_officer", "unit": wards[number % wards.len()]["id"],
                }),
            );
            user["id"].as_str().expect("an account").to_owned()
        })
        .collect();
    let next = AtomicUsize::new(0);
    let making = || {
        let mut made = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= devices {
                return made;
            }
            if number.is_multiple_of(100) {
                say(&format!("{number} of {devices} devices"));
            }
            let codes = format!("/api/v1/users/{}/enrolment-codes", accounts[number / A_WARD]);
            let link = console.post(&codes, &json!({}))["link"].as_str().expect("a link").to_owned();
            made.push(with_work(&link, number));
        }
    };
    std::thread::scope(|scope| {
        let makers: Vec<_> = (0..4).map(|_| scope.spawn(making)).collect();
        makers.into_iter().flat_map(|maker| maker.join().expect("made")).collect()
    })
}

/// A device that exchanged its three inspections and then worked on.
fn with_work(link: &str, number: usize) -> TempDir {
    let phone = Phone::one_of_many(link);
    // The checklists come with the first exchange.
    phone.exchange();
    let begun: Vec<_> = (0..RECORDS)
        .map(|record| {
            let sheet = phone.call(json!({
                "command": "facility_create",
                "fields": { "name": format!("Nhà {number}.{record}"), "class": "mini_apartment", "street": "Khương Hạ" },
            }));
            phone.begin(&sheet["summary"]["id"])
        })
        .collect();
    phone.exchange();
    for (record, (inspection, checks)) in begun.iter().enumerate() {
        for item in &checks[..4] {
            phone.call(json!({
                "command": "answer", "inspection": inspection, "item": item,
                "answer": { "kind": "verdict", "value": "pass" }, "note": "",
            }));
        }
        if record < PHOTOS {
            phone.call(json!({
                "command": "photo_add", "inspection": inspection, "item": checks[0], "file_name": "a.jpg",
                "data_base64": STANDARD.encode(picture(number * PHOTOS + record)),
            }));
        }
    }
    phone.closed()
}

/// A picture that is about 400 KB as the device keeps it: small and full of grain, so that making thousands takes little.
fn picture(seed: usize) -> Vec<u8> {
    let mut random = SeededRandom::new(seed as u64);
    let mut grain = vec![0; 640 * 480 * 3];
    random.fill(&mut grain);
    photo::jpeg(&RgbImage::from_raw(640, 480, grain).expect("as many bytes as pixels want"))
}
