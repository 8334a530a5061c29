//! Roles, posts, and who may read and write which kind of record.
//!
//! Invariant: authority = document. A right is a pair (role, kind); its place is the unit of the post; its time is the
//! post's validity. Source: domain pack, org_roles.json (Plan 122 III.3; Law 55/2024; Decree 105/2025).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::UnitId;
use crate::record::RecordKind;
use crate::unit::UnitKind;

/// What a person does. Names as in the glossary; scope comes from the post's unit, never from the role.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Cán bộ nhập liệu cấp xã: creates premises, inspects, verifies declarations in the own commune.
    CommuneDataOfficer,
    /// Cán bộ Đội khu vực PC07: inspects hazard facilities of the area.
    AreaTeamOfficer,
    /// Chỉ huy Đội khu vực: approves or returns records.
    AreaTeamReviewer,
    /// Lãnh đạo PC07: city-wide review and templates.
    Pc07Manager,
    /// Chủ hộ: declares the own dwelling.
    HouseholdHead,
    /// Quản trị hệ thống: accounts, units, devices; no business data by default.
    SysAdmin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::CommuneDataOfficer,
        Self::AreaTeamOfficer,
        Self::AreaTeamReviewer,
        Self::Pc07Manager,
        Self::HouseholdHead,
        Self::SysAdmin,
    ];

    /// The role's code, as stored and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CommuneDataOfficer => "commune_data_officer",
            Self::AreaTeamOfficer => "area_team_officer",
            Self::AreaTeamReviewer => "area_team_reviewer",
            Self::Pc07Manager => "pc07_manager",
            Self::HouseholdHead => "household_head",
            Self::SysAdmin => "sys_admin",
        }
    }

    /// The role's name in Vietnamese.
    pub const fn vi(self) -> &'static str {
        match self {
            Self::CommuneDataOfficer => "Cán bộ cấp xã",
            Self::AreaTeamOfficer => "Cán bộ Đội khu vực",
            Self::AreaTeamReviewer => "Chỉ huy Đội khu vực",
            Self::Pc07Manager => "Lãnh đạo PC07",
            Self::HouseholdHead => "Chủ hộ",
            Self::SysAdmin => "Quản trị hệ thống",
        }
    }

    /// The role's name in English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::CommuneDataOfficer => "Commune officer",
            Self::AreaTeamOfficer => "Area team officer",
            Self::AreaTeamReviewer => "Area team commander",
            Self::Pc07Manager => "PC07 manager",
            Self::HouseholdHead => "Household head",
            Self::SysAdmin => "Administrator",
        }
    }

    /// The role of a code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether the role's work is bound to its own records and not to a unit.
    pub const fn is_citizen(self) -> bool {
        matches!(self, Self::HouseholdHead)
    }

    /// Whether a post of this role may be at a unit of this kind: a post reaches all that lies below its unit, so nobody whose work is a
    /// commune's or an area's is posted above it. Who works for an area is posted at its team, or at single communes of it.
    pub const fn fits(self, unit: UnitKind) -> bool {
        match self {
            Self::CommuneDataOfficer | Self::HouseholdHead => unit.is_commune(),
            Self::AreaTeamOfficer | Self::AreaTeamReviewer => matches!(unit, UnitKind::AreaTeam) || unit.is_commune(),
            Self::Pc07Manager => matches!(unit, UnitKind::City),
            // Of the whole system, without business data: its unit opens nothing.
            Self::SysAdmin => true,
        }
    }

    /// Whether holders of this role may write records of this kind inside their scope.
    ///
    /// A `review` written by an officer may only decide on a declaration (dwelling), one by a reviewer only on an
    /// inspection; see [`Role::may_review`].
    pub const fn may_write(self, kind: RecordKind) -> bool {
        match self {
            Self::CommuneDataOfficer | Self::AreaTeamOfficer => {
                matches!(
                    kind,
                    RecordKind::Facility
                        | RecordKind::Inspection
                        | RecordKind::Review
                        | RecordKind::Remediation
                        | RecordKind::Enforcement
                )
            }
            Self::AreaTeamReviewer | Self::Pc07Manager => {
                matches!(kind, RecordKind::Review | RecordKind::Enforcement)
            }
            Self::HouseholdHead => matches!(kind, RecordKind::Dwelling | RecordKind::Residents),
            Self::SysAdmin => false,
        }
    }

    /// Whether holders of this role may decide on records of the subject's kind.
    pub const fn may_review(self, subject: RecordKind) -> bool {
        match self {
            Self::CommuneDataOfficer | Self::AreaTeamOfficer => matches!(subject, RecordKind::Dwelling),
            Self::AreaTeamReviewer | Self::Pc07Manager => matches!(subject, RecordKind::Inspection),
            Self::HouseholdHead | Self::SysAdmin => false,
        }
    }

    /// Whether holders of this role may hand premises over from one unit of their scope to another.
    pub const fn may_hand_over(self) -> bool {
        matches!(self, Self::AreaTeamReviewer | Self::Pc07Manager)
    }

    /// Whether holders of this role may read records of this kind inside their scope (citizens: their own only).
    pub const fn may_read(self, kind: RecordKind) -> bool {
        match self {
            Self::CommuneDataOfficer | Self::AreaTeamOfficer | Self::AreaTeamReviewer | Self::Pc07Manager => true,
            Self::HouseholdHead => {
                matches!(kind, RecordKind::Dwelling | RecordKind::Residents | RecordKind::Review)
            }
            Self::SysAdmin => false,
        }
    }
}

