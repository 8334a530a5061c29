//! `seed`: a demonstration on an empty server: units, templates, one ward with its premises, accounts, past inspections.
//!
//! Invariants: everything is made by the services that people use: premises and inspections are signed envelopes that went
//! through admission; passwords and codes are random; a second run changes nothing but can hand out new links.

mod inspections;
mod pictures;
mod premises;
mod visits;

use std::fs::{File, TryLockError};
use std::path::Path;

use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, PersonId, UnitId};
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::{EnrolGrant, Invitation, SignedInvitation};
use anyhow::{Context as _, anyhow};
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::cli::{open_or_begin, refused, say};
use crate::config::Config;
use crate::service::accounts::{self, NewAccount};
use crate::service::held::HeldAuthor;
use crate::service::{App, Refused, units};

/// Hà Nội's units.
pub const UNITS: &str = include_str!("../../data/units/hanoi_units.csv");
/// Their successions.
pub const UNIT_EVENTS: &str = include_str!("../../data/units/hanoi_unit_events.csv");
const TEMPLATES: [&[u8]; 4] = [
    include_bytes!("../../data/templates/mini_apartment-draft-1.json"),
    include_bytes!("../../data/templates/boarding_house-draft-1.json"),
    include_bytes!("../../data/templates/house_with_business-draft-1.json"),
    include_bytes!("../../data/templates/household_self-draft-1.json"),
];
const DEMO: &str = include_str!("../../data/demo/khuong_dinh.json");
/// First day of the wards of 2025.
const MERGER: Date = date(2025, 7, 1);
/// How long a household head's invitation works.
const INVITATION_MILLIS: i64 = 24 * 3_600_000;

/// What `seed` takes.
#[derive(Debug, clap::Args)]
pub struct Seed {
    /// Địa chỉ máy chủ sẽ lắng nghe · Address that the server will listen on, for the links
    #[command(flatten)]
    listen: crate::cli::Listen,
    /// Cấp liên kết mới · Hand out new enrolment links although the demonstration is there already
    #[arg(long)]
    new_links: bool,
    /// Không kèm ảnh · Inspections without their photos: quicker, for tests
    #[arg(long)]
    without_photos: bool,
}

/// `demo-accounts.json`
#[derive(Debug, Serialize, Deserialize)]
struct DemoAccounts {
    server: String,
    accounts: Vec<DemoAccount>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DemoAccount {
    username: String,
    password: Option<String>,
    name: String,
    role: Role,
    unit_name: String,
    link: Option<String>,
}

const PEOPLE: [(&str, &str, Role); 4] = [
    ("canbo1", "Nguyễn Thu Hà", Role::CommuneDataOfficer),
    ("canbo2", "Trần Đức Long", Role::CommuneDataOfficer),
    ("duyet1", "Lê Quang Vinh", Role::AreaTeamReviewer),
    ("quantri", "Phạm Minh Quân", Role::SysAdmin),
];
const HOUSEHOLD: (&str, &str) = ("chuho1", "Đỗ Thị Mai");

/// Seeds, or says that it was done before.
pub async fn run(seed: Seed, mut config: Config) -> anyhow::Result<()> {
    let explicit = seed.listen.address().map(|address| format!("https://{address}"));
    if config.public_url.is_none() {
        config.public_url = explicit;
    }
    let file = config.data.join("demo-accounts.json");
    let _turn = turn(&config)?;
    let app = open_or_begin(config).await?;
    let server = app.config.link_url();
    let _ = app.link_url.set(server.clone());
    let seeded = app.store.read(|transaction| Ok::<_, Refused>(transaction.setting("seeded")?)).await;
    let mut demo = if seeded.map_err(refused)?.is_some() {
        say("dữ liệu trình diễn đã có từ trước · the demonstration is there already")?;
        if !seed.new_links {
            say(
                "mỗi liên kết dưới đây chỉ dùng được một lần và có thể đã dùng rồi; để có liên kết mới: ancu-server seed --new-links",
            )?;
            say("each link below works once and may be used up; for new ones: ancu-server seed --new-links")?;
        }
        read(&file)?
    } else {
        let demo = fill(&app, server.clone(), !seed.without_photos).await?;
        // Written before the mark: a crash between them gives a second try, not lost passwords.
        write(&file, &demo)?;
        let mark = app.store.write(|transaction| Ok::<_, Refused>(transaction.put_setting("seeded", &[1])?));
        mark.await.map_err(refused)?;
        demo
    };
    if seed.new_links {
        demo.server = server;
        links(&app, &mut demo).await?;
        write(&file, &demo)?;
    }
    print(&demo, &file)
}

/// One at a time fills a folder: the next waits for the one that is at it, and tells what that one made. The system frees
/// the lock however the process ends.
fn turn(config: &Config) -> anyhow::Result<File> {
    std::fs::create_dir_all(&config.data).context("making the data folder")?;
    let lock = File::options().create(true).truncate(false).write(true).open(config.data.join("seed.lock"));
    let lock = lock.context("opening the data folder's lock")?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say("đang đợi một lệnh seed khác làm xong · waiting for another seed to end")?;
            lock.lock().context("locking the data folder")?;
        }
        Err(TryLockError::Error(error)) => return Err(error).context("locking the data folder"),
    }
    Ok(lock)
}

