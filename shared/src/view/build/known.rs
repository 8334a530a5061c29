//! Which part of an inspection knew which, and the one order that follows.
//!
//! Invariants: a part comes after every part that its author had when signing it, whatever the clocks said; between parts
//! that did not know each other the time of their seals orders, then their ids, so that everybody reads the same. A part of
//! an older program does not say what was known: it is read as knowing what was sealed before it. A claim in a circle can
//! only be forged, and is not believed where it would turn the order round.

use std::collections::HashSet;

use super::joined::Part;
use crate::record::register::Known;

/// Of every part, which of those before it its author knew.
pub(super) type Knew = Vec<Vec<bool>>;

/// Orders an inspection's parts; the original comes first and stays there.
pub(super) fn ordered(mut parts: Vec<Part<'_>>) -> (Vec<Part<'_>>, Knew) {
    parts[1..].sort_by_key(|part| (part.sealed_at.is_none(), part.sealed_at, part.id));
    if parts.len() <= 2 {
        let knew = (0..parts.len()).map(|place| vec![true; place]).collect();
        return (parts, knew);
    }
    let claims: Vec<Vec<bool>> = (0..parts.len()).map(|place| claims(&parts, place)).collect();
    let mut waits: Vec<usize> = claims.iter().map(|claims| claims.iter().filter(|claimed| **claimed).count()).collect();
    let (mut order, mut taken) = (Vec::with_capacity(parts.len()), vec![false; parts.len()]);
    while order.len() < parts.len() {
        let left = || (0..parts.len()).filter(|place| !taken[*place]);
        let Some(next) = left().find(|place| waits[*place] == 0).or_else(|| left().next()) else { break };
        taken[next] = true;
        order.push(next);
        for place in 0..parts.len() {
            waits[place] -= usize::from(claims[place][next] && waits[place] > 0);
        }
    }
    let knew = (0..order.len()).map(|place| order[..place].iter().map(|it| claims[order[place]][*it]).collect());
    let knew = knew.collect();
    let mut left: Vec<Option<Part<'_>>> = parts.into_iter().map(Some).collect();
    (order.into_iter().filter_map(|place| left[place].take()).collect(), knew)
}

/// Which of the parts the one at a place says that it knew; they stand by the time of their seals, open ones last.
fn claims(parts: &[Part<'_>], place: usize) -> Vec<bool> {
    let part = &parts[place];
    let named: Option<HashSet<_>> = said(part).map(|known| known.parts.iter().collect());
    let knows = |(other, it): (usize, &Part<'_>)| match (other, &named) {
        _ if other == place || place == 0 => false,
        (0, _) => true,
        // What is sealed was signed before anybody signs what is still open.
        (_, Some(named)) => it.sealed_at.is_some() && named.contains(&it.id),
        // Not what says that it knew this one: its clock was behind.
        (_, None) => other < place && !names(it, part),
    };
    parts.iter().enumerate().map(knows).collect()
}

/// What a part's signer said to have known.
fn said<'p>(part: &'p Part<'_>) -> Option<&'p Known> {
    part.known.as_ref().filter(|_| part.sealed_at.is_some())
}

fn names(part: &Part<'_>, other: &Part<'_>) -> bool {
    other.sealed_at.is_some() && said(part).is_some_and(|known| known.parts.contains(&other.id))
}
