//! Checklists as forms: the expression language they are written in, and what follows from an answer.
//!
//! Invariant: pure, like all of this crate: time, time zone and randomness are parameters, and whatever a template holds,
//! an expression ends in bounded time with a value or a named error.

pub mod expression;
pub mod form;
pub mod xlsform;
