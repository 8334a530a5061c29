//! The fonts that documents are set in, and which letters they have.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontStyle, FontWeight};
use typst::utils::LazyHash;

/// The family of all text.
pub(crate) const FAMILY: &str = "Libertinus Serif";

/// The faces of it that documents use, each with every Vietnamese letter: the bold italic has no ơ and no ư.
const FACES: [(FontStyle, FontWeight); 3] = [
    (FontStyle::Normal, FontWeight::REGULAR),
    (FontStyle::Italic, FontWeight::REGULAR),
    (FontStyle::Normal, FontWeight::BOLD),
];

fn face(font: &Font) -> (FontStyle, FontWeight) {
    let variant = font.info().variant;
    (variant.style, variant.weight)
}

pub(crate) struct Fonts {
    pub(crate) all: Vec<Font>,
    pub(crate) book: LazyHash<FontBook>,
}

/// Only the family that documents use: others would be read for nothing.
pub(crate) static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let all: Vec<Font> = typst_assets::fonts()
        .flat_map(|data| Font::iter(Bytes::new(data)))
        .filter(|font| font.info().family == FAMILY && FACES.contains(&face(font)))
        .collect();
    let book = LazyHash::new(FontBook::from_fonts(&all));
    Fonts { all, book }
});

/// Whether every face has a letter for it.
pub(crate) fn has(letter: char) -> bool {
    letter.is_ascii_graphic()
        || letter == ' '
        || letter == '\n'
        || FONTS.all.iter().all(|font| font.info().coverage.contains(letter.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vietnamese_letter_is_in_every_face() {
        assert_eq!(FONTS.all.len(), FACES.len());
        let plain = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ";
        let marks = "–—…·±²³°×≤≥“”‘’→□•₫";
        for letter in plain.chars().chain(plain.to_uppercase().chars()).chain(marks.chars()) {
            assert!(has(letter), "{letter}");
        }
        assert!(!has('火') && !has('🔥'));
    }
}
