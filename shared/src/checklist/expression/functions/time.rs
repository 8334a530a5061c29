//! Functions about dates and times. The present is a parameter of the evaluation.

use super::super::moment::{Moment, format, part_of_day};
use super::{EvaluationError, Function, Given, Value};

pub(super) fn call(function: Function, given: &Given<'_, '_>) -> Result<Value, EvaluationError> {
    let environment = given.evaluation.environment;
    let (tree, zone) = (environment.tree, environment.zone);
    let now = Moment::At(environment.now.0);
    Ok(match function {
        Function::Now => Value::Moment(now),
        Function::Today => {
            let midnight = now.local(zone).map(|local| local.date().to_string());
            Value::Moment(midnight.map_or(Moment::Invalid, |day| Moment::read(&day, zone)))
        }
        Function::Date | Function::DateTime => Value::Moment(given.values[0].to_moment(tree, zone)),
        Function::DecimalDateTime => match &given.values[0] {
            Value::Number(days) => Value::Number(*days),
            other => Value::Number(other.to_moment(tree, zone).days()),
        },
        Function::DecimalTime => match &given.values[0] {
            Value::Number(_) => Value::Number(f64::NAN),
            _ => Value::Number(part_of_day(&given.text(0), now, zone).unwrap_or(f64::NAN)),
        },
        _ => {
            let Some(local) = given.values[0].to_moment(tree, zone).local(zone) else { return Ok("".into()) };
            let pattern = given.text(1);
            let written = format(local, &pattern, environment.language);
            written.ok_or_else(|| given.wrong(format!("«{pattern}» is no pattern of a date")))?.into()
        }
    })
}
