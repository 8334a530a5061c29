//! Whether what is told of a house can be: its storeys and basements, its homes, the people in it, who answers for it and
//! where it is; and what a visit says of days and places ([`visit`]), and by which clock ([`dating`]).
//!
//! Invariant: one set of rules and words for the head's form, the officer's form, the engine and the server. What cannot
//! be is [`Weight::Impossible`] and is not submitted; what is only rare is [`Weight::Unusual`] and asks to be confirmed:
//! there are families of eleven. Pure and total.
//!
//! What this module does not do: it refuses nothing by itself, and it never changes a number.

pub mod claims;
pub mod dating;
pub mod text;
pub mod visit;

use serde::{Deserialize, Serialize};

use super::Declaration;
use super::build::Live;
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::template::Words;

/// More storeys than any house in the city has.
const MOST_STOREYS: u32 = 100;
/// More basements than any house in the city has.
const MOST_BASEMENTS: u32 = 10;
/// More homes than the largest block has.
const MOST_APARTMENTS: u32 = 2_000;
/// More people than the largest block has.
const MOST_RESIDENTS: u32 = 20_000;
/// More people than one head answers for.
const MOST_IN_A_HOME: u32 = 500;
/// Above this many people in each home one asks again.
const CROWDED: u32 = 10;
/// Above this many homes on each floor one asks again.
const DENSE: u32 = 30;
/// Above this many storeys one asks again, where the type of house says nothing better.
const TALL: u32 = 15;

/// How much a remark weighs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It cannot be: the number is mended before it is submitted.
    Impossible,
    /// It is rare: a person says that it is so.
    Unusual,
}

/// Something to look at again, at one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct Remark {
    /// The field, as the form spells it.
    pub field: String,
    /// How much it weighs.
    pub weight: Weight,
    /// What is odd, and what to do.
    pub words: Words,
}

/// How large premises are, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scale {
    /// Storeys above ground.
    pub storeys: Option<u32>,
    /// Storeys below ground.
    pub basements: Option<u32>,
    /// Apartments or rooms.
    pub apartments: Option<u32>,
    /// People who live there.
    pub residents: Option<u32>,
}

impl Scale {
    /// The scale that a premises' cells tell.
    pub fn of(premises: &Live<'_>) -> Self {
        Self {
            storeys: premises.count(field::STOREYS),
            basements: premises.count(field::BASEMENTS),
            apartments: premises.count(field::APARTMENTS),
            residents: premises.count(field::RESIDENTS),
        }
    }

    /// What is odd about premises of this scale.
    pub fn remarks(&self) -> Vec<Remark> {
        let mut remarks = house(self, TALL);
        if let Some(residents) = self.residents {
            if residents > MOST_RESIDENTS {
                remarks.push(impossible(
                    field::RESIDENTS,
                    format!("Không nhà nào có quá {} người. Hãy kiểm tra lại.", vi(MOST_RESIDENTS)),
                    format!("No house has more than {MOST_RESIDENTS} people. Check the number."),
                ));
            } else {
                remarks.extend(crowded(residents, self.apartments.unwrap_or(0)));
            }
        }
        remarks
    }
}

/// What is odd about a declaration, by itself and beside what is known of its premises.
pub fn declared(declaration: &Declaration, premises: Option<&Scale>) -> Vec<Remark> {
    let scale = Scale { storeys: declaration.storeys, apartments: declaration.apartments, ..Scale::default() };
    let mut remarks = house(&scale, usual_storeys(declaration.house_template.as_deref()));
    remarks.extend(people(declaration));
    remarks.extend(texts(declaration));
    if let Some(premises) = premises {
        remarks.extend(beside(declaration, premises));
    }
    // One remark a field, the weightiest: a form shows one line under a box.
    remarks.sort_by_key(|remark| remark.weight);
    let mut seen: Vec<String> = Vec::new();
    remarks.retain(|remark| {
        let new = !seen.contains(&remark.field);
        seen.push(remark.field.clone());
        new
    });
    remarks
}

/// What a declaration lacks: it may be kept so, but not submitted.
pub fn lacking(declaration: &Declaration) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if declaration.head_name.trim().is_empty() {
        remarks.push(impossible(field::HEAD_NAME, "Hãy nhập tên chủ hộ.".into(), "Enter the head's name.".into()));
    }
    if declaration.address.trim().is_empty() {
        remarks.push(impossible(field::ADDRESS, "Hãy nhập địa chỉ.".into(), "Enter the address.".into()));
    }
    // What rescuers must know: how high, by which way, how many. Whoever does not know the ways out writes that.
    if declaration.storeys.is_none() {
        remarks.push(impossible(field::STOREYS, "Hãy ghi số tầng.".into(), "Enter the storeys.".into()));
    }
    if declaration.exits.trim().is_empty() {
        remarks.push(impossible(
            field::EXITS,
            "Hãy ghi ít nhất một lối ra, hoặc ghi “Tôi không rõ”.".into(),
            "Write at least one way out, or “I do not know”.".into(),
        ));
    }
    if declaration.residents.is_none() {
        remarks.push(impossible(
            field::RESIDENTS,
            "Hãy ghi số người ở.".into(),
            "Enter how many people live here.".into(),
        ));
    }
    remarks
}

