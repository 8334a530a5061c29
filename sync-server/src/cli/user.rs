//! `user`: accounts.

use std::sync::Arc;

use ancu_shared::id::PersonId;
use ancu_shared::role::{Post, Role};
use ancu_shared::unit::UnitDirectory;
use anyhow::Context as _;
use clap::Subcommand;
use jiff::civil::Date;
use qrcode::render::unicode::Dense1x2;

use super::{counted, open, refused, say};
use crate::config::Config;
use crate::service::accounts::{self, NewAccount};
use crate::service::{App, Refused, heads, posts};
use crate::store::rows::{PersonRow, Slice};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Thêm tài khoản; không cho mật khẩu thì tự tạo và in ra · Add an account; without a password, one is made and printed
    Add {
        /// Tên đăng nhập · Login name
        username: String,
        /// Họ tên · The person's name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        post: GivenPost,
        /// Mật khẩu · The password
        #[arg(long)]
        password: Option<String>,
    },
    /// Liệt kê tài khoản · List accounts with their posts
    List {
        /// Chủ hộ, không có tên đăng nhập · Household heads instead, who have no login name
        #[arg(long)]
        heads: bool,
    },
    /// In liên kết và mã QR đăng ký máy dùng một lần · Print an enrolment link with a one-time code, and its QR code
    Invite {
        /// Tên đăng nhập; của chủ hộ: mã định danh (user list --heads) · Login name; a household head's: the id
        #[arg(value_name = "USERNAME|ID")]
        person: String,
    },
    /// Đặt mật khẩu · Set a password; without one, one is made and printed
    Password {
        /// Tên đăng nhập · Login name
        username: String,
        /// Mật khẩu · The password
        #[arg(long)]
        password: Option<String>,
    },
    /// Đóng tài khoản · Close an account: no login, no session, no device call from now on
    Disable {
        /// Tên đăng nhập · Login name
        username: String,
    },
    /// Giao thêm hoặc giao lại chức vụ cho tài khoản đã có · Give an account another post, or one again
    GivePost {
        /// Tên đăng nhập · Login name
        username: String,
        #[command(flatten)]
        post: GivenPost,
    },
    /// Kết thúc chức vụ · End the posts that a person holds; history is kept
    EndPost {
        /// Tên đăng nhập · Login name
        username: String,
        /// Chỉ vai trò này · Only the post of this role
        #[arg(long, value_parser = role, requires = "unit")]
        role: Option<Role>,
        /// Chỉ đơn vị này · Only the post at this unit: its official code today, or its id
        #[arg(long, requires = "role")]
        unit: Option<String>,
        /// Ngày đầu tiên không còn giữ · First day no longer held [default: today]
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<Date>,
    },
}

/// Một chức vụ · A post of an account
#[derive(Debug, clap::Args)]
pub(super) struct GivenPost {
    /// Vai trò · Role: commune_data_officer, area_team_officer, area_team_reviewer, pc07_manager, household_head or sys_admin
    #[arg(long, value_parser = role)]
    role: Role,
    /// Đơn vị: mã chính thức hoặc id · Unit: its official code today, or its id
    #[arg(long)]
    unit: String,
    /// Ngày bắt đầu · First day of the post [default: of a new account none, else today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// Ngày đầu tiên không còn giữ · First day no longer held
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
}

impl GivenPost {
    /// The post; `otherwise`: its first day where none was named.
    async fn given(self, app: &App, otherwise: Option<Date>) -> anyhow::Result<Post> {
        let unit = super::unit::find(app, &self.unit).await?;
        Ok(Post { role: self.role, unit, valid_from: self.from.or(otherwise), valid_to: self.to })
    }
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_code(text).ok_or_else(|| {
        let known: Vec<_> = Role::ALL.iter().map(|role| role.code()).collect();
        format!("không phải vai trò; hãy chọn · not a role; choose: {}", known.join(", "))
    })
}

pub(super) async fn run(user: User, config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    match user {
        User::Add { username, name, post, password } => {
            let post = post.given(&app, None).await?;
            let new = NewAccount { username, name, password, post: Some(post.clone()) };
            let (person, made) = accounts::add(&app, None, new).await.map_err(refused)?;
            say(format_args!("{}\t{}", person.username.unwrap_or_default(), person.id))?;
            if let Some(password) = made {
                say(format_args!("mật khẩu · password\t{password}"))?;
            }
            tell_beginning(&app, &[post])
        }
        User::List { heads: false } => list(&app).await,
        User::List { heads: true } => list_heads(&app).await,
        User::Invite { person } => {
            let person = find_any(&app, &person).await?;
            let made = match &person.home {
                Some(_) => heads::renew(&app, None, person.id).await,
                None => accounts::invite(&app, None, person.id).await,
            };
            let code = made.map_err(refused)?;
            say(&code.link)?;
            let until = code.expires_at.hanoi_text();
            say(format_args!("mã · code {}, dùng được đến · until {until} (giờ Hà Nội · Hà Nội time)", code.code))?;
            say(terminal_qr(&code.link)?)?;
            let held = app.store.read(move |transaction| Ok::<_, Refused>(transaction.posts(person.id)?)).await;
            tell_beginning(&app, &held.map_err(refused)?)
        }
        User::GivePost { username, post } => {
            let person = find(&app, &username).await?;
            let today = app.now().hanoi_date();
            let post = post.given(&app, Some(today)).await?;
            let from = post.valid_from.unwrap_or(today);
            posts::give(&app, None, person.id, post.clone()).await.map_err(refused)?;
            say(format_args!("đã giao chức vụ từ ngày {from} · the post is given from {from} on"))?;
            tell_beginning(&app, &[post])
        }
        User::Password { username, password } => {
            let person = find(&app, &username).await?;
            if let Some(made) = accounts::set_password(&app, None, person.id, password).await.map_err(refused)? {
                say(format_args!("mật khẩu · password\t{made}"))?;
            }
            Ok(())
        }
        User::Disable { username } => {
            let person = find(&app, &username).await?;
            accounts::close(&app, None, person.id).await.map_err(refused)?;
            say("đã đóng · closed")
        }
        User::EndPost { username, role, unit, on } => {
            let person = find(&app, &username).await?;
            let only = match (role, unit) {
                (Some(role), Some(unit)) => Some((role, super::unit::find(&app, &unit).await?)),
                _ => None,
            };
            let day = on.unwrap_or_else(|| app.now().hanoi_date());
            let ended = posts::end(&app, None, person.id, only, day).await.map_err(refused)?;
            let verb = if ended == 1 { "ends" } else { "end" };
            say(format_args!("{ended} chức vụ kết thúc ngày {day} · {} {verb} on {day}", counted(ended as u64, "post")))
        }
    }
}

