//! The words of an expression: XPath 1.0, section 3.7.
//!
//! Invariant: every word knows where it began, in characters from 1, as an error names it.

use std::iter::Peekable;
use std::str::CharIndices;

use thiserror::Error;

/// An expression that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("character {at}: {fault}")]
pub struct ParseError {
    /// Where, in characters from 1.
    pub at: usize,
    /// What is wrong there.
    pub fault: ParseFault,
}

/// Why an expression cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseFault {
    /// There is nothing to read.
    #[error("the expression is empty")]
    Empty,
    /// It is longer than [`super::limits::BYTES`].
    #[error("the expression is longer than {limit} bytes", limit = super::limits::BYTES)]
    TooLong,
    /// It is deeper than [`super::limits::DEPTH`].
    #[error("the expression is nested deeper than {limit}", limit = super::limits::DEPTH)]
    TooDeep,
    /// A character that begins no word.
    #[error("unexpected character «{0}»")]
    UnexpectedCharacter(char),
    /// A word that cannot stand there.
    #[error("unexpected «{0}»")]
    Unexpected(String),
    /// The text ends where something had to follow.
    #[error("the expression ends where {0} had to follow")]
    EndsEarly(&'static str),
    /// A quotation mark without its partner.
    #[error("the quotation is not closed")]
    UnclosedQuotation,
    /// A bracket without its partner.
    #[error("the bracket opened at character {0} is not closed")]
    UnclosedBracket(usize),
    /// A name before `::` that is no axis.
    #[error("«{0}» is no axis")]
    UnknownAxis(String),
    /// `$name`: forms have no variables.
    #[error("a form has no variables: «${0}»")]
    Variable(String),
}

/// The infix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
    Union,
}

impl Operator {
    /// How strongly it binds.
    pub(super) fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 4,
            Self::Plus | Self::Minus => 5,
            Self::Times | Self::Divide | Self::Remainder => 6,
            Self::Union => 8,
        }
    }
}

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    Open,
    Close,
    OpenPredicate,
    ClosePredicate,
    Dot,
    DotDot,
    At,
    Comma,
    Axis,
    Slash,
    DoubleSlash,
    Literal(String),
    Number(f64),
    Operator(Operator),
    /// `local`, `prefix:local`; a star stands for any: `*`, `prefix:*`.
    Name {
        prefix: Option<String>,
        local: String,
    },
}

impl Word {
    /// After these an operand follows, so `*` is a name and `div` too.
    fn awaits_operand(&self) -> bool {
        matches!(
            self,
            Self::At
                | Self::Axis
                | Self::Open
                | Self::OpenPredicate
                | Self::Comma
                | Self::Operator(_)
                | Self::Slash
                | Self::DoubleSlash
        )
    }
}

/// A word and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) word: Word,
    pub(super) at: usize,
    pub(super) written: String,
}

/// Splits an expression into its words.
pub(super) fn words(text: &str) -> Result<Vec<Placed>, ParseError> {
    if text.len() > super::limits::BYTES {
        return Err(ParseError { at: 1, fault: ParseFault::TooLong });
    }
    let mut lexer = Lexer { text, rest: text.char_indices().peekable(), read: 0 };
    let mut words: Vec<Placed> = Vec::new();
    loop {
        lexer.skip_space();
        let Some(&(start, _)) = lexer.rest.peek() else { break };
        let at = lexer.read + 1;
        let operand = words.last().is_none_or(|previous| previous.word.awaits_operand());
        let word = lexer.word(operand).map_err(|fault| ParseError { at, fault })?;
        let end = lexer.rest.peek().map_or(text.len(), |(end, _)| *end);
        words.push(Placed { word, at, written: text[start..end].to_owned() });
    }
    Ok(words)
}

