//! What the devices' clocks say together of ours.
//!
//! One clock that differs is its owner's affair. Where several people's devices agree with one another and not with us, ours is the
//! one to look at: said early, because nothing is refused by a clock that runs ahead, and every time that it gives is wrong.
//!
//! Invariants: one voice a person, the last that any of their devices told; those who were heard last are asked first, and the first
//! agreement decides, so that it is soon known both that our clock went wrong and that it was put right. An agreement is of
//! [`FEWEST`] people, and of more than half of the others with any one of them thought away: so no single device makes one or
//! breaks one. Nothing is refused because of it.

use std::collections::BTreeSet;
use std::sync::Mutex;

use ancu_shared::clock::{CLOCKS_AGREE_MS, UtcMillis, is_clock_off};
use ancu_shared::id::PersonId;
use serde::Serialize;

use super::{App, Outcome};
use crate::store::rows::DeviceRow;
use crate::store::{StoreError, Transaction};

/// So many people must agree.
const FEWEST: usize = 3;
/// What was told longer ago says nothing of the clock that we have now.
const LATELY_MILLIS: i64 = 7 * 86_400_000;
/// How long what was found is not looked for again.
const AGAIN_MILLIS: i64 = 60_000;

/// That people's devices agree on another time than ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ClockApart {
    /// How far our clock is ahead of theirs, in milliseconds; negative where it is behind.
    pub ahead_ms: i64,
    /// How many people's devices agree.
    pub people: usize,
}

/// What was found last, and when.
#[derive(Debug, Default)]
pub struct Found(Mutex<Option<(UtcMillis, Option<ClockApart>)>>);

/// What the devices' clocks say of ours.
pub fn read(transaction: &dyn Transaction, now: UtcMillis) -> Result<Option<ClockApart>, StoreError> {
    Ok(judge(&voices(transaction.devices()?, now)))
}

/// The same, looked for once in a while, and told in the log when it begins and when it ends.
pub async fn look(app: &App) -> Outcome<Option<ClockApart>> {
    let now = app.now();
    let known = |found: &Found| *found.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = known(&app.clocks);
    if let Some((at, found)) = before
        && (0..AGAIN_MILLIS).contains(&now.since(at))
    {
        return Ok(found);
    }
    let found: Outcome<_> = app.store.read(move |transaction| Ok(read(transaction, now)?)).await;
    let found = found?;
    *app.clocks.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((now, found));
    match (before.and_then(|(_, found)| found), found) {
        (None, Some(ClockApart { ahead_ms, people })) => {
            tracing::warn!(ahead_ms, people, "devices agree on another time than this server's clock: look at it");
        }
        (Some(_), None) => tracing::info!("the server's clock and the devices' agree again"),
        _ => {}
    }
    Ok(found)
}

/// What each person's device told last of the difference to our clock, those heard last first.
fn voices(devices: Vec<DeviceRow>, now: UtcMillis) -> Vec<i64> {
    let mut told: Vec<(UtcMillis, PersonId, i64)> = devices
        .into_iter()
        .filter(|device| device.revoked_at.is_none())
        .filter_map(|device| device.told.map(|told| (told.at, device.person, told.clock_offset_ms)))
        .filter(|(at, ..)| (0..LATELY_MILLIS).contains(&now.since(*at)))
        .collect();
    told.sort_unstable_by(|one, other| other.cmp(one));
    let mut heard = BTreeSet::new();
    told.retain(|(_, person, _)| heard.insert(*person));
    told.into_iter().map(|(.., offset)| offset).collect()
}

/// `voices`: how far clocks are from ours, one a person, those heard last first.
fn judge(voices: &[i64]) -> Option<ClockApart> {
    for heard in FEWEST..=voices.len() {
        let mut sorted = voices[..heard].to_vec();
        sorted.sort_unstable();
        let agreeing = |first: usize| {
            let within = |offset: &&i64| offset.abs_diff(sorted[first]) < CLOCKS_AGREE_MS;
            sorted[first..].iter().take_while(within).count()
        };
        let (people, first) = (0..heard).map(|first| (agreeing(first), first)).max_by_key(|(people, _)| *people)?;
        if people >= FEWEST && 2 * (people - 1) > heard - 1 {
            let offset = sorted[first + people / 2];
            return is_clock_off(offset).then(|| ClockApart { ahead_ms: offset.saturating_neg(), people });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn ahead(minutes: &[i64]) -> Option<i64> {
        let voices: Vec<_> = minutes.iter().map(|minutes| minutes * MINUTE).collect();
        judge(&voices).map(|it| it.ahead_ms / MINUTE)
    }

    #[test]
    fn three_who_agree_are_believed_and_two_are_not() {
        assert_eq!(ahead(&[-20, -21, -20]), Some(20));
        assert_eq!(ahead(&[30, 31, 30]), Some(-30), "ours may be behind as well");
        assert_eq!(ahead(&[-20, -20]), None);
        assert_eq!(ahead(&[-20, -40, -60, 0]), None, "they differ from each other");
        assert_eq!(ahead(&[-4, -4, -3]), None, "some minutes are nothing to speak of");
        assert_eq!(ahead(&[i64::MIN / MINUTE, i64::MAX / MINUTE, 0]), None);
    }

    #[test]
    fn one_device_neither_makes_an_agreement_nor_breaks_one() {
        // Whoever else is right or wrong, and whatever the one tells.
        for rogue in [-200, -20, -6, 0, 6, 20, 200] {
            for place in 0..=3 {
                let among = |others: [i64; 3]| {
                    let mut voices = others.to_vec();
                    voices.insert(place, rogue);
                    ahead(&voices)
                };
                assert_eq!(among([-20, -20, -20]), Some(20), "{rogue} at {place}");
                assert_eq!(among([0, 0, 1]), None, "{rogue} at {place}");
                assert_eq!(among([0, 0, -20]), None, "{rogue} at {place}: nor with one that is off by chance");
            }
        }
        assert_eq!(ahead(&[-20, 0, -20, 0, -20, 0]), None, "half of them is no more than half");
    }

    #[test]
    fn who_was_heard_last_is_asked_first() {
        // Our clock went wrong since the others were heard, and was put right since.
        assert_eq!(ahead(&[-20, -20, -20, 0, 0, 0, 0, 0]), Some(20));
        assert_eq!(ahead(&[0, 0, 0, -20, -20, -20, -20]), None);
    }
}