/// Makes the demonstration.
async fn fill(app: &App, server: String, with_photos: bool) -> anyhow::Result<DemoAccounts> {
    let (count, edges) = crate::cli::import_units(app, UNITS, UNIT_EVENTS).await?;
    say(format_args!("{count} đơn vị, {edges} lần kế thừa · {count} units, {edges} successions"))?;
    for body in TEMPLATES {
        let (name, _) = crate::cli::import_template(app, body.to_vec()).await?;
        say(format_args!("mẫu kiểm tra · template {name}"))?;
    }
    let place = area(app).await?;
    let mut demo = DemoAccounts { server, accounts: Vec::new() };
    let mut people = Vec::new();
    for (username, name, role) in PEOPLE {
        let unit = match role {
            Role::SysAdmin => place.city,
            Role::AreaTeamReviewer => place.team,
            _ => place.ward,
        };
        let post = Post { role, unit, valid_from: Some(MERGER), valid_to: None };
        let new = NewAccount { username: username.into(), name: name.into(), password: None, post: Some(post) };
        let (person, password) = account(app, new).await?;
        let unit_name = place.name_of(unit);
        let name = name.to_owned();
        demo.accounts.push(DemoAccount { username: username.into(), password, name, role, unit_name, link: None });
        people.push(person);
    }
    let ward = place.ward;
    let before = app.store.read(move |transaction| Ok::<_, Refused>(transaction.counts(&[ward])?));
    if before.await.map_err(refused)?.facilities == 0 {
        let facilities = premises::make(app, people[0], ward).await?;
        say(format_args!("{0} cơ sở · {0} premises", facilities.len()))?;
        let officers = [(people[0], PEOPLE[0].1), (people[1], PEOPLE[1].1)];
        let staff = inspections::Staff { officers, reviewer: people[2], ward };
        let (done, photos) = inspections::make(app, staff, &facilities, with_photos).await?;
        say(format_args!("{done} biên bản cũ, {photos} ảnh · {done} past inspections, {photos} photos"))?;
    }
    demo.accounts.push(DemoAccount {
        username: HOUSEHOLD.0.into(),
        password: None,
        name: HOUSEHOLD.1.into(),
        role: Role::HouseholdHead,
        unit_name: place.name_of(place.ward),
        link: None,
    });
    links(app, &mut demo).await?;
    Ok(demo)
}

/// Adds an account; one that an interrupted run left behind gets a new password.
async fn account(app: &App, new: NewAccount) -> anyhow::Result<(PersonId, Option<String>)> {
    let username = new.username.clone();
    match accounts::add(app, None, new).await {
        Ok((person, password)) => Ok((person.id, password)),
        Err(known) if known.0.known_code() == ErrorCode::UsernameTaken => {
            let person = find(app, &username).await?;
            let password = accounts::set_password(app, None, person, None).await.map_err(refused)?;
            Ok((person, password))
        }
        Err(other) => Err(refused(other)),
    }
}

/// The units of the demonstration.
struct Place {
    city: UnitId,
    ward: UnitId,
    team: UnitId,
    names: Vec<(UnitId, String)>,
}

impl Place {
    fn name_of(&self, unit: UnitId) -> String {
        self.names.iter().find(|(id, _)| *id == unit).map(|(_, name)| name.clone()).unwrap_or_default()
    }
}

