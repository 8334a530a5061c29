//! The device's files are their owner's alone: other users of the machine neither list the folder nor read a file of it.
//!
//! The stores are encrypted whoever reads them; the keyring tells how many tries are left and what a PIN costs to guess, and a
//! copy of both is what a guesser needs. Where files have no modes (Windows) this does nothing: the user's own folder is closed
//! by the system.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Makes a folder, and closes it to others where it was there before. What cannot be closed is said in the log: a file system
/// without modes is no reason to keep an officer from work.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    modes::make_folder(folder)?;
    if let Err(error) = modes::close_folder(folder) {
        tracing::warn!(%error, folder = %folder.display(), "the folder cannot be closed to other users");
    }
    Ok(())
}

/// Makes a file, or empties it.
pub(crate) fn create(file: &Path) -> io::Result<File> {
    modes::options().write(true).create(true).truncate(true).open(file)
}

/// Makes a file if it isn't there; what is in it stays.
pub(crate) fn touch(file: &Path) -> io::Result<File> {
    modes::options().write(true).create(true).truncate(false).open(file)
}

/// Replaces a file so that after a power cut either the old or the new one is whole.
pub(crate) fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let beside = file.with_extension("json.new");
    let written = create(&beside).and_then(|mut new| {
        new.write_all(content)?;
        new.sync_all()
    });
    if let Err(error) = written.and_then(|()| std::fs::rename(&beside, file)) {
        // What is half written is of no use, and where nothing is left its name takes room too.
        let _gone = std::fs::remove_file(&beside);
        return Err(error);
    }
    file.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; the rename itself is journalled.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Closes the files of this folder that begin with one of these names, and folders likewise: those that were made before this
/// program closed them, or copied here.
pub(crate) fn close_all(folder: &Path, names: &[&str]) {
    let closed = std::fs::read_dir(folder).and_then(|entries| {
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let ours = name.to_str().is_some_and(|name| names.iter().any(|ours| name.starts_with(ours)));
            // What a link leads to is somebody else's.
            match entry.file_type()? {
                kind if !ours || kind.is_symlink() => {}
                kind if kind.is_dir() => modes::close_folder(&entry.path())?,
                _ => modes::close_file(&entry.path())?,
            }
        }
        Ok(())
    });
    if let Err(error) = closed {
        tracing::warn!(%error, folder = %folder.display(), "its files cannot be closed to other users");
    }
}

#[cfg(unix)]
mod modes {
    use std::fs::{OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
    use std::path::Path;

    /// What everybody may write to, and only owners may delete from: a folder of the system, which stays as it is.
    const SHARED: u32 = 0o1000;
    /// What the group and everybody may.
    const OTHERS: u32 = 0o077;
    const NOTHING: u32 = 0;

    pub(super) fn options() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.mode(0o600);
        options
    }

    pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }

    pub(super) fn close_folder(folder: &Path) -> io::Result<()> {
        let mode = std::fs::metadata(folder)?.permissions().mode();
        if mode & SHARED != 0 || mode & OTHERS == NOTHING {
            return Ok(());
        }
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))
    }

    pub(super) fn close_file(file: &Path) -> io::Result<()> {
        if std::fs::metadata(file)?.permissions().mode() & OTHERS == NOTHING {
            return Ok(());
        }
        std::fs::set_permissions(file, Permissions::from_mode(0o600))
    }
}

#[cfg(not(unix))]
mod modes {
    use std::fs::OpenOptions;
    use std::io;
    use std::path::Path;

    pub(super) fn options() -> OpenOptions {
        OpenOptions::new()
    }

    pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)
    }

    pub(super) fn close_folder(_folder: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn close_file(_file: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("there").permissions().mode() & 0o7777
    }

    fn open(path: &Path, mode: u32) {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    }

    #[test]
    fn what_is_made_is_closed_and_what_was_open_is_closed_again() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("a/b");
        make_folder(&folder).expect("made");
        create(&folder.join("main.db")).expect("a file");
        touch(&folder.join("engine.lock")).expect("a file");
        assert_eq!(
            (mode(&folder), mode(&folder.join("main.db")), mode(&folder.join("engine.lock"))),
            (0o700, 0o600, 0o600)
        );
        std::fs::create_dir(folder.join("damaged-0")).expect("a folder");
        std::fs::write(folder.join("foreign.txt"), "").expect("a file");
        for (name, was) in [("main.db", 0o644), ("damaged-0", 0o755), ("foreign.txt", 0o644)] {
            open(&folder.join(name), was);
        }
        open(&folder, 0o755);
        make_folder(&folder).expect("there");
        close_all(&folder, &["main.db", "damaged-"]);
        let modes = ["", "main.db", "damaged-0", "foreign.txt"].map(|name| mode(&folder.join(name)));
        assert_eq!(modes, [0o700, 0o600, 0o700, 0o644]);
    }

    #[test]
    fn a_folder_of_the_system_stays_as_it_is() {
        let place = tempfile::tempdir().expect("a folder");
        open(place.path(), 0o1777);
        make_folder(place.path()).expect("there");
        assert_eq!(mode(place.path()), 0o1777);
    }
}
