//! Finding premises by words: what is looked in, what is found, and in which order. One rule for the device and the server.
//!
//! Invariants: every word asked for begins some word of a hit, in any order, whether its marks were typed or not; a word that
//! only announces a part of an address ("phường", "ngõ") is never a hit for the beginning of another ("phu"). Who types a
//! number beside other words, or alone, types an address ("69 khuong ha"): what stands there comes first, the whole number
//! before one that only begins so, the house before a lane of that number. Else words that stand whole and in a row come first,
//! in the name and then in the address, as does a name that has each whole; then a hit in the name before one in the address. Then typed marks that fit before those that don't, and a whole word before a beginning.
//! A number may be typed as Hà Nội writes it on a door or in pieces: "29 / 70" is read as "29/70" too, "372 B" as "372b", and
//! "106/29/70" as house 106 in 29/70. The keys know none of this: only the query is read more than once.
//! A whole postal address may be typed: what names the kinds of its parts ("P." is phố or phường), the ward, the district that
//! was or the city is not needed ([`telling`]), only puts first what has it.
//! This module knows no store: whoever keeps the keys may look them up as they like and lets [`Query::score`] decide.

mod telling;

use std::fmt;

use self::telling::{Role, Token};
use super::address::{self, AddressParts};
use crate::error::Problem;
use crate::text::{is_mark, spell};

/// The longest query, in characters.
const MOST_CHARS: usize = 400;
/// Words that a query looks for, a whole postal address; further ones are left out.
const MOST_WORDS: usize = 24;
/// How much longer a query may be when each of its letters is followed by its marks.
const MOST_MARKED: usize = 4;

/// Refuses a query that is longer than anybody types.
pub fn check_words(field: &str, words: &str) -> Result<(), Problem> {
    if words.chars().count() <= MOST_CHARS {
        return Ok(());
    }
    Err(Problem::field(
        field,
        &format!("Từ cần tìm dài quá {MOST_CHARS} ký tự. Hãy viết ngắn lại."),
        &format!("The words are longer than {MOST_CHARS} characters. Use fewer."),
    ))
}

// What a word of a query earns by the word it finds.
const IN_NAME: u32 = 100;
/// For an address that was typed and stands in the address: above all that a name can earn.
const AT_ADDRESS: u32 = 10_000;
/// There, for a number that is the whole of one and not the beginning of another.
const WHOLE_NUMBER: u32 = 200;
/// There, for words that the address begins with, one after the other: the house of that number.
const BEGINS: u32 = 100;
const MARKS_EQUAL: u32 = 4;
const MARKS_COVERED: u32 = 3;
const WHOLE: u32 = 2;
/// For words that stand one after the other in the name as they do in the query.
const IN_ORDER: u32 = 1;
/// For words of which all stand whole, one after the other, in the name or in the address ("Hạ Đình" is a street, and not the
/// beginnings of "Hạnh" and "Đình"): above all that single words earn.
const PHRASE: u32 = 3_000;

/// What a search looks in, in three lines: words of the name; words of the address, with every tail of the lane chain
/// ("29/70/2", "70/2", "2") however it was written; words that announce parts of the address. Each word is folded and
/// followed by its marks, as [`spell`] writes it.
pub fn key(parts: &AddressParts, raw: &str, name: &str) -> String {
    let mut lines = [Vec::new(), Vec::new(), Vec::new()];
    let mut add = |line: usize, text: &str| {
        for word in spell(text).split(' ').filter(|word| !word.is_empty()) {
            if lines[line].iter().all(|known| known != word) {
                lines[line].push(word.to_owned());
            }
        }
    };
    add(0, name);
    for (word, announces) in address::told_words(raw) {
        add(if announces { 2 } else { 1 }, &word);
    }
    let chain = parts.chain();
    let mut tail = chain.as_str();
    while !tail.is_empty() {
        add(1, tail);
        tail = tail.split_once('/').map_or("", |(_, rest)| rest);
    }
    for part in [&parts.house_number, &parts.street, &parts.residential_group, &parts.ward, &parts.district] {
        for (word, announces) in address::told_words(part) {
            add(if announces { 2 } else { 1 }, &word);
        }
    }
    lines.map(|line| line.join(" ")).join("\n")
}

