//! Photos as large as they are printed: no paper shows more, and forty of them must fit a phone's memory.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, ImageReader, Limits, RgbImage};

/// Long edge, in pixels: 8 cm at more than 300 dots an inch.
const EDGE: u32 = 1_100;
const QUALITY: u8 = 80;
/// More than any photo of ours has on one side, in pixels.
const MOST_PIXELS: u32 = 12_000;
/// The most memory that one may take, in bytes.
const MOST_BYTES: u64 = 160 * 1024 * 1024;

/// A photo's JPEG for the paper; `None` where it is none. The same in gives the same out on every machine.
pub(crate) fn reduced(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    reader.limits(limits);
    let picture = reader.decode().ok()?.into_rgb8();
    let times = picture.width().max(picture.height()).div_ceil(EDGE);
    let mut made = Vec::new();
    JpegEncoder::new_with_quality(&mut made, QUALITY).encode_image(&smaller(&picture, times)).ok()?;
    Some(made)
}

/// So many times smaller: each pixel is the mean of those that it stands for. What is left over at the right and the lower edge
/// is cut off.
fn smaller(picture: &RgbImage, times: u32) -> RgbImage {
    let (wide, high) = ((picture.width() / times).max(1), (picture.height() / times).max(1));
    let (row, step) = (picture.width() as usize * 3, times as usize);
    let raw = picture.as_raw();
    let many = step * step;
    let mut made = Vec::with_capacity((wide * high * 3) as usize);
    for y in 0..high as usize {
        for x in 0..wide as usize {
            for colour in 0..3 {
                let corner = y * step * row + x * step * 3 + colour;
                let at = |down: usize, across: usize| raw.get(corner + down * row + across * 3).copied().unwrap_or(255);
                let sum: usize =
                    (0..step).map(|down| (0..step).map(|across| usize::from(at(down, across))).sum::<usize>()).sum();
                made.push(((sum + many / 2) / many) as u8);
            }
        }
    }
    RgbImage::from_raw(wide, high, made).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 90]));
        let mut made = Vec::new();
        JpegEncoder::new_with_quality(&mut made, 90).encode_image(&picture).expect("a JPEG");
        made
    }

    #[test]
    fn a_photo_is_as_large_as_its_paper_shows() {
        let size = |bytes: &[u8]| image::load_from_memory(bytes).map(|it| (it.width(), it.height())).expect("a JPEG");
        assert_eq!(size(&reduced(&jpeg(2_048, 1_536)).expect("printed")), (1_024, 768));
        assert_eq!(size(&reduced(&jpeg(300, 400)).expect("printed")), (300, 400));
        assert_eq!(size(&reduced(&jpeg(3_500, 3)).expect("printed")), (875, 1));
        assert_eq!(reduced(&jpeg(1_700, 1_200)), reduced(&jpeg(1_700, 1_200)));
        assert_eq!(reduced(b"no picture"), None);
        assert_eq!(reduced(&jpeg(900, 900)[..400]), None);
    }
}
