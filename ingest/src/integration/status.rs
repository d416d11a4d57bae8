//! How an integration is: one of five states, with the reason and what to do.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::activity::TypeActivity;
use super::desk::Desk;
use super::directory::{Entry, Origin};
use super::settings::IntegrationSettings;
use super::watch::Observation;
use crate::reconcile::standing::{MAX_FAILURES, Standing};

/// How long the first event may take.
const FIRST: SignedDuration = SignedDuration::from_mins(5);
/// So far behind the System Log may be read before that is told of.
const LATE: Duration = Duration::from_mins(5);
/// So far behind it is before it is told how much is made up for.
const BEHIND: Duration = Duration::from_mins(1);

/// How an integration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Events can come.
    Connected,
    /// It is not set up yet.
    Pending,
    /// Events can come, and something needs to be looked at.
    Warning,
    /// Events can't come.
    Error,
    /// Somebody has stopped it.
    Paused,
}

impl State {
    pub(crate) const ALL: [Self; 5] = [
        Self::Connected,
        Self::Pending,
        Self::Warning,
        Self::Error,
        Self::Paused,
    ];

    /// What it is called.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Pending => "pending",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Paused => "paused",
        }
    }
}

/// How an integration is, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Status {
    pub(crate) state: State,
    /// Why.
    pub(crate) reason: String,
    /// The one thing to do, when there is one.
    pub(crate) remedy: Option<String>,
    /// Since when, as far as is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) since: Option<Timestamp>,
}

/// What was seen of an integration.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// When the last event came, by the hook or the System Log.
    pub(crate) last_event: Option<Timestamp>,
    /// When the last delivery came by the hook.
    pub(crate) last_delivery: Option<Timestamp>,
    /// When the newest event was published that came by the hook, by Okta's clock.
    pub(crate) delivered_to: Option<Timestamp>,
    /// The hook at Okta.
    pub(crate) hook: Option<Observation>,
    /// Where the walk along its System Log stands.
    pub(crate) log: Option<Standing>,
    /// How seldom a quiet System Log is looked at.
    pub(crate) log_poll: Duration,
}

impl Seen {
    /// What all replicas have seen of an integration, and of its types of events.
    pub(crate) fn of(desk: &Desk, entry: &Entry, types: &BTreeMap<String, TypeActivity>) -> Self {
        let tenure = entry.tenure();
        let last = types.values().map(|activity| activity.last_seen).max();
        Self {
            last_event: last.and_then(|last| Timestamp::from_millisecond(last).ok()),
            last_delivery: desk.arrivals.last(&tenure),
            delivered_to: desk.arrivals.reached(&tenure),
            hook: desk.observations.get(&entry.id),
            log: entry
                .settings()
                .and_then(|settings| desk.standings.of(&entry.id, settings)),
            log_poll: desk.log_poll,
        }
    }

    /// How far behind the System Log may be read.
    fn latest(&self) -> Duration {
        LATE.max(self.log_poll * 2)
    }

    /// Until when the hook has brought what was published: to when it is known to deliver by our clock, or by
    /// Okta's. Ours may be behind, and an event is not missed that came before it was published.
    fn brought_to(&self) -> Option<Timestamp> {
        self.last_delivery.max(self.delivered_to)
    }
}

impl Status {
    /// What is known from the settings, and from what was seen, as of `now`.
    pub(crate) fn of(entry: &Entry, seen: &Seen, now: Timestamp) -> Self {
        let set = match &entry.origin {
            Origin::File => {
                let reason = "The configuration file owns it; its hook at Okta is not looked after, and \
                              its System Log not read.";
                return Self::new(State::Connected, reason, seen.last_event);
            }
            Origin::Settings(set) => set,
        };
        let problem = set.problem.as_ref().or(set.settings.as_ref().err());
        if let Some(problem) = problem {
            let remedy =
                "Start this process with the master key and the version that the others have.";
            return Self::new(State::Error, problem, Some(set.when)).advise(remedy);
        }
        match &set.settings {
            Ok(settings) => Self::of_settings(settings).seen(seen, set.when, now),
            Err(problem) => Self::new(State::Error, problem, Some(set.when)),
        }
    }

