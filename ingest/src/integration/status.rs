//! How an integration is: one of five states, with the reason and what to do.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::directory::{Entry, Origin};
use super::settings::IntegrationSettings;
use super::watch::Observation;
use crate::reconcile::standing::{MAX_FAILURES, Standing};

/// How long the first event may take.
const FIRST: SignedDuration = SignedDuration::from_mins(5);

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
    /// The hook at Okta.
    pub(crate) hook: Option<Observation>,
    /// Where the walk along its System Log stands.
    pub(crate) log: Option<Standing>,
}

impl Status {
    /// What is known from the settings, and from what was seen, as of `now`.
    pub(crate) fn of(entry: &Entry, seen: &Seen, now: Timestamp) -> Self {
        let set = match &entry.origin {
            Origin::File => {
                let reason =
                    "The configuration file owns it; its hook at Okta is not looked after.";
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
            Ok(settings) => Self::of_settings(settings).seen(seen, now),
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

    /// The same, when what was set up is not so at Okta.
    fn seen(self, seen: &Seen, now: Timestamp) -> Self {
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
        let unlogged = seen.log.as_ref().and_then(Self::unlogged);
        let of_deliveries = || Self::of_deliveries(seen, now);
        unlogged
            .or_else(of_deliveries)
            .or_else(|| self.first_awaited(seen, now))
            .unwrap_or_else(|| self.logged(seen.log.as_ref(), now))
    }

    /// What is wrong with the hook at Okta.
    fn of_hook(seen: &Observation) -> Option<Self> {
        let trouble = seen.trouble.as_ref()?;
        let is_delivering = seen.is_active && seen.is_verified;
        let state = if is_delivering {
            State::Warning
        } else {
            State::Error
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

    /// That what Okta has logged did not come by the hook.
    fn of_deliveries(seen: &Seen, now: Timestamp) -> Option<Self> {
        let log = seen.log.as_ref()?;
        if let Some(missed) = log.expected.missed(seen.last_delivery, now) {
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
            let at_least = if failures.len() < MAX_FAILURES {
                ""
            } else {
                "at least "
            };
            let reason = format!(
                "Okta could not deliver {at_least}{} times within 24 hours, at {last:.0} last. What was \
                 lost is taken from the System Log.",
                failures.len()
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
        let reason = "No event has come within five minutes of the verification.";
        Some(Self::new(State::Warning, reason, Some(verified)).advise(
            "Sign in to the org once; if nothing comes then, check the event types that were chosen, \
             and validate the integration.",
        ))
    }

    /// All is well; how far the System Log is read is told while it is far behind.
    fn logged(self, log: Option<&Standing>, now: Timestamp) -> Self {
        match log {
            Some(log) if log.complete_to.is_none() => {
                let percent = log.progress(now) * 100.0;
                let reason = format!(
                    "{} The System Log since {:.0} is being read: {percent:.0} % is done.",
                    self.reason, log.since
                );
                Self { reason, ..self }
            }
            _ => self,
        }
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

#[cfg(test)]
mod tests;
