//! How ids, days and codes stand in columns.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{
    ActorId, AuthorKey, BundleId, ChangeHash, DeviceId, DocumentId, EnvelopeId, PersonId, PhotoHash, UnitId,
};
use jiff::civil::Date;
use rusqlite::Row;
use rusqlite::types::Type;

/// An id or hash kept as its bytes.
pub(super) trait Bytes: Sized {
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! bytes {
    (uuid: $($uuid:ident),*; hash: $($hash:ident),*) => {
        $(impl Bytes for $uuid { fn read(bytes: &[u8]) -> Option<Self> { bytes.try_into().ok().map(Self::from_bytes) } })*
        $(impl Bytes for $hash { fn read(bytes: &[u8]) -> Option<Self> { Self::from_slice(bytes).ok() } })*
    };
}
bytes!(uuid: DocumentId, UnitId, PersonId, DeviceId; hash: ChangeHash, EnvelopeId, PhotoHash, AuthorKey, ActorId, BundleId);

impl<const N: usize> Bytes for [u8; N] {
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok()
    }
}

/// A column that holds something else than it should.
pub(super) fn damaged(index: usize, what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Blob, format!("not {what}").into())
}

/// An id or hash.
pub(super) fn id<T: Bytes>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let bytes = row.get_ref(index)?.as_blob()?;
    T::read(bytes).ok_or_else(|| damaged(index, "an id"))
}

/// An id or hash, or none.
pub(super) fn maybe_id<T: Bytes>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<T>> {
    let Some(bytes) = row.get_ref(index)?.as_blob_or_null()? else { return Ok(None) };
    T::read(bytes).map(Some).ok_or_else(|| damaged(index, "an id"))
}

/// A closed code.
pub(super) fn code<T>(row: &Row<'_>, index: usize, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    read(row.get_ref(index)?.as_str()?).ok_or_else(|| damaged(index, "a known code"))
}

/// A closed code, or none.
pub(super) fn maybe_code<T>(
    row: &Row<'_>,
    index: usize,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    let Some(text) = row.get_ref(index)?.as_str_or_null()? else { return Ok(None) };
    read(text).map(Some).ok_or_else(|| damaged(index, "a known code"))
}

/// A value whose serde name is its code.
pub(super) fn named<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

/// The serde name of a value.
pub(super) fn name_of<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        other => unreachable!("a code is a text, not {other:?}"),
    }
}

/// JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(index)?.as_str()?).map_err(|error| damaged(index, &error.to_string()))
}

/// A day, or none.
pub(super) fn day(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Date>> {
    maybe_code(row, index, |text| text.parse().ok())
}

/// A day's text.
pub(super) fn day_text(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}

/// An instant.
pub(super) fn instant(row: &Row<'_>, index: usize) -> rusqlite::Result<UtcMillis> {
    row.get(index).map(UtcMillis)
}

/// An instant, or none.
pub(super) fn maybe_instant(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<UtcMillis>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(UtcMillis))
}

/// A count.
pub(super) fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(index)?).unwrap_or(0))
}

/// `(?,?,?)` for so many values, `(NULL)` for none.
pub(super) fn places(count: usize) -> String {
    if count == 0 { "(NULL)".to_owned() } else { format!("({})", vec!["?"; count].join(",")) }
}
