//! The verbs and their arguments.

use std::path::PathBuf;

use ancu_field::api::Command;
use ancu_field::records::facility::{Fields, Place};
use ancu_field::records::finding::StepNote;
use ancu_shared::error::Problem;
use ancu_shared::id::{BundleId, DocumentId};
use ancu_shared::reading;
use ancu_shared::record::facility::FacilityClass;
use ancu_shared::record::register::{Decision, Position, PositionSource, Severity};
use ancu_shared::record::remediation::{FindingStep, Means, Seen};
use ancu_shared::record::value::{OperationId, Scalar};
use ancu_shared::template::TemplateRef;
use ancu_shared::view::Declaration;
use clap::Subcommand;

use super::values::{Given, answer, class, day, json, operation, pair, place, template};

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
        /// Vẫn thêm dù đã có cơ sở cùng tên và địa chỉ · Add them although some of the same name and address are there
        #[arg(long)]
        anyway: bool,
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
    Export {
        /// Tệp mới, đuôi .ancu; tệp đã có không bị ghi đè · A new file ending in .ancu; none is overwritten
        file: String,
    },
    /// Nhận tệp của đồng nghiệp để mang đến máy chủ · Take a colleague's file to carry it to the server
    Carry {
        /// Tệp của đồng nghiệp · The colleague's file
        file: String,
    },
    /// Nhận biên nhận của máy chủ · Take the server's receipt for one's own file
    Receipt {
        /// Tệp biên nhận · The receipt's file
        file: String,
    },
    /// Ghi biên nhận cho đồng nghiệp ra tệp .ancu · Write the receipt of a file that was carried here, for that colleague
    HandBack {
        /// Mã tệp đã mang, xem ở status --json · Id of the file that was carried, as status --json tells it
        bundle: BundleId,
        /// Tệp mới, đuôi .ancu · A new file ending in .ancu
        file: String,
    },
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

/// Which finding.
#[derive(Debug, clap::Args)]
pub(super) struct Found {
    /// Mã biên bản đã ghi tồn tại · Id of the inspection that found it
    inspection: DocumentId,
    /// Mã câu hỏi · Code of the question
    item: String,
}

