//! A home and its people, as the head declared them, with the officer's word on it.
//!
//! Invariants: what is not submitted only its head is shown. A declaration is not sealed, so a decision names what the
//! declaration said to whoever decided ([`declared`]): it confirms nothing that its officer did not see. Where another
//! program's decision does not name it, the writers' clocks tell which came later.

use sha2::{Digest as _, Sha256};

use super::clash;
use super::live::Live;
use crate::clock::UtcMillis;
use crate::id::DocumentId;
use crate::record::facility::{field, state};
use crate::record::register::{Decision, DecisionStatement, Declared, Register as _};
use crate::record::value::Cell;
use crate::view::remark::{self, Scale};
use crate::view::{Authors, DecisionView, Declaration, DeclarationState, DwellingView};

/// What a declaration's view is made of.
pub struct DwellingParts<'a> {
    /// The dwelling record.
    pub id: DocumentId,
    /// Its cells.
    pub cells: &'a [Cell],
    /// The people's record and its cells, if the reader may see it.
    pub residents: Option<(DocumentId, &'a [Cell])>,
    /// The cells of its review, where there is one.
    pub review: Option<&'a [Cell]>,
    /// The cells of the premises it is in, if the reader has them.
    pub premises: Option<&'a [Cell]>,
    /// Whether its head reads it: nobody else is shown what is not submitted.
    pub own: bool,
    /// Device only: whether something of it was not yet receipted.
    pub unsent: bool,
}

/// The declaration as people see it.
pub fn dwelling(parts: &DwellingParts<'_>, authors: &dyn Authors) -> DwellingView {
    let home = Live::of(parts.cells);
    let people = parts.residents.map(|(_, cells)| Live::of(cells)).unwrap_or_default();
    let review = parts.review.map(Live::of).unwrap_or_default();
    let said = clash::different(review.at(&format!("s/{}", state::DECISION)));
    let decisions: Vec<_> =
        said.into_iter().filter_map(|cell| Some((cell, DecisionStatement::from_scalar(&cell.value).ok()?))).collect();
    let newest = home.cells().chain(people.cells()).max_by_key(|cell| (cell.at, cell.operation));
    let changed_at = newest.map_or(UtcMillis(0), |cell| cell.at);
    let written = home.state(state::STATE);
    let stands = |decision: Option<&DecisionStatement>| {
        let seen = decision.is_none_or(|it| saw(it, &home, parts.residents.is_some(), &people));
        declared_state(written, changed_at, decision, seen)
    };
    // What an officer asks for is not thanked away by another who confirms: the correction counts until somebody chooses.
    let asks = |it: &DecisionStatement| stands(Some(it)) == DeclarationState::NeedsFix;
    let counts = |it: &DecisionStatement| asks(it) || stands(Some(it)) == DeclarationState::Verified;
    let apart = decisions.iter().filter(|(_, it)| counts(it));
    let apart: Vec<_> = apart.map(|(cell, it)| decided_on(cell, it, authors)).collect();
    let counting =
        decisions.iter().position(|(_, it)| asks(it)).or_else(|| decisions.iter().position(|(_, it)| counts(it)));
    let decision = decisions.get(counting.unwrap_or(0));
    let state = stands(decision.map(|(_, it)| it));
    let holds = matches!(state, DeclarationState::NeedsFix | DeclarationState::Verified);
    let decided = decision.filter(|_| holds).map(|(cell, it)| decided_on(cell, it, authors));
    let actor = newest.map_or(crate::id::ActorId([0; 16]), |cell| cell.operation.actor);
    // Our devices send nothing before it is submitted; other programs may.
    let shown = parts.own || state != DeclarationState::Draft;
    let declaration = if shown { declaration(&home, &people) } else { Declaration::default() };
    let premises = parts.premises.map(|cells| Scale::of(&Live::of(cells)));
    let mut remarks = remark::declared(&declaration, premises.as_ref());
    if state != DeclarationState::Draft {
        // Another program may have submitted what ours would not.
        remarks.splice(0..0, remark::lacking(&declaration));
    }
    DwellingView {
        id: parts.id,
        residents: parts.residents.filter(|_| shown).map(|(id, _)| id),
        facility: home.document(field::FACILITY).unwrap_or(DocumentId::from_bytes([0; 16])),
        state,
        remarks,
        declaration,
        apart: if apart.len() > 1 { apart } else { Vec::new() },
        decided,
        by: authors.attribution(actor, changed_at),
        unsent: parts.unsent,
        being_written: parts.own && written != Some(state::SUBMITTED) && state != DeclarationState::Verified,
    }
}

