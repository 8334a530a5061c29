//! What is drawn: signatures and codes, as SVG.

use std::fmt::Write as _;

use ancu_shared::record::attendance::{BOX_HEIGHT, BOX_WIDTH, Hand};
use ancu_shared::record::marks::{EDGE, Mark};
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

/// What is drawn on a photo of so many pixels, to lie over it. `text` makes words printable.
pub(crate) fn marks(marks: &[Mark], width: u32, height: u32, mut text: impl FnMut(&str) -> String) -> String {
    let (wide, high) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let across = |share: u16| f64::from(share) / f64::from(EDGE) * wide;
    let down = |share: u16| f64::from(share) / f64::from(EDGE) * high;
    // Strokes are as thick beside each other on every photo, whatever its size.
    let unit = wide.max(high) / 100.0;
    let mut shapes = String::new();
    for mark in marks {
        match mark {
            Mark::Arrow { from, to } => {
                let (x, y, tip_x, tip_y) = (across(from[0]), down(from[1]), across(to[0]), down(to[1]));
                let turned = (tip_y - y).atan2(tip_x - x);
                let wing = |by: f64| {
                    let turned = turned + by;
                    (tip_x - 5.0 * unit * turned.cos(), tip_y - 5.0 * unit * turned.sin())
                };
                let ((left_x, left_y), (right_x, right_y)) = (wing(0.5), wing(-0.5));
                let _ = write!(
                    shapes,
                    r#"<path d="M{x:.1} {y:.1}L{tip_x:.1} {tip_y:.1}M{left_x:.1} {left_y:.1}L{tip_x:.1} {tip_y:.1}L{right_x:.1} {right_y:.1}"/>"#
                );
            }
            Mark::Ellipse { center, radius } => {
                let _ = write!(
                    shapes,
                    r#"<ellipse cx="{:.1}" cy="{:.1}" rx="{:.1}" ry="{:.1}"/>"#,
                    across(center[0]),
                    down(center[1]),
                    across(radius[0]),
                    down(radius[1])
                );
            }
            Mark::Text { .. } => {}
        }
    }
    let mut words = String::new();
    for mark in marks {
        let Mark::Text { at, words: said } = mark else { continue };
        let said = text(said).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(words, r#"<text x="{:.1}" y="{:.1}">{said}</text>"#, across(at[0]), down(at[1]));
    }
    let lines = r#"fill="none" stroke-linecap="round" stroke-linejoin="round""#;
    let letters = format!(r#"font-family="Libertinus Serif" font-weight="bold" font-size="{:.1}""#, unit * 5.0);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"><g {lines} stroke="#ffffff" stroke-width="{:.1}">{shapes}</g><g {lines} stroke="#c8102e" stroke-width="{:.1}">{shapes}</g><g {letters} fill="none" stroke="#ffffff" stroke-width="{:.1}" stroke-linejoin="round">{words}</g><g {letters} fill="#c8102e">{words}</g></svg>"##,
        unit * 1.8,
        unit,
        unit * 1.2
    )
}

/// A QR code; `None` where the text does not fit into one.
pub(crate) fn qr(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(false).build())
}