/// Steps of a finding.
#[derive(Debug, Subcommand)]
pub(super) enum Follow {
    /// Xem tồn tại và mọi bước đã ghi · Show it with every step
    Show {
        #[command(flatten)]
        found: Found,
    },
    /// Đại diện cơ sở cam kết · The premises' representative commits
    Commit {
        #[command(flatten)]
        found: Found,
        /// Tên người đại diện · Name of the representative
        #[arg(long)]
        name: String,
        /// Lời cam kết · The words
        #[arg(long, default_value = "")]
        words: String,
        /// Hẹn xong trước hết ngày này · Promised day, YYYY-MM-DD
        #[arg(long, value_parser = day)]
        until: Option<jiff::civil::Date>,
    },
    /// Đã bắt đầu khắc phục · The work has begun
    Begin {
        #[command(flatten)]
        found: Found,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Cơ sở báo đã khắc phục, kèm ảnh · The premises say that it is remedied, with photos
    Remedy {
        #[command(flatten)]
        found: Found,
        /// Tệp ảnh, có thể nhiều lần · A photo's file, may be given several times
        #[arg(long = "photo", required = true)]
        photos: Vec<PathBuf>,
        /// Người báo · Who says so
        #[arg(long, default_value = "")]
        name: String,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Cán bộ xác nhận đã khắc phục · An officer saw that it is remedied
    Verify {
        #[command(flatten)]
        found: Found,
        /// on_site (tại chỗ) hoặc by_photo (qua ảnh) · on_site or by_photo
        #[arg(long, value_parser = json::<Seen>)]
        seen: Seen,
        /// Lần kiểm tra sau · The later inspection
        #[arg(long)]
        visit: Option<DocumentId>,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        words: String,
    },
    /// Cán bộ chưa chấp nhận, kèm lý do · An officer saw that it is not, with the reason
    Reject {
        #[command(flatten)]
        found: Found,
        /// on_site (tại chỗ) hoặc by_photo (qua ảnh) · on_site or by_photo
        #[arg(long, value_parser = json::<Seen>)]
        seen: Seen,
        /// Lý do · The reason
        #[arg(long)]
        words: String,
        /// Lần kiểm tra sau · The later inspection
        #[arg(long)]
        visit: Option<DocumentId>,
    },
    /// Quá hạn: đề nghị biện pháp · Overdue: propose a means
    Escalate {
        #[command(flatten)]
        found: Found,
        /// recommendation (kiến nghị), sanction (xử phạt), suspension (đình chỉ) · recommendation, sanction or suspension
        #[arg(long, value_parser = json::<Means>)]
        means: Means,
        /// Ghi chú · The note
        #[arg(long, default_value = "")]
        words: String,
    },
}

impl Follow {
    /// The finding, what is noted of it, and files of photos; `None` shows it.
    fn noted(self) -> (Found, Option<StepNote>, Vec<PathBuf>) {
        let note = |step, words| StepNote {
            step,
            words,
            name: String::new(),
            until: None,
            seen: None,
            visit: None,
            means: None,
            photos: Vec::new(),
        };
        match self {
            Self::Show { found } => (found, None, Vec::new()),
            Self::Commit { found, name, words, until } => {
                (found, Some(StepNote { name, until, ..note(FindingStep::Committed, words) }), Vec::new())
            }
            Self::Begin { found, words } => (found, Some(note(FindingStep::Started, words)), Vec::new()),
            Self::Remedy { found, photos, name, words } => {
                (found, Some(StepNote { name, ..note(FindingStep::Reported, words) }), photos)
            }
            Self::Verify { found, seen, visit, words } => {
                (found, Some(StepNote { seen: Some(seen), visit, ..note(FindingStep::Verified, words) }), Vec::new())
            }
            Self::Reject { found, seen, words, visit } => {
                (found, Some(StepNote { seen: Some(seen), visit, ..note(FindingStep::Rejected, words) }), Vec::new())
            }
            Self::Escalate { found, means, words } => {
                (found, Some(StepNote { means: Some(means), ..note(FindingStep::Escalated, words) }), Vec::new())
            }
        }
    }
}

/// What the engine is to do.
pub(super) enum Asked {
    Command(Command),
    Sync,
    Show(DocumentId),
    Items(DocumentId),
    AddPremises(Fields),
    Photo { inspection: DocumentId, item: String, file: PathBuf },
    Declare(Declaration),
    Remedy { inspection: DocumentId, item: String, note: StepNote, photos: Vec<PathBuf> },
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
            Self::Premises { more: Some(Premises::Add { fields, anyway: true }), .. } => {
                Command::FacilityCreate { fields: fields.into_iter().collect::<Fields>() }
            }
            Self::Premises { more: Some(Premises::Add { fields, anyway: false }), .. } => {
                return Ok(Asked::AddPremises(fields.into_iter().collect()));
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
            Self::Reply { inspection, item, words } => Command::Reply { inspection, item, words },
            Self::Finding { inspection, item, severity, remedy, deadline } => {
                Command::Finding { inspection, item, severity, remedy, deadline }
            }
            Self::Findings { facility, overdue } => Command::Findings { facility, overdue },
            Self::Follow(follow) => match follow.noted() {
                (Found { inspection, item }, None, _) => Command::FindingOpen { inspection, item },
                (Found { inspection, item }, Some(note), photos) if photos.is_empty() => {
                    Command::FindingStep { inspection, item, note }
                }
                (Found { inspection, item }, Some(note), photos) => {
                    return Ok(Asked::Remedy { inspection, item, note, photos });
                }
            },
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
            Self::Finish { inspection } => Command::InspectionFinish { id: inspection, seen: None },
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

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        super::super::Arguments::command().debug_assert();
    }
}
