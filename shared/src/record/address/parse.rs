//! Reads a written address into its parts.
//!
//! Invariant: total: any text gives parts, never a panic; what is not understood is left out. The reading is Hà Nội's: in
//! "1/43/98/31 Trung Kính" the house comes first and the chain after it.

use super::AddressParts;
use super::words::{self, Marker};
use crate::text::{fold, nfc};

/// One word of an address.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// As written, NFC.
    text: String,
    /// Lower case.
    pub(super) lower: String,
    /// Without marks.
    pub(super) folded: String,
    /// Which part between commas it stands in.
    segment: usize,
}

impl Word {
    /// Whether it was written without marks.
    pub(super) fn is_bare(&self) -> bool {
        self.lower.is_ascii()
    }

    /// Whether it begins with a digit: "21B", "58/3/16", "25A+25B".
    pub(super) fn is_numbered(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit())
    }
}

/// What a run of words turned out to be.
#[derive(Debug)]
enum Piece {
    House(String),
    Lane(Marker, String),
    Named(Marker, String),
    /// Words without a marker: a street, a ward, a district; `follows` says whether a house or lane precedes in its segment.
    Plain {
        name: String,
        follows: bool,
    },
}

/// The parts of a written address.
pub fn parse(text: &str) -> AddressParts {
    let mut words = split(text);
    drop_city(&mut words);
    let mut parts = AddressParts::default();
    if let Some((name, from)) = trailing_district(&words) {
        name.clone_into(&mut parts.district);
        words.truncate(from);
    }
    let pieces = pieces(&words);
    place(pieces, &mut parts);
    parts
}

/// The words of a written address in their order, each with whether it only announces a part ("phường", "ngõ").
pub fn told_words(text: &str) -> Vec<(String, bool)> {
    let words = split(text);
    let mut told = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let segment = words[at].segment;
        let end = words[at..].iter().position(|word| word.segment != segment).map_or(words.len(), |len| at + len);
        let announcing = match words::marker(&words[at..end]) {
            // What is inside a building has a name of its own, and a road's word belongs to it.
            Some((Marker::Inside | Marker::Road, _)) | None => 0,
            Some((_, taken)) => taken,
        };
        let next = at + announcing.max(1);
        told.extend(words[at..next].iter().map(|word| (word.text.clone(), announcing > 0)));
        at = next;
    }
    told
}

/// Splits at commas, spaced dashes and spaces; "P.Nhật" becomes two words.
fn split(text: &str) -> Vec<Word> {
    let text = nfc(text).replace([';', '\n', '\t', '(', ')'], ",").replace(" - ", " , ").replace(" – ", " , ");
    let mut words = Vec::new();
    for (segment, part) in text.split(',').enumerate() {
        for raw in part.split_whitespace() {
            let mut rest = raw;
            // Shortened words run into what follows: "P.Nhật", "Q.Tây", "Tp.HN", "T.Xuân".
            while let Some((head, tail)) = rest.split_once('.') {
                push(&mut words, head, segment);
                rest = tail;
            }
            push(&mut words, rest, segment);
        }
    }
    expand_short(words)
}

fn push(words: &mut Vec<Word>, text: &str, segment: usize) {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    if !text.is_empty() {
        words.push(Word { text: text.to_owned(), lower: text.to_lowercase(), folded: fold(text), segment });
    }
}

/// "P" and "Q" at the head of a name stand for phường and quận; before a number "P" is a room.
fn expand_short(mut words: Vec<Word>) -> Vec<Word> {
    for place in 0..words.len() {
        let next_is_name =
            words.get(place + 1).is_some_and(|next| next.segment == words[place].segment && !next.is_numbered());
        let long = match (words[place].lower.as_str(), next_is_name) {
            ("p", true) => "phường",
            ("p", false) => "phòng",
            ("q", true) => "quận",
            ("x", true) => "xã",
            ("h", true) if place > 0 && words[place - 1].segment != words[place].segment => "huyện",
            _ => continue,
        };
        long.clone_into(&mut words[place].lower);
    }
    words
}

