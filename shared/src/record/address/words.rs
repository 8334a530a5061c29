//! Words of addresses: what announces a part, and the names of the districts that were.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::parse::Word;
use crate::text::fold;

/// Folded words that tell nothing in a search.
pub(super) const UNTELLING: [&str; 8] = ["so", "sn", "nha", "ngo", "ngach", "hem", "pho", "duong"];

/// The thirty districts to 2025-06-30: kind, name, and how people shorten it (folded).
const DISTRICTS: [(&str, &str, &[&str]); 30] = [
    ("quận", "Ba Đình", &["bd", "b dinh"]),
    ("quận", "Hoàn Kiếm", &["hk", "h kiem"]),
    ("quận", "Tây Hồ", &["th", "t ho"]),
    ("quận", "Long Biên", &["lb", "l bien"]),
    ("quận", "Cầu Giấy", &["cg", "c giay"]),
    ("quận", "Đống Đa", &["dd", "d da"]),
    ("quận", "Hai Bà Trưng", &["hbt", "h b trung"]),
    ("quận", "Hoàng Mai", &["hm", "h mai"]),
    ("quận", "Thanh Xuân", &["tx", "t xuan"]),
    ("quận", "Bắc Từ Liêm", &["btl", "b tu liem"]),
    ("quận", "Nam Từ Liêm", &["ntl", "n tu liem"]),
    ("quận", "Hà Đông", &["hd", "h dong"]),
    ("thị xã", "Sơn Tây", &[]),
    ("huyện", "Sóc Sơn", &[]),
    ("huyện", "Đông Anh", &[]),
    ("huyện", "Gia Lâm", &[]),
    ("huyện", "Thanh Trì", &[]),
    ("huyện", "Mê Linh", &[]),
    ("huyện", "Ba Vì", &[]),
    ("huyện", "Phúc Thọ", &[]),
    ("huyện", "Đan Phượng", &[]),
    ("huyện", "Hoài Đức", &[]),
    ("huyện", "Quốc Oai", &[]),
    ("huyện", "Thạch Thất", &[]),
    ("huyện", "Chương Mỹ", &[]),
    ("huyện", "Thanh Oai", &[]),
    ("huyện", "Thường Tín", &[]),
    ("huyện", "Phú Xuyên", &[]),
    ("huyện", "Ứng Hòa", &[]),
    ("huyện", "Mỹ Đức", &[]),
];

/// Quận, huyện or thị xã, by the district's name; "quận" where it is not known.
pub(super) fn district_word(name: &str) -> &'static str {
    let folded = fold(name);
    DISTRICTS
        .iter()
        .zip(&*DISTRICTS_FOLDED)
        .find(|(_, known)| **known == folded)
        .map_or("quận", |((word, ..), _)| word)
}

/// "phường " or "xã " where the district tells, or where the bare name would read as a district; otherwise nothing.
pub(super) fn ward_word(ward: &str, district: &str) -> &'static str {
    let folded = fold(ward);
    let known = |name: &str| DISTRICTS_FOLDED.iter().any(|known| known == name);
    if !district.is_empty() {
        return if district_word(district) == "quận" { "phường " } else { "xã " };
    }
    match district_word(ward) {
        _ if !known(&folded) => "",
        // Since 2025-07-01 the quận's names and these two are wards, the huyện's names communes.
        "huyện" if folded != "chuong my" => "xã ",
        _ => "phường ",
    }
}

/// The district that these folded words name, in full or shortened.
pub(super) fn district(folded: &str) -> Option<&'static str> {
    DISTRICTS
        .iter()
        .zip(&*DISTRICTS_FOLDED)
        .find(|((_, _, short), known)| *known == folded || short.contains(&folded))
        .map(|((_, name, _), _)| *name)
}

/// The districts' names, folded, in the same order.
static DISTRICTS_FOLDED: LazyLock<Vec<String>> =
    LazyLock::new(|| DISTRICTS.iter().map(|(_, name, _)| fold(name)).collect());

/// What announces a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// Số, số nhà, SN, nhà số
    House,
    /// Lô
    Lot,
    /// Ngõ, kiệt
    Lane,
    /// Ngách
    SubLane,
    /// Hẻm
    Alley,
    /// Phố, đường: the word is no part of the name.
    Street,
    /// Đại lộ, quốc lộ, tỉnh lộ: the word is part of the name.
    Road,
    /// Tổ dân phố, tổ, TDP
    Group,
    /// Thôn, xóm
    Hamlet,
    /// Đội, cụm, khu: only said when nothing better is.
    Cluster,
    /// Phường, xã, thị trấn
    Ward,
    /// Quận, huyện, thị xã
    District,
    /// Thành phố
    City,
    /// Phòng, tầng, tòa, chung cư, dãy, tập thể …: inside a building; not kept.
    Inside,
}

