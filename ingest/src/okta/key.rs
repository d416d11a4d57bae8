//! Private keys and what is signed with them: assertions of who we are (RFC 7523) and proofs that a
//! token is ours (RFC 9449).

mod read;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long an assertion is good for; it is used at once, and Okta allows an hour.
const ASSERTION_LIFE: i64 = 300;

/// A private key, and how it signs.
pub(super) struct SigningKey {
    key: PKey<Private>,
    algorithm: Algorithm,
    key_id: Option<String>,
}

/// The ways of signing that Okta takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Es256,
    Es384,
    Es512,
}

/// Why a private key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say what the variants are")]
pub enum KeyError {
    #[error("There is no private key.")]
    Missing,
    #[error("What stands in place of the private key is neither PEM nor a JWK.")]
    Unreadable,
    #[error("The private key is locked with a passphrase.")]
    Locked,
    #[error("This is a public key, which cannot sign.")]
    Public,
    #[error("The JWK lacks {0}, or it is no base64url.")]
    Member(&'static str),
    #[error("The parts of the private key do not belong together.")]
    Inconsistent,
    #[error("The RSA key has {0} bits, and Okta wants 2048 at least.")]
    Short(u32),
    #[error("The private key is of a kind that Okta does not take.")]
    Kind,
    #[error("The private key does not sign.")]
    Unusable,
}

impl KeyError {
    /// Returns the one thing to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Locked => {
                "Unlock it, `openssl pkey -in key.pem -out unlocked.pem`, and enter that."
            }
            Self::Public => "Enter the private half; Okta shows it once, when the key is made.",
            Self::Short(_) | Self::Kind => {
                "Let Okta make a key at the application, or make an RSA key of 2048 bits or more, or \
                 one on P-256, P-384 or P-521."
            }
            _ => "Copy the private key anew, whole, as PEM or as JWK.",
        }
    }
}

impl From<ErrorStack> for KeyError {
    fn from(_: ErrorStack) -> Self {
        Self::Unusable
    }
}

/// Shows nothing of the key.
impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    fn digest(self) -> MessageDigest {
        match self {
            Self::Rs256 | Self::Es256 => MessageDigest::sha256(),
            Self::Rs384 | Self::Es384 => MessageDigest::sha384(),
            Self::Rs512 | Self::Es512 => MessageDigest::sha512(),
        }
    }

    /// Of a curve: its name, and how many bytes a coordinate has.
    const fn curve(self) -> Option<(&'static str, i32)> {
        match self {
            Self::Es256 => Some(("P-256", 32)),
            Self::Es384 => Some(("P-384", 48)),
            Self::Es512 => Some(("P-521", 66)),
            _ => None,
        }
    }
}

impl SigningKey {
    /// Makes a key of our own.
    pub(super) fn generate() -> Result<Self, KeyError> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        Ok(Self {
            key: PKey::from_ec_key(EcKey::generate(&group)?)?,
            algorithm: Algorithm::Es256,
            key_id: None,
        })
    }

    /// Returns the public half as JWK.
    fn public_jwk(&self) -> Result<Value, KeyError> {
        if let Some((curve, size)) = self.algorithm.curve() {
            let key = self.key.ec_key()?;
            let (mut x, mut y) = (openssl::bn::BigNum::new()?, openssl::bn::BigNum::new()?);
            let mut context = BigNumContext::new()?;
            let point = key.public_key();
            point.affine_coordinates(key.group(), &mut x, &mut y, &mut context)?;
            let [x, y] = [x.to_vec_padded(size)?, y.to_vec_padded(size)?].map(base64url);
            return Ok(json!({"kty": "EC", "crv": curve, "x": x, "y": y}));
        }
        let key = self.key.rsa()?;
        let [n, e] = [key.n().to_vec(), key.e().to_vec()].map(base64url);
        Ok(json!({"kty": "RSA", "n": n, "e": e}))
    }

    /// Signs a JWT (RFC 7515, compact).
    fn jwt(&self, mut header: Value, claims: &Value) -> Result<String, KeyError> {
        header["alg"] = json!(self.algorithm.name());
        let text = format!(
            "{}.{}",
            base64url(header.to_string()),
            base64url(claims.to_string())
        );
        let mut signer = Signer::new(self.algorithm.digest(), &self.key)?;
        let signature = signer.sign_oneshot_to_vec(text.as_bytes())?;
        let signature = match self.algorithm.curve() {
            // OpenSSL writes both numbers as DER, a JWT has them side by side.
            Some((_, size)) => {
                let both = EcdsaSig::from_der(&signature)?;
                [both.r().to_vec_padded(size)?, both.s().to_vec_padded(size)?].concat()
            }
            None => signature,
        };
        Ok(format!("{text}.{}", base64url(signature)))
    }
}

/// Says who we are, once: for the token endpoint at `url`.
pub(super) fn assertion(
    key: &SigningKey,
    client_id: &str,
    url: &str,
    now: i64,
) -> Result<String, KeyError> {
    let mut header = json!({"typ": "JWT"});
    if let Some(key_id) = &key.key_id {
        header["kid"] = json!(key_id);
    }
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": url,
        "iat": now,
        "exp": now + ASSERTION_LIFE,
        "jti": Uuid::new_v4().to_string(),
    });
    key.jwt(header, &claims)
}

/// Proves, once, that who calls `url` has the key that `token` is bound to.
pub(super) fn proof(
    key: &SigningKey,
    method: &str,
    url: &str,
    token: Option<&str>,
    nonce: Option<&str>,
    now: i64,
) -> Result<String, KeyError> {
    let header = json!({"typ": "dpop+jwt", "jwk": key.public_jwk()?});
    let mut claims = json!({
        "htm": method,
        "htu": url,
        "iat": now,
        "jti": Uuid::new_v4().to_string(),
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    if let Some(token) = token {
        claims["ath"] = json!(base64url(Sha256::digest(token)));
    }
    key.jwt(header, &claims)
}

/// The value of `Authorization` of a client with a secret (RFC 7617).
pub(super) fn basic(client_id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client_id}:{secret}")))
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
