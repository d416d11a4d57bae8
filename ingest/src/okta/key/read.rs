//! Private keys as people have them: PEM of any form, or the JWK that Okta shows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::{Rsa, RsaPrivateKeyBuilder};
use serde_json::{Map, Value};

use super::{Algorithm, KeyError, SigningKey};

/// The shortest RSA key that Okta takes, in bits.
const MIN_RSA: u32 = 2048;
/// The curves that Okta takes: what JWKs call them, what OpenSSL does.
const CURVES: [(&str, Nid); 3] = [
    ("P-256", Nid::X9_62_PRIME256V1),
    ("P-384", Nid::SECP384R1),
    ("P-521", Nid::SECP521R1),
];

impl SigningKey {
    /// Reads a private key; `key_id` counts before the one that a JWK names.
    pub(in crate::okta) fn read(text: &str, key_id: Option<&str>) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(KeyError::Missing);
        }
        let jwk = text.starts_with('{').then(|| jwk(text)).transpose()?;
        let key = match &jwk {
            Some(jwk) => from_jwk(jwk)?,
            None => from_pem(text)?,
        };
        let member = |name: &str| jwk.as_ref()?.get(name)?.as_str();
        let algorithm = algorithm(&key, member("alg"))?;
        let key_id = key_id.or_else(|| member("kid")).map(str::to_owned);
        Ok(Self {
            key,
            algorithm,
            key_id: key_id.filter(|key_id| !key_id.is_empty()),
        })
    }
}

fn from_pem(text: &str) -> Result<PKey<Private>, KeyError> {
    if text.contains("ENCRYPTED") {
        return Err(KeyError::Locked);
    }
    if text.contains("BEGIN PUBLIC KEY") || text.contains("BEGIN CERTIFICATE") {
        return Err(KeyError::Public);
    }
    // Some forms of storing a text make of its lines one line with `\n` written out.
    let text = text.replace("\\n", "\n");
    // OpenSSL asks the terminal for a passphrase unless it is given one.
    let key = PKey::private_key_from_pem_callback(text.as_bytes(), |_| Ok(0));
    key.map_err(|_| KeyError::Unreadable)
}

/// Reads a JWK, or the only one of a set.
fn jwk(text: &str) -> Result<Map<String, Value>, KeyError> {
    let value: Value = serde_json::from_str(text).map_err(|_| KeyError::Unreadable)?;
    let value = match value
        .get("keys")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([only]) => only.clone(),
        Some(_) => return Err(KeyError::Unreadable),
        None => value,
    };
    match value {
        Value::Object(jwk) => Ok(jwk),
        _ => Err(KeyError::Unreadable),
    }
}

fn from_jwk(jwk: &Map<String, Value>) -> Result<PKey<Private>, KeyError> {
    if !jwk.contains_key("d") {
        return Err(KeyError::Public);
    }
    let key = match jwk.get("kty").and_then(Value::as_str) {
        Some("RSA") => rsa(jwk).and_then(|key| Ok(PKey::from_rsa(key)?)),
        Some("EC") => elliptic(jwk).and_then(|key| Ok(PKey::from_ec_key(key)?)),
        _ => Err(KeyError::Kind),
    };
    key.map_err(|error| match error {
        KeyError::Unusable => KeyError::Inconsistent,
        known => known,
    })
}

fn number(jwk: &Map<String, Value>, name: &'static str) -> Result<BigNum, KeyError> {
    let text = jwk.get(name).and_then(Value::as_str);
    let text = text.ok_or(KeyError::Member(name))?.trim_end_matches('=');
    let bytes = URL_SAFE_NO_PAD.decode(text);
    let bytes = bytes.map_err(|_| KeyError::Member(name))?;
    Ok(BigNum::from_slice(&bytes)?)
}

/// The factors may be left out by RFC 7518, but whoever writes private keys writes them.
fn rsa(jwk: &Map<String, Value>) -> Result<Rsa<Private>, KeyError> {
    let part = |name| number(jwk, name);
    let key = RsaPrivateKeyBuilder::new(part("n")?, part("e")?, part("d")?)?
        .set_factors(part("p")?, part("q")?)?
        .set_crt_params(part("dp")?, part("dq")?, part("qi")?)?
        .build();
    if key.check_key()? {
        Ok(key)
    } else {
        Err(KeyError::Inconsistent)
    }
}

fn elliptic(jwk: &Map<String, Value>) -> Result<EcKey<Private>, KeyError> {
    let name = jwk.get("crv").and_then(Value::as_str).unwrap_or_default();
    let curve = CURVES.iter().find(|(known, _)| *known == name);
    let (_, nid) = curve.ok_or(KeyError::Kind)?;
    let group = EcGroup::from_curve_name(*nid)?;
    let mut context = BigNumContext::new()?;
    let mut point = EcPoint::new(&group)?;
    let [x, y, secret] = [number(jwk, "x")?, number(jwk, "y")?, number(jwk, "d")?];
    point.set_affine_coordinates_gfp(&group, &x, &y, &mut context)?;
    let key = EcKey::from_private_components(&group, &secret, &point)?;
    key.check_key()?;
    Ok(key)
}

/// Returns how the key signs: a curve has one way, of RSA a JWK may say.
fn algorithm(key: &PKey<Private>, said: Option<&str>) -> Result<Algorithm, KeyError> {
    match key.id() {
        Id::RSA if key.bits() < MIN_RSA => Err(KeyError::Short(key.bits())),
        Id::RSA => match said {
            None | Some("RS256" | "RSA") => Ok(Algorithm::Rs256),
            Some("RS384") => Ok(Algorithm::Rs384),
            Some("RS512") => Ok(Algorithm::Rs512),
            Some(_) => Err(KeyError::Kind),
        },
        Id::EC => match key.ec_key()?.group().curve_name() {
            Some(Nid::X9_62_PRIME256V1) => Ok(Algorithm::Es256),
            Some(Nid::SECP384R1) => Ok(Algorithm::Es384),
            Some(Nid::SECP521R1) => Ok(Algorithm::Es512),
            _ => Err(KeyError::Kind),
        },
        _ => Err(KeyError::Kind),
    }
}
