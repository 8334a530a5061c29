//! The whole matrix: every route, as nobody, as a device, and in every role.

use std::collections::BTreeMap;

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::role::Role;
use ancu_shared::unit::UnitKind;
use ancu_sync_server::http::routes::{Access, Rule};
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{TestServer, city, code_of, ward};

/// A path of a route, with something in its places.
fn path(rule: &Rule) -> String {
    let id = "00000000-0000-7000-8000-000000000001";
    let hash = "ab".repeat(32);
    let users = rule.path.starts_with("/uploads");
    rule.path
        .replace("{hash}", &hash)
        .replace("{sha256}", &hash)
        .replace("{code}", "test")
        .replace("{version}", "1")
        .replace("{id}", if users { "nothing" } else { id })
}

/// Whether a response let the caller in: whatever the handler then made of an empty request.
async fn let_in(response: Response) -> Result<(), ErrorCode> {
    if response.status().is_success() {
        return Ok(());
    }
    assert!(response.status().as_u16() < 500, "{}", response.status());
    if response.headers().get("content-type").is_none_or(|kind| kind != "application/problem+json") {
        return Ok(()); // answers to HEAD have no body
    }
    let problem: Problem = response.json().await.expect("problem");
    match problem.known_code() {
        code @ (ErrorCode::LoginRequired | ErrorCode::Forbidden | ErrorCode::DeviceRevoked) => Err(code),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_lists_and_nobody_else() {
    let mut server = TestServer::start().await;
    for role in Role::ALL {
        let unit = if role.fits(UnitKind::City) { city() } else { ward() };
        server = server.with_user(role.code(), role, unit).await;
    }
    let device = server.enrol(Role::CommuneDataOfficer.code()).await;
    let mut cookies = BTreeMap::new();
    for role in Role::ALL {
        cookies.insert(role, server.login(role.code()).await);
    }
    let mut rules = server.running.rules.clone();
    // Logging out comes last: the sessions are needed until then.
    rules.sort_by_key(|rule| rule.method == Method::DELETE);
    assert!(rules.len() > 30, "{}", rules.len());
    for rule in &rules {
        // Nobody.
        let nobody = server.call("", rule.method.clone(), &path(rule), None).await;
        let public = matches!(rule.access, Access::Public | Access::Login);
        if rule.method == Method::HEAD {
            assert_eq!(nobody.status().as_u16(), 401, "{rule:?}");
        } else {
            assert_eq!(let_in(nobody).await.is_ok(), public, "nobody at {rule:?}");
        }
        // A device with its token.
        if !matches!(rule.access, Access::Login) {
            let response = device.raw(rule.method.clone(), &path(rule), Vec::new()).await;
            let expected = matches!(rule.access, Access::Public | Access::Device);
            if rule.method != Method::HEAD {
                assert_eq!(let_in(response).await.is_ok(), expected, "a device at {rule:?}");
            }
        }
        // Every role.
        for role in Role::ALL {
            let cookie = &cookies[&role];
            let response = server.call(cookie, rule.method.clone(), &path(rule), None).await;
            let expected = match rule.access {
                Access::Public | Access::Login | Access::SignedIn => true,
                Access::Device => false,
                Access::Roles(roles) => roles.contains(&role),
            };
            if rule.method != Method::HEAD {
                assert_eq!(let_in(response).await.is_ok(), expected, "{role:?} at {rule:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let server = TestServer::start().await.with_user("quantri", Role::SysAdmin, city()).await;
    let cookie = server.login("quantri").await;
    for rule in server.running.rules.iter().filter(|rule| rule.path.starts_with("/api/") && rule.method != Method::GET)
    {
        let request = server.client.request(rule.method.clone(), server.url(&path(rule))).header("cookie", &cookie);
        let response = request.send().await.expect("send");
        let code = code_of(response).await;
        // Whoever has no right there is told that first.
        assert!(matches!(code, ErrorCode::OriginForeign | ErrorCode::Forbidden), "{rule:?} {code:?}");
        assert!(rule.access != Access::Login || code == ErrorCode::OriginForeign, "{rule:?}");
    }
}

#[tokio::test]
async fn the_description_names_every_route_and_says_what_is_enforced() {
    let server = TestServer::start().await;
    let description = server.get("", "/api/openapi.json").await;
    assert_eq!(description["openapi"], "3.1.0");
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    let codes = description["components"]["schemas"]["ErrorCode"]["enum"].as_array().expect("codes");
    assert_eq!(codes.len(), ErrorCode::ALL.len());
    let mut described = 0;
    for rule in server.running.rules.iter().filter(|rule| rule.path.starts_with("/api/v1/")) {
        let operation = &description["paths"][rule.path][&rule.method.as_str().to_ascii_lowercase()];
        assert!(operation.is_object(), "{rule:?}");
        described += 1;
        let (session, page) = match rule.access {
            Access::Login => (false, true),
            _ => (true, rule.method != Method::GET),
        };
        let needed = &operation["security"][0];
        assert_eq!((needed["session"].is_array(), needed["page"].is_array()), (session, page), "{rule:?}");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.contains_key("401") && responses.contains_key("default"), "{rule:?}");
        for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            assert_eq!(response["content"]["application/problem+json"]["schema"], problem, "{status} {rule:?}");
            assert!(response["description"].as_str().is_some_and(|words| words.contains('`')), "{status} {rule:?}");
        }
        // What is answered has a shape: nothing is "an object", and no file is a list of numbers.
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('2')) {
            let contents = response["content"].as_object();
            assert_eq!(contents.is_none(), status == "204", "{status} {rule:?}");
            for content in contents.into_iter().flatten().map(|(_, content)| &content["schema"]) {
                let named = content.get("$ref").or_else(|| content["items"].get("$ref"));
                assert!(named.is_some() || content["format"] == "binary", "{rule:?} {content}");
            }
        }
    }
    let paths = description["paths"].as_object().expect("paths");
    let operations: usize = paths.values().map(|item| item.as_object().map_or(0, serde_json::Map::len)).sum();
    assert_eq!(described, operations, "nothing is described that is not there");
}
