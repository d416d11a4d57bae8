//! The data folder: made for its owner alone, and used by one process at a time, whatever its topics
//! are on.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use super::record::TopicError;

/// Takes the folder's lock, which the system frees when the process ends, however it ends.
pub(super) fn lock(folder: &Path) -> Result<File, TopicError> {
    let fatal = |what: &str, error: &io::Error| {
        TopicError::Fatal(format!("cannot {what} {}: {error}", folder.display()))
    };
    make_folder(folder).map_err(|error| fatal("make the data folder", &error))?;
    let path = folder.join("lock");
    let mut options = OpenOptions::new();
    let options = options
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600);
    let mut lock = options
        .open(&path)
        .map_err(|error| fatal("open the lock in", &error))?;
    match try_lock(&lock) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = std::fs::read_to_string(&path).unwrap_or_default();
            return Err(TopicError::Locked(format!(
                "another process (pid {}) uses the data folder {}; stop it or set another data_dir",
                holder.trim(),
                folder.display(),
            )));
        }
        Err(TryLockError::Error(error)) => return Err(fatal("lock", &error)),
    }
    // The pid is for people alone: on a full disk the lock must hold without it.
    if let Err(error) = lock
        .set_len(0)
        .and_then(|()| writeln!(lock, "{}", std::process::id()))
    {
        tracing::warn!(%error, folder = %folder.display(), "cannot write the pid into the lock");
    }
    Ok(lock)
}

/// Tries for a moment: [`is_locked`] holds the lock while it looks.
fn try_lock(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..10 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            other => return other,
        }
    }
    lock.try_lock()
}

/// Says whether a process holds the folder's lock.
pub(super) fn is_locked(folder: &Path) -> bool {
    let lock = File::open(folder.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Makes the folder for its owner alone, so that it is there after a power cut too.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
