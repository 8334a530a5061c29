//! A server with its own folder and clock, people, devices and records for tests.

mod device;
mod record;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ancu_shared::clock::{Clock, UtcMillis};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{PersonId, UnitId};
use ancu_shared::role::{Post, Role};
use ancu_shared::unit::{Coverage, Unit, UnitKind, official_unit_id};
use ancu_sync_server::clock::{SystemClock, SystemRandom};
use ancu_sync_server::service::accounts::{self, NewAccount};
use ancu_sync_server::service::{Refused, posts};
use ancu_sync_server::store::rows::TemplateRow;
use ancu_sync_server::{Config, Running, Server};
use jiff::civil::{Date, date};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) use device::{TestDevice, packed, unpacked};
pub(crate) use record::{Record, header, photo_at, review, visit_of};

/// 2026-11-21T01:00:00Z
pub(crate) const START: i64 = 1_795_222_800_000;
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const PASSWORD: &str = "a long password";

/// A clock that tests move.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.load(Ordering::SeqCst))
    }
}

/// A server of one test.
pub(crate) struct TestServer {
    pub(crate) running: Running,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) client: Client,
    pub(crate) config: Config,
    folder: Option<tempfile::TempDir>,
}

pub(crate) fn city() -> UnitId {
    official_unit_id("01", None)
}

pub(crate) fn ward() -> UnitId {
    official_unit_id("00001", Some(date(2025, 7, 1)))
}

pub(crate) fn other_ward() -> UnitId {
    official_unit_id("00002", Some(date(2025, 7, 1)))
}

pub(crate) fn team() -> UnitId {
    official_unit_id("team", None)
}

fn units() -> (Vec<Unit>, Vec<Coverage>) {
    let from = Some(date(2025, 7, 1));
    let unit = |id, code: &str, name: &str, kind, parent, valid_from| Unit {
        id,
        code: code.into(),
        name: name.into(),
        full_name: name.into(),
        kind,
        parent,
        valid_from,
        valid_to: None,
    };
    let units = vec![
        unit(city(), "01", "Thành phố Hà Nội", UnitKind::City, None, None),
        unit(ward(), "00001", "Phường Khương Đình", UnitKind::Ward, Some(city()), from),
        unit(other_ward(), "00002", "Phường Láng", UnitKind::Ward, Some(city()), from),
        unit(team(), "", "Đội khu vực", UnitKind::AreaTeam, Some(city()), None),
    ];
    (units, vec![Coverage { team: team(), unit: ward(), valid_from: None, valid_to: None }])
}

/// The template of tests: three checks.
pub(crate) fn template() -> Value {
    let words = |text: &str| json!({ "vi": text, "en": text });
    let item = |code: &str| {
        json!({
            "code": code, "survey": false, "title": words(code), "input": { "type": "verdict" }, "severity": "major",
            "photo": "optional", "required": true, "remedy": words("x"), "citations": []
        })
    };
    json!({
        "schema": 1, "code": "test", "version": "1", "title": words("Test"), "notice": words(""), "citations": [],
        "groups": [{ "code": "A", "title": words("A"), "items": [item("A-1"), item("A-2"), item("A-3")] }]
    })
}

impl TestServer {
    /// A server with units and a template, and nobody yet.
    pub(crate) async fn start() -> Self {
        Self::start_at(UtcMillis(START)).await
    }

    /// The same, where the real program goes on with its folder: it has the machine's clock.
    pub(crate) async fn start_by_the_machines_clock() -> Self {
        Self::start_at(SystemClock.now()).await
    }

