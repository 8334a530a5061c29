//! Which words of a query a hit must have, and which it may: a postal address is written with the kinds of its parts
//! ("phường", "P.", "tổ dân phố"), the ward, the district that was and the city, and the records hold few of these.
//!
//! Invariant: of a query with any word something is needed: the city before nothing, the district before the city.

use crate::record::address;
use crate::text::{fold, spell};

use super::{apart, is_numbered};

/// A word of a query as [`spell`] writes it, and between which commas it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) word: String,
    pub(super) segment: usize,
}

/// What a word is to a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A hit has it.
    Needed,
    /// It announces a part: looked for, but not needed.
    Announces,
    /// It shortens such a word ("P.", "Q."): it begins too many others to be looked for.
    Shortens,
    /// Of the ward, after a house and its street: a hit that has it comes first.
    Ward,
    /// Of a district that was: a hit that has it comes first.
    District,
    /// Of the city.
    City,
}

/// Words that tell nothing in a query beside others, as they are spelled with marks; without marks they are the same, but "dương"
/// is a name where "đường" is not.
const UNTELLING: [&str; 14] =
    ["số", "sn", "nhà", "ngõ", "ngách", "hẻm", "phố", "đường", "phường", "xã", "quận", "huyện", "tổ", "thôn"];
/// Read without marks only: with them they are names.
const BARE_ONLY: [&str; 1] = ["thôn"];
/// Several words that announce one part.
const ANNOUNCE_TOGETHER: [&[&str]; 3] = [&["tổ", "dân", "phố"], &["thị", "trấn"], &["thị", "xã"]];
/// What announces a district or the city.
const OF_LARGER: [&[&str]; 7] = [&["quận"], &["q"], &["huyện"], &["h"], &["thị", "xã"], &["thành", "phố"], &["tp"]];
const CITY: [&[&str]; 3] = [&["hà", "nội"], &["hanoi"], &["hn"]];
/// After the city, between commas of its own.
const COUNTRY: [&[&str]; 2] = [&["việt", "nam"], &["vn"]];
/// The most words in a district's name.
const MOST_DISTRICT_WORDS: usize = 3;

/// Whether a word is this one, with its marks or with none.
fn is(token: &Token, spelled: &str) -> bool {
    let (letters, marks) = apart(&token.word);
    if marks.is_empty() { letters == fold(spelled) } else { token.word == spell(spelled) }
}

fn are(tokens: &[Token], spelled: &[&str]) -> bool {
    tokens.len() == spelled.len() && tokens.iter().zip(spelled).all(|(token, spelled)| is(token, spelled))
}

fn is_one_of(tokens: &[Token], names: &[&[&str]]) -> bool {
    names.iter().any(|name| are(tokens, name))
}

/// Whether these words name a district that was; shortened ("TX") only where that is allowed.
fn is_district(tokens: &[Token], shortened: bool) -> bool {
    if tokens.is_empty() || tokens.len() > MOST_DISTRICT_WORDS {
        return false;
    }
    let folded = tokens.iter().map(|token| apart(&token.word).0).collect::<Vec<_>>().join(" ");
    let Some(name) = address::former_district(&folded) else { return false };
    let whole = are(tokens, &name.split(' ').collect::<Vec<_>>());
    whole || (shortened && folded != fold(name))
}

/// How many words at the end of these announce a district or the city.
fn announcing(tokens: &[Token]) -> usize {
    let count = |words: &&[&str]| tokens.len().checked_sub(words.len()).is_some_and(|from| are(&tokens[from..], words));
    OF_LARGER.iter().filter(|words| count(words)).map(|words| words.len()).max().unwrap_or(0)
}

/// What each word is to a search.
pub(super) fn roles(tokens: &[Token]) -> Vec<Role> {
    let mut roles: Vec<Role> = (0..tokens.len()).map(|at| alone(tokens, at)).collect();
    for words in ANNOUNCE_TOGETHER {
        for at in 0..tokens.len().saturating_sub(words.len()) {
            let end = at + words.len();
            if are(&tokens[at..end], words) && tokens[end].segment == tokens[at].segment {
                roles[at..end].fill(Role::Announces);
            }
        }
    }
    for segment in tokens.chunk_by(|one, other| one.segment == other.segment) {
        larger(tokens, segment, &mut roles);
    }
    at_the_end(tokens, &mut roles);
    for waiting in [Role::District, Role::City] {
        if roles.contains(&Role::Needed) {
            break;
        }
        roles.iter_mut().filter(|role| **role == waiting).for_each(|role| *role = Role::Needed);
    }
    ward(tokens, &mut roles);
    roles
}

