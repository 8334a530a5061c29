//! Accounts: their posts, passwords and enrolment codes, and their end.

use std::sync::Arc;

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::PersonId;
use ancu_shared::role::{Post, Role};
use ancu_shared::view::Page;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ID, Paging, malformed};
use crate::http::extract::{Json, Named, Params};
use crate::http::problem::{Answer, Failure};
use crate::service::access::Caller;
use crate::service::accounts::{self, Code, NewAccount};
use crate::service::admin::{self, UserView};
use crate::service::{App, Outcome, posts};

/// Accounts, by login name.
#[utoipa::path(get, path = "/api/v1/users", tag = "administration",
    params(("cursor" = Option<String>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<UserView>)))]
pub(super) async fn list(State(app): State<App>, Params(paging): Params<Paging>) -> Answer<Json<Page<UserView>>> {
    let slice = paging.slice()?;
    let service = Arc::clone(&app);
    let page: Outcome<_> = app.store.read(move |transaction| admin::users(&service, transaction, slice)).await;
    Ok(Json(page?))
}

/// An account to be added.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct NewUser {
    /// Login name.
    username: String,
    /// The person's name.
    name: String,
    /// Password; without one, one is made and shown once.
    password: Option<String>,
    /// Role of the first post.
    role: Role,
    /// Unit of the first post.
    unit: String,
    /// First day of the post.
    valid_from: Option<Date>,
    /// First day no longer held.
    valid_to: Option<Date>,
}

/// An account that was added.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct AddedUser {
    /// The account.
    #[serde(flatten)]
    user: UserView,
    /// The password that was made; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// Add an account.
#[utoipa::path(post, path = "/api/v1/users", tag = "administration", request_body = NewUser,
    responses((status = 201, body = AddedUser), (status = 409, description = "The login name is taken: `username_taken`")))]
pub(super) async fn add(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Json(new): Json<NewUser>,
) -> Answer<Response> {
    not_a_head(new.role)?;
    let unit = new.unit.parse().map_err(|_| malformed("unit", ID))?;
    let post = Post { role: new.role, unit, valid_from: new.valid_from, valid_to: new.valid_to };
    let account = NewAccount {
        username: new.username,
        name: new.name,
        password: new.password.filter(|password| !password.is_empty()),
        post: Some(post),
    };
    let (person, password) = accounts::add(&app, Some(caller.id()), account).await?;
    let user = user(&app, person.id).await?;
    Ok((StatusCode::CREATED, Json(AddedUser { user, password })).into_response())
}

/// An account as it is now.
async fn user(app: &App, person: PersonId) -> Outcome<UserView> {
    let service = Arc::clone(app);
    app.store
        .read(move |transaction| {
            let person = transaction.person(person)?.ok_or(ErrorCode::NotFound)?;
            Ok(admin::user(&service, transaction, person)?)
        })
        .await
}

/// A post to be given.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct NewPost {
    /// What the person does.
    role: Role,
    /// Where.
    unit: String,
    /// First day; without one, today.
    valid_from: Option<Date>,
    /// First day no longer held.
    valid_to: Option<Date>,
}

/// Give an account another post.
#[utoipa::path(post, path = "/api/v1/users/{id}/posts", tag = "administration", params(("id" = String, Path)),
    request_body = NewPost, responses((status = 201, body = UserView)))]
pub(super) async fn give_post(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<PersonId>,
    Json(new): Json<NewPost>,
) -> Answer<Response> {
    not_a_head(new.role)?;
    let unit = new.unit.parse().map_err(|_| malformed("unit", ID))?;
    let valid_from = new.valid_from.or_else(|| Some(app.now().hanoi_date()));
    let post = Post { role: new.role, unit, valid_from, valid_to: new.valid_to };
    posts::give(&app, Some(caller.id()), id, post).await?;
    Ok((StatusCode::CREATED, Json(user(&app, id).await?)).into_response())
}

/// A post to be ended.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct EndedPost {
    /// What the person does.
    role: Role,
    /// Where.
    unit: String,
    /// First day no longer held; without one, today.
    valid_to: Option<Date>,
}

