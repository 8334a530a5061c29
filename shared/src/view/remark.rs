//! Whether what is told of a house can be: its storeys and basements, its homes, the people in it; what a head declares of it
//! ([`declared`]), what a visit says of days and places ([`visit`]), and by which clock ([`dating`]).
//!
//! Invariant: one set of rules and words for the head's form, the officer's form, the engine and the server. What cannot
//! be is [`Weight::Impossible`] and is not submitted; what is only rare is [`Weight::Unusual`] and asks to be confirmed:
//! there are families of eleven. Pure and total.
//!
//! What this module does not do: it refuses nothing by itself, and it never changes a number.

pub mod claims;
pub mod dating;
mod declaration;
pub mod text;
pub mod visit;

use serde::{Deserialize, Serialize};

use super::Declaration;
use super::build::Live;
use crate::record::RecordKind;
use crate::record::facility::field;
use crate::template::Words;
use declaration::people;

pub use declaration::{declared, lacking};

/// More storeys than any house in the city has.
const MOST_STOREYS: u32 = 100;
/// More basements than any house in the city has.
const MOST_BASEMENTS: u32 = 10;
/// More homes than the largest block has.
const MOST_APARTMENTS: u32 = 2_000;
/// More people than the largest block has.
const MOST_RESIDENTS: u32 = 20_000;
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
    fn thousands_are_told_apart() {
        assert_eq!(vi(999), "999");
        assert_eq!(vi(1_234_567), "1.234.567");
    }
}
