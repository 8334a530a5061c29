//! `${question}`: how authors name a question inside a formula or a label.

use std::ops::Range;

/// One `${…}` in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The bytes from `$` to `}`.
    pub(crate) span: Range<usize>,
    pub(crate) name: String,
    /// `${last-saved#question}`: the answer of the sheet filled before this one.
    pub(crate) last_saved: bool,
}

/// Every mention in a text; None if one of them is malformed.
pub(crate) fn mentions(text: &str) -> Option<Vec<Mention>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        let Some(end) = text[start..].find('}').map(|at| start + at) else {
            // Two characters alone are no reference, only text.
            return if text.len() > 2 { None } else { Some(found) };
        };
        from = end + 1;
        let inner = &text[start + 2..end];
        if inner.is_empty() {
            continue;
        }
        let (last_saved, name) = match inner.strip_prefix("last-saved#") {
            Some(name) => (true, name),
            None => (false, inner),
        };
        if !is_name(name) || name.contains(':') {
            return None;
        }
        found.push(Mention { span: start..from, name: name.to_owned(), last_saved });
    }
    Some(found)
}

/// Whether an element can have this name.
pub(crate) fn is_name(text: &str) -> bool {
    let part = |part: &str| {
        let begins = part.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
        let goes_on = |character: char| {
            character.is_alphanumeric()
                || matches!(character, '_' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
        };
        begins && part.chars().all(goes_on)
    };
    match text.split_once(':') {
        Some((prefix, local)) => part(prefix) && part(local),
        None => part(text),
    }
}

/// The text with every mention replaced.
pub(crate) fn replaced(text: &str, mentions: &[Mention], mut by: impl FnMut(&Mention) -> String) -> String {
    let mut written = String::with_capacity(text.len());
    let mut from = 0;
    for mention in mentions {
        written.push_str(&text[from..mention.span.start]);
        written.push_str(&by(mention));
        from = mention.span.end;
    }
    written.push_str(&text[from..]);
    written
}

/// Names of the same length instead of mentions, so that an error in the rest is told with its place in the cell.
pub(super) fn masked(text: &str, mentions: &[Mention]) -> String {
    replaced(text, mentions, |mention| "a".repeat(text[mention.span.clone()].chars().count()))
}

/// The path from one place to another that starts at their innermost common repeat; none where they stand in no common one.
/// A place is the way to it from the form.
pub(crate) fn inside_repeat<'a, T: PartialEq>(
    from: &[T],
    to: &'a [T],
    is_repeat: impl Fn(&T) -> bool,
    name: impl Fn(&'a T) -> &'a str,
) -> Option<String> {
    let common = from.iter().zip(to).take_while(|(from, to)| from == to).count();
    let depth = (0..common.min(to.len().saturating_sub(1))).rev().find(|depth| is_repeat(&to[*depth]))?;
    let up = std::iter::repeat_n("..", from.len() - depth - 1);
    Some(up.chain(to[depth + 1..].iter().map(name)).collect::<Vec<_>>().join("/"))
}

/// Whether a text ends inside the arguments of `indexed-repeat()`.
pub(crate) fn is_in_indexed_repeat(before: &str) -> bool {
    let Some(at) = before.rfind("indexed-repeat(") else { return false };
    let mut depth = 0_i32;
    for character in before[at..].chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return false;
        }
    }
    true
}