/// Says when a post begins that has not: until then the device is enrolled and has nothing to do.
fn tell_beginning(app: &App, posts: &[Post]) -> anyhow::Result<()> {
    let Some(day) = posts::begins(posts, app.now().hanoi_date()) else { return Ok(()) };
    say(format_args!(
        "chức vụ bắt đầu ngày {day}: đăng ký máy được ngay, làm việc được từ ngày đó · the post begins on {day}: a device can be \
         enrolled now, and works from that day on"
    ))
}

async fn list(app: &App) -> anyhow::Result<()> {
    let service = Arc::clone(app);
    let rows = app.store.read(move |transaction| {
        let directory = service.directory(transaction)?;
        let (people, _) = transaction.accounts(Slice { offset: 0, limit: 100_000 })?;
        let mut rows = Vec::new();
        for person in people {
            let held: Vec<_> = transaction.posts(person.id)?.iter().map(|post| described(&directory, post)).collect();
            rows.push((person, held));
        }
        Ok::<_, Refused>(rows)
    });
    let rows = rows.await.map_err(refused)?;
    if rows.is_empty() {
        return say("chưa có tài khoản nào · no account yet: ancu-server user add");
    }
    for (person, posts) in rows {
        say(format_args!(
            "{}\t{}\t{}\t{}",
            person.username.unwrap_or_default(),
            person.name,
            person.id,
            posts.join("; ")
        ))?;
    }
    Ok(())
}

async fn list_heads(app: &App) -> anyhow::Result<()> {
    let service = Arc::clone(app);
    let rows = app.store.read(move |transaction| {
        let directory = service.directory(transaction)?;
        let mut rows = Vec::new();
        for person in transaction.household_heads(None)? {
            let held: Vec<_> = transaction.posts(person.id)?.iter().map(|post| described(&directory, post)).collect();
            rows.push((person, held));
        }
        Ok::<_, Refused>(rows)
    });
    let rows = rows.await.map_err(refused)?;
    if rows.is_empty() {
        return say("chưa có chủ hộ nào đăng ký · no household head is enrolled yet");
    }
    for (person, posts) in rows {
        let place = person.home.map(|home| home.place).unwrap_or_default();
        say(format_args!("{}\t{}\t{place}\t{}", person.id, person.name, posts.join("; ")))?;
    }
    Ok(())
}

/// A post in words: the role's code, the unit's name with its code, the days.
fn described(directory: &UnitDirectory, post: &Post) -> String {
    let unit = match directory.get(post.unit) {
        Some(unit) if unit.code.is_empty() => unit.full_name.clone(),
        Some(unit) => format!("{} [{}]", unit.full_name, unit.code),
        None => post.unit.to_string(),
    };
    let day = |day: Option<Date>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
    let days = match (post.valid_from, post.valid_to) {
        (None, None) => String::new(),
        (from, to) => format!(" ({} → {})", day(from), day(to)),
    };
    format!("{} @ {unit}{days}", post.role.code())
}

pub(super) async fn find(app: &App, username: &str) -> anyhow::Result<PersonRow> {
    let asked = username.to_owned();
    let person = app.store.read(move |transaction| Ok::<_, Refused>(transaction.person_by_username(&asked)?));
    person.await.map_err(refused)?.ok_or_else(|| super::no_account(username))
}

/// Whoever has a login name, or a household head, by id.
async fn find_any(app: &App, text: &str) -> anyhow::Result<PersonRow> {
    let Ok(id) = text.parse::<PersonId>() else { return find(app, text).await };
    let person = app.store.read(move |transaction| Ok::<_, Refused>(transaction.person(id)?));
    person.await.map_err(refused)?.ok_or_else(|| super::no_account(text))
}

/// A QR code of half blocks, dark on light, with its quiet zone.
pub(crate) fn terminal_qr(text: &str) -> anyhow::Result<String> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::L).context("making the QR code")?;
    Ok(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}
