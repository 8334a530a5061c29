//! The stamp on a photo: time, place with its accuracy, author, on a half-dark strip at the bottom, in letters of a
//! fortieth of the long edge: readable where the photo fills a phone.
//!
//! Invariant: the stamp says what is known and nothing else; a place without accuracy bears no number for it.

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};
use ancu_shared::clock::UtcMillis;
use ancu_shared::record::register::{Position, PositionSource};
use image::{Rgb, RgbImage};

/// Be Vietnam Pro Medium (OFL 1.1): has every Vietnamese letter.
const FONT: &[u8] = include_bytes!("../../assets/BeVietnamPro-Medium.ttf");

/// What the stamp says.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// When it was taken, where that is known.
    pub taken_at: Option<UtcMillis>,
    /// When it was added.
    pub added_at: UtcMillis,
    /// Where.
    pub place: Option<Position>,
    /// Who adds it.
    pub author: String,
}

impl Stamp {
    /// The stamp's two lines.
    pub fn lines(&self) -> [String; 2] {
        let hanoi = self.taken_at.unwrap_or(self.added_at).plus_millis(7 * 3_600_000);
        let added = if self.taken_at.is_none() { "Thêm lúc " } else { "" };
        let time =
            jiff::Timestamp::from_millisecond(hanoi.0).unwrap_or_default().strftime("%d/%m/%Y %H:%M:%S").to_string();
        [
            format!("{added}{time} (GMT+7) · {}", self.author),
            self.place.as_ref().map_or_else(|| "Chưa có tọa độ".to_owned(), place),
        ]
    }

    /// Draws the stamp onto the bottom of a picture. A picture too small to read it on gets none.
    pub fn draw(&self, picture: &mut RgbImage) {
        let (width, height) = picture.dimensions();
        if width < 160 || height < 120 {
            return;
        }
        // The font is part of the program: a test draws with it.
        let Ok(font) = FontRef::try_from_slice(FONT) else { return };
        let lines = self.lines();
        let wanted = (width.max(height) as f32 / 40.0).clamp(12.0, 64.0);
        let margin = wanted * 0.6;
        let widest = lines.iter().map(|line| line_width(&font, line, wanted)).fold(1.0, f32::max);
        let size = wanted * ((width as f32 - 2.0 * margin) / widest).min(1.0);
        let line_height = size * 1.45;
        let strip = (line_height * lines.len() as f32 + margin).min(height as f32 / 2.0);
        darken(picture, height - strip as u32);
        for (number, line) in lines.iter().enumerate() {
            let baseline = height as f32 - strip + margin / 2.0 + line_height * number as f32 + size * 1.05;
            write(picture, &font, line, size, margin, baseline);
        }
    }
}

fn place(place: &Position) -> String {
    let source = match place.source {
        PositionSource::Device => "",
        PositionSource::Photo => " (theo ảnh)",
        PositionSource::Manual => " (đặt tay)",
    };
    let accuracy = place.accuracy_m.map_or_else(String::new, |metres| format!(" ±{metres:.0} m"));
    // Vietnamese writes a comma before fractions, so a semicolon divides the two.
    let degrees = format!("{:.6}; {:.6}", place.latitude, place.longitude).replace('.', ",");
    format!("{degrees}{accuracy}{source}")
}

fn darken(picture: &mut RgbImage, from: u32) {
    for y in from..picture.height() {
        for x in 0..picture.width() {
            for channel in &mut picture.get_pixel_mut(x, y).0 {
                *channel = (u16::from(*channel) * 2 / 5) as u8;
            }
        }
    }
}

fn glyphs<'a>(font: &'a FontRef<'_>, line: &'a str) -> impl Iterator<Item = GlyphId> + 'a {
    line.chars().map(|letter| font.glyph_id(letter))
}

fn line_width(font: &FontRef<'_>, line: &str, size: f32) -> f32 {
    let font = font.as_scaled(PxScale::from(size));
    glyphs(font.font, line).map(|glyph| font.h_advance(glyph)).sum()
}

fn write(picture: &mut RgbImage, font: &FontRef<'_>, line: &str, size: f32, left: f32, baseline: f32) {
    let scaled = font.as_scaled(PxScale::from(size));
    let mut x = left;
    for id in glyphs(font, line) {
        let glyph = id.with_scale_and_position(size, point(x, baseline));
        x += scaled.h_advance(id);
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let bounds = outline.px_bounds();
        outline.draw(|dx, dy, coverage| {
            let (px, py) = (bounds.min.x + dx as f32, bounds.min.y + dy as f32);
            if px >= 0.0 && py >= 0.0 && px < picture.width() as f32 && py < picture.height() as f32 {
                let pixel = picture.get_pixel_mut(px as u32, py as u32);
                let coverage = coverage.clamp(0.0, 1.0);
                let blend = |below: u8| (f32::from(below) + (255.0 - f32::from(below)) * coverage) as u8;
                *pixel = Rgb(pixel.0.map(blend));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(author: &str) -> Stamp {
        let place = Position {
            latitude: 20.991_2,
            longitude: 105.812_3,
            accuracy_m: Some(6.2),
            source: PositionSource::Device,
        };
        let at = UtcMillis(1_795_285_800_000);
        Stamp { taken_at: Some(at), added_at: at, place: Some(place), author: author.into() }
    }

    #[test]
    fn it_says_time_place_accuracy_and_author() {
        assert_eq!(
            stamp("Nguyễn Thị Hường").lines(),
            ["22/11/2026 01:30:00 (GMT+7) · Nguyễn Thị Hường".to_owned(), "20,991200; 105,812300 ±6 m".to_owned()]
        );
        let unknown = Stamp { place: None, taken_at: None, ..stamp("An") };
        assert_eq!(unknown.lines(), ["Thêm lúc 22/11/2026 01:30:00 (GMT+7) · An", "Chưa có tọa độ"]);
    }

    #[test]
    fn the_font_has_every_vietnamese_letter() {
        let font = FontRef::try_from_slice(FONT).expect("font");
        let letters = "aáàảãạăắằẳẵặâấầẩẫậeéèẻẽẹêếềểễệiíìỉĩịoóòỏõọôốồổỗộơớờởỡợuúùủũụưứừửữựyýỳỷỹỵđ±·";
        for letter in letters.chars().chain(letters.to_uppercase().chars()) {
            assert_ne!(font.glyph_id(letter), GlyphId(0), "{letter}");
        }
    }

    #[test]
    fn it_is_drawn_at_the_bottom_and_inside() {
        let mut picture = RgbImage::from_pixel(640, 480, Rgb([128, 128, 128]));
        stamp(&"Rất Dài ".repeat(30)).draw(&mut picture);
        assert_eq!(picture.get_pixel(10, 10).0, [128; 3]);
        assert_eq!(picture.get_pixel(0, 479).0, [51; 3]);
        assert!(picture.pixels().any(|pixel| pixel.0[0] > 200), "letters are bright");
    }
}
