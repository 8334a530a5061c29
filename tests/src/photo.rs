//! Photos made on the spot: JPEGs with camera metadata, and files that only claim to be photos.

use ancu_shared::clock::{RandomSource as _, SeededRandom};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder as _, Rgb, RgbImage};

/// Where the demonstration's ward is: a place inside it, for metadata.
pub const PLACE: (f64, f64) = (20.994_5, 105.814_2);

/// A picture with structure and grain, so that it compresses about as a real photo does.
pub fn picture(width: u32, height: u32, seed: u64) -> RgbImage {
    let mut random = SeededRandom::new(seed);
    let mut grain = vec![0_u8; 4096];
    random.fill(&mut grain);
    RgbImage::from_fn(width, height, |x, y| {
        let noise = i32::from(grain[((x.wrapping_mul(31) ^ y.wrapping_mul(17)) % 4096) as usize] % 24);
        let wall = if (x / 97 + y / 61) % 2 == 0 { 150 } else { 60 };
        let shade = |base: i32| (base + noise + (y * 80 / height.max(1)) as i32).clamp(0, 255) as u8;
        Rgb([shade(wall), shade(wall / 2 + 40), shade(90)])
    })
}

/// A JPEG of a picture, without metadata.
pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 88)
        .write_image(picture.as_raw(), picture.width(), picture.height(), image::ExtendedColorType::Rgb8)
        .expect("a JPEG");
    bytes
}

/// A JPEG as a phone writes it: orientation, time and place in its EXIF block.
pub fn camera_jpeg(width: u32, height: u32, seed: u64, orientation: u16, place: Option<(f64, f64)>) -> Vec<u8> {
    let plain = jpeg(&picture(width, height, seed));
    let exif = exif(orientation, place);
    let mut bytes = plain[..2].to_vec();
    bytes.extend_from_slice(&[0xFF, 0xE1]);
    bytes.extend_from_slice(&((exif.len() + 2) as u16).to_be_bytes());
    bytes.extend_from_slice(&exif);
    bytes.extend_from_slice(&plain[2..]);
    bytes
}

/// An EXIF block (CIPA DC-008): little-endian TIFF with orientation, and the GPS directory where there is a place.
fn exif(orientation: u16, place: Option<(f64, f64)>) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const ASCII: u16 = 2;
    const RATIONAL: u16 = 5;
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let mut first = vec![entry(0x0112, SHORT, 1, (u32::from(orientation)).to_le_bytes())];
    if place.is_some() {
        // Header 8, count 2, two entries of 12, next 4: the GPS directory follows.
        first.push(entry(0x8825, LONG, 1, 38_u32.to_le_bytes()));
    }
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let directory = |tiff: &mut Vec<u8>, entries: &[Vec<u8>]| {
        tiff.extend_from_slice(&(entries.len() as u16).to_le_bytes());
        tiff.extend(entries.iter().flatten());
        tiff.extend_from_slice(&[0; 4]);
    };
    directory(&mut tiff, &first);
    if let Some((latitude, longitude)) = place {
        let data = 38 + 2 + 4 * 12 + 4;
        let letter = |letter: u8| [letter, 0, 0, 0];
        let north = if latitude < 0.0 { b'S' } else { b'N' };
        let east = if longitude < 0.0 { b'W' } else { b'E' };
        directory(
            &mut tiff,
            &[
                entry(1, ASCII, 2, letter(north)),
                entry(2, RATIONAL, 3, u32::to_le_bytes(data)),
                entry(3, ASCII, 2, letter(east)),
                entry(4, RATIONAL, 3, u32::to_le_bytes(data + 24)),
            ],
        );
        for degrees in [latitude.abs(), longitude.abs()] {
            let minutes = degrees.fract() * 60.0;
            let seconds = minutes.fract() * 60.0;
            for (value, scale) in [(degrees.trunc(), 1_u32), (minutes.trunc(), 1), (seconds, 10_000)] {
                tiff.extend_from_slice(&((value * f64::from(scale)).round() as u32).to_le_bytes());
                tiff.extend_from_slice(&scale.to_le_bytes());
            }
        }
    }
    [b"Exif\0\0", &tiff[..]].concat()
}
