//! Where the walk along a System Log stands, and what it has seen on its way. Kept in
//! `nightlatch.cursors`; the owner of the integration writes it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nightlatch_chassis::topic::{Cursors, TopicError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::catch_up::CatchUp;
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
    /// When something was read last, be it that there was nothing new. In a quiet log it is noted with
    /// `complete_to`, so that it may be some seconds old.
    #[serde(default)]
    pub(crate) last_read: Option<Timestamp>,
    /// What is made up for; nothing while the end is reached with each look.
    #[serde(default)]
    pub(crate) catch_up: Option<CatchUp>,
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
            last_read: None,
            catch_up: None,
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

    /// Whether it is of this integration, and of a walk that has begun where it shall. Whoever sets another
    /// time has it begin anew there, also at a later one: that helps when Okta leads a walk nowhere.
    fn is_of(&self, settings: &IntegrationSettings) -> bool {
        self.created == Some(settings.created) && self.since == settings.start
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

    /// Okta does not know the link any more: what is read again is made up for.
    pub(crate) fn lose_place(&mut self) {
        self.next = None;
        self.catch_up = None;
    }

    /// Begins to make up for what is read now, when it leads back for longer than `silence`. What was
    /// begun and not gone on with for so long begins anew from where it stood: a stop is no slowness.
    pub(crate) fn fall_behind(&mut self, now: Timestamp, silence: Duration) {
        let from = match self.next {
            Some(_) => self.whole_to(),
            None => self.beginning(now),
        };
        let since = |time| Duration::try_from(now.duration_since(time)).unwrap_or_default();
        let from = match &self.catch_up {
            Some(begun)
                if since(begun.begun.max(self.looked_at().unwrap_or(begun.begun))) < silence =>
            {
                return;
            }
            Some(begun) => begun.read_to,
            None => from,
        };
        if since(from) >= silence {
            self.catch_up = Some(CatchUp::begin(from, now));
        }
    }

    /// Takes in what is durable now. `complete_to` is when the page was asked for, if there was nothing
    /// behind it then.
    pub(crate) fn advance(
        &mut self,
        next: Option<&NextLink>,
        seen: Notable,
        complete_to: Option<Timestamp>,
    ) {
        self.next = next.map(|link| link.as_str().to_owned());
        self.read_to = self.read_to.max(seen.last_published);
        match &mut self.catch_up {
            Some(catch_up) if complete_to.is_none() => catch_up.read(seen.last_published),
            caught_up => *caught_up = None,
        }
        self.expected.extend(seen.expected);
        self.quota = self.quota.max(seen.quota);
        self.failures.extend(seen.failures);
        self.failures.sort();
        let surplus = self.failures.len().saturating_sub(MAX_FAILURES);
        self.failures.drain(..surplus);
        self.complete_to = self.complete_to.max(complete_to);
        self.gaps.fill(seen.events, complete_to);
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

    /// When something was read last; what is older than `last_read` has noted the end of the log alone.
    pub(crate) fn looked_at(&self) -> Option<Timestamp> {
        self.last_read.max(self.complete_to)
    }

    /// Until when all that Okta had written is durable here; the beginning, before the end was reached once.
    pub(crate) fn whole_to(&self) -> Timestamp {
        self.complete_to.unwrap_or(self.since)
    }

    /// How much of what is made up for is done, 0 to 1; all of it when there is nothing.
    pub(crate) fn progress(&self, now: Timestamp) -> f64 {
        match &self.catch_up {
            Some(catch_up) => catch_up.progress(now),
            None if self.complete_to.is_some() => 1.0,
            None => 0.0,
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
    /// connected anew, or before another start was chosen, is none of it.
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
mod tests;
