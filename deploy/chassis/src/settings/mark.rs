//! How much a settings log held when we last looked, kept in the data folder: a log that has lost
//! something since then must not be taken for one in which little was ever set.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The mark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// What names the log.
    pub(super) log: Option<String>,
    /// How many of its records were accepted.
    pub(super) accepted: u64,
}

impl Mark {
    pub(super) fn path(folder: &Path, topic: &str) -> PathBuf {
        folder.join(format!("{topic}.mark"))
    }

    /// Reads it; the default when there is none.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let fresh = path.with_extension("mark.new");
        fs::write(&fresh, serde_json::to_vec(self).map_err(io::Error::other)?)?;
        fs::File::open(&fresh)?.sync_all()?;
        fs::rename(&fresh, path)
    }
}
