//! `device`: the ledger, and taking access away.

use ancu_shared::clock::{UtcMillis, is_clock_off};
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DeviceId;
use clap::Subcommand;

use super::refusal::refusal;
use super::{counted, open, refused, say};
use crate::config::Config;
use crate::service::{Refused, devices};

#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
    /// Liệt kê thiết bị · List devices: id, name, person, last exchange, unsent work, revoked
    List,
    /// Thu hồi quyền của một máy · Take a device's access away
    Revoke {
        /// Mã thiết bị · Id of the device
        device: DeviceId,
    },
}

pub(super) async fn run(command: DeviceCommand, config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    match command {
        DeviceCommand::List => {
            let rows = app.store.read(|transaction| {
                let mut rows = Vec::new();
                for device in transaction.devices()? {
                    let person = transaction.person(device.person)?.map(|person| person.name).unwrap_or_default();
                    rows.push((device, person));
                }
                Ok::<_, Refused>(rows)
            });
            let rows = rows.await.map_err(refused)?;
            if rows.is_empty() {
                return say("chưa có máy nào được đăng ký · no device is enrolled yet: ancu-server user invite");
            }
            for (device, person) in rows {
                let unsent = device.told.map_or_else(
                    || "chưa biết · not known".into(),
                    |told| {
                        let (records, photos) = (told.unsent_envelopes, told.unsent_photos);
                        let en = format!("{}, {} unsent", counted(records, "record"), counted(photos, "photo"));
                        format!("{records} biên bản, {photos} ảnh chưa gửi · {en}")
                    },
                );
                let clock =
                    device.told.filter(|told| is_clock_off(told.clock_offset_ms)).map_or_else(String::new, |told| {
                        format!("đồng hồ máy · its clock: {}", told.at.plus_millis(told.clock_offset_ms).hanoi_text())
                    });
                say(format_args!(
                    "{}\t{}\t{person}\t{}\t{unsent}\t{}\t{clock}",
                    device.id,
                    device.name,
                    device.last_exchange_at.map_or_else(|| "chưa lần nào · never".into(), UtcMillis::hanoi_text),
                    device
                        .revoked_at
                        .map_or_else(String::new, |at| format!("đã thu hồi · revoked {}", at.hanoi_text())),
                ))?;
            }
            Ok(())
        }
        DeviceCommand::Revoke { device } => {
            if !devices::revoke(&app, None, device).await.map_err(refused)? {
                return Err(refusal(
                    ErrorCode::NotFound,
                    "không có máy này, hoặc máy đã bị thu hồi trước đó; xem: device list",
                    "there is no such device, or it was revoked before; see: device list",
                ));
            }
            say("đã thu hồi · revoked")
        }
    }
}
