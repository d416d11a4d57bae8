//! What requests about integrations say, and what is wrong with them.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use nightlatch_chassis::Secret;
use nightlatch_chassis::http::request::{self, bad};
use nightlatch_chassis::http::{Problem, read_body};
use nightlatch_chassis::settings::Version;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::integration::settings::{EventTypes, Mode};
use crate::integration::trouble::Trouble;
use crate::integration::{IMPORT, STRANGER};
use crate::okta::{ClientKey, Credentials};

/// The largest body, in bytes.
const MAX_BODY: usize = 256 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest name of an integration, in bytes.
const MAX_NAME: usize = 100;
/// The longest secret, in bytes: a private key of 8,192 bits as JWK has about 7,000.
const MAX_SECRET: usize = 16 * 1024;
/// How long Okta keeps the System Log.
const OLDEST_START: SignedDuration = SignedDuration::from_hours(90 * 24);

/// An org to begin with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct NewStart {
    /// The org's name, domain, or the address of any page of it, as somebody pastes it.
    pub(super) org: String,
}

/// An org to be connected.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct NewIntegration {
    /// What people call it; by default the first part of the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// The org's domain, or the address of any page of it.
    pub(super) domain: String,
    /// Okta's id of the org. By default the org is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) org_id: Option<String>,
    pub(super) credentials: NewCredentials,
    /// `default`, `recommended`, or a list of names.
    #[serde(default)]
    pub(super) event_types: EventTypes,
    /// From when on the System Log is read, up to 90 days back; by default from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) start: Option<Timestamp>,
    /// Why; kept with the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

/// What Okta knows us by: a client id with a client secret or a private key, or an API token.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct NewCredentials {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<String>,
    /// Of an API service integration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(super) client_secret: Option<Secret>,
    /// Of an API services app: PEM or JWK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(super) private_key: Option<Secret>,
    /// Which of the app's keys the private key is; needed when it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key_id: Option<String>,
    /// Whether the app requires `DPoP`; with a private key only.
    #[serde(default)]
    pub(super) dpop: bool,
    /// An API token of a person (SSWS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password)]
    pub(super) api_token: Option<Secret>,
}

/// New credentials.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct NewCredentialsBody {
    #[serde(flatten)]
    pub(super) credentials: NewCredentials,
    /// Why; kept with the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub(super) struct Amendment {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// `default`, `recommended`, or a list of names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event_types: Option<EventTypes>,
    /// From when on the System Log is read, up to 90 days back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) start: Option<Timestamp>,
    /// Why; kept with the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

/// Credentials that were understood.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) mode: Mode,
    pub(super) client_id: Option<String>,
    pub(super) key_id: Option<String>,
    pub(super) secret: Secret,
}

impl NewCredentials {
    /// Says which mode they are of.
    pub(super) fn understood(self) -> Result<Given, Problem> {
        let Self {
            client_id,
            client_secret,
            private_key,
            key_id,
            dpop,
            api_token,
        } = self;
        let (mode, secret) = match (client_secret, private_key, api_token) {
            (Some(secret), None, None) => (Mode::ClientSecret, secret),
            (None, Some(key), None) if dpop => (Mode::PrivateKeyDpop, key),
            (None, Some(key), None) => (Mode::PrivateKey, key),
            (None, None, Some(token)) => (Mode::ApiToken, token),
            _ => {
                let detail = "give one of client_secret, private_key and api_token";
                return Err(bad(detail).with("member", "credentials"));
            }
        };
        let is_key = matches!(mode, Mode::PrivateKey | Mode::PrivateKeyDpop);
        if !is_key && (dpop || key_id.is_some()) {
            let detail = "dpop and key_id belong to a private_key";
            return Err(bad(detail).with("member", "credentials"));
        }
        let trimmed = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let client_id = client_id.and_then(trimmed);
        if (mode == Mode::ApiToken) == client_id.is_some() {
            let detail = match mode {
                Mode::ApiToken => "an api_token needs no client_id",
                _ => "client_id is missing: it stands beside the secret or the key at Okta",
            };
            return Err(bad(detail).with("member", "credentials.client_id"));
        }
        Ok(Given {
            mode,
            client_id,
            key_id: key_id.and_then(trimmed),
            secret: plain(&secret, is_key)?,
        })
    }
}

