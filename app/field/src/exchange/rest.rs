//! After an exchange, once a day, inspections that rest are put away: one at a time, so that nobody waits.

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::Problem;

use crate::engine::{Engine, Inner};
use crate::fault::{Fault, Outcome};
use crate::store::{profile, rest};

const DAY_MILLIS: i64 = 24 * 3_600_000;
/// Days without anything new after which a signed inspection rests.
const QUIET_DAYS: u32 = 30;
/// Inspections that are put away in one go.
const MOST: usize = 500;

impl Engine {
    /// Puts signed inspections away that had nothing new for so many days, as it is done by itself after exchanges; how many.
    pub fn put_away(&self, days: u32) -> Result<usize, Problem> {
        Ok(put_away(&self.inner, days)?)
    }
}

/// Once a day.
pub(super) fn after_exchange(inner: &Inner) -> Outcome<()> {
    let now = inner.clock.now();
    let due = inner.work(|open| {
        let mut marks = profile::marks(&open.store.main)?;
        // A clock that was put back is no reason to wait for years.
        let due = marks.put_away_at.is_none_or(|at| now.since(at).unsigned_abs() >= DAY_MILLIS.unsigned_abs());
        if due {
            marks.put_away_at = Some(now);
            profile::save_marks(&open.store.main, &marks)?;
        }
        Ok(due)
    })?;
    if due {
        let away = put_away(inner, QUIET_DAYS)?;
        tracing::debug!(away, "inspections that rest were put away");
    }
    Ok(())
}

fn put_away(inner: &Inner, days: u32) -> Outcome<usize> {
    // None is written in the very instant that is asked.
    let from = UtcMillis(inner.clock.now().0 + 1 - i64::from(days) * DAY_MILLIS);
    let resting = inner.work(|open| rest::resting(&open.store.main, from, MOST))?;
    let mut away = 0;
    for document in resting {
        let put = inner.work(|open| {
            open.atomically(|open| {
                let rests = rest::rests(&open.store.main, document, from)?;
                if rests {
                    rest::put_away(&open.store.main, document)?;
                }
                Ok(rests)
            })
        });
        match put {
            Ok(put) => away += usize::from(put),
            // It stays as it was.
            Err(Fault::Document(reason)) => tracing::error!(%document, reason, "an inspection that cannot be put away"),
            Err(fault) => return Err(fault),
        }
    }
    Ok(away)
}
