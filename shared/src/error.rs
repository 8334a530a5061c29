//! The closed list of error codes that cross a boundary (HTTP, the window, the command line), with their words.
//!
//! Invariant: a code never changes its meaning; every code has a Vietnamese and an English sentence that names what to do.
//! Internal causes are logged where they happen and never shown.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal $status:literal $vi:literal $en:literal;)*) => {
        /// What went wrong, as a closed code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] #[ts(rename = $code)] $name,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as text.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The sentence in Vietnamese.
            pub const fn vi(self) -> &'static str {
                match self { $(Self::$name => $vi,)* }
            }

            /// The sentence in English.
            pub const fn en(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }
        }
    };
}

codes! {
    // enrolment and unlocking
    /// The enrolment link cannot be read.
    LinkInvalid "link_invalid" 400 "Liên kết đăng ký máy không đọc được. Hãy xin mã QR hoặc liên kết mới." "The enrolment link cannot be read. Ask for a new QR code or link.";
    /// The one-time code is unknown.
    CodeUnknown "code_unknown" 403 "Mã đăng ký máy không đúng. Kiểm tra lại liên kết hoặc xin mã mới." "The enrolment code is wrong. Check the link or ask for a new code.";
    /// The one-time code was used before.
    CodeUsed "code_used" 403 "Mã đăng ký máy đã được dùng. Mỗi mã chỉ dùng một lần; hãy xin mã mới." "The enrolment code was used already. Each code works once; ask for a new one.";
    /// The one-time code was made for somebody else than the device's holder.
    CodeForeign "code_foreign" 403 "Mã đăng ký này là của người khác nên không mở lại được máy này; mã đó đã bị dùng mất. Hãy xin mã mới cho chính người dùng máy này (cán bộ: ở quản trị viên; chủ hộ: ở cán bộ), và mã khác cho người kia." "This enrolment code is another person's and does not open this device; it is used up now. Ask for a new code for this device's own holder (officers: an administrator; household heads: an officer), and another one for that person.";
    /// The one-time code is past its time.
    CodeExpired "code_expired" 403 "Mã đăng ký máy đã hết hạn. Hãy xin mã mới." "The enrolment code has expired. Ask for a new one.";
    /// The server's certificate is not the one that the link names.
    CertificateForeign "certificate_foreign" 0 "Máy chủ không đúng với liên kết đăng ký máy. Không gửi gì cả. Kiểm tra mạng hoặc xin liên kết mới." "This is not the server that the link names. Nothing was sent. Check the network or ask for a new link.";
    /// This device is enrolled already.
    AlreadyEnrolled "already_enrolled" 409 "Máy này đã được đăng ký rồi. Hãy mở khóa bằng mã PIN và dùng tiếp; người khác thì đăng ký trên máy khác." "This device is already enrolled. Unlock it with its PIN and go on; somebody else enrols another device.";
    /// This device is not enrolled yet.
    NotEnrolled "not_enrolled" 409 "Máy này chưa được đăng ký. Hãy quét mã QR đăng ký máy." "This device is not enrolled. Scan the enrolment QR code.";
    /// The PIN does not have the right form.
    PinInvalid "pin_invalid" 422 "Mã PIN phải có 6 đến 12 chữ số, không phải dãy liên tiếp hay lặp lại." "The PIN needs 6 to 12 digits, not a run or one digit repeated.";
    /// The PIN is wrong.
    PinWrong "pin_wrong" 403 "Mã PIN không đúng." "The PIN is wrong.";
    /// Too many wrong PINs.
    PinLocked "pin_locked" 403 "Sai mã PIN 10 lần. Máy đã khóa; dữ liệu vẫn còn. Để mở lại cần cả hai: mã đăng ký máy mới và mã PIN cũ của máy này. Nếu không ai nhớ mã PIN cũ, hãy chọn “Quên mã PIN” để cất riêng kho này rồi đăng ký lại từ đầu." "Ten wrong PINs. The device is locked; its data are kept. To open it again both are needed: a new enrolment code and this device's old PIN. If nobody remembers the old PIN, choose “PIN forgotten” to set this store aside and enrol from the beginning.";
    /// The server does not know this device (any more).
    DeviceUnknown "device_unknown" 0 "Máy chủ này không biết máy này (có thể vừa được khôi phục từ bản sao lưu cũ hơn). Hãy xin mã đăng ký mới cho chính người dùng máy này rồi đăng ký lại ngay trên máy này; mọi thứ vẫn ở trên máy. Chưa biết máy chủ còn giữ những gì đã gửi trước đây: đăng ký lại xong, máy hỏi máy chủ và gửi lại phần thiếu." "This server does not know this device (it may have been restored from an older backup). Ask for a new enrolment code for this device's own holder and enrol again on this very device; everything is still on it. What the server still has of what was sent before is not known: after enrolling, the device asks and sends again what is missing.";
    /// The store is locked.
    Locked "locked" 403 "Máy đang khóa. Nhập mã PIN." "The device is locked. Enter the PIN.";
    /// The device's access was taken away.
    DeviceRevoked "device_revoked" 403 "Máy này đã bị thu hồi quyền. Dữ liệu chưa gửi vẫn còn trên máy; liên hệ quản trị." "This device's access was revoked. Unsent data are still on it; contact the administrator.";
    // accounts
    /// Name or password is wrong.
    LoginFailed "login_failed" 401 "Tên đăng nhập hoặc mật khẩu không đúng. Hãy xem lại chữ hoa và dấu rồi thử lại; nếu quên mật khẩu, hãy nhờ quản trị đặt lại." "The user name or password is wrong. Look at capitals and accents and try again; an administrator can set a forgotten password anew.";
    /// Nobody is logged in.
    LoginRequired "login_required" 401 "Bạn cần đăng nhập." "You need to log in.";
    /// Too many tries.
    TooManyRequests "too_many_requests" 429 "Quá nhiều lần thử. Hãy đợi một phút rồi thử lại." "Too many tries. Wait a minute and try again.";
    /// Not allowed for this role or place.
    Forbidden "forbidden" 403 "Bạn không có quyền làm việc này ở đơn vị này. Hãy nhờ người có quyền ở đơn vị đó, hoặc nhờ quản trị xem lại chức vụ của bạn." "You have no right to do this in this unit. Ask somebody there who has it, or an administrator to look at your post.";
    /// A browser's call without the header that its own pages send, or from a page of another site.
    OriginForeign "origin_foreign" 403 "Yêu cầu không đến từ trang của hệ thống này. Hãy mở trang quản lý ở đúng địa chỉ của máy chủ rồi thử lại." "The request does not come from this system's own pages. Open the console at the server's own address and try again.";
    // input
    /// A field's content is not acceptable; details name the field.
    FieldInvalid "field_invalid" 422 "Một ô có nội dung không hợp lệ. Hãy xem lại ô được nêu tên." "A field has content that is not valid. Look at the field that is named.";
    /// The request cannot be read.
    RequestMalformed "request_malformed" 400 "Yêu cầu không đọc được: thiếu phần, bị cắt hoặc sai dạng. Hãy gửi lại đúng dạng; nếu vẫn lỗi, hãy cập nhật ứng dụng." "The request cannot be read: parts are missing, cut off or of another form. Send it again in the right form; if that fails, update the app.";
    /// The body is of another kind than is read here; details say which one is.
    MediaTypeWrong "media_type_wrong" 415 "Nội dung gửi lên không đúng kiểu. Hãy gửi kiểu ghi ở “expected”." "The content is of another type than is read here. Send the type that “expected” names.";
    /// The body is too large.
    TooLarge "too_large" 413 "Nội dung quá lớn nên không nhận. Hãy gửi ít hơn mỗi lần." "The content is too large and was not taken. Send less at a time.";
    /// The thing asked for isn't there, or isn't visible to who asks.
    NotFound "not_found" 404 "Không tìm thấy. Kiểm tra lại địa chỉ hoặc mã; có thể nội dung này thuộc đơn vị khác." "Not found. Check the address or the id; it may also belong to another unit.";
    /// The method is not known at this address.
    MethodNotAllowed "method_not_allowed" 405 "Cách gọi này không có ở địa chỉ này. Xem các cách gọi ở /api/openapi.json." "This method does not exist at this address. See /api/openapi.json for those that do.";
    /// Somebody changed it meanwhile.
    Conflict "conflict" 409 "Nội dung đã được người khác thay đổi. Hãy mở lại." "Somebody changed this meanwhile. Open it again.";
    /// Another account has this login name.
    UsernameTaken "username_taken" 409 "Tên đăng nhập này đã có người dùng. Hãy chọn tên khác." "Another account has this login name. Choose another.";
    /// To leave the server without an administrator; details name the first day without one.
    LastAdministrator "last_administrator" 409 "Không làm được: sẽ không còn ai quản trị hệ thống. Hãy giao nhiệm vụ quản trị cho một tài khoản khác trước." "This cannot be done: nobody would administer the system. Give another account an administrator's post first.";
    // records
    /// The record is sealed.
    RecordSealed "record_sealed" 409 "Biên bản đã ký và khóa. Hãy lập biên bản bổ sung." "The record is sealed. Make a supplement.";
    /// A supplement to a record that is not sealed.
    RecordOpen "record_open" 409 "Biên bản này chưa ký và khóa. Hãy sửa ngay trong biên bản." "The record is not sealed yet. Change what it says in the record itself.";
    /// A visit that was given up.
    VisitGivenUp "visit_given_up" 409 "Lần kiểm tra này đã bỏ nên không ghi thêm được. Muốn làm tiếp, hãy mở lại." "This inspection was given up, so nothing more is written in it. To go on, take it up again.";
    /// To sign while own notes wait for a choice; details name the questions.
    NotesWaiting "notes_waiting" 409 "Còn ghi chú của bạn chưa chọn giữ hay bỏ. Hãy chọn ở từng mục rồi ký." "Notes of yours still wait for you to keep or drop them. Choose at each question, then sign.";
    /// To approve what signed parts of a record clash on; details name where.
    ClashUnsettled "clash_unsettled" 409 "Biên bản này còn mâu thuẫn với bản đã ký, chưa ai chọn và ký, nên chưa duyệt được. Hãy trả lại để cán bộ chọn và ký biên bản bổ sung." "Something in this record clashes with what is signed, and nobody chose and signed, so it cannot be approved yet. Return it, for an officer to choose and sign a supplement.";
    /// The record is not complete; details list what is missing.
    RecordIncomplete "record_incomplete" 422 "Biên bản còn thiếu nội dung. Xem danh sách còn thiếu." "The record is not complete. See the list of what is missing.";
    /// The template, or its version, is not on this device or server.
    TemplateUnknown "template_unknown" 422 "Không có mẫu kiểm tra phiên bản này. Hãy trao đổi dữ liệu rồi mở lại." "This version of the checklist is not here. Exchange with the server, then open again.";
    /// The answer does not fit the question.
    AnswerInvalid "answer_invalid" 422 "Câu trả lời không hợp với câu hỏi này." "The answer does not fit this question.";
    /// The checklist has no such question; the field names it, details list those that it has.
    ItemUnknown "item_unknown" 422 "Mẫu kiểm tra này không có câu hỏi mang mã đó. Xem lại mã trong danh sách câu hỏi." "This checklist has no question of that code. See the list of its questions.";
    /// The record can't be read here (damaged or newer); it is flagged, others go on.
    RecordUnreadable "record_unreadable" 422 "Một hồ sơ không đọc được và đã được đánh dấu; các hồ sơ khác vẫn dùng bình thường." "A record cannot be read and was flagged; the others work as usual.";
    // photos
    /// Not an image, or a damaged one.
    PhotoUnreadable "photo_unreadable" 422 "Không đọc được tệp này: không phải ảnh JPEG, PNG hay WebP, hoặc ảnh bị hỏng. Hãy chụp lại hoặc chọn tệp khác." "The file cannot be read: it is no JPEG, PNG or WebP picture, or is damaged. Take the photo again or choose another file.";
    /// Larger than the limit in bytes or pixels.
    PhotoTooLarge "photo_too_large" 413 "Ảnh quá lớn (tối đa 60 MB hoặc 120 triệu điểm ảnh). Hãy chụp lại ở cỡ nhỏ hơn." "The photo is too large (at most 60 MB or 120 megapixels). Take it again at a smaller size.";
    /// The bytes are not those of the hash.
    PhotoHashMismatch "photo_hash_mismatch" 460 "Ảnh nhận được không khớp mã băm; sẽ được gửi lại." "The photo received does not match its hash; it will be sent again.";
    /// A piece of an upload is not what its checksum says.
    ChecksumMismatch "checksum_mismatch" 460 "Một phần tệp đến nơi không đúng mã kiểm tra; sẽ được gửi lại." "A piece of the file arrived other than its checksum says; it will be sent again.";
    // exchange
    /// No connection.
    ServerUnreachable "server_unreachable" 0 "Chưa liên lạc được với máy chủ. Dữ liệu vẫn an toàn trên máy và sẽ tự gửi khi có mạng." "The server cannot be reached. Your data are safe on this device and will be sent when there is a network.";
    /// What changes something was sent, and no answer came in time: it is not known whether it arrived.
    AnswerMissing "answer_missing" 0 "Máy chủ không trả lời trong 30 giây. Chưa biết việc này đã được ghi hay chưa: hãy xem lại trước khi làm lại." "The server did not answer within 30 seconds. It is not known whether this was recorded: look before doing it again.";
    /// Something answered that isn't the server (captive portal).
    AnswerForeign "answer_foreign" 0 "Mạng này trả lời thay cho máy chủ (trang đăng nhập Wi-Fi?). Dữ liệu vẫn an toàn trên máy." "This network answers in the server's place (a Wi-Fi login page?). Your data are safe on this device.";
    /// An envelope is not acceptable in form.
    EnvelopeInvalid "envelope_invalid" 422 "Gói dữ liệu không hợp lệ." "The envelope is not valid.";
    /// The signature is not its author's.
    SignatureInvalid "signature_invalid" 422 "Chữ ký của gói dữ liệu không đúng." "The envelope's signature is wrong.";
    /// A change is not acceptable: bytes, sequence, key or value.
    ChangeInvalid "change_invalid" 422 "Thay đổi không hợp lệ." "The change is not valid.";
    /// The author is not known to the server.
    AuthorUnknown "author_unknown" 422 "Máy chủ không biết tác giả của gói dữ liệu." "The server does not know the envelope's author.";
    /// The author had no right to write this.
    WriteForbidden "write_forbidden" 403 "Tác giả không có quyền ghi loại hồ sơ này ở đơn vị này." "The author has no right to write this kind of record in this unit.";
    /// A decision on a declaration that its head never submitted.
    DeclarationUnsubmitted "declaration_unsubmitted" 409 "Chủ hộ chưa gửi bản khai này nên chưa thể xác nhận hoặc trả lại." "The head of the home has not submitted this declaration: it can be neither confirmed nor returned yet.";
    /// The record has another kind or unit than the envelope says.
    RecordMismatch "record_mismatch" 422 "Loại hồ sơ hoặc đơn vị không khớp với hồ sơ đã có." "The kind or unit differs from the record that exists.";
    /// A newer program wrote the record; the server keeps it apart until it is as new.
    RecordNewer "record_newer" 409 "Hồ sơ này do phiên bản ứng dụng mới hơn máy chủ viết. Máy chủ giữ lại; sau khi cập nhật máy chủ, người phụ trách cho nhận lại." "A newer version of the app than this server's wrote this record. The server keeps it apart; once the server is updated, a supervisor lets it in.";
    /// A household head declares a second home, or its people a second time.
    HomeSecond "home_second" 409 "Chủ hộ này đã có hồ sơ nhà ở; mỗi chủ hộ chỉ khai một nhà. Hãy sửa hồ sơ đã có." "This head of a home has declared one already; each declares one home. Change the record that is there.";
    /// What is held back cannot be let in, whatever a supervisor says; the words say why.
    ReleaseImpossible "release_impossible" 409 "Không thể cho qua gói dữ liệu này: đưa vào sẽ làm hỏng hồ sơ. Xem lý do được nêu." "This cannot be released: it would break the record. See the reason that is named.";
    /// The server has no room for another envelope that it cannot admit.
    QuarantineFull "quarantine_full" 507 "Máy chủ chưa giữ phần này: chỗ cho dữ liệu bị giữ lại đã đầy. Dữ liệu vẫn an toàn trên máy và sẽ tự gửi lại; hãy báo người phụ trách xử lý phần bị giữ lại." "The server did not keep this: the room for what is held back is full. It is safe on this device and will be sent again; ask a supervisor to settle what is held back.";
    /// The cursor isn't this server's.
    CursorInvalid "cursor_invalid" 400 "Dấu vị trí không hợp lệ. Hãy đọc lại danh sách từ đầu, không kèm “cursor”." "The cursor is not valid. Read the list from its beginning, without “cursor”.";
    /// The upload's offset differs from what the server has.
    OffsetConflict "offset_conflict" 409 "Vị trí tải lên không khớp; hãy hỏi lại vị trí và gửi tiếp." "The upload offset differs; ask for it and go on from there.";
    // colleagues nearby
    /// Nobody answers at the link's addresses.
    NearUnreachable "near_unreachable" 0 "Không kết nối được với máy của đồng nghiệp. Hai máy phải vào cùng một mạng Wi-Fi hoặc điểm phát sóng, và máy kia đang chờ kết nối." "The colleague's device cannot be reached. Both must be in one Wi-Fi or hotspot, and the other must be waiting.";
    /// Whoever answers is not certified by this server, or another than the link names.
    NearForeign "near_foreign" 403 "Máy kia không phải máy đã đăng ký với cùng máy chủ, hoặc không phải máy ghi trong mã. Không gửi gì cho máy đó." "The other device is not enrolled with the same server, or is another than the code names. Nothing was sent to it.";
    /// No pass yet.
    NearPassMissing "near_pass_missing" 409 "Máy chưa có giấy phép gặp đồng nghiệp. Hãy trao đổi với máy chủ một lần." "This device has no pass for meeting colleagues yet. Exchange with the server once.";
    /// One's own pass, or the colleague's, is past its time.
    NearPassExpired "near_pass_expired" 409 "Một trong hai máy đã hơn bốn tuần chưa trao đổi với máy chủ. Máy đó cần trao đổi với máy chủ trước." "One of the two has not exchanged with the server for over four weeks. It must do so first.";
    /// No unit that both may read.
    NearNothingShared "near_nothing_shared" 409 "Hai máy không có đơn vị nào chung nên không có gì để trao đổi." "The two have no unit in common, so there is nothing to exchange.";
    /// Another version of the messages.
    NearNewer "near_newer" 409 "Hai máy dùng phiên bản khác nhau. Hãy cập nhật An Cư trên cả hai máy." "The two devices have different versions. Update An Cư on both.";
    /// What was said cannot be read, or broke off.
    NearUnreadable "near_unreadable" 422 "Cuộc trao đổi với máy của đồng nghiệp bị gián đoạn. Phần đã nhận được giữ lại; hãy thử lại." "The exchange with the colleague's device broke off. What had arrived is kept; try again.";
    /// Not a colleague's code.
    NearLinkUnreadable "near_link_unreadable" 422 "Đây không phải mã của đồng nghiệp. Hãy quét mã đang hiện trên màn hình Trao đổi của máy kia." "This is not a colleague's code. Scan the one on the other device's exchange screen.";
    // courier's files
    /// Not a courier's file.
    CourierUnknown "courier_unknown" 422 "Đây không phải tệp chuyển của An Cư. Hãy chọn đúng tệp có đuôi .ancu." "This is not a courier file of An Cư. Choose the right file, ending in .ancu.";
    /// A newer program made the file.
    CourierNewer "courier_newer" 409 "Tệp này do phiên bản mới hơn tạo ra. Hãy cập nhật rồi thử lại." "A newer version made this file. Update and try again.";
    /// The file is for another server, or another server's word.
    CourierForeign "courier_foreign" 422 "Tệp này thuộc một máy chủ khác nên không nhận ở đây. Hãy đưa đến đúng máy chủ." "This file belongs to another server and is not taken here. Bring it to the right one.";
    /// The file was cut or changed on its way.
    CourierDamaged "courier_damaged" 422 "Tệp bị cắt cụt hoặc hỏng. Không nhận phần nào; dữ liệu gốc vẫn an toàn trên máy đã xuất. Hãy chép lại hoặc xuất lại." "The file is cut short or damaged. Nothing of it was taken; the data are safe on the device that exported it. Copy it again or export it anew.";
    /// There is nothing to be exported.
    CourierEmpty "courier_empty" 409 "Không có gì chưa gửi để xuất ra tệp." "There is nothing unsent to export.";
    /// The server's key for such files is not known here yet.
    CourierKeyMissing "courier_key_missing" 409 "Máy chưa có khóa của máy chủ để mã hóa tệp. Hãy trao đổi với máy chủ một lần." "This device does not have the server's key for such files yet. Exchange with the server once.";
    /// A receipt for another device's work.
    CourierReceiptForeign "courier_receipt_foreign" 422 "Biên nhận này của máy khác. Hãy đưa cho máy đã xuất tệp." "This receipt is another device's. Give it to the device that exported the file.";
    /// The server's store began another life since it gave the receipt.
    CourierReceiptStale "courier_receipt_stale" 409 "Biên nhận này có từ trước khi máy chủ được khôi phục nên không còn giá trị. Máy sẽ gửi lại." "This receipt is from before the server was restored and counts no more. The device will send again.";
    /// The file is this device's own export.
    CourierOwn "courier_own" 409 "Đây là tệp do chính máy này xuất ra, không phải biên nhận hay tệp của đồng nghiệp; không nhận gì từ tệp này. Hãy đưa tệp này đến máy chủ hoặc nhờ đồng nghiệp mang, rồi chọn tệp biên nhận nhận về." "This is the file that this device exported itself, neither a receipt nor a colleague's file; nothing was taken from it. Bring it to the server or have a colleague carry it, then choose the receipt that comes back.";
    /// The file that was carried has not reached the server yet.
    CourierUndelivered "courier_undelivered" 409 "Tệp của đồng nghiệp chưa đến máy chủ nên chưa có biên nhận. Hãy trao đổi với máy chủ trước, rồi ghi biên nhận." "The colleague's file has not reached the server, so there is no receipt yet. Exchange with the server first, then write the receipt.";
    /// A file cannot be opened, read or written.
    FileUnusable "file_unusable" 422 "Không mở, đọc hoặc ghi được tệp này. Kiểm tra tên, thư mục và quyền; tệp đã có không bị ghi đè." "This file cannot be opened, read or written. Check name, folder and rights; an existing file is not overwritten.";
    // the machine
    /// No space left.
    DiskFull "disk_full" 507 "Bộ nhớ đã đầy nên việc vừa rồi chưa làm được; điều vừa nhập, nếu có, chưa được lưu. Hãy giải phóng bộ nhớ rồi thử lại; dữ liệu đã lưu vẫn an toàn." "The storage is full, so this was not done; what was just entered, if anything, was not saved. Free some space and try again; what was saved is safe.";
    /// The server has no space left.
    ServerDiskFull "server_disk_full" 507 "Máy chủ đã hết chỗ lưu nên chưa nhận thêm. Những gì đã lưu trên máy này vẫn an toàn và sẽ tự gửi lại; trên trang quản lý, hãy làm lại sau. Người quản trị cần giải phóng chỗ trên máy chủ." "The server has no space left and takes nothing for now. What is saved on this device is safe and will be sent again by itself; in the console, do it again later. The administrator must free space on the server.";
    /// The server's clock is behind what the server has written already.
    ServerClockBehind "server_clock_behind" 503 "Đồng hồ của máy chủ đang chậm hơn những gì máy chủ đã ghi nên chưa nhận thêm. Những gì đã lưu trên máy này vẫn an toàn và sẽ tự gửi khi giờ máy chủ đúng lại; trên trang quản lý, vẫn xem được. Người quản trị cần chỉnh giờ máy chủ." "The server's clock is behind what the server has written already, so it takes nothing for now. What is saved on this device is safe and will be sent by itself once that clock is right; the console still shows everything. The administrator must set the server's clock.";
    /// The store is damaged.
    StoreDamaged "store_damaged" 500 "Kho dữ liệu trên máy này bị hỏng một phần. Đừng xóa ứng dụng. Hãy xin mã đăng ký máy mới và đăng ký lại trên chính máy này: những gì đã gửi được lấy lại từ máy chủ, phần chưa gửi được giữ nếu còn đọc được; phần không đọc được có thể mất." "This device's store is damaged in part. Don't remove the app. Ask for a new enrolment code and enrol this same device anew: what was sent comes back from the server, what was not sent is kept where it can still be read; what cannot be read may be lost.";
    /// The server's store is damaged.
    ServerStoreDamaged "server_store_damaged" 503 "Kho dữ liệu của máy chủ bị hỏng. Dữ liệu của bạn vẫn an toàn trên máy và sẽ được gửi lại. Người quản trị cần dừng máy chủ và khôi phục bản sao lưu." "The server's store is damaged. Your data are safe on this device and will be sent again. The administrator must stop the server and restore a backup.";
    /// The store was made by a newer version.
    StoreNewer "store_newer" 409 "Dữ liệu này do phiên bản mới hơn tạo ra. Hãy cập nhật ứng dụng." "These data were made by a newer version. Update the app.";
    /// Another process has the store open.
    StoreBusy "store_busy" 409 "Kho dữ liệu đang được một chương trình khác mở. Hãy đóng chương trình đó." "Another program has the store open. Close it.";
    // setting up and running the server
    /// A setting of the server is not acceptable; the field names it.
    ConfigurationInvalid "configuration_invalid" 0 "Cấu hình máy chủ không đúng nên chưa chạy. Hãy sửa khóa được nêu trong tệp cấu hình, biến môi trường hoặc tham số." "The server's configuration is not right, so nothing was started. Mend the key that is named, in the file, the environment or the flags.";
    /// Another program listens at the server's address.
    AddressTaken "address_taken" 0 "Địa chỉ này đang được chương trình khác dùng. Hãy dừng chương trình đó, hoặc chọn cổng khác." "Another program uses this address. Stop that program, or choose another port.";
    /// A folder has no store of a server, or has it no more.
    StoreMissing "store_missing" 0 "Thư mục dữ liệu này không có cơ sở dữ liệu của máy chủ nào. Hãy kiểm tra --data." "This data folder has no server's database. Check --data.";
    /// A file was read, but its content is not of the right form.
    FileInvalid "file_invalid" 0 "Nội dung tệp không đúng dạng nên không nhận. Hãy sửa chỗ được nêu rồi thử lại." "The file's content is not of the right form and was not taken. Mend what is named and try again.";
    /// A check of the server found faults.
    FaultsFound "faults_found" 0 "Kiểm tra thấy có lỗi. Hãy xem các dòng FAULT và tài liệu vận hành (docs/operations.md)." "The check found faults. Look at the lines that begin with FAULT, and at docs/operations.md.";
    /// A fault of ours.
    Internal "internal" 500 "Có lỗi trong hệ thống. Dữ liệu đã lưu vẫn an toàn. Hãy thử lại." "Something went wrong in the system. What was saved is safe. Try again.";
    /// The server is stopping or starting.
    Unavailable "unavailable" 503 "Máy chủ tạm thời chưa sẵn sàng. Sẽ tự thử lại." "The server is not ready for the moment. It will be tried again.";
}