/// What is wrong with the texts of a declaration.
fn texts(declaration: &Declaration) -> impl Iterator<Item = Remark> {
    [
        text::telling(field::ADDRESS, &declaration.address),
        text::line(field::APARTMENT_CODE, &declaration.apartment_code),
        text::telling(field::HEAD_NAME, &declaration.head_name),
        text::phone(field::HEAD_PHONE, &declaration.head_phone),
        text::lines(field::EXITS, &declaration.exits),
        text::lines(field::HELP_NOTE, &declaration.help_note),
    ]
    .into_iter()
    .flatten()
}

/// What cannot be about one number of a record by itself, whatever the others say.
pub fn counted(kind: RecordKind, name: &str, count: u32) -> Option<Remark> {
    let remarks = if kind == RecordKind::Residents {
        people(&Declaration { residents: Some(count), ..Declaration::default() })
    } else {
        let at = |wanted: &str| (name == wanted).then_some(count);
        Scale {
            storeys: at(field::STOREYS),
            basements: at(field::BASEMENTS),
            apartments: at(field::APARTMENTS),
            residents: at(field::RESIDENTS),
        }
        .remarks()
    };
    first_impossible(&remarks).cloned()
}

/// The first remark on what cannot be.
pub fn first_impossible(remarks: &[Remark]) -> Option<&Remark> {
    remarks.iter().find(|remark| remark.weight == Weight::Impossible)
}

/// Storeys that a house of this type has at most, as a rule (house_templates.json).
fn usual_storeys(template: Option<&str>) -> u32 {
    match template {
        Some("level4" | "boarding_rows") => 1,
        Some("apartment_unit") => 50,
        Some("villa" | "loft_sleepbox" | "workshop_house") => 6,
        _ => TALL,
    }
}

fn house(scale: &Scale, usual_storeys: u32) -> Vec<Remark> {
    let mut remarks = Vec::new();
    match scale.storeys {
        Some(0) => remarks.push(impossible(
            field::STOREYS,
            "Ngôi nhà có ít nhất 1 tầng.".into(),
            "A house has one storey at least.".into(),
        )),
        Some(storeys) if storeys > MOST_STOREYS => remarks.push(impossible(
            field::STOREYS,
            format!("Không nhà nào quá {MOST_STOREYS} tầng. Hãy kiểm tra lại."),
            format!("No house has more than {MOST_STOREYS} storeys. Check the number."),
        )),
        Some(storeys) if storeys > usual_storeys => remarks.push(unusual(
            field::STOREYS,
            format!("Kiểu nhà này thường không quá {usual_storeys} tầng. Có đúng {storeys} tầng?"),
            format!("A house of this type has {usual_storeys} storeys at most, as a rule. Is it {storeys}?"),
        )),
        _ => {}
    }
    match scale.basements {
        Some(basements) if basements > MOST_BASEMENTS => remarks.push(impossible(
            field::BASEMENTS,
            format!("Không nhà nào quá {MOST_BASEMENTS} tầng hầm. Hãy kiểm tra lại."),
            format!("No house has more than {MOST_BASEMENTS} basements. Check the number."),
        )),
        Some(basements) if basements > 1 && scale.storeys.is_some_and(|storeys| basements > storeys) => {
            remarks.push(unusual(
                field::BASEMENTS,
                format!("Số tầng hầm nhiều hơn số tầng nổi. Có đúng {basements} tầng hầm?"),
                format!("There are more basements than storeys. Are there {basements}?"),
            ));
        }
        _ => {}
    }
    match scale.apartments {
        Some(apartments) if apartments > MOST_APARTMENTS => remarks.push(impossible(
            field::APARTMENTS,
            format!("Không nhà nào có quá {} căn. Hãy kiểm tra lại.", vi(MOST_APARTMENTS)),
            format!("No house has more than {MOST_APARTMENTS} apartments. Check the number."),
        )),
        Some(apartments) if scale.storeys.is_some_and(|storeys| apartments > storeys.max(1).saturating_mul(DENSE)) => {
            remarks.push(unusual(
                field::APARTMENTS,
                format!("Bình quân hơn {DENSE} căn mỗi tầng. Có đúng {} căn?", vi(apartments)),
                format!("That is more than {DENSE} apartments on each floor. Are there {apartments}?"),
            ));
        }
        _ => {}
    }
    remarks
}

