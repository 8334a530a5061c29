//! Whole stores that were set aside because nobody knew their PIN, and put back when somebody did.
//!
//! Invariants: nothing is deleted and nothing is read: the files are moved together with the keyring that wraps their key;
//! wherever a move is broken off, the next opening finishes it; a name leads to nothing but a folder that was made here.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::ErrorCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::outbox::Unsent;
use super::salvage::Salvaged;
use super::{MAIN, PHOTOS, private};
use crate::fault::{Fault, Outcome};
use crate::keyring::{self, Binding, Keyring};

/// How the folders begin; the day follows.
pub(super) const ASIDE: &str = "set-aside-";
/// Says that a move has begun, and which.
pub(super) const MOVING: &str = "moving.json";
/// What the store said of itself when it was open last.
pub(super) const LAST_KNOWN: &str = "last-known.json";
/// When it was set aside, and what was taken out of it.
const ABOUT: &str = "about.json";
/// Folders beside the store: files that are carried for colleagues, and those that were written for them.
const BESIDE: [&str; 2] = ["cargo", "courier"];

/// What an open store said of itself last. Kept in plain text beside it: numbers only, for who has lost the PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct LastKnown {
    /// When it was noted: the numbers have been these since, as far as is known.
    pub at: UtcMillis,
    /// What had no receipt.
    pub unsent: Unsent,
    /// Whether nothing in it was nowhere else. Said before anything is changed that it may be so, it is never true of a store
    /// that it is not true of.
    #[serde(default)]
    pub safe_to_wipe: bool,
}

/// A store that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct SetAside {
    /// The folder's name.
    pub name: String,
    /// When.
    pub at: UtcMillis,
    /// What it said of itself when it was open last; null where it never did.
    pub last_known: Option<LastKnown>,
    /// Tries left for its PIN.
    pub pin_attempts_left: u32,
    /// What of its unsent work was taken into another store, where that was done.
    pub taken: Option<Salvaged>,
    /// Whether nothing would be lost with it: all of it was taken out, or it held nothing that is nowhere else.
    pub safe_to_wipe: bool,
}

#[derive(Serialize, Deserialize)]
struct About {
    at: UtcMillis,
    taken: Option<Salvaged>,
}

/// A move that has begun: out of the data folder, or back into it.
#[derive(Serialize, Deserialize)]
struct Moving {
    name: String,
    back: bool,
}

/// Everything that belongs to a store.
fn parts() -> impl Iterator<Item = String> {
    let files =
        [MAIN, PHOTOS].into_iter().flat_map(|name| ["", "-wal", "-shm"].map(|suffix| format!("{name}{suffix}")));
    let others = [keyring::FILE, keyring::ENROLMENT, LAST_KNOWN].into_iter().chain(BESIDE);
    files.chain(others.map(str::to_owned))
}

/// Sets the store of this folder aside. It must be closed.
pub fn put(folder: &Path, at: UtcMillis) -> Outcome<()> {
    let day = at.hanoi_date();
    let named = |number: u32| if number == 1 { format!("{ASIDE}{day}") } else { format!("{ASIDE}{day}-{number}") };
    let free = (1..10_000).map(named).find(|name| !folder.join(name).exists());
    let name = free.ok_or_else(|| Fault::Broken("too many stores were set aside".into()))?;
    let place = folder.join(&name);
    private::make_folder(&place)?;
    let begun = write(&place.join(ABOUT), &About { at, taken: None })
        .and_then(|()| write(&folder.join(MOVING), &Moving { name, back: false }));
    if let Err(fault) = begun {
        // Nothing was moved: what is there is the note on a store that stayed.
        if let Err(left) = fs::remove_dir_all(&place) {
            tracing::warn!(%left, "an empty folder could not be taken away");
        }
        return Err(fault);
    }
    finish(folder)
}

/// Puts a store back into the data folder, which must have none.
pub fn put_back(folder: &Path, name: &str) -> Outcome<()> {
    find(folder, name)?;
    write(&folder.join(MOVING), &Moving { name: name.to_owned(), back: true })?;
    finish(folder)
}