impl Given {
    /// As the client wants them.
    pub(super) fn credentials(&self) -> Credentials {
        let (client_id, secret) = (
            self.client_id.clone().unwrap_or_default(),
            self.secret.clone(),
        );
        let client_key = |key| ClientKey {
            client_id: client_id.clone(),
            key,
            key_id: self.key_id.clone(),
        };
        match self.mode {
            Mode::ClientSecret => Credentials::ClientSecret { client_id, secret },
            Mode::PrivateKey => Credentials::PrivateKey(client_key(secret)),
            Mode::PrivateKeyDpop => Credentials::PrivateKeyDpop(client_key(secret)),
            Mode::ApiToken => Credentials::ApiToken(secret),
        }
    }
}

/// A secret without what is pasted along with it.
fn plain(secret: &Secret, is_key: bool) -> Result<Secret, Problem> {
    let text = secret.expose().trim();
    let is_plain = |byte: u8| matches!(byte, b'!'..=b'~') || is_key && byte.is_ascii_whitespace();
    if text.is_empty() || text.len() > MAX_SECRET || !text.bytes().all(is_plain) {
        let detail = "the secret is empty, too long, or holds a blank or a sign that Okta never uses; \
                      copy it once more";
        return Err(bad(detail).with("member", "credentials"));
    }
    Ok(Secret::new(text))
}

/// A name that an integration can have.
pub(super) fn name(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let wrong = |detail: &str| Err(bad(detail).with("member", "name"));
    if text.is_empty() || text.len() > MAX_NAME || text.chars().any(char::is_control) {
        return wrong("a name has 1 to 100 bytes and no control characters");
    }
    if [STRANGER, IMPORT].contains(&text) {
        return wrong("this name has a meaning of its own; choose another one");
    }
    Ok(text.to_owned())
}

/// A time at which reading the System Log can begin.
pub(super) fn start(start: Timestamp) -> Result<Timestamp, Problem> {
    let now = Timestamp::now();
    let oldest = now.checked_sub(OLDEST_START).unwrap_or(now);
    if start > now || start < oldest {
        let detail = "start lies between 90 days ago, which is how long Okta keeps its System Log, and \
                      now";
        return Err(bad(detail).with("member", "start"));
    }
    Ok(start)
}

/// Reads a body whole.
pub(super) async fn bytes(body: Body) -> Result<Vec<u8>, Problem> {
    Ok(read_body(body, MAX_BODY, BODY_TIMEOUT).await?.to_vec())
}

/// The parameters of a request.
pub(super) fn parameters<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let query = query.map_err(|rejection| bad(rejection.body_text()))?;
    Ok(query.0)
}

/// What the client has seen of an integration.
pub(super) fn seen(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    request::seen(headers, "integration")
}

/// The same, where it may say nothing.
#[expect(clippy::option_option, reason = "nothing said, or nothing seen")]
pub(super) fn seen_if_said(headers: &HeaderMap) -> Result<Option<Option<Version>>, Problem> {
    if headers.contains_key(header::IF_MATCH) {
        seen(headers).map(Some)
    } else {
        Ok(None)
    }
}

/// Something at Okta, or between Okta and us, is not as it must be.
pub(super) fn troubled(status: StatusCode, trouble: Trouble) -> Problem {
    let mut problem = Problem::new(status, trouble.text())
        .of_type("okta", "Okta")
        .with("sentence", trouble.sentence)
        .with("remedy", trouble.remedy);
    if let Some(code) = trouble.code {
        problem = problem.with("code", code);
    }
    if let Some(error_id) = trouble.error_id {
        problem = problem.with("error_id", error_id);
    }
    problem
}