fn people(declaration: &Declaration) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let some = [
        (field::ELDERLY, declaration.elderly),
        (field::CHILDREN_UNDER_6, declaration.children_under_6),
        (field::NEED_HELP, declaration.need_help),
    ];
    let Some(residents) = declaration.residents else {
        if some.iter().any(|(_, count)| count.is_some_and(|count| count > 0)) {
            remarks.push(impossible(
                field::RESIDENTS,
                "Hãy nhập số người ở.".into(),
                "Enter how many people live here.".into(),
            ));
        }
        return remarks;
    };
    for (name, count) in some {
        if count.is_some_and(|count| count > residents) {
            remarks.push(impossible(
                name,
                format!("Không thể nhiều hơn số người ở ({}).", vi(residents)),
                format!("There cannot be more than the people who live here ({residents})."),
            ));
        }
    }
    let aged = declaration.elderly.unwrap_or(0).saturating_add(declaration.children_under_6.unwrap_or(0));
    if remarks.is_empty() && aged > residents {
        remarks.push(impossible(
            field::CHILDREN_UNDER_6,
            format!("Người trên 60 tuổi và trẻ dưới 6 tuổi cộng lại nhiều hơn số người ở ({}).", vi(residents)),
            format!(
                "People over 60 and children under 6 together are more than the people who live here ({residents})."
            ),
        ));
    }
    if residents > MOST_IN_A_HOME {
        remarks.push(impossible(
            field::RESIDENTS,
            format!("Bản khai là của một nhà: không thể quá {MOST_IN_A_HOME} người. Hãy kiểm tra lại."),
            format!(
                "A declaration is of one home: it cannot have more than {MOST_IN_A_HOME} people. Check the number."
            ),
        ));
    } else if residents == 0 {
        remarks.push(unusual(field::RESIDENTS, "Hiện không có ai ở đây?".into(), "Does nobody live here now?".into()));
    } else {
        let whole = declaration.apartment_code.trim().is_empty();
        remarks.extend(crowded(residents, if whole { declaration.apartments.unwrap_or(0).max(1) } else { 1 }));
    }
    remarks
}

/// Many people for so many homes; none is said where the homes are not known.
fn crowded(residents: u32, homes: u32) -> Option<Remark> {
    if homes == 0 || residents <= homes.saturating_mul(CROWDED) {
        return None;
    }
    let (count, said) = (vi(residents), residents);
    Some(if homes == 1 {
        unusual(
            field::RESIDENTS,
            format!("Một căn có {count} người. Có đúng vậy không?"),
            format!("{said} people in one home. Is that right?"),
        )
    } else {
        unusual(
            field::RESIDENTS,
            format!("Bình quân hơn {CROWDED} người một căn. Có đúng {count} người?"),
            format!("That is more than {CROWDED} people in each home. Are there {said}?"),
        )
    })
}

/// What differs from the premises' record.
fn beside(declaration: &Declaration, premises: &Scale) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if let (Some(declared), Some(known)) = (declaration.storeys, premises.storeys)
        && declared != known
    {
        remarks.push(unusual(
            field::STOREYS,
            format!("Hồ sơ cơ sở ghi {known} tầng, bản khai ghi {declared}."),
            format!("The premises' record says {known} storeys, the declaration {declared}."),
        ));
    }
    if let (Some(declared), Some(known)) = (declaration.apartments, premises.apartments)
        && declared != known
    {
        remarks.push(unusual(
            field::APARTMENTS,
            format!("Hồ sơ cơ sở ghi {} căn, bản khai ghi {}.", vi(known), vi(declared)),
            format!("The premises' record says {known} apartments, the declaration {declared}."),
        ));
    }
    if let (Some(declared), Some(known)) = (declaration.residents, premises.residents)
        && declared > known
    {
        remarks.push(unusual(
            field::RESIDENTS,
            format!("Hồ sơ cơ sở ghi cả nhà có {} người, bản khai ghi {}.", vi(known), vi(declared)),
            format!("The premises' record says {known} people in the whole house, the declaration {declared}."),
        ));
    }
    remarks
}

fn impossible(field: &str, vi: String, en: String) -> Remark {
    Remark { field: field.to_owned(), weight: Weight::Impossible, words: Words { vi, en } }
}

/// That what one officer signed as failed does not stand: another signed otherwise.
pub(super) fn overruled(code: &str, now: &str, before: &str) -> Remark {
    unusual(
        &format!("i/{code}"),
        format!(
            "{before} đã ký mục này không đạt; {now} ký khác trong biên bản bổ sung. Hãy đối chiếu hai câu trả lời."
        ),
        format!("{before} signed this as failed; {now} signed otherwise in a supplement. Compare both answers."),
    )
}

fn unusual(field: &str, vi: String, en: String) -> Remark {
    Remark { field: field.to_owned(), weight: Weight::Unusual, words: Words { vi, en } }
}

