//! The verbs and their arguments.

use std::path::PathBuf;

use ancu_field::api::Command;
use ancu_field::records::facility::{Fields, Place};
use ancu_shared::error::Problem;
use ancu_shared::id::{BundleId, DocumentId};
use ancu_shared::reading;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::register::{Answer, Decision, Position, PositionSource, Severity, Verdict};
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::template::TemplateRef;
use clap::Subcommand;

/// What is asked for.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Ghi danh máy bằng đường dẫn; mã PIN mới ở --pin hoặc ANCU_PIN · Enrol by a link; the PIN to be in --pin or ANCU_PIN
    Enrol {
        /// Đường dẫn ghi danh · The enrolment link
        #[arg(long)]
        link: String,
        /// Tên máy · The device's name
        #[arg(long, default_value = "ancu-field")]
        device_name: String,
        /// Tên chủ hộ · The holder's name (household heads)
        #[arg(long)]
        person_name: Option<String>,
    },
    /// Tình trạng máy; có PIN thì cả phần chưa gửi · How the device stands; with the PIN, what is unsent too
    Status,
    /// Việc hôm nay · What is being made, came back, clashes, is due
    Today,
    /// Tìm, xem, thêm, sửa cơ sở · Find, show, add, edit premises
    #[command(args_conflicts_with_subcommands = true)]
    Premises {
        /// Từ cần tìm, có dấu hay không đều được · Words, in any order, with or without diacritics
        query: Vec<String>,
        /// Chỉ loại này · Only this class, for example mini_apartment
        #[arg(long, value_parser = class)]
        class: Option<FacilityClass>,
        /// Bao nhiêu dòng · How many
        #[arg(long, default_value_t = 50)]
        limit: u64,
        /// Gần nhất trước · Nearest first: latitude,longitude
        #[arg(long, value_parser = place)]
        near: Option<Place>,
        #[command(subcommand)]
        more: Option<Premises>,
    },
    /// Bắt đầu, mở, xem câu hỏi, xem còn thiếu gì · Begin or open an inspection, list its questions, what is missing
    #[command(subcommand)]
    Inspect(Inspect),
    /// Trả lời một câu: pass, fail, na, số, none (rút lại) hoặc JSON · Answer an item: pass, fail, na, a number, none, JSON
    Answer {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Mã câu hỏi · Code of the question, for example ESC-01
        item: String,
        /// pass (đạt), fail (không đạt), na (không áp dụng), số, none (rút lại) hoặc JSON · or a number, none, JSON
        #[arg(value_parser = answer, allow_hyphen_values = true)]
        answer: Given,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Ghi tồn tại và yêu cầu khắc phục · Write what follows from a failed check
    Finding {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Mã câu hỏi · Code of the question
        item: String,
        /// Mức độ · How grave: info, minor, major, critical
        #[arg(long, value_parser = json::<Severity>)]
        severity: Severity,
        /// Yêu cầu khắc phục · What must be done
        #[arg(long)]
        remedy: String,
        /// Hạn khắc phục · Last day, YYYY-MM-DD
        #[arg(long, value_parser = day)]
        deadline: Option<jiff::civil::Date>,
    },
    /// Thêm ảnh vào một câu · Add a photo's file at an item
    Photo {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Mã câu hỏi · Code of the question
        item: String,
        /// Tệp ảnh · The photo's file
        file: PathBuf,
    },
    /// Ghi vị trí kiểm tra · Note where the inspection is made
    Position {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Vĩ độ · Degrees north
        #[arg(allow_hyphen_values = true)]
        latitude: f64,
        /// Kinh độ · Degrees east
        #[arg(allow_hyphen_values = true)]
        longitude: f64,
        /// Sai số, mét; không có là đặt tay · Metres; without it the place counts as set by hand
        #[arg(long)]
        accuracy: Option<f64>,
    },
    /// Hoàn tất và niêm phong · Finish and seal an inspection
    Finish {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
    },
    /// Trao đổi với máy chủ, đợi xong · Exchange with the server and wait for the end
    Sync,
    /// Gửi bằng tệp khi không có mạng · Send by a file where there is no network: export, carry, receipt, hand-back
    #[command(subcommand)]
    Courier(Courier),
    /// Xem biên bản hoặc cơ sở · Show an inspection or premises
    Show {
        /// Mã biên bản hoặc cơ sở · Id of the inspection or the premises
        id: DocumentId,
    },
    /// Các mâu thuẫn cần chọn · List values to be settled
    #[command(alias = "clash")]
    Clashes,
    /// Chọn một giá trị · Settle one: the value of this operation (counter@actor) stands
    Settle {
        /// Mã hồ sơ · Id of the record
        document: DocumentId,
        /// Khóa, ví dụ i/ESC-01 · The key, for example i/ESC-01
        key: String,
        /// Giá trị được chọn, dạng số@máy · The value that stands, as counter@actor
        #[arg(value_parser = operation)]
        operation: OperationId,
    },
    /// Phần bị máy chủ giữ lại và lý do · What the server holds back, with the reasons
    Quarantine,
    /// Mời chủ hộ trong cơ sở này · Invite the head of a home in these premises
    Invite {
        /// Mã cơ sở · Id of the premises
        facility: DocumentId,
    },
    /// Xem, lưu, gửi bản khai của hộ · Show, save or submit the declaration of one's home
    Declare {
        /// Cả bản khai, JSON · The whole declaration as JSON
        #[arg(long, value_name = "JSON")]
        declaration: Option<String>,
        /// Gửi cho cán bộ · Submit it to the officer
        #[arg(long)]
        submit: bool,
    },
    /// Xác nhận bản khai hoặc yêu cầu sửa · Confirm a declaration (approved) or ask for a correction (returned)
    Decide {
        /// Mã bản khai · Id of the declaration
        dwelling: DocumentId,
        /// approved (xác nhận) hoặc returned (cần sửa) · approved or returned
        #[arg(value_parser = json::<Decision>)]
        decision: Decision,
        /// Lời nhắn cho chủ hộ · Words to the head
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Đọc mã QR trong ảnh · Read the QR code in a picture
    Qr {
        /// Tệp ảnh · The picture's file
        file: PathBuf,
    },
    /// Lệnh bất kỳ dạng JSON · Any engine command as JSON: '{"command":"status"}'
    Call {
        /// Lệnh, JSON · The command as JSON
        command: String,
    },
    /// Phục vụ giao diện trên máy này; dòng đầu in ra là địa chỉ · Serve the UI on this machine; the first line is the address
    Bridge {
        /// Thư mục giao diện · Folder of the built UI
        #[arg(long)]
        ui: Option<PathBuf>,
        /// Cổng; 0 = bất kỳ · Port; 0 = any
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Chỉ trao đổi khi được yêu cầu · Exchange only when asked
        #[arg(long)]
        quiet: bool,
    },
}

/// Premises in detail.
#[derive(Debug, Subcommand)]
pub(super) enum Premises {
    /// Xem phiếu cơ sở · Show the sheet
    Show {
        /// Mã cơ sở · Id of the premises
        id: DocumentId,
    },
    /// Thêm cơ sở: name=… class=… address=… · Add premises: name=… class=… address=… and other fields
    Add {
        /// Các ô, dạng tên=giá trị · Fields as name=value
        #[arg(value_parser = pair)]
        fields: Vec<(String, Scalar)>,
    },
    /// Sửa; tên= để bỏ một ô · Change fields; field= takes one away
    Edit {
        /// Mã cơ sở · Id of the premises
        id: DocumentId,
        /// Các ô, dạng tên=giá trị · Fields as name=value
        #[arg(value_parser = pair)]
        fields: Vec<(String, Scalar)>,
    },
}

/// Sending by file.
#[derive(Debug, Subcommand)]
pub(super) enum Courier {
    /// Ghi mọi thứ chưa gửi ra một tệp .ancu đã mã hóa · Write all that is unsent into one encrypted file, ending in .ancu
    Export { file: String },
    /// Nhận tệp của đồng nghiệp để mang đến máy chủ · Take a colleague's file to carry it to the server
    Carry { file: String },
    /// Nhận biên nhận của máy chủ · Take the server's receipt for one's own file
    Receipt { file: String },
    /// Ghi biên nhận cho đồng nghiệp ra tệp .ancu · Write the receipt of a file that was carried here, for that colleague
    HandBack { bundle: BundleId, file: String },
}

/// Inspections.
#[derive(Debug, Subcommand)]
pub(super) enum Inspect {
    /// Bắt đầu, hoặc mở biên bản đang làm · Begin one, or open the one that is being made
    Start {
        /// Mã cơ sở · Id of the premises
        facility: DocumentId,
        /// Mẫu kiểm tra, dạng mã@phiên bản · The checklist, code@version
        #[arg(long, value_parser = template)]
        template: Option<TemplateRef>,
        /// Định kỳ (periodic) hay đột xuất (unscheduled) · periodic or unscheduled
        #[arg(long)]
        purpose: Option<String>,
        /// Lý do chọn mẫu khác mẫu của loại hình · Why another checklist than the proposed one
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Luật, biểu mẫu và mẫu kiểm tra áp dụng hôm nay · The law, form and checklists that apply today
    Plan {
        /// Mã cơ sở · Id of the premises
        facility: DocumentId,
    },
    /// Mở · Open one
    Open {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
    },
    /// Còn thiếu gì · What keeps it from being finished
    Missing {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
    },
    /// Các câu hỏi và mã · Its questions and their codes
    Items {
        /// Mã biên bản · Id of the inspection
        id: DocumentId,
    },
}

/// An answer, or taking it back.
#[derive(Debug, Clone)]
pub(super) struct Given(Option<Answer>);

/// What the engine is to do.
pub(super) enum Asked {
    Command(Command),
    Sync,
    Show(DocumentId),
    Items(DocumentId),
    Photo { inspection: DocumentId, item: String, file: PathBuf },
    Qr(PathBuf),
    Bridge { ui: Option<PathBuf>, port: u16, by_itself: bool },
}

impl Verb {
    /// The engine command of a verb.
    pub(super) fn asked(self, pin: Option<&str>) -> Result<Asked, Problem> {
        let command = match self {
            Self::Enrol { link, device_name, person_name } => {
                let pin = pin.unwrap_or_default().to_owned();
                Command::Enrol { link, pin, device_name, person_name }
            }
            Self::Status => Command::Status,
            Self::Today => Command::Today,
            Self::Premises { query, class, limit, near, more: None } => {
                Command::FacilityList { query: query.join(" "), class, near, offset: None, limit: Some(limit) }
            }
            Self::Premises { more: Some(Premises::Show { id }), .. } => Command::FacilitySheet { id },
            Self::Premises { more: Some(Premises::Add { fields }), .. } => {
                Command::FacilityCreate { fields: fields.into_iter().collect::<Fields>() }
            }
            Self::Premises { more: Some(Premises::Edit { id, fields }), .. } => {
                Command::FacilityEdit { id, fields: fields.into_iter().collect() }
            }
            Self::Inspect(Inspect::Plan { facility }) => Command::InspectionPlan { facility },
            Self::Inspect(Inspect::Start { facility, template, purpose, reason }) => {
                Command::InspectionStart { facility, template, purpose, reason }
            }
            Self::Inspect(Inspect::Open { id }) => Command::InspectionOpen { id },
            Self::Inspect(Inspect::Missing { id }) => Command::InspectionMissing { id },
            Self::Inspect(Inspect::Items { id }) => return Ok(Asked::Items(id)),
            Self::Answer { inspection, item, answer: Given(answer), note } => {
                Command::Answer { inspection, item, answer, note }
            }
            Self::Finding { inspection, item, severity, remedy, deadline } => {
                Command::Finding { inspection, item, severity, remedy, deadline }
            }
            Self::Position { inspection, latitude, longitude, accuracy } => {
                let source = if accuracy.is_some() { PositionSource::Device } else { PositionSource::Manual };
                let position = Position { latitude, longitude, accuracy_m: accuracy, source };
                Command::PositionSet { inspection, position }
            }
            Self::Finish { inspection } => Command::InspectionFinish { id: inspection },
            Self::Clashes => Command::Clashes,
            Self::Settle { document, key, operation } => Command::ClashSettle { document, key, operation },
            Self::Quarantine => Command::Quarantine,
            Self::Invite { facility } => Command::Invite { facility },
            Self::Declare { declaration: Some(declaration), submit: false } => {
                Command::DeclarationSave { declaration: reading::read(declaration.as_bytes())? }
            }
            Self::Declare { declaration: None, submit: true } => Command::DeclarationSubmit,
            Self::Declare { declaration: None, submit: false } => Command::Declaration,
            Self::Declare { declaration: Some(_), submit: true } => {
                return Err(Problem::field(
                    "submit",
                    "Hãy lưu tờ khai trước, rồi gửi bằng một lệnh nữa.",
                    "Save the declaration first, then submit it by another call.",
                ));
            }
            Self::Decide { dwelling, decision, words } => Command::DeclarationDecide { dwelling, decision, words },
            Self::Call { command } => reading::read(command.as_bytes())?,
            Self::Photo { inspection, item, file } => return Ok(Asked::Photo { inspection, item, file }),
            Self::Qr { file } => return Ok(Asked::Qr(file)),
            Self::Courier(Courier::Export { file }) => Command::CourierExport { file: Some(file), folder: None },
            Self::Courier(Courier::Carry { file } | Courier::Receipt { file }) => Command::CourierTake { file },
            Self::Courier(Courier::HandBack { bundle, file }) => {
                Command::CourierHandBack { bundle, file: Some(file), folder: None }
            }
            Self::Sync => return Ok(Asked::Sync),
            Self::Show { id } => return Ok(Asked::Show(id)),
            Self::Bridge { ui, port, quiet } => return Ok(Asked::Bridge { ui, port, by_itself: !quiet }),
        };
        Ok(Asked::Command(command))
    }
}

fn class(text: &str) -> Result<FacilityClass, String> {
    let codes = || FacilityClass::ALL.map(FacilityClass::code).join(", ");
    FacilityClass::from_code(text).ok_or_else(codes)
}

fn place(text: &str) -> Result<Place, String> {
    let (north, east) = text.split_once(',').ok_or("latitude,longitude")?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| "latitude,longitude");
    Ok(Place { latitude: number(north)?, longitude: number(east)? })
}

/// A word that is a code: `major`, `approved`.
fn json<T: serde::de::DeserializeOwned>(code: &str) -> Result<T, String> {
    // "unknown variant `x`, expected one of `a`, `b`": the right ones are what helps.
    serde_json::from_value(code.into())
        .map_err(|error| error.to_string().split('`').skip(3).step_by(2).collect::<Vec<_>>().join(", "))
}

fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "YYYY-MM-DD, 2026-12-31".to_owned())
}

