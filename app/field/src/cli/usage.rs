//! A command line that cannot be read: what is wrong and what to do, in both languages; and the frame of the help.
//!
//! Invariant: every sentence names the argument it is about; the last line says where the right form stands.

use ancu_shared::error::{ErrorCode, Problem};
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Exit status of a command line that cannot be read.
pub(super) const EXIT_STATUS: u8 = 2;

/// How help is laid out.
pub(super) const HELP: &str = "\
{about-with-newline}
Cách dùng · Usage: {usage}

{all-args}{after-help}
";

/// What follows the list of verbs.
pub(super) const AFTER_HELP: &str = "\
Ví dụ · Examples:
  export ANCU_PIN=…                                          # mã PIN trong môi trường · the PIN in the environment
  ancu-field enrol --link 'ancu://enrol?…' --device-name 'Máy tổ 1'
  ancu-field premises khuong ha                              # tìm cơ sở · find premises
  ancu-field inspect start <FACILITY>
  ancu-field answer <INSPECTION> ESC-01 fail --note 'Cửa khóa'
  ancu-field finding <INSPECTION> ESC-01 --severity major --remedy 'Mở khóa' --deadline 2026-12-31
  ancu-field sync && ancu-field --json status
Trợ giúp cho một lệnh · Help for one command: ancu-field <COMMAND> --help
Mã thoát: 0 đã làm; 1 bị từ chối hoặc lỗi; 2 dòng lệnh sai
Exit status: 0 done; 1 refused or failed; 2 the command line is wrong";

/// The problem for scripts.
pub(super) fn problem(error: &clap::Error) -> Problem {
    let (vi, en) = sentences(error);
    let mut problem = Problem::new(ErrorCode::RequestMalformed);
    (problem.vi, problem.en) = (vi, en);
    match named(error, ContextKind::InvalidArg).or_else(|| named(error, ContextKind::InvalidSubcommand)) {
        Some(argument) => problem.at(argument),
        None => problem,
    }
}

/// The same for people: what is wrong, the right form, where to read more.
pub(super) fn words(error: &clap::Error, problem: &Problem) -> String {
    let place = problem.field.as_ref().map_or_else(String::new, |field| format!(" [{field}]"));
    let mut lines = vec![format!("{}{place}: {}", problem.code, problem.vi), problem.en.clone()];
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        lines.push(format!("Cách dùng · Usage: {}", usage.trim_start_matches("Usage:").trim()));
    }
    lines.push("Xem · See: ancu-field --help, ancu-field <COMMAND> --help".to_owned());
    lines.join("\n")
}

fn sentences(error: &clap::Error) -> (String, String) {
    let argument = named(error, ContextKind::InvalidArg).unwrap_or_default();
    let value = named(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            (format!("Thiếu: {argument}. Hãy thêm vào."), format!("Missing: {argument}. Add it."))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("Thiếu lệnh. Hãy chọn một lệnh.".into(), "The command is missing. Choose one.".into())
        }
        ErrorKind::InvalidSubcommand => {
            let verb = named(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            let (vi, en) = meant(error, ContextKind::SuggestedSubcommand);
            (format!("Không có lệnh “{verb}”.{vi}"), format!("There is no command “{verb}”.{en}"))
        }
        ErrorKind::UnknownArgument => {
            let (vi, en) = meant(error, ContextKind::SuggestedArg);
            (format!("Không có tham số “{argument}”.{vi}"), format!("There is no argument “{argument}”.{en}"))
        }
        // An option that stands there without its value.
        ErrorKind::InvalidValue if value.is_empty() => {
            (format!("{argument}: thiếu giá trị."), format!("{argument}: the value is missing."))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let form = named(error, ContextKind::ValidValue)
                .or_else(|| std::error::Error::source(error).map(ToString::to_string))
                // What only says again that it is not valid is no form.
                .filter(|form| !["not a valid", "invalid", "failed"].iter().any(|start| form.starts_with(start)));
            let (vi, en) = form.map_or_else(Default::default, |form| match range(&form) {
                Some((from, to)) => {
                    (format!(" Hãy cho số từ {from} đến {to}."), format!(" Give a number from {from} to {to}."))
                }
                None => (format!(" Dạng đúng: {form}."), format!(" The right form: {form}.")),
            });
            (
                format!("{argument}: giá trị “{value}” không hợp lệ.{vi}"),
                format!("{argument}: the value “{value}” is not valid.{en}"),
            )
        }
        ErrorKind::ArgumentConflict => (
            format!("{argument} không dùng được cùng tham số khác đã cho, hoặc được cho hai lần."),
            format!("{argument} cannot be used beside another argument that was given, or was given twice."),
        ),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            (format!("{argument}: số giá trị không đúng."), format!("{argument}: the number of values is wrong."))
        }
        _ => ("Dòng lệnh không đọc được.".into(), "The command line cannot be read.".into()),
    }
}

