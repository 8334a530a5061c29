//! `backup`: database and photos, while the server runs.
//!
//! Taking a backup into use: put its `server.db`, `blobs` and `tls` into an empty data folder and start the server. It then
//! begins a life of its own, so that devices offer again what the backup lacks.

use std::fs::Permissions;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ancu_shared::author::AuthorSecret;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::AuthorKey;
use anyhow::Context as _;

use super::refusal::{code_of, refusal};
use super::{open, say};
use crate::config::Config;
use crate::service::App;

#[derive(Debug, clap::Args)]
pub(super) struct Backup {
    /// Thư mục ghi vào · Folder to write into; photos that are there already are not copied again
    to: PathBuf,
}

pub(super) async fn run(backup: Backup, config: Config) -> anyhow::Result<()> {
    let (certificates, data) = (config.certificates(), config.data.clone());
    let app = open(config).await?;
    if lies_in(&backup.to, &data)? {
        let to = backup.to.display();
        return Err(refusal(
            ErrorCode::FileUnusable,
            format!(
                "{to} nằm trong thư mục dữ liệu của máy chủ: mất thư mục đó thì mất cả bản sao. Hãy chọn thư mục khác."
            ),
            format!("{to} is in the server's data folder: who loses that loses the copy too. Choose another folder."),
        ));
    }
    if holds_other_files(&backup.to) {
        let to = backup.to.display();
        return Err(refusal(
            ErrorCode::FileUnusable,
            format!("{to} đã có tệp khác và không có bản sao lưu nào. Hãy chọn một thư mục trống hoặc chưa có."),
            format!("{to} holds other files and no backup. Choose an empty folder, or one that is not there yet."),
        ));
    }
    let fresh = !backup.to.exists();
    // Keys, password hashes and personal data: only who makes the backup looks into it.
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&backup.to).context("making the folder")?;
    std::fs::set_permissions(&backup.to, Permissions::from_mode(0o700)).context("closing the folder to others")?;
    let (unfinished, database) = (backup.to.join("server.db.new"), backup.to.join("server.db"));
    // Before anything is written: a backup is of one server, whichever store lies in the folder that was named.
    if database.exists() && identity(&database) != Some(app.certifier.public()) {
        let database = database.display();
        return Err(refusal(
            ErrorCode::FileUnusable,
            format!(
                "{database} là bản sao lưu của máy chủ khác, hoặc không đọc được; không ghi đè. Hãy chọn thư mục khác."
            ),
            format!(
                "{database} is another server's backup, or cannot be read; it is not overwritten. Choose another folder."
            ),
        ));
    }
    let mut begun = Begun { of_run: database_files(&unfinished), finished: false };
    // Of a copy that a kill cut short.
    begun.clear();
    begun.of_run.splice(0..0, fresh.then(|| backup.to.clone()));
    match copy(&app, &certificates, &backup.to, &mut begun).await {
        Ok(photos) => {
            std::fs::rename(&unfinished, &database).context("finishing the copy")?;
            begun.finished = true;
            let en = super::counted(photos, "new photo");
            say(format_args!("{0} và {photos} ảnh mới · {0} and {en}", database.display()))
        }
        Err(error) if code_of(&error) == ErrorCode::ServerDiskFull => Err(no_room(&backup.to, database.exists())),
        Err(error) => Err(error),
    }
}

