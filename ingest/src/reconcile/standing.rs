//! Where the walk along a System Log stands, and what it has seen on its way. Kept in
//! `nightlatch.cursors`; the owner of the integration writes it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightlatch_chassis::topic::{Cursors, TopicError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::expected::Expected;
use super::gap::Gaps;
use super::notable::Notable;
use crate::integration::settings::IntegrationSettings;
use crate::integration::trouble::Trouble;
use crate::okta::{LogRequest, MAX_PAGE, NextLink, OrgAddress};

/// What keys of `nightlatch.cursors` begin with; then the integration.
const SYSTEM_LOG: &str = "system-log";
/// What is read again when the place in the log was lost: Okta writes some events late.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);
/// How long Okta keeps events.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Failed deliveries that are remembered.
pub(crate) const MAX_FAILURES: usize = 200;
/// For how long they are told of.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Where a walk stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Okta's link to what comes next; none at the beginning, and when the place was lost.
    #[serde(default)]
    pub(crate) next: Option<String>,
    /// Where the walk has begun: what Okta wrote before is not read.
    pub(crate) since: Timestamp,
    /// When the integration was made whose walk it is: the same org may be connected anew.
    #[serde(default)]
    pub(crate) created: Option<Timestamp>,
    /// All that Okta had written until then is durable here.
    #[serde(default)]
    pub(crate) complete_to: Option<Timestamp>,
    /// When the last event was published that was read.
    #[serde(default)]
    pub(crate) read_to: Option<Timestamp>,
    /// Why the log cannot be read, and since when.
    #[serde(default)]
    pub(crate) trouble: Option<(Trouble, Timestamp)>,
    /// What the hook should have brought, too.
    #[serde(default)]
    pub(crate) expected: Expected,
    /// When deliveries to our hook have failed, says Okta.
    #[serde(default)]
    pub(crate) failures: Vec<Timestamp>,
    /// When Okta last said that the org's quota of deliveries is nearly or quite used up.
    #[serde(default)]
    pub(crate) quota: Option<Timestamp>,
    /// Times in which nothing was read.
    #[serde(default)]
    pub(crate) gaps: Gaps,
    /// What a newer version of this program has written.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

impl Standing {
    /// At the beginning of a walk.
    pub(crate) fn begin(since: Timestamp) -> Self {
        Self {
            next: None,
            since,
            created: None,
            complete_to: None,
            read_to: None,
            trouble: None,
            expected: Expected::default(),
            failures: Vec::new(),
            quota: None,
            gaps: Gaps::default(),
            other: Map::new(),
        }
    }

    /// At the beginning of the walk of an integration.
    pub(crate) fn begin_of(settings: &IntegrationSettings) -> Self {
        Self {
            created: Some(settings.created),
            ..Self::begin(settings.start)
        }
    }

    /// Whether it is of this integration, and of a walk that has begun early enough.
    fn is_of(&self, settings: &IntegrationSettings) -> bool {
        self.created == Some(settings.created) && self.since <= settings.start
    }

    /// What to ask Okta next.
    pub(crate) fn request(&self, address: &OrgAddress, now: Timestamp) -> LogRequest {
        let link = self.next.as_deref();
        match link.and_then(|link| NextLink::read(link, address).ok()) {
            Some(link) => LogRequest::Next(link),
            None => LogRequest::Since {
                since: self.beginning(now),
                filter: None,
                limit: MAX_PAGE,
            },
        }
    }

    /// From where to read without a link. What Okta has thrown away is not asked for.
    fn beginning(&self, now: Timestamp) -> Timestamp {
        let wanted = match self.complete_to {
            Some(complete_to) => complete_to.saturating_sub(OVERLAP).unwrap_or(self.since),
            None => self.since,
        };
        let kept = now.saturating_sub(KEPT).unwrap_or(wanted);
        wanted.max(self.since).max(kept)
    }

    /// Okta does not know the link any more.
    pub(crate) fn lose_place(&mut self) {
        self.next = None;
    }

    /// Takes in what is durable now. `asked` is when the page was asked for, and `is_last` whether
    /// there was nothing behind it then.
    pub(crate) fn advance(
        &mut self,
        next: Option<&NextLink>,
        seen: Notable,
        asked: Option<Timestamp>,
    ) {
        self.next = next.map(|link| link.as_str().to_owned());
        self.read_to = self.read_to.max(seen.last_published);
        self.expected.extend(seen.expected);
        self.quota = self.quota.max(seen.quota);
        self.failures.extend(seen.failures);
        self.failures.sort();
        let surplus = self.failures.len().saturating_sub(MAX_FAILURES);
        self.failures.drain(..surplus);
        self.complete_to = self.complete_to.max(asked);
        self.gaps.fill(seen.events, asked);
        self.trouble = None;
    }

    /// Notes why the log cannot be read; the same trouble stays as old as it is.
    pub(crate) fn meet(&mut self, trouble: Trouble, now: Timestamp) {
        let since = match &self.trouble {
            Some((known, since)) if known.sentence == trouble.sentence => *since,
            _ => now,
        };
        self.trouble = Some((trouble, since));
    }

    /// How far behind the walk is; none before it has reached the end for the first time.
    pub(crate) fn lag(&self, now: Timestamp) -> Option<Duration> {
        let behind = now.duration_since(self.complete_to?);
        Some(Duration::try_from(behind).unwrap_or_default())
    }