/// The bounds in what the library says of a number beyond them: `0 is not in 1..=500`.
fn range(said: &str) -> Option<(i64, i64)> {
    let (from, to) = said.split_once(" is not in ")?.1.split_once("..")?;
    match to.strip_prefix('=') {
        Some(last) => Some((from.parse().ok()?, last.parse().ok()?)),
        None => Some((from.parse().ok()?, to.parse::<i64>().ok()? - 1)),
    }
}

fn meant(error: &clap::Error, kind: ContextKind) -> (String, String) {
    named(error, kind)
        .map_or_else(Default::default, |meant| (format!(" Ý bạn là “{meant}”?"), format!(" Did you mean “{meant}”?")))
}

/// What an error says under this heading.
fn named(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let text = match error.get(kind)? {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::Arguments;
    use super::*;

    fn refused(line: &str) -> (clap::Error, Problem) {
        let words = std::iter::once("ancu-field").chain(line.split_whitespace());
        let error = Arguments::try_parse_from(words).expect_err(line);
        let problem = problem(&error);
        (error, problem)
    }

    #[test]
    fn what_is_wrong_is_named_in_both_languages() {
        for (line, vi, en) in [
            ("answer", "Thiếu: <INSPECTION>, <ITEM>, <ANSWER>", "Missing: <INSPECTION>, <ITEM>, <ANSWER>"),
            ("", "Thiếu lệnh", "The command is missing"),
            ("todya", "Không có lệnh “todya”. Ý bạn là “today”?", "no command “todya”. Did you mean “today”?"),
            ("today --jsno", "Không có tham số “--jsno”. Ý bạn là “--json”?", "no argument “--jsno”"),
            ("premises --class castle", "“castle” không hợp lệ. Dạng đúng: mini_apartment", "“castle” is not valid"),
            ("premises --limit many", "“many” không hợp lệ", "“many” is not valid"),
            ("premises --limit 0", "Hãy cho số từ 1 đến 500.", "Give a number from 1 to 500."),
            ("bridge --port 70000", "Hãy cho số từ 0 đến 65535.", "Give a number from 0 to 65535."),
            ("premises --class", "--class <CLASS>: thiếu giá trị", "--class <CLASS>: the value is missing"),
            ("inspect open 12", "<ID>: giá trị “12” không hợp lệ", "<ID>: the value “12” is not valid"),
            ("today --pin 1 --pin 2", "cho hai lần", "given twice"),
        ] {
            let (error, problem) = refused(line);
            assert!(problem.vi.contains(vi), "{line}: {}", problem.vi);
            assert!(problem.en.contains(en), "{line}: {}", problem.en);
            assert_eq!(problem.known_code(), ErrorCode::RequestMalformed);
            let words = words(&error, &problem);
            assert!(words.starts_with("request_malformed"), "{words}");
            assert!(words.contains(vi) && words.contains(en) && words.contains("--help"), "{words}");
        }
    }

    #[test]
    fn help_is_in_both_languages_and_names_every_verb() {
        for line in ["--help", "answer --help", "inspect --help"] {
            let words = std::iter::once("ancu-field").chain(line.split_whitespace());
            let help = Arguments::try_parse_from(words).expect_err("help is no command");
            assert_eq!(help.kind(), ErrorKind::DisplayHelp);
            let help = help.to_string();
            assert!(help.contains("Trợ giúp · Help") && help.contains(" · "), "{help}");
            assert!(help.lines().all(|line| line.chars().count() <= 130), "{help}");
        }
        let (_, problem) = refused("");
        assert_eq!(problem.field, None);
    }
}
