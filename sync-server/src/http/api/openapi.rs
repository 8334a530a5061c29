//! `/api/openapi.json`: OpenAPI 3.1 of the JSON interface, made from the handlers, the types that they answer with, and the
//! list of routes.
//!
//! Invariant: shapes come from the types that are serialised, and who may call from the list that is enforced. What a handler
//! refuses for a reason of its own stands at the handler; what stands before it, or follows from its parameters and its body,
//! is added here.

use std::collections::BTreeMap;
use std::future::{Ready, ready};

use ancu_shared::error::{ErrorCode, Problem};
use axum::http::{Method, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, KnownFormat, OpenApi, Ref, RefOr, Response, Schema};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};

use crate::http::routes::{Access, REQUESTED_WITH, Rule, SESSION_COOKIE};
use crate::service::recorded::AuditKind;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "An Cư",
        description = "JSON interface of the sync server.\n\n\
            **Instants** are whole numbers: milliseconds since 1970-01-01T00:00:00Z, as the records themselves hold them \
            (`UtcMillis`). **Days** are `YYYY-MM-DD`, in Hà Nội.\n\n\
            **Errors** are `application/problem+json` (RFC 9457) with a closed `code` and a sentence in Vietnamese and in \
            English (`Problem`).\n\n\
            **Lists** are pages: `items`, how many there are in all (`total`), and the `cursor` of what follows (`next`), \
            null at the end. A parameter that is not known is refused.\n\n\
            **Members that this description does not name** may be added later; those that it names stay.\n\n\
            Log in by `POST /api/v1/session`. Every call that changes something carries `X-Requested-With: ancu`."
    ),
    components(schemas(Problem, AuditKind)),
    paths(
        super::session::open,
        super::session::close,
        super::session::me,
        super::overview::dashboard,
        super::overview::audit,
        super::overview::units,
        super::inspections::list,
        super::inspections::read,
        super::inspections::item_history,
        super::inspections::paper,
        super::inspections::decide,
        super::inspections::template,
        super::facilities::list,
        super::facilities::read,
        super::handover::list,
        super::handover::make,
        super::heads::list,
        super::heads::renew,
        super::findings::list,
        super::findings::read,
        super::measures::list,
        super::measures::of_facility,
        super::measures::note,
        super::photos::read,
        super::clashes::list,
        super::quarantine::list,
        super::quarantine::photo,
        super::quarantine::release,
        super::quarantine::to_set_aside,
        super::quarantine::set_aside,
        super::courier::import,
        super::courier::receipt,
        super::users::list,
        super::users::add,
        super::users::give_post,
        super::users::end_post,
        super::users::reset_password,
        super::users::close,
        super::users::invite,
        super::devices::list,
        super::devices::revoke
    )
)]
struct Description;

/// A file, byte by byte.
pub(super) struct Binary;

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl ToSchema for Binary {}

/// How a refusal is written.
const PROBLEM_TYPE: &str = "application/problem+json";
/// The session, among the ways to be let in.
const SESSION: &str = "session";
/// The header of our own pages, among the ways to be let in.
const PAGE: &str = "page";

/// The description of these routes.
fn describe(rules: &[Rule]) -> OpenApi {
    let mut description = Description::openapi();
    let components = description.components.get_or_insert_with(Default::default);
    let cookie = ApiKeyValue::with_description(SESSION_COOKIE, "Set by `POST /api/v1/session`.");
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let header = ApiKeyValue::with_description(
        REQUESTED_WITH,
        "Always `ancu`, at calls that change something: a form of another site cannot send it.",
    );
    components.add_security_scheme(PAGE, SecurityScheme::ApiKey(ApiKey::Header(header)));
    for rule in rules {
        if let Some(operation) = description.paths.paths.get_mut(rule.path).and_then(|item| at(item, &rule.method)) {
            complete(operation, rule);
        }
    }
    description
}

/// Serves the description of these routes, made once.
pub(super) fn serve(rules: &[Rule]) -> impl Fn() -> Ready<axum::response::Response> + Clone + use<> {
    // Texts and numbers only: it always serialises.
    let body = Bytes::from(serde_json::to_vec(&describe(rules)).unwrap_or_default());
    move || ready(([(header::CONTENT_TYPE, "application/json")], body.clone()).into_response())
}

