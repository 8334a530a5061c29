//! `clock`: the server's clock beside the latest time that it has seen.

use ancu_shared::error::ErrorCode;

use super::refusal::refusal;
use super::{open, refused, say};
use crate::config::Config;
use crate::service::clocks::{self, ClockApart};
use crate::service::{App, Refused, behind};

#[derive(Debug, clap::Args)]
pub(super) struct ClockCommand {
    /// Giờ hiện tại đúng: những giờ muộn hơn đã ghi là của đồng hồ chạy nhanh trước đây · The clock is right now: later times that were
    /// written were of a clock that ran ahead
    #[arg(long)]
    accept: bool,
}

pub(super) async fn run(command: ClockCommand, config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    if command.accept && behind::behind(&app).is_some() {
        behind::accept(&app, None, None).await.map_err(refused)?;
    }
    match found(&app) {
        (true, found) => {
            say(found)?;
            apart(&app).await?.map_or(Ok(()), say)
        }
        (false, found) => {
            let (vi, en) = found.split_once(" · ").unwrap_or((&found, &found));
            Err(refusal(ErrorCode::ServerClockBehind, vi, en))
        }
    }
}

/// Whether the clock is fit, and what is said of it.
pub(super) fn found(app: &App) -> (bool, String) {
    let now = app.now().hanoi_text();
    let Some(seen) = behind::behind(app) else { return (true, format!("{now} (giờ Hà Nội · Hà Nội time)")) };
    let seen = seen.hanoi_text();
    let found = format!(
        "đồng hồ máy chủ là {now}, nhưng máy chủ đã ghi việc lúc {seen}: chưa nhận gì cho đến khi giờ đúng; các máy giữ những gì chưa \
         gửi. Hãy chỉnh giờ của máy chủ. Nếu giờ bây giờ đúng và trước đây đồng hồ chạy nhanh: ancu-server clock --accept · the server's \
         clock says {now}, but things were written at {seen}: nothing is taken until it is right; devices keep what they have not \
         sent. Set the server's clock. If it is right now and ran ahead before: ancu-server clock --accept"
    );
    (false, found)
}

/// That people's devices agree on another time than ours.
pub(super) async fn apart(app: &App) -> anyhow::Result<Option<String>> {
    let now = app.now();
    let found = app.store.read(move |transaction| Ok::<_, Refused>(clocks::read(transaction, now)?)).await;
    Ok(found.map_err(refused)?.map(|apart| words(&apart)))
}

fn words(ClockApart { ahead_ms, people }: &ClockApart) -> String {
    let (vi, en) = if *ahead_ms > 0 { ("nhanh hơn", "ahead of") } else { ("chậm hơn", "behind") };
    let minutes = ahead_ms.unsigned_abs() / 60_000;
    let (many, vi_unit, en_unit) = match minutes {
        0..120 => (minutes, "phút", "minutes"),
        120..2_880 => (minutes / 60, "giờ", "hours"),
        _ => (minutes / 1_440, "ngày", "days"),
    };
    format!(
        "đồng hồ máy chủ {vi} {many} {vi_unit} so với máy của {people} người vừa trao đổi, và các máy đó khớp nhau. Máy chủ vẫn nhận \
         như thường, nhưng rất có thể giờ của máy chủ sai: hãy xem và chỉnh giờ (ví dụ bật NTP) · the server's clock is {many} \
         {en_unit} {en} the devices of {people} people who exchanged lately, and these agree. Everything is taken in as usual, but the \
         server's time is probably wrong: look at it and set it (turn NTP on, for example)"
    )
}
