//! Where a record says that its premises are, or its inspection was made: four fields of the header, and one statement.
//!
//! Invariant: one officer's latitude is never joined to another's longitude. Two people at one visit rarely stand on one spot,
//! and phones err: what lies as near as that is no clash.

use super::live::Live;
use crate::geometry::distance_m;
use crate::id::ActorId;
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::record::key::Key;
use crate::record::register::{Position, PositionSource};
use crate::record::value::{Cell, OperationId, Scalar};

/// The header's fields that say it together.
pub const PLACE: [&str; 4] = [field::LATITUDE, field::LONGITUDE, field::ACCURACY_M, field::POSITION_SOURCE];
/// How far apart two that made one visit may have stood, metres: a phone in a stairwell errs by that.
pub(super) const SAME_VISIT_M: f64 = 100.0;
/// How far apart one house may have been measured, metres: the next shop-house in a row is hardly farther.
const SAME_HOUSE_M: f64 = 20.0;

/// Whether these are fields of a place.
pub(super) fn is_place(name: &str) -> bool {
    PLACE.contains(&name)
}

/// The place that is shown.
pub(super) fn position(live: &Live<'_>) -> Option<Position> {
    sides(live).first().map(|(_, position)| *position)
}

/// What people say who did not know of each other, the one shown first: each with the put that names it. What somebody said
/// just as it stood before was not put again, and is taken from what stands.
pub(super) fn sides<'a>(live: &Live<'a>) -> Vec<(&'a Cell, Position)> {
    let puts = PLACE.map(|name| of(live, name));
    let mut actors: Vec<ActorId> = Vec::new();
    for cell in puts[0].iter().chain(&puts[1]) {
        if !actors.contains(&cell.operation.actor) {
            actors.push(cell.operation.actor);
        }
    }
    let side = |actor: ActorId| {
        let own = |at: usize| puts[at].iter().copied().find(|cell| cell.operation.actor == actor);
        // What two coordinates say is never left out; how exact they are is, where it is somebody else's.
        let stands = |at: usize| own(at).or_else(|| puts[at].first().copied());
        let only = |at: usize| own(at).or_else(|| (puts[at].len() == 1).then(|| puts[at][0]));
        let (latitude, longitude) = (stands(0)?, stands(1)?);
        let position = Position {
            latitude: latitude.value.as_number()?,
            longitude: longitude.value.as_number()?,
            accuracy_m: only(2).and_then(|cell| cell.value.as_number()),
            source: match only(3).and_then(|cell| cell.value.as_text()) {
                Some("device") => PositionSource::Device,
                Some("photo") => PositionSource::Photo,
                _ => PositionSource::Manual,
            },
        };
        Some((own(0).or_else(|| own(1)).unwrap_or(latitude), position))
    };
    actors.into_iter().filter_map(side).collect()
}

/// Those of [`sides`] that lie apart; at most one where nothing clashes.
pub(super) fn apart<'a>(live: &Live<'a>, kind: RecordKind) -> Vec<(&'a Cell, Position)> {
    let near = if kind == RecordKind::Facility { SAME_HOUSE_M } else { SAME_VISIT_M };
    let mut kept: Vec<(&Cell, Position)> = Vec::new();
    for one in sides(live) {
        if kept.iter().all(|(_, it)| metres(it, &one.1) > near) {
            kept.push(one);
        }
    }
    kept
}

/// What to put so that one of the sides of a clash stands alone, all of it: that of the put that is named. `None`: nobody who
/// says where it is made that put.
pub fn chosen(live: &Live<'_>, operation: OperationId) -> Option<Vec<(Key, Scalar)>> {
    let mut puts = PLACE.into_iter().flat_map(|name| of(live, name));
    puts.find(|cell| cell.operation == operation)?;
    let (cell, position) = sides(live).into_iter().find(|(cell, _)| cell.operation.actor == operation.actor)?;
    // As in [`sides`]: what both say alike was put by neither, and stands.
    let told = |name: &str| {
        let puts = of(live, name);
        let own = puts.iter().copied().find(|it| it.operation.actor == cell.operation.actor);
        own.or_else(|| (puts.len() == 1).then(|| puts[0]))
    };
    let says = |name: &str| match name {
        field::LATITUDE => Scalar::Number(position.latitude),
        field::LONGITUDE => Scalar::Number(position.longitude),
        field::ACCURACY_M => position.accuracy_m.map_or(Scalar::Null, Scalar::Number),
        _ => told(name).map_or(Scalar::Null, |cell| cell.value.clone()),
    };
    let held = PLACE.iter().filter(|name| !live.at(&format!("h/{name}")).is_empty());
    Some(held.map(|name| (Key::Header((*name).to_owned()), says(name))).collect())
}

/// Metres between two places.
pub(super) fn metres(one: &Position, other: &Position) -> f64 {
    distance_m((one.latitude, one.longitude), (other.latitude, other.longitude))
}

fn of<'a>(live: &Live<'a>, name: &str) -> Vec<&'a Cell> {
    live.at(&format!("h/{name}")).iter().copied().filter(|cell| !cell.value.is_tombstone()).collect()
}