/// Finishes a move that was broken off.
pub fn finish(folder: &Path) -> Outcome<()> {
    let marker = folder.join(MOVING);
    let Some(Moving { name, back }) = read::<Moving>(&marker)? else { return Ok(()) };
    let place = inside(folder, &name)?;
    let (from, to) = if back { (place.as_path(), folder) } else { (folder, place.as_path()) };
    for part in parts() {
        match fs::rename(from.join(&part), to.join(&part)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    private::sync_folder(to)?;
    if back {
        fs::remove_file(place.join(ABOUT)).or_else(gone)?;
        // What somebody else put there stays, with its folder.
        if let Err(left) = fs::remove_dir(&place).or_else(gone) {
            tracing::warn!(%left, name, "the folder of a store that was put back is not empty");
        }
    }
    fs::remove_file(&marker)?;
    private::sync_folder(folder)?;
    Ok(())
}

/// The stores that were set aside, the latest first.
pub fn list(folder: &Path) -> Outcome<Vec<SetAside>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error.into()),
    };
    for entry in entries {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if !name.starts_with(ASIDE) {
            continue;
        }
        let place = folder.join(&name);
        let Some(About { at, taken }) = read(&place.join(ABOUT))? else { continue };
        let last_known = last_known(&place);
        let pin_attempts_left = Keyring::in_folder(&place).attempts_left()?.unwrap_or_default();
        let safe_to_wipe = taken.is_some_and(|it| it.whole) || last_known.is_some_and(|it| it.safe_to_wipe);
        found.push(SetAside { name, at, last_known, pin_attempts_left, taken, safe_to_wipe });
    }
    found.sort_unstable_by(|one, other| (other.at, &other.name).cmp(&(one.at, &one.name)));
    Ok(found)
}

/// Gives the tries of a PIN back in the stores that are this person's at this server: a new enrolment code proved who holds
/// the device.
pub fn give_tries_back(folder: &Path, binding: Binding<'_>) -> Outcome<()> {
    for store in list(folder)? {
        let keyring = Keyring::in_folder(&folder.join(&store.name));
        if keyring.exists() && keyring.is_for(binding)? {
            keyring.reset_attempts(binding)?;
        }
    }
    Ok(())
}

/// The folder of a store that was set aside.
pub fn find(folder: &Path, name: &str) -> Outcome<PathBuf> {
    let place = inside(folder, name)?;
    if place.join(ABOUT).exists() { Ok(place) } else { Err(ErrorCode::NotFound.into()) }
}

/// Notes what was taken out of one, with what was before: taken once more, there is nothing new in it.
pub fn note_taken(folder: &Path, name: &str, taken: Salvaged) -> Outcome<()> {
    let about = find(folder, name)?.join(ABOUT);
    let Some(was) = read::<About>(&about)? else { return Err(ErrorCode::NotFound.into()) };
    let before = was.taken.unwrap_or_default();
    let (envelopes, photos) = (before.envelopes + taken.envelopes, before.photos + taken.photos);
    write(&about, &About { taken: Some(Salvaged { envelopes, photos, ..taken }), ..was })
}

/// What a store said of itself last; nothing where it never did, or where that cannot be read: it is no more than a word.
pub fn last_known(folder: &Path) -> Option<LastKnown> {
    read(&folder.join(LAST_KNOWN)).ok().flatten()
}

/// Notes what an open store says of itself.
pub fn note_last_known(folder: &Path, known: LastKnown) -> Outcome<()> {
    write(&folder.join(LAST_KNOWN), &known)
}

/// Takes away what a store said of itself: where it cannot be said anew, it says nothing.
pub fn forget_last_known(folder: &Path) {
    let gone_now = fs::remove_file(folder.join(LAST_KNOWN)).or_else(gone).and_then(|()| private::sync_folder(folder));
    if let Err(left) = gone_now {
        tracing::warn!(%left, "what a store said of itself could not be taken back");
    }
}