/// By hand, from the list: the derive does not see names that a macro hands on.
impl utoipa::PartialSchema for ErrorCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let codes = Self::ALL.iter().map(|code| code.code());
        let text = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
        text.description(Some("What went wrong, as a closed code.")).enum_values(Some(codes)).into()
    }
}

impl utoipa::ToSchema for ErrorCode {}

/// An error as it crosses a boundary: RFC 9457 `problem+json` over HTTP, the same object in the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema, thiserror::Error)]
#[error("{code}: {en}")]
pub struct Problem {
    /// `urn:ancu:problem:<code>`
    #[serde(rename = "type")]
    pub kind: String,
    /// HTTP status; 0 where none was received.
    pub status: u16,
    /// The closed code.
    #[schema(value_type = ErrorCode)]
    pub code: ErrorCodeText,
    /// The sentence in Vietnamese.
    #[serde(rename = "title")]
    pub vi: String,
    /// The sentence in English.
    #[serde(rename = "title_en")]
    pub en: String,
    /// Which field, as the request spells it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub field: Option<String>,
    /// Further data: limits, counts, what is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional, type = "unknown")]
    pub details: Option<serde_json::Value>,
}

/// A code on the wire: known ones as [`ErrorCode`], those of a newer peer as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(untagged)]
pub enum ErrorCodeText {
    /// One of ours.
    Known(ErrorCode),
    /// A newer peer's.
    Unknown(String),
}

