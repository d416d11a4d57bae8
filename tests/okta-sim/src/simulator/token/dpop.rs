//! DPoP: proofs that a request comes from the holder of a key, and the nonces that they bear.

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName};
use parking_lot::Mutex;
use serde_json::Value;
use uuid::Uuid;

use crate::simulator::clock::wall_ms;
use crate::simulator::jose::{self, Jws};
use crate::simulator::refusal::Refusal;
use crate::simulator::site::Site;
use crate::simulator::tenant::Tenant;

/// The header of a proof.
pub(crate) const PROOF: HeaderName = HeaderName::from_static("dpop");
/// A nonce is handed out for a day and taken for three more.
const HANDED_OUT_MS: i64 = 86_400_000;
const TAKEN_MS: i64 = 3 * 86_400_000;
/// The oldest that a proof may be, in seconds.
const OLDEST_S: i64 = 300;
/// How far a client's clock may be ahead, in seconds.
const AHEAD_S: i64 = 300;

/// The nonces of an org, in real time.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    /// With the time each was made; the last is handed out.
    known: Mutex<Vec<(String, i64)>>,
}

impl Nonces {
    /// Returns the nonce that is handed out now.
    pub(crate) fn current(&self) -> String {
        let now_ms = wall_ms();
        let mut known = self.known.lock();
        known.retain(|(_, made_ms)| now_ms - made_ms < HANDED_OUT_MS + TAKEN_MS);
        match known.last() {
            Some((nonce, made_ms)) if now_ms - made_ms < HANDED_OUT_MS => nonce.clone(),
            _ => {
                let nonce = Uuid::new_v4().simple().to_string();
                known.push((nonce.clone(), now_ms));
                nonce
            }
        }
    }

    /// Forgets every nonce, so that clients must fetch a new one.
    pub(crate) fn forget(&self) {
        self.known.lock().clear();
    }

    fn is_known(&self, nonce: &str) -> bool {
        self.known.lock().iter().any(|(known, _)| known == nonce)
    }
}

/// Checks the proof of a token request and returns the thumbprint that the token is bound to;
/// `None` for an app that neither needs nor brings a proof.
pub(super) fn of_token_request(
    tenant: &Tenant,
    site: &Site,
    headers: &HeaderMap,
    required: bool,
) -> Result<Option<String>, Refusal> {
    if !required && !headers.contains_key(PROOF) {
        return Ok(None);
    }
    let text = only_proof(headers)?;
    let jws = check(site, &text, "POST", "/oauth2/v1/token")?;
    let fresh = jws
        .text("nonce")
        .is_some_and(|nonce| tenant.nonces.is_known(nonce));
    if !fresh {
        return Err(Refusal::OAuth {
            status: StatusCode::BAD_REQUEST,
            error: "use_dpop_nonce",
            description: "Authorization server requires nonce in DPoP proof.".to_owned(),
            nonce: Some(tenant.nonces.current()),
        });
    }
    use_once(tenant, &jws)?;
    Ok(jws.header.get("jwk").and_then(jose::thumbprint))
}

/// Checks the proof of an API call that bears a bound token.
pub(crate) fn of_api_call(
    tenant: &Tenant,
    site: &Site,
    headers: &HeaderMap,
    (method, path): (&str, &str),
    (token, bound_to): (&str, &str),
) -> Result<(), Refusal> {
    let text = only_proof(headers)?;
    let jws = check(site, &text, method, path)?;
    if jws.text("ath") != Some(&jose::token_hash(token)) {
        return invalid("'ath' claim in the DPoP proof does not match the presented access_token.");
    }
    let thumbprint = jws.header.get("jwk").and_then(jose::thumbprint);
    if thumbprint.as_deref() != Some(bound_to) {
        return invalid("The access_token is not bound to the provided DPoP proof.");
    }
    use_once(tenant, &jws)
}

fn only_proof(headers: &HeaderMap) -> Result<String, Refusal> {
    let mut proofs = headers.get_all(PROOF).iter();
    let Some(proof) = proofs.next() else {
        return invalid("The DPoP proof JWT header is missing.");
    };
    if proofs.next().is_some() {
        return invalid("Multiple DPoP proof JWT headers are not allowed.");
    }
    match proof.to_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => invalid("The DPoP proof JWT cannot be parsed."),
    }
}

fn check<'text>(
    site: &Site,
    text: &'text str,
    method: &str,
    path: &str,
) -> Result<Jws<'text>, Refusal> {
    let Some(jws) = Jws::parse(text) else {
        return invalid("The DPoP proof JWT cannot be parsed.");
    };
    if jws.header.get("typ").and_then(Value::as_str) != Some("dpop+jwt") {
        return invalid("'typ' must be 'dpop+jwt' in the DPoP proof JWT.");
    }
    if jws.algorithm().is_none() {
        return invalid("The DPoP proof JWT signature algorithm is invalid.");
    }
    let key = jws.header.get("jwk").unwrap_or(&Value::Null);
    // A proof that carries the private key gives it away.
    if key.get("d").is_some() || !jws.is_signed_by(key) {
        return invalid("The DPoP proof JWT signature is invalid.");
    }
    if jws.text("htm") != Some(method) {
        return invalid("'htm' claim in the DPoP proof JWT is invalid.");
    }
    if !jws.text("htu").is_some_and(|url| site.is_url_of(url, path)) {
        return invalid("'htu' claim in the DPoP proof JWT is invalid.");
    }
    let now_s = wall_ms().div_euclid(1000);
    match jws.instant("iat") {
        None => return invalid("'iat' claim in the DPoP proof JWT is invalid."),
        Some(issued_s) if issued_s > now_s + AHEAD_S => {
            return invalid("The DPoP proof JWT is issued in the future.");
        }
        Some(issued_s) if issued_s < now_s - OLDEST_S => {
            return invalid("The DPoP proof JWT is issued more than five minutes in the past.");
        }
        Some(_) => {}
    }
    Ok(jws)
}

fn use_once(tenant: &Tenant, jws: &Jws<'_>) -> Result<(), Refusal> {
    let Some(jti) = jws.text("jti").filter(|jti| !jti.is_empty()) else {
        return invalid("'jti' claim in the DPoP proof JWT is invalid.");
    };
    let now_ms = wall_ms();
    let until_ms = now_ms + (OLDEST_S + AHEAD_S) * 1000;
    let mut apps = tenant.apps.lock();
    if apps.use_once(format!("proof {jti}"), until_ms, now_ms) {
        Ok(())
    } else {
        invalid("The DPoP proof JWT has already been used.")
    }
}

fn invalid<T>(description: &str) -> Result<T, Refusal> {
    Err(Refusal::oauth(
        StatusCode::BAD_REQUEST,
        "invalid_dpop_proof",
        description,
    ))
}
