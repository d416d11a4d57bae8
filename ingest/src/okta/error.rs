//! What can go wrong with an org: told in one sentence, with one thing to do.

mod oauth;
mod refusal;
mod remedy;
mod sentence;

use std::fmt;
use std::net::IpAddr;

use super::client::Answer;
use super::{KeyError, Mode, OrgAddress};

pub(super) use refusal::{parameter, refusal};

/// Why a call to an org gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OktaError(Box<Told>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    problem: Problem,
    host: String,
    mode: Option<Mode>,
    status: Option<u16>,
    code: Option<String>,
    error_id: Option<String>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// DNS has no address for the host.
    UnknownHost,
    /// DNS leads to an address that Okta is not at.
    PrivateAddress {
        /// That address.
        address: IpAddr,
    },
    /// No connection came about.
    Unreachable {
        /// What the system says.
        problem: String,
    },
    /// A connection came about, and no TLS on it.
    Tls {
        /// What OpenSSL says.
        problem: String,
    },
    /// No whole answer in time.
    TimedOut {
        /// How long that is.
        seconds: u64,
    },
    /// The connection ended in the middle.
    Broken,
    /// The answer sends us elsewhere.
    Redirected {
        /// To this host.
        to: String,
    },
    /// The answer is larger than any of Okta's.
    TooLarge,
    /// A page of the System Log is larger than what is taken at a time.
    LargePage,
    /// The answer is a web page.
    WebPage,
    /// The answer is not what Okta's API answers.
    Unreadable,
    /// Nothing at this address is an org.
    NoOrg,
    /// The next link leads to no page of a System Log.
    ForeignLink {
        /// Where it leads.
        to: String,
    },
    /// The private key cannot be used.
    Key(KeyError),
    /// The secret is not the client's.
    WrongSecret,
    /// Okta has no such client.
    UnknownClient,
    /// One of the two, or the client is switched off.
    WrongClient,
    /// The client is of a kind that must use a private key.
    NeedsPrivateKey,
    /// The client belongs to Okta's catalogue and authenticates in another way.
    NeedsOtherMethod,
    /// The client is that of an application for people.
    NotAService,
    /// The client wants tokens that are bound to a key (`DPoP`).
    NeedsDpop,
    /// The org does not know the public half of the key.
    UnknownKey,
    /// This machine's clock and Okta's differ too much.
    Clock,
    /// The client is granted none of the scopes.
    NoScopeGranted,
    /// The org has no such scope.
    UnknownScope,
    /// The client may not be used from here.
    NetworkZone,
    /// Another refusal of the token endpoint.
    NoToken {
        /// OAuth's name of the error.
        error: String,
        /// What Okta says about it.
        said: String,
    },
    /// The token is not valid (any more).
    InvalidToken,
    /// The token lacks a scope.
    MissingScope {
        /// Okta's name of the scope.
        scope: String,
    },
    /// Who we are at Okta may not do this.
    NoPermission,
    /// There is no such thing at the org.
    NotFound,
    /// The org does not have the feature.
    FeatureOff,
    /// More calls than Okta allows.
    RateLimited,
    /// More calls at a time than Okta allows.
    TooManyAtATime,
    /// The org has as many event hooks as it may.
    HookLimit,
    /// Okta did not get the answer that it wanted from our hook.
    NotVerified {
        /// What Okta says about it.
        causes: Vec<String>,
    },
    /// Okta does not take what was sent.
    Rejected {
        /// What Okta says about it.
        said: String,
        /// The same in more detail.
        causes: Vec<String>,
    },
    /// Okta does not know the place in the System Log any more.
    LostPlace {
        /// What Okta says about it.
        said: String,
    },
    /// Okta is in trouble.
    Down,
    /// Anything else.
    Unexpected {
        /// What Okta says about it.
        said: String,
    },
}

impl OktaError {
    pub(super) fn new(address: &OrgAddress, problem: Problem) -> Self {
        Self(Box::new(Told {
            problem,
            host: address.to_string(),
            mode: None,
            status: None,
            code: None,
            error_id: None,
        }))
    }

    /// Adds the status of the answer.
    #[must_use]
    pub(super) fn answered(mut self, answer: &Answer) -> Self {
        self.0.status = Some(answer.status);
        self
    }

    /// The same answer, understood better.
    #[must_use]
    pub(super) fn with(mut self, problem: Problem) -> Self {
        self.0.problem = problem;
        self
    }

    /// The same of a call along a next link. What Okta says of links that it does not know any more is not
    /// told: any refusal that is not about who calls, or how often, may be one of the place.
    #[must_use]
    pub(super) fn of_a_place(self) -> Self {
        if !matches!(self.0.status, Some(400 | 404 | 410)) {
            return self;
        }
        let said = match &self.0.problem {
            Problem::Rejected { said, causes } => causes.first().unwrap_or(said).clone(),
            Problem::Unexpected { said } => said.clone(),
            Problem::NotFound => "it is not there".to_owned(),
            _ => return self,
        };
        self.with(Problem::LostPlace { said })
    }

    /// Returns what went wrong.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Returns the status of Okta's answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns Okta's code, such as `E0000011`, or OAuth's, such as `invalid_client`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns Okta's id of this one error, which its support asks for.
    pub fn error_id(&self) -> Option<&str> {
        self.0.error_id.as_deref()
    }

    /// Returns what is wrong, as a sentence for a person.
    pub fn sentence(&self) -> String {
        sentence::sentence(&self.0.problem, &self.0.host, self.0.mode)
    }

    /// Returns the one thing to do about it.
    pub fn remedy(&self) -> String {
        remedy::remedy(&self.0.problem, &self.0.host, self.0.mode)
    }

    /// Whether the same call may succeed later though nobody does anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.0.problem,
            Problem::UnknownHost
                | Problem::Unreachable { .. }
                | Problem::TimedOut { .. }
                | Problem::Broken
                | Problem::RateLimited
                | Problem::TooManyAtATime
                | Problem::Down
        )
    }
}

/// The sentence, with what Okta's support asks for.
impl fmt::Display for OktaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())?;
        let status = self.status().map(|status| format!("status {status}"));
        let facts = [status.as_deref(), self.code(), self.error_id()];
        let facts: Vec<&str> = facts.into_iter().flatten().collect();
        if facts.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", facts.join(", "))
    }
}

impl std::error::Error for OktaError {}
