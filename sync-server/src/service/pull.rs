//! Pull: pages of the feeds in a device's scope.
//!
//! Invariant: a household head's device gets its own records' envelopes and reviews of these, whatever it asks for; its
//! cursor moves with its own envelopes only, so that it does not even learn how many others there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ancu_shared::clock::is_clock_off;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{AuthorKey, DeviceId, PersonId, UnitId};
use ancu_shared::sync::brief;
use ancu_shared::sync::wire::{
    Cursor, DeviceClock, LEAST_PULL_BYTES, MAX_CLOCK_SPANS, MAX_PULL_TEMPLATES, MAX_PULL_UNITS, Moved, PULL_PAGE_BYTES,
    PullAnswer, PullRequest, UnitPage,
};

use super::access::Caller;
use super::context::{self, scope};
use super::{App, Outcome, Service, life, mark};
use crate::store::Transaction;

/// Answers a pull.
pub async fn pull(app: &App, caller: Caller, request: PullRequest) -> Outcome<PullAnswer> {
    if request.cursors.len() > MAX_PULL_UNITS {
        let limit = serde_json::json!({ "limit": MAX_PULL_UNITS });
        return Err(Problem::new(ErrorCode::TooLarge).at("cursors").with(limit).into());
    }
    if request.templates.len() > MAX_PULL_TEMPLATES {
        let limit = serde_json::json!({ "limit": MAX_PULL_TEMPLATES });
        return Err(Problem::new(ErrorCode::TooLarge).at("templates").with(limit).into());
    }
    mark::check_number(&request.marks)?;
    let (asked_for_brief, request) = (request.brief, Arc::new(request));
    let (service, who, asked) = (Arc::clone(app), caller.clone(), Arc::clone(&request));
    let read = app.store.read(move |transaction| unless_put_back(&service, transaction, &who, &asked)).await?;
    let mut answer = match read {
        Some(answer) => answer,
        None => after_putting_back(app, caller, request).await?,
    };
    if !asked_for_brief || answer.units.iter().all(|page| page.envelopes.is_empty()) {
        return Ok(answer);
    }
    let shorten = move || {
        for envelope in answer.units.iter_mut().flat_map(|page| &mut page.envelopes) {
            *envelope = serde_bytes::ByteBuf::from(brief::brief(envelope));
        }
        answer
    };
    app.reading.run(shorten).await
}

/// The answer; `None`: the device tells of what this store never had, and another life is to begin first.
fn unless_put_back(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    request: &PullRequest,
) -> Outcome<Option<PullAnswer>> {
    if mark::was_put_back(service, transaction, &request.marks)? {
        return Ok(None);
    }
    answer(service, transaction, caller, request).map(Some)
}

async fn after_putting_back(app: &App, caller: Caller, request: Arc<PullRequest>) -> Outcome<PullAnswer> {
    let (service, device, asked) = (Arc::clone(app), caller.device, Arc::clone(&request));
    let begun: Outcome<()> = app
        .store
        .write(move |transaction| {
            // Two devices may tell it at once.
            if mark::was_put_back(&service, transaction, &asked.marks)? {
                life::begin_another(&service, transaction, life::Cause::PutBack, device)?;
            }
            Ok(())
        })
        .await;
    begun?;
    let service = Arc::clone(app);
    app.store.read(move |transaction| answer(&service, transaction, &caller, &request)).await
}

fn answer(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    request: &PullRequest,
) -> Outcome<PullAnswer> {
    let directory = service.directory(transaction)?;
    let office = caller.office(&directory);
    let scope = scope(transaction, &directory, caller)?;
    let mut cursors: BTreeMap<UnitId, Cursor> = BTreeMap::new();
    let mut gone = BTreeSet::new();
    for asked in &request.cursors {
        if !scope.contains(&asked.unit) {
            gone.insert(asked.unit);
        } else if let Some(cursor) = &asked.cursor
            && cursors.insert(asked.unit, cursor.clone()).is_some()
        {
            return Err(Problem::new(ErrorCode::CursorInvalid).at("cursors").into());
        }
    }
    let asked = request.room.map_or(PULL_PAGE_BYTES, |room| room as usize);
    let mut room = asked.clamp(LEAST_PULL_BYTES, PULL_PAGE_BYTES);
    let templates = files(transaction, &request.templates, &mut room)?;
    let life = life::current(transaction)?;
    let name = |unit| directory.get(unit).map(|unit| unit.full_name.clone()).unwrap_or_default();
    let (mut units, mut authors) = (Vec::new(), BTreeSet::new());
    for unit in scope {
        let owner = (!office.contains(&unit)).then(|| caller.id());
        let by_name = caller.device.filter(|_| request.own_by_name);
        let from = Asked { unit, cursor: cursors.get(&unit), owner, by_name };
        let page = page(&life, transaction, &name, &from, &mut room, &mut authors)?;
        units.push(page);
    }
    let (mut certificates, mut devices) = (Vec::new(), BTreeSet::new());
    for key in &authors {
        if let Some(author) = transaction.author(key)? {
            devices.insert(author.device);
            certificates.push(author.certificate);
        }
    }
    let mut clocks = Vec::new();
    for device in devices {
        let spans = transaction.clock_spans(device, MAX_CLOCK_SPANS)?;
        if spans.iter().any(|span| is_clock_off(span.offset_ms)) {
            clocks.push(DeviceClock { device, spans });
        }
    }
    let context = match (request.context, caller.device) {
        (Some(tag), Some(device)) => {
            Some(context::context(service, transaction, caller, device)?).filter(|context| context.tag() != tag)
        }
        _ => None,
    };
    let gone = gone.into_iter().collect();
    let mark = mark::after(service, transaction, &request.marks)?;
    Ok(PullAnswer { units, gone, authors: certificates, clock: caller.now, context, clocks, templates, mark })
}

