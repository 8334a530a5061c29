//! Accounts: making them, passwords, logging in, one-time enrolment codes.
//!
//! Invariant: passwords are kept as argon2id, tokens and codes as SHA-256; a login costs the same whether the account
//! exists or not.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use ancu_shared::clock::{FixedClock, UtcMillis};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::PersonId;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::EnrolGrant;
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use serde_json::json;

use super::access::Caller;
use super::enrol::name;
use super::sessions::Opened;
use super::{App, Outcome, Refused, Service, behind, posts, throttle};
use crate::clock::{random_code, random_text, random_token, token_hash};
use crate::store::rows::{AuditEntry, PersonRow};
use crate::store::{StoreError, Transaction};

/// The shortest password, in characters.
pub const SHORTEST_PASSWORD: usize = 10;
/// The longest password, in bytes.
const LONGEST_PASSWORD: usize = 256;

/// Verified against when an account does not exist, so that it takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password("nobody's password", &[7; 16]));

/// A person to be added.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Login name: 3 to 40 of `a-z 0-9 . _ -`.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// The password; without one, one is made.
    pub password: Option<String>,
    /// The first post.
    pub post: Option<Post>,
}

/// A one-time code that was handed out.
#[derive(Debug, Clone)]
pub struct Code {
    /// The link that holds it.
    pub link: String,
    /// The code.
    pub code: String,
    /// Until when it works.
    pub expires_at: UtcMillis,
}

/// Adds an account. Returns its id and, where one was made, the password.
pub async fn add(app: &App, by: Option<PersonId>, new: NewAccount) -> Outcome<(PersonRow, Option<String>)> {
    let username = new.username.trim().to_ascii_lowercase();
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
    if !(3..=40).contains(&username.len()) || !username.bytes().all(allowed) {
        return Err(Problem::field(
            "username",
            "Tên đăng nhập có 3 đến 40 ký tự: a-z, 0-9, dấu chấm, gạch dưới, gạch nối.",
            "A user name has 3 to 40 characters: a-z, 0-9, full stop, underscore, hyphen.",
        )
        .into());
    }
    let name = name(&new.name, "name", 120)?;
    if let Some(post) = &new.post {
        posts::check_days(post)?;
    }
    let made = new.password.is_none().then(|| app.with_random(|random| random_text(random, 14)));
    let password = new.password.or_else(|| made.clone()).unwrap_or_default();
    let hash = hash(app, password).await?;
    let service = Arc::clone(app);
    let person = app
        .store
        .write(move |transaction| {
            let now = service.now();
            if transaction.person_by_username(&username)?.is_some() {
                return Err(Refused::from(Problem::new(ErrorCode::UsernameTaken).at("username")));
            }
            if let Some(post) = &new.post {
                posts::known_unit(&service, transaction, post)?;
            }
            let id = service.with_random(|random| PersonId::generate(&FixedClock(now), random));
            let person = PersonRow {
                id,
                name,
                username: Some(username.clone()),
                password_hash: Some(hash),
                home: None,
                created_at: now,
                disabled_at: None,
            };
            transaction.put_person(&person)?;
            if let Some(post) = &new.post {
                transaction.add_post(id, post)?;
            }
            audit(transaction, new.post.as_ref(), by, "account.added", &person, now)?;
            Ok::<_, Refused>(person)
        })
        .await?;
    Ok((person, made))
}

/// Sets a password; without one, one is made and returned. Whoever is logged in with the old one is so no longer.
pub async fn set_password(
    app: &App,
    by: Option<PersonId>,
    person: PersonId,
    password: Option<String>,
) -> Outcome<Option<String>> {
    let made = password.is_none().then(|| app.with_random(|random| random_text(random, 14)));
    let hash = hash(app, password.or_else(|| made.clone()).unwrap_or_default()).await?;
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let mut person = open_account(transaction, person)?;
            person.password_hash = Some(hash);
            transaction.put_person(&person)?;
            transaction.end_sessions_of(person.id)?;
            Ok::<_, Refused>(audit(transaction, None, by, "account.password", &person, service.now())?)
        })
        .await?;
    Ok(made)
}