fn json_text<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

const ANSWER: &str = r#"pass, fail, na, none, 2.4, {"kind":"text","value":"…"}"#;

fn answer(text: &str) -> Result<Given, String> {
    let answer = match text {
        "pass" => Answer::Verdict(Verdict::Pass),
        "fail" => Answer::Verdict(Verdict::Fail),
        "na" | "not_applicable" => Answer::Verdict(Verdict::NotApplicable),
        "none" | "null" => return Ok(Given(None)),
        number if number.parse::<f64>().is_ok_and(f64::is_finite) => {
            Answer::Number(number.parse().map_err(|_| ANSWER)?)
        }
        other => json_text(other).map_err(|_| ANSWER)?,
    };
    Ok(Given(Some(answer)))
}

fn pair(text: &str) -> Result<(String, Scalar), String> {
    const WORDS: [&str; 3] = ["house_number", "lane", "head_phone"];
    let (name, value) = text.split_once('=').ok_or("field=value")?;
    let scalar = match (value, value.parse::<i64>(), value.parse::<f64>()) {
        ("", ..) => Scalar::Null,
        _ if WORDS.contains(&name) || ["sub_lane", "alley", "residential_group", "street", "name"].contains(&name) => {
            Scalar::from(value)
        }
        (_, Ok(whole), _) => Scalar::Int(whole),
        (_, _, Ok(number)) => Scalar::Number(number),
        _ => Scalar::from(value),
    };
    Ok((name.to_owned(), scalar))
}

