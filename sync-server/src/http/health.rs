//! Whether the server lives and is ready.

use ancu_shared::error::ErrorCode;
use axum::extract::State;
use axum::http::Method;
use serde::Serialize;

use super::extract::Json;
use super::problem::Answer;
use super::routes::{Access, Routes};
use crate::service::clocks::{self, ClockApart};
use crate::service::{App, room};

/// `/health/*`
pub fn routes(app: &App) -> Routes {
    Routes::new(app).route(Method::GET, "/health/live", Access::Public, live).route(
        Method::GET,
        "/health/ready",
        Access::Public,
        ready,
    )
}

/// How the server is.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    /// That devices agree on another time than this server: no reason not to be ready, and to be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockApart>,
}

const FINE: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION"), clock: None };

async fn live() -> Json<Health> {
    Json(FINE)
}

/// Ready = the store answers, and takes something in.
async fn ready(State(app): State<App>) -> Answer<Json<Health>> {
    match room::look(&app).await {
        Ok(()) => Ok(Json(Health { clock: clocks::look(&app).await.unwrap_or_default(), ..FINE })),
        Err(refused) => {
            let mut problem = *refused.0;
            // Whatever it is that lacks: who asks here wants to know whether to send anybody.
            problem.status = ErrorCode::Unavailable.http_status();
            Err(problem.into())
        }
    }
}