/// Closes an account, for good: no login, no session, no device call from now on. What its devices have not sent stays on them.
/// One that is closed stays as it is.
pub async fn close(app: &App, by: Option<PersonId>, person: PersonId) -> Outcome<()> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let now = service.now();
            let mut person = with_login(transaction, person)?;
            if person.disabled_at.is_some() {
                return Ok(());
            }
            person.disabled_at = Some(now);
            posts::keeping_administrators(transaction, now.hanoi_date(), || Ok(transaction.put_person(&person)?))?;
            transaction.end_sessions_of(person.id)?;
            Ok(audit(transaction, None, by, "account.disabled", &person, now)?)
        })
        .await
}

/// A person with a login.
pub(super) fn with_login(transaction: &dyn Transaction, person: PersonId) -> Outcome<PersonRow> {
    let person = transaction.person(person)?.filter(|person| person.username.is_some());
    Ok(person.ok_or(ErrorCode::NotFound)?)
}

/// A person with a login whose account is not closed.
pub(super) fn open_account(transaction: &dyn Transaction, person: PersonId) -> Outcome<PersonRow> {
    let person = with_login(transaction, person)?;
    if person.disabled_at.is_some() {
        return Err(Problem::field(
            "id",
            "Tài khoản này đã đóng. Người này làm việc lại thì cần một tài khoản mới.",
            "This account is closed. Whoever works here again needs a new one.",
        )
        .into());
    }
    Ok(person)
}

/// Makes a one-time enrolment code for a person with a login; for household heads: [`super::heads`].
pub async fn invite(app: &App, by: Option<PersonId>, person: PersonId) -> Outcome<Code> {
    let service = Arc::clone(app);
    app.store
        .write(move |transaction| {
            let person = open_account(transaction, person)?;
            make_code(&service, transaction, by, &person)
        })
        .await
}

/// Makes a code for a person who may have one.
pub(super) fn make_code(
    service: &Service,
    transaction: &dyn Transaction,
    by: Option<PersonId>,
    person: &PersonRow,
) -> Outcome<Code> {
    let now = service.now();
    let code = service.with_random(random_code);
    let expires_at = now.plus_millis(i64::from(service.config.code_hours) * 3_600_000);
    transaction.put_code(&token_hash(&code), person.id, now, expires_at)?;
    audit(transaction, None, by, "account.enrolment_code", person, now)?;
    let citizen = transaction.posts(person.id)?.iter().any(|post| post.role == Role::HouseholdHead);
    Ok(Code { link: service.link(EnrolGrant::Code { code: code.clone() }, citizen), code, expires_at })
}

/// Logs in. Returns the session's token and who it is.
pub async fn login(app: &App, username: &str, password: String, address: IpAddr) -> Outcome<(String, Caller)> {
    let now = app.now();
    let username: String = username.trim().to_ascii_lowercase().chars().take(80).collect();
    let Some(counted) = app.throttle.take(&format!("login|{username}"), address, now) else {
        // Once a minute and address, or whoever tries on writes as many rows as there are tries.
        if app.throttle.is_first("login refused", address, now) {
            let asked = username.clone();
            let person: Outcome<_> =
                app.store.read(move |transaction| Ok(transaction.person_by_username(&asked)?)).await;
            note_refused(app, "session.throttled", person?.as_ref(), address).await;
        }
        return Err(ErrorCode::TooManyRequests.into());
    };
    let asked = username.clone();
    let person: Option<PersonRow> =
        app.store.read(move |transaction| Ok::<_, Refused>(transaction.person_by_username(&asked)?)).await?;
    let named = person.clone();
    let person = person.filter(|person| person.disabled_at.is_none());
    let known = person.as_ref().and_then(|person| person.password_hash.clone());
    let judged = app.hashing.run(move || {
        let right = verify_password(&password, known.as_deref().unwrap_or(NOBODY.as_str()));
        right && known.is_some()
    });
    let right = judged.await?;
    let Some(person) = person.filter(|_| right) else {
        note_refused(app, "session.refused", named.as_ref(), address).await;
        return Err(ErrorCode::LoginFailed.into());
    };
    app.throttle.give_back(counted);
    let token = app.with_random(random_token);
    let (name, id) = (token_hash(&token), person.id);
    let expires = now.plus_millis(i64::from(app.config.session_hours) * 3_600_000);
    let opened = Opened::of(&person, now, expires);
    let row = entry(None, Some(id), "session.opened", &person);
    let recorded = row.clone();
    let written: Outcome<()> = app
        .store
        .write(move |transaction| {
            transaction.put_session(&name, id, now, expires)?;
            Ok(transaction.audit(&recorded, now)?)
        })
        .await;
    match written {
        // Who reads is let in all the same.
        Err(refused) if refused.0.known_code() == ErrorCode::ServerDiskFull => {
            tracing::warn!(username, "logged in without room in the store");
            app.sessions.open(name, opened, row)?;
        }
        other => other?,
    }
    let day = behind::day(app);
    let caller: Outcome<Option<Caller>> =
        app.store.read(move |transaction| Ok(Caller::load(transaction, id, None, day)?)).await;
    Ok((token, caller?.ok_or(ErrorCode::LoginFailed)?))
}

