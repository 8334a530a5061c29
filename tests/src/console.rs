//! A browser user's session at the JSON API, over real TLS.

use std::sync::Once;

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{Certificate, Method, StatusCode};
use serde_json::Value;

use crate::server::Server;

/// A session cookie and a client that trusts this one server.
#[derive(Debug)]
pub struct Console {
    client: Client,
    url: String,
    cookie: String,
}

/// A refusal: the HTTP status and the `problem+json` body.
#[derive(Debug, Clone)]
pub struct Refused {
    /// HTTP status.
    pub status: StatusCode,
    /// The body.
    pub problem: Value,
}

impl Refused {
    /// The problem's closed code.
    pub fn code(&self) -> &str {
        self.problem["code"].as_str().unwrap_or_default()
    }
}

/// The one provider of cryptography of this process, chosen before its first client is built.
fn choose_provider() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Where an engine in this process was first, the choice is made, and the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client that trusts the authority of this server and no other.
pub fn client(server: &Server) -> Client {
    choose_provider();
    let authority = Certificate::from_pem(&server.authority()).expect("the authority's certificate");
    Client::builder().tls_certs_only([authority]).build().expect("a client")
}

/// A client for plain HTTP on the own machine: no patience of its own, a connection a request.
pub fn plain_client() -> Client {
    choose_provider();
    Client::builder().timeout(None).pool_max_idle_per_host(0).build().expect("a client")
}

impl Console {
    /// Logs in.
    pub fn log_in(server: &Server, username: &str, password: &str) -> Self {
        let mut console = Self { client: client(server), url: server.url(), cookie: String::new() };
        let body = serde_json::json!({ "username": username, "password": password });
        let response = console.request(Method::POST, "/api/v1/session").json(&body).send().expect("an answer");
        assert!(response.status().is_success(), "login of {username}: {:?}", response.text());
        let cookie = response.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next());
        cookie.expect("the login sets a cookie").clone_into(&mut console.cookie);
        console
    }

    /// A request with the session's cookie and the header that forms of other sites cannot send.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.url))
            .header("Cookie", &self.cookie)
            .header("X-Requested-With", "ancu")
    }

    /// `GET`, expecting an answer.
    pub fn get(&self, path: &str) -> Value {
        self.try_get(path).unwrap_or_else(|refused| panic!("GET {path}: {refused:?}"))
    }

    /// `GET`, expecting either.
    pub fn try_get(&self, path: &str) -> Result<Value, Refused> {
        answer(self.request(Method::GET, path).send().expect("an answer"))
    }

    /// `GET` of bytes.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        let response = self.request(Method::GET, path).send().expect("an answer");
        assert!(response.status().is_success(), "GET {path}: {}", response.status());
        response.bytes().expect("the body").to_vec()
    }

    /// `POST`, expecting an answer.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.try_post(path, body).unwrap_or_else(|refused| panic!("POST {path}: {refused:?}"))
    }

    /// `POST`, expecting either.
    pub fn try_post(&self, path: &str, body: &Value) -> Result<Value, Refused> {
        answer(self.request(Method::POST, path).json(body).send().expect("an answer"))
    }
}

fn answer(response: Response) -> Result<Value, Refused> {
    let status = response.status();
    let text = response.text().expect("the body");
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
    if status.is_success() { Ok(body) } else { Err(Refused { status, problem: body }) }
}
