//! Photos: from the camera's file to what a record keeps: upright, reduced, stamped, hashed, with a thumbnail.
//!
//! Invariants: bytes are hostile until decoded within limits; what is hashed is exactly what is kept and sent; the
//! original's time and place are kept as data beside the stamp. Works without the store and without its lock.

mod exif;
mod stamp;
mod whole;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::PhotoHash;
use ancu_shared::record::register::Position;
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, RgbImage};
use rxing::helpers::detect_in_luma_with_hints;
use rxing::{BarcodeFormat, DecodeHints};
use sha2::{Digest as _, Sha256};

pub use stamp::Stamp;

/// The largest file that is looked at, in bytes.
pub const MAX_FILE_BYTES: u64 = 60 * 1024 * 1024;
/// The most pixels that are decoded.
pub const MAX_PIXELS: u64 = 120_000_000;
/// Long edge of what is kept, in pixels.
pub const LONG_EDGE: u32 = 2_048;
/// Long edge of a thumbnail, in pixels.
pub const THUMBNAIL_EDGE: u32 = 320;
const QUALITY: u8 = 82;
const THUMBNAIL_QUALITY: u8 = 75;

/// A photo as a record keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduced {
    /// Address of `full`.
    pub hash: PhotoHash,
    /// JPEG, upright, stamped, long edge at most [`LONG_EDGE`].
    pub full: Vec<u8>,
    /// JPEG, long edge at most [`THUMBNAIL_EDGE`].
    pub thumbnail: Vec<u8>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// SHA-256 of the original file, hexadecimal.
    pub original_sha256: String,
    /// When the camera says it was taken.
    pub taken_at: Option<UtcMillis>,
    /// Where the camera says it was taken.
    pub place: Option<Position>,
}

/// What is known of a photo besides its file, for the stamp.
#[derive(Debug, Clone, PartialEq)]
pub struct Circumstances {
    /// The device's clock.
    pub now: UtcMillis,
    /// Who adds it.
    pub author: String,
    /// Whether it comes from the camera just now: then it was taken now and here, also where its file does not say so.
    pub from_camera: bool,
    /// Where the inspection is made, if that is known.
    pub position: Option<Position>,
}

/// Whether a file of this size is looked at at all.
pub fn check_size(bytes: u64) -> Result<(), Problem> {
    if bytes > MAX_FILE_BYTES { Err(too_large(bytes)) } else { Ok(()) }
}

fn too_large(bytes: u64) -> Problem {
    let limits = serde_json::json!({ "bytes": bytes, "max_bytes": MAX_FILE_BYTES, "max_pixels": MAX_PIXELS });
    Problem::new(ErrorCode::PhotoTooLarge).with(limits)
}

/// Makes of a camera's file what a record keeps.
pub fn reduce(file: &[u8], circumstances: &Circumstances) -> Result<Reduced, Problem> {
    check_size(file.len() as u64)?;
    let decoded = decode(file)?;
    let told = exif::read(file);
    let reduced = upright(shrink(decoded, LONG_EDGE)?, told.orientation);
    let mut picture = reduced.into_rgb8();
    let stamp = Stamp {
        taken_at: told.taken_at.or(circumstances.from_camera.then_some(circumstances.now)),
        added_at: circumstances.now,
        place: told.place.or(circumstances.position.filter(|_| circumstances.from_camera)),
        author: circumstances.author.clone(),
    };
    let thumbnail = shrink(DynamicImage::ImageRgb8(picture.clone()), THUMBNAIL_EDGE)?.into_rgb8();
    stamp.draw(&mut picture);
    let full = encode(&picture, QUALITY)?;
    Ok(Reduced {
        hash: PhotoHash::of(&full),
        thumbnail: encode(&thumbnail, THUMBNAIL_QUALITY)?,
        width: picture.width(),
        height: picture.height(),
        full,
        original_sha256: hex::encode(Sha256::digest(file)),
        taken_at: told.taken_at,
        place: told.place,
    })
}

/// The thumbnail of a picture that is already reduced.
pub fn thumbnail(full: &[u8]) -> Result<Vec<u8>, Problem> {
    encode(&shrink(decode(full)?, THUMBNAIL_EDGE)?.into_rgb8(), THUMBNAIL_QUALITY)
}