struct Lexer<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    read: usize,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        self.read += 1;
        self.rest.next().map(|(_, character)| character)
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, character)| *character)
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.next();
        }
        there
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    fn word(&mut self, operand: bool) -> Result<Word, ParseFault> {
        let first = self.next().unwrap_or(' ');
        let word = match first {
            '(' => Word::Open,
            ')' => Word::Close,
            '[' => Word::OpenPredicate,
            ']' => Word::ClosePredicate,
            '@' => Word::At,
            ',' => Word::Comma,
            '|' => Word::Operator(Operator::Union),
            '+' => Word::Operator(Operator::Plus),
            '-' => Word::Operator(Operator::Minus),
            '=' => Word::Operator(Operator::Equal),
            '!' if self.take('=') => Word::Operator(Operator::NotEqual),
            '<' if self.take('=') => Word::Operator(Operator::LessOrEqual),
            '<' => Word::Operator(Operator::Less),
            '>' if self.take('=') => Word::Operator(Operator::GreaterOrEqual),
            '>' => Word::Operator(Operator::Greater),
            '/' if self.take('/') => Word::DoubleSlash,
            '/' => Word::Slash,
            ':' if self.take(':') => Word::Axis,
            '"' | '\'' => return self.literal(first),
            '.' if self.take('.') => Word::DotDot,
            '.' if self.peek().is_some_and(|next| next.is_ascii_digit()) => self.number(first),
            '.' => Word::Dot,
            '0'..='9' => self.number(first),
            '*' if operand => Word::Name { prefix: None, local: "*".to_owned() },
            '*' => Word::Operator(Operator::Times),
            '$' => {
                let name = self.name(String::new(), true);
                return Err(ParseFault::Variable(name));
            }
            _ if begins_name(first) => return Ok(self.name_or_operator(first, operand)),
            other => return Err(ParseFault::UnexpectedCharacter(other)),
        };
        Ok(word)
    }

    fn literal(&mut self, quote: char) -> Result<Word, ParseFault> {
        let mut literal = String::new();
        while let Some(next) = self.next() {
            if next == quote {
                return Ok(Word::Literal(literal));
            }
            literal.push(next);
        }
        Err(ParseFault::UnclosedQuotation)
    }

    /// `12`, `1.5`, `.5`, `5.`, and as form authors write it, `7.9e-12`.
    fn number(&mut self, first: char) -> Word {
        let mut digits = String::from(first);
        let mut point = first == '.';
        while let Some(next) = self.peek() {
            match next {
                '0'..='9' => digits.push(next),
                '.' if !point => {
                    point = true;
                    digits.push(next);
                }
                'e' | 'E' if self.exponent_follows() => {
                    digits.push('e');
                    self.next();
                    digits.extend(self.next());
                    continue;
                }
                _ => break,
            }
            self.next();
        }
        Word::Number(digits.parse().unwrap_or(f64::NAN))
    }

    fn exponent_follows(&mut self) -> bool {
        let Some(&(at, _)) = self.rest.peek() else { return false };
        let after = self.text[at + 1..].trim_start_matches(['+', '-']);
        after.starts_with(|next: char| next.is_ascii_digit()) && self.text.len() - at - 1 - after.len() <= 1
    }

    fn name(&mut self, mut name: String, dots: bool) -> String {
        while let Some(next) = self.peek() {
            let continues = begins_name(next)
                || next.is_numeric()
                || next == '-'
                || (dots && next == '.')
                || matches!(next, '\u{B7}' | '\u{300}'..='\u{36F}');
            if !continues {
                break;
            }
            name.push(next);
            self.next();
        }
        name
    }

    fn name_or_operator(&mut self, first: char, operand: bool) -> Word {
        if !operand {
            // Only an operator can stand here, so `1 or1` needs no space after the word.
            let rest_at = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
            let rest = &self.text[rest_at - first.len_utf8()..];
            for (spelled, operator) in
                [("or", Operator::Or), ("and", Operator::And), ("div", Operator::Divide), ("mod", Operator::Remainder)]
            {
                let follows = rest.strip_prefix(spelled).map(|after| after.chars().next());
                if follows.is_some_and(|next| next.is_none_or(|next| !begins_name(next) && next != '-')) {
                    for _ in 1..spelled.len() {
                        self.next();
                    }
                    return Word::Operator(operator);
                }
            }
        }
        let name = self.name(String::from(first), true);
        let rest_at = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        let mut after = self.text[rest_at..].chars();
        if after.next() == Some(':') {
            match after.next() {
                Some('*') => {
                    self.next();
                    self.next();
                    return Word::Name { prefix: Some(name), local: "*".to_owned() };
                }
                Some(next) if begins_name(next) => {
                    self.next();
                    let local = self.name(String::new(), true);
                    return Word::Name { prefix: Some(name), local };
                }
                _ => {}
            }
        }
        Word::Name { prefix: None, local: name }
    }
}

fn begins_name(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}
