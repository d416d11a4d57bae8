//! The master key and what is derived from it: one key for MACs, one for sealing.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::Hmac;
use sha2::Sha256;

use crate::config::{Config, ConfigErrors, Secret};
use crate::topic::KafkaConfig;

/// Size of a master key, in bytes.
const KEY_BYTES: usize = 32;

/// Master keys: the first one is used to write, all of them to read. Clones share them.
///
/// A key's id is derived from the key, so the two cannot be mixed up.
#[derive(Clone)]
pub struct Keyring {
    keys: Arc<[Key]>,
}

pub(super) struct Key {
    pub(super) id: String,
    pub(super) mac: Hmac<Sha256>,
    pub(super) seal: XChaCha20Poly1305,
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The setting can't be read.
    #[error("{0}")]
    Config(ConfigErrors),
    /// What is there is no key. The key itself is not shown.
    #[error(
        "master key {number} is wrong: it must be {} hexadecimal digits, as `openssl rand -hex 32` \
         prints them",
        2 * KEY_BYTES
    )]
    Malformed {
        /// Which of the keys, from 1.
        number: usize,
    },
    /// There is none.
    #[error(
        "there is no master key, which services that share settings on Kafka must have in common; set \
         master_key (NIGHTLATCH_MASTER_KEY or …_FILE) to what `openssl rand -hex 32` prints"
    )]
    Missing,
    /// Its file can't be used.
    #[error("cannot {action} the master key in {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

impl Keyring {
    /// Reads the keys of the setting `master_key`; without one, those of the file `master.key` in
    /// the data folder, which is made when it is not there. On Kafka one must be set: replicas that
    /// each made a key of their own would not believe each other.
    pub fn open(config: &Config) -> Result<Self, KeyError> {
        let configured: Secret = config.section("master_key").map_err(KeyError::Config)?;
        let is_shared = KafkaConfig::from_config(config)
            .map_err(KeyError::Config)?
            .is_some();
        if configured.is_empty() && !is_shared {
            Self::local(&config.data_dir())
        } else {
            Self::parse(&configured)
        }
    }

    /// Reads the keys of the file `master.key`, which is made when it is not there. The folder must
    /// be there, and locked by us.
    pub fn local(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join("master.key");
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                warn_if_open(&path);
                Self::parse(&Secret::new(text))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; KEY_BYTES];
                getrandom::fill(&mut key).map_err(KeyError::Random)?;
                let text = hex::encode(key);
                write(folder, &path, &text).map_err(|source| KeyError::File {
                    action: "write",
                    path,
                    source,
                })?;
                Self::parse(&Secret::new(text))
            }
            Err(source) => Err(KeyError::File {
                action: "read",
                path,
                source,
            }),
        }
    }

    /// Reads keys, separated by white space or commas; the first one is used to write.
    pub fn parse(text: &Secret) -> Result<Self, KeyError> {
        let separator = |c: char| c.is_whitespace() || c == ',';
        let words = text
            .expose()
            .split(separator)
            .filter(|word| !word.is_empty());
        let keys: Arc<[Key]> = words
            .zip(1..)
            .map(|(word, number)| {
                let mut master = [0; KEY_BYTES];
                hex::decode_to_slice(word, &mut master)
                    .ok()
                    .and_then(|()| Key::derive(&master))
                    .ok_or(KeyError::Malformed { number })
            })
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            Err(KeyError::Missing)
        } else {
            Ok(Self { keys })
        }
    }

    /// Returns the ids of the keys, that of the one used to write first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    pub(super) fn active(&self) -> Option<&Key> {
        self.keys.first()
    }

    pub(super) fn find(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }
}

impl Key {
    fn derive(master: &[u8; KEY_BYTES]) -> Option<Self> {
        let master = Hkdf::<Sha256>::new(None, master);
        let derive = |purpose: &str, out: &mut [u8]| master.expand(purpose.as_bytes(), out).ok();
        let (mut id, mut mac, mut seal) = ([0; 4], [0; 32], [0; 32]);
        derive("nightlatch key id", &mut id)?;
        derive("nightlatch settings mac", &mut mac)?;
        derive("nightlatch seal", &mut seal)?;
        Some(Self {
            id: hex::encode(id),
            mac: Hmac::new_from_slice(&mac).ok()?,
            seal: XChaCha20Poly1305::new(&seal.into()),
        })
    }
}

/// Joins parts so that no two lists of parts give the same bytes.
pub(super) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
        framed.extend_from_slice(part);
    }
    framed
}

/// Writes a file for its owner alone; it is there whole or not at all.
fn write(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    File::open(folder)?.sync_all()
}

fn warn_if_open(path: &Path) {
    if let Ok(found) = path.metadata()
        && found.permissions().mode() & 0o077 != 0
    {
        tracing::warn!(path = %path.display(), "others than its owner may read the master key");
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}
