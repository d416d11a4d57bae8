//! Access tokens of an org's own authorization server: asked for once, kept, renewed ahead of their
//! end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use nightlatch_chassis::Secret;
use parking_lot::Mutex;
use reqwest::header::{DATE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;

use super::client::{Answer, Call, Pass};
use super::error::refusal;
use super::key::{self, SigningKey};
use super::{
    Bucket, Credentials, Granted, KeyError, Mode, Okta, OktaError, Problem, SCOPES, Scope,
};

const TOKEN: &str = "/oauth2/v1/token";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// A token is renewed this long before its end, or in the last tenth of a short life.
const AHEAD: Duration = Duration::from_mins(5);
/// Scopes that were granted after a token was made are not in it; one younger than this is not made
/// anew for them. A walk that lacks its scope for ever tries each minute, and each grant stands in the org's
/// System Log. Whoever validates has a new one at once.
const YOUNG: Duration = Duration::from_mins(10);
/// Okta's tokens live for an hour when an answer does not say.
const HOUR: u64 = 3600;
/// How often the token endpoint is asked for one token: a nonce, a clock and full windows may be in
/// the way, each once or twice.
const MAX_TRIES: u32 = 4;
const NONCE: &str = "dpop-nonce";
/// Less than this the clocks may differ.
const SKEW: i64 = 2;

/// How tokens are got, and the one that is in use.
#[derive(Debug)]
pub(super) struct Tokens {
    credentials: Credentials,
    /// What signs the assertions.
    key: Option<SigningKey>,
    /// What signs the proofs: of this process alone.
    proof_key: Option<SigningKey>,
    /// What Okta wants to see in proofs.
    nonce: Mutex<Option<String>>,
    /// How many seconds Okta's clock is ahead of ours.
    skew: AtomicI64,
    current: AsyncMutex<Option<Arc<Token>>>,
}

/// A token.
#[derive(Debug)]
pub(super) struct Token {
    text: Secret,
    scheme: &'static str,
    granted: Granted,
    given: Instant,
    renewed: Instant,
    ends: Instant,
}

impl Token {
    /// Whether another token may be what this one lacks.
    pub(super) fn may_be_outdated(&self, problem: &Problem) -> bool {
        match problem {
            _ if self.granted == Granted::RoleOfAdministrator => false,
            Problem::MissingScope { .. } => self.given.elapsed() > YOUNG,
            _ => true,
        }
    }
}

impl Tokens {
    pub(super) fn new(credentials: Credentials) -> Result<Self, KeyError> {
        let key = match &credentials {
            Credentials::PrivateKey(client) | Credentials::PrivateKeyDpop(client) => {
                let key_id = client.key_id.as_deref();
                Some(SigningKey::read(client.key.expose(), key_id)?)
            }
            _ => None,
        };
        let proof_key = match credentials.mode() {
            Mode::PrivateKeyDpop => Some(SigningKey::generate()?),
            _ => None,
        };
        Ok(Self {
            credentials,
            key,
            proof_key,
            nonce: Mutex::new(None),
            skew: AtomicI64::new(0),
            current: AsyncMutex::new(None),
        })
    }

    pub(super) fn mode(&self) -> Mode {
        self.credentials.mode()
    }

    /// Takes what an answer tells beside its body: Okta's time, and a nonce for proofs.
    pub(super) fn learn(&self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        if let Some(nonce) = text(NONCE) {
            *self.nonce.lock() = Some(nonce);
        }
        let date = text(DATE.as_str()).and_then(|date| rfc2822::parse(&date).ok());
        if let Some(date) = date {
            let skew = date.timestamp().as_second() - Timestamp::now().as_second();
            let skew = if skew.abs() <= SKEW { 0 } else { skew };
            self.skew.store(skew, Ordering::Relaxed);
        }
    }

    /// Returns what shows who we are in a call with a token.
    pub(super) fn pass(&self, token: &Token, method: &Method, url: &str) -> Result<Pass, KeyError> {
        let text = token.text.expose();
        let proof = match &self.proof_key {
            Some(key) if token.scheme == "DPoP" => {
                Some(self.proof(key, method, url, Some(text))?)
            }
            _ => None,
        };
        Ok(Pass {
            authorization: sensitive(&format!("{} {text}", token.scheme)),
            proof,
        })
    }

    /// Drops a token, unless it was renewed meanwhile.
    pub(super) async fn forget(&self, token: &Arc<Token>) {
        let mut current = self.current.lock().await;
        if current
            .as_ref()
            .is_some_and(|kept| Arc::ptr_eq(kept, token))
        {
            *current = None;
        }
    }

    /// Returns Okta's time, in seconds.
    fn now(&self) -> i64 {
        Timestamp::now().as_second() + self.skew.load(Ordering::Relaxed)
    }

    fn proof(
        &self,
        key: &SigningKey,
        method: &Method,
        url: &str,
        token: Option<&str>,
    ) -> Result<HeaderValue, KeyError> {
        // A proof names the address without its query.
        let (url, _) = url.split_once('?').unwrap_or((url, ""));
        let nonce = self.nonce.lock().clone();
        let proof = key::proof(
            key,
            method.as_str(),
            url,
            token,
            nonce.as_deref(),
            self.now(),
        )?;
        sensitive(&proof).ok_or(KeyError::Unusable)
    }

    /// Returns what asks for a token: the form, and what goes with it.
    fn question(&self, url: &str) -> Result<(String, Pass), KeyError> {
        let scopes = SCOPES.map(Scope::name).join(" ");
        let mut form = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("scope", scopes),
        ];
        let mut pass = Pass::default();
        match (&self.credentials, &self.key) {
            (Credentials::ClientSecret { client_id, secret }, _) => {
                pass.authorization = sensitive(&key::basic(client_id, secret.expose()));
            }
            (_, Some(key)) => {
                let client_id = self.credentials.client_id().unwrap_or_default();
                let assertion = key::assertion(key, client_id, url, self.now())?;
                form.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
                form.push(("client_assertion", assertion));
            }
            _ => {}
        }
        if let Some(key) = &self.proof_key {
            pass.proof = Some(self.proof(key, &Method::POST, url, None)?);
        }
        Ok((encoded(&form), pass))
    }
}

