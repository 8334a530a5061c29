//! Whether a file is whole, by its own marks: decoders make a picture of half a JPEG without a word.

/// HEIC, HEIF and AVIF: ISO base media files (ISO/IEC 23008-12) with a still picture's brand.
pub(super) fn is_heic(file: &[u8]) -> bool {
    const BRANDS: [&[u8; 4]; 8] = [b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"];
    file.get(4..8) == Some(b"ftyp") && file.get(8..12).is_some_and(|brand| BRANDS.iter().any(|known| brand == *known))
}

/// Whether the file goes to its end. Formats other than JPEG and PNG are left to their decoders.
pub(super) fn is_whole(file: &[u8]) -> bool {
    if file.starts_with(&[0xFF, 0xD8]) {
        jpeg_ends(file)
    } else if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        file.windows(4).any(|name| name == b"IEND")
    } else {
        true
    }
}

/// Walks the segments of a JPEG (ITU-T T.81, B.1.1) to its end-of-image mark.
fn jpeg_ends(file: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(&[0xFF, marker]) = file.get(at..at + 2) else { return false };
        at += 2;
        match marker {
            0xD9 => return true,
            0xFF => at -= 1, // fill
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let Some(&[high, low]) = file.get(at..at + 2) else { return false };
                at += usize::from(u16::from_be_bytes([high, low])).max(2);
                if marker == 0xDA {
                    match end_of_scan(file, at) {
                        Some(next) => at = next,
                        None => return false,
                    }
                }
            }
        }
    }
}

/// Where the mark after entropy-coded data stands.
fn end_of_scan(file: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += file.get(at..)?.iter().position(|byte| *byte == 0xFF)?;
        match file.get(at + 1)? {
            0x00 | 0xD0..=0xD7 => at += 2, // a stuffed byte, a restart
            0xFF => at += 1,
            _ => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg() -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([(x * y % 256) as u8, x as u8, y as u8]));
        image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).expect("encode");
        bytes
    }

    #[test]
    fn every_cut_of_a_jpeg_is_noticed() {
        let whole = jpeg();
        assert!(is_whole(&whole));
        for end in 2..whole.len() {
            assert!(!is_whole(&whole[..end]), "cut at {end} of {}", whole.len());
        }
        assert!(is_whole(&[&whole[..], b"trailing bytes of a camera"].concat()));
    }

    #[test]
    fn heic_is_known_by_its_brand() {
        assert!(is_heic(b"\0\0\0\x18ftypheic\0\0\0\0"));
        assert!(!is_heic(b"\0\0\0\x18ftypisom\0\0\0\0"));
        assert!(!is_heic(b"ftyp"));
    }
}
