//! Vietnamese text: NFC for storing, folding for search.

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

#[cfg(test)]
mod tests {
    use super::*;

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
        }
        assert_eq!(nfc("e\u{302}\u{301}"), "ế");
    }
}
