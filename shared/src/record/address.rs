//! Hà Nội addresses: số nhà › hẻm › ngách › ngõ › phố/đường › tổ dân phố › phường/xã.
//!
//! Invariant: the address as a person wrote it stays the record's; parts are a reading of it, for search, lists and finding
//! doubles. Reading knows the grammar and the names of the districts that were, not which streets and wards exist.

mod parse;
mod words;

use serde::{Deserialize, Serialize};

pub use self::parse::{parse, told_words};

/// An address in its parts; empty where a part is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct AddressParts {
    /// Số nhà: "21B".
    pub house_number: String,
    /// Hẻm: "31".
    pub alley: String,
    /// Ngách: "98".
    pub sub_lane: String,
    /// Ngõ: "43".
    pub lane: String,
    /// Phố, đường: "Trung Kính".
    pub street: String,
    /// Tổ dân phố, thôn: "12", "Triều Khúc".
    pub residential_group: String,
    /// Phường, xã.
    pub ward: String,
    /// Quận, huyện (before 2025-07-01).
    pub district: String,
}

impl AddressParts {
    /// Ngõ, ngách, hẻm from the outermost: "29/70/2"; empty on the street itself.
    pub fn chain(&self) -> String {
        let links: Vec<_> =
            [&self.lane, &self.sub_lane, &self.alley].into_iter().filter(|link| !link.is_empty()).collect();
        links.iter().map(|link| link.as_str()).collect::<Vec<_>>().join("/")
    }
}

/// The district that was (until 2025-06-30) which these folded words name, in full or shortened.
pub fn former_district(folded: &str) -> Option<&'static str> {
    words::district(folded)
}

/// The address as Hà Nội writes it, from the door outwards, without the city: "Số 21B, hẻm 29/70/2 Khương Hạ, Khương Đình".
/// [`parse()`] reads it back.
pub fn format(parts: &AddressParts) -> String {
    let mut pieces: Vec<String> = Vec::new();
    if !parts.house_number.is_empty() {
        pieces.push(format!("Số {}", parts.house_number));
    }
    let way = way(parts);
    let street = street(parts, pieces.is_empty() && way.is_empty());
    let whole_way = [way, street].into_iter().filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ");
    // On the street itself there is no comma: "Số 138 Khương Hạ".
    match pieces.last_mut() {
        Some(house) if parts.chain().is_empty() && !whole_way.is_empty() => *house = format!("{house} {whole_way}"),
        _ if whole_way.is_empty() => {}
        _ => pieces.push(whole_way),
    }
    if !parts.residential_group.is_empty() {
        let numbered = parts.residential_group.starts_with(|c: char| c.is_ascii_digit());
        pieces.push(format!("{} {}", if numbered { "tổ dân phố" } else { "thôn" }, parts.residential_group));
    }
    if !parts.ward.is_empty() {
        pieces.push(format!("{}{}", words::ward_word(&parts.ward, &parts.district), parts.ward));
    }
    if !parts.district.is_empty() {
        pieces.push(format!("{} {}", words::district_word(&parts.district), parts.district));
    }
    let mut text = pieces.join(", ");
    if let Some(first) = text.chars().next() {
        text.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    text
}

fn way(parts: &AddressParts) -> String {
    let kind = if !parts.alley.is_empty() {
        "hẻm"
    } else if !parts.sub_lane.is_empty() {
        "ngách"
    } else if !parts.lane.is_empty() {
        "ngõ"
    } else {
        return String::new();
    };
    let gap = parts.lane.is_empty() || (parts.sub_lane.is_empty() && !parts.alley.is_empty());
    if !gap {
        return format!("{kind} {}", parts.chain());
    }
    // A link in between is not known: name each, or its rank would be lost.
    [("hẻm", &parts.alley), ("ngách", &parts.sub_lane), ("ngõ", &parts.lane)]
        .into_iter()
        .filter(|(_, number)| !number.is_empty())
        .map(|(kind, number)| format!("{kind} {number}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn street(parts: &AddressParts, alone: bool) -> String {
    if parts.street.is_empty() {
        String::new()
    } else if parts.street.starts_with(|c: char| c.is_ascii_digit()) {
        format!("đường {}", parts.street)
    } else if alone {
        format!("phố {}", parts.street)
    } else {
        parts.street.clone()
    }
}

#[cfg(test)]
mod tests;