/// Copies database, photos and certificates; how many photos. The database has its unfinished name still.
async fn copy(app: &App, certificates: &Path, to: &Path, begun: &mut Begun) -> anyhow::Result<u64> {
    let unfinished = to.join("server.db.new");
    // Photos after the database: every photo that the copy knows of is then there.
    app.store.backup(&unfinished).await.context("copying the database")?;
    let photos = app.blobs.copy_to(&to.join("blobs"), &mut begun.of_run).context("copying photos")?;
    if certificates.is_dir() {
        let target = to.join("tls");
        if !target.is_dir() {
            std::fs::create_dir_all(&target).context("making the folder of certificates")?;
            begun.of_run.push(target.clone());
        }
        for file in std::fs::read_dir(certificates).context("reading the certificates")? {
            let file = file.context("reading the certificates")?;
            let (bytes, copied) = (std::fs::read(file.path()).context("reading a certificate")?, file.file_name());
            let copied = target.join(copied);
            begun.of_run.push(copied.with_extension("new"));
            if !copied.exists() {
                begun.of_run.push(copied.clone());
            }
            crate::tls::write_private(&copied, &bytes).context("copying a certificate")?;
        }
    }
    std::fs::set_permissions(&unfinished, Permissions::from_mode(0o600)).context("closing the copy to others")?;
    std::fs::File::open(&unfinished).and_then(|file| file.sync_all()).context("syncing the copy")?;
    let copy = crate::store::Store::open(&unfinished).context("opening the copy")?;
    let faults = copy.check().await.context("checking the copy")?;
    copy.close();
    if !faults.is_empty() {
        return Err(refusal(
            ErrorCode::ServerStoreDamaged,
            "Bản sao không nguyên vẹn nên không dùng. Hãy xem máy chủ bằng ancu-server doctor.",
            format!(
                "The copy is damaged and was not kept. Look at the server with ancu-server doctor. {}",
                faults.join("; ")
            ),
        ));
    }
    Ok(photos)
}

/// What this run has made, in the order of making: gone again unless it was finished. A copy that found no room would keep the
/// disk full, and pass for one.
struct Begun {
    of_run: Vec<PathBuf>,
    finished: bool,
}

impl Begun {
    fn clear(&self) {
        for path in self.of_run.iter().rev() {
            // Most of them are not there; a folder that somebody else put something into stays.
            let _gone = if path.is_dir() { std::fs::remove_dir(path) } else { std::fs::remove_file(path) };
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.finished {
            self.clear();
        }
    }
}

/// A database and the files that belong to it.
fn database_files(database: &Path) -> Vec<PathBuf> {
    let beside = |suffix: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    ["", "-journal", "-wal", "-shm"].map(beside).into()
}

/// That the disk of a backup has no room.
fn no_room(to: &Path, before: bool) -> anyhow::Error {
    let to = to.display();
    let [vi, en] = if before {
        ["Bản sao lưu trước ở đó vẫn nguyên vẹn.", "The backup from before is there, untouched."]
    } else {
        ["Chưa có bản sao lưu nào ở đó.", "There is no backup there yet."]
    };
    refusal(
        ErrorCode::ServerDiskFull,
        format!(
            "Ổ đĩa của {to} không đủ chỗ nên chưa sao lưu được; phần chép dở đã xóa. {vi} Hãy giải phóng chỗ trên ổ đĩa đó hoặc \
             chọn thư mục ở ổ khác, rồi chạy lại; máy chủ vẫn chạy bình thường."
        ),
        format!(
            "The disk of {to} has too little room, so nothing was backed up; what was half copied is gone again. {en} Free space \
             on that disk, or name a folder on another one, and run this again; the server is not touched by it."
        ),
    )
}

/// Whose store a file is: the key that its server certifies with, which stays the same in every copy.
fn identity(database: &Path) -> Option<AuthorKey> {
    let seed = crate::store::Store::setting_of(database, "certifying_seed").ok().flatten()?;
    Some(AuthorSecret::from_seed(&<[u8; 32]>::try_from(&seed[..]).ok()?).public())
}

/// Whether a folder, there or not, is the other one or lies in it.
fn lies_in(one: &Path, other: &Path) -> anyhow::Result<bool> {
    let one = std::path::absolute(one).context("reading the folder's name")?;
    let there = one.ancestors().find_map(|part| part.canonicalize().ok());
    Ok(there.zip(other.canonicalize().ok()).is_some_and(|(there, other)| there.starts_with(other)))
}

/// Whether a folder has anything in it, but no backup, finished or begun.
fn holds_other_files(folder: &Path) -> bool {
    let any = std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    any && !folder.join("server.db").exists() && !folder.join("server.db.new").exists()
}