/// The ward, the city, and a demonstration area team that answers for the ward.
async fn area(app: &App) -> anyhow::Result<Place> {
    let (service, demo) = (app.clone(), premises::Demo::read()?);
    let job = app.store.write(move |transaction| {
        let directory = service.directory(transaction)?;
        let (Some(city), Some(ward)) =
            (directory.by_code("01", MERGER), directory.by_code(&demo.ward.code, demo.ward.valid_from))
        else {
            return Ok::<_, Refused>(None);
        };
        let team = units::area_team(
            "demo-team",
            "khu vực (trình diễn)",
            "Đội Chữa cháy và CNCH khu vực (trình diễn)",
            city.id,
            MERGER,
        );
        transaction.put_units(std::slice::from_ref(&team))?;
        transaction.put_coverages(&[units::coverage(team.id, ward.id, MERGER)])?;
        let names = [city, ward, &team].map(|unit| (unit.id, unit.full_name.clone())).to_vec();
        Ok(Some(Place { city: city.id, ward: ward.id, team: team.id, names }))
    });
    job.await.map_err(refused)?.ok_or_else(|| anyhow!("the demonstration's ward is not in the list of units"))
}

/// Hands out one-time codes to the officers and an invitation to the household head.
async fn links(app: &App, demo: &mut DemoAccounts) -> anyhow::Result<()> {
    for account in &mut demo.accounts {
        account.link = match account.role {
            Role::CommuneDataOfficer | Role::AreaTeamOfficer => {
                let person = find(app, &account.username).await?;
                Some(accounts::invite(app, None, person).await.map_err(refused)?.link)
            }
            Role::HouseholdHead => Some(invitation(app).await?),
            _ => None,
        };
    }
    Ok(())
}

async fn find(app: &App, username: &str) -> anyhow::Result<PersonId> {
    let asked = username.to_owned();
    let found = app.store.read(move |transaction| Ok::<_, Refused>(transaction.person_by_username(&asked)?));
    found.await.map_err(refused)?.map(|person| person.id).ok_or_else(|| crate::cli::no_account(username))
}

/// An invitation to a mini-apartment house, signed by the first officer's server-held author.
async fn invitation(app: &App) -> anyhow::Result<String> {
    let (service, officer) = (app.clone(), find(app, PEOPLE[0].0).await?);
    let job = app.store.write(move |transaction| {
        let now = service.now();
        let Some(officer) = transaction.person(officer)? else { return Ok::<_, Refused>(None) };
        let author = HeldAuthor::of(&service, transaction, &officer, now)?;
        let posts = transaction.posts(officer.id)?;
        let query = crate::store::rows::FacilityQuery {
            units: posts.iter().map(|post| post.unit).collect(),
            class: Some(ancu_shared::record::facility::FacilityClass::MiniApartment),
            ..Default::default()
        };
        let (rows, _) = transaction.facilities(&query, crate::store::rows::Slice { offset: 0, limit: 1 })?;
        let Some(home) = rows.into_iter().next().map(|row| row.summary) else { return Ok(None) };
        let mut nonce = [0; 16];
        service.with_random(|random| random.fill(&mut nonce));
        let invitation = Invitation {
            nonce,
            facility: home.id,
            unit: home.unit,
            place: format!("{}, {}", home.name, home.address),
            expires_at: now.plus_millis(INVITATION_MILLIS),
            author: author.secret().public(),
        };
        let invitation = SignedInvitation::issue(&invitation, author.secret());
        Ok(Some(service.link(EnrolGrant::Invitation { invitation }, true)))
    });
    job.await.map_err(refused)?.ok_or_else(|| anyhow!("there is no house to invite to"))
}

fn read(file: &Path) -> anyhow::Result<DemoAccounts> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading {}", file.display()))
}

fn write(file: &Path, demo: &DemoAccounts) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(demo).context("writing the accounts")?;
    crate::tls::write_private(file, text.as_bytes()).context("writing the accounts")
}

fn print(demo: &DemoAccounts, file: &Path) -> anyhow::Result<()> {
    say(format_args!("máy chủ · server\t{}", demo.server))?;
    for account in &demo.accounts {
        let password = account.password.as_deref().unwrap_or("-");
        say(format_args!(
            "{}\t{password}\t{}\t{}\t{}",
            account.username,
            account.name,
            account.role.code(),
            account.unit_name
        ))?;
        if let Some(link) = &account.link {
            say(format_args!("\t{link}"))?;
        }
    }
    say(format_args!("lưu ở · kept in {}", file.display()))
}

/// A premises that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    id: DocumentId,
    mini_apartment: bool,
}
