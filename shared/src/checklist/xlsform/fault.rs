//! What can be wrong with a form, in words.

use thiserror::Error;

use crate::checklist::expression::{EvaluationError, ParseError};
use crate::checklist::form::DefinitionError;

/// Where something is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The sheet's name.
    pub sheet: Option<String>,
    /// The row, from 1 with the headings in row 1.
    pub row: Option<usize>,
    /// The column's heading.
    pub column: Option<String>,
}

impl Place {
    /// A sheet.
    pub(crate) fn sheet(sheet: &str) -> Self {
        Self { sheet: Some(sheet.to_owned()), ..Self::default() }
    }

    /// A row of it.
    pub(crate) fn row(sheet: &str, row: usize) -> Self {
        Self { row: Some(row), ..Self::sheet(sheet) }
    }

    /// A cell of that.
    pub(crate) fn cell(sheet: &str, row: usize, column: &str) -> Self {
        Self { column: Some(column.to_owned()), ..Self::row(sheet, row) }
    }
}

macro_rules! faults {
    ($($(#[doc = $doc:literal])* $variant:ident $(($($field:ident: $kind:ty),*))? $code:literal $english:literal $vietnamese:literal;)*) => {
        /// What is wrong.
        #[derive(Debug, Clone, PartialEq, Eq, Error)]
        pub enum Fault {
            $($(#[doc = $doc])* #[error($english, $($($field = .$field),*)?)] $variant $({ $(#[doc = "What it is about."] $field: $kind),* })?,)*
        }

        impl Fault {
            /// Its name for programs.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code),* }
            }

            /// In Vietnamese.
            pub fn vietnamese(&self) -> String {
                match self { $(Self::$variant $({ $($field),* })? => format!($vietnamese)),* }
            }
        }
    };
}

faults! {
    /// No sheet to read.
    NoSurvey "no_survey" "there is no sheet «survey» with questions" "không có trang «survey» chứa câu hỏi";
    /// Two columns of one heading.
    ColumnTwice(heading: String) "column_twice" "the heading «{heading}» stands twice" "tiêu đề «{heading}» xuất hiện hai lần";
    /// Two headings for one thing.
    ColumnAlias(heading: String, other: String) "column_alias" "«{other}» and «{heading}» are two names of one column" "«{other}» và «{heading}» là hai tên của cùng một cột";
    /// A column that must be there.
    ColumnMissing(heading: String) "column_missing" "the column «{heading}» is missing" "thiếu cột «{heading}»";
    /// A question without its type.
    NoType "no_type" "a question has no type" "câu hỏi không có kiểu";
    /// No name.
    NoName "no_name" "a question or group has no name" "câu hỏi hoặc nhóm không có tên";
    /// No element can have this name.
    BadName(name: String) "bad_name" "«{name}» is no name: begin with a letter or «_», go on with letters, digits, «_», «-», «.»" "«{name}» không phải là tên hợp lệ: bắt đầu bằng chữ cái hoặc «_», tiếp theo là chữ cái, chữ số, «_», «-», «.»";
    /// A name the form needs for itself.
    ReservedName(name: String) "reserved_name" "the name «{name}» is reserved" "tên «{name}» đã được dành riêng";
    /// Twice in one group.
    NameTwice(name: String) "name_twice" "the name «{name}» stands twice in its group" "tên «{name}» xuất hiện hai lần trong cùng một nhóm";
    /// Twice in the form.
    RepeatNameTwice(name: String) "repeat_name_twice" "two repeats have the name «{name}»" "hai nhóm lặp cùng mang tên «{name}»";
    /// As the form itself.
    RepeatNamedAsForm(name: String) "repeat_named_as_form" "the repeat has the form's own name «{name}»" "nhóm lặp mang chính tên «{name}» của biểu mẫu";
    /// An end without its beginning.
    EndWithoutBegin(kind: String) "end_without_begin" "«end {kind}» without «begin {kind}»" "có «end {kind}» mà không có «begin {kind}»";
    /// A beginning without its end.
    BeginWithoutEnd(kind: String, name: String) "begin_without_end" "«begin {kind}» of «{name}» without «end {kind}»" "«begin {kind}» của «{name}» không có «end {kind}»";
    /// A type nobody knows.
    UnknownType(kind: String) "unknown_type" "there is no type «{kind}»" "không có kiểu «{kind}»";
    /// `include`.
    IncludeMissing(name: String) "include_missing" "the section «{name}» is not in this file" "mục «{name}» không có trong tệp này";
    /// Nothing to show.
    NoLabel(name: String) "no_label" "«{name}» has neither label nor hint" "«{name}» không có nhãn và cũng không có gợi ý";
    /// A select without its list.
    NoList "no_list" "the type names no list of choices" "kiểu không nêu danh sách lựa chọn";
    /// A list that is not there.
    UnknownList(list: String) "unknown_list" "there is no list «{list}» on the sheet «choices»" "không có danh sách «{list}» trong trang «choices»";
    /// Likewise, of the external choices.
    UnknownExternalList(list: String) "unknown_external_list" "there is no list «{list}» on the sheet «external_choices»" "không có danh sách «{list}» trong trang «external_choices»";
    /// A choice without a name.
    ChoiceWithoutName "choice_without_name" "a choice has no name" "lựa chọn không có tên";
    /// A choice that is there already.
    ChoiceTwice(name: String, list: String) "choice_twice" "the choice «{name}» stands twice in «{list}»" "lựa chọn «{name}» xuất hiện hai lần trong «{list}»";
    /// Spaces separate the choices of an answer.
    ChoiceWithSpace(name: String, list: String) "choice_with_space" "the choice «{name}» of «{list}» has a space; several choices can be made" "lựa chọn «{name}» của «{list}» có dấu cách, không dùng được khi chọn nhiều";
    /// `or_other` with a filter.
    OtherWithFilter "other_with_filter" "«or_other» and a choice filter do not go together" "«or_other» không dùng cùng bộ lọc lựa chọn";
    /// Two lists in one table.
    TableOfTwoLists(list: String, other: String) "table_of_two_lists" "a table-list has the lists «{list}» and «{other}»" "table-list có hai danh sách «{list}» và «{other}»";
    /// A file name that says nothing.
    FileExtension(file: String) "file_extension" "«{file}» ends in none of .xml, .csv, .geojson" "«{file}» không có đuôi .xml, .csv hay .geojson";
    /// A calculation without its formula.
    NoCalculation "no_calculation" "there is nothing to calculate" "không có công thức tính";
    /// Parameters that cannot be read.
    ParametersUnreadable "parameters_unreadable" "parameters are «key=value key=value»" "tham số phải có dạng «khóa=giá_trị khóa=giá_trị»";
    /// A parameter this type does not have.
    UnknownParameter(name: String, known: String) "unknown_parameter" "there is no parameter «{name}» here, but: {known}" "ở đây không có tham số «{name}», chỉ có: {known}";
    /// A value the parameter cannot have.
    ParameterValue(name: String, value: String) "parameter_value" "«{value}» is no value of the parameter «{name}»" "«{value}» không phải là giá trị của tham số «{name}»";
    /// An audit of another name.
    AuditName "audit_name" "an audit has no name of its own" "mục audit không được đặt tên riêng";
    /// A trigger that is needed.
    TriggerMissing "trigger_missing" "the column «trigger» is empty" "cột «trigger» đang trống";
    /// A calculation that cannot be.
    CalculationNotAllowed "calculation_not_allowed" "this type has no calculation" "kiểu này không có công thức tính";
    /// `${` without a name and `}`.
    BadReference "bad_reference" "a reference is «${{name}}»" "tham chiếu phải có dạng «${{tên}}»";
    /// `${…}` of nothing.
    UnknownReference(name: String) "unknown_reference" "there is no question «{name}»" "không có câu hỏi «{name}»";
    /// `${…}` of several.
    AmbiguousReference(name: String) "ambiguous_reference" "several questions have the name «{name}»" "nhiều câu hỏi cùng mang tên «{name}»";
    /// An expression that cannot be read.
    Expression(error: ParseError) "expression" "the expression cannot be read: {error}" "không đọc được biểu thức: {error}";
    /// A call that is none.
    Call(error: EvaluationError) "call" "the expression cannot be evaluated: {error}" "không tính được biểu thức: {error}";
    /// Rules that wait for one another, or too much of everything.
    Definition(error: DefinitionError) "definition" "{error}" "các quy tắc của biểu mẫu không tính được: {error}";
    /// Pictures and sounds of an unknown kind.
    UnknownMedia(kind: String) "unknown_media" "there is no kind of media «{kind}»" "không có loại phương tiện «{kind}»";
    /// A large picture without its small one.
    BigImageAlone "big_image_alone" "a big-image needs an image" "big-image cần có image";
    /// Right, but the app has nothing to show it with.
    NotShown(what: String) "not_shown" "the app cannot show «{what}»" "ứng dụng chưa hiển thị được «{what}»";
    /// A path where only answers are known.
    PathInRule "path_in_rule" "in a checklist a formula reads answers as «${{name}}» and its own as «.», and follows no path that leaves the form" "trong phiếu kiểm tra, công thức chỉ đọc câu trả lời bằng «${{tên}}» và của chính nó bằng «.», không dùng đường dẫn ra ngoài biểu mẫu";
    /// A table that formulas or choices read, and that is not there.
    TableMissing(table: String) "table_missing" "there is no table «{table}»: neither a list of choices nor a file beside the form" "không có bảng «{table}»: không phải danh sách lựa chọn, cũng không có tệp cạnh biểu mẫu";
    /// A file beside the form that is no table.
    FileUnreadable(file: String, told: String) "file_unreadable" "«{file}» cannot be read: {told}" "không đọc được «{file}»: {told}";
    /// A repetition's answers are kept under the question's name, a point and its own.
    PointInName(name: String, most: usize) "point_in_name" "«{name}»: names of a repeat and inside it have no «.», and here at most {most} characters" "«{name}»: tên của nhóm lặp và tên trong nhóm lặp không có dấu «.», ở đây dài không quá {most} ký tự";
    /// A checklist has a title, a name and a version.
    NoSetting(name: String) "no_setting" "a checklist needs the setting «{name}»" "phiếu kiểm tra cần có thiết lập «{name}»";
    /// A name that records cannot hold.
    NameTooFar(name: String) "name_too_far" "«{name}»: names have at most 48 of A–Z a–z 0–9 _ - ." "«{name}»: tên dài không quá 48 ký tự A–Z a–z 0–9 _ - .";
    /// Answers are kept by name.
    NameInTwoGroups(name: String) "name_in_two_groups" "«{name}» stands in two groups; in a checklist a name stands once" "«{name}» có trong hai nhóm; trong phiếu kiểm tra mỗi tên chỉ dùng một lần";
    /// A value that the cell cannot have.
    CellValue(value: String) "cell_value" "«{value}» cannot stand here" "«{value}» không dùng được ở đây";
    /// Nothing is asked.
    NoQuestions "no_questions" "there is no question" "không có câu hỏi nào";
    /// Each rule is right, together they are not.
    RulesUnusable(told: String) "rules_unusable" "the rules cannot be used: {told}" "không dùng được các quy tắc: {told}";
}
