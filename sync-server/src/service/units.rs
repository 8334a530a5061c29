//! Units: importing the official lists, and what area teams answer for.
//!
//! Sources: facts of codes, names, kinds and dates (resolutions NQ 1286/NQ-UBTVQH15, NQ 1656/NQ-UBTVQH15 and before). An
//! import is idempotent: a unit's id follows from its code and first day.

use std::collections::BTreeMap;

use ancu_shared::id::UnitId;
use ancu_shared::text::nfc;
use ancu_shared::unit::{Coverage, Share, Succession, Unit, UnitKind, official_unit_id};
use jiff::civil::Date;

/// Why a list cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ImportError {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Units and their successions, as the lists give them.
#[derive(Debug, Clone, Default)]
pub struct UnitLists {
    /// All units.
    pub units: Vec<Unit>,
    /// All edges.
    pub successions: Vec<Succession>,
}

/// Reads the two lists: `uid,code,name,full_name,type,level,parent_code,valid_from,valid_to,…` and
/// `date,from_uid,…,to_uid,…,area,population,basis,…`, both with a heading.
pub fn read_lists(units: &str, events: &str) -> Result<UnitLists, ImportError> {
    let mut lists = UnitLists::default();
    let (head, rows) = table(units)?;
    for (line, row) in rows {
        let get = |name: &str| head.get(name).and_then(|index| row.get(*index)).map_or("", String::as_str);
        let wrong = |reason: &str| ImportError { line, reason: reason.to_owned() };
        let valid_from = day(get("valid_from")).map_err(|()| wrong("valid_from is no day"))?;
        let valid_to = day(get("valid_to")).map_err(|()| wrong("valid_to is no day"))?;
        let kind = kind_of(get("type")).ok_or_else(|| wrong("unknown kind of unit"))?;
        if get("code").is_empty() || get("full_name").is_empty() {
            return Err(wrong("code or name is empty"));
        }
        lists.units.push(Unit {
            id: official_unit_id(get("code"), valid_from),
            code: get("code").to_owned(),
            name: nfc(get("name")),
            full_name: nfc(get("full_name")),
            kind,
            parent: None,
            valid_from,
            valid_to,
        });
        // Parents are known by code only; they are found once all units are read.
        let parent = get("parent_code");
        if !parent.is_empty() {
            let last = lists.units.len() - 1;
            lists.units[last].parent = Some(official_unit_id(parent, None));
        }
    }
    resolve_parents(&mut lists.units);
    let (head, rows) = table(events)?;
    for (line, row) in rows {
        let get = |name: &str| head.get(name).and_then(|index| row.get(*index)).map_or("", String::as_str);
        let wrong = |reason: &str| ImportError { line, reason: reason.to_owned() };
        lists.successions.push(Succession {
            date: day(get("date")).ok().flatten().ok_or_else(|| wrong("date is no day"))?,
            from: unit_of(get("from_uid")).ok_or_else(|| wrong("from_uid is no unit"))?,
            to: unit_of(get("to_uid")).ok_or_else(|| wrong("to_uid is no unit"))?,
            area: share_of(get("area")).ok_or_else(|| wrong("area is no share"))?,
            population: share_of(get("population")).ok_or_else(|| wrong("population is no share"))?,
            basis: nfc(get("basis")),
        });
    }
    Ok(lists)
}

/// An area team of our own making: police units have no official code in the lists.
pub fn area_team(code: &str, name: &str, full_name: &str, city: UnitId, from: Date) -> Unit {
    Unit {
        id: official_unit_id(code, Some(from)),
        code: String::new(),
        name: nfc(name),
        full_name: nfc(full_name),
        kind: UnitKind::AreaTeam,
        parent: Some(city),
        valid_from: Some(from),
        valid_to: None,
    }
}

/// What a team answers for.
pub fn coverage(team: UnitId, unit: UnitId, from: Date) -> Coverage {
    Coverage { team, unit, valid_from: Some(from), valid_to: None }
}

/// A parent's code names several versions over time: the one that was in force when the unit began (or ended).
fn resolve_parents(units: &mut [Unit]) {
    let mut by_first_id: BTreeMap<UnitId, Vec<(UnitId, Unit)>> = BTreeMap::new();
    for unit in units.iter() {
        by_first_id.entry(official_unit_id(&unit.code, None)).or_default().push((unit.id, unit.clone()));
    }
    for unit in units.iter_mut() {
        let Some(named) = unit.parent else { continue };
        let versions = by_first_id.get(&named);
        let fits = |candidate: &Unit| {
            let day = unit.valid_from.or_else(|| unit.valid_to.and_then(|to| to.yesterday().ok()));
            is_above(candidate.kind, unit.kind) && day.is_none_or(|day| candidate.in_force(day))
        };
        unit.parent =
            versions.and_then(|versions| versions.iter().find(|(_, candidate)| fits(candidate)).map(|(id, _)| *id));
    }
}

