//! The server as a whole: started, listening, stopped.

use std::fs::{File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use ancu_shared::clock::{Clock, RandomSource};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use tokio::task::JoinHandle;

use crate::clock::{SystemClock, SystemRandom};
use crate::config::Config;
use crate::door::Door;
use crate::http::routes::Rule;
use crate::service::{App, Service, StartError};

/// How long a stopping server waits for what is under way.
const GRACE: Duration = Duration::from_secs(10);

/// The file in the data folder that the server of this folder holds locked.
pub(crate) const LOCK: &str = "server.lock";

/// Starts servers.
#[derive(Debug, Clone, Copy)]
pub struct Server;

/// A server that listens.
pub struct Running {
    /// Where it listens (port 0 resolved).
    pub addr: SocketAddr,
    /// SHA-256 of the certificate that links pin.
    pub ca_fingerprint: [u8; 32],
    /// Every route with who may call it.
    pub rules: Vec<Rule>,
    app: App,
    door: Door,
    handle: Handle<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
    /// The look for photos whose files are gone.
    looked: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    /// Held as long as this server serves the folder; the system frees it however the process ends.
    folder: File,
}

impl Server {
    /// Opens the store, makes what certificates are missing, and listens; ready to serve when this returns.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        Self::start_with(config, Arc::new(SystemClock), Box::new(SystemRandom)).await
    }

    /// The same with another clock and random source.
    pub async fn start_with(
        config: Config,
        clock: Arc<dyn Clock>,
        random: Box<dyn RandomSource>,
    ) -> Result<Running, StartError> {
        let io = |what: &str| {
            let what = what.to_owned();
            move |reason| StartError::Io { what, reason }
        };
        std::fs::create_dir_all(&config.data).map_err(io("making the data folder"))?;
        let folder = File::options().create(true).truncate(false).write(true).open(config.data.join(LOCK));
        let folder = folder.map_err(io("opening the data folder's lock"))?;
        match folder.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StartError::Busy(config.data)),
            Err(TryLockError::Error(error)) => return Err(io("locking the data folder")(error)),
        }
        let listener = TcpListener::bind(config.listen).map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => StartError::PortTaken(config.listen),
            _ => StartError::Listen { address: config.listen, reason: error },
        })?;
        // Once it is known that this server can be: what it makes is kept.
        let certificates = crate::tls::load(&config, clock.as_ref())?;
        listener.set_nonblocking(true).map_err(io("preparing the listener"))?;
        let addr = listener.local_addr().map_err(io("reading the address"))?;
        let app = Service::open(config, clock, random, certificates.fingerprint).await?;
        if app.store.takes_in() {
            crate::unclean::opened(&app.config).map_err(io("marking the store as open"))?;
        }
        let url = app.config.public_url.clone().unwrap_or_else(|| format!("https://{}", reachable(addr)));
        note_url(&app.config, &url).map_err(io("writing the server's address"))?;
        let _ = app.link_url.set(url);
        // Said at once where it is so.
        let _ = crate::service::behind::check(&app).await;
        let (router, rules) = crate::http::router(&app);
        let handle = Handle::new();
        let traffic = app.config.traffic;
        let door = Door::new(RustlsConfig::from_config(certificates.config), &traffic);
        let mut server = axum_server::from_tcp(listener)
            .map_err(io("preparing the listener"))?
            .acceptor(door.clone())
            .handle(handle.clone());
        // A connection that says nothing does not stay: neither before its first request (the door) nor between two.
        let silence = Duration::from_millis(traffic.head_ms);
        let builder = server.http_builder();
        builder.http1().timer(TokioTimer::new()).header_read_timeout(silence);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(silence / 2).keep_alive_timeout(silence / 2);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(server.serve(service));
        // One look at the disk for each photo: the server does not wait for that, and nothing is lost meanwhile.
        let looking = Arc::clone(&app);
        let looked = tokio::spawn(async move {
            if looking.store.takes_in()
                && let Err(error) = crate::service::photos::miss_lost(&looking).await
            {
                tracing::error!(%error, "looking for the files of photos");
            }
        });
        let upkeep = tokio::spawn(crate::service::upkeep::run(Arc::clone(&app)));
        Ok(Running {
            addr,
            ca_fingerprint: certificates.fingerprint,
            rules,
            app,
            door,
            handle,
            task,
            looked,
            upkeep,
            folder,
        })
    }
}

impl Running {
    /// The URL that links name.
    pub fn url(&self) -> String {
        self.app.link_url.get().cloned().unwrap_or_default()
    }

    /// How many connections there are.
    pub fn connected(&self) -> u32 {
        self.door.connected()
    }

    /// The services, for the command line and tests that act beside HTTP.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Waits until the look for the files of all photos, begun at the start, is over: from then on devices are asked for those that
    /// are gone.
    pub async fn photos_looked_for(&mut self) {
        if !self.looked.is_finished()
            && let Err(error) = (&mut self.looked).await
        {
            tracing::error!(%error, "looking for the files of photos");
        }
    }

    /// Takes no more connections, lets what is under way end, and closes the store.
    pub async fn stop(self) {
        self.upkeep.abort();
        self.looked.abort();
        self.handle.graceful_shutdown(Some(GRACE));
        match self.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "serving"),
            Err(error) => tracing::error!(%error, "the server's task"),
        }
        if let Err(refused) = self.app.sessions.write_down(&self.app).await {
            tracing::error!(problem = %refused.0, "logins that found no room are in this log alone");
        }
        if self.app.store.takes_in()
            && let Err(refused) = crate::service::behind::write_down(&self.app).await
        {
            tracing::warn!(problem = %refused.0, "the latest time that was seen");
        }
        let store = self.app.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        match closed {
            // One that was only read is left as it was found.
            Ok(()) if self.app.store.takes_in() => crate::unclean::closed(&self.app.config),
            Ok(()) => {}
            Err(error) => tracing::error!(%error, "closing the store"),
        }
        drop(self.folder);
    }
}

/// Notes the address for commands that make links. One that stands there already is left: a full disk has no room to write it anew.
fn note_url(config: &Config, url: &str) -> std::io::Result<()> {
    let (file, line) = (config.url_file(), format!("{url}\n"));
    if std::fs::read_to_string(&file).is_ok_and(|noted| noted == line) {
        return Ok(());
    }
    let fresh = file.with_extension("new");
    let written = std::fs::write(&fresh, line).and_then(|()| std::fs::rename(&fresh, &file));
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            tracing::warn!(%error, "the server's address is not noted: links of commands name the one before");
            Ok(())
        }
        other => other,
    }
}

/// An address that a device on this machine can call: "any" addresses are not callable.
fn reachable(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V4(four) if four.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], four.port())),
        SocketAddr::V6(six) if six.ip().is_unspecified() => {
            SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, six.port()))
        }
        other => other,
    }
}
