//! Photos: whatever a camera or a person may give, kept whole or refused with words.

use std::io::Cursor;
use std::path::PathBuf;

use ancu_field::photos::{Circumstances, LONG_EDGE, MAX_FILE_BYTES, THUMBNAIL_EDGE, read_qr, reduce};
use ancu_shared::error::ErrorCode;
use ancu_shared::id::PhotoHash;
use ancu_shared::view::ItemView;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::city::{City, NOON};
use crate::office::{Device, template};

pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 7;
        Rgb([(x / 8) as u8, (y / 8) as u8, noise as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("encode");
    bytes.into_inner()
}

fn circumstances() -> Circumstances {
    Circumstances { now: NOON, author: "Nguyễn Văn An".into(), from_camera: false, position: None }
}

fn size_of(jpeg: &[u8]) -> (u32, u32) {
    let read = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).expect("a JPEG");
    (read.width(), read.height())
}

#[test]
fn a_large_photo_is_reduced_stamped_and_hashed() {
    for (width, height, expected) in
        [(4_000, 3_000, (2_048, 1_536)), (1_000, 3_000, (683, 2_048)), (640, 480, (640, 480))]
    {
        let original = picture(width, height, ImageFormat::Jpeg);
        let reduced = reduce(&original, &circumstances()).expect("reduce");
        assert_eq!((reduced.width, reduced.height), expected);
        assert_eq!(size_of(&reduced.full), expected);
        let (across, down) = size_of(&reduced.thumbnail);
        assert_eq!(across.max(down), THUMBNAIL_EDGE);
        assert_eq!(reduced.hash, PhotoHash::of(&reduced.full));
        assert_eq!(reduced.original_sha256.len(), 64);
        assert_ne!(reduced.original_sha256, reduced.hash.to_string());
        assert_eq!((reduced.taken_at, reduced.place), (None, None));
    }
}

#[test]
fn other_formats_become_jpeg() {
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let reduced = reduce(&picture(300, 200, format), &circumstances()).expect("reduce");
        assert_eq!(size_of(&reduced.full), (300, 200));
    }
}

#[test]
fn what_is_no_photo_is_refused_with_words() {
    let jpeg = picture(800, 600, ImageFormat::Jpeg);
    let heic = [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".as_slice(), &[0; 500]].concat();
    let mut bomb = picture(8, 8, ImageFormat::Png);
    // A header that claims 60,000 × 60,000 pixels (its checksum is put right).
    bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let checksum = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    let cases: [(&str, Vec<u8>, ErrorCode); 7] = [
        ("empty", vec![], ErrorCode::PhotoUnreadable),
        ("text", b"day khong phai anh".to_vec(), ErrorCode::PhotoUnreadable),
        ("truncated", jpeg[..jpeg.len() / 2].to_vec(), ErrorCode::PhotoUnreadable),
        ("one byte short", jpeg[..jpeg.len() - 1].to_vec(), ErrorCode::PhotoUnreadable),
        ("HEIC", heic, ErrorCode::PhotoUnreadable),
        ("too many pixels", bomb, ErrorCode::PhotoTooLarge),
        ("too many bytes", vec![0xFF; MAX_FILE_BYTES as usize + 1], ErrorCode::PhotoTooLarge),
    ];
    for (name, bytes, expected) in cases {
        let problem = reduce(&bytes, &circumstances()).expect_err(name);
        assert_eq!(problem.known_code(), expected, "{name}");
        assert!(!problem.vi.is_empty() && !problem.en.is_empty());
    }
}

/// CRC-32 as PNG has it (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn a_photo_is_kept_sent_and_seen_by_the_colleague() {
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let inspection = an.inspect(an.premises("Nhà trọ", "12 phố Khương Trung"));
    let add = |file: &[u8]| {
        let data = STANDARD.encode(file);
        json!({ "command": "photo_add", "inspection": inspection, "item": "ESC-01", "file_name": "a.jpg", "data_base64": data })
    };
    assert_eq!(an.refused(add(b"no image")), ErrorCode::PhotoUnreadable);
    let item: ItemView = an.tell(add(&picture(3_000, 2_000, ImageFormat::Jpeg)));
    let photo = &item.photos[0];
    assert!(photo.present && !photo.verified);
    let unsent = an.unsent();
    assert_eq!((unsent.photos, unsent.photo_bytes), (1, photo.detail.bytes));
    let an = an.crash();

    // The upload breaks off after one piece and goes on where it ended.
    city.state().pieces_left = Some(1);
    assert_eq!(an.try_sync().map(|it| it.known_code()), Some(ErrorCode::ServerUnreachable));
    assert_eq!(an.unsent().photos, 1);
    city.state().pieces_left = None;
    an.sync();
    let pieces = city.state().pieces;
    assert_eq!(u64::from(pieces), photo.detail.bytes.div_ceil(256 * 1024), "no piece went twice");
    assert!(an.unsent().is_nothing());
    assert!(an.item(inspection, "ESC-01").photos[0].verified);

    binh.sync();
    let seen = &binh.item(inspection, "ESC-01").photos[0];
    assert!(!seen.present);
    assert_eq!(seen.author.person_name, "An");
    assert_eq!(binh.unsent().photos, 0, "a colleague's photo is not ours to send");
    let read = json!({ "command": "photo_read", "hash": photo.detail.hash, "size": "full" });
    let fetched: Value = binh.tell(read.clone());
    let bytes = STANDARD.decode(fetched["data_base64"].as_str().expect("text")).expect("base64");
    assert_eq!(PhotoHash::of(&bytes), photo.detail.hash);
    city.state().down = true;
    binh.tell::<Value>(read);
    let thumbnail: Value =
        binh.tell(json!({ "command": "photo_read", "hash": photo.detail.hash, "size": "thumbnail" }));
    assert_eq!(thumbnail["media_type"], "image/jpeg");
    let unknown = json!({ "command": "photo_read", "hash": PhotoHash([9; 32]), "size": "full" });
    assert_eq!(binh.refused(unknown), ErrorCode::NotFound);

    let remove =
        json!({ "command": "photo_remove", "inspection": inspection, "item": "ESC-01", "hash": photo.detail.hash });
    binh.tell::<Value>(remove);
    assert!(binh.open(inspection).items.iter().all(|item| item.photos.is_empty()));
}