fn ends_with(words: &[Word], ending: &[&str]) -> bool {
    words.len() >= ending.len()
        && words[words.len() - ending.len()..].iter().zip(ending).all(|(word, ending)| word.folded == *ending)
}

fn drop_city(words: &mut Vec<Word>) {
    const CITY: [&[&str]; 10] = [
        &["viet", "nam"],
        &["vn"],
        &["thanh", "pho", "ha", "noi"],
        &["tp", "ha", "noi"],
        &["tp", "hn"],
        &["tphn"],
        &["ha", "noi"],
        &["hanoi"],
        &["hn"],
        &["100000"],
    ];
    while let Some(ending) = CITY.iter().find(|ending| ends_with(words, ending)) {
        words.truncate(words.len() - ending.len());
    }
}

/// A district's name at the end, announced or not, and where it begins.
fn trailing_district(words: &[Word]) -> Option<(&'static str, usize)> {
    (1..=3.min(words.len())).rev().find_map(|count| {
        let from = words.len() - count;
        let folded = words[from..].iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        let name = words::district(&folded)?;
        if words[from..].iter().any(|word| word.segment != words[from].segment) {
            return None;
        }
        // Shortened names only where they stand alone: "Văn Quán, HD".
        let alone = from == 0 || words[from - 1].segment != words[from].segment;
        if folded.len() <= 3 && !alone {
            return None;
        }
        let announced = (1..=2.min(from)).find_map(|back| match words::marker(&words[from - back..]) {
            Some((Marker::District, taken)) if taken == back => Some(Ok(from - back)),
            Some((_, taken)) if taken == back => Some(Err(())),
            _ => None,
        });
        match announced {
            Some(Ok(start)) => Some((name, start)),
            // "phường Hà Đông", "phố Ba Đình", "số 5 Hoàng Mai": the name belongs to what announces it.
            Some(Err(())) => None,
            None if from == 0 => None,
            None if !alone && words[from - 1].is_numbered() => None,
            None => Some((name, from)),
        }
    })
}

fn pieces(words: &[Word]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    // The segment in which a house or lane was read last: a name right after it there is the street.
    let mut numbered_in = None;
    while at < words.len() {
        let segment = words[at].segment;
        let end = words[at..].iter().position(|word| word.segment != segment).map_or(words.len(), |len| at + len);
        let Some((marker, taken)) = words::marker(&words[at..end]) else {
            let first_in_segment = at == 0 || words[at - 1].segment != segment;
            if words[at].is_numbered() && first_in_segment {
                pieces.push(Piece::House(words[at].text.clone()));
                numbered_in = Some(segment);
                at += 1;
                continue;
            }
            let stop = name_end(words, at, end);
            if stop == at + 1 && words::UNTELLING.contains(&words[at].folded.as_str()) {
                // "số" with nothing after it.
                at = stop;
                continue;
            }
            pieces.push(Piece::Plain { name: name(&words[at..stop]), follows: numbered_in == Some(segment) });
            at = stop;
            continue;
        };
        at += taken;
        if at < end && words[at].folded == "so" && words.get(at + 1).is_some_and(Word::is_numbered) {
            at += 1;
        }
        let number = (at < end && words[at].is_numbered()).then(|| words[at].text.clone());
        match (marker, number) {
            (Marker::House, Some(number)) => {
                pieces.push(Piece::House(number));
                numbered_in = Some(segment);
                at += 1;
            }
            (Marker::Lane | Marker::SubLane | Marker::Alley, Some(number)) => {
                pieces.push(Piece::Lane(marker, number));
                numbered_in = Some(segment);
                at += 1;
            }
            (Marker::Lot, _) if at < end => {
                pieces.push(Piece::Named(marker, format!("Lô {}", words[at].text)));
                numbered_in = Some(segment);
                at += 1;
            }
            (Marker::Group | Marker::Cluster, Some(number)) => {
                pieces.push(Piece::Named(marker, number));
                at += 1;
            }
            _ => {
                let stop = if at < end { name_end(words, at, end) } else { end };
                let mut text = name(&words[at..stop]);
                if marker == Marker::Road {
                    let word =
                        words[at - taken..at].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
                    text = format!("{word} {text}");
                }
                pieces.push(Piece::Named(marker, text));
                at = stop;
            }
        }
    }
    pieces
}

