//! XPath 1.0 with the functions of the [ODK XForms specification](https://getodk.github.io/xforms-spec/).
//!
//! Invariants: parsing and evaluating never panic and end in bounded time and memory ([`limits`]); an expression reads the
//! tree it is given and nothing else; the clock, the time zone and the random source are parameters ([`Environment`]).
//!
//! What it does not do: it knows no form. Which expression stands where, and when it is evaluated again, is its caller's
//! business; [`references`](Expression::references) says what an expression reads.

mod axes;
mod comparison;
mod evaluate;
mod functions;
mod lexer;
mod moment;
mod parser;
mod references;
mod syntax;
mod tree;
mod value;

#[cfg(test)]
mod tests;

pub use evaluate::{Budget, Environment, EvaluationError, FormFacts, NoForm};
pub use lexer::{ParseError, ParseFault};
pub use moment::Moment;
pub use references::{Reference, ReferenceStep};
pub use tree::{Name, NodeId, NodeKind, Tree};
pub use value::Value;

use crate::clock::RandomSource;

/// What an expression may cost. Real forms stay far below.
pub mod limits {
    /// Bytes of an expression's text.
    pub const BYTES: usize = 64 * 1024;
    /// Expressions, predicates and arguments inside one another.
    pub const DEPTH: usize = 128;
    /// Nodes visited, values compared and characters made while one expression is evaluated.
    pub const WORK: u64 = 4_000_000;
    /// Bytes of the compiled form of a regular expression.
    pub const PATTERN_BYTES: usize = 256 * 1024;
}

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    root: syntax::Node,
}

impl Expression {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parser::parse(text).map(|root| Self { root })
    }

    /// The expression's value at a node of the environment's tree.
    pub fn evaluate(
        &self,
        environment: &Environment<'_>,
        random: &mut dyn RandomSource,
        node: NodeId,
    ) -> Result<Value, EvaluationError> {
        self.evaluate_within(environment, random, &mut Budget::default(), node)
    }

    /// Likewise, out of a budget that many expressions share.
    pub fn evaluate_within(
        &self,
        environment: &Environment<'_>,
        random: &mut dyn RandomSource,
        budget: &mut Budget,
        node: NodeId,
    ) -> Result<Value, EvaluationError> {
        evaluate::evaluate(&self.root, environment, random, budget, node)
    }

    /// Names called that are no function of this language, or with a number of arguments it does not take, in order of
    /// appearance. Evaluating such a call is an error; a branch that is never reached does no harm, so parsing lets it pass.
    pub fn wrong_calls(&self) -> Vec<EvaluationError> {
        let mut wrong = Vec::new();
        self.root.visit_calls(&mut |call| {
            if let Err(error) = functions::check(call) {
                wrong.push(error);
            }
        });
        wrong
    }

    /// Names of everything that it calls.
    pub fn calls(&self) -> Vec<String> {
        let mut calls = Vec::new();
        self.root.visit_calls(&mut |call| calls.push(call.name.clone()));
        calls
    }

    /// Every path the expression reads.
    pub fn references(&self) -> Vec<Reference> {
        references::of(&self.root)
    }
}
