//! People, logins, posts, sessions and codes in SQLite.

use ancu_shared::clock::UtcMillis;
use ancu_shared::id::{AuthorKey, DocumentId, PersonId, UnitId};
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::Home;
use jiff::civil::Date;
use rusqlite::{OptionalExtension as _, Row, params, params_from_iter};

use super::SqliteTransaction;
use super::column::{code, count, day, day_text, id, instant, maybe_id, maybe_instant};
use crate::store::rows::{CodeState, PersonRow, Slice};
use crate::store::{Accounts, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

const PERSON: &str = "SELECT id, name, username, password_hash, home_facility, home_unit, home_place, created_at, disabled_at FROM person";

fn person(row: &Row<'_>) -> rusqlite::Result<PersonRow> {
    let home = match (maybe_id(row, 4)?, maybe_id(row, 5)?) {
        (Some(facility), Some(unit)) => {
            Some(Home { facility, unit, place: row.get::<_, Option<String>>(6)?.unwrap_or_default() })
        }
        _ => None,
    };
    Ok(PersonRow {
        id: id(row, 0)?,
        name: row.get(1)?,
        username: row.get(2)?,
        password_hash: row.get(3)?,
        home,
        created_at: instant(row, 7)?,
        disabled_at: maybe_instant(row, 8)?,
    })
}

fn post(row: &Row<'_>) -> rusqlite::Result<Post> {
    Ok(Post {
        role: code(row, 0, Role::from_code)?,
        unit: id(row, 1)?,
        valid_from: day(row, 2)?,
        valid_to: day(row, 3)?,
    })
}

impl Accounts for SqliteTransaction<'_> {
    fn person(&self, id: PersonId) -> Result<Option<PersonRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{PERSON} WHERE id = ?1"))?;
        Ok(statement.query_row([&id.as_bytes()[..]], person).optional()?)
    }

    fn person_by_username(&self, username: &str) -> Result<Option<PersonRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{PERSON} WHERE username = ?1"))?;
        Ok(statement.query_row([username], person).optional()?)
    }

    fn accounts(&self, slice: Slice) -> Result<(Vec<PersonRow>, u64)> {
        let rows = self
            .connection
            .prepare_cached(&format!("{PERSON} WHERE username IS NOT NULL ORDER BY username LIMIT ?1 OFFSET ?2"))?
            .query_map([slice.limit as i64, slice.offset as i64], person)?
            .collect::<rusqlite::Result<_>>()?;
        let total = self
            .connection
            .query_row("SELECT count(*) FROM person WHERE username IS NOT NULL", [], |row| count(row, 0))?;
        Ok((rows, total))
    }

    fn household_heads(&self, facility: Option<DocumentId>) -> Result<Vec<PersonRow>> {
        let (of, facility) = match &facility {
            Some(facility) => ("home_facility = ?1", params_from_iter(Some(facility.as_bytes()))),
            None => ("home_facility IS NOT NULL", params_from_iter(None)),
        };
        let rows = self
            .connection
            .prepare_cached(&format!("{PERSON} WHERE {of} ORDER BY created_at, id"))?
            .query_map(facility, person)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn put_person(&self, person: &PersonRow) -> Result<()> {
        let home = person.home.as_ref();
        self.connection.execute(
            "INSERT INTO person
                 (id, name, username, password_hash, home_facility, home_unit, home_place, created_at, disabled_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id) DO UPDATE SET
                 name = excluded.name, username = excluded.username, password_hash = excluded.password_hash,
                 home_facility = excluded.home_facility, home_unit = excluded.home_unit,
                 home_place = excluded.home_place, disabled_at = excluded.disabled_at",
            params![
                &person.id.as_bytes()[..],
                person.name,
                person.username,
                person.password_hash,
                home.map(|home| home.facility.as_bytes().to_vec()),
                home.map(|home| home.unit.as_bytes().to_vec()),
                home.map(|home| home.place.clone()),
                person.created_at.0,
                person.disabled_at.map(|at| at.0),
            ],
        )?;
        Ok(())
    }

    fn posts(&self, person: PersonId) -> Result<Vec<Post>> {
        let rows = self
            .connection
            .prepare_cached("SELECT role, unit, valid_from, valid_to FROM post WHERE person = ?1 ORDER BY id")?
            .query_map([&person.as_bytes()[..]], post)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn posts_of(&self, role: Role) -> Result<Vec<Post>> {
        let rows = self
            .connection
            .prepare_cached(
                "SELECT role, unit, valid_from, valid_to FROM post JOIN person ON person.id = post.person
                 WHERE role = ?1 AND username IS NOT NULL AND disabled_at IS NULL ORDER BY post.id",
            )?
            .query_map([role.code()], post)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    fn add_post(&self, person: PersonId, post: &Post) -> Result<()> {
        self.connection.execute(
            "INSERT INTO post (person, role, unit, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                &person.as_bytes()[..],
                post.role.code(),
                &post.unit.as_bytes()[..],
                day_text(post.valid_from),
                day_text(post.valid_to),
            ],
        )?;
        Ok(())
    }

    fn put_session(&self, token_hash: &[u8; 32], person: PersonId, now: UtcMillis, expires: UtcMillis) -> Result<()> {
        self.connection.execute(
            "INSERT INTO session (token_hash, person, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
            params![&token_hash[..], &person.as_bytes()[..], now.0, expires.0],
        )?;
        Ok(())
    }

    fn session(&self, token_hash: &[u8; 32], now: UtcMillis) -> Result<Option<PersonId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT session.person FROM session JOIN person ON person.id = session.person
             WHERE token_hash = ?1 AND expires_at > ?2 AND person.disabled_at IS NULL",
        )?;
        Ok(statement.query_row(params![&token_hash[..], now.0], |row| id(row, 0)).optional()?)
    }

    fn end_session(&self, token_hash: &[u8; 32], now: UtcMillis) -> Result<()> {
        self.connection.execute(
            "DELETE FROM session WHERE token_hash = ?1 OR expires_at <= ?2",
            params![&token_hash[..], now.0],
        )?;
        Ok(())
    }

    fn put_code(&self, code_hash: &[u8; 32], person: PersonId, now: UtcMillis, expires: UtcMillis) -> Result<()> {
        self.connection.execute(
            "INSERT INTO enrolment_code (code_hash, person, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
            params![&code_hash[..], &person.as_bytes()[..], now.0, expires.0],
        )?;
        Ok(())
    }

    fn take_code(&self, code_hash: &[u8; 32], author: &AuthorKey, now: UtcMillis) -> Result<CodeState> {
        let found = self
            .connection
            .query_row(
                "SELECT person, expires_at, used_at FROM enrolment_code WHERE code_hash = ?1",
                [&code_hash[..]],
                |row| Ok((id::<PersonId>(row, 0)?, instant(row, 1)?, maybe_instant(row, 2)?)),
            )
            .optional()?;
        Ok(match found {
            None => CodeState::Unknown,
            Some((_, _, Some(_))) => CodeState::Used,
            Some((_, expires, None)) if expires <= now => CodeState::Expired,
            Some((person, _, None)) => {
                self.connection.execute(
                    "UPDATE enrolment_code SET used_at = ?2, author = ?3 WHERE code_hash = ?1",
                    params![&code_hash[..], now.0, &author.as_bytes()[..]],
                )?;
                CodeState::Granted(person)
            }
        })
    }

    fn take_invitation(
        &self,
        nonce: &[u8; 16],
        author: AuthorKey,
        facility: DocumentId,
        person: PersonId,
        now: UtcMillis,
    ) -> Result<bool> {
        let added = self.connection.execute(
            "INSERT OR IGNORE INTO invitation_used (nonce, author, facility, person, used_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![&nonce[..], &author.as_bytes()[..], &facility.as_bytes()[..], &person.as_bytes()[..], now.0],
        )?;
        Ok(added == 1)
    }

    fn code_used_by(&self, code_hash: &[u8; 32]) -> Result<Option<AuthorKey>> {
        let mut statement = self.connection.prepare_cached("SELECT author FROM enrolment_code WHERE code_hash = ?1")?;
        Ok(statement.query_row([&code_hash[..]], |row| maybe_id(row, 0)).optional()?.flatten())
    }

    fn invited_person(&self, nonce: &[u8; 16]) -> Result<Option<PersonId>> {
        let mut statement = self.connection.prepare_cached("SELECT person FROM invitation_used WHERE nonce = ?1")?;
        Ok(statement.query_row([&nonce[..]], |row| id(row, 0)).optional()?)
    }

    fn end_sessions_of(&self, person: PersonId) -> Result<()> {
        self.connection.execute("DELETE FROM session WHERE person = ?1", [&person.as_bytes()[..]])?;
        Ok(())
    }

    fn end_posts(&self, person: PersonId, only: Option<(Role, UnitId)>, day: Date) -> Result<usize> {
        Ok(self.connection.execute(
            "UPDATE post SET valid_to = ?2 WHERE person = ?1 AND (valid_to IS NULL OR valid_to > ?2)
                 AND (?3 IS NULL OR (role = ?3 AND unit = ?4))",
            params![
                &person.as_bytes()[..],
                day.to_string(),
                only.map(|(role, _)| role.code()),
                only.map(|(_, unit)| unit.as_bytes().to_vec()),
            ],
        )?)
    }
}