/// A name runs to the next marker or the end of its segment.
fn name_end(words: &[Word], from: usize, end: usize) -> usize {
    (from + 1..end).find(|at| words::marker(&words[*at..end]).is_some()).unwrap_or(end)
}

fn name(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn place(pieces: Vec<Piece>, parts: &mut AddressParts) {
    let mut lanes: Vec<(Marker, String)> = Vec::new();
    let mut plain: Vec<(String, bool)> = Vec::new();
    let (mut lot, mut cluster, mut named_lane) = (String::new(), String::new(), String::new());
    let fill = |slot: &mut String, text: String| {
        if slot.is_empty() {
            *slot = text;
        }
    };
    for piece in pieces {
        match piece {
            Piece::House(number) => fill(&mut parts.house_number, number),
            Piece::Lane(marker, number) => lanes.push((marker, number)),
            Piece::Named(Marker::Lot, text) => fill(&mut lot, text),
            Piece::Named(Marker::Street | Marker::Road, text) => fill(&mut parts.street, text),
            Piece::Named(Marker::Lane | Marker::SubLane | Marker::Alley, text) => fill(&mut named_lane, text),
            Piece::Named(Marker::Group | Marker::Hamlet, text) => fill(&mut parts.residential_group, text),
            Piece::Named(Marker::Cluster, text) => fill(&mut cluster, text),
            Piece::Named(Marker::Ward, text) => fill(&mut parts.ward, text),
            Piece::Named(Marker::District, text) => fill(&mut parts.district, text),
            Piece::Named(..) => {}
            Piece::Plain { name, follows } => plain.push((name, follows)),
        }
    }
    fill(&mut parts.house_number, lot);
    fill(&mut parts.residential_group, cluster);
    // The street: announced; else what follows a house or lane; else a lane with a name; else the first name of several.
    if parts.street.is_empty() {
        let follows = plain.iter().position(|(_, follows)| *follows);
        let numbered = !parts.house_number.is_empty() || !lanes.is_empty();
        if let Some(place) = follows {
            parts.street = plain.remove(place).0;
        } else if !named_lane.is_empty() {
            parts.street = named_lane;
        } else if !plain.is_empty() && (numbered || plain.len() > 1) && parts.residential_group.is_empty() {
            parts.street = plain.remove(0).0;
        }
    }
    if parts.ward.is_empty()
        && let Some((name, _)) = plain.pop()
    {
        parts.ward = name;
    }
    place_lanes(lanes, parts);
}

/// Joins the links of the chain, outermost first: "ngách 29/70", "ngõ 29, ngách 70" and "ngõ 29, ngách 29/70" are one.
fn place_lanes(mut lanes: Vec<(Marker, String)>, parts: &mut AddressParts) {
    let rank = |marker: Marker| match marker {
        Marker::Lane => 0,
        Marker::SubLane => 1,
        _ => 2,
    };
    lanes.sort_by_key(|(marker, _)| rank(*marker));
    let mut slots: [String; 3] = Default::default();
    for (marker, number) in &lanes {
        let links: Vec<&str> = number.split('/').filter(|link| !link.is_empty()).collect();
        let known: Vec<&str> = slots.iter().map(String::as_str).take_while(|slot| !slot.is_empty()).collect();
        let repeats = !known.is_empty() && links.len() > known.len() && links[..known.len()] == known[..];
        let from = if repeats {
            0
        } else if links.len() > 1 {
            // "ngách 12/48" alone begins at the ngõ; after a ngõ it goes on from there.
            known.len()
        } else {
            rank(*marker)
        };
        for (slot, link) in (from..3).zip(&links) {
            (*link).clone_into(&mut slots[slot]);
        }
    }
    if lanes.is_empty()
        && let Some((house, chain)) = parts.house_number.clone().split_once('/')
    {
        house.clone_into(&mut parts.house_number);
        for (slot, link) in slots.iter_mut().zip(chain.split('/')) {
            link.clone_into(slot);
        }
    }
    [parts.lane, parts.sub_lane, parts.alley] = slots;
}
