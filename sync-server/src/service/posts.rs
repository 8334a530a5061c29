//! Posts: given, ended, and when they begin.
//!
//! Invariants: history is kept, an end never moves later; nothing that is done here or to an account leaves a day without an
//! administrator that had one.

use std::sync::Arc;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{PersonId, UnitId};
use ancu_shared::role::{Post, Role};
use ancu_shared::unit::UnitDirectory;
use jiff::civil::Date;
use serde_json::json;

use super::accounts::{audit, open_account, with_login};
use super::{App, Outcome, Service};
use crate::store::Transaction;
use crate::store::rows::PersonRow;

/// Gives a person another post; what lies between it and an earlier one stays without. The account as it is then.
pub async fn give(app: &App, by: Option<PersonId>, person: PersonId, post: Post) -> Outcome<PersonRow> {
    check_days(&post)?;
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let person = open_account(transaction, person)?;
            let directory = known_unit(&service, transaction, &post)?;
            if let Some(other) = transaction.posts(person.id)?.iter().find(|other| overlap(other, &post)) {
                return Err(overlapping(&directory, other).into());
            }
            transaction.add_post(person.id, &post)?;
            audit(transaction, Some(&post), by, "account.post_given", &person, service.now())?;
            Ok(person)
        })
        .await
}

/// Ends the posts that a person holds (of one role and unit, where these are given) on a day, the first no longer held; how many.
pub async fn end(
    app: &App,
    by: Option<PersonId>,
    person: PersonId,
    only: Option<(Role, UnitId)>,
    day: Date,
) -> Outcome<usize> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let now = service.now();
            let person = with_login(transaction, person)?;
            let ended = keeping_administrators(transaction, now.hanoi_date(), || {
                Ok(transaction.end_posts(person.id, only, day)?)
            })?;
            let post = only.map(|(role, unit)| Post { role, unit, valid_from: None, valid_to: Some(day) });
            audit(transaction, post.as_ref(), by, "account.posts_ended", &person, now)?;
            Ok(ended)
        })
        .await
}

/// The first day of a person's next post, where none is held on a day.
pub fn begins(posts: &[Post], day: Date) -> Option<Date> {
    let none_now = !posts.iter().any(|post| post.holds_on(day));
    // One that was ended before it began never begins.
    let first = |post: &Post| post.valid_from.filter(|from| post.holds_on(*from));
    posts.iter().filter_map(first).filter(|from| none_now && *from > day).min()
}

/// Does something, and refuses it where from some day on, today or later, nobody would administer who would have without it.
pub(super) fn keeping_administrators<T>(
    transaction: &dyn Transaction,
    today: Date,
    change: impl FnOnce() -> Outcome<T>,
) -> Outcome<T> {
    let before = first_day_without(&transaction.posts_of(Role::SysAdmin)?, today);
    let done = change()?;
    let after = first_day_without(&transaction.posts_of(Role::SysAdmin)?, today);
    let Some(day) = after.filter(|after| before.is_none_or(|before| *after < before)) else { return Ok(done) };
    let (vi, en) = (in_figures(day), day);
    Err(Problem::new(ErrorCode::LastAdministrator)
        .said(
            &format!(
                "Không làm được: từ ngày {vi} sẽ không còn tài khoản nào giữ nhiệm vụ Quản trị hệ thống. Hãy giao nhiệm vụ đó cho một \
                 tài khoản khác trước."
            ),
            &format!(
                "This cannot be done: from {en} on no account would hold an administrator's post. Give it to another \
                 account first."
            ),
        )
        .with(json!({ "day": day }))
        .into())
}

/// The first day, of this one and those after it, on which none of these posts is held.
fn first_day_without(posts: &[Post], from: Date) -> Option<Date> {
    let mut day = from;
    loop {
        let held: Vec<_> = posts.iter().filter(|post| post.holds_on(day)).collect();
        if held.iter().any(|post| post.valid_to.is_none()) {
            return None;
        }
        // A post that is held ends later than on the day.
        match held.iter().filter_map(|post| post.valid_to).max() {
            Some(end) => day = end,
            None => return Some(day),
        }
    }
}

/// Refuses a post that would end before it begins.
pub(super) fn check_days(post: &Post) -> Outcome<()> {
    if post.valid_from.zip(post.valid_to).is_some_and(|(from, to)| from >= to) {
        return Err(Problem::field(
            "valid_to",
            "Ngày thôi giữ chức vụ phải sau ngày bắt đầu.",
            "The first day no longer held must come after the first day.",
        )
        .into());
    }
    Ok(())
}