/// A line of a key, or all of it, without marks: for an index of beginnings.
pub fn letters(key: &str) -> String {
    key.chars().filter(|c| !is_mark(*c)).collect()
}

impl fmt::Display for Query {
    /// The words as they are looked for; [`Query::of`] reads them back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wordless {
            return f.write_str("?");
        }
        f.write_str(&self.said)
    }
}

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    letters: String,
    marks: String,
    /// Whether a hit must have it.
    needed: bool,
    /// Whether it names the ward, the district or the city: an address that has it comes before one that has not.
    larger: bool,
    /// The house that is to stand before it, whole; empty: none.
    house: String,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// The words as they were typed, and as else they can be read: a hit has all of one reading.
    readings: Vec<Vec<Wanted>>,
    /// Nothing but words that announce: then they are looked for themselves.
    only_announcing: bool,
    /// Something was typed and no word was in it: nothing is a hit.
    wordless: bool,
    /// The words as they are spelled, with the commas between them.
    said: String,
}

impl Query {
    /// Reads what a person typed.
    pub fn of(text: &str) -> Self {
        let start: String = text.chars().take(MOST_CHARS * MOST_MARKED).collect();
        let tokens = tokens(&start);
        let mut typed = wanted(&tokens);
        let only_announcing = typed.iter().all(|word| !word.needed);
        for word in typed.iter_mut().filter(|_| only_announcing) {
            word.needed = true;
        }
        let wordless = typed.is_empty() && !start.trim().is_empty();
        let joined = wanted(&joined(&tokens));
        let housed: Vec<Wanted> = joined.iter().map(Wanted::housed).collect();
        let mut readings = vec![typed];
        for other in [joined, housed] {
            // Without a number there is one reading.
            if !only_announcing && !readings.contains(&other) {
                readings.push(other);
            }
        }
        Self { readings, only_announcing, wordless, said: said(&tokens) }
    }

    fn typed(&self) -> &[Wanted] {
        self.readings.first().map_or(&[], Vec::as_slice)
    }

    /// Whether nothing is asked for: then everything is a hit.
    pub fn is_empty(&self) -> bool {
        self.typed().is_empty() && !self.wordless
    }

    /// Whether signs are all that was typed ("%", "…"): then nothing is a hit.
    pub fn is_wordless(&self) -> bool {
        self.wordless
    }

    /// Whether the third line of the keys is looked in too, for whole words.
    pub fn is_only_announcing(&self) -> bool {
        self.only_announcing
    }

    /// Folded beginnings of words: every hit has all of one of these lists, so an index may narrow the search by them.
    pub fn needed(&self) -> impl Iterator<Item = Vec<&str>> {
        let readings = self.readings.iter().map(|words| {
            let needed = words.iter().filter(|word| word.needed);
            needed.flat_map(|word| [word.house.as_str(), &word.letters]).filter(|word| !word.is_empty()).collect()
        });
        readings.filter(|words: &Vec<_>| !words.is_empty())
    }

    /// How well a key of [`key`] answers; `None`: not at all.
    pub fn score(&self, key: &str) -> Option<u32> {
        let mut lines = key.split('\n');
        let (name, address) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let announcing = lines.next().unwrap_or_default();
        if self.wordless {
            return None;
        }
        if self.readings.is_empty() {
            return Some(0);
        }
        self.readings.iter().filter_map(|words| self.score_of(words, [name, address, announcing])).max()
    }

