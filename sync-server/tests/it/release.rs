//! Versions of a checklist: some units get one before the others, and it can be taken back.

use ancu_shared::role::Role;
use ancu_sync_server::service::Refused;
use ancu_sync_server::store::rows::{ReleaseRow, TemplateRow};

use crate::support::{TestServer, city, other_ward, template, ward};

/// The version that a new device of an account is told to use.
async fn version(server: &TestServer, username: &str) -> String {
    let offered = server.enrol(username).await.context.templates;
    assert_eq!(offered.len(), 2, "records of either version can be read everywhere");
    let current: Vec<_> = offered.into_iter().filter(|offer| offer.current).map(|offer| offer.version).collect();
    current.join(" and ")
}

#[tokio::test]
async fn a_version_goes_to_some_units_first_then_to_all_and_back() {
    let server = TestServer::start().await.with_user("canbo1", Role::CommuneDataOfficer, ward()).await;
    let server = server.with_user("canbo2", Role::CommuneDataOfficer, other_ward()).await;
    let app = server.running.app();
    let now = server.now();
    let release = |unit| ReleaseRow { code: "test".into(), version: "2".into(), unit };
    let here = release(ward());
    let job = app.store.write(move |transaction| {
        let mut second = template();
        second["version"] = "2".into();
        let row = TemplateRow { code: "test".into(), version: "2".into(), sha256: "cd".repeat(32), current: false };
        transaction.put_template(&row, &serde_json::to_vec(&second).expect("template"), now)?;
        transaction.release_template_to(&here, now)?;
        Ok::<_, Refused>(())
    });
    job.await.expect("released");
    assert_eq!([version(&server, "canbo1").await, version(&server, "canbo2").await], ["2", "1"]);

    // What a unit above has stands for those below it that have none of their own.
    let above = release(city());
    let job = app.store.write(move |transaction| Ok::<_, Refused>(transaction.release_template_to(&above, now)?));
    job.await.expect("released");
    assert_eq!([version(&server, "canbo1").await, version(&server, "canbo2").await], ["2", "2"]);

    let job = app.store.write(|transaction| Ok::<_, Refused>(transaction.release_template("test", "1")?));
    job.await.expect("taken back");
    assert_eq!([version(&server, "canbo1").await, version(&server, "canbo2").await], ["1", "1"]);
}
