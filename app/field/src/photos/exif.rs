//! What the camera wrote into the file: which way is up, when, where (EXIF 2.32).
//!
//! Invariant: damaged or absurd metadata reads as absent; it never makes a photo unreadable.

use std::io::Cursor;

use ancu_shared::clock::UtcMillis;
use ancu_shared::record::fields;
use ancu_shared::record::register::{Position, PositionSource};
use exif::{Exif, In, Reader, Tag, Value};

/// What the camera told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    /// EXIF orientation, 1 to 8; 1 = upright.
    pub(super) orientation: u8,
    /// When it was taken.
    pub(super) taken_at: Option<UtcMillis>,
    /// Where.
    pub(super) place: Option<Position>,
}

/// Reads the metadata of a file.
pub(super) fn read(file: &[u8]) -> Told {
    let nothing = Told { orientation: 1, taken_at: None, place: None };
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    let found =
        reader.read_from_container(&mut Cursor::new(file)).or_else(|error| error.distill_partial_result(|_| {}));
    let Ok(exif) = found else { return nothing };
    let orientation = exif
        .get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .filter(|orientation| (1..=8).contains(orientation))
        .map_or(1, |orientation| orientation as u8);
    Told { orientation, taken_at: taken_at(&exif), place: place(&exif) }
}

/// Local time of the camera; where it doesn't say its offset, Hà Nội's.
fn taken_at(exif: &Exif) -> Option<UtcMillis> {
    let text = |tag| match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(parts) => parts.first().map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    };
    let written = text(Tag::DateTimeOriginal).or_else(|| text(Tag::DateTime))?;
    let time = exif::DateTime::from_ascii(written.as_bytes()).ok()?;
    let offset_minutes = text(Tag::OffsetTimeOriginal)
        .or_else(|| text(Tag::OffsetTime))
        .and_then(|offset| minutes(offset.trim_end_matches('\0')))
        .unwrap_or(7 * 60);
    let local = jiff::civil::DateTime::new(
        time.year as i16,
        time.month as i8,
        time.day as i8,
        time.hour as i8,
        time.minute as i8,
        time.second.min(59) as i8,
        0,
    )
    .ok()?;
    // Cameras whose clock was never set say 0000 or 1970.
    if local.year() < 1990 {
        return None;
    }
    let utc = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
    Some(UtcMillis(utc - offset_minutes * 60_000)).filter(|taken| fields::is_instant(*taken))
}

fn minutes(offset: &str) -> Option<i64> {
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.trim_start_matches(['+', '-']).split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn place(exif: &Exif) -> Option<Position> {
    let latitude = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?;
    let longitude = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?;
    // Receivers without a fix write zeros.
    let sane = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && (latitude != 0.0 || longitude != 0.0);
    let accuracy_m = rationals(exif, Tag::GPSHPositioningError)
        .and_then(|values| values.first().copied())
        .filter(|metres| metres.is_finite() && (0.0..1_000_000.0).contains(metres));
    sane.then_some(Position { latitude, longitude, accuracy_m, source: PositionSource::Photo })
}

fn degrees(exif: &Exif, value: Tag, side: Tag, negative: &str) -> Option<f64> {
    let parts = rationals(exif, value)?;
    let degrees = parts.first()? + parts.get(1).unwrap_or(&0.0) / 60.0 + parts.get(2).unwrap_or(&0.0) / 3_600.0;
    let side = exif.get_field(side, In::PRIMARY)?.display_value().to_string();
    degrees.is_finite().then_some(if side == negative { -degrees } else { degrees })
}

fn rationals(exif: &Exif, tag: Tag) -> Option<Vec<f64>> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Rational(values) if !values.is_empty() && values.iter().all(|value| value.denom != 0) => {
            Some(values.iter().map(exif::Rational::to_f64).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_or_left() {
        for (text, expected) in
            [("+07:00", Some(420)), ("-03:30", Some(-210)), ("00:00", Some(0)), ("+99:00", None), ("x", None)]
        {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }

    #[test]
    fn a_file_without_metadata_is_upright() {
        assert_eq!(read(b"not an image"), Told { orientation: 1, taken_at: None, place: None });
    }
}