fn template(text: &str) -> Result<TemplateRef, String> {
    let (code, version) = text.split_once('@').ok_or("code@version")?;
    Ok(TemplateRef { code: code.to_owned(), version: version.to_owned() })
}

fn operation(text: &str) -> Result<OperationId, String> {
    let (counter, actor) = text.split_once('@').ok_or("counter@actor")?;
    let counter = counter.parse().map_err(|_| "counter@actor")?;
    Ok(OperationId { counter, actor: actor.parse().map_err(|_| "counter@actor")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_answers_are_read() {
        for (text, expected) in [
            ("pass", Some(Answer::Verdict(Verdict::Pass))),
            ("na", Some(Answer::Verdict(Verdict::NotApplicable))),
            ("2.4", Some(Answer::Number(2.4))),
            ("-1", Some(Answer::Number(-1.0))),
            ("none", None),
            (r#"{"kind":"text","value":"Cửa khóa"}"#, Some(Answer::Text("Cửa khóa".into()))),
        ] {
            assert_eq!(answer(text).map(|given| given.0), Ok(expected), "{text}");
        }
        assert!(answer("maybe").is_err());
    }

    #[test]
    fn fields_are_numbers_where_they_look_so_and_house_numbers_never() {
        assert_eq!(pair("storeys=6"), Ok(("storeys".into(), Scalar::Int(6))));
        assert_eq!(pair("latitude=20.99"), Ok(("latitude".into(), Scalar::Number(20.99))));
        assert_eq!(pair("house_number=37"), Ok(("house_number".into(), Scalar::from("37"))));
        assert_eq!(pair("note="), Ok(("note".into(), Scalar::Null)));
        assert!(pair("name").is_err());
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        super::super::Arguments::command().debug_assert();
    }
}
