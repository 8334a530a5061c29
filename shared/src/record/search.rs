//! Finding premises by words: what is looked in, what is found, and in which order. One rule for the device and the server.
//!
//! Invariants: every word asked for begins some word of a hit, in any order, whether its marks were typed or not; a word that
//! only announces a part of an address ("phường", "ngõ") is never a hit for the beginning of another ("phu"). A hit in the
//! name comes before one in the address, typed marks that fit before those that don't, a whole word before a beginning.
//! This module knows no store: whoever keeps the keys may look them up as they like and lets [`Query::score`] decide.

use std::fmt;

use super::address::{self, AddressParts};
use crate::error::Problem;
use crate::text::{is_mark, spell};

/// The longest query, in characters.
const MOST_CHARS: usize = 400;
/// Words that a query looks for; further ones are left out.
const MOST_WORDS: usize = 12;

/// Folded words that tell nothing in a query beside others: who searches may write them or not.
const UNTELLING: [&str; 14] =
    ["so", "sn", "nha", "ngo", "ngach", "hem", "pho", "duong", "phuong", "xa", "quan", "huyen", "to", "thon"];
/// The same words with their marks: "dương" is a name, "đường" is not.
const UNTELLING_SPELLED: [&str; 12] =
    ["số", "nhà", "ngõ", "ngách", "hẻm", "phố", "đường", "phường", "xã", "quận", "huyện", "tổ"];

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
const MARKS_EQUAL: u32 = 4;
const MARKS_COVERED: u32 = 3;
const WHOLE: u32 = 2;
/// For words that stand one after the other in the name as they do in the query.
const IN_ORDER: u32 = 1;

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
        for (place, word) in self.words.iter().enumerate() {
            let gap = if place == 0 { "" } else { " " };
            write!(f, "{gap}{}{}", word.letters, word.marks)?;
        }
        Ok(())
    }
}

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    letters: String,
    marks: String,
    /// Whether a hit must have it.
    needed: bool,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    words: Vec<Wanted>,
    /// Nothing but words that announce: then they are looked for themselves.
    only_announcing: bool,
    /// Something was typed and no word was in it: nothing is a hit.
    wordless: bool,
}

impl Query {
    /// Reads what a person typed.
    pub fn of(text: &str) -> Self {
        let start: String = text.chars().take(MOST_CHARS).collect();
        let spelled = spell(&start);
        let mut words: Vec<Wanted> = Vec::new();
        for word in spelled.split(' ').filter(|word| !word.is_empty()).take(MOST_WORDS) {
            let (letters, marks) = apart(word);
            let untelling = if marks.is_empty() {
                UNTELLING.contains(&letters)
            } else {
                UNTELLING_SPELLED.iter().any(|known| spell(known) == word)
            };
            words.push(Wanted { letters: letters.to_owned(), marks: marks.to_owned(), needed: !untelling });
        }
        let only_announcing = words.iter().all(|word| !word.needed);
        for word in words.iter_mut().filter(|_| only_announcing) {
            word.needed = true;
        }
        let wordless = words.is_empty() && !start.trim().is_empty();
        Self { words, only_announcing, wordless }
    }

    /// Whether nothing is asked for: then everything is a hit.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && !self.wordless
    }

    /// Whether signs are all that was typed ("%", "…"): then nothing is a hit.
    pub fn is_wordless(&self) -> bool {
        self.wordless
    }

    /// Whether the third line of the keys is looked in too, for whole words.
    pub fn is_only_announcing(&self) -> bool {
        self.only_announcing
    }

    /// Folded beginnings that every hit has: an index may narrow the search by them.
    pub fn needed(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter(|word| word.needed).map(|word| word.letters.as_str())
    }

    /// How well a key of [`key`] answers; `None`: not at all.
    pub fn score(&self, key: &str) -> Option<u32> {
        let mut lines = key.split('\n');
        let (name, address) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let announcing = lines.next().unwrap_or_default();
        if self.wordless {
            return None;
        }
        let mut score = 0;
        for word in &self.words {
            // A hit in the name is worth more than any in the address: there is no need to look further.
            let found = word.best_in(name).map(|points| points + IN_NAME).or_else(|| word.best_in(address));
            score += match found {
                Some(points) => points,
                None if !word.needed => 0,
                None if self.only_announcing && word.is_whole_in(announcing) => 0,
                None => return None,
            };
        }
        Some(score + if self.stands_in(name) { IN_ORDER } else { 0 })
    }

    fn stands_in(&self, name: &str) -> bool {
        self.words.len() > 1
            && name.match_indices(self.words[0].letters.as_str()).any(|(at, _)| {
                let begins = at == 0 || name.as_bytes()[at - 1] == b' ';
                begins
                    && name[at..]
                        .split(' ')
                        .map(Some)
                        .chain(std::iter::repeat(None))
                        .zip(&self.words)
                        .all(|(here, wanted)| here.is_some_and(|here| here.starts_with(wanted.letters.as_str())))
            })
    }
}

impl Wanted {
    fn best_in(&self, line: &str) -> Option<u32> {
        line.split(' ').filter_map(|word| self.points(word)).max()
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
