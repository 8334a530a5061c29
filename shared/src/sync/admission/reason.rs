//! Why an envelope is not admitted: a closed list of causes, each with its words in both languages.
//!
//! Invariant: every refusal has a cause of this list, and its words name the place (question, field) and the value where
//! there are any, so that whoever reads them, on the author's device or in the console, need not know the program.

use super::detail;
use crate::document::guard::GuardError;
use crate::error::ErrorCode;
use crate::id::DocumentId;
use crate::record::RecordKind;
use crate::record::names::{self, plain};
use crate::record::value::Scalar;
use crate::sync::wire::{PushVerdict, Why};
use crate::template::Words;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident $cause:literal $code:ident $vi:literal $en:literal;)*) => {
        /// Why exactly, as a closed code under the [`ErrorCode`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause {
            $($(#[$doc])* $name,)*
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The cause as text.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $cause,)* }
            }

            /// What it falls under.
            pub const fn error(self) -> ErrorCode {
                match self { $(Self::$name => ErrorCode::$code,)* }
            }

            const fn vi(self) -> &'static str {
                match self { $(Self::$name => $vi,)* }
            }

            const fn en(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }
        }
    };
}

causes! {
    // form
    /// The bytes are no envelope.
    EnvelopeForm "envelope_form" EnvelopeInvalid "Gói dữ liệu không đúng dạng nên không đọc được: {0}." "The envelope is not of the right form and cannot be read: {0}.";
    /// More bytes than an envelope has.
    EnvelopeLarge "envelope_large" TooLarge "Gói dữ liệu dài {0} byte, quá mức {1} byte của một gói." "The envelope has {0} bytes, more than the {1} that one may have.";
    /// A change is none.
    ChangeForm "change_form" ChangeInvalid "Thay đổi thứ {0} trong gói không đúng dạng: {1}." "Change {0} of the envelope is not of the right form: {1}.";
    /// The signature does not hold.
    Signature "signature" SignatureInvalid "Chữ ký của gói không phải của máy được ghi tên: nội dung đã bị sửa, hoặc do máy khác gửi." "The signature is not that of the device that is named: the content was altered, or another device made it.";
    /// A statement in another person's name.
    ForeignName "foreign_name" ChangeInvalid "{0}: ghi dưới tên một người khác với người ký gói." "{0}: said in the name of another person than the one who signed.";
    /// A value of another form.
    ValueForm "value_form" ChangeInvalid "{0}: nội dung không đúng dạng mà An Cư ghi." "{0}: the content is not of the form that An Cư writes.";
    /// A time or day that no record speaks of.
    TimeImpossible "time_impossible" FieldInvalid "{0}: {1} là {2}, không thể có. Ngày giờ của hồ sơ nằm trong các năm 1970–2199." "{0}: the {1} is {2}, which cannot be. Days and times of records lie from 1970 to 2199.";
    /// A place that is not on Earth.
    PlaceImpossible "place_impossible" FieldInvalid "{0}: {1} là {2}, không thể có trên Trái Đất." "{0}: the {1} is {2}, which is nowhere on Earth.";
    /// The first change names no schema.
    NoSchema "no_schema" ChangeInvalid "Hồ sơ bắt đầu mà không ghi phiên bản cấu trúc." "The record begins without naming its schema.";
    /// Two contents for one place of the history.
    CopiedStore "copied_store" ChangeInvalid "Máy này đã ký hai nội dung khác nhau cho cùng một chỗ trong hồ sơ: thư mục dữ liệu của máy đã được sao chép và dùng ở hai nơi, hoặc được khôi phục từ bản sao cũ. Nội dung đến trước đã được nhận; phần này là của bản kia và đã được bản đó tự ghi lại. Chỉ cần xem hồ sơ đã đủ chưa; từ nay chỉ dùng một bản." "This device signed two contents for one place of the record: its data folder was copied and used twice, or restored from an old copy. What came first was admitted; this is of the other copy, which has said it again by itself. Only look whether the record is whole; from now on use one copy.";
    /// The change does not follow what it builds on.
    OutOfPlace "out_of_place" ChangeInvalid "Thay đổi không nối đúng chỗ trong lịch sử hồ sơ: {0}." "The change does not stand where it claims to in the record's history: {0}.";
    /// A newer program's.
    Newer "newer" RecordNewer "Hồ sơ viết theo cấu trúc {0}; máy chủ này đọc đến cấu trúc {1}. Hãy cập nhật máy chủ." "The record is of schema {0}; this server reads up to {1}. Update the server.";
    // whose
    /// Nobody certified the author.
    NeverCertified "never_certified" AuthorUnknown "Máy chủ này chưa từng chứng thực máy đã ký gói." "This server never certified the device that signed.";
    /// The author's device was revoked.
    Revoked "revoked" DeviceRevoked "Máy đã ký gói đã bị thu hồi quyền." "The device that signed was revoked.";
    /// No post allowed it.
    NoPost "no_post" WriteForbidden "Vào ngày gói đến, tác giả không giữ chức vụ nào được ghi {0} ở đơn vị này." "On the day that it came the author held no post that may write this ({0}) in this unit.";
    /// Of another person.
    NotOwner "not_owner" WriteForbidden "Bản khai này là của người khác." "The declaration is another person's.";
    /// No invitation.
    NotInvited "not_invited" WriteForbidden "Tác giả không có lời mời nào cho nhà ở này." "The author has no invitation to a home.";
    /// Another unit or premises than the invitation's.
    InvitedElsewhere "invited_elsewhere" WriteForbidden "Lời mời của tác giả là cho cơ sở khác." "The author was invited to other premises.";
    /// A second home.
    SecondHome "second_home" HomeSecond "Chủ hộ này đã có {0} khác." "This head has another {0} already.";
    // which record
    /// The id is not of the kind.
    IdOfKind "id_of_kind" RecordMismatch "Mã hồ sơ không phải là mã của {0}." "The record's id is none of the kind: {0}.";
    /// The id is not of what it follows.
    IdOfFollowed "id_of_followed" RecordMismatch "Mã hồ sơ không khớp với biên bản hoặc cơ sở mà nó thuộc về." "The record's id is not that of the inspection or premises that it belongs to.";
    /// The id is not of its visit.
    IdOfVisit "id_of_visit" RecordMismatch "Mã biên bản không khớp với cơ sở, ngày, lượt và bảng kiểm mà nó ghi." "The inspection's id is not that of the premises, day, number and checklist that it names.";
    /// The id is not of its subject.
    IdOfSubject "id_of_subject" RecordMismatch "Mã kết luận duyệt không khớp với hồ sơ được duyệt." "The review's id is not that of its subject.";
    /// Said again what only a beginning says.
    SaidOnce "said_once" RecordMismatch "{0} chỉ được ghi lúc bắt đầu hồ sơ; gói này ghi lại khi hồ sơ đã có." "The {0} is said where a record begins; this says it again later.";
    /// A visit that says it is a supplement.
    VisitSupplements "visit_supplements" RecordMismatch "Một lần kiểm tra không thể là biên bản bổ sung." "A visit is no supplement.";
    /// An inspection that is neither a visit nor a supplement.
    NeitherVisit "neither_visit" RecordMismatch "Biên bản không phải lần kiểm tra mà cũng không bổ sung biên bản nào." "The inspection is neither a visit nor a supplement of one.";
    /// Only a supplement carries.
    OnlySupplement "only_supplement" RecordMismatch "{0}: chỉ biên bản bổ sung mới ghi điều này." "{0}: only a supplement says this.";
    /// Only a visit is given up so.
    OnlyVisit "only_visit" RecordMismatch "{0}: chỉ lần kiểm tra mới ghi điều này." "{0}: only a visit says this.";
    /// The record is of another kind.
    OtherKind "other_kind" RecordMismatch "Hồ sơ đã có là {0}." "The record that exists is of another kind: {0}.";
    /// The record is of another unit.
    OtherUnit "other_unit" RecordMismatch "Hồ sơ đã có thuộc đơn vị khác." "The record that exists belongs to another unit.";
    /// A second beginning.
    BegunBefore "begun_before" RecordMismatch "Hồ sơ này đã được bắt đầu từ trước." "The record was begun before.";
    /// A needed link is lacking.
    LinkMissing "link_missing" ChangeInvalid "Hồ sơ bắt đầu mà không ghi {0}." "The record begins without its {0}.";
    /// The premises are none here.
    PremisesForeign "premises_foreign" RecordMismatch "Cơ sở được ghi không phải cơ sở của đơn vị này." "What is named as premises is none of this unit.";
    /// What is supplemented is no inspection.
    SupplementsNothing "supplements_nothing" RecordMismatch "Biên bản được bổ sung không có ở đơn vị này." "What is supplemented is no inspection of this unit.";
    /// What is supplemented is a supplement.
    SupplementsSupplement "supplements_supplement" RecordMismatch "Không thể bổ sung cho một biên bản bổ sung." "What is supplemented is itself a supplement.";
    /// What is supplemented is open.
    SupplementsOpen "supplements_open" RecordMismatch "Biên bản được bổ sung chưa ký và khóa." "What is supplemented is not sealed.";
    /// The home is none here.
    HomeForeign "home_foreign" RecordMismatch "Nhà ở được ghi không có ở đơn vị này." "What is named as the home is no dwelling of this unit.";
    /// What is followed is no inspection.
    FollowsNothing "follows_nothing" RecordMismatch "Hồ sơ được theo dõi không phải biên bản kiểm tra của đơn vị này." "What is followed is no inspection of this unit.";
    // reviews
    /// No subject, or another one.
    SubjectWrong "subject_wrong" RecordMismatch "Kết luận duyệt không ghi hồ sơ được duyệt, hoặc đổi sang hồ sơ khác." "The review names no subject, or another than before.";
    /// The subject is unknown or elsewhere.
    SubjectForeign "subject_foreign" RecordMismatch "Hồ sơ được duyệt không có ở đơn vị này." "The record under review is none of this unit.";
    /// The subject is of another kind.
    SubjectKind "subject_kind" RecordMismatch "Hồ sơ được duyệt là {0}, khác với loại được ghi." "The record under review is of another kind than is said: {0}.";
    /// The decision is on something else.
    DecidesElsewhere "decides_elsewhere" RecordMismatch "Kết luận ghi cho một hồ sơ không phải hồ sơ được duyệt." "The decision is on a record that is not under review.";
    /// The decision is on what is open.
    DecidesOpen "decides_open" RecordMismatch "Kết luận ghi cho một biên bản chưa ký và khóa." "The decision is on an inspection that is not finished.";
    /// The decision is on a draft.
    DecidesDraft "decides_draft" DeclarationUnsubmitted "Kết luận ghi cho một bản khai mà chủ hộ chưa gửi." "The decision is on a declaration that was not submitted.";
    // seals and choices
    /// After a seal.
    AfterSeal "after_seal" RecordSealed "Nội dung này đến sau khi biên bản đã ký và khóa." "This came after the record was sealed.";
    /// What a seal does not cover.
    BesideSeal "beside_seal" RecordSealed "Nội dung này không có trong bản mà đồng nghiệp đã ký và khóa." "This was not in what a colleague signed and sealed.";
    /// Another author's seal.
    SealForeign "seal_foreign" ChangeInvalid "Chữ ký khóa biên bản là của người hoặc máy khác." "The seal is another author's.";
    /// A seal that does not hold.
    SealBroken "seal_broken" ChangeInvalid "Chữ ký khóa biên bản không đúng: {0}." "The record's seal does not hold: {0}.";
    /// A choice that was never said.
    ChoiceUntrue "choice_untrue" ChangeInvalid "{0}: nội dung được chọn khi giải quyết mâu thuẫn không phải điều đã có người ghi." "{0}: what was chosen to settle a clash is not what was said.";
    // content
    /// A field does not take it.
    Field "field" FieldInvalid "{0}, ghi “{1}”: {2}" "{0}, “{1}”: {2}";
    /// The checklist does not ask it.
    QuestionUnknown "question_unknown" ItemUnknown "{0}: bảng kiểm {1} không có mục này." "{0}: the checklist {1} has no such question.";
    /// The answer does not fit.
    AnswerUnfit "answer_unfit" AnswerInvalid "{0}, trả lời “{1}”: {2}" "{0}, answered “{1}”: {2}";
    /// A finding where nothing can fail.
    NeverFails "never_fails" AnswerInvalid "{0}: mục này không bao giờ là không đạt nên không có tồn tại để ghi." "{0}: this question cannot fail, so there is nothing to be found.";
    /// Begun apart with a checklist that nobody has.
    ChecklistNobodys "checklist_nobodys" TemplateUnknown "Lượt kiểm tra này đã bắt đầu bằng bảng kiểm khác; máy chủ không có bảng kiểm phiên bản “{0}”." "The visit was begun with another checklist; this server has no version “{0}” of it.";
}