fn is_above(parent: UnitKind, child: UnitKind) -> bool {
    let rank = |kind| match kind {
        UnitKind::City => 0,
        UnitKind::UrbanDistrict | UnitKind::RuralDistrict | UnitKind::Town => 1,
        UnitKind::Ward | UnitKind::Commune | UnitKind::Township | UnitKind::AreaTeam => 2,
    };
    rank(parent) < rank(child)
}

fn kind_of(text: &str) -> Option<UnitKind> {
    Some(match text {
        "thanh_pho" => UnitKind::City,
        "quan" => UnitKind::UrbanDistrict,
        "huyen" => UnitKind::RuralDistrict,
        "thi_xa" => UnitKind::Town,
        "phuong" => UnitKind::Ward,
        "xa" => UnitKind::Commune,
        "thi_tran" => UnitKind::Township,
        _ => return None,
    })
}

fn share_of(text: &str) -> Option<Share> {
    Some(match text {
        "all" => Share::All,
        "part" => Share::Part,
        "rest" => Share::Rest,
        "none" | "" => Share::None,
        _ => return None,
    })
}

/// `00364@2025-07-01`, or `…@0000` where the first day is not known.
fn unit_of(uid: &str) -> Option<UnitId> {
    let (code, from) = uid.split_once('@')?;
    let from = if from == "0000" { None } else { Some(from.parse().ok()?) };
    Some(official_unit_id(code, from))
}

fn day(text: &str) -> Result<Option<Date>, ()> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| ()) }
}

type Rows = Vec<(usize, Vec<String>)>;

/// A table of comma-separated values (RFC 4180) with a heading.
fn table(text: &str) -> Result<(BTreeMap<String, usize>, Rows), ImportError> {
    let mut rows = csv(text)?.into_iter();
    let (_, heading) = rows.next().ok_or(ImportError { line: 1, reason: "the file is empty".into() })?;
    let heading = heading.into_iter().enumerate().map(|(index, name)| (name, index)).collect();
    Ok((heading, rows.filter(|(_, row)| row.iter().any(|field| !field.is_empty())).collect()))
}

fn csv(text: &str) -> Result<Rows, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut began, mut quoted) = (1, 1, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' => {
                line += 1;
                if quoted {
                    field.push(c);
                } else {
                    row.push(std::mem::take(&mut field));
                    rows.push((began, std::mem::take(&mut row)));
                    began = line;
                }
            }
            c => field.push(c),
        }
    }
    if quoted {
        return Err(ImportError { line: began, reason: "a quotation is not closed".into() });
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push((began, row));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: &str = "uid,code,name,full_name,type,level,parent_code,valid_from,valid_to,search_key,successors
01@0000,01,Hà Nội,Thành phố Hà Nội,thanh_pho,1,,,,ha_noi,
009@0000,009,Thanh Xuân,Quận Thanh Xuân,quan,2,01,,2025-07-01,x,
00364@0000,00364,Khương Đình,\"Phường Khương Đình\",phuong,3,009,,2025-07-01,x,00364@2025-07-01
00364@2025-07-01,00364,Khương Đình,Phường Khương Đình,phuong,3,01,2025-07-01,,x,
";
    const EVENTS: &str =
        "date,from_uid,from_code,from_name,from_parent,to_uid,to_code,to_name,area,population,basis,confidence
2025-07-01,00364@0000,00364,x,009,00364@2025-07-01,00364,x,part,part,NQ 1656/NQ-UBTVQH15,\"high: read, twice\"
";

    #[test]
    fn a_code_has_versions_and_each_its_parent() {
        let lists = read_lists(UNITS, EVENTS).expect("lists");
        let find = |code: &str, from| {
            let id = official_unit_id(code, from);
            lists.units.iter().find(|unit| unit.id == id).expect("unit")
        };
        assert_eq!(find("00364", None).parent, Some(find("009", None).id));
        assert_eq!(find("00364", Some(jiff::civil::date(2025, 7, 1))).parent, Some(find("01", None).id));
        assert_eq!(lists.successions[0].from, find("00364", None).id);
        assert_eq!(lists.successions[0].area, Share::Part);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line() {
        let wrong = UNITS.replace("phuong,3,009", "phường,3,009");
        assert_eq!(read_lists(&wrong, EVENTS).expect_err("kind").line, 4);
        assert_eq!(read_lists("a,\"b", EVENTS).expect_err("quotation").line, 1);
        assert!(read_lists("", EVENTS).is_err());
    }
}