/// A role held at a unit for a time. A person may hold several; history is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Post {
    /// What the person does there.
    pub role: Role,
    /// Where: the unit and all below it (for an area team, the units it covers).
    pub unit: UnitId,
    /// First day, in Hà Nội; `None` = since ever.
    #[ts(type = "string | null")]
    pub valid_from: Option<Date>,
    /// First day no longer held, in Hà Nội; `None` = until further notice.
    #[ts(type = "string | null")]
    pub valid_to: Option<Date>,
}

impl Post {
    /// Whether the post is held on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_post_ends_on_the_day_before_its_end() {
        let post = Post {
            role: Role::CommuneDataOfficer,
            unit: UnitId::from_bytes([1; 16]),
            valid_from: Some(date(2025, 7, 1)),
            valid_to: Some(date(2026, 7, 1)),
        };
        assert!(!post.holds_on(date(2025, 6, 30)));
        assert!(post.holds_on(date(2025, 7, 1)));
        assert!(post.holds_on(date(2026, 6, 30)));
        assert!(!post.holds_on(date(2026, 7, 1)));
    }

    #[test]
    fn nobody_whose_work_is_below_is_posted_at_the_city() {
        let fit = |kind| Role::ALL.into_iter().filter(|role| role.fits(kind)).collect::<Vec<_>>();
        assert_eq!(fit(UnitKind::City), [Role::Pc07Manager, Role::SysAdmin]);
        assert_eq!(fit(UnitKind::AreaTeam), [Role::AreaTeamOfficer, Role::AreaTeamReviewer, Role::SysAdmin]);
        assert!(!fit(UnitKind::Ward).contains(&Role::Pc07Manager));
        assert!(Role::CommuneDataOfficer.fits(UnitKind::Ward) && !Role::CommuneDataOfficer.fits(UnitKind::AreaTeam));
    }

    #[test]
    fn codes_read_back_and_administrators_see_no_business_data() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
            assert_eq!(serde_json::to_value(role).expect("json"), role.code());
        }
        assert!(RecordKind::ALL.into_iter().all(|kind| !Role::SysAdmin.may_read(kind)));
        assert!(!Role::CommuneDataOfficer.may_review(RecordKind::Inspection));
    }
}