/// Why an envelope is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", code.code(), words.en)]
pub struct Refusal {
    /// The closed code.
    pub code: ErrorCode,
    /// Why exactly.
    pub cause: Cause,
    /// The cause in words, with the places and values that it is about.
    pub words: Words,
    /// The record that has to come, or to be signed, before it can be in order; it may be on its way.
    pub awaits: Option<DocumentId>,
    /// What a program says of it, for the log alone; empty where the words say all.
    pub detail: String,
}

impl Cause {
    /// The refusal, with what its words name.
    pub fn said(self, named: &[Words]) -> Refusal {
        let (mut vi, mut en) = (self.vi().to_owned(), self.en().to_owned());
        for (place, words) in named.iter().enumerate() {
            let mark = format!("{{{place}}}");
            (vi, en) = (vi.replace(&mark, &words.vi), en.replace(&mark, &words.en));
        }
        let words = Words { vi: capital(&vi), en: capital(&en) };
        Refusal { code: self.error(), cause: self, words, awaits: None, detail: String::new() }
    }

    /// The refusal, where its words name nothing.
    pub fn plainly(self) -> Refusal {
        self.said(&[])
    }

    /// The same with a kind of record.
    pub fn of(self, kind: RecordKind) -> Refusal {
        self.said(&[names::kind(kind)])
    }

