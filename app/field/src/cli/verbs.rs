//! The verbs and their arguments; those of one area stand in a file of their own.

mod courier;
mod follow;
mod inspect;
mod measure;
mod near;
mod premises;
mod repetition;

use std::path::PathBuf;

use ancu_field::api::Command;
use ancu_field::records::facility::{Fields, Place};
use ancu_field::records::finding::StepNote;
use ancu_shared::error::Problem;
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::reading;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::marks::Mark;
use ancu_shared::record::measured::{Measured, Method};
use ancu_shared::record::register::{Decision, Position, PositionSource, Severity};
use ancu_shared::record::value::OperationId;
use ancu_shared::view::Declaration;
use clap::Subcommand;

use super::aside::Aside;
use super::values::{Given, Vertices, answer, class, day, json, json_text, operation, place, vertices};
use courier::Courier;
use follow::Follow;
use inspect::Inspect;
use measure::Measure;
use near::Near;
use premises::Premises;
use repetition::Repetition;

/// What is asked for.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Đăng ký máy bằng liên kết; mã PIN mới ở --pin hoặc ANCU_PIN · Enrol by a link; the PIN to be in --pin or ANCU_PIN
    Enrol {
        /// Liên kết đăng ký máy · The enrolment link
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
        /// Bao nhiêu dòng, nhiều nhất 500 · How many, at most 500
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=500))]
        limit: u64,
        /// Gần nhất trước · Nearest first: latitude,longitude
        #[arg(long, value_parser = place)]
        near: Option<Place>,
        /// Những cơ sở lâu chưa kiểm tra, lâu nhất trước · Those not seen for long, the longest first
        #[arg(long, conflicts_with_all = ["query", "class", "near"])]
        due: bool,
        #[command(subcommand)]
        more: Option<Premises>,
    },
    /// Bắt đầu, mở, bỏ, xem câu hỏi và phần còn thiếu · Begin, open or give up one, list its questions, what is missing
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
        /// Cách đo · How the number was found: tape, laser, instrument, counted, document, declared, estimated, map, walked
        #[arg(long, value_parser = json::<Method>)]
        method: Option<Method>,
        /// Dụng cụ đo · The instrument: make, number, day of its last calibration
        #[arg(long, default_value = "", requires = "method")]
        instrument: String,
        /// Các điểm đã đi hoặc chấm · The corners walked or drawn: JSON, [[latitude, longitude, accuracy or null], …]
        #[arg(long, value_parser = vertices, requires = "method")]
        line: Option<Vertices>,
    },
    /// Thêm hoặc bỏ một phần lặp: tầng, phòng · Add or take out a repetition: a storey, a room
    #[command(subcommand)]
    Repetition(Repetition),
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
    /// Trả lời lời nhận xét của người duyệt khi giữ nguyên kết quả · Reply to a reviewer's words where the finding stands
    Reply {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Mã câu hỏi; _ là cả hồ sơ · Code of the question; _ is the whole record
        item: String,
        /// Lời trả lời; để trống là rút lại · The words; none takes them back
        #[arg(default_value = "")]
        words: String,
    },
    /// Tồn tại của cơ sở, hoặc còn mở ở mọi nơi · Findings of premises, or the open ones everywhere
    Findings {
        /// Mã cơ sở · Id of the premises
        facility: Option<DocumentId>,
        /// Chỉ tồn tại quá hạn · Only those whose deadline has passed
        #[arg(long)]
        overdue: bool,
    },
    /// Theo dõi một tồn tại đến khi xong · Follow one finding to its end
    #[command(subcommand)]
    Follow(Follow),
    /// Biện pháp xử lý: đình chỉ, dừng hoạt động, xử phạt · Measures: stops of operation, sanctions
    #[command(subcommand)]
    Measure(Measure),
    /// Ngày phúc tra: đề xuất, đặt, bỏ · The day to see premises again: propose, set, take away
    Reinspect {
        /// Mã cơ sở · Id of the premises
        facility: DocumentId,
        /// Đặt ngày này · Set this day, YYYY-MM-DD
        #[arg(long, value_parser = day, conflicts_with = "clear")]
        on: Option<jiff::civil::Date>,
        /// Bỏ ngày đã đặt · Take the day away
        #[arg(long)]
        clear: bool,
        /// Bắt đầu phúc tra ngay · Begin the re-inspection now
        #[arg(long, conflicts_with_all = ["on", "clear"])]
        start: bool,
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
    /// Vẽ lên ảnh của mình, thay nét vẽ cũ; không nêu nét nào: bỏ hết · Draw on one's own photo, in place of what was drawn
    Draw {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Mã câu hỏi · Code of the question
        item: String,
        /// Mã ảnh · The photo's SHA-256
        photo: PhotoHash,
        /// Nét vẽ, có thể nhiều lần, 0–10000 · A mark, may be given several times: {"kind":"arrow","from":[0,0],"to":[5000,5000]},
        /// {"kind":"ellipse","center":[…],"radius":[…]}, {"kind":"text","at":[…],"words":"…"}
        #[arg(long = "mark", value_parser = json_text::<Mark>)]
        marks: Vec<Mark>,
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
    /// Hoàn tất, ký và khóa · Finish and seal an inspection
    Finish {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
    },
    /// Lập biên bản bổ sung cho biên bản đã khóa, hoặc bỏ nó · Begin a supplement to a sealed inspection, or give it up
    Supplement {
        /// Mã biên bản · Id of the inspection
        inspection: DocumentId,
        /// Bỏ phần bổ sung chưa ký · Give up what is not signed
        #[arg(long)]
        discard: bool,
    },
    /// Trao đổi với máy chủ, đợi xong · Exchange with the server and wait for the end
    Sync,
    /// Gửi bằng tệp khi không có mạng · Send by a file where there is no network: export, carry, receipt, hand-back
    #[command(subcommand)]
    Courier(Courier),
    /// Trao đổi trực tiếp với đồng nghiệp ở gần, không cần máy chủ · Exchange with a colleague nearby, without the server
    #[command(subcommand)]
    Near(Near),
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
    /// Xem, lưu, gửi bản khai của hộ (cả hai: lưu rồi gửi) · Show, save, submit the declaration (both: save, then submit)
    Declare {
        /// Lưu cả bản khai, JSON · Save the whole declaration, as JSON
        #[arg(long, value_name = "JSON")]
        declaration: Option<String>,
        /// Gửi cho cán bộ (sau khi lưu, nếu có) · Submit it to the officer, after saving it where it is given
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
    /// Quên mã PIN: cất riêng kho đang khóa (không xóa gì), đặt lại, lấy việc chưa gửi ra · A forgotten PIN: set the locked
    /// store aside (nothing is deleted), put it back, take its unsent work out
    #[command(subcommand)]
    Aside(Aside),
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

/// What the engine is to do.
pub(super) enum Asked {
    /// Waits for a colleague nearby.
    NearWait,
    Command(Command),
    Sync,
    Show(DocumentId),
    Items(DocumentId),
    AddPremises(Fields),
    Photo {
        inspection: DocumentId,
        item: String,
        file: PathBuf,
    },
    Declare(Declaration),
    Remedy {
        inspection: DocumentId,
        item: String,
        note: StepNote,
        photos: Vec<PathBuf>,
    },
    Qr(PathBuf),
    Bridge {
        ui: Option<PathBuf>,
        port: u16,
        by_itself: bool,
    },
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
            Self::Premises { limit, due: true, more: None, .. } => {
                Command::FacilitiesDue { offset: None, limit: Some(limit) }
            }
            Self::Premises { query, class, limit, near, more: None, .. } => {
                Command::FacilityList { query: query.join(" "), class, near, offset: None, limit: Some(limit) }
            }
            Self::Premises { more: Some(more), .. } => return Ok(more.asked()),
            Self::Inspect(inspect) => return Ok(inspect.asked()),
            Self::Answer { inspection, item, answer: Given(answer), note, method, instrument, line } => {
                let line = line.map(|line| line.0).unwrap_or_default();
                let measured = method.map(|method| Some(Measured { method, instrument, line }));
                Command::Answer { inspection, item, answer, measured, note, over: None }
            }
            Self::Repetition(repetition) => repetition.command(),
            Self::Reply { inspection, item, words } => Command::Reply { inspection, item, words },
            Self::Finding { inspection, item, severity, remedy, deadline } => {
                Command::Finding { inspection, item, severity, remedy, deadline }
            }
            Self::Findings { facility, overdue } => Command::Findings { facility, overdue },
            Self::Follow(follow) => return Ok(follow.asked()),
            Self::Measure(measure) => measure.command(),
            Self::Reinspect { facility, start: true, .. } => {
                let purpose = Some("reinspection".to_owned());
                Command::InspectionStart { facility, template: None, purpose, reason: String::new() }
            }
            Self::Reinspect { facility, on: None, clear: false, .. } => Command::ReinspectionPlan { facility },
            Self::Reinspect { facility, on, .. } => Command::ReinspectionSet { facility, on },
            Self::Position { inspection, latitude, longitude, accuracy } => {
                let source = if accuracy.is_some() { PositionSource::Device } else { PositionSource::Manual };
                let position = Position { latitude, longitude, accuracy_m: accuracy, source };
                Command::PositionSet { inspection, position }
            }
            Self::Finish { inspection } => Command::InspectionFinish { id: inspection, seen: None, heard: None },
            Self::Supplement { inspection, discard: false } => Command::SupplementBegin { id: inspection },
            Self::Supplement { inspection, discard: true } => Command::LateDiscard { id: inspection },
            Self::Clashes => Command::Clashes,
            Self::Settle { document, key, operation } => Command::ClashSettle { document, key, operation },
            Self::Quarantine => Command::Quarantine,
            Self::Invite { facility } => Command::Invite { facility },
            Self::Declare { declaration: Some(declaration), submit: false } => {
                Command::DeclarationSave { declaration: reading::read(declaration.as_bytes())? }
            }
            Self::Declare { declaration: None, submit: true } => Command::DeclarationSubmit,
            Self::Declare { declaration: None, submit: false } => Command::Declaration,
            Self::Declare { declaration: Some(declaration), submit: true } => {
                return Ok(Asked::Declare(reading::read(declaration.as_bytes())?));
            }
            Self::Decide { dwelling, decision, words } => Command::DeclarationDecide { dwelling, decision, words },
            Self::Aside(aside) => aside.asked(),
            Self::Call { command } => reading::read(command.as_bytes())?,
            Self::Draw { inspection, item, photo, marks } => {
                Command::PhotoMark { inspection, item, hash: photo, marks }
            }
            Self::Photo { inspection, item, file } => return Ok(Asked::Photo { inspection, item, file }),
            Self::Qr { file } => return Ok(Asked::Qr(file)),
            Self::Courier(courier) => courier.asked(),
            Self::Near(near) => return Ok(near.asked()),
            Self::Sync => return Ok(Asked::Sync),
            Self::Show { id } => return Ok(Asked::Show(id)),
            Self::Bridge { ui, port, quiet } => return Ok(Asked::Bridge { ui, port, by_itself: !quiet }),
        };
        Ok(Asked::Command(command))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        super::super::Arguments::command().debug_assert();
    }
}
