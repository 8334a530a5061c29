//! Vietnamese text: NFC for storing, folding for search; what people may type ([`free`]).

pub mod free;

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;

/// NFC, as everything is stored.
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// For search: lower case, without diacritics (`đ` too), punctuation as spaces, single spaces.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'đ' => folded.push('d'),
            c if c.is_alphanumeric() || c == '/' => folded.push(c),
            _ if folded.ends_with(' ') || folded.is_empty() => {}
            _ => folded.push(' '),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// As [`fold`], each word followed by its marks, sorted: "phú" is "phu" and the acute, "đ" a struck "d". Two ways of
/// writing one word ("hòa", "hoà") give the same.
pub fn spell(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len() + 8);
    let mut marks: Vec<char> = Vec::new();
    let end_word = |spelled: &mut String, marks: &mut Vec<char>| {
        marks.sort_unstable();
        // A mark that stands on nothing is none.
        let stands = !spelled.is_empty() && !spelled.ends_with(' ');
        marks.drain(..).filter(|_| stands).for_each(|mark| spelled.push(mark));
    };
    for c in text.nfd().flat_map(char::to_lowercase) {
        match c {
            c if is_mark(c) => marks.push(c),
            'đ' => {
                spelled.push('d');
                marks.push(STROKE);
            }
            c if c.is_alphanumeric() || c == '/' => spelled.push(c),
            _ => {
                end_word(&mut spelled, &mut marks);
                if !spelled.is_empty() && !spelled.ends_with(' ') {
                    spelled.push(' ');
                }
            }
        }
    }
    end_word(&mut spelled, &mut marks);
    spelled.truncate(spelled.trim_end().len());
    spelled
}

/// The mark of a "đ".
const STROKE: char = '\u{335}';

/// Whether a character is a mark, as [`spell`] writes them.
pub fn is_mark(c: char) -> bool {
    // The first mark of all is U+0300; nearly every character comes before it.
    c >= '\u{300}' && unicode_normalization::char::is_combining_mark(c)
}

/// The order in which people count: runs of digits by their number, everything else by its characters (`9` before `10`).
pub fn natural_order(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (a, b) = (part(&mut one), part(&mut other));
        let order = match (a, b) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) if is_number(a) && is_number(b) => {
                let (x, y) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
                x.len().cmp(&y.len()).then_with(|| x.cmp(y)).then_with(|| a.cmp(b))
            }
            (Some(a), Some(b)) => a.cmp(b),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn is_number(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_digit())
}

/// Takes the first run of digits, or of anything else, off a text.
fn part<'a>(text: &mut &'a str) -> Option<&'a str> {
    let first = text.chars().next()?;
    let end = text.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(text.len());
    let (part, rest) = text.split_at(end);
    *text = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        let sorted = ["", "draft-1", "draft-2", "draft-10", "draft-10a", "final", "v1.9", "v1.10", "v01.10b"];
        for (place, one) in sorted.iter().enumerate() {
            for (other_place, other) in sorted.iter().enumerate() {
                if (one.contains("01"), other.contains("01")) == (false, false) {
                    assert_eq!(natural_order(one, other), place.cmp(&other_place), "{one} {other}");
                }
            }
        }
        assert_eq!(natural_order("v1", "v01"), Ordering::Greater, "no two texts are equal but equal ones");
        assert_eq!(natural_order("2026-2", "2026-11"), Ordering::Less);
    }

    #[test]
    fn folding_forgets_marks_case_and_punctuation() {
        for (text, expected) in [
            ("Số 37, Ngõ 29/70 phố Khương Hạ", "so 37 ngo 29/70 pho khuong ha"),
            ("ĐƯỜNG Láng", "duong lang"),
            ("Hòa", "hoa"),
            ("Hoà", "hoa"),
            ("P.Nhật Tân", "p nhat tan"),
            ("Nguye\u{302}\u{303}n", "nguyen"),
            ("  ", ""),
        ] {
            assert_eq!(fold(text), expected);
            assert_eq!(spell(text).replace(is_mark, ""), expected);
        }
        assert_eq!(nfc("e\u{302}\u{301}"), "ế");
        for (text, expected) in [
            ("Phú", "phu\u{301}"),
            ("Hoà hòa", "hoa\u{300} hoa\u{300}"),
            ("Đường", "duong\u{300}\u{31b}\u{31b}\u{335}"),
            ("\u{301}a", "a\u{301}"),
            ("\u{301} a", "a"),
        ] {
            assert_eq!(spell(text), expected);
        }
    }
}
