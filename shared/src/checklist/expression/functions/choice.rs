//! Functions about choices and truth, and what the form and the device say of themselves.

use super::{Function, Given, Value};

pub(super) fn call(function: Function, given: &Given<'_, '_>) -> Value {
    let form = given.evaluation.environment.form;
    match function {
        Function::Selected => {
            let (chosen, wanted) = (given.text(0), given.text(1));
            chosen.split(' ').any(|choice| choice == wanted.trim()).into()
        }
        Function::SelectedAt => {
            let (chosen, at) = (given.text(0), given.number(1).trunc());
            let choice = if at >= 0.0 { chosen.split(' ').nth(at as usize) } else { None };
            choice.unwrap_or_default().into()
        }
        Function::CountSelected => Value::Number(given.text(0).split_whitespace().count() as f64),
        Function::ChoiceName => form.choice_label(&given.text(0), &given.text(1)).unwrap_or_default().into(),
        Function::Itext => form.text(&given.text(0)).unwrap_or_default().into(),
        Function::Property => form.property(&given.text(0)).unwrap_or_default().into(),
        Function::Version => form.version().unwrap_or_default().into(),
        Function::Boolean => given.values[0].to_boolean().into(),
        Function::Not => (!given.values[0].to_boolean()).into(),
        Function::True => true.into(),
        Function::BooleanFromString => matches!(given.text(0).as_str(), "1" | "true").into(),
        Function::Checklist => {
            let held = given.spread(2).iter().filter(|value| holds(given, value)).count();
            within(given, held as f64)
        }
        Function::WeightedChecklist => weighted(given),
        _ => false.into(),
    }
}

/// A node holds if something other than space stands in it.
fn holds(given: &Given<'_, '_>, value: &Value) -> bool {
    match value {
        Value::Nodes(_) => !given.evaluation.text_of(value).trim().is_empty(),
        other => other.to_boolean(),
    }
}

/// At least the first argument, at most the second; a negative limit is none.
fn within(given: &Given<'_, '_>, reached: f64) -> Value {
    let (least, most) = (given.number(0), given.number(1));
    ((least < 0.0 || reached >= least) && (most < 0.0 || reached <= most)).into()
}

/// `value, weight, value, weight, …`, where both may be lists of nodes.
fn weighted(given: &Given<'_, '_>) -> Value {
    let mut reached = 0.0;
    let single = |value: &Value| match value {
        Value::Nodes(nodes) => nodes.iter().map(|node| Value::Nodes(vec![*node])).collect(),
        other => vec![other.clone()],
    };
    for pair in given.values[2..].chunks_exact(2) {
        let (values, weights) = (single(&pair[0]), single(&pair[1]));
        for (value, weight) in values.iter().zip(&weights) {
            let weight = given.evaluation.number_of(weight);
            if holds(given, value) && !weight.is_nan() {
                reached += weight;
            }
        }
    }
    within(given, reached)
}
