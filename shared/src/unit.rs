//! Units: administrative areas and police units, each version with its own opaque id and dates.
//!
//! Invariant: the key is the id, never the official code: of the 126 communes of 2025-07-01, 103 bear a code that another
//! unit had before. Source: Law 72/2025; resolution 1656/NQ-UBTVQH15; domain pack, org_roles.json.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::id::UnitId;
use crate::role::{Post, Role};

/// What a unit is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// Thành phố trực thuộc trung ương
    City,
    /// Quận (to 2025-06-30)
    UrbanDistrict,
    /// Huyện (to 2025-06-30)
    RuralDistrict,
    /// Thị xã (to 2025-06-30)
    Town,
    /// Phường
    Ward,
    /// Xã
    Commune,
    /// Thị trấn (to 2025-06-30)
    Township,
    /// Đội Chữa cháy và CNCH khu vực: covers a dated set of communes
    AreaTeam,
}

impl UnitKind {
    /// Whether it is of the lowest level, which premises lie in.
    pub const fn is_commune(self) -> bool {
        matches!(self, Self::Ward | Self::Commune | Self::Township)
    }
}

/// One version of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Unit {
    /// Opaque key.
    pub id: UnitId,
    /// Official code of the General Statistics Office, reused over time; empty for police units.
    pub code: String,
    /// Short name: "Khương Đình".
    pub name: String,
    /// Full name: "Phường Khương Đình".
    pub full_name: String,
    /// What it is.
    pub kind: UnitKind,
    /// The unit above it.
    pub parent: Option<UnitId>,
    /// First day; `None` = before our records.
    #[ts(type = "string | null")]
    pub valid_from: Option<Date>,
    /// First day no longer valid; `None` = in force.
    #[ts(type = "string | null")]
    pub valid_to: Option<Date>,
}

impl Unit {
    /// Whether this version is in force on a day.
    pub fn in_force(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }
}

/// How much of an old unit went to a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// All of it.
    All,
    /// A part.
    Part,
    /// What the other parts left.
    Rest,
    /// Nothing.
    None,
}

/// An edge of the succession: (part of) one unit becoming (part of) another on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Succession {
    /// The day it takes force.
    #[ts(type = "string")]
    pub date: Date,
    /// The unit before.
    pub from: UnitId,
    /// The unit after.
    pub to: UnitId,
    /// How much land.
    pub area: Share,
    /// How many people.
    pub population: Share,
    /// The resolution it comes from.
    pub basis: String,
}

/// A commune that an area team answers for, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The area team.
    pub team: UnitId,
    /// The commune.
    pub unit: UnitId,
    /// First day.
    pub valid_from: Option<Date>,
    /// First day no longer.
    pub valid_to: Option<Date>,
}

/// The id of a unit version that comes from the official list: UUIDv8 of SHA-256 over a tag, the code and the first day
/// (`0000` where unknown), so that every installation gives one unit one id.
pub fn official_unit_id(code: &str, valid_from: Option<Date>) -> UnitId {
    let from = valid_from.map_or_else(|| "0000".to_owned(), |day| day.to_string());
    let digest = Sha256::digest(format!("ancu-unit-v1|{code}@{from}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    UnitId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// All units with their dates, successions and coverages.
#[derive(Debug, Clone, Default)]
pub struct UnitDirectory {
    units: BTreeMap<UnitId, Unit>,
    children: BTreeMap<UnitId, Vec<UnitId>>,
    successions: Vec<Succession>,
    coverages: Vec<Coverage>,
}

impl UnitDirectory {
    /// A directory of these.
    pub fn new(units: Vec<Unit>, successions: Vec<Succession>, coverages: Vec<Coverage>) -> Self {
        let mut children: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
        for unit in &units {
            if let Some(parent) = unit.parent {
                children.entry(parent).or_default().push(unit.id);
            }
        }
        let units = units.into_iter().map(|unit| (unit.id, unit)).collect();
        Self { units, children, successions, coverages }
    }

    /// The unit of an id.
    pub fn get(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id)
    }

    /// All units, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    /// The unit of this official code that is in force on a day.
    pub fn by_code(&self, code: &str, day: Date) -> Option<&Unit> {
        self.units.values().find(|unit| unit.code == code && unit.in_force(day))
    }

    /// The units that took over (part of) this one.
    pub fn successors(&self, id: UnitId) -> impl Iterator<Item = &Succession> {
        self.successions.iter().filter(move |edge| edge.from == id)
    }

    /// The units that (part of) went into this one.
    pub fn predecessors(&self, id: UnitId) -> impl Iterator<Item = &Succession> {
        self.successions.iter().filter(move |edge| edge.to == id)
    }

    /// The unit, all units below it, and for an area team the communes it covers on that day.
    pub fn scope(&self, id: UnitId, day: Date) -> BTreeSet<UnitId> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![id];
        waiting.extend(
            self.coverages
                .iter()
                .filter(|coverage| {
                    coverage.team == id
                        && coverage.valid_from.is_none_or(|from| from <= day)
                        && coverage.valid_to.is_none_or(|to| day < to)
                })
                .map(|coverage| coverage.unit),
        );
        while let Some(next) = waiting.pop() {
            if found.insert(next) {
                waiting.extend(self.children.get(&next).into_iter().flatten().copied());
            }
        }
        found
    }

    /// The units where a holder of these posts may act in a role accepted by `role`, on a day.
    pub fn scope_of_posts(&self, posts: &[Post], day: Date, role: impl Fn(Role) -> bool) -> BTreeSet<UnitId> {
        posts
            .iter()
            .filter(|post| post.holds_on(day) && role(post.role))
            .flat_map(|post| self.scope(post.unit, day))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn unit(code: &str, from: Option<Date>, to: Option<Date>, parent: Option<UnitId>) -> Unit {
        Unit {
            id: official_unit_id(code, from),
            code: code.into(),
            name: code.into(),
            full_name: code.into(),
            kind: UnitKind::Ward,
            parent,
            valid_from: from,
            valid_to: to,
        }
    }

    #[test]
    fn a_code_names_different_units_on_different_days() {
        let merger = date(2025, 7, 1);
        let (old, new) = (unit("00097", None, Some(merger), None), unit("00097", Some(merger), None, None));
        let directory = UnitDirectory::new(vec![old.clone(), new.clone()], vec![], vec![]);
        assert_eq!(directory.by_code("00097", date(2025, 6, 30)).map(|u| u.id), Some(old.id));
        assert_eq!(directory.by_code("00097", merger).map(|u| u.id), Some(new.id));
        assert_ne!(old.id, new.id);
    }

    #[test]
    fn scope_goes_down_the_tree_and_over_an_area_teams_communes() {
        let city = unit("01", None, None, None);
        let ward = unit("00001", None, None, Some(city.id));
        let other = unit("00002", None, None, Some(city.id));
        let team = unit("team", None, None, None);
        let coverage = Coverage { team: team.id, unit: ward.id, valid_from: Some(date(2025, 3, 1)), valid_to: None };
        let directory =
            UnitDirectory::new(vec![city.clone(), ward.clone(), other.clone(), team.clone()], vec![], vec![coverage]);
        let day = date(2026, 1, 1);
        assert_eq!(directory.scope(city.id, day), [city.id, ward.id, other.id].into());
        assert_eq!(directory.scope(team.id, day), [team.id, ward.id].into());
        assert_eq!(directory.scope(team.id, date(2025, 2, 28)), [team.id].into());
    }
}