    /// How much of the way from the beginning to the end is done, 0 to 1, by the times at which what
    /// was read was published.
    pub(crate) fn progress(&self, now: Timestamp) -> f64 {
        if self.complete_to.is_some() {
            return 1.0;
        }
        let whole = now.duration_since(self.since).as_secs_f64();
        let done = self
            .read_to
            .map_or(0.0, |read| read.duration_since(self.since).as_secs_f64());
        if whole <= 0.0 {
            1.0
        } else {
            (done / whole).clamp(0.0, 1.0)
        }
    }

    /// When deliveries have failed within the last day, the last one at the end.
    pub(crate) fn failures_of_the_day(&self, now: Timestamp) -> &[Timestamp] {
        let begin = now.saturating_sub(DAY).unwrap_or(Timestamp::MIN);
        let old = self.failures.partition_point(|at| *at < begin);
        self.failures.get(old..).unwrap_or_default()
    }
}

/// Where all walks stand. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Standings(Cursors);

impl Standings {
    pub(crate) const fn new(cursors: Cursors) -> Self {
        Self(cursors)
    }

    /// Waits until all is known that others have noted so far.
    pub(crate) async fn catch_up(&self) -> Result<(), TopicError> {
        self.0.catch_up().await
    }

    /// Where the walk of an integration stands, as was noted last. What was noted before the org was
    /// connected anew, or before an earlier start was chosen, is none of it.
    pub(crate) fn of(&self, id: &str, settings: &IntegrationSettings) -> Option<Standing> {
        let value = self.0.get(&key(id))?;
        let standing: Standing = serde_json::from_slice(&value).ok()?;
        standing.is_of(settings).then_some(standing)
    }

    /// Notes where it stands; returns when that is durable.
    pub(crate) async fn note(&self, id: &str, standing: &Standing) -> Result<(), TopicError> {
        let value = serde_json::to_vec(standing).unwrap_or_default();
        self.0.put(&key(id), value).await
    }

    /// Forgets an integration that is no more.
    pub(crate) async fn forget(&self, id: &str) {
        if let Err(error) = self.0.delete(&key(id)).await {
            tracing::warn!(integration = id, %error, "the place in a system log could not be forgotten");
        }
    }
}

fn key(id: &str) -> Vec<u8> {
    format!("{SYSTEM_LOG}/{id}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OktaConfig;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn address() -> OrgAddress {
        let config: OktaConfig = serde_json::from_value(serde_json::json!({
            "allowed_domains": [], "connect_timeout": "5s", "timeout": "35s",
            "allow_loopback": false, "ca_file": "",
        }))
        .unwrap();
        OrgAddress::read("acme", &config).unwrap()
    }

    fn since(request: &LogRequest) -> Timestamp {
        match request {
            LogRequest::Since { since, .. } => *since,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_walk_begins_where_it_shall_and_goes_on_along_the_link() {
        let (start, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        let mut standing = Standing::begin(start);
        assert_eq!(since(&standing.request(&address(), now)), start);

        let link = "https://acme.okta.com/api/v1/logs?after=1";
        let next = NextLink::read(link, &address()).unwrap();
        standing.advance(Some(&next), Notable::default(), None);

        assert_eq!(standing.request(&address(), now), LogRequest::Next(next));
    }

    #[test]
    fn a_lost_place_is_found_again_an_hour_before_what_is_complete() {
        let (start, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        let mut standing = Standing::begin(start);
        standing.advance(None, Notable::default(), Some(at("2026-01-01T12:00:00Z")));
        standing.lose_place();
        assert_eq!(
            since(&standing.request(&address(), now)),
            at("2026-01-01T11:00:00Z")
        );

        standing.complete_to = Some(at("2026-01-01T00:10:00Z"));
        assert_eq!(since(&standing.request(&address(), now)), start);
        // Okta keeps no more than 90 days.
        let late = at("2026-12-01T00:00:00Z");
        assert_eq!(
            since(&standing.request(&address(), late)),
            at("2026-09-02T00:00:00Z")
        );
    }

    #[test]
    fn progress_follows_the_times_of_what_was_read_until_the_end_is_reached() {
        let (start, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-03T00:00:00Z"));
        let mut standing = Standing::begin(start);
        assert!(standing.progress(now) < 0.01);
        let half = Notable {
            last_published: Some(at("2026-01-02T00:00:00Z")),
            ..Notable::default()
        };
        standing.advance(None, half, None);
        assert!((standing.progress(now) - 0.5).abs() < 0.01);
        standing.advance(None, Notable::default(), Some(now));
        assert!(standing.progress(now) > 0.99);
    }

    #[test]
    fn the_same_trouble_stays_as_old_as_it_is() {
        let (first, later) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T01:00:00Z"));
        let mut standing = Standing::begin(first);
        standing.meet(Trouble::new("No.", "Mend it."), first);
        standing.meet(Trouble::new("No.", "Mend it."), later);
        assert_eq!(standing.trouble.as_ref().unwrap().1, first);
        standing.meet(Trouble::new("Another.", "Mend it."), later);
        assert_eq!(standing.trouble.as_ref().unwrap().1, later);
    }
}
