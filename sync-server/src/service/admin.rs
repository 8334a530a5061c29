//! What administrators see: accounts, devices, units.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{DeviceId, PersonId, UnitId};
use ancu_shared::role::{Post, Role};
use ancu_shared::text::fold;
use ancu_shared::unit::{Unit, UnitDirectory};
use ancu_shared::view::Page;
use jiff::civil::Date;
use serde::Serialize;

use super::access::Caller;
use super::console::page;
use super::{Outcome, Service};
use crate::store::rows::{PersonRow, Slice};
use crate::store::{StoreError, Transaction};

/// A post with its unit's name.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PostView {
    /// What the person does.
    pub role: Role,
    /// Where.
    pub unit: UnitId,
    /// That unit's full name.
    pub unit_name: String,
    /// First day.
    pub valid_from: Option<Date>,
    /// First day no longer held.
    pub valid_to: Option<Date>,
}

/// Names the units of posts.
pub fn post_views(directory: &UnitDirectory, posts: &[Post]) -> Vec<PostView> {
    posts
        .iter()
        .map(|post| PostView {
            role: post.role,
            unit: post.unit,
            unit_name: directory.get(post.unit).map(|unit| unit.full_name.clone()).unwrap_or_default(),
            valid_from: post.valid_from,
            valid_to: post.valid_to,
        })
        .collect()
}

/// An account.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct UserView {
    /// The person.
    pub id: PersonId,
    /// Login name.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Posts, past and present.
    pub posts: Vec<PostView>,
    /// Enrolled devices that were not revoked.
    pub devices: u64,
    /// When the account was closed.
    pub disabled_at: Option<UtcMillis>,
}

/// An account as the list shows it.
pub fn user(service: &Service, transaction: &dyn Transaction, person: PersonRow) -> Result<UserView, StoreError> {
    let directory = service.directory(transaction)?;
    let devices = transaction.devices()?;
    let devices = devices.iter().filter(|device| device.person == person.id && device.revoked_at.is_none());
    Ok(UserView {
        id: person.id,
        username: person.username.unwrap_or_default(),
        name: person.name,
        posts: post_views(&directory, &transaction.posts(person.id)?),
        devices: devices.count() as u64,
        disabled_at: person.disabled_at,
    })
}

/// Accounts, by login name.
pub fn users(service: &Service, transaction: &dyn Transaction, slice: Slice) -> Outcome<Page<UserView>> {
    let (people, total) = transaction.accounts(slice)?;
    let mut items = Vec::with_capacity(people.len());
    for person in people {
        items.push(user(service, transaction, person)?);
    }
    Ok(page(items, total, slice))
}

/// A device in the ledger.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeviceView {
    /// The device.
    pub id: DeviceId,
    /// As its owner named it.
    pub name: String,
    /// Whose.
    pub person: PersonId,
    /// Whose, by name.
    pub person_name: String,
    /// As it last said.
    pub app_version: String,
    /// When it last pushed or pulled.
    pub last_exchange_at: Option<UtcMillis>,
    /// When it last told of its clock and of what it had not sent; null: never, and then these are unknown.
    pub told_at: Option<UtcMillis>,
    /// Its clock minus ours, in milliseconds; null: not known.
    pub clock_offset_ms: Option<i64>,
    /// Envelopes that it had not sent; null: not known.
    pub unsent_envelopes: Option<u64>,
    /// Photos that it had not sent; null: not known.
    pub unsent_photos: Option<u64>,
    /// When the oldest of these was made.
    pub oldest_unsent: Option<UtcMillis>,
    /// How many envelopes that it brought are held back, and nobody settled.
    pub held: u64,
    /// When its access was taken away.
    pub revoked_at: Option<UtcMillis>,
    /// When its person's account was closed, which turns it away too.
    pub closed_at: Option<UtcMillis>,
}

/// The ledger of devices.
pub fn devices(transaction: &dyn Transaction) -> Outcome<Vec<DeviceView>> {
    let (mut views, loads) = (Vec::new(), transaction.quarantine_loads()?);
    for device in transaction.devices()? {
        let person = transaction.person(device.person)?;
        views.push(DeviceView {
            id: device.id,
            name: device.name,
            person: device.person,
            closed_at: person.as_ref().and_then(|person| person.disabled_at),
            person_name: person.map(|person| person.name).unwrap_or_default(),
            app_version: device.app_version,
            last_exchange_at: device.last_exchange_at,
            told_at: device.told.map(|told| told.at),
            clock_offset_ms: device.told.map(|told| told.clock_offset_ms),
            unsent_envelopes: device.told.map(|told| told.unsent_envelopes),
            unsent_photos: device.told.map(|told| told.unsent_photos),
            oldest_unsent: device.told.and_then(|told| told.oldest_unsent),
            held: loads.get(&device.id).map_or(0, |load| load.envelopes),
            revoked_at: device.revoked_at,
        });
    }
    Ok(views)
}

/// A unit with where it came from.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct UnitView {
    /// The unit.
    #[serde(flatten)]
    pub unit: Unit,
    /// The full name of the unit above it.
    pub parent_name: String,
    /// The units that it was made of.
    pub predecessors: Vec<Predecessor>,
}

/// A unit that went into another.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Predecessor {
    /// Its full name.
    pub name: String,
    /// The resolution.
    pub basis: String,
    /// The day.
    pub date: Date,
}

/// Which units are asked for.
#[derive(Debug)]
pub struct UnitsAsked {
    /// In force on this day.
    pub day: Date,
    /// The name or the code has these.
    pub words: String,
    /// Only those whose records the caller reads.
    pub mine: Option<Caller>,
    /// Only those where this role may be held.
    pub role: Option<Role>,
}

/// Units, by kind and name.
pub fn units(
    service: &Service,
    transaction: &dyn Transaction,
    asked: &UnitsAsked,
    slice: Slice,
) -> Outcome<Page<UnitView>> {
    let directory = service.directory(transaction)?;
    let UnitsAsked { day, role, .. } = *asked;
    let office = asked.mine.as_ref().map(|caller| caller.office(&directory));
    let words: Vec<String> = fold(&asked.words).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let mut found: Vec<&Unit> = directory
        .iter()
        .filter(|unit| unit.in_force(day) && role.is_none_or(|role| role.fits(unit.kind)))
        .filter(|unit| office.as_ref().is_none_or(|office| office.contains(&unit.id)))
        .filter(|unit| {
            let name = fold(&unit.full_name);
            words.iter().all(|word| name.contains(word) || unit.code == *word)
        })
        .collect();
    found.sort_by_key(|unit| (unit.kind, fold(&unit.name)));
    let total = found.len() as u64;
    let name = |id: UnitId| directory.get(id).map(|unit| unit.full_name.clone()).unwrap_or_default();
    let items = found.into_iter().skip(slice.offset as usize).take(slice.limit as usize).map(|unit| UnitView {
        parent_name: unit.parent.map(name).unwrap_or_default(),
        predecessors: directory
            .predecessors(unit.id)
            .map(|edge| Predecessor { name: name(edge.from), basis: edge.basis.clone(), date: edge.date })
            .collect(),
        unit: unit.clone(),
    });
    Ok(page(items.collect(), total, slice))
}
