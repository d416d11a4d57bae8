//! Signed JSON web tokens and their keys: what the token endpoint reads and writes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use openssl::sign::{Signer, Verifier};
use serde_json::{Map, Value, json};

/// A token as it came, taken apart; its signature is not checked yet.
#[derive(Debug)]
pub(crate) struct Jws<'text> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    signed: &'text str,
    signature: Vec<u8>,
}

impl<'text> Jws<'text> {
    /// Takes a compact serialisation apart; `None` if it is none.
    pub(crate) fn parse(text: &'text str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// Returns the algorithm that the header names, if it is one that Okta takes.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::named(self.header.get("alg")?.as_str()?)
    }

    /// Returns a claim that is text.
    pub(crate) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// Returns a claim that is an instant: Unix time in seconds.
    pub(crate) fn instant(&self, claim: &str) -> Option<i64> {
        let value = self.claims.get(claim)?;
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }

    /// Returns whether the signature is that of this public key.
    pub(crate) fn is_signed_by(&self, jwk: &Value) -> bool {
        let (Some(algorithm), Some(key)) = (self.algorithm(), public_key(jwk)) else {
            return false;
        };
        self.verify(algorithm, &key).unwrap_or(false)
    }

    fn verify(&self, algorithm: Algorithm, key: &PKey<Public>) -> Result<bool, ErrorStack> {
        let der;
        let signature = match algorithm.family {
            Family::Rsa => &self.signature,
            Family::Ec => {
                // Both numbers one after the other, each as wide as the curve.
                let (r, s) = self.signature.split_at(self.signature.len() / 2);
                let pair = EcdsaSig::from_private_components(
                    BigNum::from_slice(r)?,
                    BigNum::from_slice(s)?,
                )?;
                der = pair.to_der()?;
                &der
            }
        };
        let mut verifier = Verifier::new(algorithm.digest, key)?;
        verifier.verify_oneshot(signature, self.signed.as_bytes())
    }
}

/// An algorithm of signatures.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm {
    family: Family,
    digest: MessageDigest,
}

#[derive(Clone, Copy)]
enum Family {
    Rsa,
    Ec,
}

impl Algorithm {
    fn named(name: &str) -> Option<Self> {
        let (family, digest) = match name {
            "RS256" => (Family::Rsa, MessageDigest::sha256()),
            "RS384" => (Family::Rsa, MessageDigest::sha384()),
            "RS512" => (Family::Rsa, MessageDigest::sha512()),
            "ES256" => (Family::Ec, MessageDigest::sha256()),
            "ES384" => (Family::Ec, MessageDigest::sha384()),
            "ES512" => (Family::Ec, MessageDigest::sha512()),
            _ => return None,
        };
        Some(Self { family, digest })
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn number(jwk: &Value, member: &str) -> Option<BigNum> {
    let bytes = URL_SAFE_NO_PAD.decode(jwk.get(member)?.as_str()?).ok()?;
    BigNum::from_slice(&bytes).ok()
}

/// Reads a public JSON web key; `None` if it is of no kind that Okta takes.
pub(crate) fn public_key(jwk: &Value) -> Option<PKey<Public>> {
    match jwk.get("kty")?.as_str()? {
        "RSA" => {
            let rsa = Rsa::from_public_components(number(jwk, "n")?, number(jwk, "e")?).ok()?;
            PKey::from_rsa(rsa).ok()
        }
        "EC" => {
            let curve = match jwk.get("crv")?.as_str()? {
                "P-256" => Nid::X9_62_PRIME256V1,
                "P-384" => Nid::SECP384R1,
                "P-521" => Nid::SECP521R1,
                _ => return None,
            };
            let group = EcGroup::from_curve_name(curve).ok()?;
            let (x, y) = (number(jwk, "x")?, number(jwk, "y")?);
            let key = EcKey::from_public_key_affine_coordinates(&group, &x, &y).ok()?;
            PKey::from_ec_key(key).ok()
        }
        _ => None,
    }
}

/// Returns the thumbprint of a public key (RFC 7638): what `cnf.jkt` of a bound token holds.
pub(crate) fn thumbprint(jwk: &Value) -> Option<String> {
    let member = |name: &str| jwk.get(name).filter(|value| value.is_string()).cloned();
    // Members in the order of their names, as `json!` keeps them.
    let canonical = match jwk.get("kty")?.as_str()? {
        "RSA" => json!({"e": member("e")?, "kty": "RSA", "n": member("n")?}),
        "EC" => {
            json!({"crv": member("crv")?, "kty": "EC", "x": member("x")?, "y": member("y")?})
        }
        _ => return None,
    };
    Some(URL_SAFE_NO_PAD.encode(sha256(canonical.to_string().as_bytes())))
}

/// Returns the hash of an access token that a proof's `ath` must hold.
pub(crate) fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(token.as_bytes()))
}

/// Makes an RSA key of 2,048 bits.
pub(crate) fn new_rsa_key() -> Result<PKey<Private>, ErrorStack> {
    PKey::from_rsa(Rsa::generate(2048)?)
}

/// Returns the public part of an RSA key as a JSON web key.
pub(crate) fn rsa_jwk(key: &PKey<Private>, kid: &str) -> Result<Value, ErrorStack> {
    let rsa = key.rsa()?;
    let encode = |number: &openssl::bn::BigNumRef| URL_SAFE_NO_PAD.encode(number.to_vec());
    Ok(json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
        "n": encode(rsa.n()), "e": encode(rsa.e()),
    }))
}

/// Signs header and claims with RS256.
pub(crate) fn sign(
    key: &PKey<Private>,
    header: &Value,
    claims: &Value,
) -> Result<String, ErrorStack> {
    let mut text = URL_SAFE_NO_PAD.encode(header.to_string());
    text.push('.');
    text.push_str(&URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signer = Signer::new(MessageDigest::sha256(), key)?;
    let signature = signer.sign_oneshot_to_vec(text.as_bytes())?;
    text.push('.');
    text.push_str(&URL_SAFE_NO_PAD.encode(signature));
    Ok(text)
}
