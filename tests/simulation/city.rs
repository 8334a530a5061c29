//! The city: the real server, its real routes and store, without sockets. It crashes, is backed up and restored.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ancu_field::http::Request;
use ancu_shared::clock::{Clock, SeededRandom, UtcMillis};
use ancu_shared::id::{PersonId, UnitId};
use ancu_shared::role::{Post, Role};
use ancu_shared::unit::{Coverage, Unit, UnitKind, official_unit_id};
use ancu_sync_server::Config;
use ancu_sync_server::http::router;
use ancu_sync_server::service::{App, Refused, Service};
use ancu_sync_server::service::{accounts, photos};
use ancu_sync_server::store::rows::{PersonRow, TemplateRow};
use ancu_sync_server::store::{StoreError, Transaction};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use futures_util::stream;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use crate::disk::{self, Files};
use crate::network::Answer;

/// What links name and pin.
const URL: &str = "https://city.test";
const FINGERPRINT: [u8; 32] = [5; 32];
/// The database's file in the server's folder.
const DATABASE: &str = "server.db";

/// A person with an account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: PersonId,
}

/// A copy of everything: a backup that the server made, or its folder as it lay there.
struct Backup {
    folder: PathBuf,
    /// How many saved values the ledger knew then.
    pub(crate) ledger: usize,
}

/// The server and its disk.
pub(crate) struct City {
    runtime: tokio::runtime::Runtime,
    clock: Arc<dyn Clock>,
    root: PathBuf,
    folder: PathBuf,
    folders: u32,
    app: App,
    router: Router,
    backups: Vec<Backup>,
    /// Which life of the store it is: another after each restored backup.
    pub(crate) life: u32,
    /// Which run of the program it is.
    pub(crate) run: u32,
}

/// Ward number `number`.
pub(crate) fn ward(number: usize) -> UnitId {
    official_unit_id(&format!("0000{number}"), Some(jiff::civil::date(2025, 7, 1)))
}

/// The area team that answers for all wards.
pub(crate) fn team() -> UnitId {
    official_unit_id("team", None)
}

fn units(wards: usize) -> (Vec<Unit>, Vec<Coverage>) {
    let city = official_unit_id("01", None);
    let from = Some(jiff::civil::date(2025, 7, 1));
    let unit = |id, code: String, name: String, kind, parent, valid_from| {
        let full_name = name.clone();
        Unit { id, code, name, full_name, kind, parent, valid_from, valid_to: None }
    };
    let mut units = vec![
        unit(city, "01".into(), "Thành phố Hà Nội".into(), UnitKind::City, None, None),
        unit(team(), String::new(), "Đội khu vực".into(), UnitKind::AreaTeam, Some(city), None),
    ];
    let mut coverages = Vec::new();
    for number in 0..wards {
        let name = format!("Phường {number}");
        units.push(unit(ward(number), format!("0000{number}"), name, UnitKind::Ward, Some(city), from));
        coverages.push(Coverage { team: team(), unit: ward(number), valid_from: None, valid_to: None });
    }
    (units, coverages)
}

/// Three checks.
fn template() -> Value {
    let words = |text: &str| json!({ "vi": text, "en": text });
    let item = |code: &str, required: bool| {
        json!({
            "code": code, "survey": false, "title": words(code), "input": { "type": "verdict" }, "severity": "major",
            "photo": "optional", "required": required, "remedy": words("Khắc phục"), "citations": []
        })
    };
    json!({
        "schema": 1, "code": "mini_apartment", "version": "1", "title": words("Mẫu"), "notice": words(""),
        "citations": [],
        "groups": [{
            "code": "A", "title": words("A"),
            "items": [item("A-1", true), item("A-2", false), item("A-3", false)]
        }]
    })
}

