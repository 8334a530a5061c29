//! What is drawn: signatures and codes, as SVG.

use std::fmt::Write as _;

use ancu_shared::record::attendance::{BOX_HEIGHT, BOX_WIDTH, Hand};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// A signature in its box.
pub(crate) fn hand(hand: &Hand) -> String {
    let mut drawn = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {BOX_WIDTH} {BOX_HEIGHT}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}"><g fill="none" stroke="#10243c" stroke-width="7" stroke-linecap="round" stroke-linejoin="round">"##
    );
    for stroke in &hand.strokes {
        drawn.push_str("<path d=\"");
        for (place, point) in stroke.chunks_exact(2).enumerate() {
            let letter = if place == 0 { 'M' } else { 'L' };
            let _ = write!(drawn, "{letter}{} {}", point[0], point[1]);
        }
        if stroke.len() == 2 {
            // A dot.
            let _ = write!(drawn, "L{} {}", stroke[0], stroke[1]);
        }
        drawn.push_str("\"/>");
    }
    drawn.push_str("</g></svg>");
    drawn
}

/// A QR code; `None` where the text does not fit into one.
pub(crate) fn qr(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(false).build())
}
