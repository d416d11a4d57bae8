//! What a request to the System Log asks for, and the page that answers it.
//!
//! A polling request (no `until`, ascending) follows the order in which events were kept, and its
//! `next` link always goes on. Every other request is bounded: it goes by `published`, and ends.

use hyper::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::SystemLog;
use super::filter::Filter;
use crate::simulator::refusal::Refusal;

const DAY_MS: i64 = 86_400_000;
/// Older events are gone.
const RETENTION_MS: i64 = 90 * DAY_MS;
/// Okta's own words are about twice as much.
const OLDEST_SINCE_MS: i64 = 180 * DAY_MS;
const MOST_EVENTS: usize = 1000;

/// A request, read.
#[derive(Debug)]
pub(crate) struct Query {
    since_ms: Option<i64>,
    until_ms: Option<i64>,
    after: Option<Cursor>,
    descending: bool,
    limit: usize,
    filter: Option<Filter>,
    words: Vec<String>,
}

/// From where on a page continues: an opaque text to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    ms: i64,
    number: u32,
    era: u32,
    /// Where a bounded request began, since its next link does not say so.
    since_ms: Option<i64>,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) events: Vec<String>,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<String>,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let ms = parts.next()?.parse().ok()?;
        let number = parts.next()?.parse().ok()?;
        let era = parts.next().map_or(Some(0), |era| era.parse().ok())?;
        let since_ms = parts.next().map(str::parse).transpose().ok()?;
        parts.next().is_none().then_some(Self {
            ms,
            number,
            era,
            since_ms,
        })
    }

    fn text(self) -> String {
        let Self {
            ms, number, era, ..
        } = self;
        match self.since_ms {
            Some(since_ms) => format!("{ms}_{number}_{era}_{since_ms}"),
            None if era > 0 => format!("{ms}_{number}_{era}"),
            None => format!("{ms}_{number}"),
        }
    }
}

impl Query {
    /// Reads the parameters of a request.
    pub(crate) fn read(parameters: &[(String, String)], now_ms: i64) -> Result<Self, Refusal> {
        let parameter = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key == name);
            found
                .map(|(_, text)| text.as_str())
                .filter(|text| !text.is_empty())
        };
        let since_ms = parameter("since")
            .map(|text| instant("since", text))
            .transpose()?;
        let until_ms = parameter("until")
            .map(|text| instant("until", text))
            .transpose()?;
        let after = parameter("after");
        if after.is_some() && since_ms.is_some() {
            return Err(Refusal::invalid(
                "after",
                "after: The after and since parameters are mutually exclusive.",
            ));
        }
        if since_ms.is_some_and(|since_ms| since_ms < now_ms - OLDEST_SINCE_MS) {
            return Err(Refusal::api(
                StatusCode::BAD_REQUEST,
                "E0000053",
                "Invalid parameter: The since parameter is over 180 days prior to the current day.",
            ));
        }
        Ok(Self {
            since_ms,
            until_ms,
            after: after
                .map(|text| Cursor::parse(text).ok_or_else(invalid_cursor))
                .transpose()?,
            descending: descending(parameter("sortOrder"))?,
            limit: limit(parameter("limit"))?,
            filter: parameter("filter").map(Filter::parse).transpose()?,
            words: words(parameter("q").unwrap_or_default())?,
        })
    }

    fn is_polling(&self) -> bool {
        self.until_ms.is_none() && !self.descending
    }
}

fn instant(name: &str, text: &str) -> Result<i64, Refusal> {
    let instant: Result<Timestamp, _> = text.parse();
    instant.map(Timestamp::as_millisecond).map_err(|_| {
        Refusal::invalid(
            name,
            format!("{name}: The date must be in format yyyy-MM-dd'T'HH:mm:ss.SSSZZ."),
        )
    })
}

fn descending(text: Option<&str>) -> Result<bool, Refusal> {
    match text {
        None | Some("ASCENDING") => Ok(false),
        Some("DESCENDING") => Ok(true),
        Some(_) => Err(Refusal::invalid(
            "sortOrder",
            "sortOrder: The sort order must be ASCENDING or DESCENDING.",
        )),
    }
}

fn limit(text: Option<&str>) -> Result<usize, Refusal> {
    let Some(text) = text else {
        return Ok(100);
    };
    text.parse()
        .map(|limit: usize| limit.min(MOST_EVENTS))
        .map_err(|_| Refusal::invalid("limit", "limit: The limit must be a number."))
}

fn words(text: &str) -> Result<Vec<String>, Refusal> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    if words.len() > 10 || words.iter().any(|word| word.chars().count() > 40) {
        return Err(Refusal::invalid(
            "q",
            "q: At most 10 keywords of at most 40 characters each can be used.",
        ));
    }
    Ok(words)
}

