//! What the server does, without HTTP and without SQL.
//!
//! Invariant: whoever acts is named ([`access::Caller`], or the command line), what they may do is decided here, and the
//! audit row is written in the same transaction as the change.

pub mod access;
pub mod accounts;
pub mod admin;
pub mod admission;
pub mod authors;
pub mod begun;
pub mod behind;
pub mod certify;
pub mod check;
pub mod clocks;
pub mod compaction;
pub mod console;
pub mod context;
pub mod courier;
pub mod decision;
pub mod devices;
pub mod enrol;
pub mod facts;
pub mod findings;
pub mod handover;
pub mod heads;
pub mod held;
pub mod known;
pub mod lane;
pub mod life;
pub mod mark;
pub mod measures;
pub mod paper;
pub mod photos;
pub mod posts;
pub mod project;
pub mod pull;
pub mod push;
pub mod quarantine;
pub mod recorded;
pub mod room;
pub mod sessions;
pub mod throttle;
pub mod touched;
pub mod turns;
pub mod units;
pub mod upkeep;
pub mod verify;
pub mod views;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};

use ancu_shared::author::AuthorSecret;
use ancu_shared::clock::{Clock, RandomSource, UtcMillis};
use ancu_shared::courier::CourierSecret;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::link::EnrolLink;
use ancu_shared::sync::wire::EnrolGrant;
use ancu_shared::template::{Template, TemplateRef};
use ancu_shared::unit::UnitDirectory;

use crate::blobs::Blobs;
use crate::config::Config;
use crate::store::{Store, StoreError, Transaction};
use lane::Lane;
use throttle::Throttle;

/// Everything that the services share; cheap to clone.
pub type App = Arc<Service>;

/// Everything that the services share.
pub struct Service {
    /// What was configured.
    pub config: Config,
    /// The store.
    pub store: Store,
    /// The photos.
    pub blobs: Blobs,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The server's certifying key.
    pub certifier: AuthorSecret,
    /// What courier's files are opened with.
    pub courier: CourierSecret,
    /// SHA-256 of the certificate that links pin.
    pub fingerprint: [u8; 32],
    /// Failed logins and enrolments.
    pub throttle: Throttle,
    /// Passwords judged at one time: each takes 19 MiB and a core.
    pub hashing: Lane,
    /// Messages inflated and read at one time: each may take some tens of MiB.
    pub reading: Lane,
    /// Thumbnails made at one time: each holds a whole picture in memory.
    pub thumbnails: tokio::sync::Semaphore,
    /// Whose turn it is to look whether there is room.
    pub room: tokio::sync::Mutex<()>,
    /// The latest time that this server knows of.
    pub seen: behind::Seen,
    /// What devices' clocks said together of ours.
    pub clocks: clocks::Found,
    /// How far the daily look for records that rest is.
    pub daily: compaction::Daily,
    /// Logins that found no room in the store.
    pub sessions: sessions::Sessions,
    /// Whether the log of what was written last was gone at the start, and there was no room yet to say so in the store.
    pub lost_its_log: AtomicBool,
    /// Who is at work on which upload.
    pub uploads: turns::Turns,
    /// The URL that links name, once it is known where the server listens.
    pub link_url: OnceLock<String>,
    random: Mutex<Box<dyn RandomSource>>,
    directory: Mutex<Option<(u64, Arc<UnitDirectory>)>>,
    templates: Mutex<HashMap<TemplateRef, Arc<Template>>>,
}

