//! The public page behind the code on a printed record, and the record as PDF in the console.

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::SeededRandom;
use ancu_shared::id::ChangeHash;
use ancu_shared::record::attendance::{Attendee, AttendeeRole, Conclusion, ConclusionStatement, Hand, content_hash};
use ancu_shared::record::key::Key;
use ancu_shared::record::proof::{PATH, Proof};
use ancu_shared::record::register::{Register as _, SealStatement, Verdict};
use ancu_shared::record::seal;
use ancu_shared::view::InspectionView;
use ancu_sync_server::service::compaction;
use reqwest::{Method, StatusCode};

use crate::support::{Record, TestDevice, TestServer, other_ward, problem, ward};

/// What anybody is shown at the address of a code.
async fn page(server: &TestServer, code: &str) -> (StatusCode, String) {
    let response = server.client.get(server.url(&format!("{PATH}{code}"))).send().await.expect("an answer");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(response.headers()["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    (response.status(), response.text().await.expect("text"))
}

/// A visit that was concluded, signed by hand and sealed; the seal is sent where `sent`.
async fn sealed(server: &TestServer, device: &TestDevice, sent: bool) -> (Record, String) {
    let (facility, first) = Record::facility(device, ward(), "Nhà trọ <b>Hoa Sen</b>");
    let (mut visit, begun) = Record::inspection(device, ward(), facility.id);
    let (at, by) = (server.now(), device.person());
    let concluded = ConclusionStatement { conclusion: Conclusion::UnsafeRemediable, words: String::new(), at, by };
    let answered = visit.answer("A-1", Verdict::Fail);
    let said = visit.write(&[(ConclusionStatement::key(), concluded.to_scalar())]);
    device.admitted(&[first, begun, answered, said]).await;
    let (name, position, words) = ("Nguyễn Thị Hoa".to_owned(), "Chủ nhà".to_owned(), String::new());
    let role = AttendeeRole::Representative;
    let mut attendee = Attendee { role, name, position, words, hand: None, unsigned: None, at, by };
    let on = attendee.hash_on(&content_hash(&visit.cells()));
    attendee.hand = Some(Hand { strokes: vec![vec![10, 10, 90, 90]], times: vec![0], on });
    let signed =
        visit.write(&[(Key::parse("a/018f0000-0000-7000-8000-000000000001").expect("a key"), attendee.to_scalar())]);
    let sealed = visit.seal();
    device.admitted(&[signed]).await;
    let code = code_of(&mut visit);
    if sent {
        device.admitted(&[sealed]).await;
    }
    (visit, code)
}

fn code_of(visit: &mut Record) -> String {
    let cells = visit.cells();
    let seal = cells.iter().find(|cell| cell.key.starts_with("g/")).expect("a seal");
    let seal = SealStatement::from_scalar(&seal.value).expect("a seal");
    Proof { document: visit.id, seal }.to_code().expect("a code")
}

#[tokio::test]
async fn who_holds_the_paper_reads_what_became_of_the_record_and_nothing_of_its_people() {
    let (server, one, _) = TestServer::reviewed().await;
    let (visit, code) = sealed(&server, &one, true).await;
    for folded in [false, true] {
        if folded {
            compaction::all(server.running.app(), 0).await.expect("folded");
        }
        let (status, shown) = page(&server, &code).await;
        assert_eq!(status, StatusCode::OK);
        for told in ["Biên bản có thật", "Không đảm bảo an toàn", "đã ký · signed", &visit.id.to_string(), "chờ duyệt"]
        {
            assert!(shown.contains(told), "{told}: {shown}");
        }
        assert!(shown.contains("Nhà trọ &lt;b&gt;Hoa Sen&lt;/b&gt;"), "a name is text: {shown}");
        assert!(!shown.contains("Nguyễn Thị Hoa"), "who signed for the premises is not told");
    }
    let cookie = server.login("duyet1").await;
    let view: InspectionView =
        serde_json::from_value(server.get(&cookie, &format!("/api/v1/inspections/{}", visit.id)).await)
            .expect("a view");
    assert!(view.attendance[0].covers && !view.attendance[0].open, "{:?}", view.attendance);
    assert_eq!(view.summary.conclusion, Some(Conclusion::UnsafeRemediable));
}

#[tokio::test]
async fn a_code_that_is_not_the_records_own_tells_nothing() {
    let (server, one, _) = TestServer::reviewed().await;
    let (visit, code) = sealed(&server, &one, false).await;
    let (status, shown) = page(&server, &code).await;
    assert_eq!(status, StatusCode::OK);
    assert!(shown.contains("chưa về máy chủ") && !shown.contains("Hoa Sen"), "{shown}");
    // A stranger seals the same record with a key of their own: the signature holds, nobody certified it.
    let stranger = AuthorSecret::generate(&mut SeededRandom::new(99));
    let seal = seal::seal(visit.id, vec![ChangeHash([7; 32])], &stranger, server.now(), one.person());
    let forged = Proof { document: visit.id, seal }.to_code().expect("a code");
    let (status, shown) = page(&server, &forged).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(shown.contains("Không phải biên bản của thành phố") && !shown.contains("Hoa Sen"), "{shown}");
    let changed = format!("{}A{}", &code[..30], &code[31..]);
    for (wrong, told) in
        [(changed.as_str(), "Chữ ký KHÔNG đúng"), ("abc", "Mã không đọc được"), ("%3Cscript%3E", "Mã không đọc được")]
    {
        let (status, shown) = page(&server, wrong).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{wrong}");
        assert!(shown.contains(told) && !shown.contains("<script"), "{wrong}: {shown}");
    }
}

#[tokio::test]
async fn the_console_prints_what_its_reader_may_see() {
    let (server, one, _) = TestServer::reviewed().await;
    let (visit, _) = sealed(&server, &one, true).await;
    let path = format!("/api/v1/inspections/{}/paper", visit.id);
    let cookie = server.login("duyet1").await;
    let response = server.call(&cookie, Method::GET, &path, None).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/pdf");
    let named = response.headers()["content-disposition"].to_str().expect("a name").to_owned();
    assert!(named.contains("bien-ban-") && named.contains("hoa-sen"), "{named}");
    let pdf = response.bytes().await.expect("bytes");
    assert!(pdf.starts_with(b"%PDF-1.7") && pdf.windows(10).any(|part| part == b"pdfaid:par"), "a PDF/A");
    let server = server.with_user("phuong_khac", ancu_shared::role::Role::CommuneDataOfficer, other_ward()).await;
    let stranger = server.login("phuong_khac").await;
    let refused = server.call(&stranger, Method::GET, &path, None).await;
    assert_eq!(problem(refused).await.status, 404, "as if it were not there");
}
