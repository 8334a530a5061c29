//! `=`, `!=`, `<`, `<=`, `>`, `>=`: XPath 1.0, section 3.4, with dates.
//!
//! Invariant: a comparison with nodes holds if it holds for one of them; two texts that are both dates compare as instants.
//! Equality with a boolean compares truth; order always compares numbers, as the reference implementations do.

use super::evaluate::{Budget, Environment, EvaluationError};
use super::lexer::Operator;
use super::moment::{Moment, read_date};
use super::value::{Value, text_to_number};

/// Compares two values.
pub(super) fn compare(
    operator: Operator,
    left: &Value,
    right: &Value,
    environment: &Environment<'_>,
    budget: &mut Budget,
) -> Result<bool, EvaluationError> {
    let booleans = matches!(left, Value::Boolean(_)) || matches!(right, Value::Boolean(_));
    if booleans && matches!(operator, Operator::Equal | Operator::NotEqual) {
        return Ok((left.to_boolean() == right.to_boolean()) == (operator == Operator::Equal));
    }
    let ((Value::Nodes(_), _) | (_, Value::Nodes(_))) = (left, right) else {
        return Ok(single(operator, left, right, environment));
    };
    let rights = spread(right, environment);
    for left in spread(left, environment) {
        budget.spend(rights.len() as u64)?;
        if rights.iter().any(|right| single(operator, &left, right, environment)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Nodes as the texts they hold.
fn spread(value: &Value, environment: &Environment<'_>) -> Vec<Value> {
    match value {
        Value::Nodes(nodes) => nodes.iter().map(|node| Value::Text(environment.tree.text(*node))).collect(),
        other => vec![other.clone()],
    }
}

fn single(operator: Operator, left: &Value, right: &Value, environment: &Environment<'_>) -> bool {
    let zone = environment.zone;
    if let (Value::Text(left), Value::Text(right)) = (left, right) {
        let dates = (read_date(left, zone), read_date(right, zone));
        return match (operator, dates) {
            (_, (Some(left), Some(right))) => numbers(operator, left.days(), right.days()),
            (Operator::Equal, _) => left == right,
            (Operator::NotEqual, _) => left != right,
            _ => numbers(operator, text_to_number(left, zone), text_to_number(right, zone)),
        };
    }
    let dated = matches!(left, Value::Moment(_)) || matches!(right, Value::Moment(_));
    let number = |value: &Value| match value {
        Value::Text(text) if dated => Moment::read(text, zone).days(),
        other => other.to_number(environment.tree, zone),
    };
    numbers(operator, number(left), number(right))
}

#[expect(clippy::float_cmp, reason = "XPath compares numbers exactly")]
fn numbers(operator: Operator, left: f64, right: f64) -> bool {
    match operator {
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        Operator::GreaterOrEqual => left >= right,
        _ => false,
    }
}
