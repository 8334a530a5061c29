//! Photos as files, addressed by the SHA-256 of their bytes: `blobs/ab/<hash>`.
//!
//! Invariant: a file at an address has exactly the bytes of that address and is durable (file and folder synced) before
//! anybody is told that it is held; it gets there by an atomic rename. What this module doesn't know: who may see it.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ancu_shared::id::PhotoHash;
use sha2::{Digest as _, Sha256};

/// Numbers unfinished thumbnails.
static UNFINISHED: AtomicU64 = AtomicU64::new(0);

/// The folder of photos.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
}

/// What became of bytes that were to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Verified and durable.
    Yes,
    /// Their hash is another.
    Mismatch,
}

impl Blobs {
    /// The folder, made if it isn't there.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Where a photo's bytes are, or would be.
    pub fn path(&self, hash: &PhotoHash) -> PathBuf {
        let name = hash.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    /// Where a photo's thumbnail is, or would be.
    pub fn thumbnail_path(&self, hash: &PhotoHash) -> PathBuf {
        self.folder.join("thumbnails").join(hash.to_string())
    }

    /// Moves a finished file to its address, if its bytes are those of the hash; the file is gone from its old place then.
    pub fn keep(&self, file: &Path, hash: &PhotoHash) -> io::Result<Kept> {
        if hash_of(file)? != *hash {
            return Ok(Kept::Mismatch);
        }
        File::open(file)?.sync_all()?;
        let target = self.path(hash);
        self.move_into_place(file, &target)?;
        Ok(Kept::Yes)
    }

    /// Keeps a picture that was made from a photo. It can be made again, so nothing is synced.
    pub fn keep_thumbnail(&self, hash: &PhotoHash, bytes: &[u8]) -> io::Result<()> {
        let target = self.thumbnail_path(hash);
        std::fs::create_dir_all(self.folder.join("thumbnails"))?;
        // A name of its own: two readers may make the same thumbnail at once.
        let number = UNFINISHED.fetch_add(1, Ordering::Relaxed);
        let unfinished = target.with_extension(format!("{}-{number}.new", std::process::id()));
        std::fs::write(&unfinished, bytes)?;
        std::fs::rename(unfinished, target)
    }

    /// The bytes of a photo.
    pub fn read(&self, hash: &PhotoHash) -> io::Result<Vec<u8>> {
        std::fs::read(self.path(hash))
    }

    /// Copies every photo that is not there yet into another folder. Returns how many. `made`: gets every path, before it is made.
    pub fn copy_to(&self, folder: &Path, made: &mut Vec<PathBuf>) -> io::Result<u64> {
        let mut copied = 0;
        let make = |folder: &Path, made: &mut Vec<PathBuf>| {
            if !folder.is_dir() {
                made.push(folder.to_owned());
            }
            std::fs::create_dir_all(folder)
        };
        make(folder, made)?;
        for shelf in std::fs::read_dir(&self.folder)? {
            let shelf = shelf?;
            if shelf.file_name() == "thumbnails" || !shelf.file_type()?.is_dir() {
                continue;
            }
            let target = folder.join(shelf.file_name());
            make(&target, made)?;
            for photo in std::fs::read_dir(shelf.path())? {
                let photo = photo?;
                let place = target.join(photo.file_name());
                if !place.exists() {
                    let unfinished = place.with_extension("new");
                    made.extend([unfinished.clone(), place.clone()]);
                    std::fs::copy(photo.path(), &unfinished)?;
                    std::fs::set_permissions(&unfinished, std::fs::Permissions::from_mode(0o600))?;
                    File::open(&unfinished)?.sync_all()?;
                    std::fs::rename(unfinished, place)?;
                    copied += 1;
                }
            }
            File::open(&target)?.sync_all()?;
        }
        Ok(copied)
    }

    fn move_into_place(&self, file: &Path, target: &Path) -> io::Result<()> {
        let shelf = target.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(shelf)?;
        std::fs::rename(file, target)?;
        File::open(shelf)?.sync_all()?;
        File::open(&self.folder)?.sync_all()
    }
}

/// SHA-256 of a file, without holding it in memory.
pub fn hash_of(file: &Path) -> io::Result<PhotoHash> {
    let mut file = File::open(file)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 256 * 1024]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(PhotoHash(hasher.finalize().into()));
        }
        hasher.update(&buffer[..count]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_bytes_get_an_address() {
        let folder = tempfile::tempdir().expect("folder");
        let blobs = Blobs::open(folder.path().join("blobs")).expect("open");
        let file = folder.path().join("upload");
        let hash = PhotoHash::of(b"photo");
        std::fs::write(&file, b"other").expect("write");
        assert_eq!(blobs.keep(&file, &hash).expect("keep"), Kept::Mismatch);
        assert!(file.exists() && !blobs.path(&hash).exists());
        std::fs::write(&file, b"photo").expect("write");
        assert_eq!(blobs.keep(&file, &hash).expect("keep"), Kept::Yes);
        assert!(!file.exists());
        assert_eq!(blobs.read(&hash).expect("read"), b"photo");
        let (copy, mut made) = (folder.path().join("copy"), Vec::new());
        assert_eq!(blobs.copy_to(&copy, &mut made).expect("copy"), 1);
        assert_eq!(made.iter().filter(|path| path.exists()).count(), 3, "the folder, its shelf, the photo");
        made.clear();
        assert_eq!((blobs.copy_to(&copy, &mut made).expect("copy again"), made.len()), (0, 0));
    }
}
