//! The last good text of each policy file, kept over restarts.
//!
//! A folder for each configured path, in it the files by their names: so a configured folder that
//! can't be listed any more still tells which policies were loaded from it.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The texts.
#[derive(Debug)]
pub(crate) struct LastGood {
    folder: PathBuf,
}

impl LastGood {
    /// Opens the texts of a data folder.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join("last-good-policies");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Returns the names of the files of `root` of which a good text is known, in order.
    pub(crate) fn names(&self, root: &Path) -> BTreeSet<OsString> {
        let entries = fs::read_dir(self.of(root)).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).collect()
    }

    /// Returns the last good text of a file of `root`.
    pub(crate) fn get(&self, root: &Path, name: &OsStr) -> Option<String> {
        fs::read_to_string(self.of(root).join(name)).ok()
    }

    /// Keeps `text` as the last good one of a file of `root`: whole or not at all, whenever the
    /// machine stops.
    pub(crate) fn keep(&self, root: &Path, name: &OsStr, text: &str) -> io::Result<()> {
        if self.get(root, name).is_some_and(|kept| kept == text) {
            return Ok(());
        }
        let folder = self.of(root);
        fs::create_dir_all(&folder)?;
        let fresh = self.folder.join("fresh");
        let mut file = File::create(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(fresh, folder.join(name))?;
        File::open(folder)?.sync_all()
    }

    /// Forgets the files of `root` that are no longer there.
    pub(crate) fn keep_only(&self, root: &Path, there: &BTreeSet<&OsStr>) -> io::Result<()> {
        for name in self.names(root) {
            if !there.contains(name.as_os_str()) {
                fs::remove_file(self.of(root).join(name))?;
            }
        }
        Ok(())
    }

    fn of(&self, root: &Path) -> PathBuf {
        let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
        let number = digest
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        self.folder.join(format!("{number:016x}"))
    }
}
