//! A record of a settings log: one object whole, with the version it expects and a MAC.

use std::fmt;
use std::str::FromStr;

use hmac::Mac;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::keyring::{Keyring, framed};
use crate::topic::Record;

/// Header: the id of the key that made the MAC.
const KEY: &str = "mac-key";
/// Header: the MAC.
const MAC: &str = "mac";

/// An object's version: the first 8 bytes of SHA-256 over topic, object and the record as it was
/// written. The record names the version it expects, so versions are a chain: the same one never
/// comes again, an old record that is appended anew fits nowhere, and a version tells all that led
/// to it. A counter would do none of that, and two logs would give the same one to different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version([u8; 8]);

/// What a record says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The version that the object must have for this one to count; `None`: it must not be there.
    pub(super) expects: Option<Version>,
    /// Random, so that no two records are the same.
    pub(super) nonce: String,
    pub(super) who: String,
    pub(super) when: Timestamp,
    pub(super) why: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
    pub(super) value: Value,
}

/// Why a record is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    NoMac,
    UnknownKey(String),
    BadMac,
    Unreadable(String),
}

impl Entry {
    /// Writes it as a record of `topic` for `object`. `None`: there is no key.
    pub(super) fn sign(
        &self,
        topic: &str,
        object: &str,
        keys: &Keyring,
    ) -> Result<(Version, Record), Doubt> {
        let value = serde_json::to_vec(self).map_err(|e| Doubt::Unreadable(e.to_string()))?;
        let key = keys.active().ok_or(Doubt::NoMac)?;
        let covered = covered(topic, object.as_bytes(), &value);
        let mac = key
            .mac
            .clone()
            .chain_update(&covered)
            .finalize()
            .into_bytes();
        let headers = vec![
            (KEY.to_owned(), key.id.clone().into_bytes()),
            (MAC.to_owned(), mac.as_slice().to_vec()),
        ];
        let record = Record {
            key: object.as_bytes().to_vec(),
            headers,
            value,
        };
        Ok((Version::of(&covered), record))
    }

    /// Reads a record that one of our keys has signed for `topic`.
    pub(super) fn verify(
        topic: &str,
        record: &Record,
        keys: &Keyring,
    ) -> Result<(String, Version, Self), Doubt> {
        let header = |name: &str| {
            let found = record.headers.iter().find(|(header, _)| header == name);
            found.map(|(_, value)| value.as_slice()).ok_or(Doubt::NoMac)
        };
        let id = String::from_utf8_lossy(header(KEY)?);
        let key = keys
            .find(&id)
            .ok_or_else(|| Doubt::UnknownKey(id.into_owned()))?;
        let covered = covered(topic, &record.key, &record.value);
        let mac = key.mac.clone().chain_update(&covered);
        mac.verify_slice(header(MAC)?).map_err(|_| Doubt::BadMac)?;
        let unreadable = |error: &dyn fmt::Display| Doubt::Unreadable(error.to_string());
        let object = String::from_utf8(record.key.clone()).map_err(|e| unreadable(&e))?;
        let entry = serde_json::from_slice(&record.value).map_err(|e| unreadable(&e))?;
        Ok((object, Version::of(&covered), entry))
    }
}

/// What MAC and version cover. The version is a function of it, so the MAC covers that too.
fn covered(topic: &str, object: &[u8], value: &[u8]) -> Vec<u8> {
    framed(&[b"nightlatch settings 1", topic.as_bytes(), object, value])
}

impl Doubt {
    /// Returns its kind as metrics have it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::NoMac => "no_mac",
            Self::UnknownKey(_) => "unknown_key",
            Self::BadMac => "bad_mac",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMac => f.write_str("it has no MAC"),
            Self::UnknownKey(id) => write!(f, "its key {id:?} is not among our master keys"),
            Self::BadMac => f.write_str("its MAC is wrong: it was not written by our services"),
            Self::Unreadable(error) => write!(f, "it cannot be read: {error}"),
        }
    }
}

impl Version {
    fn of(covered: &[u8]) -> Self {
        let mut version = [0; 8];
        version
            .iter_mut()
            .zip(Sha256::digest(covered))
            .for_each(|(to, from)| *to = from);
        Self(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Why a text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version is 16 hexadecimal digits")]
pub struct VersionError;

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let mut version = [0; 8];
        hex::decode_to_slice(text, &mut version).map_err(|_| VersionError)?;
        Ok(Self(version))
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