/// Finds the ward of a postal address: announced in full, or else by the last "P." or "X.", because the first may be a street's.
/// Where no house and street is left to look for, it is needed.
fn ward(tokens: &[Token], roles: &mut [Role]) {
    let announced_by = |words: &[&str]| {
        (0..tokens.len()).rev().find_map(|at| {
            let by = words.iter().any(|word| is(&tokens[at], word));
            let name = tokens[at + 1..].iter().zip(&roles[at + 1..]);
            let count =
                name.take_while(|(word, role)| **role == Role::Needed && word.segment == tokens[at].segment).count();
            // Without marks it may be a name's first word: "Phuong Mai".
            let least = if ["phuong", "xa"].contains(&tokens[at].word.as_str()) { 2 } else { 1 };
            (by && count >= least).then_some(at + 1..at + 1 + count)
        })
    };
    let Some(name) = announced_by(&["phường", "xã"]).or_else(|| announced_by(&["p", "x"])) else { return };
    let rest = || (0..tokens.len()).filter(|at| roles[*at] == Role::Needed && !name.contains(at));
    let (house, street) =
        (rest().any(|at| is_numbered(&tokens[at].word)), rest().any(|at| !is_numbered(&tokens[at].word)));
    if house && street {
        roles[name].fill(Role::Ward);
    }
}

/// What a word is by itself and by what follows it.
fn alone(tokens: &[Token], at: usize) -> Role {
    let token = &tokens[at];
    let before_name = tokens.get(at + 1).is_some_and(|next| next.segment == token.segment && !is_numbered(&next.word));
    let begins_later = at > 0 && tokens[at - 1].segment != token.segment;
    let shortened = ["p", "q", "x", "tp", "đ"].iter().any(|short| token.word == spell(short))
        || (token.word == "h" && begins_later);
    if shortened && before_name {
        return Role::Shortens;
    }
    let bare = apart(&token.word).1.is_empty();
    let untelling = UNTELLING.iter().any(|word| is(token, word) && (bare || !BARE_ONLY.contains(word)));
    if untelling || (token.word == "tdp" && at + 1 < tokens.len()) { Role::Announces } else { Role::Needed }
}

/// Finds the district and the city where they are announced, or stand between commas of their own.
fn larger(tokens: &[Token], segment: &[Token], roles: &mut [Role]) {
    let Some(from) = tokens.iter().position(|token| token.segment == segment[0].segment) else { return };
    if from > 0 && (is_one_of(segment, &COUNTRY) || is_district(segment, true)) {
        let role = if is_one_of(segment, &COUNTRY) { Role::City } else { Role::District };
        roles[from..from + segment.len()].fill(role);
        return;
    }
    for start in 1..segment.len() {
        let announced = announcing(&segment[..start]);
        let most = MOST_DISTRICT_WORDS.min(segment.len() - start);
        let named = (1..=most).rev().find(|count| is_district(&segment[start..start + count], false));
        if let (true, Some(count)) = (announced > 0, named) {
            roles[from + start - announced..from + start].fill(Role::Shortens);
            roles[from + start..from + start + count].fill(Role::District);
        }
    }
    let city =
        CITY.iter().find(|city| segment.len() >= city.len() && are(&segment[segment.len() - city.len()..], city));
    if let Some(city) = city {
        let named = segment.len() - city.len();
        let announced = announcing(&segment[..named]);
        // By itself, or announced; else only at the very end, where an address has it.
        if named == announced {
            roles[from..from + named].fill(Role::Shortens);
            roles[from + named..from + segment.len()].fill(Role::City);
        }
    }
}

/// Finds the city, and before it the district, at the end of what was typed without commas.
fn at_the_end(tokens: &[Token], roles: &mut [Role]) {
    let mut end =
        roles.iter().rposition(|role| !matches!(role, Role::City | Role::District)).map_or(0, |last| last + 1);
    if let Some(city) = CITY.iter().find(|city| end > city.len() && are(&tokens[end - city.len()..end], city)) {
        let from = end - city.len();
        let announced = announcing(&tokens[..from]);
        roles[from..end].fill(Role::City);
        end = from - announced;
        roles[end..from].fill(Role::Shortens);
    }
    // A district that nothing announces, only in an address: after its number and the name of its street.
    let begins_with_number = (tokens.iter().zip(&*roles))
        .find(|(_, role)| **role == Role::Needed)
        .is_some_and(|(token, _)| is_numbered(&token.word));
    let Some(count) =
        (1..=MOST_DISTRICT_WORDS.min(end)).rev().find(|count| is_district(&tokens[end - count..end], false))
    else {
        return;
    };
    let from = end - count;
    let one_segment = tokens[from].segment == tokens[end - 1].segment;
    let named_before = from > 0
        && roles[from - 1] == Role::Needed
        && !is_numbered(&tokens[from - 1].word)
        && tokens[from - 1].segment == tokens[from].segment;
    if begins_with_number && one_segment && named_before {
        roles[from..end].fill(Role::District);
    }
}