/// What must follow for a word to announce anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Anything,
    Number,
    /// The word written with its marks announces by itself; without marks it may be a name's first word ("Phuong Mai"), so
    /// two words must follow.
    TwoWordsIfBare,
}

/// Words with their marks, lower case; longest first where one begins another.
const MARKERS: [(&[&str], Marker, Next); 43] = [
    (&["tổ", "dân", "phố"], Marker::Group, Next::Anything),
    (&["thành", "phố"], Marker::City, Next::Anything),
    (&["số", "nhà"], Marker::House, Next::Number),
    (&["nhà", "số"], Marker::House, Next::Number),
    (&["thị", "trấn"], Marker::Ward, Next::Anything),
    (&["thị", "xã"], Marker::District, Next::Anything),
    (&["đại", "lộ"], Marker::Road, Next::Anything),
    (&["quốc", "lộ"], Marker::Road, Next::Anything),
    (&["tỉnh", "lộ"], Marker::Road, Next::Anything),
    (&["chung", "cư"], Marker::Inside, Next::Anything),
    (&["tập", "thể"], Marker::Inside, Next::Anything),
    (&["khu", "đô", "thị"], Marker::Inside, Next::Anything),
    (&["căn", "hộ"], Marker::Inside, Next::Anything),
    (&["tòa", "nhà"], Marker::Inside, Next::Anything),
    (&["số"], Marker::House, Next::Number),
    (&["sn"], Marker::House, Next::Number),
    (&["nhà"], Marker::House, Next::Number),
    (&["lô"], Marker::Lot, Next::Anything),
    (&["ngõ"], Marker::Lane, Next::Anything),
    (&["kiệt"], Marker::Lane, Next::Number),
    (&["ngách"], Marker::SubLane, Next::Anything),
    (&["hẻm"], Marker::Alley, Next::Anything),
    (&["phố"], Marker::Street, Next::Anything),
    (&["đường"], Marker::Street, Next::Anything),
    (&["ql"], Marker::Road, Next::Number),
    (&["tdp"], Marker::Group, Next::Anything),
    (&["tổ"], Marker::Group, Next::Number),
    (&["thôn"], Marker::Hamlet, Next::Anything),
    (&["xóm"], Marker::Hamlet, Next::Anything),
    (&["đội"], Marker::Cluster, Next::Number),
    (&["cụm"], Marker::Cluster, Next::Anything),
    (&["khu"], Marker::Cluster, Next::Number),
    (&["phường"], Marker::Ward, Next::TwoWordsIfBare),
    (&["xã"], Marker::Ward, Next::TwoWordsIfBare),
    (&["quận"], Marker::District, Next::TwoWordsIfBare),
    (&["huyện"], Marker::District, Next::Anything),
    (&["tp"], Marker::City, Next::Anything),
    (&["phòng"], Marker::Inside, Next::Number),
    (&["tầng"], Marker::Inside, Next::Anything),
    (&["tòa"], Marker::Inside, Next::Anything),
    (&["dãy"], Marker::Inside, Next::Anything),
    (&["kđt"], Marker::Inside, Next::Anything),
    (&["tt"], Marker::Inside, Next::Anything),
];

/// The markers' words, folded, in the same order.
static MARKERS_FOLDED: LazyLock<Vec<Vec<String>>> =
    LazyLock::new(|| MARKERS.iter().map(|(spelled, ..)| spelled.iter().map(|word| fold(word)).collect()).collect());

/// The marker at the head of these words, which end with their segment, and how many words it takes.
pub(super) fn marker(words: &[Word]) -> Option<(Marker, usize)> {
    MARKERS.iter().zip(&*MARKERS_FOLDED).find_map(|((spelled, marker, next), folded)| {
        if words.len() < spelled.len() {
            return None;
        }
        let (head, rest) = words.split_at(spelled.len());
        if !head.iter().zip(spelled.iter().zip(folded)).all(|(word, (spelled, folded))| fits(word, spelled, folded)) {
            return None;
        }
        let bare = head.iter().all(Word::is_bare) && spelled.iter().any(|word| !word.is_ascii());
        let follows = match next {
            Next::Anything => true,
            Next::Number => rest.first().is_some_and(Word::is_numbered),
            Next::TwoWordsIfBare => !bare || rest.len() >= 2,
        };
        follows.then_some((*marker, spelled.len()))
    })
}

/// A word with marks must be spelled as the marker is (either tone style); one without marks may stand for it.
fn fits(word: &Word, spelled: &str, folded: &str) -> bool {
    word.lower == spelled || (word.folded == folded && (word.is_bare() || same_but_tone_place(&word.lower, spelled)))
}

/// "toà" and "tòa": the same letters with the tone on another vowel.
fn same_but_tone_place(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut marks: Vec<char> = text.nfd().collect();
        marks.sort_unstable();
        marks
    };
    sorted(one) == sorted(other)
}
