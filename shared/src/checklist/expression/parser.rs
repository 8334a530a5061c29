//! From words to an expression: XPath 1.0's grammar by recursive descent.
//!
//! Invariant: recursion is bounded by [`limits::DEPTH`], so no text overflows the stack.

use super::functions::Function;
use super::lexer::{Operator, ParseError, ParseFault, Placed, Word, words};
use super::limits;
use super::syntax::{Axis, Call, Node, Path, Start, Step, Test};

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Node, ParseError> {
    let words = words(text)?;
    if words.is_empty() {
        return Err(ParseError { at: 1, fault: ParseFault::Empty });
    }
    let mut parser = Parser { words, next: 0, depth: 0, end: text.chars().count() + 1 };
    let node = parser.expression(0)?;
    match parser.peek_placed() {
        None => Ok(node),
        Some(_) => Err(parser.unexpected("an operator")),
    }
}

struct Parser {
    words: Vec<Placed>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek_placed(&self) -> Option<&Placed> {
        self.words.get(self.next)
    }

    fn peek(&self) -> Option<&Word> {
        self.peek_placed().map(|placed| &placed.word)
    }

    fn peek_second(&self) -> Option<&Word> {
        self.words.get(self.next + 1).map(|placed| &placed.word)
    }

    fn take(&mut self, wanted: &Word) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.next += 1;
        }
        there
    }

    fn position(&self) -> usize {
        self.peek_placed().map_or(self.end, |placed| placed.at)
    }

    fn unexpected(&self, wanted: &'static str) -> ParseError {
        let fault = match self.peek_placed() {
            Some(placed) => ParseFault::Unexpected(placed.written.clone()),
            None => ParseFault::EndsEarly(wanted),
        };
        ParseError { at: self.position(), fault }
    }

    /// An expression whose operators bind more strongly than `weakest`.
    fn expression(&mut self, weakest: u8) -> Result<Node, ParseError> {
        self.depth += 1;
        if self.depth > limits::DEPTH {
            return Err(ParseError { at: self.position(), fault: ParseFault::TooDeep });
        }
        let mut left = self.unary()?;
        while let Some(&Word::Operator(operator)) = self.peek() {
            let strength = operator.strength();
            if strength <= weakest {
                break;
            }
            self.next += 1;
            let right = self.expression(strength)?;
            match &mut left {
                Node::Chain(_, rest) if rest.first().is_some_and(|(first, _)| first.strength() == strength) => {
                    rest.push((operator, right));
                }
                _ => left = Node::Chain(Box::new(left), vec![(operator, right)]),
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    /// `-` binds more strongly than `*` and less than `|`.
    fn unary(&mut self) -> Result<Node, ParseError> {
        let mut minus = 0_usize;
        while self.take(&Word::Operator(Operator::Minus)) {
            minus += 1;
        }
        if minus == 0 {
            return self.path();
        }
        let inner = self.expression(7)?;
        // An even number of signs still makes a number of what follows.
        let negated = Node::Negate(Box::new(inner));
        Ok(if minus % 2 == 1 { negated } else { Node::Negate(Box::new(negated)) })
    }

    fn path(&mut self) -> Result<Node, ParseError> {
        match self.peek() {
            None => Err(self.unexpected("a value")),
            Some(Word::Slash) => {
                self.next += 1;
                let steps = if self.at_step() { self.steps()? } else { Vec::new() };
                Ok(Node::Path(Path { start: Start::Root, steps }))
            }
            Some(Word::DoubleSlash) => {
                self.next += 1;
                let mut steps = vec![Step::plain(Axis::DescendantOrSelf, Test::AnyNode)];
                steps.extend(self.steps()?);
                Ok(Node::Path(Path { start: Start::Root, steps }))
            }
            Some(_) if self.at_step() => Ok(Node::Path(Path { start: Start::Context, steps: self.steps()? })),
            Some(_) => self.filter(),
        }
    }

    /// Whether a step begins here, and not a number, a quotation, a bracket or a call.
    fn at_step(&self) -> bool {
        match self.peek() {
            Some(Word::Dot | Word::DotDot | Word::At) => true,
            Some(Word::Name { prefix, local }) => match self.peek_second() {
                Some(Word::Open) => prefix.is_none() && is_node_type(local),
                _ => true,
            },
            _ => false,
        }
    }

    fn steps(&mut self) -> Result<Vec<Step>, ParseError> {
        let mut steps = vec![self.step()?];
        self.more_steps(&mut steps)?;
        Ok(steps)
    }

    fn more_steps(&mut self, steps: &mut Vec<Step>) -> Result<(), ParseError> {
        loop {
            if self.take(&Word::DoubleSlash) {
                steps.push(Step::plain(Axis::DescendantOrSelf, Test::AnyNode));
            } else if !self.take(&Word::Slash) {
                return Ok(());
            }
            steps.push(self.step()?);
        }
    }

    fn step(&mut self) -> Result<Step, ParseError> {
        let (at, word) = match self.peek_placed() {
            Some(placed) => (placed.at, placed.word.clone()),
            None => return Err(self.unexpected("a step")),
        };
        let mut axis = Axis::Child;
        match &word {
            Word::Dot | Word::DotDot => {
                self.next += 1;
                let axis = if word == Word::Dot { Axis::Itself } else { Axis::Parent };
                // Strictly no predicate may follow; form authors write `.[…]` and mean this.
                let predicates = self.predicates()?;
                return Ok(Step { axis, test: Test::AnyNode, predicates });
            }
            Word::At => {
                self.next += 1;
                axis = Axis::Attribute;
            }
            Word::Name { prefix: None, local } if self.peek_second() == Some(&Word::Axis) => {
                let unknown = || ParseError { at, fault: ParseFault::UnknownAxis(local.clone()) };
                axis = Axis::named(local).ok_or_else(unknown)?;
                self.next += 2;
            }
            _ => {}
        }
        let test = self.test()?;
        let predicates = self.predicates()?;
        Ok(Step { axis, test, predicates })
    }

    fn test(&mut self) -> Result<Test, ParseError> {
        let Some(Word::Name { prefix, local }) = self.peek().cloned() else {
            return Err(self.unexpected("a name"));
        };
        if prefix.is_none() && is_node_type(&local) && self.peek_second() == Some(&Word::Open) {
            let opened = self.position();
            self.next += 2;
            let target = match self.peek() {
                Some(Word::Literal(target)) if local == "processing-instruction" => Some(target.clone()),
                _ => None,
            };
            self.next += usize::from(target.is_some());
            self.close(&Word::Close, opened)?;
            return Ok(match local.as_str() {
                "node" => Test::AnyNode,
                "text" => Test::Text,
                "comment" => Test::Comment,
                _ => Test::Instruction(target),
            });
        }
        self.next += 1;
        Ok(match (prefix, local.as_str()) {
            (None, "*") => Test::AnyName,
            (Some(prefix), "*") => Test::AnyIn(prefix),
            (prefix, _) => Test::Name { prefix, local },
        })
    }

    fn predicates(&mut self) -> Result<Vec<Node>, ParseError> {
        let mut predicates = Vec::new();
        loop {
            let opened = self.position();
            if !self.take(&Word::OpenPredicate) {
                return Ok(predicates);
            }
            predicates.push(self.expression(0)?);
            self.close(&Word::ClosePredicate, opened)?;
        }
    }

    fn close(&mut self, bracket: &Word, opened: usize) -> Result<(), ParseError> {
        if self.take(bracket) {
            return Ok(());
        }
        match self.peek_placed() {
            Some(_) => Err(self.unexpected("a bracket")),
            None => Err(ParseError { at: self.end, fault: ParseFault::UnclosedBracket(opened) }),
        }
    }

    fn filter(&mut self) -> Result<Node, ParseError> {
        let primary = self.primary()?;
        let predicates = self.predicates()?;
        let mut steps = Vec::new();
        self.more_steps(&mut steps)?;
        if predicates.is_empty() && steps.is_empty() {
            return Ok(primary);
        }
        Ok(Node::Path(Path { start: Start::Filter(Box::new(primary), predicates), steps }))
    }

    fn primary(&mut self) -> Result<Node, ParseError> {
        let opened = self.position();
        match self.peek().cloned() {
            Some(Word::Number(number)) => {
                self.next += 1;
                Ok(Node::Number(number))
            }
            Some(Word::Literal(literal)) => {
                self.next += 1;
                Ok(Node::Literal(literal))
            }
            Some(Word::Open) => {
                self.next += 1;
                let inner = self.expression(0)?;
                self.close(&Word::Close, opened)?;
                Ok(inner)
            }
            Some(Word::Name { prefix, local }) if self.peek_second() == Some(&Word::Open) => {
                self.next += 2;
                let arguments = self.arguments(opened)?;
                let name = prefix.map_or_else(|| local.clone(), |prefix| format!("{prefix}:{local}"));
                let function = Function::named(&name);
                Ok(Node::Call(Call { name, function, arguments }))
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn arguments(&mut self, opened: usize) -> Result<Vec<Node>, ParseError> {
        let mut arguments = Vec::new();
        if self.take(&Word::Close) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression(0)?);
            if !self.take(&Word::Comma) {
                self.close(&Word::Close, opened)?;
                return Ok(arguments);
            }
        }
    }
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment" | "processing-instruction")
}