fn at<'a>(item: &'a mut PathItem, method: &Method) -> Option<&'a mut Operation> {
    match *method {
        Method::GET => item.get.as_mut(),
        Method::POST => item.post.as_mut(),
        Method::DELETE => item.delete.as_mut(),
        _ => None,
    }
}

/// Says who may call an operation, and what is refused before its handler acts.
fn complete(operation: &mut Operation, rule: &Rule) {
    let changes = rule.method != Method::GET;
    operation.security = Some(match rule.access {
        Access::Public | Access::Device => Vec::new(),
        Access::Login => vec![SecurityRequirement::new(PAGE, NOTHING)],
        Access::SignedIn | Access::Roles(_) => {
            let session = SecurityRequirement::new(SESSION, NOTHING);
            vec![if changes { session.add(PAGE, NOTHING) } else { session }]
        }
    });
    if let Access::Roles(roles) = rule.access {
        let roles: Vec<_> = roles.iter().map(|role| format!("`{}`", role.code())).collect();
        let words = operation.description.take().map(|words| words + "\n\n").unwrap_or_default();
        operation.description = Some(format!("{words}For: {}.", roles.join(", ")));
    }
    let mut refused: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in refusals(operation, rule, changes) {
        refused.entry(code.http_status()).or_default().push(code);
    }
    for (status, codes) in refused {
        let codes: Vec<_> = codes.iter().map(|code| format!("`{}`", code.code())).collect();
        let response =
            operation.responses.responses.entry(status.to_string()).or_insert_with(|| Response::new("").into());
        if let RefOr::T(response) = response {
            let words = std::mem::take(&mut response.description);
            let end = if words.is_empty() { "" } else { ". " };
            response.description = format!("{words}{end}{}", codes.join(", "));
        }
    }
    let other = Response::new("Anything else: `internal`, `unavailable`, `server_store_damaged` and so on");
    operation.responses.responses.insert("default".to_owned(), other.into());
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if status == "default" || status.starts_with('4') {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert(PROBLEM_TYPE.to_owned(), problem.into());
        } else if response.description.is_empty() {
            // Every response has one; the shape says the rest.
            "As asked".clone_into(&mut response.description);
        }
    }
}

const NOTHING: [&str; 0] = [];

/// The refusals that follow from who may call, from the parameters, and from the body.
fn refusals(operation: &Operation, rule: &Rule, changes: bool) -> Vec<ErrorCode> {
    let mut codes = Vec::new();
    match rule.access {
        Access::Public | Access::Device => {}
        Access::Login => {
            codes.extend([ErrorCode::LoginFailed, ErrorCode::OriginForeign, ErrorCode::TooManyRequests]);
        }
        Access::SignedIn => codes.push(ErrorCode::LoginRequired),
        Access::Roles(_) => codes.extend([ErrorCode::LoginRequired, ErrorCode::Forbidden]),
    }
    if changes && rule.access != Access::Login {
        codes.push(ErrorCode::OriginForeign);
    }
    let mut queried = false;
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        match parameter.parameter_in {
            ParameterIn::Path if !codes.contains(&ErrorCode::NotFound) => codes.push(ErrorCode::NotFound),
            ParameterIn::Query => queried = true,
            _ => {}
        }
        if parameter.name == "cursor" {
            codes.push(ErrorCode::CursorInvalid);
        }
    }
    let body = operation.request_body.is_some();
    if queried || body {
        codes.push(ErrorCode::RequestMalformed);
    }
    if body {
        codes.push(ErrorCode::TooLarge);
    }
    let json = operation.request_body.as_ref().is_some_and(|body| match body {
        RefOr::T(body) => body.content.contains_key("application/json"),
        RefOr::Ref(_) => false,
    });
    if json {
        codes.push(ErrorCode::MediaTypeWrong);
    }
    if queried || json {
        codes.push(ErrorCode::FieldInvalid);
    }
    codes
}
