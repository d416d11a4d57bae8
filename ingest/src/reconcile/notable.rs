//! What a page of the System Log tells of the connection itself.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::expected::Expected;
use crate::event::Candidate;
use crate::integration::settings::{GRACE, IntegrationSettings};

/// Logged when Okta could not deliver, even after its second try.
const FAILED_DELIVERY: &str = "event_hook.delivery";
/// Logged when a rate limit is nearly or quite used up; that of deliveries is named in the event.
const RATE_LIMITS: [&str; 2] = [
    "system.operation.rate_limit.warning",
    "system.operation.rate_limit.violation",
];
const QUOTA: &[u8] = b"event_hook_delivery";
/// How long a hook may take to deliver once Okta has verified it, or it was changed.
const WARM_UP: SignedDuration = SignedDuration::from_mins(5);

/// What is known of our hook, to tell what is about it.
#[derive(Debug)]
pub(super) struct OurHook {
    /// Okta's id of it.
    pub(super) okta_id: Option<String>,
    /// The event types that it carries.
    pub(super) carries: BTreeSet<String>,
    changed: Timestamp,
    /// When nobody may have listened: what was published then, a hook that is right has lost.
    deaf: Option<(Timestamp, Timestamp)>,
    /// From when on it surely delivers: what was published before need not come by it.
    pub(super) delivers_since: Option<Timestamp>,
}

impl OurHook {
    /// The hook of an integration that was changed then, or earlier.
    pub(super) fn of(settings: &IntegrationSettings, changed: Timestamp) -> Self {
        let is_verified = settings.hook.secrets.iter().any(|it| it.verified.is_some());
        Self {
            okta_id: settings.hook.okta_id.clone(),
            carries: settings.event_types.by_hook().into_iter().collect(),
            changed,
            deaf: None,
            delivers_since: is_verified.then(|| changed + WARM_UP),
        }
    }

    /// Takes note of when the walk goes on that was broken off: this program may not have run meanwhile.
    pub(super) fn went_on(&mut self, broken_off: Option<Timestamp>, now: Timestamp) {
        self.deaf = broken_off.map(|broken_off| (broken_off, now));
    }

    fn is_expected(&self, event_type: &str, published: Timestamp) -> bool {
        let was_heard = self
            .deaf
            .is_none_or(|(from, to)| published < from || to < published);
        let delivers = self.delivers_since.is_some_and(|since| published > since);
        was_heard && delivers && self.carries.contains(event_type)
    }

    /// Takes note of when something came by the hook last: it surely delivers, sooner than it must, if
    /// that was not on its way already when it was changed.
    pub(super) fn delivered(&mut self, last: Option<Timestamp>) {
        if let (Some(must), Some(last)) = (self.delivers_since, last)
            && last > self.changed + GRACE
        {
            self.delivers_since = Some(must.min(last));
        }
    }
}

/// What stood on a page.
#[derive(Debug, Default)]
pub(crate) struct Notable {
    /// How many events.
    pub(super) events: u64,
    pub(super) last_published: Option<Timestamp>,
    /// What the hook should bring, too.
    pub(super) expected: Expected,
    pub(super) failures: Vec<Timestamp>,
    pub(super) quota: Option<Timestamp>,
}

impl Notable {
    /// Takes an event in.
    pub(super) fn see(&mut self, event: &Candidate<'_>, hook: &OurHook) {
        self.events += 1;
        let Some(published) = event
            .published
            .and_then(|published| Timestamp::from_millisecond(published).ok())
        else {
            return;
        };
        self.last_published = self.last_published.max(Some(published));
        let Some(event_type) = event.event_type.as_deref() else {
            return;
        };
        if event_type == FAILED_DELIVERY {
            let is_ours = hook
                .okta_id
                .as_ref()
                .is_some_and(|id| holds(event.raw, id.as_bytes()));
            self.failures.extend(is_ours.then_some(published));
        }
        if RATE_LIMITS.contains(&event_type) && holds(event.raw, QUOTA) {
            self.quota = self.quota.max(Some(published));
        }
        if hook.is_expected(event_type, published) {
            self.expected.see(published);
        }
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len().max(1)).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::lone;

