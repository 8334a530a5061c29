//! What the parts of a record are called, for whoever reads why something was refused: kinds, fields, places of keys, and a
//! value in few words.
//!
//! Invariant: every name is there in Vietnamese and in English; a key or field that has no name here is called by its code.
//! What others wrote is shown short and with its hidden characters made visible.

pub mod codes;

use jiff::civil::Date;

use super::RecordKind;
use super::attendance::{Attendee, ConclusionStatement};
use super::facility::{field, state};
use super::given_up::GivenUp;
use super::key::Key;
use super::measure::MeasureEvent;
use super::register::{
    Answer, DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Register as _, ThreadMessage, Verdict,
};
use super::remediation::FindingEvent;
use super::value::Scalar;
use crate::template::Words;
use crate::text::free;

/// How much of a value is shown, in characters.
const SHOWN: usize = 60;
/// How much of what somebody wrote to others is.
const MESSAGE_SHOWN: usize = 500;

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
        RecordKind::Enforcement => words("biện pháp xử lý", "measures"),
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
        field::VISIT_NUMBER => ("lần trong ngày", "number of the visit"),
        field::RULE_SET => ("quy định áp dụng", "law applied"),
        field::REINSPECT_ON => ("ngày kiểm tra lại", "day of re-inspection"),
        field::PURPOSE => ("mục đích", "purpose"),
        field::STARTED_AT => ("lúc bắt đầu", "beginning"),
        field::STARTED_RUNNING => ("đồng hồ chạy của máy lúc bắt đầu", "device's running clock at the beginning"),
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
        Key::Header(name) if name == field::GIVEN_UP_APART => words("việc bỏ lần kiểm tra", "giving up the visit"),
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
        Key::Attendee(_) => words("người tham gia kiểm tra", "who attended"),
        Key::Measure(..) => words("bước xử lý", "step of a measure"),
        Key::State(name) if name == state::CONCLUSION => words("kết luận kiểm tra", "conclusion"),
        Key::State(name) if name == state::DECISION => words("kết luận", "decision"),
        Key::State(name) if name == state::GIVEN_UP => words("việc bỏ lần kiểm tra", "giving up the visit"),
        Key::State(_) => words("trạng thái", "state"),
        Key::Repeat(..) => plain(key),
    }
}

/// What a member of a register is called.
pub fn member(name: &str) -> Words {
    match name {
        "deadline" => words("hạn khắc phục", "deadline"),
        "until" => words("ngày cuối", "last day"),
        "on" => words("ngày", "day"),
        "from" => words("ngày bắt đầu", "first day"),
        "taken_at" => words("lúc chụp", "time of taking"),
        "place" => words("vị trí", "place"),
        "answer" => words("câu trả lời", "answer"),
        "origin" => words("lúc nói lần đầu", "time of the first saying"),
        _ => words("lúc ghi", "time of writing"),
    }
}

/// A value in few words.
pub fn value(key: &str, value: &Scalar) -> Words {
    if let Some(said) = Key::parse(key).ok().and_then(|key| statement(&key, value)) {
        return said;
    }
    match value {
        Scalar::Null => words("để trống", "empty"),
        Scalar::Bool(said) => plain(said.to_string()),
        Scalar::Int(number) => plain(number.to_string()),
        Scalar::Number(number) => decimal(*number),
        Scalar::Text(text) if text.starts_with('{') => words("một nội dung ghi", "a statement"),
        Scalar::Text(text) => codes::at(key, text).or_else(|| day(key, text)).unwrap_or_else(|| plain(short(text))),
    }
}

/// What somebody wrote beside it: the note of an answer, the words of a step, of a decision or of giving up. Empty if none.
pub fn beside(key: &str, value: &Scalar) -> String {
    let words = match Key::parse(key) {
        Ok(Key::Item(_)) => ItemAnswer::from_scalar(value).map(|said| said.note),
        Ok(Key::Event(..)) => FindingEvent::from_scalar(value).map(|said| said.words),
        Ok(Key::State(name)) if name == state::DECISION => DecisionStatement::from_scalar(value).map(|said| said.words),
        Ok(Key::Attendee(_)) => Attendee::from_scalar(value).map(|said| said.words),
        Ok(Key::Measure(..)) => MeasureEvent::from_scalar(value).map(|said| said.words),
        Ok(Key::State(name)) if name == state::CONCLUSION => {
            ConclusionStatement::from_scalar(value).map(|said| said.words)
        }
        Ok(Key::State(name)) if name == state::GIVEN_UP => GivenUp::from_scalar(value).map(|said| said.words),
        Ok(Key::Header(name)) if name == field::GIVEN_UP_APART => GivenUp::from_scalar(value).map(|said| said.words),
        _ => return String::new(),
    };
    words.unwrap_or_default()
}