/// Records a log-in that was not let in. How many rows there are is bounded by the throttle, which counts each of these tries. What
/// was typed is recorded only where it is the name of an account: else it may be a password.
async fn note_refused(app: &App, action: &'static str, account: Option<&PersonRow>, address: IpAddr) {
    let from = throttle::place(address);
    let (subject, details) = account.map_or_else(
        || (String::new(), json!({ "from": from })),
        |it| {
            let closed = it.disabled_at.is_some();
            (it.id.to_string(), json!({ "username": it.username, "from": from, "closed": closed }))
        },
    );
    let recorded = AuditEntry { unit: None, person: None, device: None, action, subject, details };
    let now = app.now();
    let written: Outcome<()> = app.store.write(move |transaction| Ok(transaction.audit(&recorded, now)?)).await;
    if let Err(refused) = written {
        // Who was not let in is told that, and not that the disk is full.
        tracing::warn!(action, from, error = %refused.0, "a refused log-in is not recorded");
    }
}

/// Logs out.
pub async fn logout(app: &App, token: &str) -> Outcome<()> {
    let (hash, now) = (token_hash(token), app.now());
    if app.sessions.end(&hash) {
        return Ok(());
    }
    let ended: Outcome<()> = app.store.write(move |transaction| Ok(transaction.end_session(&hash, now)?)).await;
    match ended {
        Err(refused) if refused.0.known_code() == ErrorCode::ServerDiskFull => app.sessions.end_stored(hash),
        other => other,
    }
}

/// Records what was done to an account.
pub(super) fn audit(
    transaction: &dyn Transaction,
    post: Option<&Post>,
    by: Option<PersonId>,
    action: &'static str,
    person: &PersonRow,
    now: UtcMillis,
) -> Result<(), StoreError> {
    transaction.audit(&entry(post, by, action, person), now)
}

fn entry(post: Option<&Post>, by: Option<PersonId>, action: &'static str, person: &PersonRow) -> AuditEntry {
    let details = match post {
        Some(post) => json!({
            "username": person.username, "role": post.role, "unit": post.unit, "from": post.valid_from, "to": post.valid_to,
        }),
        None => json!({ "username": person.username }),
    };
    let unit = person.home.as_ref().map(|home| home.unit);
    AuditEntry { unit, person: by, device: None, action, subject: person.id.to_string(), details }
}

async fn hash(app: &Service, password: String) -> Outcome<String> {
    if password.chars().count() < SHORTEST_PASSWORD || password.len() > LONGEST_PASSWORD {
        return Err(Problem::field(
            "password",
            "Mật khẩu cần ít nhất 10 ký tự.",
            "A password needs at least 10 characters.",
        )
        .into());
    }
    let mut salt = [0; 16];
    app.with_random(|random| random.fill(&mut salt));
    app.hashing.run(move || hash_password(&password, &salt)).await
}

fn hash_password(password: &str, salt: &[u8; 16]) -> String {
    let salt = SaltString::encode_b64(salt).expect("16 bytes are a salt");
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.expect("argon2id with its default parameters").to_string()
}

fn verify_password(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_opens_its_hash() {
        let hash = hash_password("mật khẩu dài", &[1; 16]);
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("mật khẩu dài", &hash));
        assert!(!verify_password("mật khẩu khác", &hash));
        assert!(!verify_password("mật khẩu dài", "not a hash"));
    }
}
