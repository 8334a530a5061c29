//! Functions of chance. With a seed, an order is the same everywhere, always: the specification names the generator.

use super::super::tree::NodeId;
use super::{EvaluationError, Function, Given, Value};

/// A token of `uuid(length)` is never longer.
const LONGEST_TOKEN: f64 = 1024.0;

pub(super) fn call(function: Function, given: &Given<'_, '_>) -> Result<Value, EvaluationError> {
    Ok(match function {
        Function::Random => Value::Number(fraction(given)),
        Function::Randomize => Value::Nodes(shuffled(given)?),
        _ if given.len() == 0 => {
            let bytes = bytes(given, 16).try_into().unwrap_or_default();
            uuid::Builder::from_random_bytes(bytes).into_uuid().to_string().into()
        }
        _ => {
            let length = given.number(0).trunc();
            if !(0.0..=LONGEST_TOKEN).contains(&length) {
                return Err(given.wrong("no length of a token"));
            }
            let length = length as usize;
            let mut token = hex::encode(bytes(given, length.div_ceil(2)));
            token.truncate(length);
            token.into()
        }
    })
}

fn bytes(given: &Given<'_, '_>, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    given.evaluation.random.borrow_mut().fill(&mut bytes);
    bytes
}

/// From 0 up to, but not including, 1.
fn fraction(given: &Given<'_, '_>) -> f64 {
    let mut word = [0; 8];
    given.evaluation.random.borrow_mut().fill(&mut word);
    (u64::from_le_bytes(word) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Fisher and Yates, inside out; with a seed, on Park and Miller's minimal standard generator.
fn shuffled(given: &Given<'_, '_>) -> Result<Vec<NodeId>, EvaluationError> {
    const MODULUS: i64 = 2_147_483_647;
    let mut seed = None;
    if given.len() > 1 {
        let number = given.number(1);
        if number.fract() != 0.0 || !number.is_finite() {
            return Err(given.wrong("the seed is no whole number"));
        }
        let rest = (number % MODULUS as f64) as i64;
        seed = Some(if rest <= 0 { rest + MODULUS - 1 } else { rest });
    }
    let mut draw = || match &mut seed {
        None => fraction(given),
        Some(seed) => {
            *seed = *seed * 16_807 % MODULUS;
            (*seed - 1) as f64 / (MODULUS - 1) as f64
        }
    };
    let mut order: Vec<NodeId> = Vec::new();
    for (at, node) in given.nodes(0)?.iter().enumerate() {
        let place = ((draw() * (at + 1) as f64) as usize).min(at);
        order.push(*node);
        if place != at {
            order[at] = order[place];
            order[place] = *node;
        }
    }
    Ok(order)
}
