//! Premises (cơ sở): the fields of a `facility` record, `h/<field>`.

use serde::{Deserialize, Serialize};

/// What kind of premises, as the pilot of Plan 122 names them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FacilityClass {
    /// Chung cư mini, nhà ở nhiều căn hộ
    MiniApartment,
    /// Nhà trọ
    BoardingHouse,
    /// Nhà ở kết hợp sản xuất, kinh doanh
    HouseWithBusiness,
    /// Nhà ở riêng lẻ
    DetachedHouse,
    /// Nhà tập thể
    CollectiveHousing,
    /// Khác
    Other,
}

impl FacilityClass {
    /// Every class.
    pub const ALL: [Self; 6] = [
        Self::MiniApartment,
        Self::BoardingHouse,
        Self::HouseWithBusiness,
        Self::DetachedHouse,
        Self::CollectiveHousing,
        Self::Other,
    ];

    /// The class's code, as stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MiniApartment => "mini_apartment",
            Self::BoardingHouse => "boarding_house",
            Self::HouseWithBusiness => "house_with_business",
            Self::DetachedHouse => "detached_house",
            Self::CollectiveHousing => "collective_housing",
            Self::Other => "other",
        }
    }

    /// The class of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }
}

/// Codes of the types of house that a head chooses from (house_templates.json).
pub const HOUSE_TEMPLATES: [&str; 15] = [
    "tube_row",
    "tube_two_front",
    "corner_street",
    "shop_house",
    "level4",
    "villa",
    "collective_old",
    "mini_apartment",
    "apartment_unit",
    "boarding_rows",
    "boarding_multi",
    "loft_sleepbox",
    "workshop_house",
    "alley_deep",
    "other",
];

/// `h/purpose` of a supplement that its officer began as a correction of a sealed record, without being asked.
pub const CORRECTION: &str = "correction";

