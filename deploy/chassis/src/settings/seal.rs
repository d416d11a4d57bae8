//! Secrets within settings, sealed so that only our services can read them.

use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead, Payload};

use super::keyring::{Keyring, framed};
use crate::config::Secret;

/// What a sealed secret begins with.
const SCHEME: &str = "sealed1";
const NONCE_BYTES: usize = 24;

/// What a sealed secret is bound to: put anywhere else, it does not open.
#[derive(Debug, Clone, Copy)]
pub struct Seal<'a> {
    /// The id of the object that holds it.
    pub object: &'a str,
    /// The name of the field.
    pub field: &'a str,
    /// The secret's own version, which stands beside it: an older secret put back under a newer
    /// version does not open. It is not the object's version, with which it would have to be
    /// sealed anew at every change of something else.
    pub version: &'a str,
}

/// Why a secret was not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Not a sealed secret at all.
    #[error("this is no sealed secret")]
    Malformed,
    /// Its key is not among ours.
    #[error("the secret is sealed with a master key that is not among those configured")]
    UnknownKey,
    /// It was changed, or sealed for another place.
    #[error("the secret does not open: it was changed, or sealed for another place")]
    Refused,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

impl Seal<'_> {
    /// Seals a secret; the text can stand in settings for all to see.
    pub fn close(&self, keys: &Keyring, secret: &Secret) -> Result<String, SealError> {
        let key = keys.active().ok_or(SealError::UnknownKey)?;
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(SealError::Random)?;
        let (msg, aad) = (secret.expose().as_bytes(), self.bound_to());
        let sealed = key
            .seal
            .encrypt(&XNonce::from(nonce), Payload { msg, aad: &aad })
            .map_err(|_| SealError::Refused)?;
        Ok(format!(
            "{SCHEME}.{}.{}{}",
            key.id,
            hex::encode(nonce),
            hex::encode(sealed)
        ))
    }

    /// Opens a sealed secret.
    pub fn open(&self, keys: &Keyring, sealed: &str) -> Result<Secret, SealError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(SCHEME), Some(id), Some(text)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(SealError::Malformed);
        };
        let bytes = hex::decode(text).map_err(|_| SealError::Malformed)?;
        let (nonce, msg) = bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Malformed)?;
        let key = keys.find(id).ok_or(SealError::UnknownKey)?;
        let opened = key
            .seal
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg,
                    aad: &self.bound_to(),
                },
            )
            .map_err(|_| SealError::Refused)?;
        String::from_utf8(opened)
            .map(Secret::new)
            .map_err(|_| SealError::Malformed)
    }

    fn bound_to(&self) -> Vec<u8> {
        let Self {
            object,
            field,
            version,
        } = self;
        framed(&[
            b"nightlatch sealed 1",
            object.as_bytes(),
            field.as_bytes(),
            version.as_bytes(),
        ])
    }
}