/// Template files that the device lacks, as far as they leave half of the answer to envelopes; one of them always.
fn files(transaction: &dyn Transaction, wanted: &[String], room: &mut usize) -> Outcome<Vec<serde_bytes::ByteBuf>> {
    let mut files = Vec::new();
    if wanted.is_empty() {
        return Ok(files);
    }
    let least = *room / 2;
    for known in transaction.templates()? {
        if !wanted.contains(&known.sha256) {
            continue;
        }
        let Some(body) = transaction.template_body(&known.code, &known.version)? else { continue };
        let left = room.saturating_sub(body.len());
        if left < least && !files.is_empty() {
            break;
        }
        // Never none: a page without room would not move on.
        *room = left.max(LEAST_PULL_BYTES / 2);
        files.push(serde_bytes::ByteBuf::from(body));
    }
    Ok(files)
}

/// Records that a page tells of as handed over, at most.
const MOST_MOVES: u64 = 1_024;

/// What is asked of a unit's feed.
struct Asked<'c> {
    unit: UnitId,
    cursor: Option<&'c Cursor>,
    owner: Option<PersonId>,
    /// The device whose own envelopes are only named.
    by_name: Option<DeviceId>,
}

fn page(
    life: &str,
    transaction: &dyn Transaction,
    name: &dyn Fn(UnitId) -> String,
    from: &Asked<'_>,
    room: &mut usize,
    authors: &mut BTreeSet<AuthorKey>,
) -> Outcome<UnitPage> {
    let Asked { unit, cursor, owner, by_name } = *from;
    let end = transaction.feed_end(unit)?;
    // A cursor of another life of the store, or from beyond the end of this one, starts over.
    let foreign = |cursor: &Cursor| cursor.epoch != life || cursor.sequence > end;
    let restarted = cursor.is_some_and(foreign);
    let after = cursor.filter(|_| !restarted).map_or(0, |cursor| cursor.sequence);
    let place = |sequence| Cursor { epoch: life.to_owned(), sequence };
    // Who starts over may have lost what it made.
    let by_name = by_name.filter(|_| cursor.is_some() && !restarted);
    let mut found = if *room == 0 { Vec::new() } else { transaction.feed(unit, after, owner, by_name, *room)? };
    let mut moves = transaction.moves(unit, after, owner, MOST_MOVES + 1)?;
    // The page ends before the first envelope, or the first move, that it has no room for.
    let read = found.last().map_or(after, |(sequence, ..)| *sequence);
    let unread = if read < end { transaction.feed(unit, read, owner, by_name, 1)? } else { Vec::new() };
    let untold = moves.get(MOST_MOVES as usize).map(|(sequence, ..)| *sequence);
    let bound = unread.first().map(|(sequence, ..)| *sequence).into_iter().chain(untold).min();
    let fits = |sequence: u64| bound.is_none_or(|bound| sequence < bound);
    found.retain(|(sequence, ..)| fits(*sequence));
    moves.retain(|(sequence, ..)| fits(*sequence));
    let numbers = found.iter().map(|(sequence, ..)| *sequence).chain(moves.iter().map(|(sequence, ..)| *sequence));
    // Who reads only own records does not learn how many others there are; all others pass over numbers without an envelope.
    let last = if bound.is_none() && owner.is_none() { end } else { numbers.max().unwrap_or(after) };
    let moved = moves.into_iter().map(|(_, document, unit)| Moved { document, unit, unit_name: name(unit) }).collect();
    let mut envelopes = Vec::with_capacity(found.len());
    for (_, author, body) in found {
        *room = room.saturating_sub(body.len());
        authors.insert(author);
        envelopes.push(serde_bytes::ByteBuf::from(body));
    }
    Ok(UnitPage { unit, envelopes, cursor: place(last), moved, more: bound.is_some(), restarted })
}
