//! Free text: what a person may type into a note, a name, an address; and how a text of others is shown.
//!
//! Invariants: what is kept reads as it was typed: controls (NUL among them), marks that turn the direction of writing, and
//! characters without width are refused, never taken out in silence, because what is signed must be what was seen. A text
//! that came from elsewhere with such characters is kept as it is, and shown with a visible sign in the place of each, so
//! that it cannot turn the words beside it. The same for marks that pile up on one letter until they cover other lines.

use serde_json::Value;

use unicode_normalization::char::is_combining_mark;

use super::nfc;
use crate::error::Problem;

/// What is said of hidden characters, in Vietnamese.
pub const HIDDEN_VI: &str = "Có ký tự điều khiển hoặc ký tự ẩn đổi chiều chữ. Hãy xóa và gõ lại.";
/// The same in English.
pub const HIDDEN_EN: &str =
    "There are control characters, or hidden ones that turn the text around. Delete it and type it again.";
/// What is said of marks that pile up, in Vietnamese.
pub const PILED_VI: &str = "Có chữ mang quá nhiều dấu chồng lên nhau. Hãy xóa và gõ lại.";
/// The same in English.
pub const PILED_EN: &str = "A letter has too many marks piled on it. Delete it and type it again.";
/// The most marks on one letter, besides those that are part of it: Vietnamese has one letter for each, two marks where
/// they stand apart, and no living script piles up more.
const MOST_MARKS: usize = 4;
/// What stands for a character that is not shown: U+FFFD.
const SIGN: char = char::REPLACEMENT_CHARACTER;

/// What a text may hold besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One line: a name, an address, a number.
    Line,
    /// Several lines, with tabs.
    Lines,
}

/// Text as it is kept: NFC, trimmed, of at most this many characters, none of them hidden, no marks piled up. The problem names the field.
pub fn tidy(field: &str, text: &str, shape: Shape, most: usize) -> Result<String, Problem> {
    // Browsers and Windows end lines in two characters.
    let text = nfc(text.trim()).replace("\r\n", "\n");
    // Signs that show nothing are no words: a return with them only would tell its officer nothing.
    if text.chars().all(|c| c.is_whitespace() || matches!(c, '\u{2800}' | '\u{FE00}'..='\u{FE0F}')) {
        return Ok(String::new());
    }
    if text.chars().any(|c| is_hidden(c, shape)) {
        return Err(Problem::field(field, HIDDEN_VI, HIDDEN_EN));
    }
    if is_piled(&text) {
        return Err(Problem::field(field, PILED_VI, PILED_EN));
    }
    if text.chars().count() > most {
        return Err(Problem::field(
            field,
            &format!("Nội dung dài quá {most} ký tự. Hãy viết ngắn lại."),
            &format!("The text is longer than {most} characters. Make it shorter."),
        ));
    }
    Ok(text)
}

/// Characters that nobody types and that make a text read otherwise than it is kept: controls, marks of direction, and
/// those of no width.
pub fn is_hidden(c: char, shape: Shape) -> bool {
    match c {
        ' '..='~' => false,
        '\n' | '\t' => shape == Shape::Line,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' => true,
        other => {
            // Fillers, marks of direction and of width, annotations, and tags; not what chooses the look of a picture sign.
            let hidden = [
                0x115F..=0x1160,
                0x17B4..=0x17B5,
                0x180B..=0x180F,
                0x200B..=0x200F,
                0x2028..=0x202E,
                0x2060..=0x206F,
                0xFFF0..=0xFFFB,
                0x1BCA0..=0x1BCA3,
                0x1D173..=0x1D17A,
                0xE0000..=0xE0FFF,
            ];
            other.is_control() || hidden.iter().any(|range| range.contains(&u32::from(other)))
        }
    }
}

/// Whether marks pile up on a letter.
pub fn is_piled(text: &str) -> bool {
    piles(text).any(|(_, marks)| marks > MOST_MARKS)
}

/// Each character, and how many marks have come in a row with it.
fn piles(text: &str) -> impl Iterator<Item = (char, usize)> {
    text.chars().scan(0, |marks, c| {
        // Most of what is written is below the first mark, or a Vietnamese letter.
        let letter = c < '\u{300}' || ('\u{1E00}'..='\u{1EFF}').contains(&c);
        *marks = if letter || !is_combining_mark(c) { 0 } else { *marks + 1 };
        Some((c, *marks))
    })
}