/// End a post: from a day on it is held no more, nor again later where it was given again. What came before that day stays.
#[utoipa::path(post, path = "/api/v1/users/{id}/posts/end", tag = "administration", params(("id" = String, Path)),
    request_body = EndedPost, responses((status = 200, body = UserView),
    (status = 409, description = "Nobody would administer the system: `last_administrator`, with the first day without anybody")))]
pub(super) async fn end_post(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<PersonId>,
    Json(ended): Json<EndedPost>,
) -> Answer<Json<UserView>> {
    let unit = ended.unit.parse().map_err(|_| malformed("unit", ID))?;
    let day = ended.valid_to.unwrap_or_else(|| app.now().hanoi_date());
    if posts::end(&app, Some(caller.id()), id, Some((ended.role, unit)), day).await? == 0 {
        return Err(Problem::field(
            "valid_to",
            "Không có nhiệm vụ nào như vậy còn giữ từ ngày này. Hãy xem lại ngày; danh sách tài khoản ghi từng nhiệm vụ đến ngày nào.",
            "No such post is held from this day on. Look at the day again; the list of accounts says until when each is held.",
        )
        .into());
    }
    Ok(Json(user(&app, id).await?))
}

/// A password that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct MadePassword {
    /// Shown this once.
    password: String,
}

/// Make a new password for an account, in the place of a forgotten one. Its sessions end; its devices have their own PINs.
#[utoipa::path(post, path = "/api/v1/users/{id}/password", tag = "administration", params(("id" = String, Path)),
    responses((status = 201, body = MadePassword), (status = 422, description = "The account is closed: `field_invalid`")))]
pub(super) async fn reset_password(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<PersonId>,
) -> Answer<Response> {
    let made = accounts::set_password(&app, Some(caller.id()), id, None).await?;
    // One is made wherever none is given.
    let password = made.ok_or(ErrorCode::Internal)?;
    Ok((StatusCode::CREATED, Json(MadePassword { password })).into_response())
}

/// Close an account, for good: its sessions end, its devices are turned away, what they have not sent stays on them. One that is
/// closed stays as it is.
#[utoipa::path(post, path = "/api/v1/users/{id}/close", tag = "administration", params(("id" = String, Path)),
    responses((status = 200, body = UserView),
    (status = 409, description = "Nobody would administer the system: `last_administrator`, with the first day without anybody")))]
pub(super) async fn close(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<PersonId>,
) -> Answer<Json<UserView>> {
    accounts::close(&app, Some(caller.id()), id).await?;
    Ok(Json(user(&app, id).await?))
}

fn not_a_head(role: Role) -> Result<(), Problem> {
    if !role.is_citizen() {
        return Ok(());
    }
    Err(Problem::field(
        "role",
        "Chủ hộ đăng ký máy bằng mã mời của cán bộ.",
        "Household heads enrol by an officer's invitation.",
    ))
}

/// A one-time enrolment code.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EnrolmentCode {
    /// The link that holds it.
    link: String,
    /// The link as a QR code (SVG).
    qr_svg: String,
    /// The code.
    code: String,
    /// Until when it works.
    expires_at: UtcMillis,
}

/// Make a one-time enrolment code for an account.
#[utoipa::path(post, path = "/api/v1/users/{id}/enrolment-codes", tag = "administration", params(("id" = String, Path)),
    responses((status = 201, body = EnrolmentCode)))]
pub(super) async fn invite(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<PersonId>,
) -> Answer<Response> {
    shown(accounts::invite(&app, Some(caller.id()), id).await?)
}

/// A code as it is shown this once.
pub(super) fn shown(code: Code) -> Answer<Response> {
    let picture = qrcode::QrCode::with_error_correction_level(&code.link, qrcode::EcLevel::M).map_err(|error| {
        tracing::error!(%error, "a QR code");
        Failure::from(ErrorCode::Internal)
    })?;
    let qr_svg = picture.render::<qrcode::render::svg::Color<'_>>().min_dimensions(320, 320).build();
    let body = EnrolmentCode { link: code.link, qr_svg, code: code.code, expires_at: code.expires_at };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}
