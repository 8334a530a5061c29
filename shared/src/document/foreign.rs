//! The border to Automerge: its panics become errors, its values ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ObjId, ScalarValue, Value};

use super::{DocumentError, guard};
use crate::id::ActorId;
use crate::record::value::{OperationId, Scalar};

/// Runs Automerge; a panic becomes an error.
pub(super) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, DocumentError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| DocumentError::Damaged("Automerge panicked".into()))
}

pub(super) fn damaged(error: impl std::fmt::Display) -> DocumentError {
    DocumentError::Damaged(error.to_string())
}

/// Most that a value takes.
pub(super) fn value_bytes(value: &Scalar) -> usize {
    value.as_text().map_or(16, str::len)
}

/// As Automerge writes it.
pub(super) fn to_automerge(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Null => ScalarValue::Null,
        Scalar::Bool(truth) => ScalarValue::Boolean(*truth),
        Scalar::Int(whole) => ScalarValue::Int(*whole),
        Scalar::Number(number) => ScalarValue::F64(*number),
        Scalar::Text(text) => ScalarValue::Str(text.as_str().into()),
    }
}

/// One live put, as Automerge read it.
pub(super) fn from_automerge(key: &str, value: Value<'_>, id: ObjId) -> Result<(OperationId, Scalar), DocumentError> {
    let strange = || DocumentError::Damaged(format!("the value at {key:?} is not flat"));
    let ObjId::Id(counter, actor, _) = id else { return Err(strange()) };
    let actor = ActorId::from_slice(actor.to_bytes()).map_err(damaged)?;
    let value = guard::scalar(key, value.into_scalar().map_err(|_| strange())?)?;
    Ok((OperationId { counter, actor }, value))
}
