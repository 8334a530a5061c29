//! Photos, forms and what forms compute.

use ancu_field::photos::{self as reducing, Circumstances};
use ancu_shared::checklist::expression::{Environment, Expression, Name, NoForm, Tree};
use ancu_shared::checklist::xlsform::{self, xform};
use ancu_shared::clock::{SeededRandom, UtcMillis};
use ancu_shared::id::PhotoHash;

use crate::photo as camera;

/// A photo as a camera writes it, cut at its metadata: what is before and after them, and they without marker and length.
fn cut() -> (Vec<u8>, Vec<u8>) {
    let whole = camera::camera_jpeg(16, 12, 3, 6, Some(camera::PLACE));
    let length = usize::from(u16::from_be_bytes([whole[4], whole[5]]));
    (whole[6..4 + length].to_vec(), whole[4 + length..].to_vec())
}

fn circumstances() -> Circumstances {
    Circumstances { now: UtcMillis(1_795_285_800_000), author: "Cán bộ".into(), from_camera: false, position: None }
}

pub(super) fn metadata() -> Vec<Vec<u8>> {
    vec![cut().0]
}

/// Metadata of a photo never make it unreadable, and never lie beyond the earth. Whether a place was read from them.
pub(super) fn exif(metadata: &[u8]) -> bool {
    let Ok(length) = u16::try_from(metadata.len() + 2) else { return false };
    let picture = cut().1;
    let file = [&[0xFF, 0xD8, 0xFF, 0xE1][..], &length.to_be_bytes(), metadata, &picture].concat();
    let reduced = reducing::reduce(&file, &circumstances()).expect("the picture is as it was");
    let Some(place) = reduced.place else { return false };
    assert!(place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0, "a place on the earth");
    true
}

pub(super) fn photos() -> Vec<Vec<u8>> {
    vec![camera::camera_jpeg(24, 16, 4, 1, None)]
}

/// A damaged photo is a photo, under the hash of what is kept, or is refused in words.
pub(super) fn photo(bytes: &[u8]) -> bool {
    match reducing::reduce(bytes, &circumstances()) {
        Ok(reduced) => {
            assert_eq!(reduced.hash, PhotoHash::of(&reduced.full));
            true
        }
        Err(problem) => {
            assert!(!problem.vi.is_empty() && !problem.en.is_empty());
            false
        }
    }
}

pub(super) fn expressions() -> Vec<Vec<u8>> {
    let texts = [
        "/data/a + 2 * -3 div 4 mod 5",
        "if(selected(/data/b, 'two'), concat('x', string-length(/data/b)), once(now()))",
        "count(/data/*[position() < 3 and . != '']) >= 1 or not(true())",
        "regex(../b, '^[a-z]{1,8}(x|y)+$')",
        "format-date-time(date('2026-11-21'), '%Y-%m-%d %H:%M')",
        "sum(/data/b) | //a[@x='1']/ancestor::*",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// An expression ends in bounded time with a value or a fault.
pub(super) fn expression(bytes: &[u8]) -> bool {
    let Ok(expression) = Expression::parse(&String::from_utf8_lossy(bytes)) else { return false };
    let mut tree = Tree::new();
    let root = tree.add_root();
    let data = tree.add_element(root, Name::plain("data"));
    for (name, value) in [("a", "1"), ("b", "two"), ("b", "2026-11-21")] {
        let node = tree.add_element(data, Name::plain(name));
        tree.add_text(node, value);
    }
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(7));
    let environment = Environment {
        tree: &tree,
        root,
        now: UtcMillis(0),
        zone: &zone,
        language: "vi",
        namespaces: &[],
        form: &NoForm,
    };
    expression.evaluate(&environment, &mut SeededRandom::new(1), data).is_ok()
}

pub(super) fn forms() -> Vec<Vec<u8>> {
    const FORM: &str = "\"survey\"\n,\"type\",\"name\",\"label\",\"relevant\",\"constraint\"\n\
        ,\"text\",\"a\",\"Tên\",,\"string-length(.) < 10\"\n,\"select_one c\",\"b\",\"Chọn\",\"${a} != ''\",\n\
        \"choices\"\n,\"list_name\",\"name\",\"label\"\n,\"c\",\"1\",\"Một\"\n,\"c\",\"2\",\"Hai\"\n";
    vec![FORM.as_bytes().to_vec()]
}

/// A form is read whole, and can be written, or its faults are told.
pub(super) fn form(bytes: &[u8]) -> bool {
    let Ok(workbook) = ancu_sync_server::workbook::open(bytes) else { return false };
    match xlsform::read(&workbook) {
        Ok(form) => {
            assert!(xform::write(&form, "form").starts_with('<'));
            true
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "what is refused is told why");
            false
        }
    }
}
