//! Finding each other by multicast DNS. Where a network carries none, the QR code does the same.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use mdns_sd::{IfKind, ServiceDaemon, ServiceEvent, ServiceInfo};

use super::{NearFound, addresses};

/// What waiting devices are announced as.
const SERVICE: &str = "_ancu._tcp.local.";
/// How long is looked around.
const LOOKS: Duration = Duration::from_secs(3);

/// Announced until it is dropped.
pub(super) struct Announced(ServiceDaemon);

impl std::fmt::Debug for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Announced")
    }
}

impl Announced {
    /// Announces a device under a label that says nothing of its holder; `None` where this network carries no such words.
    pub(super) fn of(label: &str, port: u16) -> Option<Self> {
        let told = || {
            let daemon = daemon()?;
            let host = format!("ancu-{label}.local.");
            let at: Vec<_> = addresses().iter().map(ToString::to_string).collect();
            let info = ServiceInfo::new(SERVICE, label, &host, at.join(","), port, &[("v", "1")][..])?;
            daemon.register(info)?;
            Ok::<_, mdns_sd::Error>(Self(daemon))
        };
        told().map_err(|error| tracing::info!(%error, "this device cannot be announced")).ok()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // It says good-bye by itself; where it cannot, others forget it after a while.
        let _ended = self.0.shutdown();
    }
}

/// Speaks in all local networks; on this machine alone, where there is none.
fn daemon() -> Result<ServiceDaemon, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    if addresses().iter().all(IpAddr::is_loopback) {
        daemon.enable_interface(IfKind::LoopbackV4)?;
    }
    Ok(daemon)
}

/// The devices that are announced now.
pub(super) fn look() -> Vec<NearFound> {
    let mut found: Vec<NearFound> = Vec::new();
    let Ok(daemon) = daemon() else { return found };
    if let Ok(heard) = daemon.browse(SERVICE) {
        let until = Instant::now() + LOOKS;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            let Ok(event) = heard.recv_timeout(left) else { break };
            let ServiceEvent::ServiceResolved(info) = event else { continue };
            let label = info.get_fullname().split('.').next().unwrap_or_default().to_owned();
            let address = info.get_addresses_v4().into_iter().next();
            if let Some(address) = address.filter(|ip| ip.is_private() || ip.is_link_local() || ip.is_loopback())
                && !found.iter().any(|known| known.label == label)
            {
                found.push(NearFound { label, address: format!("{address}:{}", info.get_port()) });
            }
        }
    }
    let _ended = daemon.shutdown();
    found.sort_by(|one, other| one.label.cmp(&other.label));
    found
}