/// Field names of `h/<field>` shared by the kinds of record. Values: text unless said otherwise.
pub mod field {
    /// Record schema version (whole number); every first change puts it.
    pub const SCHEMA: &str = "schema";
    /// Name of the premises.
    pub const NAME: &str = "name";
    /// [`super::FacilityClass`] code.
    pub const CLASS: &str = "class";
    /// The address as a person wrote it.
    pub const ADDRESS: &str = "address";
    /// Số nhà.
    pub const HOUSE_NUMBER: &str = "house_number";
    /// Ngõ.
    pub const LANE: &str = "lane";
    /// Ngách.
    pub const SUB_LANE: &str = "sub_lane";
    /// Hẻm.
    pub const ALLEY: &str = "alley";
    /// Phố, đường.
    pub const STREET: &str = "street";
    /// Tổ dân phố, thôn.
    pub const RESIDENTIAL_GROUP: &str = "residential_group";
    /// Degrees north (number).
    pub const LATITUDE: &str = "latitude";
    /// Degrees east (number).
    pub const LONGITUDE: &str = "longitude";
    /// Metres (number).
    pub const ACCURACY_M: &str = "accuracy_m";
    /// `device`, `photo` or `manual`.
    pub const POSITION_SOURCE: &str = "position_source";
    /// Storeys above ground (whole number).
    pub const STOREYS: &str = "storeys";
    /// Basements (whole number).
    pub const BASEMENTS: &str = "basements";
    /// Apartments or rooms (whole number).
    pub const APARTMENTS: &str = "apartments";
    /// People who live there (whole number).
    pub const RESIDENTS: &str = "residents";
    /// Person responsible.
    pub const HEAD_NAME: &str = "head_name";
    /// That person's telephone.
    pub const HEAD_PHONE: &str = "head_phone";
    /// Free words.
    pub const NOTE: &str = "note";
    /// Inspection, dwelling, remediation: the premises' document id.
    pub const FACILITY: &str = "facility";
    /// Inspection: template code.
    pub const TEMPLATE: &str = "template";
    /// Inspection: template version.
    pub const TEMPLATE_VERSION: &str = "template_version";
    /// Inspection: the visit's day in Hà Nội, `2026-11-21`; with the premises, the template's code and the number it makes
    /// the record's id ([`crate::record::visit`]).
    pub const VISIT_DAY: &str = "visit_day";
    /// Inspection: which visit of that day, from 1 (whole number).
    pub const VISIT_NUMBER: &str = "visit_number";
    /// Supplement: ids of its author's envelopes that came after the seal and that it says again, hexadecimal, a space
    /// between two. Each put adds to those before.
    pub const CARRIES: &str = "carries";
    /// Supplement that carries: the seal that its author put on their own version of the inspection before they heard of the
    /// colleague's, a [`SealStatement`](crate::record::register::SealStatement) over the inspection's id.
    pub const SIGNED_APART: &str = "signed_apart";
    /// Beside [`SIGNED_APART`]: codes of the questions at which the record says or shows something that was not in that
    /// version, a space between two; empty where there is none.
    pub const SIGNED_WITHOUT: &str = "signed_without";
    /// Supplement that carries: that its author had given the visit up before they heard of the seal, a
    /// [`GivenUp`](crate::record::given_up::GivenUp).
    pub const GIVEN_UP_APART: &str = "given_up_apart";
    /// Inspection: the rules that it was begun under ([`crate::regime::Regime::id`]).
    pub const RULE_SET: &str = "rule_set";
    /// Inspection: why another checklist than the one of these premises was taken, in words.
    pub const TEMPLATE_REASON: &str = "template_reason";
    /// Facility: the day on which its findings are to be looked at again, `2026-11-30`.
    pub const REINSPECT_ON: &str = "reinspect_on";
    /// Inspection: `periodic`, `unscheduled` or `reinspection`; a supplement that its officer began as a correction, unasked:
    /// [`super::CORRECTION`].
    pub const PURPOSE: &str = "purpose";
    /// Inspection, dwelling, residents: when it was begun (whole number, UTC milliseconds).
    pub const STARTED_AT: &str = "started_at";
    /// Inspection: the device's running clock when it was begun, a [`Running`](crate::clock::Running) as text.
    pub const STARTED_RUNNING: &str = "started_running";
    /// Inspection: how far the clock of a device that wrote in it was off, as the device itself knew while it wrote (whole
    /// number, milliseconds, negative where it was behind); the farthest that was known.
    pub const CLOCK_OFF: &str = "clock_off_ms";
    /// Inspection: the sealed inspection that this one supplements (document id).
    pub const SUPPLEMENT_OF: &str = "supplement_of";
    /// Review: the record decided on; remediation: the inspection whose findings are followed (document id).
    pub const SUBJECT: &str = "subject";
    /// Review: that record's kind.
    pub const SUBJECT_KIND: &str = "subject_kind";
    /// Dwelling: code of the template house type.
    pub const HOUSE_TEMPLATE: &str = "house_template";
    /// Dwelling: name or number of the apartment, empty for a whole house.
    pub const APARTMENT_CODE: &str = "apartment_code";
    /// Dwelling: ways out, in words.
    pub const EXITS: &str = "exits";
    /// Residents: the dwelling's document id.
    pub const DWELLING: &str = "dwelling";
    /// Residents: people over 60 (whole number).
    pub const ELDERLY: &str = "elderly";
    /// Residents: children under 6 (whole number).
    pub const CHILDREN_UNDER_6: &str = "children_under_6";
    /// Residents: people who cannot get out alone (whole number).
    pub const NEED_HELP: &str = "need_help";
    /// Residents: which floor and what help, in words.
    pub const HELP_NOTE: &str = "help_note";
}

/// State names, `s/<field>`.
pub mod state {
    /// Inspection and dwelling: `in_progress` or `completed` / `draft` or `submitted`. A supplement that its author gave up
    /// before it was sealed: [`DISCARDED`].
    pub const STATE: &str = "state";
    /// A home's `s/state` while its head writes the declaration.
    pub const DRAFT: &str = "draft";
    /// A home's `s/state` once its head submitted the declaration.
    pub const SUBMITTED: &str = "submitted";
    /// A supplement's `s/state` once its author gave it up.
    pub const DISCARDED: &str = "discarded";
    /// Visit: that it is given up, a [`GivenUp`](crate::record::given_up::GivenUp); null takes it up again.
    pub const GIVEN_UP: &str = "given_up";
    /// Inspection: what it comes to, a [`ConclusionStatement`](crate::record::attendance::ConclusionStatement).
    pub const CONCLUSION: &str = "conclusion";
    /// Review: a [`crate::record::register::DecisionStatement`].
    pub const DECISION: &str = "decision";
    /// Facility: operation state, see state_machines.json.
    pub const OPERATION: &str = "operation";
}