/// An officer's decision.
fn decided_on(cell: &Cell, said: &DecisionStatement, authors: &dyn Authors) -> DecisionView {
    DecisionView {
        decision: said.decision,
        words: said.words.clone(),
        by: authors.attribution(cell.operation.actor, said.at),
        capacity: said.capacity.clone(),
        comments: Vec::new(),
        replies: Vec::new(),
    }
}

/// What a declaration says, for a decision to name: SHA-256 over the facts that are filled in, `name=value` in the order of
/// names, each with a line end. `people`: the cells of the people's record, if the reader sees it.
pub fn declared(home: &[Cell], people: Option<&[Cell]>) -> Declared {
    Declared { home: facts(&Live::of(home)), people: people.map(|cells| facts(&Live::of(cells))) }
}

fn facts(live: &Live<'_>) -> String {
    let mut names = FACTS;
    names.sort_unstable();
    let mut hash = Sha256::new();
    for name in names {
        if let Some(value) = live.field(name) {
            hash.update(format!("{name}={}\n", value.to_json()));
        }
    }
    hex::encode(hash.finalize())
}

/// What a head declares.
const FACTS: [&str; 13] = [
    field::ADDRESS,
    field::APARTMENT_CODE,
    field::HEAD_NAME,
    field::HEAD_PHONE,
    field::HOUSE_TEMPLATE,
    field::STOREYS,
    field::APARTMENTS,
    field::EXITS,
    field::RESIDENTS,
    field::ELDERLY,
    field::CHILDREN_UNDER_6,
    field::NEED_HELP,
    field::HELP_NOTE,
];

/// Whether a decision is on what is declared now. One that does not name what it saw is taken to be.
fn saw(decision: &DecisionStatement, home: &Live<'_>, with_people: bool, people: &Live<'_>) -> bool {
    let Some(seen) = &decision.declared else { return true };
    seen.home == facts(home) && (!with_people || seen.people.as_ref().is_none_or(|seen| *seen == facts(people)))
}

fn declared_state(
    written: Option<&str>,
    changed_at: UtcMillis,
    decision: Option<&DecisionStatement>,
    seen: bool,
) -> DeclarationState {
    let submitted = written == Some(state::SUBMITTED);
    match decision {
        // The same facts are confirmed, however often they are sent.
        Some(DecisionStatement { decision: Decision::Approved, declared: Some(_), .. }) if seen => {
            DeclarationState::Verified
        }
        Some(decision) if seen && decision.at >= changed_at => match decision.decision {
            Decision::Approved => DeclarationState::Verified,
            Decision::Returned => DeclarationState::NeedsFix,
        },
        _ if submitted => DeclarationState::Submitted,
        // While the head is mending it, the officer's words must stay in sight.
        Some(DecisionStatement { decision: Decision::Returned, .. }) => DeclarationState::NeedsFix,
        _ => DeclarationState::Draft,
    }
}

fn declaration(home: &Live<'_>, people: &Live<'_>) -> Declaration {
    let text = |name| home.text(name).or_else(|| people.text(name)).unwrap_or_default().to_owned();
    let count = |name| home.count(name).or_else(|| people.count(name));
    Declaration {
        address: text(field::ADDRESS),
        apartment_code: text(field::APARTMENT_CODE),
        head_name: text(field::HEAD_NAME),
        head_phone: text(field::HEAD_PHONE),
        house_template: Some(text(field::HOUSE_TEMPLATE)).filter(|code| !code.is_empty()),
        storeys: count(field::STOREYS),
        apartments: count(field::APARTMENTS),
        exits: text(field::EXITS),
        residents: count(field::RESIDENTS),
        elderly: count(field::ELDERLY),
        children_under_6: count(field::CHILDREN_UNDER_6),
        need_help: count(field::NEED_HELP),
        help_note: text(field::HELP_NOTE),
    }
}
