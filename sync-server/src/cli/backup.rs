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

use super::refusal::refusal;
use super::{open, say};
use crate::config::Config;

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
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).context("removing an unfinished copy")?;
    }
    // Photos after the database: every photo that the copy knows of is then there.
    app.store.backup(&unfinished).await.context("copying the database")?;
    let photos = app.blobs.copy_to(&backup.to.join("blobs")).context("copying photos")?;
    if certificates.is_dir() {
        let target = backup.to.join("tls");
        std::fs::create_dir_all(&target).context("making the folder of certificates")?;
        for file in std::fs::read_dir(&certificates).context("reading the certificates")? {
            let file = file.context("reading the certificates")?;
            let bytes = std::fs::read(file.path()).context("reading a certificate")?;
            crate::tls::write_private(&target.join(file.file_name()), &bytes).context("copying a certificate")?;
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
    std::fs::rename(&unfinished, &database).context("finishing the copy")?;
    let en = super::counted(photos as u64, "new photo");
    say(format_args!("{0} và {photos} ảnh mới · {0} and {en}", database.display()))
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
