//! Logging in and out, and who one is.

use std::net::SocketAddr;
use std::sync::Arc;

use ancu_shared::id::PersonId;
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::http::extract::Json;
use crate::http::problem::Answer;
use crate::http::routes::{SESSION_COOKIE, session_token};
use crate::service::access::Caller;
use crate::service::admin::{PostView, post_views};
use crate::service::{App, Outcome, accounts};

/// What one logs in with.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct Login {
    /// Login name.
    username: String,
    /// Password.
    password: String,
}

/// Who is logged in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Me {
    /// The person.
    person: PersonId,
    /// The person's name.
    name: String,
    /// Login name.
    username: String,
    /// Posts held today.
    posts: Vec<PostView>,
    /// Where none is held today, the day on which the next begins.
    begins: Option<Date>,
}

/// Log in.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Login,
    responses((status = 200, body = Me, description = "Logged in; the cookie `ancu_session` is set")))]
pub(super) async fn open(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Json(login): Json<Login>,
) -> Answer<Response> {
    let (token, caller) = accounts::login(&app, &login.username, login.password, address.ip()).await?;
    let me = describe(&app, caller).await?;
    let seconds = u64::from(app.config.session_hours) * 3_600;
    Ok(with_cookie(Json(me).into_response(), &format!("{token}; Max-Age={seconds}")))
}

/// Log out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    responses((status = 204, description = "Logged out")))]
pub(super) async fn close(State(app): State<App>, headers: HeaderMap) -> Answer<Response> {
    if let Some(token) = session_token(&headers) {
        accounts::logout(&app, &token).await?;
    }
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), "; Max-Age=0"))
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/me", tag = "session", responses((status = 200, body = Me)))]
pub(super) async fn me(State(app): State<App>, Extension(caller): Extension<Caller>) -> Answer<Json<Me>> {
    Ok(Json(describe(&app, caller).await?))
}

async fn describe(app: &App, caller: Caller) -> Outcome<Me> {
    let service = Arc::clone(app);
    app.store
        .read(move |transaction| {
            let directory = service.directory(transaction)?;
            let day = caller.now.hanoi_date();
            let held: Vec<_> = caller.posts.iter().filter(|post| post.holds_on(day)).cloned().collect();
            let later = caller.posts.iter().filter(|post| post.valid_to.is_none_or(|to| post.valid_from < Some(to)));
            let begins = later.filter_map(|post| post.valid_from).filter(|from| *from > day).min();
            Ok(Me {
                person: caller.id(),
                name: caller.person.name.clone(),
                username: caller.person.username.clone().unwrap_or_default(),
                begins: begins.filter(|_| held.is_empty()),
                posts: post_views(&directory, &held),
            })
        })
        .await
}

fn with_cookie(mut response: Response, value: &str) -> Response {
    let cookie = format!("{SESSION_COOKIE}={value}; Path=/; HttpOnly; Secure; SameSite=Strict");
    // Tokens are base64url: the header is always a valid one.
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