    /// The same at a key.
    pub fn at(self, key: &str) -> Refusal {
        self.said(&[names::place(key, None)])
    }
}

impl Refusal {
    /// The same, for as long as a record is not here or not signed.
    pub(super) fn until(mut self, record: DocumentId) -> Self {
        self.awaits = Some(record);
        self
    }

    /// The same with what a program says of it, for the log.
    pub(super) fn because(mut self, error: &dyn std::fmt::Display) -> Self {
        self.detail = error.to_string();
        self
    }

    /// The verdict on an envelope that is kept apart for this.
    pub fn verdict(self) -> PushVerdict {
        let why = Why { cause: self.cause.code().to_owned(), vi: self.words.vi };
        PushVerdict::Quarantined { code: self.code, reason: self.words.en, why: Some(why) }
    }

    /// A value at a key that cannot be, and why.
    pub(super) fn value(cause: Cause, key: &str, value: &Scalar, question: Option<&Words>, why: Words) -> Self {
        cause.said(&[names::place(key, question), names::value(key, value), why])
    }
}

/// What the guard and the rules for statements refuse.
impl From<GuardError> for Refusal {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::Person(key) => Cause::ForeignName.at(&key),
            // What was said there may stand in the reason: it is told to nobody.
            GuardError::Value { key, .. } => Cause::ValueForm.at(&key),
            GuardError::Impossible { key, member, value, place } => {
                let cause = if place { Cause::PlaceImpossible } else { Cause::TimeImpossible };
                cause.said(&[names::place(&key, None), names::member(member), plain(value)])
            }
            other => change_form(0, &other),
        }
    }
}