/// Why the services could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificates.
    #[error(transparent)]
    Tls(#[from] crate::tls::TlsError),
    /// A folder or a socket. The reason is in the words: as a source it would be said twice.
    #[error("{what}: {reason}")]
    Io {
        /// Doing what.
        what: String,
        /// Why.
        reason: std::io::Error,
    },
    /// Another program listens there.
    #[error(
        "Cổng {0} đang được chương trình khác dùng. Hãy dừng chương trình đó, hoặc chọn cổng khác bằng --listen \
         (với make run: ANCU_LISTEN=127.0.0.1:8444 make run).\n\
         {0} is in use by another program. Stop that program, or choose another port with --listen \
         (for make run: ANCU_LISTEN=127.0.0.1:8444 make run)."
    )]
    PortTaken(std::net::SocketAddr),
    /// Nobody can listen there.
    #[error(
        "không lắng nghe được ở {address} (--listen, ANCU_LISTEN hoặc khóa listen). Hãy chọn một địa chỉ của chính máy này, ví dụ \
         127.0.0.1:8443 hoặc 0.0.0.0:8443; cổng dưới 1024 cần quyền của hệ thống / nobody can listen on {address} (--listen, \
         ANCU_LISTEN or the key listen). Choose an address of this very machine, for example 127.0.0.1:8443 or 0.0.0.0:8443; \
         ports below 1024 need the system's leave: {reason}"
    )]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        reason: std::io::Error,
    },
    /// Two servers on one folder would each take the other's address and uploads for its own.
    #[error(
        "một máy chủ khác đang dùng thư mục dữ liệu {0}. Hãy dừng máy chủ đó, hoặc chọn thư mục khác bằng --data / another \
         server already serves the data folder {0}: stop it, or name another folder with --data"
    )]
    Busy(std::path::PathBuf),
    /// There is no store, and what was asked for has no use for an empty one.
    #[error(
        "không có cơ sở dữ liệu {0}: thư mục này chưa phải của máy chủ nào. Không tạo gì cả. Hãy kiểm tra --data (hoặc tệp cấu \
         hình); để lập máy chủ mới, dùng `ancu-server unit import`, `seed`, `migrate` hoặc `serve` / there is no database {0}: \
         no server kept its store in this folder. Nothing was made. Check --data (or the configuration file); to set up a new \
         server, use `ancu-server unit import`, `seed`, `migrate` or `serve`"
    )]
    NoStore(std::path::PathBuf),
    /// The store is gone, though other things of a server are there: to begin anew would hide the loss.
    #[error(
        "cơ sở dữ liệu {database} trống hoặc đã mất, nhưng thư mục này từng là của một máy chủ (còn {sign}). Không khởi động \
         thành máy chủ mới. Hãy đặt bản sao lưu vào đó (tệp server.db của `ancu-server backup`), hoặc chọn thư mục khác bằng \
         --data; nếu thật sự muốn bắt đầu lại từ đầu, hãy dời cả thư mục này đi nơi khác / the database {database} is empty or \
         gone, but a server kept its store in this folder ({sign} is there). It is not started as a new server. Put a backup in \
         its place (server.db of `ancu-server backup`), or name another folder with --data; to begin anew on purpose, move \
         this whole folder away"
    )]
    Emptied {
        /// The store's file.
        database: std::path::PathBuf,
        /// What says that there was one.
        sign: std::path::PathBuf,
    },
}

impl Service {
    /// Opens the store and everything beside it.
    pub async fn open(
        config: Config,
        clock: Arc<dyn Clock>,
        mut random: Box<dyn RandomSource>,
        fingerprint: [u8; 32],
    ) -> Result<App, StartError> {
        let io = |what: &str| {
            let what = what.to_owned();
            move |reason| StartError::Io { what, reason }
        };
        if let Some(sign) = crate::unclean::emptied(&config) {
            return Err(StartError::Emptied { database: config.database(), sign });
        }
        std::fs::create_dir_all(&config.data).map_err(io("making the data folder"))?;
        restrict(&config.data);
        std::fs::create_dir_all(config.uploads()).map_err(io("making the folder of uploads"))?;
        let blobs = Blobs::open(config.blobs()).map_err(io("making the folder of photos"))?;
        let lost_its_log = crate::unclean::lost_its_log(&config);
        let store = if crate::unclean::has_store(&config) && room::is_lacking(&config) {
            tracing::error!("the disk is full: records are read, and nothing is taken in until there is room");
            Store::look(&config.database())?
        } else {
            Store::open(&config.database())?
        };
        if lost_its_log {
            tracing::error!(
                "the database's log is gone: what was written last may be lost, and devices are asked for it"
            );
        }
        let life = if store.takes_in() {
            if lost_its_log {
                mark_restored(&store).await?;
            }
            life::begin(&store, random.as_mut(), clock.now()).await?
        } else {
            life::known(&store).await?
        };
        let seen = behind::Seen::of(&store).await?;
        let service = Arc::new(Self {
            seen,
            throttle: Throttle::new(config.login_tries_per_minute),
            hashing: Lane::new(2),
            reading: Lane::new(4),
            config,
            store,
            blobs,
            clock,
            certifier: life.certifier,
            courier: life.courier,
            fingerprint,
            thumbnails: tokio::sync::Semaphore::new(2),
            room: tokio::sync::Mutex::new(()),
            clocks: clocks::Found::default(),
            daily: compaction::Daily::default(),
            sessions: sessions::Sessions::default(),
            lost_its_log: AtomicBool::new(lost_its_log),
            uploads: turns::Turns::default(),
            link_url: OnceLock::new(),
            random: Mutex::new(random),
            directory: Mutex::new(None),
            templates: Mutex::new(HashMap::new()),
        });
        if service.store.takes_in() {
            service.bring_up_projections().await?;
        }
        Ok(service)
    }

