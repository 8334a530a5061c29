//! What an inspection of premises would be made with today: the law, the form, and the checklists to choose from.
//!
//! Invariant: nothing is begun here, and nothing is decided: what the rules propose stands beside what else there is.

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::{FacilityClass, field};
use ancu_shared::regime::{Fact, Facts, RegimeView, Standing, rulebook};
use ancu_shared::template::{TemplateRef, Words};
use ancu_shared::view::build::Live;
use serde::{Deserialize, Serialize};

use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::directory;

/// What an officer sees before beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct InspectionPlan {
    /// Today in Hà Nội: the rules of this day apply.
    #[ts(type = "string")]
    pub day: jiff::civil::Date,
    /// The law in force; `None` where no rules are known for the day.
    pub regime: Option<RegimeView>,
    /// What the rules say of the premises.
    pub standing: Option<Standing>,
    /// The checklists that are here, the proposed one first.
    pub checklists: Vec<Checklist>,
}

/// A checklist that an inspection can be made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Checklist {
    /// Which.
    pub template: TemplateRef,
    /// Its title.
    pub title: Words,
    /// How many questions it has.
    pub questions: u32,
    /// Whether it is the one for these premises. Another one is taken with a reason.
    pub proposed: bool,
}

impl Open {
    /// What an inspection of premises would be made with today.
    pub(crate) fn inspection_plan(&mut self, facility: DocumentId) -> Outcome<InspectionPlan> {
        self.record(facility, RecordKind::Facility)?;
        let cells = self.cells_now(facility)?;
        let live = Live::of(&cells);
        let class = live.text(field::CLASS).and_then(FacilityClass::from_code).unwrap_or(FacilityClass::Other);
        let storeys = live.count(field::STOREYS).map(|storeys| (Fact::Storeys, f64::from(storeys)));
        let facts: Facts = storeys.into_iter().collect();
        let day = self.today();
        let regime = rulebook().on(day);
        let proposed = self.proposed(&cells)?;
        let mut checklists = Vec::new();
        for (code, version) in directory::current_templates(&self.store.main)? {
            let reference = TemplateRef { code, version };
            let Some(template) = self.template(&reference)? else { continue };
            checklists.push(Checklist {
                title: template.title.clone(),
                questions: template.items().count() as u32,
                proposed: proposed.as_ref() == Some(&reference),
                template: reference,
            });
        }
        checklists.sort_by_key(|checklist| !checklist.proposed);
        Ok(InspectionPlan {
            day,
            regime: regime.map(|regime| rulebook().view(regime, day)),
            standing: regime.map(|regime| regime.standing(class, &facts)),
            checklists,
        })
    }

    /// The checklist for premises: the one that the rules of the day name for their class, or one that is called like it, or
    /// the only one there is.
    fn proposed(&self, premises: &[ancu_shared::record::value::Cell]) -> Outcome<Option<TemplateRef>> {
        let live = Live::of(premises);
        let class = live.text(field::CLASS).unwrap_or_default();
        let ruled = FacilityClass::from_code(class)
            .and_then(|class| rulebook().on(self.today()).and_then(|regime| regime.checklist(class)));
        let current = directory::current_templates(&self.store.main)?;
        let named = |wanted: &str| current.iter().find(|(code, _)| code == wanted);
        let only = (current.len() == 1).then(|| &current[0]);
        let found = ruled.and_then(named).or_else(|| named(class)).or(only);
        Ok(found.map(|(code, version)| TemplateRef { code: code.clone(), version: version.clone() }))
    }

    /// The checklist to begin with: the proposed one, or another one for a reason. `None` for a reason that is not needed.
    pub(crate) fn checklist_for(
        &mut self,
        facility: DocumentId,
        wanted: Option<TemplateRef>,
        reason: &str,
    ) -> Outcome<(TemplateRef, Option<String>)> {
        let cells = self.cells_now(facility)?;
        let proposed = self.proposed(&cells)?;
        let Some(chosen) = wanted.or_else(|| proposed.clone()) else {
            if directory::current_templates(&self.store.main)?.is_empty() {
                return Err(ErrorCode::TemplateUnknown.into()); // none has come yet: there is nothing to choose from
            }
            return Err(Problem::field(
                "template",
                "Chưa có phiếu kiểm tra cho loại hình này. Hãy chọn một phiếu.",
                "There is no checklist for this class of premises. Choose one.",
            )
            .into());
        };
        self.template_here(&chosen)?; // what is current may not have been fetched yet
        let other = proposed.is_some_and(|proposed| proposed.code != chosen.code);
        if other && reason.is_empty() {
            return Err(Problem::field(
                "reason",
                "Phiếu này không phải phiếu của loại hình cơ sở. Hãy ghi lý do chọn.",
                "This is not the checklist of this class of premises. Say why it is taken.",
            )
            .into());
        }
        Ok((chosen, other.then(|| reason.to_owned())))
    }
}
