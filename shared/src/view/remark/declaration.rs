//! What a household head declares: what is odd about it, by itself and beside the premises' record, and what it lacks.

use super::super::Declaration;
use super::{Remark, Scale, TALL, crowded, house, impossible, text, unusual, vi};
use crate::record::facility::field;

/// More people than one head answers for.
const MOST_IN_A_HOME: u32 = 500;

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
    if declaration.house_template.as_deref().is_none_or(str::is_empty) {
        remarks.push(impossible(
            field::HOUSE_TEMPLATE,
            "Hãy chọn dạng nhà mẫu gần giống nhất; không có dạng nào thì chọn “Khác”.".into(),
            "Choose the template house closest to yours; where none is, choose “Other”.".into(),
        ));
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

/// Storeys that a house of this type has at most, as a rule (house_templates.json).
fn usual_storeys(template: Option<&str>) -> u32 {
    match template {
        Some("level4" | "boarding_rows") => 1,
        Some("apartment_unit") => 50,
        Some("villa" | "loft_sleepbox" | "workshop_house") => 6,
        _ => TALL,
    }
}

pub(super) fn people(declaration: &Declaration) -> Vec<Remark> {
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

#[cfg(test)]
mod tests {
    use super::super::Weight;
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
    fn words_name_the_number_as_it_is_written_here() {
        let words = &declared(&Declaration { apartments: Some(2_001), ..home(Some(4)) }, None)[0].words;
        assert_eq!(words.vi, "Không nhà nào có quá 2.000 căn. Hãy kiểm tra lại.");
    }
}
