//! Pictures of the demonstration: simple scenes drawn by code, stamped as the app stamps photos, written as small JPEGs.
//!
//! Invariant: the same seed gives the same picture. Rows are filled as wholes and letters are rasterised once, because a first
//! start draws some hundreds of these while a person waits.

mod scenes;

use std::collections::HashMap;
use std::path::Path;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _, point};
use ancu_shared::clock::SeededRandom;
use anyhow::Context as _;

/// Pixels across and down.
pub(super) const SIZE: (u32, u32) = (400, 300);
/// What scenes are drawn on, before they are made smaller.
const WIDTH: i32 = 480;
const HEIGHT: i32 = 360;
/// The letters that the field app stamps with.
const FONT: &[u8] = include_bytes!("../../../app/field/assets/BeVietnamPro-Medium.ttf");
const LETTERS: f32 = 12.0;

type Colour = [u8; 3];

/// A letter: how far it moves the pen, and its coverage at places from the pen.
struct Letter {
    advance: f32,
    dots: Vec<(i32, i32, u8)>,
}

/// Draws pictures; keeps what it rasterised.
pub(super) struct Painter {
    font: FontRef<'static>,
    letters: HashMap<char, Letter>,
}

impl Painter {
    pub(super) fn new() -> anyhow::Result<Self> {
        let font = FontRef::try_from_slice(FONT).context("reading the stamp's font")?;
        Ok(Self { font, letters: HashMap::new() })
    }

    /// Writes the picture of a question, with its stamp, as a JPEG.
    pub(super) fn write(
        &mut self,
        item: &str,
        failed: bool,
        seed: u64,
        stamp: &[String],
        file: &Path,
    ) -> anyhow::Result<()> {
        let mut random = SeededRandom::new(seed);
        let mut canvas = Canvas::new();
        scenes::draw(&mut canvas, &mut random, item, failed);
        let mut canvas = canvas.reduced();
        canvas.grain(&mut random);
        self.stamp(&mut canvas, stamp);
        let format = image::ImageFormat::Jpeg;
        image::save_buffer_with_format(file, &canvas.pixels, SIZE.0, SIZE.1, image::ExtendedColorType::Rgb8, format)
            .with_context(|| format!("writing {}", file.display()))
    }

    fn stamp(&mut self, canvas: &mut Canvas, lines: &[String]) {
        let strip = canvas.height - 17 * lines.len() as i32 - 6;
        for byte in &mut canvas.pixels[(strip * canvas.width * 3) as usize..] {
            *byte = *byte / 5 * 2;
        }
        for (number, line) in lines.iter().enumerate() {
            let baseline = strip + 16 + 17 * number as i32;
            let mut pen = 8.0;
            for letter in line.chars() {
                let font = &self.font;
                let drawn = self.letters.entry(letter).or_insert_with(|| rasterised(font, letter));
                for (x, y, cover) in &drawn.dots {
                    canvas.lighten(pen as i32 + x, baseline + y, *cover);
                }
                pen += drawn.advance;
            }
        }
    }
}

fn rasterised(font: &FontRef<'_>, letter: char) -> Letter {
    let scaled = font.as_scaled(PxScale::from(LETTERS * 1.3));
    let id = font.glyph_id(letter);
    let mut dots = Vec::new();
    if let Some(outline) = font.outline_glyph(id.with_scale_and_position(LETTERS * 1.3, point(0.0, 0.0))) {
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, cover| {
            dots.push((corner.x as i32 + x as i32, corner.y as i32 + y as i32, (cover.clamp(0.0, 1.0) * 255.0) as u8));
        });
    }
    Letter { advance: scaled.h_advance(id), dots }
}