    fn seen(events: &[&str]) -> Notable {
        let hook = OurHook {
            okta_id: Some("who1".to_owned()),
            carries: BTreeSet::from(["user.session.start".to_owned()]),
            changed: Timestamp::UNIX_EPOCH,
            deaf: None,
            delivers_since: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        };
        let mut notable = Notable::default();
        for event in events {
            notable.see(&lone(event.as_bytes()), &hook);
        }
        notable
    }

    #[test]
    fn failed_deliveries_count_when_they_are_of_our_hook() {
        let ours = r#"{"eventType":"event_hook.delivery","published":"2026-01-02T00:00:00Z","target":[{"id":"who1"}]}"#;
        let anothers = ours.replace("who1", "who2");
        assert_eq!(seen(&[ours, &anothers, ours]).failures.len(), 2);
    }

    #[test]
    fn only_the_limit_of_deliveries_is_told_of() {
        let warning = r#"{"eventType":"system.operation.rate_limit.warning","published":"2026-01-02T00:00:00Z","debugContext":{"debugData":{"operationRateLimitType":"event_hook_delivery"}}}"#;
        assert!(seen(&[warning]).quota.is_some());
        assert!(
            seen(&[&warning.replace("event_hook_delivery", "web")])
                .quota
                .is_none()
        );
    }

    #[test]
    fn what_happens_while_the_hook_warms_up_is_not_expected_of_it() {
        let changed: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let sealed = json!({"sealed": "", "set": changed});
        let mut settings = json!({
            "name": "acme", "org_id": "00o1", "domain": "acme.okta.com",
            "credentials": {"mode": "api_token", "secret": sealed},
            "hook": {
                "path_key": sealed,
                "secrets": [{"sealed": "", "set": changed, "verified": changed}],
            },
            "start": changed, "created": changed,
        });
        let is_expected = |settings: &Value, published: &str| {
            let settings = serde_json::from_value(settings.clone()).unwrap();
            let event =
                format!(r#"{{"eventType":"user.session.start","published":"{published}"}}"#);
            let mut notable = Notable::default();
            notable.see(&lone(event.as_bytes()), &OurHook::of(&settings, changed));
            notable.expected != Expected::default()
        };
        assert!(!is_expected(&settings, "2026-01-01T00:04:59Z"));
        assert!(is_expected(&settings, "2026-01-01T00:05:01Z"));

        // Nor is anything of one that Okta has not verified.
        let secrets = &mut settings["hook"]["secrets"];
        *secrets = json!([{"sealed": "", "set": changed}]);
        assert!(!is_expected(&settings, "2026-01-01T00:05:01Z"));
    }

    #[test]
    fn what_was_published_while_nobody_listened_is_not_expected_of_the_hook() {
        let at = |time: &str| -> Timestamp { format!("2026-01-02T{time}Z").parse().unwrap() };
        let mut hook = OurHook {
            okta_id: None,
            carries: BTreeSet::from(["user.session.start".to_owned()]),
            changed: Timestamp::UNIX_EPOCH,
            deaf: None,
            delivers_since: Some(at("00:00:00")),
        };
        let is_expected = |hook: &OurHook, time| hook.is_expected("user.session.start", at(time));
        hook.went_on(None, at("10:00:00"));
        assert!(is_expected(&hook, "09:00:00"), "it was never read before");

        hook.went_on(Some(at("09:00:00")), at("10:00:00"));
        let told = ["08:59:59", "09:00:00", "09:30:00", "10:00:00", "10:00:01"];
        let told = told.map(|time| is_expected(&hook, time));
        assert_eq!(told, [true, false, false, false, true]);
    }

    #[test]
    fn what_the_hook_carries_is_expected_since_it_delivers() {
        let event = r#"{"eventType":"user.session.start","published":"2026-01-02T00:00:00Z"}"#;
        let is_expected = |event: &str| seen(&[event]).expected != Expected::default();
        assert!(is_expected(event));
        assert!(!is_expected(&event.replace("2026", "2025")));
        assert!(!is_expected(&event.replace("session.start", "session.end")));
    }
}