    /// Lists and searches answer by this version's rules, whatever version wrote the store.
    async fn bring_up_projections(self: &Arc<Self>) -> Result<(), StoreError> {
        if !self.store.read(project::is_behind).await? {
            return Ok(());
        }
        let records = project::make_anew(self).await?;
        if records > 0 {
            tracing::info!(records, "the projections were made anew: an older version had made them");
        }
        Ok(())
    }

    /// The present instant.
    pub fn now(&self) -> UtcMillis {
        self.clock.now()
    }

    /// Hands the random source to a maker of keys, codes or ids.
    pub fn with_random<T>(&self, make: impl FnOnce(&mut dyn RandomSource) -> T) -> T {
        let mut random = self.random.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        make(random.as_mut())
    }

    /// All units, as the transaction sees them; kept in memory until they change.
    pub fn directory(&self, transaction: &dyn Transaction) -> Result<Arc<UnitDirectory>, StoreError> {
        let version = transaction.setting("directory_version")?.and_then(|bytes| <[u8; 8]>::try_from(&bytes[..]).ok());
        let version = version.map_or(0, u64::from_be_bytes);
        let mut kept = self.directory.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((known, directory)) = kept.as_ref()
            && *known == version
        {
            return Ok(Arc::clone(directory));
        }
        let directory = Arc::new(transaction.directory()?);
        *kept = Some((version, Arc::clone(&directory)));
        Ok(directory)
    }

    /// A template; kept in memory, because a version never changes.
    pub fn template(
        &self,
        transaction: &dyn Transaction,
        reference: &TemplateRef,
    ) -> Result<Option<Arc<Template>>, StoreError> {
        let mut kept = self.templates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(template) = kept.get(reference) {
            return Ok(Some(Arc::clone(template)));
        }
        let Some(body) = transaction.template_body(&reference.code, &reference.version)? else { return Ok(None) };
        let template: Template =
            Template::read(&body).map_err(|error| StoreError::Damaged(format!("a template: {error}")))?;
        let template = Arc::new(template);
        kept.insert(reference.clone(), Arc::clone(&template));
        Ok(Some(template))
    }

    /// A template that was asked for before.
    pub fn known_template(&self, reference: &TemplateRef) -> Option<Arc<Template>> {
        self.templates.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(reference).cloned()
    }

    /// An enrolment link to this server; `citizen`: for a household head.
    pub fn link(&self, grant: EnrolGrant, citizen: bool) -> String {
        let server = self.link_url.get().cloned().unwrap_or_else(|| self.config.link_url());
        EnrolLink { server, fingerprint: self.fingerprint, grant, citizen }.to_text()
    }
}

/// The store is an older picture than devices know: its next life begins.
async fn mark_restored(store: &Store) -> Result<(), StoreError> {
    store.write(|transaction| transaction.put_setting("restored", &[1])).await
}

/// The data folder holds keys and personal data: only its owner looks into it.
fn restrict(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Err(error) = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)) {
        tracing::warn!(%error, folder = %folder.display(), "the data folder's access cannot be restricted");
    }
}

/// What a service says instead of a result: a [`Problem`] to show, made from codes and store errors alike.
#[derive(Debug)]
pub struct Refused(pub Box<Problem>);

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self(Box::new(error.into()))
    }
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Self {
        Self(Box::new(code.into()))
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

/// What services give.
pub type Outcome<T> = Result<T, Refused>;