impl City {
    /// A server with so many wards, and nobody yet.
    pub(crate) fn found(root: &Path, clock: Arc<dyn Clock>, wards: usize, random: &mut SeededRandom) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = root.join("city-0");
        let (app, router) = open(&runtime, &folder, &clock, random);
        let root = root.to_owned();
        let city = Self { runtime, clock, root, folder, folders: 0, app, router, backups: vec![], life: 0, run: 0 };
        city.write(move |transaction| {
            let (units, coverages) = units(wards);
            transaction.put_units(&units)?;
            transaction.put_coverages(&coverages)?;
            let body = serde_json::to_vec(&template()).expect("a template");
            let template = TemplateRow {
                code: "mini_apartment".into(),
                version: "1".into(),
                sha256: hex::encode(Sha256::digest(&body)),
                current: true,
            };
            transaction.put_template(&template, &body, UtcMillis(0))?;
            Ok(())
        });
        city
    }

    /// The services, for what is done beside HTTP.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Runs something of the server's to its end.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Reads in one transaction.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Transaction) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.wait(self.app.store.read(job)).expect("the store reads")
    }

    /// Writes in one transaction.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Transaction) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.wait(self.app.store.write(job)).expect("the store writes")
    }

    /// Adds somebody with a post.
    pub(crate) fn employ(&self, name: &str, role: Role, unit: UnitId) -> Account {
        let id = self.app.with_random(|random| PersonId::generate(&*self.clock, random));
        let account = Account { id };
        let person = PersonRow {
            id,
            name: name.to_owned(),
            username: Some(name.to_lowercase().replace(' ', ".")),
            password_hash: None,
            home: None,
            created_at: self.clock.now(),
            disabled_at: None,
        };
        self.write(move |transaction| {
            transaction.put_person(&person)?;
            transaction.add_post(person.id, &Post { role, unit, valid_from: None, valid_to: None })
        });
        account
    }

    /// A link for a device of this person.
    pub(crate) fn link(&self, person: PersonId) -> String {
        self.wait(accounts::invite(&self.app, None, person)).expect("a code").link
    }

    /// Does what a request asks; `whole`: how much of its body comes before the connection dies.
    pub(crate) fn handle(&self, request: &Request, whole: Option<usize>) -> Answer {
        let body = request.body.clone().unwrap_or_default();
        let body = match whole {
            None => Body::from(body),
            Some(bytes) => {
                let came = Ok(body[..bytes.min(body.len())].to_vec());
                let cut = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
                Body::from_stream(stream::iter([came, cut]))
            }
        };
        let mut asked = axum::http::Request::builder().method(request.method.clone()).uri(&request.path);
        if let Some(headers) = asked.headers_mut() {
            *headers = request.headers.clone();
        }
        let mut asked = asked.body(body).expect("a request");
        asked.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([10, 0, 0, 1], 1))));
        self.wait(async {
            let response = self.router.clone().oneshot(asked).await.expect("a router never fails");
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a body");
            Answer { status: parts.status, headers: parts.headers, body: body.to_vec() }
        })
    }

    /// The store's files as they are now.
    pub(crate) fn files(&self) -> Files {
        Files::of(&self.folder.join(DATABASE))
    }

    /// Loses power, with all or some of what was written since `before`, and starts again. Whether nothing was lost.
    pub(crate) fn crash(&mut self, before: &Files, random: &mut SeededRandom) -> bool {
        let next = self.next_folder();
        let whole = disk::crash(&self.folder, &next, DATABASE, before, random);
        self.start(next, random);
        whole
    }

    /// Stops in order and starts again.
    pub(crate) fn restart(&mut self, random: &mut SeededRandom) {
        self.app.store.close();
        self.start(self.folder.clone(), random);
    }

    /// Copies everything while it runs, as `ancu-server backup` does.
    pub(crate) fn back_up(&mut self, ledger: usize) {
        let folder = self.next_folder();
        std::fs::create_dir_all(&folder).expect("a folder");
        self.wait(self.app.store.backup(&folder.join(DATABASE))).expect("a backup");
        self.app.blobs.copy_to(&folder.join("blobs"), &mut Vec::new()).expect("the photos' backup");
        self.backups.push(Backup { folder, ledger });
    }

    /// Copies the folder as it lies there, as a snapshot of the machine or `cp -a` does: the server knows nothing of that.
    pub(crate) fn copy_plainly(&mut self, ledger: usize) {
        let folder = self.next_folder();
        disk::copy(&self.folder, &folder);
        self.backups.push(Backup { folder, ledger });
    }

    /// Loses the disk and takes a copy into use; how many saved values the ledger knew when it was made.
    pub(crate) fn restore(&mut self, random: &mut SeededRandom) -> Option<usize> {
        let chosen = random.below(self.backups.len());
        let backup = self.backups.get(chosen)?;
        let (folder, ledger) = (backup.folder.clone(), backup.ledger);
        let next = self.next_folder();
        disk::copy(&folder, &next);
        // What was backed up of the life that is lost is of no use for the next one.
        self.life += 1;
        self.start(next, random);
        Some(ledger)
    }

    fn next_folder(&mut self) -> PathBuf {
        self.folders += 1;
        self.root.join(format!("city-{}", self.folders))
    }

    fn start(&mut self, folder: PathBuf, random: &mut SeededRandom) {
        let (app, router) = open(&self.runtime, &folder, &self.clock, random);
        let before = std::mem::replace(&mut self.app, app);
        self.router = router;
        before.store.close();
        self.folder = folder;
        self.run += 1;
    }
}

fn open(
    runtime: &tokio::runtime::Runtime,
    folder: &Path,
    clock: &Arc<dyn Clock>,
    random: &mut SeededRandom,
) -> (App, Router) {
    let config = Config { data: folder.to_owned(), ..Config::default() };
    let random = Box::new(SeededRandom::new(random.next_u64()));
    let app =
        runtime.block_on(Service::open(config, Arc::clone(clock), random, FINGERPRINT)).expect("the server starts");
    runtime.block_on(photos::miss_lost(&app)).expect("the photos are looked for");
    let _ = app.link_url.set(URL.into());
    let router = router(&app).0;
    (app, router)
}

/// What a service refused, for the trace.
pub(crate) fn code_of(refused: &Refused) -> &'static str {
    refused.0.known_code().code()
}
