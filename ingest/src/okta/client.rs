//! A call to an org: who we are, what is asked, and what is done about a stale token.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE,
};
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;

use super::error::{parameter, refusal};
use super::outbound::MAX_ANSWER;
use super::rates::{self, Rates};
use super::system_log::MAX_PAGE_BYTES;
use super::token::{Token, Tokens};
use super::{Bucket, Calls, Credentials, Mode, OktaError, OrgAddress, Outbound, Problem};

/// How often a call is made again that Okta had no room for.
const MAX_REFUSALS: u32 = 3;
/// The header that proofs of tokens stand in.
pub(super) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// An org and what we are there. Clones share tokens and rates.
#[derive(Debug, Clone)]
pub struct Okta(Arc<Org>);

#[derive(Debug)]
struct Org {
    address: OrgAddress,
    outbound: Outbound,
    tokens: Tokens,
    rates: Arc<Rates>,
    /// Who counts the calls.
    calls: Option<Calls>,
}

/// What is asked of an org.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) bucket: Bucket,
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: Option<CallBody>,
}

/// Text that may hold secrets.
pub(super) struct CallBody {
    kind: &'static str,
    text: String,
}

impl std::fmt::Debug for CallBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallBody")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What shows who we are, for one request. The values are marked as sensitive.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// The value of `Authorization`.
    pub(super) authorization: Option<HeaderValue>,
    /// The proof that the token is ours.
    pub(super) proof: Option<HeaderValue>,
}

impl Call {
    pub(super) fn new(bucket: Bucket, method: Method, target: &str) -> Self {
        Self {
            bucket,
            method,
            target: target.to_owned(),
            body: None,
        }
    }

    pub(super) fn with_json(self, text: String) -> Self {
        self.with_body("application/json", text)
    }

    pub(super) fn with_form(self, text: String) -> Self {
        self.with_body("application/x-www-form-urlencoded", text)
    }

    fn with_body(mut self, kind: &'static str, text: String) -> Self {
        self.body = Some(CallBody { kind, text });
        self
    }

    /// How many bytes the answer may have.
    const fn max_answer(&self) -> usize {
        match self.bucket {
            Bucket::SystemLog => MAX_PAGE_BYTES,
            _ => MAX_ANSWER,
        }
    }
}

impl Okta {
    /// Prepares the client of an org; calls nobody.
    ///
    /// # Errors
    /// When the private key cannot be used.
    pub fn new(
        address: &OrgAddress,
        credentials: Credentials,
        outbound: &Outbound,
    ) -> Result<Self, OktaError> {
        Self::counted(address, credentials, outbound, None)
    }

    /// The same, and its calls are counted.
    pub(crate) fn counted(
        address: &OrgAddress,
        credentials: Credentials,
        outbound: &Outbound,
        calls: Option<Calls>,
    ) -> Result<Self, OktaError> {
        let tokens = Tokens::new(credentials);
        let tokens = tokens.map_err(|error| OktaError::new(address, Problem::Key(error)))?;
        Ok(Self(Arc::new(Org {
            address: address.clone(),
            outbound: outbound.clone(),
            tokens,
            rates: outbound.rates(address),
            calls,
        })))
    }

    /// Returns where the org is.
    pub fn address(&self) -> &OrgAddress {
        &self.0.address
    }

    /// Returns how we show who we are.
    pub fn mode(&self) -> Mode {
        self.0.tokens.mode()
    }

    /// Returns how long a call would have to wait until its bucket has room, as far as Okta has told.
    pub fn until_room(&self, bucket: Bucket) -> Option<Duration> {
        self.0.rates.until_room(bucket)
    }

    pub(super) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Makes a call that needs a token; what is no success is an error.
    pub(super) async fn call(&self, call: &Call) -> Result<Answer, OktaError> {
        let mut tries = Tries::default();
        loop {
            let token = self.token().await?;
            let url = self.address().url(&call.target);
            let pass = self.tokens().pass(&token, &call.method, &url);
            let pass = pass.map_err(|error| self.error(Problem::Key(error)))?;
            let answer = self.exchange(call, Some(&pass)).await?;
            let Err(error) = answer.refusal(self.address(), Some(self.mode())) else {
                return Ok(answer);
            };
            match tries.after(&answer, &error, &token) {
                Next::Fail => return Err(error),
                Next::Again => {}
                Next::AgainWithFreshToken => self.tokens().forget(&token).await,
            }
        }
    }

