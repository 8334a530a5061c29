//! Whether texts of a form can be what they are written as: names, addresses, telephone numbers.
//!
//! Invariant: a remark never repeats the text itself, which may hold characters that turn the words around it.

use super::{Remark, impossible};
use crate::text::free::{HIDDEN_EN, HIDDEN_VI, PILED_EN, PILED_VI, Shape, is_hidden, is_piled};
use crate::text::nfc;

/// The fewest digits of a telephone number that somebody can call.
const FEWEST_DIGITS: usize = 9;
/// The most, with the country's.
const MOST_DIGITS: usize = 13;

/// What is wrong with a line of text (a name, an address, a number of a room).
pub fn line(field: &str, text: &str) -> Option<Remark> {
    written(field, text, false)
}

/// What is wrong with a text of several lines.
pub fn lines(field: &str, text: &str) -> Option<Remark> {
    written(field, text, true)
}

/// What is wrong with a line that has to say something: signs alone say nothing.
pub fn telling(field: &str, text: &str) -> Option<Remark> {
    line(field, text).or_else(|| {
        let blank = text.trim().is_empty() || text.chars().any(char::is_alphanumeric);
        (!blank).then(|| {
            impossible(
                field,
                "Chỉ có dấu, chưa có chữ hay số nào. Hãy viết lại.".into(),
                "There are only signs here, no letter or digit. Write it again.".into(),
            )
        })
    })
}

/// What is wrong with a telephone number; none at all is not wrong.
pub fn phone(field: &str, text: &str) -> Option<Remark> {
    line(field, text).or_else(|| {
        let text = text.trim();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let plain = text.strip_prefix('+').unwrap_or(text);
        let known = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')'));
        let callable = known && (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits);
        (!text.is_empty() && !callable).then(|| {
            impossible(
                field,
                "Số điện thoại chưa đúng. Hãy viết như 0912 345 678 hoặc +84 912 345 678.".into(),
                "This is no telephone number. Write it like 0912 345 678 or +84 912 345 678.".into(),
            )
        })
    })
}

fn written(field: &str, text: &str, lines: bool) -> Option<Remark> {
    let shape = if lines { Shape::Lines } else { Shape::Line };
    if text.chars().any(|c| is_hidden(c, shape)) {
        return Some(impossible(field, HIDDEN_VI.into(), HIDDEN_EN.into()));
    }
    is_piled(&nfc(text)).then(|| impossible(field, PILED_VI.into(), PILED_EN.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_can_be_called_are_let_be() {
        for good in ["", "  ", "0912345678", "0912 345 678", "+84 912 345 678", "024.3927.1234", "(024) 3927-1234"] {
            assert_eq!(phone("head_phone", good), None, "{good}");
        }
        for bad in [
            "113",
            "gọi chị Hoa",
            "09123456789012",
            "091234567a",
            "+",
            ".........",
            "0912\u{202e}345678",
            "84+912345678",
        ] {
            let remark = phone("head_phone", bad).unwrap_or_else(|| panic!("{bad} is no number"));
            assert_eq!(remark.field, "head_phone");
            assert!(!remark.words.vi.contains('\u{202e}'));
        }
    }

    #[test]
    fn what_reads_otherwise_than_it_is_kept_is_said() {
        for good in ["Số 37, ngõ 29/70 phố Khương Hạ", "Trần Thị Hoa", "", "A\u{301}nh"] {
            assert_eq!(telling("address", good), None, "{good}");
        }
        for bad in ["\u{202e}ạH gnơưhK", "Hoa\u{0}", "dòng một\ndòng hai", "a\u{200b}b", "...", "%"] {
            assert!(telling("address", bad).is_some(), "{bad:?}");
        }
        assert_eq!(lines("exits", "Cầu thang\nMái nhà"), None, "a text of several lines has several lines");
        assert!(lines("exits", "Cầu thang\u{7}").is_some());
        assert!(lines("exits", &format!("Cầu tha{}ng", "\u{301}".repeat(9))).is_some(), "marks pile up");
    }
}