/// RGB, row by row.
struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new() -> Self {
        Self { width: WIDTH, height: HEIGHT, pixels: vec![0; (WIDTH * HEIGHT * 3) as usize] }
    }

    /// One run of a row.
    fn run(&mut self, y: i32, from: i32, to: i32, colour: Colour) {
        let (from, to) = (from.clamp(0, self.width), to.clamp(0, self.width));
        if !(0..self.height).contains(&y) || from >= to {
            return;
        }
        let row = (y * self.width * 3) as usize;
        let run = &mut self.pixels[row + from as usize * 3..row + to as usize * 3];
        run[..3].copy_from_slice(&colour);
        // What is filled is doubled: a row costs a handful of copies.
        let mut filled = 3;
        while filled < run.len() {
            let next = filled.min(run.len() - filled);
            run.copy_within(..next, filled);
            filled += next;
        }
    }

    fn rect(&mut self, x: i32, y: i32, width: i32, height: i32, colour: Colour) {
        for row in y..y + height {
            self.run(row, x, x + width, colour);
        }
    }

    /// A rectangle that gets from one colour to the other, downwards.
    fn shade(&mut self, y: i32, height: i32, top: Colour, bottom: Colour) {
        for row in 0..height {
            let mix = |channel: usize| {
                let (from, to) = (i32::from(top[channel]), i32::from(bottom[channel]));
                (from + (to - from) * row / height.max(1)) as u8
            };
            self.run(y + row, 0, WIDTH, [mix(0), mix(1), mix(2)]);
        }
    }

    fn disc(&mut self, x: i32, y: i32, radius: i32, colour: Colour) {
        for row in -radius..=radius {
            let half = f64::from(radius * radius - row * row).sqrt() as i32;
            self.run(y + row, x - half, x + half + 1, colour);
        }
    }

    /// A convex shape.
    fn shape(&mut self, corners: &[(i32, i32)], colour: Colour) {
        let (Some(top), Some(bottom)) =
            (corners.iter().map(|corner| corner.1).min(), corners.iter().map(|corner| corner.1).max())
        else {
            return;
        };
        for y in top.max(0)..=bottom.min(HEIGHT - 1) {
            let (mut left, mut right) = (i32::MAX, i32::MIN);
            for (index, &(x1, y1)) in corners.iter().enumerate() {
                let (x2, y2) = corners[(index + 1) % corners.len()];
                if y < y1.min(y2) || y > y1.max(y2) {
                    continue;
                }
                for x in if y1 == y2 { [x1, x2] } else { [x1 + (x2 - x1) * (y - y1) / (y2 - y1); 2] } {
                    (left, right) = (left.min(x), right.max(x));
                }
            }
            self.run(y, left, right + 1, colour);
        }
    }

    /// A bar from one point to another.
    fn bar(&mut self, from: (i32, i32), to: (i32, i32), width: i32, colour: Colour) {
        let (across, down) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = across.hypot(down).max(1.0);
        let (x, y) = (
            (-down / length * f64::from(width) / 2.0).round() as i32,
            (across / length * f64::from(width) / 2.0).round() as i32,
        );
        let corners = [(from.0 + x, from.1 + y), (to.0 + x, to.1 + y), (to.0 - x, to.1 - y), (from.0 - x, from.1 - y)];
        self.shape(&corners, colour);
    }

    fn lighten(&mut self, x: i32, y: i32, cover: u8) {
        if !(0..self.width).contains(&x) || !(0..self.height).contains(&y) {
            return;
        }
        let place = ((y * self.width + x) * 3) as usize;
        for byte in &mut self.pixels[place..place + 3] {
            *byte += ((u16::from(u8::MAX - *byte) * u16::from(cover)) / 255) as u8;
        }
    }

    /// The same at the size of a picture, of six rows and columns five: what is written is paid for by the pixel.
    fn reduced(&self) -> Self {
        let (width, height) = (SIZE.0 as i32, SIZE.1 as i32);
        let mut pixels = Vec::with_capacity((width * height * 3) as usize);
        for (y, row) in self.pixels.chunks_exact((self.width * 3) as usize).enumerate() {
            if y % 6 != 5 {
                row.chunks_exact(18).for_each(|six| pixels.extend_from_slice(&six[..15]));
            }
        }
        Self { width, height, pixels }
    }

    /// What a small sensor adds in a dim stairwell.
    fn grain(&mut self, random: &mut SeededRandom) {
        let noise = random.next_u64().to_le_bytes();
        let mut place = 0;
        while place + 3 <= self.pixels.len() {
            let step = noise[place % 8] ^ noise[(place / 1_441) % 8];
            for byte in &mut self.pixels[place..place + 3] {
                *byte = byte.saturating_add(step % 11);
            }
            place += 3 * (5 + usize::from(step % 9));
        }
    }
}