    fn score_of(&self, words: &[Wanted], [name, address, announcing]: [&str; 3]) -> Option<u32> {
        if let Some(points) = at_address(words, address) {
            return Some(points);
        }
        let mut score = 0;
        for word in words {
            // A hit in the name is worth more than any in the address: there is no need to look further.
            let found = word.best_in(name).map(|points| points + IN_NAME).or_else(|| word.best_in(address));
            score += match found {
                Some(points) => points,
                None if !word.needed => 0,
                None if self.only_announcing && word.is_whole_in(announcing) => 0,
                None => return None,
            };
        }
        score += if stands_in(words, name) { IN_ORDER } else { 0 };
        // A name that has each of them whole is no worse than an address that has them in a row.
        let mut needed = words.iter().filter(|word| word.needed);
        if needed.clone().count() < 2 {
            return Some(score);
        }
        if is_phrase_of(words, name) {
            score += 2 * PHRASE;
        } else if is_phrase_of(words, address) || needed.all(|word| word.is_whole_in(name)) {
            score += PHRASE;
        }
        Some(score)
    }
}

/// What an address earns that has all that was typed, where an address was typed: a number is in it.
fn at_address(words: &[Wanted], address: &str) -> Option<u32> {
    if !words.iter().any(Wanted::is_number) {
        return None;
    }
    let mut score = AT_ADDRESS;
    for word in words.iter().filter(|word| word.needed) {
        let points = word.best_in(address)?;
        // A house and a lane that were read out of one path come after whatever is written so.
        let whole = word.house.is_empty() && word.is_number() && word.is_whole_in(address);
        score += points + if whole { WHOLE_NUMBER } else { 0 };
    }
    score += words.iter().filter(|word| word.larger).filter_map(|word| word.best_in(address)).sum::<u32>();
    let mut here = address.split(' ');
    let needed = words.iter().enumerate().filter(|(_, word)| word.needed);
    // A key has each word once.
    let begins = needed
        .filter(|(place, word)| !words[..*place].iter().any(|known| known.needed && known.letters == word.letters))
        .all(|(_, wanted)| here.next().is_some_and(|here| here.starts_with(wanted.letters.as_str())));
    Some(score + if begins { BEGINS } else { 0 })
}

/// Whether the words that are needed, two or more, stand in a line one after the other, all but the last, which is being
/// typed, whole.
fn is_phrase_of(words: &[Wanted], line: &str) -> bool {
    let needed: Vec<&str> = words.iter().filter(|word| word.needed).map(|word| word.letters.as_str()).collect();
    let Some((last, whole)) = needed.split_last().filter(|(_, whole)| !whole.is_empty()) else { return false };
    let here: Vec<&str> = line.split(' ').map(|word| apart(word).0).collect();
    here.windows(needed.len()).any(|here| {
        here.iter().zip(whole).all(|(here, wanted)| here == wanted)
            && here.last().is_some_and(|here| here.starts_with(last))
    })
}

fn stands_in(words: &[Wanted], name: &str) -> bool {
    words.len() > 1
        && name.match_indices(words[0].letters.as_str()).any(|(at, _)| {
            let begins = at == 0 || name.as_bytes()[at - 1] == b' ';
            begins
                && name[at..]
                    .split(' ')
                    .map(Some)
                    .chain(std::iter::repeat(None))
                    .zip(words)
                    .all(|(here, wanted)| here.is_some_and(|here| here.starts_with(wanted.letters.as_str())))
        })
}

/// The words of what was typed, and between which commas they stand.
fn tokens(text: &str) -> Vec<Token> {
    let segments = text.split([',', ';', '\n', '(', ')']).enumerate();
    segments
        .flat_map(|(segment, part)| {
            let words: Vec<_> = spell(part).split(' ').map(str::to_owned).collect();
            words.into_iter().filter(|word| !word.is_empty()).map(move |word| Token { word, segment })
        })
        .take(MOST_WORDS)
        .collect()
}

