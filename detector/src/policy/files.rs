//! Policy files on disk: which there are, and the last good text of each.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nightlatch_engine::SourceFile;
use sha2::{Digest, Sha256};

/// A policy file larger than this is refused, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Reads every policy file that `paths` name, in order; folders alphabetically, `*.yaml` and
/// `*.yml` but no tests. What can't be read comes back as an error with its path.
pub(crate) fn read(paths: &[PathBuf]) -> Vec<(PathBuf, io::Result<SourceFile>)> {
    let mut found = Vec::new();
    for path in paths {
        match list(path) {
            Ok(files) => found.extend(files.into_iter().map(|file| {
                let source = read_file(&file);
                (file, source)
            })),
            Err(error) => found.push((path.clone(), Err(error))),
        }
    }
    found
}

fn list(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let file = entry?.path();
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let yaml = [".yaml", ".yml"].iter().find_map(|ending| name.strip_suffix(ending));
        if yaml.is_some_and(|stem| !stem.ends_with(".test") && !stem.starts_with('.')) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(path: &Path) -> io::Result<SourceFile> {
    let bytes = fs::metadata(path)?.len();
    if bytes > MAX_BYTES {
        return Err(io::Error::other(format!("{bytes} bytes, over the limit of {MAX_BYTES}")));
    }
    let text = fs::read_to_string(path)?;
    Ok(SourceFile { name: path.display().to_string(), text })
}

/// The last good text of each policy file, kept over restarts.
#[derive(Debug)]
pub(crate) struct LastGood {
    folder: PathBuf,
}

impl LastGood {
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join("last-good-policies");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Returns the last good text of a policy file.
    pub(crate) fn get(&self, file: &Path) -> Option<SourceFile> {
        let text = fs::read_to_string(self.path(file)).ok()?;
        Some(SourceFile { name: file.display().to_string(), text })
    }

    /// Keeps `source` as the last good text of a policy file.
    pub(crate) fn keep(&self, file: &Path, source: &SourceFile) -> io::Result<()> {
        let path = self.path(file);
        if fs::read_to_string(&path).is_ok_and(|kept| kept == source.text) {
            return Ok(());
        }
        // Whole or not at all, whenever the process ends.
        let fresh = path.with_extension("new");
        fs::write(&fresh, &source.text)?;
        fs::rename(fresh, path)
    }

    fn path(&self, file: &Path) -> PathBuf {
        let digest = Sha256::digest(file.as_os_str().as_encoded_bytes());
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name).with_extension("yaml")
    }
}