fn invalid_cursor() -> Refusal {
    Refusal::Api {
        status: StatusCode::BAD_REQUEST,
        code: "E0000029",
        summary: "Invalid paging request.".to_owned(),
        causes: vec!["Invalid cursor.".to_owned()],
        challenge: None,
    }
}

impl SystemLog {
    /// Answers a request.
    pub(crate) fn page(&mut self, query: &Query, now_ms: i64) -> Result<Page, Refusal> {
        if query.after.is_some_and(|after| after.era != self.era) {
            return Err(invalid_cursor());
        }
        if query.is_polling() {
            self.next_kept(query, now_ms)
        } else {
            Ok(self.published_between(query, now_ms))
        }
    }

    /// A page of a polling request: what was kept since.
    fn next_kept(&mut self, query: &Query, now_ms: i64) -> Result<Page, Refusal> {
        let oldest_ms = now_ms - RETENTION_MS;
        let since_ms = query.since_ms.unwrap_or(now_ms - 7 * DAY_MS);
        let end = self.kept_before + self.kept.len();
        let mut position = match query.after {
            Some(after) if after.number as usize > end => return Err(invalid_cursor()),
            Some(after) => after.number as usize,
            None => self.first_kept_at(since_ms),
        };
        position = position.max(self.first_kept_at(oldest_ms));
        let mut events = Vec::new();
        while events.len() < query.limit
            && let Some(number) = self.kept_at(position)
        {
            events.extend(self.matching(query, number));
            position += 1;
        }
        let last = position.checked_sub(1).and_then(|last| self.kept_at(last));
        let ms = last
            .and_then(|last| self.persisted_ms(last))
            .unwrap_or(since_ms);
        Ok(Page {
            events,
            next: Some(self.cursor(ms, position, None)),
        })
    }

    /// Returns the position of the first event kept at this instant or later, of those that are
    /// remembered.
    fn first_kept_at(&self, instant_ms: i64) -> usize {
        let is_before = |number: &u32| self.persisted_ms(*number) < Some(instant_ms);
        self.kept_before + self.kept.partition_point(is_before)
    }

    fn kept_at(&self, position: usize) -> Option<u32> {
        let position = position.checked_sub(self.kept_before)?;
        self.kept.get(position).copied()
    }

    /// A page of a bounded request: what was published in the span, as far as it is kept.
    fn published_between(&mut self, query: &Query, now_ms: i64) -> Page {
        let until_ms = query.until_ms.unwrap_or(now_ms);
        let since_ms = query
            .since_ms
            .or(query.after.and_then(|after| after.since_ms))
            .unwrap_or(until_ms.saturating_sub(7 * DAY_MS))
            .max(now_ms - RETENTION_MS);
        let mut found: Vec<(i64, u32)> = self
            .kept
            .iter()
            .filter_map(|&number| Some((self.event(number)?.known.published_ms, number)))
            .filter(|(published_ms, _)| (since_ms..until_ms).contains(published_ms))
            .collect();
        found.sort_unstable();
        if query.descending {
            found.reverse();
        }
        if let Some(after) = query.after {
            let last = (after.ms, after.number);
            found.retain(|event| {
                if query.descending {
                    *event < last
                } else {
                    *event > last
                }
            });
        }
        let mut events = Vec::new();
        let mut rest = found.into_iter();
        let mut last = None;
        while events.len() < query.limit
            && let Some((published_ms, number)) = rest.next()
        {
            last = Some((published_ms, number));
            events.extend(self.matching(query, number));
        }
        let is_more = rest.next().is_some();
        let next = last.filter(|_| is_more);
        Page {
            events,
            next: next.map(|(ms, number)| self.cursor(ms, number as usize, Some(since_ms))),
        }
    }

    fn cursor(&self, ms: i64, number: usize, since_ms: Option<i64>) -> String {
        Cursor {
            ms,
            number: u32::try_from(number).unwrap_or(u32::MAX),
            era: self.era,
            since_ms,
        }
        .text()
    }

    /// Returns an event as it is shown, if the request asks for it.
    fn matching(&mut self, query: &Query, number: u32) -> Option<String> {
        let early = query.filter.as_ref().map_or(Some(true), |filter| {
            filter.judge_type(self.event_type(number))
        });
        if early == Some(false) {
            return None;
        }
        let text = self.shown(number)?;
        if let (None, Some(filter)) = (early, &query.filter) {
            let event: Value = serde_json::from_str(&text).unwrap_or_default();
            if !filter.judge(&event) {
                return None;
            }
        }
        if !query.words.is_empty() {
            let lower = text.to_lowercase();
            if !query.words.iter().all(|word| lower.contains(word)) {
                return None;
            }
        }
        Some(text)
    }
}