/// The same as a text that [`tokens`] reads back.
fn said(tokens: &[Token]) -> String {
    let mut said = String::new();
    for (place, token) in tokens.iter().enumerate() {
        let gap = match place.checked_sub(1).map(|before| tokens[before].segment == token.segment) {
            None => "",
            Some(true) => " ",
            Some(false) => ", ",
        };
        said.push_str(gap);
        said.push_str(&token.word);
    }
    said
}

fn wanted(tokens: &[Token]) -> Vec<Wanted> {
    let roles = telling::roles(tokens).into_iter();
    let looked_for = tokens.iter().zip(roles).filter(|(_, role)| *role != Role::Shortens);
    looked_for.map(|(token, role)| Wanted::of(&token.word, role)).collect()
}

fn is_numbered(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
}

/// The words with the pieces of a number put together: around strokes, and a letter that stands alone after it.
fn joined(tokens: &[Token]) -> Vec<Token> {
    let numbered = is_numbered;
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    for (place, Token { word: token, segment }) in tokens.iter().enumerate() {
        if let Some(Token { word: last, .. }) = joined.last_mut().filter(|last| numbered(&last.word)) {
            let next = token.trim_start_matches('/');
            let stroked = last.ends_with('/') || next.len() < token.len();
            // A stroke alone waits for what follows it.
            let number_follows =
                numbered(next) || (next.is_empty() && tokens.get(place + 1).is_some_and(|it| numbered(&it.word)));
            let (letter, _) = apart(token);
            let is_letter = letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_lowercase());
            if stroked && number_follows {
                let path = format!("{}/{next}", last.trim_end_matches('/'));
                *last = path;
                continue;
            }
            if is_letter && last.ends_with(|end: char| end.is_ascii_digit()) {
                last.push_str(token);
                continue;
            }
        }
        joined.push(Token { word: token.clone(), segment: *segment });
    }
    joined
}

impl Wanted {
    fn of(word: &str, role: Role) -> Self {
        let (letters, marks) = apart(word);
        Self {
            letters: letters.to_owned(),
            marks: marks.to_owned(),
            needed: role == Role::Needed,
            larger: matches!(role, Role::Ward | Role::District | Role::City),
            house: String::new(),
        }
    }

    /// A path as a house in a lane, "106/29/70" as 106 in "29/70"; anything else as it is.
    fn housed(&self) -> Self {
        match self.letters.split_once('/') {
            Some((house, lane)) if is_numbered(house) && is_numbered(lane) => {
                Self { letters: lane.to_owned(), house: house.to_owned(), ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    fn is_number(&self) -> bool {
        is_numbered(&self.letters)
    }

    fn best_in(&self, line: &str) -> Option<u32> {
        let mut words = line.split(' ');
        if !self.house.is_empty() {
            words.find(|word| *word == self.house)?;
        }
        words.filter_map(|word| self.points(word)).max()
    }

    fn points(&self, word: &str) -> Option<u32> {
        let rest = word.strip_prefix(self.letters.as_str())?;
        let (more, marks) = apart(rest);
        let whole = more.is_empty();
        let fit = match self.marks.as_str() {
            "" => 0,
            wanted if whole && wanted == marks => MARKS_EQUAL,
            wanted if covers(marks, wanted) => MARKS_COVERED,
            _ => 0,
        };
        Some(fit + if whole { WHOLE } else { 0 })
    }

    fn is_whole_in(&self, line: &str) -> bool {
        line.split(' ').any(|word| {
            let (letters, marks) = apart(word);
            letters == self.letters && (self.marks.is_empty() || marks == self.marks)
        })
    }
}

/// A spelled word's letters and its marks.
fn apart(word: &str) -> (&str, &str) {
    word.split_at(word.find(is_mark).unwrap_or(word.len()))
}

/// Whether these sorted marks have all of those.
fn covers(marks: &str, wanted: &str) -> bool {
    let mut marks = marks.chars();
    wanted.chars().all(|mark| marks.any(|here| here == mark))
}

#[cfg(test)]
mod tests;
