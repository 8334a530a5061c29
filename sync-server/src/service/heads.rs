//! Household heads: who they are at a premises, and another code for one of them.
//!
//! Invariant: an invitation makes a person, a code brings the same person back. Who may decide on a head's declaration may give
//! the code, and administrators; for others than those who read the home's unit there is no such head.

use std::sync::Arc;

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::role::Role;
use serde::Serialize;

use super::access::Caller;
use super::accounts::{self, Code};
use super::{App, Outcome, Service};
use crate::store::Transaction;
use crate::store::rows::PersonRow;

/// A household head who enrolled by an officer's invitation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HouseholdHead {
    /// The person.
    pub id: PersonId,
    /// The person's name, as given when enrolling.
    pub name: String,
    /// When the person came by an invitation.
    pub enrolled_at: UtcMillis,
    /// When a device of theirs last pushed or pulled; null: never.
    pub last_exchange_at: Option<UtcMillis>,
    /// Whether the caller may give them another code.
    pub may_renew: bool,
}

/// The household heads of a premises, the first enrolled first.
pub fn of_facility(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    facility: DocumentId,
) -> Outcome<Vec<HouseholdHead>> {
    let row = caller.find(service, transaction, facility, RecordKind::Facility)?.ok_or(ErrorCode::NotFound)?;
    let directory = service.directory(transaction)?;
    let (office, renewing) = (caller.office(&directory), caller.units(&directory, renews));
    let mut heads = Vec::new();
    for person in transaction.household_heads(Some(row.id))? {
        let Some(unit) = home_unit(transaction, &person, caller.now)?.filter(|unit| office.contains(unit)) else {
            continue;
        };
        let devices = transaction.devices_of(person.id)?;
        heads.push(HouseholdHead {
            id: person.id,
            name: person.name,
            enrolled_at: person.created_at,
            last_exchange_at: devices.iter().filter_map(|device| device.last_exchange_at).max(),
            may_renew: renewing.contains(&unit),
        });
    }
    Ok(heads)
}

/// Makes a one-time enrolment code for a household head, who stays the same person. `by` nobody: the command line.
pub async fn renew(app: &App, by: Option<Caller>, head: PersonId) -> Outcome<Code> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let person = transaction.person(head)?.ok_or(ErrorCode::NotFound)?;
            let unit = home_unit(transaction, &person, service.now())?.ok_or(ErrorCode::NotFound)?;
            if let Some(caller) = &by
                && !caller.holds(&[Role::SysAdmin])
            {
                let directory = service.directory(transaction)?;
                if !caller.office(&directory).contains(&unit) {
                    return Err(ErrorCode::NotFound.into());
                }
                if !caller.units(&directory, renews).contains(&unit) {
                    return Err(ErrorCode::Forbidden.into());
                }
            }
            accounts::make_code(&service, transaction, by.as_ref().map(Caller::id), &person)
        })
        .await
}

/// Where a household head lives whose device is let in.
fn home_unit(transaction: &dyn Transaction, person: &PersonRow, now: UtcMillis) -> Outcome<Option<UnitId>> {
    if person.disabled_at.is_some() {
        return Ok(None);
    }
    Ok(Caller::load(transaction, person.id, None, now)?.and_then(|head| head.home_unit()))
}

fn renews(role: Role) -> bool {
    role.may_review(RecordKind::Dwelling)
}
