//! Functions about numbers: XPath 1.0, section 4.4, and the specification's additions.

use super::{EvaluationError, Function, Given, Value};

pub(super) fn call(function: Function, given: &mut Given<'_, '_>) -> Result<Value, EvaluationError> {
    let number = match function {
        Function::Number => given.number(0),
        Function::Sum => {
            let nodes = given.nodes(0)?.len();
            given.evaluation.budget.spend(nodes as u64)?;
            given.spread(0).iter().map(|node| given.evaluation.number_of(node)).sum()
        }
        Function::Min => extreme(given, f64::min),
        Function::Max => extreme(given, f64::max),
        Function::Floor => given.number(0).floor(),
        Function::Ceiling => given.number(0).ceil(),
        Function::Int => given.number(0).trunc(),
        Function::Round => round(given.number(0), if given.len() > 1 { given.number(1).trunc() } else { 0.0 }),
        Function::Pow => given.number(0).powf(given.number(1)),
        Function::Abs => given.number(0).abs(),
        Function::Sqrt => given.number(0).sqrt(),
        Function::Exp => given.number(0).exp(),
        Function::Exp10 => 10_f64.powf(given.number(0)),
        Function::Log => given.number(0).ln(),
        Function::Log10 => given.number(0).log10(),
        Function::Sin => given.number(0).sin(),
        Function::Cos => given.number(0).cos(),
        Function::Tan => given.number(0).tan(),
        Function::Asin => given.number(0).asin(),
        Function::Acos => given.number(0).acos(),
        Function::Atan => given.number(0).atan(),
        Function::Atan2 => given.number(0).atan2(given.number(1)),
        _ => std::f64::consts::PI,
    };
    Ok(Value::Number(number))
}

/// Not a number as soon as one of them is none.
fn extreme(given: &Given<'_, '_>, choose: fn(f64, f64) -> f64) -> f64 {
    let numbers = given.spread(0).iter().map(|value| given.evaluation.number_of(value)).collect::<Vec<_>>();
    if numbers.iter().any(|number| number.is_nan()) {
        return f64::NAN;
    }
    numbers.into_iter().reduce(choose).unwrap_or(f64::NAN)
}

/// Halves away from zero, as the specification's examples have it; digits may be negative.
fn round(number: f64, digits: f64) -> f64 {
    if !(-300.0..=300.0).contains(&digits) {
        return number;
    }
    let power = 10_f64.powf(digits.abs());
    if digits > 0.0 { (number * power).round() / power } else { power * (number / power).round() }
}