impl Okta {
    /// Asks for a token and returns what it carries. An API token is tried on the org's event hooks.
    pub async fn granted(&self) -> Result<Granted, OktaError> {
        if self.mode() == Mode::ApiToken {
            return match self.event_hooks().await {
                // It is taken, and what it may do is asked where it is done.
                Err(error) if *error.problem() != Problem::NoPermission => Err(error),
                _ => Ok(Granted::RoleOfAdministrator),
            };
        }
        let mut current = self.tokens().current.lock().await;
        let token = Arc::new(self.ask_for_token().await?);
        *current = Some(Arc::clone(&token));
        Ok(token.granted.clone())
    }

    /// Returns a token, asking for one if need be. Whoever comes meanwhile waits for the same.
    pub(super) async fn token(&self) -> Result<Arc<Token>, OktaError> {
        let mut current = self.tokens().current.lock().await;
        let now = Instant::now();
        let kept = current.clone().filter(|token| now < token.ends);
        if let Some(token) = &kept
            && now < token.renewed
        {
            return Ok(Arc::clone(token));
        }
        let token = match (self.ask_for_token().await, kept) {
            (Ok(token), _) => Arc::new(token),
            (Err(error), Some(kept)) if error.is_passing() => {
                tracing::warn!(org = %self.address(), %error, "the token is not renewed yet");
                return Ok(kept);
            }
            (Err(error), _) => return Err(error),
        };
        *current = Some(Arc::clone(&token));
        Ok(token)
    }

    async fn ask_for_token(&self) -> Result<Token, OktaError> {
        if let Credentials::ApiToken(token) = &self.tokens().credentials {
            return Ok(api_token(token));
        }
        let url = self.address().url(TOKEN);
        let mut tries = 0;
        loop {
            let question = self.tokens().question(&url);
            let (form, pass) = question.map_err(|error| self.error(Problem::Key(error)))?;
            let call = Call::new(Bucket::Token, Method::POST, TOKEN).with_form(form);
            let (asked, skew) = (Instant::now(), self.tokens().skew.load(Ordering::Relaxed));
            let answer = self.exchange(&call, Some(&pass)).await?;
            let Err(error) = answer.refusal(self.address(), Some(self.mode())) else {
                return self.read_token(&answer, asked);
            };
            tries += 1;
            let may_pass = match error.problem() {
                Problem::RateLimited | Problem::TooManyAtATime => true,
                // The answer to a clock that is wrong has told the right time.
                Problem::Clock => self.tokens().skew.load(Ordering::Relaxed) != skew,
                _ => error.code() == Some("use_dpop_nonce") && self.tokens().proof_key.is_some(),
            };
            if !may_pass || tries == MAX_TRIES {
                return Err(error);
            }
        }
    }

    fn read_token(&self, answer: &Answer, asked: Instant) -> Result<Token, OktaError> {
        let wire: Wire = self.read(answer)?;
        let life = Duration::from_secs(wire.expires_in.unwrap_or(HOUR));
        let ends = asked + life;
        let scheme = if wire.token_type.eq_ignore_ascii_case("DPoP") {
            "DPoP"
        } else {
            "Bearer"
        };
        if sensitive(&wire.access_token).is_none() || wire.access_token.is_empty() {
            return Err(
                refusal(self.address(), answer, Some(self.mode())).with(Problem::Unreadable)
            );
        }
        let scopes: BTreeSet<String> = wire.scope.split_whitespace().map(str::to_owned).collect();
        Ok(Token {
            text: Secret::new(wire.access_token),
            scheme,
            granted: Granted::Scopes(scopes),
            given: asked,
            renewed: ends - AHEAD.min(life / 10),
            ends,
        })
    }
}

/// What Okta writes of a token.
#[derive(Deserialize)]
struct Wire {
    token_type: String,
    access_token: String,
    expires_in: Option<u64>,
    #[serde(default)]
    scope: String,
}

fn api_token(text: &Secret) -> Token {
    /// It does not end by itself while it is in use.
    const LONG: Duration = Duration::from_hours(365 * 24);
    let now = Instant::now();
    Token {
        text: text.clone(),
        scheme: "SSWS",
        granted: Granted::RoleOfAdministrator,
        given: now,
        renewed: now + LONG,
        ends: now + LONG,
    }
}

/// A header's value that is never shown; `None` when it cannot be one.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Writes a form as `application/x-www-form-urlencoded`, as the URL standard has it.
fn encoded(form: &[(&str, String)]) -> String {
    let Ok(mut url) = Url::parse("https://form.invalid/") else {
        return String::new();
    };
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
