//! What a device needs besides records: who it is, its units, its templates.

use std::collections::{BTreeMap, BTreeSet};

use ancu_shared::id::{DeviceId, UnitId};
use ancu_shared::near::{Pass, SignedPass};
use ancu_shared::sync::wire::{Context, MAX_WITHDRAWN, TemplateOffer};
use ancu_shared::unit::{Unit, UnitDirectory};

use super::access::Caller;
use super::photos::MAX_PHOTO_BYTES;
use super::{Outcome, Service};
use crate::store::rows::ReleaseRow;
use crate::store::{StoreError, Transaction};

/// More units than anybody's posts have above them; a circle of units ends here.
const MOST_UNITS_ABOVE: usize = 64;

/// The context of a caller's device.
pub fn context(
    service: &Service,
    transaction: &dyn Transaction,
    caller: &Caller,
    device: DeviceId,
) -> Outcome<Context> {
    let directory = service.directory(transaction)?;
    let scope = scope(transaction, &directory, caller)?;
    let mut units = BTreeMap::new();
    let posts = caller.posts.iter().map(|post| post.unit);
    for id in scope.iter().copied().chain(posts) {
        with_parents(&directory, id, &mut units);
    }
    // Every version is offered, because records name theirs; one of them is for new inspections of these units.
    let above = above(&directory, caller);
    let releases = transaction.template_releases()?;
    let templates = transaction.templates()?.into_iter().map(|row| {
        let own = released(&releases, &row.code, &above);
        let current = own.map_or(row.current, |version| version == row.version);
        TemplateOffer { code: row.code, version: row.version, sha256: row.sha256, current }
    });
    let author = if caller.office(&directory).is_empty() { None } else { transaction.author_of_device(device)? };
    let pass = author.map(|author| {
        let pass = Pass::of_week(author, caller.id(), scope.iter().copied().collect(), caller.now);
        SignedPass::issue(&pass, &service.certifier)
    });
    Ok(Context {
        person: caller.id(),
        person_name: caller.person.name.clone(),
        device,
        posts: caller.posts.clone(),
        units: units.into_values().collect(),
        scope: scope.into_iter().collect(),
        home: caller.person.home.clone().filter(|_| caller.home_unit().is_some()),
        templates: templates.collect(),
        max_photo_bytes: MAX_PHOTO_BYTES,
        clock: caller.now,
        courier: Some(service.courier.public()),
        withdrawn: transaction.withdrawn_clocks(None, MAX_WITHDRAWN)?,
        pass,
    })
}

/// The units whose feeds the caller pulls: in force today, or with records of their time.
pub fn scope(
    transaction: &dyn Transaction,
    directory: &UnitDirectory,
    caller: &Caller,
) -> Result<BTreeSet<UnitId>, StoreError> {
    let day = caller.now.hanoi_date();
    let mut scope = BTreeSet::new();
    for id in caller.office(directory) {
        if directory.get(id).is_some_and(|unit| unit.in_force(day)) || transaction.feed_end(id)? > 0 {
            scope.insert(id);
        }
    }
    scope.extend(caller.home_unit());
    Ok(scope)
}

/// The caller's units, each followed by those above it.
fn above(directory: &UnitDirectory, caller: &Caller) -> Vec<UnitId> {
    let own = caller.posts.iter().map(|post| post.unit).chain(caller.home_unit());
    own.flat_map(|unit| std::iter::successors(Some(unit), |unit| directory.get(*unit).and_then(|unit| unit.parent)))
        .take(MOST_UNITS_ABOVE)
        .collect()
}

/// The version that the nearest of these units has of a template.
fn released<'a>(releases: &'a [ReleaseRow], code: &str, units: &[UnitId]) -> Option<&'a str> {
    let of = |unit: &UnitId| releases.iter().find(|release| release.code == code && release.unit == *unit);
    units.iter().find_map(of).map(|release| release.version.as_str())
}

fn with_parents(directory: &UnitDirectory, id: UnitId, units: &mut BTreeMap<UnitId, Unit>) {
    let mut next = Some(id);
    while let Some(id) = next {
        let Some(unit) = directory.get(id) else { return };
        if units.insert(id, unit.clone()).is_some() {
            return;
        }
        next = unit.parent;
    }
}
