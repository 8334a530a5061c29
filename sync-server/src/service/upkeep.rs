//! What a running server puts in order by itself from time to time.

use std::sync::Arc;
use std::time::Duration;

use super::{App, Outcome, behind, clocks, compaction, courier, photos, project, quarantine, room};

/// How often.
const EVERY: Duration = Duration::from_hours(1);
/// How often it is looked whether there is room for what had none.
const SOON: Duration = Duration::from_secs(20);

/// Puts in order now, and then again and again. Ends only when its task is ended.
pub async fn run(app: App) {
    let (mut turns, mut looks) = (tokio::time::interval(EVERY), tokio::time::interval(SOON));
    loop {
        let done = tokio::select! {
            _ = turns.tick() => once(&app).await,
            _ = looks.tick() => catch_up(&app).await,
        };
        if let Err(refused) = done {
            tracing::error!(problem = %refused.0, "upkeep");
        }
    }
}

/// What found no room is done once there is some; and a portion of what takes long.
async fn catch_up(app: &App) -> Outcome<()> {
    if !app.store.takes_in() && room::recover(app).await.is_err() {
        return Ok(());
    }
    app.sessions.write_down(app).await?;
    clocks::look(app).await?;
    // What was begun and cut short.
    project::make_anew(app).await?;
    behind::judge_anew(app).await?;
    compaction::daily(app).await
}

/// Puts in order once.
pub async fn once(app: &App) -> Outcome<()> {
    if !app.store.takes_in() {
        return Ok(());
    }
    behind::write_down(app).await?;
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