impl std::fmt::Display for ErrorCodeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Known(code) => f.write_str(code.code()),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

impl Problem {
    /// The problem of a code.
    pub fn new(code: ErrorCode) -> Self {
        Self {
            kind: format!("urn:ancu:problem:{}", code.code()),
            status: code.http_status(),
            code: ErrorCodeText::Known(code),
            vi: code.vi().to_owned(),
            en: code.en().to_owned(),
            field: None,
            details: None,
        }
    }

    /// A field that is not acceptable, with the remedy in both languages.
    pub fn field(field: impl Into<String>, vi: &str, en: &str) -> Self {
        let mut problem = Self::new(ErrorCode::FieldInvalid).at(field);
        vi.clone_into(&mut problem.vi);
        en.clone_into(&mut problem.en);
        problem
    }

    /// Says it in these words instead of the code's own.
    pub fn said(mut self, vi: &str, en: &str) -> Self {
        vi.clone_into(&mut self.vi);
        en.clone_into(&mut self.en);
        self
    }

    /// Names the field.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds data.
    pub fn with(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The closed code, or `Internal` for a newer peer's.
    pub fn known_code(&self) -> ErrorCode {
        match self.code {
            ErrorCodeText::Known(code) => code,
            ErrorCodeText::Unknown(_) => ErrorCode::Internal,
        }
    }
}

impl From<ErrorCode> for Problem {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_has_words_in_both_languages_and_is_unique() {
        let codes: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert!(code.vi().ends_with('.') && code.en().ends_with('.'), "{code:?}");
            assert_ne!(code.vi(), code.en());
            assert!(unicode_normalization::is_nfc(code.vi()), "{code:?}");
            assert_eq!(serde_json::to_value(code).expect("json"), code.code());
        }
    }

    #[test]
    fn a_newer_peers_code_is_kept_as_text() {
        let mut json = serde_json::to_value(Problem::new(ErrorCode::Locked)).expect("json");
        json["code"] = "from_the_future".into();
        let problem: Problem = serde_json::from_value(json).expect("read");
        assert_eq!(problem.code.to_string(), "from_the_future");
        assert_eq!(problem.known_code(), ErrorCode::Internal);
    }
}
