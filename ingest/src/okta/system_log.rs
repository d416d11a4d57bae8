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

const LOGS: &str = "/api/v1/logs";

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

/// The link to the next page, whole. Only links to the org itself are taken: a token goes with the
/// call.
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
    /// Reads a link that was kept.
    ///
    /// # Errors
    /// When it does not lead to the System Log of the org at `address`.
    pub fn read(text: &str, address: &OrgAddress) -> Result<Self, OktaError> {
        let foreign = || {
            let to = text.chars().take(200).collect();
            OktaError::new(address, Problem::ForeignLink { to })
        };
        let url = Url::parse(text).map_err(|_| foreign())?;
        let path = url.path();
        // Behind the org's authority a path begins, or it is a longer host.
        let is_org = text.starts_with(&address.url("/")) && url.password().is_none();
        if is_org && path == LOGS {
            Ok(Self(text.to_owned()))
        } else {
            Err(foreign())
        }
    }

    /// Returns the link, to be kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Okta {
    /// Returns a page of the System Log.
    pub async fn system_log(&self, request: &LogRequest) -> Result<LogPage, OktaError> {
        let call = Call::new(Bucket::SystemLog, Method::GET, &self.target(request)?);
        let answer = self.call(&call).await?;
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
