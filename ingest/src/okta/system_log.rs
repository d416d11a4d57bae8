//! The System Log (`/api/v1/logs`, "System Log API"): a page at a time, each event's bytes as Okta
//! sent them.

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, LINK};
use reqwest::{Method, Url};

use super::client::Call;
use super::{Bucket, Okta, OktaError, OrgAddress, Problem};
use crate::scan::Scanner;

/// The most events that a page may have.
pub const MAX_PAGE: u16 = 1000;

/// The most bytes that a page may have: that many events of 64 KiB each, far more than they usually have.
pub(super) const MAX_PAGE_BYTES: usize = 64 * 1024 * 1024;

const LOGS: &str = "/api/v1/logs";
const LIMIT: &str = "limit=";

/// What is asked of the System Log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogRequest {
    /// Everything that Okta has written since a time, in the order of writing, and what is to come:
    /// every page has a next link. Late events are among it.
    Since {
        /// By the time of writing.
        since: Timestamp,
        /// Which events, in Okta's filter language; all when none.
        filter: Option<String>,
        /// How many at most, up to [`MAX_PAGE`].
        limit: u16,
    },
    /// What was published in a span, in that order; ends. Late events may be missing.
    Between {
        /// The first instant of the span.
        since: Timestamp,
        /// Its end.
        until: Timestamp,
        /// Which events, in Okta's filter language; all when none.
        filter: Option<String>,
        /// How many at most, up to [`MAX_PAGE`].
        limit: u16,
    },
    /// The page after another one.
    Next(NextLink),
}

/// The link to the next page, whole. It leads to the org itself, whatever host Okta has put into it: a token
/// goes with the call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NextLink(String);

/// A page of the System Log.
#[derive(Debug, Clone)]
pub struct LogPage {
    /// The events, each in Okta's own bytes.
    pub events: Vec<Bytes>,
    /// Where to go on. A page of [`LogRequest::Since`] always has one.
    pub next: Option<NextLink>,
}

impl NextLink {
    /// Reads a link that Okta gave or that was kept. Its path and query are those of the org at `address`,
    /// and its host is not looked at: an org with a custom domain may give links to its own host at Okta.
    ///
    /// # Errors
    /// When it is no link to a place in a System Log.
    pub fn read(text: &str, address: &OrgAddress) -> Result<Self, OktaError> {
        let url = Url::parse(text).ok();
        let url = url.filter(|url| url.path() == LOGS);
        match url.as_ref().and_then(Url::query) {
            Some(query) if !query.is_empty() => Ok(Self(address.url(&format!("{LOGS}?{query}")))),
            // Without a query it is no place.
            _ => {
                let to = text.chars().take(200).collect();
                Err(OktaError::new(address, Problem::ForeignLink { to }))
            }
        }
    }

    /// The same place, from which at most so many events are wanted.
    fn with_limit(&self, most: u16) -> Self {
        let link = self.as_str();
        let (page, query) = link.split_once('?').unwrap_or((link, ""));
        let limit = format!("{LIMIT}{}", most.clamp(1, MAX_PAGE));
        let others = query.split('&').filter(|part| !part.starts_with(LIMIT));
        let parts: Vec<&str> = others.chain([limit.as_str()]).collect();
        Self(format!("{page}?{}", parts.join("&")))
    }

    /// Returns the link, to be kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LogRequest {
    /// The same, for at most so many events.
    #[must_use]
    pub fn with_limit(mut self, most: u16) -> Self {
        match &mut self {
            Self::Since { limit, .. } | Self::Between { limit, .. } => *limit = most,
            Self::Next(link) => *link = link.with_limit(most),
        }
        self
    }
}

impl Okta {
    /// Returns a page of the System Log.
    pub async fn system_log(&self, request: &LogRequest) -> Result<LogPage, OktaError> {
        let call = Call::new(Bucket::SystemLog, Method::GET, &self.target(request)?);
        // What is wrong with the token is not wrong with the place.
        self.token().await?;
        let answer = self.call(&call).await.map_err(|error| match request {
            _ if *error.problem() == Problem::TooLarge => error.with(Problem::LargePage),
            LogRequest::Next(_) => error.of_a_place(),
            LogRequest::Since { .. } | LogRequest::Between { .. } => error,
        })?;
        let events = events(&answer.body).ok_or_else(|| answer.unreadable(self.address()))?;
        let next = next_link(&answer.headers);
        let next = next.map(|text| NextLink::read(&text, self.address()));
        Ok(LogPage {
            events,
            next: next.transpose()?,
        })
    }

    /// Returns path and query of what is asked.
    fn target(&self, request: &LogRequest) -> Result<String, OktaError> {
        let (since, until, filter, limit) = match request {
            LogRequest::Since {
                since,
                filter,
                limit,
            } => (since, None, filter, limit),
            LogRequest::Between {
                since,
                until,
                filter,
                limit,
            } => (since, Some(until), filter, limit),
            LogRequest::Next(link) => {
                let link = NextLink::read(&link.0, self.address())?;
                let target = link.0.strip_prefix(&self.address().url(""));
                return Ok(target.unwrap_or(LOGS).to_owned());
            }
        };
        let mut url = Url::parse(&self.address().url(LOGS))
            .map_err(|_| OktaError::new(self.address(), Problem::NoOrg))?;
        let mut query = url.query_pairs_mut();
        query.append_pair("since", &instant(*since));
        if let Some(until) = until {
            query.append_pair("until", &instant(*until));
        }
        query.append_pair("sortOrder", "ASCENDING");
        query.append_pair("limit", &(*limit).clamp(1, MAX_PAGE).to_string());
        if let Some(filter) = filter {
            query.append_pair("filter", filter);
        }
        drop(query);
        Ok(format!("{LOGS}?{}", url.query().unwrap_or_default()))
    }
}

fn instant(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Returns the elements of the array that a page is; `None` when it is none, or there is more.
fn events(body: &Bytes) -> Option<Vec<Bytes>> {
    let mut scanner = Scanner::new(body);
    let mut events = Vec::new();
    let scanned = scanner.array(|scanner| {
        scanner.peek();
        let start = scanner.at();
        scanner.skip()?;
        events.push(body.slice(start..scanner.at()));
        Ok(())
    });
    (scanned.is_ok() && scanner.peek().is_none()).then_some(events)
}

/// Returns where `rel="next"` leads. Okta writes a header for each link; proxies join them by commas.
fn next_link(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(LINK).into_iter();
    let mut texts = values.filter_map(|value| value.to_str().ok());
    texts.find_map(|text| {
        let mut links = text
            .split('<')
            .skip(1)
            .filter_map(|link| link.split_once('>'));
        let is_next = |parameters: &str| {
            let mut parameters = parameters.split([';', ',']);
            parameters.any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"))
        };
        let next = links.find(|(_, parameters)| is_next(parameters));
        next.map(|(url, _)| url.to_owned())
    })
}