/// A folder of ours, by its name.
fn inside(folder: &Path, name: &str) -> Outcome<PathBuf> {
    let plain = |c: char| c.is_ascii_digit() || c == '-';
    if name.strip_prefix(ASIDE).is_some_and(|rest| rest.chars().all(plain)) {
        Ok(folder.join(name))
    } else {
        Err(ErrorCode::NotFound.into())
    }
}

fn gone(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn read<T: DeserializeOwned>(file: &Path) -> Outcome<Option<T>> {
    match fs::read(file) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| Fault::Broken(error.to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn write(file: &Path, value: &impl Serialize) -> Outcome<()> {
    let text = serde_json::to_vec(value).map_err(|error| Fault::Broken(error.to_string()))?;
    Ok(private::replace(file, &text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UtcMillis = UtcMillis(1_795_323_600_000);

    /// A folder with the files of a store, each holding its name.
    fn store() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("folder");
        for name in [MAIN, PHOTOS, "main.db-wal", keyring::FILE, LAST_KNOWN] {
            fs::write(folder.path().join(name), name).expect("write");
        }
        fs::create_dir(folder.path().join("cargo")).expect("folder");
        fs::write(folder.path().join("engine.lock"), "").expect("write");
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("list");
        let mut names: Vec<_> = entries.map(|it| it.expect("entry").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    #[test]
    fn a_move_that_is_broken_off_anywhere_is_finished_by_the_next_opening() {
        let moved = ["cargo", "keyring.json", "last-known.json", "main.db", "main.db-wal", "photos.db"];
        let order: Vec<_> = parts().filter(|part| moved.contains(&part.as_str())).collect();
        for already in 0..=order.len() {
            let folder = store();
            let at = |name: &str| folder.path().join(name);
            fs::create_dir(at("set-aside-2026-11-22")).expect("folder");
            let (out, back) =
                (r#"{"name":"set-aside-2026-11-22","back":false}"#, r#"{"name":"set-aside-2026-11-22","back":true}"#);
            for (marker, from, to, left) in
                [(out, "", "set-aside-2026-11-22/", 0), (back, "set-aside-2026-11-22/", "", moved.len())]
            {
                fs::write(at("set-aside-2026-11-22").join(ABOUT), r#"{"at":1,"taken":null}"#).expect("write");
                // As far as a process came before it died.
                fs::write(at(MOVING), marker).expect("write");
                for part in &order[..already] {
                    fs::rename(at(&format!("{from}{part}")), at(&format!("{to}{part}"))).expect("rename");
                }
                for _ in 0..2 {
                    finish(folder.path()).expect("finish");
                    let here = names(folder.path());
                    assert_eq!(here.iter().filter(|name| moved.contains(&name.as_str())).count(), left, "{already}");
                    assert!(!here.contains(&MOVING.to_owned()) && here.contains(&"engine.lock".to_owned()));
                }
            }
            assert_eq!(fs::read_to_string(at(MAIN)).expect("read"), MAIN);
            assert!(!at("set-aside-2026-11-22").exists(), "an empty folder is left");
        }
    }

    #[test]
    fn several_of_one_day_lie_side_by_side_and_a_name_leads_nowhere_else() {
        let folder = store();
        put(folder.path(), NOON).expect("the first");
        fs::write(folder.path().join(MAIN), "another").expect("write");
        put(folder.path(), UtcMillis(NOON.0 + 1)).expect("the second");
        // The keyring of these is no keyring: what can be listed is what has one, or none.
        for place in ["set-aside-2026-11-22", "set-aside-2026-11-22-2"] {
            drop(fs::remove_file(folder.path().join(place).join(keyring::FILE)));
        }
        let listed: Vec<_> = list(folder.path()).expect("list").into_iter().map(|it| it.name).collect();
        assert_eq!(listed, ["set-aside-2026-11-22-2", "set-aside-2026-11-22"]);
        assert_eq!(fs::read_to_string(folder.path().join(&listed[0]).join(MAIN)).expect("read"), "another");
        for name in ["", "..", "set-aside-", "set-aside-../..", "damaged-0", "set-aside-2026-11-23", "/etc"] {
            assert_eq!(find(folder.path(), name).expect_err(name).code(), ErrorCode::NotFound, "{name}");
        }
    }
}