#[test]
fn a_photo_that_the_server_has_and_could_not_finish_is_finished_without_sending_it_again() {
    let city = City::new(&template());
    let an = Device::officer(&city, "An", 1);
    let inspection = an.inspect(an.premises("Nhà trọ", "12 phố Khương Trung"));
    let data = STANDARD.encode(picture(1_000, 800, ImageFormat::Jpeg));
    an.tell::<ItemView>(json!({
        "command": "photo_add", "inspection": inspection, "item": "ESC-01", "file_name": "a.jpg", "data_base64": data,
    }));
    city.state().fail_to_keep = true;
    assert_eq!(an.try_sync().map(|it| it.known_code()), Some(ErrorCode::Unavailable));
    let pieces = city.state().pieces;
    an.sync();
    assert_eq!(city.state().pieces, pieces + 1, "one empty piece");
    assert!(an.unsent().is_nothing() && an.item(inspection, "ESC-01").photos[0].verified);
}

#[test]
fn what_is_drawn_on_a_photo_is_said_beside_it_and_printed_and_the_picture_stays() {
    let city = City::new(&template());
    let (an, binh) = (Device::officer(&city, "An", 1), Device::officer(&city, "Bình", 2));
    let inspection = an.inspect(an.premises("Nhà trọ", "12 phố Khương Trung"));
    let data = STANDARD.encode(picture(1_000, 800, ImageFormat::Jpeg));
    let view: ItemView = an.tell(json!({
        "command": "photo_add", "inspection": inspection, "item": "ESC-01", "file_name": "a.jpg", "data_base64": data,
    }));
    let taken = view.photos[0].clone();
    let mark = |marks: serde_json::Value| json!({ "command": "photo_mark", "inspection": inspection, "item": "ESC-01", "hash": taken.detail.hash, "marks": marks });
    let drawn = json!([
        { "kind": "arrow", "from": [1000, 1000], "to": [5000, 5000] },
        { "kind": "ellipse", "center": [5000, 5000], "radius": [900, 700] },
        { "kind": "text", "at": [1200, 900], "words": "Khóa trái  từ ngoài" },
    ]);
    let view: ItemView = an.tell(mark(drawn));
    let photo = &view.photos[0];
    assert_eq!((photo.detail.marks.len(), photo.detail.hash, photo.detail.at), (3, taken.detail.hash, taken.detail.at));
    let beside = json!([{ "kind": "arrow", "from": [1, 1], "to": [10_001, 5] }]);
    assert_eq!(an.refused(mark(beside)), ErrorCode::FieldInvalid);
    let paper: ancu_field::print::Paper = an.tell(json!({ "command": "print", "id": inspection }));
    assert!(paper.bytes > 10_000);
    let an = an.crash();
    [&an, &binh].into_iter().for_each(Device::sync);
    assert_eq!(an.unsent().quarantined, 0);
    let pieces = city.state().pieces;
    assert_eq!(binh.item(inspection, "ESC-01").photos[0].detail.marks.len(), 3);
    assert_eq!(binh.refused(mark(json!([]))), ErrorCode::Forbidden, "it stays who took it's");
    let view: ItemView = an.tell(mark(json!([])));
    assert!(view.photos[0].detail.marks.is_empty());
    an.sync();
    assert_eq!(city.state().pieces, pieces, "the picture went once");
}

