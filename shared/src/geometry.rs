//! Lengths and areas on the Earth, taken as a sphere of 6,371,009 m (its mean radius): off by 0.5 % at most, which is less
//! than a phone's receiver is.
//!
//! Places are (degrees north, degrees east). Forms of others reckon with another radius, as their specification wants:
//! `checklist::expression`.

/// A place: degrees north, degrees east.
pub type Place = (f64, f64);

/// The Earth's mean radius, metres.
const RADIUS_M: f64 = 6_371_009.0;

/// Metres along the great circle between two places.
pub fn distance_m(from: Place, to: Place) -> f64 {
    let (from_north, to_north) = (from.0.to_radians(), to.0.to_radians());
    let half_north = (to_north - from_north) / 2.0;
    let half_east = (to.1 - from.1).to_radians() / 2.0;
    let chord = half_north.sin().powi(2) + from_north.cos() * to_north.cos() * half_east.sin().powi(2);
    2.0 * RADIUS_M * chord.sqrt().min(1.0).asin()
}

/// Metres along a line through these places.
pub fn length_m(line: &[Place]) -> f64 {
    line.windows(2).map(|pair| distance_m(pair[0], pair[1])).sum()
}

/// Square metres inside a ring through these places, the last joined to the first; 0 for fewer than three.
pub fn area_m2(ring: &[Place]) -> f64 {
    if ring.len() < 3 {
        return 0.0;
    }
    let next = ring.iter().skip(1).chain(ring.first());
    let strips = ring
        .iter()
        .zip(next)
        .map(|(from, to)| (to.1 - from.1).to_radians() * (2.0 + from.0.to_radians().sin() + to.0.to_radians().sin()));
    (strips.sum::<f64>() * RADIUS_M * RADIUS_M / 2.0).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_house_is_as_long_and_as_large_as_it_is() {
        // One minute of latitude is a nautical mile, within the 0.5 % of a sphere.
        let mile = distance_m((21.0, 105.8), (21.0 + 1.0 / 60.0, 105.8));
        assert!((mile - 1_852.0).abs() < 1_852.0 * 0.005, "{mile}");
        // A plot of 5 m by 20 m, from degrees at that latitude.
        let (north, east) = (20.0 / 111_195.0, 5.0 / (111_195.0 * 21.0_f64.to_radians().cos()));
        let plot = [(21.0, 105.8), (21.0 + north, 105.8), (21.0 + north, 105.8 + east), (21.0, 105.8 + east)];
        assert!((length_m(&plot) - 45.0).abs() < 0.1, "{}", length_m(&plot));
        assert!((area_m2(&plot) - 100.0).abs() < 0.2, "{}", area_m2(&plot));
        let back: Vec<_> = plot.iter().rev().copied().collect();
        assert!((area_m2(&back) - area_m2(&plot)).abs() < 1e-6, "whichever way one walks");
        assert_eq!((area_m2(&plot[..2]), length_m(&plot[..1])), (0.0, 0.0));
    }
}