/// A change of an envelope, counted from 0, that is none.
pub(super) fn change_form(index: usize, error: &GuardError) -> Refusal {
    Cause::ChangeForm.said(&[plain((index + 1).to_string()), detail::change(error)]).because(error)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_has_a_code_of_its_own_and_words_in_both_languages() {
        let codes: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
        assert_eq!(codes.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            let marks = |text: &str| (0..3).map(|at| text.contains(&format!("{{{at}}}"))).collect::<Vec<_>>();
            assert_eq!(marks(cause.vi()), marks(cause.en()), "{cause:?} names the same in both languages");
            assert!(unicode_normalization::is_nfc(cause.vi()), "{cause:?}");
            assert_ne!(cause.vi(), cause.en());
        }
    }

    #[test]
    fn words_name_the_place() {
        let refusal = Cause::SaidOnce.said(&[names::header("visit_day")]);
        assert_eq!((refusal.code, refusal.cause.code()), (ErrorCode::RecordMismatch, "said_once"));
        assert!(refusal.words.vi.starts_with("Ngày kiểm tra chỉ được ghi lúc bắt đầu"), "{}", refusal.words.vi);
        assert!(refusal.words.en.contains("day of the visit is said where a record begins"), "{}", refusal.words.en);
        let time = GuardError::Impossible {
            key: "i/ESC-08".into(),
            member: "at",
            value: "9000000000000000".into(),
            place: false,
        };
        let refusal = Refusal::from(time);
        assert_eq!(refusal.code, ErrorCode::FieldInvalid);
        assert!(refusal.words.vi.starts_with("Mục ESC-08: lúc ghi là 9000000000000000, không thể có."));
    }
}
