//! What is drawn on a photo: arrows, circles, words. It is said beside the picture, whose bytes stay as they were taken.
//!
//! Invariant: places are shares of the picture, so they fit it at every size; an older program shows the picture without them.

use serde::{Deserialize, Serialize};

use super::register::PhotoDetail;
use crate::error::Problem;
use crate::text::free::{self, Shape};

/// The right and the lower edge: places count from 0 at the left and the top.
pub const EDGE: u16 = 10_000;
/// The most marks of one photo.
pub const MOST_MARKS: usize = 40;
/// The longest words of one mark, in characters.
pub const MAX_MARK_CHARS: usize = 60;

/// One thing that is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mark {
    /// From where it comes to what it points at.
    Arrow {
        /// Its tail: x, y.
        from: [u16; 2],
        /// Its tip: x, y.
        to: [u16; 2],
    },
    /// Around something.
    Ellipse {
        /// Its middle: x, y.
        center: [u16; 2],
        /// Half its width and half its height.
        radius: [u16; 2],
    },
    /// Words, which begin at a place.
    Text {
        /// Where the first letter stands: x, y of its foot.
        at: [u16; 2],
        /// The words: one line, NFC.
        words: String,
    },
}

impl Mark {
    fn is_well_formed(&self) -> bool {
        let inside = |place: &[u16; 2]| place.iter().all(|share| *share <= EDGE);
        match self {
            Self::Arrow { from, to } => inside(from) && inside(to) && from != to,
            Self::Ellipse { center, radius } => inside(center) && inside(radius) && !radius.contains(&0),
            Self::Text { at, words } => {
                let length = words.chars().count();
                inside(at) && (1..=MAX_MARK_CHARS).contains(&length) && !words.contains(char::is_control)
            }
        }
    }
}

impl PhotoDetail {
    /// Whether what is drawn on it can be.
    pub fn is_drawn_well(&self) -> bool {
        self.marks.len() <= MOST_MARKS && self.marks.iter().all(Mark::is_well_formed)
    }
}

/// Marks as they are kept; refused where they lie beside the picture, say nothing, or are too many.
pub fn tidy(marks: Vec<Mark>) -> Result<Vec<Mark>, Problem> {
    let tidied = |mark: Mark| {
        Ok(match mark {
            Mark::Text { at, words } => {
                Mark::Text { at, words: free::tidy("marks", &words, Shape::Line, MAX_MARK_CHARS)? }
            }
            drawn => drawn,
        })
    };
    let marks = marks.into_iter().map(tidied).collect::<Result<Vec<_>, Problem>>()?;
    if marks.len() > MOST_MARKS || !marks.iter().all(Mark::is_well_formed) {
        return Err(Problem::field(
            "marks",
            "Không ghi được nét vẽ này: nằm ngoài ảnh, để trống, hoặc quá 40 nét. Hãy vẽ lại.",
            "This cannot be drawn: it lies beside the picture, is empty, or there are more than 40 marks. Draw it again.",
        ));
    }
    Ok(marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_lie_on_the_picture_and_say_something() {
        let arrow = |to: [u16; 2]| Mark::Arrow { from: [0, 0], to };
        let words = |words: &str| Mark::Text { at: [5, 5], words: words.into() };
        assert_eq!(tidy(vec![words(" Khóa trái ")]).expect("kept"), [words("Khóa trái")]);
        for bad in [
            vec![arrow([10_001, 5])],
            vec![arrow([0, 0])],
            vec![Mark::Ellipse { center: [5, 5], radius: [0, 9] }],
            vec![words("  ")],
            vec![words(&"x".repeat(61))],
            vec![arrow([5, 5]); MOST_MARKS + 1],
        ] {
            assert_eq!(tidy(bad).expect_err("refused").field.as_deref(), Some("marks"));
        }
    }
}
