//! What the parts of a record are called, for whoever reads why something was refused: kinds, fields, places of keys, and a
//! value in few words.
//!
//! Invariant: every name is there in Vietnamese and in English; a key or field that has no name here is called by its code.
//! What others wrote is shown short and with its hidden characters made visible.

use super::RecordKind;
use super::facility::{field, state};
use super::key::Key;
use super::register::{Answer, FindingDetail, ItemAnswer, Register as _, Severity, Verdict};
use super::value::Scalar;
use crate::template::Words;
use crate::text::free;

/// How much of a value is shown, in characters.
const SHOWN: usize = 60;

/// The same words in both languages: codes, numbers, what people wrote.
pub fn plain(text: impl Into<String>) -> Words {
    let text = text.into();
    Words { vi: text.clone(), en: text }
}

fn words(vi: &str, en: &str) -> Words {
    Words { vi: vi.to_owned(), en: en.to_owned() }
}

/// What records of a kind are called.
pub fn kind(kind: RecordKind) -> Words {
    match kind {
        RecordKind::Facility => words("hồ sơ cơ sở", "premises"),
        RecordKind::Inspection => words("biên bản kiểm tra", "inspection"),
        RecordKind::Review => words("kết luận duyệt", "review"),
        RecordKind::Remediation => words("theo dõi khắc phục", "remediation"),
        RecordKind::Dwelling => words("bản khai nhà ở", "declaration of a home"),
        RecordKind::Residents => words("bản khai người ở", "declaration of residents"),
    }
}

/// What a header field is called.
pub fn header(name: &str) -> Words {
    let (vi, en) = match name {
        field::SCHEMA => ("phiên bản cấu trúc", "schema version"),
        field::NAME => ("tên cơ sở", "name of the premises"),
        field::CLASS => ("loại cơ sở", "class of the premises"),
        field::ADDRESS => ("địa chỉ", "address"),
        field::HOUSE_NUMBER => ("số nhà", "house number"),
        field::LANE => ("ngõ", "lane"),
        field::SUB_LANE => ("ngách", "sub-lane"),
        field::ALLEY => ("hẻm", "alley"),
        field::STREET => ("đường phố", "street"),
        field::RESIDENTIAL_GROUP => ("tổ dân phố", "residential group"),
        field::LATITUDE => ("vĩ độ", "latitude"),
        field::LONGITUDE => ("kinh độ", "longitude"),
        field::ACCURACY_M => ("độ chính xác của vị trí", "accuracy of the position"),
        field::POSITION_SOURCE => ("nguồn của vị trí", "source of the position"),
        field::STOREYS => ("số tầng", "storeys"),
        field::BASEMENTS => ("số tầng hầm", "basements"),
        field::APARTMENTS => ("số căn", "apartments"),
        field::RESIDENTS => ("số người ở", "residents"),
        field::HEAD_NAME => ("người đứng đầu", "person in charge"),
        field::HEAD_PHONE => ("điện thoại", "phone"),
        field::NOTE => ("ghi chú", "note"),
        field::FACILITY => ("cơ sở", "premises"),
        field::TEMPLATE => ("bảng kiểm", "checklist"),
        field::TEMPLATE_VERSION => ("phiên bản bảng kiểm", "version of the checklist"),
        field::TEMPLATE_REASON => ("lý do chọn bảng kiểm", "reason for the checklist"),
        field::VISIT_DAY => ("ngày kiểm tra", "day of the visit"),
        field::VISIT_NUMBER => ("lượt trong ngày", "number of the visit"),
        field::RULE_SET => ("quy định áp dụng", "law applied"),
        field::REINSPECT_ON => ("ngày kiểm tra lại", "day of re-inspection"),
        field::PURPOSE => ("mục đích", "purpose"),
        field::STARTED_AT => ("lúc bắt đầu", "beginning"),
        field::CLOCK_OFF => ("độ lệch đồng hồ", "clock's difference"),
        field::SUPPLEMENT_OF => ("biên bản được bổ sung", "inspection that is supplemented"),
        field::SUBJECT => ("hồ sơ được xét", "record in question"),
        field::SUBJECT_KIND => ("loại hồ sơ được xét", "kind of the record in question"),
        field::HOUSE_TEMPLATE => ("kiểu nhà", "type of house"),
        field::APARTMENT_CODE => ("số căn hộ", "apartment"),
        field::EXITS => ("lối ra", "ways out"),
        field::DWELLING => ("nhà ở", "home"),
        field::ELDERLY => ("số người trên 60 tuổi", "people over 60"),
        field::CHILDREN_UNDER_6 => ("số trẻ dưới 6 tuổi", "children under 6"),
        field::NEED_HELP => ("số người cần giúp", "people who need help"),
        field::HELP_NOTE => ("ghi chú về người cần giúp", "note on who needs help"),
        other => return plain(other),
    };
    words(vi, en)
}