    fn of_settings(settings: &IntegrationSettings) -> Self {
        if let Some(paused) = settings.paused {
            return Self::new(State::Paused, "Somebody has paused it.", Some(paused))
                .advise("Resume it to take its events.");
        }
        let Some(newest) = settings.hook.newest() else {
            return Self::new(State::Error, "Its hook has no secret.", None)
                .advise("Rotate the secret of its hook.");
        };
        let verified = settings
            .hook
            .secrets
            .iter()
            .find_map(|secret| secret.verified);
        match verified {
            None => {
                let reason = "Okta has not verified its event hook yet.";
                Self::new(State::Pending, reason, Some(settings.created)).advise("Validate it.")
            }
            Some(_) if newest.verified.is_none() => {
                let reason = "Its hook gets a new secret, and Okta has yet to verify it.";
                Self::new(State::Warning, reason, Some(newest.secret.set)).advise("Validate it.")
            }
            Some(verified) => {
                let reason = "Okta has verified its event hook.";
                Self::new(State::Connected, reason, Some(verified))
            }
        }
    }

    /// The same, when what was set up is not so at Okta, or does not come in. It was `changed` then.
    fn seen(self, seen: &Seen, changed: Timestamp, now: Timestamp) -> Self {
        if !matches!(self.state, State::Connected | State::Warning) {
            return self;
        }
        let of_hook = seen.hook.as_ref().and_then(Self::of_hook);
        if let Some(status) = of_hook {
            return status;
        }
        if self.state == State::Warning {
            return self;
        }
        let first_awaited = || self.first_awaited(seen, now);
        let unlogged = seen.log.as_ref().and_then(Self::unlogged);
        // Where the log can't be read, nothing else could tell that the hook brings nothing.
        let unlogged = unlogged.map(|unlogged| first_awaited().unwrap_or(unlogged));
        let stalled = || Self::stalled(seen, changed, now);
        let outpaced = || Self::outpaced(seen, now);
        let of_deliveries = || Self::of_deliveries(seen, now);
        unlogged
            .or_else(stalled)
            .or_else(outpaced)
            .or_else(of_deliveries)
            .or_else(first_awaited)
            .unwrap_or_else(|| self.logged(seen.log.as_ref(), now))
    }

    /// What is wrong with the hook at Okta.
    fn of_hook(seen: &Observation) -> Option<Self> {
        let trouble = seen.trouble.as_ref()?;
        // What is not known may be well.
        let is_silent = [seen.is_active, seen.is_verified].contains(&Some(false));
        let state = if is_silent {
            State::Error
        } else {
            State::Warning
        };
        Some(Self::new(state, &trouble.sentence, Some(seen.since)).advise(&trouble.remedy))
    }

    /// That the System Log cannot be read, and what that loses.
    fn unlogged(log: &Standing) -> Option<Self> {
        let (trouble, since) = log.trouble.as_ref()?;
        let reason = format!(
            "The System Log can't be read: {} Until it can, events that hooks lose or can't carry are \
             missed.",
            trouble.sentence
        );
        Some(Self::new(State::Warning, &reason, Some(*since)).advise(&trouble.remedy))
    }

    /// That the System Log is not read, though nothing says why. It may take as long since it was `changed`:
    /// a walk begins anew then, and with each stretch that it makes up for.
    fn stalled(seen: &Seen, changed: Timestamp, now: Timestamp) -> Option<Self> {
        let log = seen.log.as_ref();
        let last_read = log.and_then(Standing::looked_at);
        let begun = log.and_then(|log| log.catch_up.as_ref().map(|catch_up| catch_up.begun));
        let sign = changed.max(last_read.max(begun).unwrap_or(changed));
        if since(sign, now) <= seen.latest() {
            return None;
        }
        let read = match last_read {
            Some(read) => format!("was read {} ago last", rough(since(read, now))),
            None => "has not been read yet".to_owned(),
        };
        let reason = format!(
            "The System Log {read}. Until it is, events that hooks lose or can't carry are missed."
        );
        Some(Self::new(State::Warning, &reason, Some(sign)).advise(
            "Look into the log of ingest for what holds it up, then start ingest anew: it goes on where it was.",
        ))
    }