/// Refuses a post in a unit that there is not, or where its role is not held. All units.
pub(super) fn known_unit(service: &Service, transaction: &dyn Transaction, post: &Post) -> Outcome<Arc<UnitDirectory>> {
    let directory = service.directory(transaction)?;
    let Some(unit) = directory.get(post.unit) else {
        return Err(Problem::field("unit", "Không có đơn vị này.", "There is no such unit.").into());
    };
    if !post.role.fits(unit.kind) {
        return Err(misplaced(post.role, &unit.full_name).into());
    }
    Ok(directory)
}

/// The refusal of a post where its role is not held, with where it is.
fn misplaced(role: Role, unit: &str) -> Problem {
    let (vi, en) = match role {
        Role::CommuneDataOfficer | Role::HouseholdHead => ("một phường hoặc xã", "a ward or a commune"),
        Role::AreaTeamOfficer | Role::AreaTeamReviewer => {
            ("một Đội khu vực, hoặc một phường, xã", "an area team, or a ward or a commune")
        }
        Role::Pc07Manager | Role::SysAdmin => ("thành phố", "the city"),
    };
    Problem::field(
        "unit",
        &format!("{} không làm nhiệm vụ ở {unit}. Hãy chọn {vi}, hoặc chọn vai trò khác.", role.vi()),
        &format!("{}: this post is not held at {unit}. Choose {en}, or another role.", role.en()),
    )
}

/// Whether two posts are the same one on some day.
fn overlap(one: &Post, other: &Post) -> bool {
    let begins_before_the_end_of =
        |first: &Post, second: &Post| second.valid_to.is_none_or(|to| first.valid_from.is_none_or(|from| from < to));
    // One that was ended before it began is held on no day.
    let ever = one.valid_from.zip(one.valid_to).is_none_or(|(from, to)| from < to);
    ever && one.role == other.role
        && one.unit == other.unit
        && begins_before_the_end_of(one, other)
        && begins_before_the_end_of(other, one)
}

/// The refusal of a post that overlaps with another of the same person, which it names.
fn overlapping(directory: &UnitDirectory, other: &Post) -> Problem {
    let unit = directory.get(other.unit).map(|unit| unit.full_name.clone()).unwrap_or_default();
    let last = other.valid_to.and_then(|to| to.yesterday().ok());
    let vi = match (other.valid_from, last) {
        (None, None) => "từ trước, chưa có ngày kết thúc".to_owned(),
        (Some(from), None) => format!("từ ngày {}, chưa có ngày kết thúc", in_figures(from)),
        (None, Some(last)) => format!("từ trước đến hết ngày {}", in_figures(last)),
        (Some(from), Some(last)) => format!("từ ngày {} đến hết ngày {}", in_figures(from), in_figures(last)),
    };
    let en = match (other.valid_from, last) {
        (None, None) => "since always, without an end".to_owned(),
        (Some(from), None) => format!("from {from} on, without an end"),
        (None, Some(last)) => format!("until {last}, that day included"),
        (Some(from), Some(last)) => format!("from {from} to {last}, both included"),
    };
    Problem::field(
        "valid_from",
        &format!(
            "Trùng ngày với nhiệm vụ đã giao: {}, {unit}, {vi}. Hãy chọn những ngày khác, hoặc kết thúc nhiệm vụ đó trước.",
            other.role.vi()
        ),
        &format!(
            "Some of these days are those of a post that is held already: {}, {unit}, {en}. Choose other days, or end that post first.",
            other.role.en()
        ),
    )
    .with(json!({ "from": other.valid_from, "to": other.valid_to }))
}

/// A day as people write it: `21/11/2026`.
fn in_figures(day: Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn post(from: Option<Date>, to: Option<Date>) -> Post {
        Post { role: Role::SysAdmin, unit: UnitId::from_bytes([1; 16]), valid_from: from, valid_to: to }
    }

    #[test]
    fn a_day_without_is_the_first_that_no_post_covers() {
        let today = date(2026, 11, 22);
        let check = |posts: &[Post], expected: Option<Date>| assert_eq!(first_day_without(posts, today), expected);
        check(&[], Some(today));
        check(&[post(None, None)], None);
        check(&[post(None, Some(today))], Some(today));
        check(&[post(None, Some(date(2026, 12, 1))), post(Some(date(2026, 12, 1)), None)], None);
        check(&[post(None, Some(date(2026, 12, 1))), post(Some(date(2026, 12, 2)), None)], Some(date(2026, 12, 1)));
        check(&[post(Some(date(2026, 11, 23)), None)], Some(today));
    }

    #[test]
    fn posts_overlap_on_a_day_that_both_hold() {
        let until_december = post(Some(date(2026, 7, 1)), Some(date(2026, 12, 1)));
        assert!(overlap(&until_december, &post(Some(date(2026, 11, 30)), None)));
        assert!(!overlap(&until_december, &post(Some(date(2026, 12, 1)), None)));
        let never = post(Some(date(2026, 7, 1)), Some(date(2026, 6, 1)));
        assert!(!overlap(&never, &post(None, None)));
    }
}