/// A code as a scanner sees it on a page: so many pixels wide, turned by so many radians, on paper with grain.
fn scanned(text: &str, side: f64, turned: f64, grain: i32) -> Vec<u8> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M).expect("code");
    let (width, modules) = (code.width(), code.to_colors());
    let (sin, cos) = turned.sin_cos();
    let dark = |x: f64, y: f64| {
        let (column, row) = ((x * cos + y * sin) / side + 0.5, (y * cos - x * sin) / side + 0.5);
        let inside = (0.0..1.0).contains(&column) && (0.0..1.0).contains(&row);
        let module = |part: f64| (part * width as f64) as usize;
        inside && modules[module(row) * width + module(column)] == qrcode::Color::Dark
    };
    let (mut noise, edge) = (7_u32, (side * 2.2) as u32);
    let picture = image::GrayImage::from_fn(edge, edge, |x, y| {
        let at = |i: u32, from: u32| f64::from(i % 3 + from * 3) / 3.0 + 1.0 / 6.0 - side * 1.1;
        let light = (0..9).filter(|i| !dark(at(*i, x), at(i / 3, y))).count() as i32;
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grained = 40 + light * 20 + if grain == 0 { 0 } else { (noise >> 16) as i32 % (2 * grain) - grain };
        image::Luma([grained.clamp(0, 255) as u8])
    });
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).expect("encode");
    file.into_inner()
}

#[test]
fn a_qr_code_is_read_out_of_its_picture() {
    let text = "ancu://enrol?s=https://127.0.0.1:8443&f=AAAA&c=ABCD-2345";
    assert_eq!(read_qr(&scanned(text, 240.0, 0.0, 0)).expect("read"), text);
    // The code of a record on paper holds a signature: fine, and different each time. 30 mm at 150, 200 and 300 dots an inch.
    for (letter, side) in ["A", "g", "7"].into_iter().zip([177.2, 236.2, 354.3]) {
        for (turned, grain) in [(0.0, 0), (0.05, 30), (1.6, 30)] {
            let text = format!("https://127.0.0.1:8443/kiem-tra/{}", [letter, "Zx4-_Q"].concat().repeat(29));
            let read = read_qr(&scanned(&text, side, turned, grain));
            assert_eq!(read.ok(), Some(text), "{side} pixels, turned by {turned}");
        }
    }
    let none = read_qr(&crate::photos::picture(300, 300, ImageFormat::Png)).expect_err("no code");
    assert_eq!(none.known_code(), ErrorCode::LinkInvalid);
}

/// Photos of the wide world, where they are at hand.
#[test]
fn photos_of_real_cameras_are_read_upright_with_time_and_place() {
    let folder = std::env::var_os("ANCU_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
        .join("data/photos");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("no photo corpus at {}: only made photos were tried", folder.display());
        return;
    };
    for file in files {
        let path = file.expect("entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("name").to_owned();
        let bytes = std::fs::read(&path).expect("read");
        let reduced = reduce(&bytes, &circumstances());
        match name.as_str() {
            name if name.to_lowercase().contains(".hei") => {
                let problem = reduced.expect_err(name);
                assert_eq!(problem.known_code(), ErrorCode::PhotoUnreadable, "{name}");
                assert!(problem.en.contains("HEIC"), "{name}");
            }
            "exif-samples_jpg_gps_DSCN0010.jpg" => {
                let place = reduced.expect(&name).place.expect("place");
                assert!((place.latitude - 43.467).abs() < 0.01 && (place.longitude - 11.885).abs() < 0.01, "{place:?}");
            }
            name if name.contains("portrait_") => {
                let reduced = reduced.expect(name);
                assert!(reduced.height > reduced.width, "{name}: {}×{}", reduced.width, reduced.height);
            }
            name if name.contains("landscape_") => {
                let reduced = reduced.expect(name);
                assert!(reduced.width > reduced.height, "{name}: {}×{}", reduced.width, reduced.height);
            }
            _ => {
                // Damaged or odd: kept whole, or refused as unreadable.
                match reduced {
                    Ok(reduced) => assert!(reduced.width.max(reduced.height) <= LONG_EDGE, "{name}"),
                    Err(problem) => assert_eq!(problem.known_code(), ErrorCode::PhotoUnreadable, "{name}"),
                }
            }
        }
    }
}