/// What a register says; `None`: the key holds none, or one that cannot be read here.
fn statement(key: &Key, value: &Scalar) -> Option<Words> {
    Some(match key {
        Key::Item(_) => {
            let said = ItemAnswer::from_scalar(value).ok()?;
            said.answer.as_ref().map_or_else(|| words("không trả lời", "no answer"), answer)
        }
        Key::Finding(_, name) if name.starts_with("reply") => message(value)?,
        Key::Finding(..) => {
            let detail = FindingDetail::from_scalar(value).ok()?;
            let (grave, remedy) = (codes::severity(detail.severity), short(&detail.remedy));
            words(&format!("{}: {remedy}", grave.vi), &format!("{}: {remedy}", grave.en))
        }
        Key::Photo(..) if PhotoDetail::from_scalar(value).ok()?.removed => words("gỡ ảnh", "photo taken away"),
        Key::Photo(..) if !PhotoDetail::from_scalar(value).ok()?.marks.is_empty() => {
            words("một ảnh có nét vẽ", "a photo that is drawn on")
        }
        Key::Photo(..) => words("một ảnh", "a photo"),
        Key::Event(..) => codes::step(FindingEvent::from_scalar(value).ok()?.step),
        Key::Thread(..) => message(value)?,
        Key::Seal(_) => words("ký và khóa", "signed and locked"),
        Key::Attendee(_) => plain(Attendee::from_scalar(value).ok()?.name),
        Key::Measure(..) => codes::measure_step(MeasureEvent::from_scalar(value).ok()?.step),
        Key::State(name) if name == state::CONCLUSION => {
            codes::conclusion(ConclusionStatement::from_scalar(value).ok()?.conclusion)
        }
        Key::State(name) if name == state::DECISION => {
            codes::decision(DecisionStatement::from_scalar(value).ok()?.decision)
        }
        Key::State(name) if name == state::GIVEN_UP && value.is_tombstone() => {
            words("mở lại để làm tiếp", "taken up again")
        }
        Key::State(name) if name == state::GIVEN_UP => codes::given_up(GivenUp::from_scalar(value).ok()?.reason),
        Key::Header(name) if name == field::GIVEN_UP_APART => codes::given_up(GivenUp::from_scalar(value).ok()?.reason),
        _ => return None,
    })
}

fn message(value: &Scalar) -> Option<Words> {
    Some(plain(beginning(&ThreadMessage::from_scalar(value).ok()?.words, MESSAGE_SHOWN)))
}

fn answer(answer: &Answer) -> Words {
    match answer {
        Answer::Verdict(Verdict::Pass) => words("Đạt", "Pass"),
        Answer::Verdict(Verdict::Fail) => words("Không đạt", "Fail"),
        Answer::Verdict(Verdict::NotApplicable) => words("Không áp dụng", "Not applicable"),
        Answer::Number(number) => decimal(*number),
        Answer::Text(text) | Answer::Choice(text) => plain(short(text)),
        Answer::Choices(codes) => plain(short(&codes.join(", "))),
        Answer::Date(day) => calendar(*day),
        Answer::Geo(place) => plain(format!("{}; {}", place.latitude, place.longitude)),
        Answer::Time(time) => plain(time.to_string()),
        Answer::Moment(at) => plain(at.hanoi_text()),
        Answer::Trace(line) => {
            words(&format!("đường {} điểm", line.len()), &format!("a line of {} points", line.len()))
        }
        Answer::Shape(line) => {
            words(&format!("vùng {} điểm", line.len()), &format!("an area of {} points", line.len()))
        }
    }
}

/// A day as the screens write it.
fn calendar(day: Date) -> Words {
    plain(day.strftime("%d/%m/%Y").to_string())
}

/// The day that a field holds.
fn day(key: &str, text: &str) -> Option<Words> {
    let is_day = matches!(key.strip_prefix("h/"), Some(field::VISIT_DAY | field::REINSPECT_ON));
    is_day.then(|| text.parse().ok().map(calendar)).flatten()
}

fn decimal(number: f64) -> Words {
    let text = if number.abs() < 1e15 { number.to_string() } else { format!("{number:e}") };
    Words { vi: text.replace('.', ","), en: text }
}

fn short(text: &str) -> String {
    beginning(text, SHOWN)
}

/// The beginning of a text on one line.
fn beginning(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(most).collect();
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
        assert_eq!(value("h/visit_day", &Scalar::from("2026-11-23")).vi, "23/11/2026");
        assert_eq!(value("h/name", &Scalar::from("2026-11-23")).vi, "2026-11-23", "a name is no day");
        let long = value("h/note", &Scalar::from("ệ".repeat(5_000))).vi;
        assert_eq!(long.chars().count(), SHOWN + 1);
        assert!(!value("h/name", &Scalar::from("a\u{202e}b")).vi.contains('\u{202e}'));
        let answer = Some(Answer::Verdict(Verdict::Fail));
        let said = ItemAnswer::new(answer, String::new(), UtcMillis(1), PersonId::from_bytes([1; 16]));
        assert_eq!(value("i/ESC-08", &said.to_scalar()).vi, "Không đạt");
        assert_eq!(value("h/x", &said.to_scalar()).en, "a statement");
    }

    #[test]
    fn what_was_given_up_is_said_with_its_reason_and_codes_in_words() {
        let statement = GivenUp {
            reason: crate::record::given_up::GivenUpReason::NoEntry,
            words: "không ai mở cửa suốt buổi".into(),
            seen: Vec::new(),
            at: UtcMillis(1),
            by: PersonId::from_bytes([1; 16]),
        };
        let said = statement.to_scalar();
        assert_eq!(value("s/given_up", &said).vi, "Không vào được cơ sở");
        assert_eq!(beside("s/given_up", &said), "không ai mở cửa suốt buổi");
        assert_eq!(value("s/given_up", &Scalar::Null).vi, "mở lại để làm tiếp");
        assert_eq!(value("s/state", &Scalar::from("draft")).vi, "đang khai");
        assert_eq!(value("h/house_template", &Scalar::from("other")).vi, "Khác");
        assert_eq!(value("h/name", &Scalar::from("other")).vi, "other", "a name is no code");
    }
}
