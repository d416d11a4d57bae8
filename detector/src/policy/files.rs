//! Policy files on disk, as they stand at one look.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A policy file larger than this is refused, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A configured path and the policy files that stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// As it is configured: a file or a folder.
    pub path: PathBuf,
    /// In the order of their names; the error is why there is no telling.
    pub files: Result<Vec<PolicyFile>, String>,
}

/// A policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// Where it stands.
    pub path: PathBuf,
    /// The error is why it can't be read.
    pub text: Result<String, String>,
}

/// Reads every policy file that `paths` name, in order; of folders `*.yaml` and `*.yml`, but
/// neither tests nor hidden files.
pub fn read(paths: &[PathBuf]) -> Vec<Root> {
    let root = |path: &PathBuf| Root {
        path: path.clone(),
        files: list(path).map_err(|error| error.to_string()),
    };
    paths.iter().map(root).collect()
}

fn list(root: &Path) -> io::Result<Vec<PolicyFile>> {
    let mut paths = Vec::new();
    if fs::metadata(root)?.is_dir() {
        for entry in fs::read_dir(root)? {
            let path = entry?.path();
            if path.file_name().is_some_and(is_policy) {
                paths.push(path);
            }
        }
        paths.sort();
    } else {
        paths.push(root.to_owned());
    }
    let file = |path: PathBuf| PolicyFile {
        text: read_file(&path).map_err(|error| error.to_string()),
        path,
    };
    Ok(paths.into_iter().map(file).collect())
}

/// Says whether a file of a folder is a policy by its name.
fn is_policy(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let stem = [".yaml", ".yml"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    let is_test = |stem: &str| Path::new(stem).extension() == Some(OsStr::new("test"));
    stem.is_some_and(|stem| !stem.is_empty() && !stem.starts_with('.') && !is_test(stem))
}

fn read_file(path: &Path) -> io::Result<String> {
    // Opening a pipe would wait for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is no file"));
    }
    let mut text = String::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!(
            "is over the limit of {MAX_BYTES} bytes"
        )));
    }
    Ok(text)
}
