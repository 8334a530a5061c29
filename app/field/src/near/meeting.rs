//! One meeting: who is there, then turns until both have nothing more to say. The store is locked only while it is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::near::{Hello, MAX_FRAME_BYTES, MAX_HELLO_BYTES, Next, Turn, Turns, check, decode};
use ancu_shared::sync::wire::encode;

use super::NearMet;
use super::line::Line;
use crate::engine::Inner;
use crate::exchange::nearby::Arriving;
use crate::fault::Outcome;

/// Meets whoever is on the line.
pub(super) fn meet(inner: &Arc<Inner>, mut line: Line, hello: &Hello, calls: bool) -> Result<NearMet, Problem> {
    let met = talk(inner, &mut line, hello, calls).map_err(Problem::from);
    if let Err(problem) = &met {
        tracing::info!(code = problem.known_code().code(), "a meeting with a colleague broke off");
    }
    met
}

fn talk(inner: &Arc<Inner>, line: &mut Line, hello: &Hello, calls: bool) -> Outcome<NearMet> {
    line.say(&encode(hello))?;
    let heard = line.hear(MAX_HELLO_BYTES)?.ok_or(ErrorCode::NearUnreadable)?;
    let theirs: Hello = decode(&heard, MAX_HELLO_BYTES)?;
    let colleague = inner.work(|open| {
        let (_, mine) = open.near_hello()?;
        Ok(check(&theirs, &open.identity.certifier, &line.peer, &mine, open.servers_time()?)?)
    })?;
    let offers = inner.change(|open| open.near_offers(&colleague.units, &theirs.certificate))?;
    let mut turns = Turns::new(offers);
    let (mut arriving, mut records) = (Arriving::default(), BTreeSet::new());
    let (mut received, mut sent) = (0, 0);
    let (mut silent, mut first) = (false, calls);
    loop {
        if !std::mem::take(&mut first) {
            let Some(bytes) = line.hear(MAX_FRAME_BYTES)? else {
                return Err(ErrorCode::NearUnreadable.into());
            };
            let turn: Turn = decode(&bytes, MAX_FRAME_BYTES)?;
            let taken = inner.change(|open| open.near_take(&turn, &colleague.units, &mut arriving))?;
            received += taken.envelopes;
            records.extend(taken.records);
            inner.work(|open| {
                let known = |id: &_| open.near_knows(id).unwrap_or(true);
                let holding = |lack: &_| open.near_holding(lack, &colleague.units).unwrap_or_default();
                Ok(turns.heard(&turn, known, holding, taken.lacks)?)
            })?;
            silent = turn.is_empty();
        }
        let said = inner
            .work(|open| Ok(turns.next(silent, |id| open.near_parcel(id, &colleague.units).unwrap_or_default())))?;
        let Next::Say(turn) = said else { break };
        line.say(&encode(&turn))?;
        sent += turn.envelopes.len() as u64;
        if silent && turn.is_empty() {
            break;
        }
    }
    let identity = colleague.identity;
    let (person_name, device_name) = (identity.person_name, identity.device_name);
    Ok(NearMet { person_name, device_name, received, records: records.len() as u64, sent })
}