fn unreadable() -> Problem {
    Problem::new(ErrorCode::PhotoUnreadable)
}

/// Decodes within limits; a file that ends too early is damaged, even if a picture could be made of its first part.
fn decode(file: &[u8]) -> Result<DynamicImage, Problem> {
    if whole::is_heic(file) {
        let mut problem = unreadable();
        "Ảnh HEIC chưa đọc được. Hãy đặt máy ảnh ở chế độ JPEG (Tương thích nhất) rồi chụp lại, hoặc chọn tệp JPEG, PNG, WebP.".clone_into(&mut problem.vi);
        "HEIC photos cannot be read yet. Set the camera to JPEG (Most Compatible) and take it again, or choose a JPEG, PNG or WebP file.".clone_into(&mut problem.en);
        return Err(problem.with(serde_json::json!({ "format": "heic" })));
    }
    if !whole::is_whole(file) {
        return Err(unreadable());
    }
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| unreadable())?;
    let mut decoder = reader.into_decoder().map_err(|_| unreadable())?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(too_large(file.len() as u64));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    decoder.set_limits(limits).map_err(|_| unreadable())?;
    // A decoder's panic on hostile bytes must not take the app down.
    let decoded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| DynamicImage::from_decoder(decoder)));
    decoded.map_err(|_| unreadable())?.map_err(|_| unreadable())
}

/// The picture on white, with a long edge of at most so many pixels.
fn shrink(picture: DynamicImage, edge: u32) -> Result<DynamicImage, Problem> {
    let picture = flat(picture);
    let (width, height) = (picture.width(), picture.height());
    let long = width.max(height);
    if long <= edge {
        return Ok(DynamicImage::ImageRgb8(picture));
    }
    let to = |side: u32| ((u64::from(side) * u64::from(edge) + u64::from(long) / 2) / u64::from(long)).max(1) as u32;
    let (to_width, to_height) = (to(width), to(height));
    let from = Image::from_vec_u8(width, height, picture.into_raw(), PixelType::U8x3).map_err(|_| unreadable())?;
    let mut into = Image::new(to_width, to_height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&from, &mut into, &options).map_err(|_| unreadable())?;
    let picture = RgbImage::from_raw(to_width, to_height, into.into_vec()).ok_or_else(unreadable)?;
    Ok(DynamicImage::ImageRgb8(picture))
}

fn flat(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let on_white = |c: u8| ((u32::from(c) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255) as u8;
        image::Rgb([on_white(red), on_white(green), on_white(blue)])
    })
}

fn upright(mut picture: DynamicImage, orientation: u8) -> DynamicImage {
    if let Some(orientation) = image::metadata::Orientation::from_exif(orientation) {
        picture.apply_orientation(orientation);
    }
    picture
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).map_err(|_| ErrorCode::Internal)?;
    Ok(bytes)
}

/// Reads the text of a QR code out of a picture: a photo of it, a scan of the paper it is on, or a screenshot.
pub fn read_qr(file: &[u8]) -> Result<String, Problem> {
    check_size(file.len() as u64)?;
    let mut picture = decode(file)?;
    let largest = picture.width().max(picture.height()).min(2_400);
    // What is too fine at one size is found at another.
    for edge in [largest, 1_600, 1_000].into_iter().filter(|edge| *edge <= largest) {
        picture = shrink(picture, edge)?;
        if let Some(text) = code_in(&picture) {
            return Ok(text);
        }
    }
    let mut problem = Problem::new(ErrorCode::LinkInvalid);
    "Không thấy mã QR trong ảnh. Hãy chụp gần hơn, đủ sáng, cả bốn góc.".clone_into(&mut problem.vi);
    "There is no QR code in this picture. Take it closer, in good light, with all four corners."
        .clone_into(&mut problem.en);
    Err(problem)
}

fn code_in(picture: &DynamicImage) -> Option<String> {
    let (width, height) = (picture.width(), picture.height());
    let raw = picture.to_luma8().into_raw();
    let mut hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    // The reader is of others and sees what a stranger made: a picture that it cannot bear holds no code.
    let read = catch_unwind(AssertUnwindSafe(|| {
        detect_in_luma_with_hints(raw, width, height, Some(BarcodeFormat::QR_CODE), &mut hints)
    }));
    Some(read.ok()?.ok()?.getText().to_owned())
}
