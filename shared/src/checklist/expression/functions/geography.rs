//! Functions about places: points are `latitude longitude [altitude [accuracy]]` in degrees and metres, lines and shapes
//! lists of points with semicolons between.
//!
//! The Earth is a sphere of 6,378,100 m, as in the reference implementations; results are rounded to centimetres.

use super::{Function, Given, Value};

const EARTH_RADIUS_METRES: f64 = 6_378_100.0;

#[derive(Debug, Clone, Copy)]
struct Point {
    latitude: f64,
    longitude: f64,
}

pub(super) fn call(function: Function, given: &Given<'_, '_>) -> Value {
    if function == Function::Geofence {
        let (Some(point), Some(shape)) = (points(&given.text(0)), points(&given.text(1))) else {
            return false.into();
        };
        return point.first().is_some_and(|point| lies_in(*point, &shape)).into();
    }
    let mut places = Vec::new();
    for value in given.spread(0) {
        match points(&given.evaluation.text_of(&value)) {
            Some(more) => places.extend(more),
            None => return Value::Number(f64::NAN),
        }
    }
    if places.is_empty() {
        return Value::Number(f64::NAN);
    }
    let exact = if function == Function::Area { area(&places) } else { length(&places) };
    Value::Number((exact * 100.0).round().abs() / 100.0)
}

/// None if one of them is no point.
fn points(text: &str) -> Option<Vec<Point>> {
    let written = text.trim().trim_end_matches(';');
    written.split(';').map(point).collect()
}

fn point(text: &str) -> Option<Point> {
    let numbers = text.split_whitespace().map(|part| part.parse::<f64>().ok()).collect::<Option<Vec<_>>>()?;
    let [latitude, longitude, rest @ ..] = &numbers[..] else { return None };
    let on_earth = (-90.0..=90.0).contains(latitude) && (-180.0..=180.0).contains(longitude);
    let accurate = rest.get(1).is_none_or(|accuracy| *accuracy >= 0.0);
    (on_earth && accurate).then_some(Point { latitude: latitude.to_radians(), longitude: longitude.to_radians() })
}

/// Square metres, the last point joined to the first.
fn area(places: &[Point]) -> f64 {
    if places.len() < 3 {
        return 0.0;
    }
    let next = places.iter().skip(1).chain(places.first());
    let sum: f64 = places
        .iter()
        .zip(next)
        .map(|(from, to)| (to.longitude - from.longitude) * (2.0 + from.latitude.sin() + to.latitude.sin()))
        .sum();
    sum * EARTH_RADIUS_METRES * EARTH_RADIUS_METRES / 2.0
}

/// Metres along the line.
fn length(places: &[Point]) -> f64 {
    places.windows(2).map(|pair| between(pair[0], pair[1])).sum()
}

fn between(from: Point, to: Point) -> f64 {
    let cosine = from.latitude.sin() * to.latitude.sin()
        + from.latitude.cos() * to.latitude.cos() * (from.longitude - to.longitude).cos();
    cosine.clamp(-1.0, 1.0).acos() * EARTH_RADIUS_METRES
}

fn lies_in(point: Point, shape: &[Point]) -> bool {
    let mut inside = false;
    let mut previous = shape.last();
    for corner in shape {
        if let Some(before) = previous {
            let crosses = (corner.latitude > point.latitude) != (before.latitude > point.latitude);
            if crosses {
                let part = (point.latitude - corner.latitude) / (before.latitude - corner.latitude);
                if point.longitude < corner.longitude + part * (before.longitude - corner.longitude) {
                    inside = !inside;
                }
            }
        }
        previous = Some(corner);
    }
    inside
}