/// Where a key stands, in words; `question`: the title of its question, where the checklist is at hand.
pub fn place(key: &str, question: Option<&Words>) -> Words {
    let Ok(parsed) = Key::parse(key) else { return plain(key) };
    let at = |code: &str| match question {
        Some(title) => words(&format!("mục {code} “{}”", title.vi), &format!("question {code} “{}”", title.en)),
        None => words(&format!("mục {code}"), &format!("question {code}")),
    };
    let of = |vi: &str, en: &str, code: &str| {
        let Words { vi: vi_at, en: en_at } = at(code);
        words(&format!("{vi} {vi_at}"), &format!("{en} {en_at}"))
    };
    match parsed {
        Key::Header(name) => {
            let named = header(&name);
            words(&format!("ô {}", named.vi), &format!("field {}", named.en))
        }
        Key::Item(code) => at(&code),
        Key::Photo(code, _) => of("ảnh ở", "photo at", &code),
        Key::Finding(code, name) if name.starts_with("reply") => of("lời đáp ở", "reply at", &code),
        Key::Finding(code, _) => of("tồn tại ở", "finding at", &code),
        Key::Event(code, _) => of("bước khắc phục ở", "step at", &code),
        Key::Thread(code, _) if code == "_" => words("nhận xét về cả biên bản", "words on the whole record"),
        Key::Thread(code, _) => of("nhận xét ở", "words at", &code),
        Key::Seal(_) => words("chữ ký khóa biên bản", "seal of the record"),
        Key::State(name) if name == state::DECISION => words("kết luận", "decision"),
        Key::State(_) => words("trạng thái", "state"),
        Key::Repeat(..) => plain(key),
    }
}

/// What a member of a register is called.
pub fn member(name: &str) -> Words {
    match name {
        "deadline" => words("hạn khắc phục", "deadline"),
        "until" => words("ngày cam kết", "promised day"),
        "taken_at" => words("lúc chụp", "time of taking"),
        "place" => words("vị trí", "place"),
        "answer" => words("câu trả lời", "answer"),
        "origin" => words("lúc nói lần đầu", "time of the first saying"),
        _ => words("lúc ghi", "time of writing"),
    }
}

/// A value in few words.
pub fn value(key: &str, value: &Scalar) -> Words {
    if key.starts_with("i/")
        && let Ok(said) = ItemAnswer::from_scalar(value)
    {
        return said.answer.as_ref().map_or_else(|| words("không trả lời", "no answer"), answer);
    }
    if key.starts_with("f/")
        && let Ok(detail) = FindingDetail::from_scalar(value)
    {
        let (vi, en) = match detail.severity {
            Severity::Info => ("ghi nhận", "information"),
            Severity::Minor => ("nhẹ", "minor"),
            Severity::Major => ("nặng", "major"),
            Severity::Critical => ("nghiêm trọng", "critical"),
        };
        let remedy = short(&detail.remedy);
        return words(&format!("{vi}: {remedy}"), &format!("{en}: {remedy}"));
    }
    match value {
        Scalar::Null => words("để trống", "empty"),
        Scalar::Bool(said) => plain(said.to_string()),
        Scalar::Int(number) => plain(number.to_string()),
        Scalar::Number(number) => decimal(*number),
        Scalar::Text(text) if text.starts_with('{') => words("một nội dung ghi", "a statement"),
        Scalar::Text(text) => plain(short(text)),
    }
}

fn answer(answer: &Answer) -> Words {
    match answer {
        Answer::Verdict(Verdict::Pass) => words("Đạt", "Pass"),
        Answer::Verdict(Verdict::Fail) => words("Không đạt", "Fail"),
        Answer::Verdict(Verdict::NotApplicable) => words("Không áp dụng", "Not applicable"),
        Answer::Number(number) => decimal(*number),
        Answer::Text(text) | Answer::Choice(text) => plain(short(text)),
        Answer::Choices(codes) => plain(short(&codes.join(", "))),
        Answer::Date(day) => plain(day.to_string()),
        Answer::Geo(place) => plain(format!("{}; {}", place.latitude, place.longitude)),
    }
}

fn decimal(number: f64) -> Words {
    let text = if number.abs() < 1e15 { number.to_string() } else { format!("{number:e}") };
    Words { vi: text.replace('.', ","), en: text }
}

/// The beginning of a text on one line.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(SHOWN).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    free::shown(&short).unwrap_or(short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UtcMillis;
    use crate::id::PersonId;

    #[test]
    fn places_are_named_for_people() {
        let title = words("Lối thoát nạn thông suốt", "Ways out are clear");
        assert_eq!(place("i/ESC-08", Some(&title)).vi, "mục ESC-08 “Lối thoát nạn thông suốt”");
        assert_eq!(place("f/ESC-08/detail", None).en, "finding at question ESC-08");
        assert_eq!(place("h/storeys", None).vi, "ô số tầng");
        assert_eq!(place("h/unheard_of", None).en, "field unheard_of");
        assert_eq!(place("t/_/0190b1de-0000-7000-8000-000000000001", None).en, "words on the whole record");
        assert_eq!(place("nonsense", None).vi, "nonsense");
    }

    #[test]
    fn values_are_short_and_show_what_is_hidden() {
        assert_eq!(value("h/storeys", &Scalar::Number(1.5)), Words { vi: "1,5".into(), en: "1.5".into() });
        assert_eq!(value("h/storeys", &Scalar::Null).vi, "để trống");
        let long = value("h/note", &Scalar::from("ệ".repeat(5_000))).vi;
        assert_eq!(long.chars().count(), SHOWN + 1);
        assert!(!value("h/name", &Scalar::from("a\u{202e}b")).vi.contains('\u{202e}'));
        let said = ItemAnswer {
            answer: Some(Answer::Verdict(Verdict::Fail)),
            note: String::new(),
            at: UtcMillis(1),
            by: PersonId::from_bytes([1; 16]),
            origin: None,
        };
        assert_eq!(value("i/ESC-08", &said.to_scalar()).vi, "Không đạt");
        assert_eq!(value("h/x", &said.to_scalar()).en, "a statement");
    }
}
