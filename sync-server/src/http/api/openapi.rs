//! `/api/openapi.json`: OpenAPI 3.1 of the JSON interface, made from the handlers.
//!
//! Views (`InspectionView`, `FacilitySheet`, …) are objects here: their shapes are the TypeScript types that are generated
//! from `ancu_shared::view`.

use utoipa::OpenApi;

use crate::http::extract::Json;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "An Cư",
        description = "JSON interface of the sync server. Errors are `application/problem+json` (RFC 9457) with a closed `code`. Log in by POST /api/v1/session; calls that change something carry `X-Requested-With: ancu`."
    ),
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
        super::inspections::decide,
        super::inspections::template,
        super::facilities::list,
        super::facilities::read,
        super::photos::read,
        super::clashes::list,
        super::quarantine::list,
        super::quarantine::release,
        super::courier::import,
        super::courier::receipt,
        super::users::list,
        super::users::add,
        super::users::invite,
        super::devices::list,
        super::devices::revoke
    )
)]
struct Description;

/// The description of the interface.
pub(super) async fn read() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
