//! Logins that found no room in the store.
//!
//! Invariants: who reads is let in though the disk is full; what would be written of it (the session, its end, their audit rows) is kept
//! in memory and written down as soon as there is room. A session that is only here ends with the process, with its account and
//! with a change of its password, and there are never many.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::PersonId;

use super::{App, Outcome};
use crate::store::rows::{AuditEntry, PersonRow};
use crate::store::{StoreError, Transaction};

/// No more than so many at one time.
const MOST: usize = 500;

/// Names a session: the hash of its token.
type Name = [u8; 32];

/// What is only in memory.
#[derive(Debug, Default)]
pub struct Sessions {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    open: HashMap<Name, Opened>,
    /// Sessions of the store that were ended.
    ended: HashSet<Name>,
    rows: Vec<(AuditEntry, UtcMillis)>,
}

/// A session that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Whose.
    pub person: PersonId,
    /// The password's hash that it was opened with.
    password_hash: Option<String>,
    at: UtcMillis,
    expires: UtcMillis,
}

impl Opened {
    /// A session of a person who has just proved a password.
    pub fn of(person: &PersonRow, at: UtcMillis, expires: UtcMillis) -> Self {
        Self { person: person.id, password_hash: person.password_hash.clone(), at, expires }
    }

    /// Whether the account is open still, with the same password.
    fn holds(&self, transaction: &dyn Transaction) -> Result<bool, StoreError> {
        let person = transaction.person(self.person)?;
        Ok(person.is_some_and(|it| it.disabled_at.is_none() && it.password_hash == self.password_hash))
    }
}

impl Sessions {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens one, with what is to be recorded of it.
    pub fn open(&self, name: Name, opened: Opened, row: AuditEntry) -> Outcome<()> {
        let mut kept = self.kept();
        kept.open.retain(|_, other| other.expires > opened.at);
        if kept.open.len() >= MOST || kept.rows.len() >= MOST {
            return Err(ErrorCode::ServerDiskFull.into());
        }
        kept.rows.push((row, opened.at));
        kept.open.insert(name, opened);
        Ok(())
    }

    /// Whether a session of the store was ended here.
    pub fn is_ended(&self, name: &Name) -> bool {
        self.kept().ended.contains(name)
    }

    /// Whose session it is, if it is one of these and holds.
    pub fn person(
        &self,
        transaction: &dyn Transaction,
        name: &Name,
        now: UtcMillis,
    ) -> Result<Option<PersonId>, StoreError> {
        let opened = self.kept().open.get(name).filter(|it| it.expires > now).cloned();
        match opened {
            Some(opened) if opened.holds(transaction)? => Ok(Some(opened.person)),
            _ => Ok(None),
        }
    }

    /// Ends one that is only here; `false` if there is none such.
    pub fn end(&self, name: &Name) -> bool {
        self.kept().open.remove(name).is_some()
    }

    /// Ends one that is in the store, which has no room to note it.
    pub fn end_stored(&self, name: Name) -> Outcome<()> {
        let mut kept = self.kept();
        if kept.ended.len() >= MOST {
            return Err(ErrorCode::ServerDiskFull.into());
        }
        kept.ended.insert(name);
        Ok(())
    }

    /// Whether anything is to be written down.
    pub fn is_anything_kept(&self) -> bool {
        let kept = self.kept();
        !(kept.open.is_empty() && kept.ended.is_empty() && kept.rows.is_empty())
    }

    /// Writes down what is only here.
    pub async fn write_down(&self, app: &App) -> Outcome<()> {
        if !self.is_anything_kept() || !app.store.takes_in() {
            return Ok(());
        }
        let (open, ended, rows) = {
            let kept = self.kept();
            (kept.open.clone(), kept.ended.clone(), kept.rows.clone())
        };
        let (written, names, now) = (rows.len(), open.keys().copied().collect::<Vec<_>>(), app.now());
        let gone = ended.clone();
        let done: Outcome<()> = app
            .store
            .write(move |transaction| {
                for (row, at) in &rows {
                    transaction.audit(row, *at)?;
                }
                for (name, session) in &open {
                    if session.expires > now && session.holds(transaction)? {
                        transaction.put_session(name, session.person, session.at, session.expires)?;
                    }
                }
                for name in &ended {
                    transaction.end_session(name, now)?;
                }
                Ok(())
            })
            .await;
        done?;
        let mut kept = self.kept();
        kept.rows.drain(..written);
        for name in &names {
            kept.open.remove(name);
        }
        kept.ended.retain(|name| !gone.contains(name));
        Ok(())
    }
}
