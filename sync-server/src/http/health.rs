//! Whether the server lives and is ready.

use ancu_shared::error::ErrorCode;
use axum::extract::State;
use axum::http::Method;
use serde::Serialize;

use super::extract::Json;
use super::problem::Answer;
use super::routes::{Access, Routes};
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
}

const FINE: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

async fn live() -> Json<Health> {
    Json(FINE)
}

/// Ready = the store answers, and takes something in.
async fn ready(State(app): State<App>) -> Answer<Json<Health>> {
    match room::look(&app).await {
        Ok(()) => Ok(Json(FINE)),
        Err(refused) => {
            let mut problem = *refused.0;
            // Whatever it is that lacks: who asks here wants to know whether to send anybody.
            problem.status = ErrorCode::Unavailable.http_status();
            Err(problem.into())
        }
    }
}