    /// Sends a call when its bucket has room.
    pub(super) async fn exchange(
        &self,
        call: &Call,
        pass: Option<&Pass>,
    ) -> Result<Answer, OktaError> {
        let turn = self.0.rates.turn(call.bucket).await;
        let url = self.address().url(&call.target);
        let mut request = self.0.outbound.request(call.method.clone(), &url);
        if let Some(pass) = pass {
            if let Some(authorization) = &pass.authorization {
                request = request.header(AUTHORIZATION, authorization.clone());
            }
            if let Some(proof) = &pass.proof {
                request = request.header(DPOP, proof.clone());
            }
        }
        if let Some(CallBody { kind, text }) = &call.body {
            request = request.header(CONTENT_TYPE, *kind).body(text.clone());
        }
        let (outbound, max) = (&self.0.outbound, call.max_answer());
        let under_way = self.0.calls.as_ref().map(|calls| calls.begin(call.bucket));
        let answer = outbound.answer(self.address(), request, max).await?;
        if let Some(under_way) = under_way {
            under_way.answered(answer.status, &answer.headers);
        }
        turn.answered(answer.status, &answer.headers);
        self.tokens().learn(&answer.headers);
        if answer.status == 429 {
            let bucket = call.bucket;
            tracing::warn!(org = %self.address(), ?bucket, "okta has no room for more calls");
        }
        Ok(answer)
    }

    pub(super) fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, OktaError> {
        answer.read(self.address())
    }

    pub(super) fn error(&self, problem: Problem) -> OktaError {
        OktaError::new(self.address(), problem)
    }
}

/// What was tried already of a call.
#[derive(Debug, Default)]
struct Tries {
    refusals: u32,
    with_nonce: bool,
    with_fresh_token: bool,
}

/// What to do after a refusal.
enum Next {
    Fail,
    Again,
    AgainWithFreshToken,
}

impl Tries {
    fn after(&mut self, answer: &Answer, error: &OktaError, token: &Token) -> Next {
        match error.problem() {
            // The bucket waits for the end of the window by itself.
            Problem::RateLimited | Problem::TooManyAtATime if self.refusals < MAX_REFUSALS => {
                self.refusals += 1;
                Next::Again
            }
            _ if answer.wants_nonce() && !self.with_nonce => {
                self.with_nonce = true;
                Next::Again
            }
            Problem::InvalidToken | Problem::MissingScope { .. }
                if token.may_be_outdated(error.problem()) && !self.with_fresh_token =>
            {
                self.with_fresh_token = true;
                Next::AgainWithFreshToken
            }
            _ => Next::Fail,
        }
    }
}

impl Answer {
    /// Understands an answer that is no success.
    pub(super) fn refusal(
        &self,
        address: &OrgAddress,
        mode: Option<Mode>,
    ) -> Result<(), OktaError> {
        if (200..300).contains(&self.status) {
            Ok(())
        } else {
            Err(refusal(address, self, mode))
        }
    }

    /// Reads the JSON of an answer.
    pub(super) fn read<T: DeserializeOwned>(&self, address: &OrgAddress) -> Result<T, OktaError> {
        serde_json::from_slice(&self.body).map_err(|_| self.unreadable(address))
    }

    pub(super) fn unreadable(&self, address: &OrgAddress) -> OktaError {
        let problem = if self.is_web_page() {
            Problem::WebPage
        } else {
            Problem::Unreadable
        };
        OktaError::new(address, problem).answered(self)
    }

    pub(super) fn is_web_page(&self) -> bool {
        let kind = self.text(&CONTENT_TYPE);
        let body = self.body.trim_ascii_start();
        kind.starts_with("text/html") || body.starts_with(b"<")
    }

    /// Whether a 429 is about calls at the same time: then there is no window to wait for.
    pub(super) fn is_concurrency(&self) -> bool {
        rates::is_concurrency(&self.headers)
    }

    /// Returns the host that a redirection leads to; the whole might hold what a log must not.
    pub(super) fn redirected_to(&self) -> String {
        let url = Url::parse(self.text(&LOCATION)).ok();
        let host = url.as_ref().and_then(Url::host_str);
        host.unwrap_or("another page").to_owned()
    }

    /// Whether a proof is wanted with the nonce that stands in this answer.
    fn wants_nonce(&self) -> bool {
        parameter(self.text(&WWW_AUTHENTICATE), "error") == Some("use_dpop_nonce")
    }

    fn text(&self, header: &HeaderName) -> &str {
        let value = self.headers.get(header);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}
