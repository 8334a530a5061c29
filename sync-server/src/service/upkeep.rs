//! What a running server puts in order by itself from time to time.

use std::sync::Arc;
use std::time::Duration;

use super::{App, Outcome, courier, photos, quarantine};

/// How often.
const EVERY: Duration = Duration::from_hours(1);

/// Puts in order now, and then again and again. Ends only when its task is ended.
pub async fn run(app: App) {
    let mut turns = tokio::time::interval(EVERY);
    loop {
        turns.tick().await;
        if let Err(refused) = once(&app).await {
            tracing::error!(problem = %refused.0, "upkeep");
        }
    }
}

/// Puts in order once.
pub async fn once(app: &App) -> Outcome<()> {
    let forgotten = photos::forget_expired(&Arc::clone(app)).await?;
    if forgotten > 0 {
        tracing::info!(forgotten, "uploads expired");
    }
    let leftovers = courier::forget_leftovers(app).await?;
    if leftovers > 0 {
        tracing::info!(leftovers, "files of couriers that were left half read are gone");
    }
    let settled = quarantine::forget_settled(app).await?;
    if settled > 0 {
        tracing::info!(settled, "bytes of settled envelopes were let go");
    }
    Ok(())
}