    async fn start_at(now: UtcMillis) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let config = Config {
            listen: "127.0.0.1:0".parse().expect("address"),
            data: folder.path().join("var"),
            login_tries_per_minute: 20,
            ..Config::default()
        };
        let clock = Arc::new(TestClock(AtomicI64::new(now.0)));
        let mut server = Self::run(config, clock).await;
        server.folder = Some(folder);
        let job = server.running.app().store.write(|transaction| {
            let (units, coverages) = units();
            transaction.put_units(&units)?;
            transaction.put_coverages(&coverages)?;
            let body = template_bytes();
            let sha256 = hex::encode(Sha256::digest(&body));
            let template = TemplateRow { code: "test".into(), version: "1".into(), sha256, current: true };
            transaction.put_template(&template, body.as_slice(), UtcMillis(START))?;
            Ok::<_, Refused>(())
        });
        job.await.expect("units");
        server
    }

    /// Starts a server on a folder.
    pub(crate) async fn run(config: Config, clock: Arc<TestClock>) -> Self {
        // Several servers run in one process; the first one's choice of provider is everybody's.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Clients judge certificates by the real time, whatever the test's clock says.
        ancu_sync_server::tls::load(&config, &ancu_sync_server::clock::SystemClock).expect("certificates");
        let running = Server::start_with(config.clone(), Arc::clone(&clock) as Arc<dyn Clock>, Box::new(SystemRandom))
            .await
            .expect("start");
        let ca = std::fs::read(config.certificates().join("ca.pem")).expect("ca");
        let ca = reqwest::Certificate::from_pem(&ca).expect("certificate");
        let client = Client::builder().tls_certs_only([ca]).build().expect("client");
        Self { running, clock, client, config, folder: None }
    }

    /// Stops the server and starts it again on the same folder.
    pub(crate) async fn restart(self) -> Self {
        let (config, clock, folder) = self.stop_and_keep().await;
        let mut again = Self::run(config, clock).await;
        again.folder = folder;
        again
    }

    /// The same, keeping a folder that a server before it left.
    pub(crate) fn keeping(mut self, folder: Option<tempfile::TempDir>) -> Self {
        self.folder = folder;
        self
    }

    /// Stops the server; what it leaves, for another to be started on.
    pub(crate) async fn stop_and_keep(self) -> (Config, Arc<TestClock>, Option<tempfile::TempDir>) {
        let Self { running, clock, config, folder, .. } = self;
        running.stop().await;
        (config, clock, folder)
    }

    /// The same with an account whose password is [`PASSWORD`].
    pub(crate) async fn with_user(self, username: &str, role: Role, unit: UnitId) -> Self {
        self.add_user(username, role, unit).await;
        self
    }

    /// A server with two officers of the ward, `canbo1` and `canbo2`.
    pub(crate) async fn with_two_officers() -> Self {
        let server = Self::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
        server.with_user("canbo2", Role::CommuneDataOfficer, ward()).await
    }

    /// The same with a reviewer above them, `duyet1`, and the officers' devices.
    pub(crate) async fn reviewed() -> (Self, TestDevice, TestDevice) {
        let server = Self::with_two_officers().await.with_user("duyet1", Role::AreaTeamReviewer, team()).await;
        let (one, two) = (server.enrol("canbo1").await, server.enrol("canbo2").await);
        (server, one, two)
    }

    /// The same with everybody who may ask what is held beside the ward's own reviewer: one of another ward (`duyet2`), an
    /// administrator (`quantri`), a head (`chuho`), and one who administers and reviews the other ward (`hai`).
    pub(crate) async fn with_every_desk(self) -> Self {
        let server = self
            .with_user("duyet2", Role::AreaTeamReviewer, other_ward())
            .await
            .with_user("quantri", Role::SysAdmin, city())
            .await
            .with_user("chuho", Role::HouseholdHead, ward())
            .await;
        let both = server.add_user("hai", Role::SysAdmin, city()).await;
        server.add_post(both, Role::AreaTeamReviewer, other_ward()).await;
        server
    }

    /// Gives somebody one more post, since always and without an end.
    pub(crate) async fn add_post(&self, person: PersonId, role: Role, unit: UnitId) {
        let post = Post { role, unit, valid_from: None, valid_to: None };
        let job = self.running.app().store.write(move |transaction| {
            transaction.add_post(person, &post)?;
            Ok::<_, Refused>(())
        });
        job.await.expect("post");
    }

    pub(crate) async fn add_user(&self, username: &str, role: Role, unit: UnitId) -> PersonId {
        let post = Post { role, unit, valid_from: Some(date(2026, 1, 1)), valid_to: None };
        let new = NewAccount {
            username: username.into(),
            name: format!("Người {username}"),
            password: Some(PASSWORD.into()),
            post: Some(post),
        };
        accounts::add(self.running.app(), None, new).await.expect("account").0.id
    }

    pub(crate) fn now(&self) -> UtcMillis {
        self.clock.now()
    }

    pub(crate) fn advance(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.running.addr)
    }

    /// Logs in; the cookie.
    pub(crate) async fn login(&self, username: &str) -> String {
        let response = self
            .client
            .post(self.url("/api/v1/session"))
            .header("x-requested-with", "ancu")
            .json(&json!({ "username": username, "password": PASSWORD }))
            .send()
            .await
            .expect("login");
        assert_eq!(response.status(), StatusCode::OK);
        let cookie = response.headers()["set-cookie"].to_str().expect("cookie").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("Secure") && cookie.contains("SameSite=Strict"));
        cookie.split(';').next().expect("cookie").to_owned()
    }

    /// Calls the JSON interface as a page of ours does.
    pub(crate) async fn call(&self, cookie: &str, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self.client.request(method, self.url(path)).header("x-requested-with", "ancu");
        if !cookie.is_empty() {
            request = request.header("cookie", cookie);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("call")
    }

    pub(crate) async fn get(&self, cookie: &str, path: &str) -> Value {
        let response = self.call(cookie, Method::GET, path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.expect("json")
    }

    /// Enrols a device of an account.
    pub(crate) async fn enrol(&self, username: &str) -> TestDevice {
        let code = self.code(username).await;
        TestDevice::enrol(self, ancu_shared::sync::wire::EnrolGrant::Code { code }, None).await.expect("enrol")
    }

    /// A one-time code for an account.
    pub(crate) async fn code(&self, username: &str) -> String {
        let person = self.person(username).await;
        accounts::invite(self.running.app(), None, person).await.expect("code").code
    }

    /// Whose account it is.
    pub(crate) async fn person(&self, username: &str) -> PersonId {
        let asked = username.to_owned();
        let found =
            self.running.app().store.read(move |transaction| Ok::<_, Refused>(transaction.person_by_username(&asked)?));
        found.await.expect("read").expect("account").id
    }

    /// Ends all posts of an account on a day.
    pub(crate) async fn end_posts(&self, username: &str, day: Date) {
        let person = self.person(username).await;
        posts::end(self.running.app(), None, person, None, day).await.expect("ended");
    }
}

fn template_bytes() -> Vec<u8> {
    serde_json::to_vec(&template()).expect("template")
}

/// The problem of a response that must be one.
pub(crate) async fn problem(response: Response) -> Problem {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json", "status {status}");
    let problem: Problem = response.json().await.expect("problem");
    assert_eq!(problem.status, status);
    assert!(!problem.vi.is_empty() && !problem.en.is_empty());
    problem
}

/// The code of a response that must be a problem.
pub(crate) async fn code_of(response: Response) -> ErrorCode {
    problem(response).await.known_code()
}