/// A whole number as people here write it: a point between thousands.
fn vi(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(residents: Option<u32>) -> Declaration {
        Declaration { storeys: Some(6), apartments: Some(12), residents, ..Declaration::default() }
    }

    fn said(declaration: &Declaration, premises: Option<&Scale>) -> Vec<(String, Weight)> {
        declared(declaration, premises).into_iter().map(|remark| (remark.field, remark.weight)).collect()
    }

    #[test]
    fn an_ordinary_home_draws_no_remark() {
        let ordinary = Declaration {
            elderly: Some(2),
            children_under_6: Some(1),
            need_help: Some(1),
            apartment_code: "302".into(),
            ..home(Some(4))
        };
        assert_eq!(declared(&ordinary, None), []);
        assert_eq!(declared(&Declaration::default(), Some(&Scale::default())), []);
    }

    #[test]
    fn what_cannot_be_is_said_at_its_field() {
        use Weight::Impossible;
        for (declaration, field) in [
            (Declaration { storeys: Some(0), ..home(Some(4)) }, "storeys"),
            (Declaration { storeys: Some(101), ..home(Some(4)) }, "storeys"),
            (Declaration { apartments: Some(2_001), ..home(Some(4)) }, "apartments"),
            (home(Some(9_999)), "residents"),
            (Declaration { elderly: Some(5), ..home(Some(4)) }, "elderly"),
            (Declaration { children_under_6: Some(5), ..home(Some(4)) }, "children_under_6"),
            (Declaration { need_help: Some(5), ..home(Some(4)) }, "need_help"),
            (Declaration { elderly: Some(3), children_under_6: Some(2), ..home(Some(4)) }, "children_under_6"),
            (Declaration { need_help: Some(1), ..home(None) }, "residents"),
        ] {
            assert_eq!(said(&declaration, None), [(field.to_owned(), Impossible)], "{declaration:?}");
        }
    }

    #[test]
    fn what_is_rare_asks_to_be_confirmed() {
        use Weight::Unusual;
        for (declaration, field) in [
            (Declaration { storeys: Some(16), ..home(Some(4)) }, "storeys"),
            (Declaration { house_template: Some("level4".into()), ..home(Some(4)) }, "storeys"),
            (Declaration { storeys: Some(2), apartments: Some(61), ..home(Some(4)) }, "apartments"),
            (home(Some(0)), "residents"),
            (home(Some(121)), "residents"),
            (Declaration { apartment_code: "302".into(), ..home(Some(11)) }, "residents"),
            (Declaration { apartments: None, ..home(Some(11)) }, "residents"),
        ] {
            assert_eq!(said(&declaration, None), [(field.to_owned(), Unusual)], "{declaration:?}");
        }
        // A tall block of flats is nothing rare.
        let tower = Declaration { storeys: Some(40), house_template: Some("apartment_unit".into()), ..home(Some(4)) };
        assert_eq!(declared(&tower, None), []);
    }

    #[test]
    fn what_differs_from_the_premises_is_said_once_a_field() {
        let premises = Scale { storeys: Some(7), basements: Some(1), apartments: Some(12), residents: Some(30) };
        assert_eq!(
            said(&home(Some(31)), Some(&premises)),
            [("storeys".to_owned(), Weight::Unusual), ("residents".to_owned(), Weight::Unusual)]
        );
        let wrong = Declaration { storeys: Some(0), ..home(Some(4)) };
        assert_eq!(said(&wrong, Some(&premises)), [("storeys".to_owned(), Weight::Impossible)]);
    }

    #[test]
    fn premises_are_judged_by_the_same_rules() {
        let scale = Scale { storeys: Some(7), basements: Some(1), apartments: Some(20), residents: Some(45) };
        assert_eq!(scale.remarks(), []);
        let said = |scale: Scale| -> Vec<(String, Weight)> {
            scale.remarks().into_iter().map(|remark| (remark.field, remark.weight)).collect()
        };
        for (odd, field, weight) in [
            (Scale { basements: Some(11), ..scale }, "basements", Weight::Impossible),
            (Scale { basements: Some(8), ..scale }, "basements", Weight::Unusual),
            (Scale { residents: Some(20_001), ..scale }, "residents", Weight::Impossible),
            (Scale { residents: Some(201), ..scale }, "residents", Weight::Unusual),
        ] {
            assert_eq!(said(odd), [(field.to_owned(), weight)]);
        }
    }

    #[test]
    fn words_name_the_number_as_it_is_written_here() {
        let words = &declared(&Declaration { apartments: Some(2_001), ..home(Some(4)) }, None)[0].words;
        assert_eq!(words.vi, "Không nhà nào có quá 2.000 căn. Hãy kiểm tra lại.");
        assert_eq!(vi(999), "999");
        assert_eq!(vi(1_234_567), "1.234.567");
    }
}
