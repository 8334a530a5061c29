use jiff::civil::date;

use super::*;
use crate::record::facility::FacilityClass::{
    BoardingHouse, CollectiveHousing, DetachedHouse, HouseWithBusiness, Other,
};

fn id(day: Date) -> Option<&'static str> {
    rulebook().on(day).map(|regime| regime.id.as_str())
}

#[test]
fn each_day_has_its_regime_and_the_boundaries_are_sharp() {
    for (day, expected) in [
        (date(2021, 1, 9), None),
        (date(2021, 1, 10), Some("ND136")),
        (date(2024, 5, 14), Some("ND136")),
        (date(2024, 5, 15), Some("ND50")),
        (date(2025, 6, 30), Some("ND50")),
        (date(2025, 7, 1), Some("ND105")),
        (date(2099, 12, 31), Some("ND105")),
    ] {
        assert_eq!(id(day), expected, "{day}");
    }
    for pair in rulebook().regimes.windows(2) {
        assert_eq!(pair[0].valid_to.and_then(|to| to.tomorrow().ok()), Some(pair[1].valid_from), "{}", pair[1].id);
    }
}

#[test]
fn forms_are_known_by_decree_and_code_and_what_is_unconfirmed_stays_empty() {
    let form = |day| rulebook().on(day).expect("a regime").record_form.clone();
    let old = form(date(2025, 6, 30));
    assert_eq!(
        (old.code.as_deref(), old.decree.vi.as_str(), old.verified),
        (Some("PC10"), "NĐ 136/2020 Phụ lục IX", true)
    );
    let new = form(date(2025, 7, 1));
    assert_eq!((new.code, new.decree.vi.as_str(), new.verified), (None, "NĐ 105/2025 Phụ lục VIII", false));
    let own = |day| rulebook().on(day).and_then(|regime| regime.self_form.clone()).and_then(|form| form.code);
    assert_eq!((own(date(2025, 6, 30)), own(date(2025, 7, 1)).as_deref()), (None, Some("PC02")));
}

#[test]
fn fines_change_on_their_own_days() {
    let fines = |day| {
        let view = rulebook().of_record(None, day).expect("a regime");
        view.fines.into_iter().map(|fine| fine.document).collect::<Vec<_>>().join(" | ")
    };
    assert!(fines(date(2025, 6, 30)).starts_with("Nghị định 144/2021"), "{}", fines(date(2025, 6, 30)));
    assert!(fines(date(2025, 7, 1)).starts_with("Nghị định 106/2025"));
    assert!(!fines(date(2025, 11, 26)).contains("76/2025"));
    assert!(fines(date(2025, 11, 27)).contains("Nghị quyết 76/2025"));
}

#[test]
fn a_record_stays_under_the_rules_that_it_was_begun_with() {
    let view = |rule_set, day| rulebook().of_record(rule_set, day).map(|view| view.id);
    assert_eq!(view(Some("ND136"), date(2026, 1, 1)).as_deref(), Some("ND136"));
    assert_eq!(view(None, date(2024, 5, 15)).as_deref(), Some("ND50"));
    assert_eq!(view(Some("of a later program"), date(2026, 1, 1)).as_deref(), Some("ND105"));
    assert_eq!(view(None, date(2020, 1, 1)), None);
}

#[test]
fn the_class_and_who_is_in_charge_follow_the_day() {
    let standing = |day, class, facts: &[(Fact, f64)]| {
        let regime = rulebook().on(day).expect("a regime");
        match regime.standing(class, &facts.iter().copied().collect()) {
            Standing::Ruled { annex, authority, .. } => format!("{} · {}", annex.en, authority.en),
            Standing::Unknown { needs } => needs.iter().map(|it| it.words.en.as_str()).collect::<Vec<_>>().join(", "),
            Standing::Open { .. } => "open".to_owned(),
        }
    };
    let (before, after) = (date(2025, 6, 30), date(2025, 7, 1));
    for (day, class, facts, expected) in [
        (before, CollectiveHousing, &[(Fact::Storeys, 5.0)][..], "Annex III · Police"),
        (before, CollectiveHousing, &[(Fact::Storeys, 4.0)], "the volume"),
        (
            before,
            CollectiveHousing,
            &[(Fact::Storeys, 4.0), (Fact::VolumeM3, 2499.0)],
            "Annex IV · Commune People's Committee",
        ),
        (before, CollectiveHousing, &[(Fact::VolumeM3, 2500.0)], "Annex III · Police"),
        (
            after,
            CollectiveHousing,
            &[(Fact::Storeys, 7.0)],
            "Annex II, group 1 · Police or construction agency, by scope",
        ),
        (
            after,
            CollectiveHousing,
            &[(Fact::Storeys, 5.0), (Fact::FloorAreaM2, 900.0)],
            "Annex II, group 2 · Police or construction agency, by scope",
        ),
        (after, CollectiveHousing, &[(Fact::Storeys, 5.0)], "the total floor area"),
        (after, HouseWithBusiness, &[], "the business area"),
        (after, HouseWithBusiness, &[(Fact::BusinessAreaM2, 50.0)], "Annex I, item 32 · Commune People's Committee"),
        (
            after,
            HouseWithBusiness,
            &[(Fact::BusinessAreaM2, 200.0)],
            "Annex II, group 2 · Police or construction agency, by scope",
        ),
        (
            after,
            HouseWithBusiness,
            &[(Fact::BusinessAreaM2, 49.0)],
            "House with business, below 50 m² · Commune People's Committee",
        ),
        (before, HouseWithBusiness, &[(Fact::BusinessAreaM2, 60.0)], "open"),
        (after, BoardingHouse, &[(Fact::Storeys, 3.0)], "open"),
        (after, DetachedHouse, &[], "House · Commune People's Committee"),
        (after, Other, &[], "open"),
    ] {
        assert_eq!(standing(day, class, facts), expected, "{day} {class:?} {facts:?}");
    }
}

#[test]
fn checklists_follow_the_class() {
    let regime = rulebook().on(date(2026, 11, 22)).expect("a regime");
    let of: Vec<_> = FacilityClass::ALL.into_iter().map(|class| regime.checklist(class).unwrap_or("-")).collect();
    assert_eq!(of, ["mini_apartment", "boarding_house", "house_with_business", "household_self", "-", "-"]);
}
