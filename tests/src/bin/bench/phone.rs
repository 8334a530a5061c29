//! An engine in this process, enrolled, and the bare store that it is measured against.

use std::path::Path;
use std::sync::Arc;

use ancu_field::ambient::{SystemClock, SystemRandom};
use ancu_field::api::{Command, dispatch};
use ancu_field::engine::{Engine, Surroundings};
use ancu_field::http::HttpsConnect;
use ancu_field::keyring::Cost;
use rusqlite::Connection;
use serde_json::{Value, json};
use tests::device::PIN;
use tests::story::text;

/// A device.
pub(crate) struct Phone {
    engine: Engine,
    folder: tempfile::TempDir,
}

impl Phone {
    /// Enrolls one and lets it fetch what there is.
    pub(crate) fn enrolled(link: &str) -> Self {
        let phone = Self::new(link);
        phone.exchange();
        phone
    }

    /// Enrols one that has exchanged nothing yet.
    pub(crate) fn new(link: &str) -> Self {
        Self::within(&std::env::temp_dir(), link)
    }

    /// The same, its store in a new folder within another.
    pub(crate) fn within(parent: &Path, link: &str) -> Self {
        let folder = tempfile::tempdir_in(parent).expect("a folder");
        let engine = Engine::open(folder.path(), Arc::new(SystemClock), Box::new(SystemRandom)).expect("an engine");
        Self { engine, folder }.enrolled_with(link)
    }

    /// The same, one of thousands: a PIN that costs nothing to try, because it is not what is measured.
    pub(crate) fn one_of_many(link: &str) -> Self {
        Self::with_cheap_pin(tempfile::tempdir().expect("a folder")).enrolled_with(link)
    }

    /// Switches on one of thousands again.
    pub(crate) fn switched_on(folder: tempfile::TempDir) -> Self {
        let phone = Self::with_cheap_pin(folder);
        phone.call(json!({ "command": "unlock", "pin": PIN }));
        phone
    }

    fn with_cheap_pin(folder: tempfile::TempDir) -> Self {
        let surroundings = Surroundings {
            clock: Arc::new(SystemClock),
            random: Box::new(SystemRandom),
            connect: Arc::new(HttpsConnect::default()),
            cost: Cost { memory_kib: 64, passes: 1 },
            automatic: false,
        };
        let engine = Engine::with(folder.path(), surroundings).expect("an engine");
        Self { engine, folder }
    }

    fn enrolled_with(self, link: &str) -> Self {
        self.call(json!({ "command": "enrol", "link": link, "pin": PIN, "device_name": "Máy đo" }));
        self
    }

    /// The same device with its store in a folder of the disk, where others have theirs.
    pub(crate) fn on_disk(self) -> Self {
        let (from, folder) = (self.closed(), tempfile::tempdir().expect("a folder"));
        for file in std::fs::read_dir(from.path()).expect("a store").flatten() {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("a copy");
        }
        let engine = Engine::open(folder.path(), Arc::new(SystemClock), Box::new(SystemRandom)).expect("an engine");
        let phone = Self { engine, folder };
        phone.call(json!({ "command": "unlock", "pin": PIN }));
        phone
    }

    /// A command's answer.
    pub(crate) fn call(&self, command: Value) -> Value {
        let told = format!("{command:.200}");
        let command: Command = serde_json::from_value(command).expect("a command");
        dispatch(&self.engine, command).unwrap_or_else(|problem| panic!("{told}: {problem:?}"))
    }

    /// Exchanges; nothing may be left unsent.
    pub(crate) fn exchange(&self) {
        let status = self.try_exchange();
        assert_eq!(status["unsent"]["records"], 0, "{status}");
        assert!(status["exchange"]["problem"].is_null(), "{status}");
    }

    /// Exchanges; how the device then stands.
    pub(crate) fn try_exchange(&self) -> Value {
        self.call(json!({ "command": "exchange_wait" }))
    }

    /// How many premises are here.
    pub(crate) fn premises(&self) -> u64 {
        let listed = self.call(json!({ "command": "facility_list", "query": "", "offset": 0, "limit": 1 }));
        listed["total"].as_u64().expect("a number")
    }

    /// Premises that have a template of their own.
    pub(crate) fn mini_apartments(&self) -> Vec<Value> {
        let listed = self.call(json!({
            "command": "facility_list", "query": "", "class": "mini_apartment", "offset": 0, "limit": 2000,
        }));
        let items = listed["items"].as_array().expect("a list");
        items.iter().map(|one| one["id"].clone()).collect()
    }

    /// Begins an inspection: its id, and the codes of its checks.
    pub(crate) fn begin(&self, facility: &Value) -> (String, Vec<String>) {
        let (inspection, sections) = self.begin_whole(facility);
        let checks = sections.iter().flatten().filter(|item| item["input"]["type"] == "verdict");
        (inspection, checks.map(|item| text(&item["code"]).to_owned()).collect())
    }

    /// Begins an inspection: its id, and the items of its template by section.
    pub(crate) fn begin_whole(&self, facility: &Value) -> (String, Vec<Vec<Value>>) {
        let started = self.call(json!({ "command": "inspection_start", "facility": facility }));
        let reference = &started["summary"]["template"];
        let template =
            self.call(json!({ "command": "template", "code": reference["code"], "version": reference["version"] }));
        let groups = template["groups"].as_array().expect("groups").iter();
        let sections = groups.map(|group| group["items"].as_array().expect("items").clone()).collect();
        (text(&started["summary"]["id"]).to_owned(), sections)
    }

    /// Switches the device off: its store, closed.
    pub(crate) fn closed(self) -> tempfile::TempDir {
        self.call(json!({ "command": "lock" }));
        drop(self.engine);
        self.folder
    }

    /// Where the device keeps its files: what it is measured against lies on the same disk.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// A store of one table, as durable as ours.
pub(crate) fn bare_sqlite(folder: &Path) -> Connection {
    set_up(Connection::open(folder.join("limit.db")).expect("a database"))
}

fn set_up(connection: Connection) -> Connection {
    connection.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    connection.pragma_update(None, "synchronous", "FULL").expect("FULL");
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        .expect("a table");
    connection
}

/// Writes these bytes to a bare store, so many rows a commit.
pub(crate) fn append_bare(folder: &Path, rows: &[Vec<u8>], batch: usize) {
    append(bare_sqlite(folder), rows, batch);
}

/// The same to one that is encrypted as a device's is.
pub(crate) fn append_encrypted(folder: &Path, rows: &[Vec<u8>], batch: usize) {
    let connection = Connection::open(folder.join("encrypted.db")).expect("a database");
    connection.pragma_update(None, "key", format!("x'{}'", "5a".repeat(32))).expect("a key");
    append(set_up(connection), rows, batch);
}

fn append(mut connection: Connection, rows: &[Vec<u8>], batch: usize) {
    for batch in rows.chunks(batch) {
        let transaction = connection.transaction().expect("a transaction");
        {
            let mut insert = transaction.prepare_cached("INSERT INTO row (body) VALUES (?1)").expect("a statement");
            for bytes in batch {
                insert.execute([bytes]).expect("a row");
            }
        }
        transaction.commit().expect("a commit");
    }
}