/// A text as it is shown, where it holds what cannot be: U+FFFD for each hidden character and for each pile of marks, after
/// those that are let be. `None`: it is fine as it is.
pub fn shown(text: &str) -> Option<String> {
    // Line ends of either kind are no harm on a screen.
    let hidden = |c: char| c != '\r' && is_hidden(c, Shape::Lines);
    if text.is_ascii() && !text.contains(hidden) {
        return None;
    }
    let piled = is_piled(text);
    if !piled && !text.contains(hidden) {
        return None;
    }
    let shown = piles(text).filter_map(|(c, marks)| match marks.checked_sub(MOST_MARKS) {
        _ if hidden(c) => Some(SIGN),
        None | Some(0) => Some(c),
        Some(1) => Some(SIGN),
        Some(_) => None,
    });
    Some(shown.collect())
}

/// The same for every text of an answer.
pub fn show(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(shown) = shown(text) {
                *text = shown;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(show),
        Value::Object(members) => members.values_mut().for_each(show),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::ErrorCode;

    /// One of each kind that is refused.
    const HIDDEN: [char; 21] = [
        '\0',
        '\u{7}',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{ad}',
        '\u{200b}',
        '\u{200d}',
        '\u{200e}',
        '\u{2028}',
        '\u{202a}',
        '\u{202e}',
        '\u{2066}',
        '\u{2069}',
        '\u{feff}',
        '\u{fff9}',
        '\u{34f}',
        '\u{115f}',
        '\u{180e}',
        '\u{3164}',
        '\u{e0041}',
    ];

    #[test]
    fn hidden_characters_are_refused_and_the_field_is_named() {
        for c in HIDDEN {
            for shape in [Shape::Line, Shape::Lines] {
                let problem = tidy("note", &format!("Cửa{c}khóa"), shape, 100).expect_err("hidden");
                assert_eq!((problem.known_code(), problem.field.as_deref()), (ErrorCode::FieldInvalid, Some("note")));
                assert!(!problem.vi.contains(c) && !problem.en.contains(c), "{c:?}");
            }
        }
        for (text, shape, expected) in [
            ("  Cửa khóa \n", Shape::Line, Ok("Cửa khóa")),
            ("Cửa\r\nkhóa\tX", Shape::Lines, Ok("Cửa\nkhóa\tX")),
            ("Cửa\nkhóa", Shape::Line, Err(())),
            ("e\u{302}\u{301}", Shape::Line, Ok("ế")),
            ("🔥 120 m²", Shape::Line, Ok("🔥 120 m²")),
            ("❤\u{fe0f}", Shape::Line, Ok("❤\u{fe0f}")),
            ("\u{2800} \u{fe0f}", Shape::Line, Ok("")),
            ("0123456789", Shape::Line, Ok("0123456789")),
            ("01234567890", Shape::Line, Err(())),
        ] {
            assert_eq!(tidy("x", text, shape, 10).as_deref().map_err(|_| ()), expected, "{text:?}");
        }
    }

    #[test]
    fn marks_that_pile_up_are_refused_and_shown_cut() {
        let pile = |marks: usize| format!("Cử{}a", "\u{30d}".repeat(marks));
        for marks in [0, 1, 4] {
            assert_eq!(tidy("note", &pile(marks), Shape::Line, 400), Ok(pile(marks)), "{marks}");
            assert_eq!(shown(&pile(marks)), None);
        }
        for marks in [5, 300] {
            let problem = tidy("note", &pile(marks), Shape::Line, 400).expect_err("piled");
            assert_eq!((problem.known_code(), problem.field.as_deref()), (ErrorCode::FieldInvalid, Some("note")));
            assert_eq!((problem.vi.as_str(), problem.en.as_str()), (PILED_VI, PILED_EN));
            assert_eq!(shown(&pile(marks)), Some(format!("Cử{}\u{fffd}a", "\u{30d}".repeat(4))), "{marks}");
        }
        // Written mark by mark, every Vietnamese word is fine; and so are other scripts and signs of keys.
        for text in ["E\u{302}\u{323}\u{301}", "khu\u{31b}\u{301}", "नमस्ते", "กี่", "1\u{fe0f}\u{20e3}"]
        {
            assert!(tidy("note", text, Shape::Line, 40).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn what_came_from_elsewhere_is_shown_with_a_sign() {
        for c in HIDDEN {
            assert_eq!(shown(&format!("a{c}b\r\nd")).as_deref(), Some("a\u{fffd}b\r\nd"), "{c:?}");
        }
        assert_eq!(shown("Số 37\nngõ 29\t(gác)"), None);
        let mut answer = json!({ "items": [{ "note": "a\u{202e}b" }, 7, null], "name": "Hoa" });
        show(&mut answer);
        assert_eq!(answer, json!({ "items": [{ "note": "a\u{fffd}b" }, 7, null], "name": "Hoa" }));
    }
}