    /// That the System Log grows faster than it is read. Whoever gains on the org is not late, however much
    /// there is to read.
    fn outpaced(seen: &Seen, now: Timestamp) -> Option<Self> {
        let log = seen.log.as_ref()?;
        let catch_up = log.catch_up.as_ref()?;
        let behind = since(log.whole_to(), now);
        if behind <= seen.latest() || catch_up.is_gaining(now) {
            return None;
        }
        let reason = format!(
            "The System Log grows faster than Okta lets us read it: it is read {} behind.",
            rough(behind)
        );
        Some(Self::new(State::Warning, &reason, Some(catch_up.begun)).advise(
            "Give Nightlatch a larger share of the org's limit for /api/v1/logs: the tab Application rate limits \
             of its app, or Security > API > Tokens.",
        ))
    }

    /// That what Okta has logged did not come by the hook.
    fn of_deliveries(seen: &Seen, now: Timestamp) -> Option<Self> {
        let log = seen.log.as_ref()?;
        if let Some(missed) = log.expected.missed(seen.brought_to(), now) {
            let reason = "Events stopped arriving by the event hook: Okta has logged some since that \
                          it should have delivered. They are taken from the System Log.";
            let since = seen.last_delivery.unwrap_or(missed);
            return Some(Self::new(State::Warning, reason, Some(since)).advise(
                "Check that Okta reaches the hook's address from outside (firewall, certificate, \
                 gateway), then validate the integration.",
            ));
        }
        let failures = log.failures_of_the_day(now);
        if let (Some(first), Some(last)) = (failures.first(), failures.last()) {
            let often = match failures.len() {
                1 => "once".to_owned(),
                count if count < MAX_FAILURES => format!("{count} times"),
                count => format!("at least {count} times"),
            };
            let reason = format!(
                "Okta could not deliver {often} within 24 hours, at {last:.0} last. What was lost is taken \
                 from the System Log."
            );
            return Some(
                Self::new(State::Warning, &reason, Some(*first))
                    .advise("Check that the hook's address answers within 3 seconds at all times."),
            );
        }
        let is_recent = |at: &Timestamp| now.duration_since(*at) < SignedDuration::from_hours(24);
        let quota = log.quota.filter(is_recent)?;
        let reason = "The org's daily quota of 400,000 hook deliveries is nearly or quite used up. \
                      What is not delivered is taken from the System Log.";
        Some(Self::new(State::Warning, reason, Some(quota)).advise(
            "Take event types that are frequent and not needed out of the org's event hooks.",
        ))
    }

    /// That nothing has come by the hook since Okta has verified it.
    fn first_awaited(&self, seen: &Seen, now: Timestamp) -> Option<Self> {
        let verified = self.since.filter(|_| seen.last_delivery.is_none())?;
        if now.duration_since(verified) < FIRST {
            return None;
        }
        let mut reason = "No event has come within five minutes of the verification.".to_owned();
        let trouble = seen.log.as_ref().and_then(|log| log.trouble.as_ref());
        if let Some((trouble, _)) = trouble {
            let log = format!(" The System Log can't be read either: {}", trouble.sentence);
            reason.push_str(&log);
        }
        Some(Self::new(State::Warning, &reason, Some(verified)).advise(
            "Sign in to the org once; if nothing comes then, check the event types that were chosen, \
             and validate the integration.",
        ))
    }

    /// All is well; how far the System Log is read is told while it is behind.
    fn logged(self, log: Option<&Standing>, now: Timestamp) -> Self {
        let Some(log) = log else { return self };
        let behind = since(log.whole_to(), now);
        let begun = match &log.catch_up {
            Some(catch_up) if log.complete_to.is_none() || behind >= BEHIND => catch_up.from,
            None if log.complete_to.is_none() => log.since,
            _ => return self,
        };
        let percent = log.progress(now) * 100.0;
        let lag = match log.complete_to {
            Some(_) => format!(", {} behind", rough(behind)),
            None => String::new(),
        };
        let reason = format!(
            "{} The System Log since {begun:.0} is being read: {percent:.0} % is done{lag}.",
            self.reason
        );
        Self { reason, ..self }
    }

    fn new(state: State, reason: &str, since: Option<Timestamp>) -> Self {
        Self {
            state,
            reason: reason.to_owned(),
            remedy: None,
            since,
        }
    }

    fn advise(mut self, remedy: &str) -> Self {
        self.remedy = Some(remedy.to_owned());
        self
    }
}

fn since(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

/// A span as people say it: in the largest unit of which it has two.
fn rough(span: Duration) -> String {
    let seconds = span.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "seconds"),
        120..7_200 => (seconds / 60, "minutes"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests;
