//! Numbers, units, the audit chain.

use std::sync::Arc;

use ancu_shared::role::Role;
use ancu_shared::view::Page;
use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{DAY, Paging, no_choice, optional, words};
use crate::http::extract::{Json, Params};
use crate::http::problem::Answer;
use crate::service::access::Caller;
use crate::service::admin::{self, UnitView, UnitsAsked};
use crate::service::clocks::ClockApart;
use crate::service::recorded::{self, AuditKind, AuditView};
use crate::service::{App, Outcome, console};

/// Numbers of the caller's scope.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Dashboard {
    /// Inspections awaiting review.
    waiting: u64,
    /// Inspections sent back.
    returned: u64,
    /// Inspections approved.
    approved: u64,
    /// Inspections being made.
    in_progress: u64,
    /// Premises.
    facilities: u64,
    /// Premises with a sealed inspection.
    inspected_facilities: u64,
    /// Declarations that nobody confirmed.
    declarations_waiting: u64,
    /// Envelopes in quarantine.
    quarantined: u64,
    /// Enrolled devices (administrators).
    devices: u64,
    /// That people's devices agree on another time than the server's clock (administrators).
    clock: Option<ClockApart>,
}

/// Numbers of the caller's scope.
#[utoipa::path(get, path = "/api/v1/dashboard", tag = "overview", responses((status = 200, body = Dashboard)))]
pub(super) async fn dashboard(State(app): State<App>, Extension(caller): Extension<Caller>) -> Answer<Json<Dashboard>> {
    let service = Arc::clone(&app);
    let numbers: Outcome<_> =
        app.store.read(move |transaction| console::dashboard(&service, transaction, &caller)).await;
    let (counts, devices, clock) = numbers?;
    Ok(Json(Dashboard {
        waiting: counts.waiting,
        returned: counts.returned,
        approved: counts.approved,
        in_progress: counts.in_progress,
        facilities: counts.facilities,
        inspected_facilities: counts.inspected_facilities,
        declarations_waiting: counts.declarations_waiting,
        quarantined: counts.quarantined,
        devices,
        clock,
    }))
}

/// What may be asked of the audit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditParams {
    kind: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Recorded actions, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "administration",
    params(("kind" = Option<AuditKind>, Query, description = "only actions of this kind"),
        ("cursor" = Option<String>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<AuditView>)))]
pub(super) async fn audit(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<AuditParams>,
) -> Answer<Json<Page<AuditView>>> {
    let kind = match params.kind.as_deref() {
        None | Some("") => None,
        Some(code) => match AuditKind::ALL.into_iter().find(|kind| kind.code() == code) {
            Some(kind) => Some(kind),
            None => return Err(no_choice("kind", &AuditKind::ALL.map(AuditKind::code))),
        },
    };
    let before = optional::<i64>(params.cursor.as_ref(), "cursor", "123")?;
    let limit = Paging { cursor: None, limit: params.limit }.limit()?;
    let service = Arc::clone(&app);
    let page: Outcome<_> =
        app.store.read(move |transaction| recorded::list(&service, transaction, &caller, kind, before, limit)).await;
    Ok(Json(page?))
}

/// What may be asked of the list of units.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitParams {
    day: Option<String>,
    q: Option<String>,
    scope: Option<String>,
    role: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Units in force on a day.
#[utoipa::path(get, path = "/api/v1/units", tag = "overview",
    params(("day" = Option<String>, Query), ("q" = Option<String>, Query),
        ("scope" = Option<String>, Query, description = "mine: only units whose records the caller reads"),
        ("role" = Option<Role>, Query, description = "only units where this role may be held"),
        ("cursor" = Option<String>, Query),
        ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<UnitView>)))]
pub(super) async fn units(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<UnitParams>,
) -> Answer<Json<Page<UnitView>>> {
    let day = optional(params.day.as_ref(), "day", DAY)?.unwrap_or_else(|| app.now().hanoi_date());
    let slice = Paging { cursor: params.cursor, limit: params.limit }.slice()?;
    let mine = match params.scope.as_deref() {
        None | Some("") => None,
        Some("mine") => Some(caller),
        Some(_) => return Err(no_choice("scope", &["mine"])),
    };
    let role = match params.role.as_deref() {
        None | Some("") => None,
        Some(code) => match Role::from_code(code) {
            Some(role) => Some(role),
            None => return Err(no_choice("role", &Role::ALL.map(Role::code))),
        },
    };
    let asked = UnitsAsked { day, words: words(params.q, "q")?, mine, role };
    let service = Arc::clone(&app);
    let page: Outcome<_> = app.store.read(move |transaction| admin::units(&service, transaction, &asked, slice)).await;
    Ok(Json(page?))
}
