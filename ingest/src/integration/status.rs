//! How an integration is: one of five states, with the reason and what to do.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::directory::{Entry, Origin};
use super::settings::IntegrationSettings;
use super::watch::Observation;

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

impl Status {
    /// What is known from the settings, and from what was seen of the hook last.
    pub(crate) fn of(
        entry: &Entry,
        last_event: Option<Timestamp>,
        seen: Option<Observation>,
    ) -> Self {
        let set = match &entry.origin {
            Origin::File => {
                let reason =
                    "The configuration file owns it; its hook at Okta is not looked after.";
                return Self::new(State::Connected, reason, last_event);
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
            Ok(settings) => Self::of_settings(settings).seen(seen),
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
    fn seen(self, seen: Option<Observation>) -> Self {
        let is_up = matches!(self.state, State::Connected | State::Warning);
        let Some(seen) = seen.filter(|_| is_up) else {
            return self;
        };
        let Some(trouble) = seen.trouble else {
            return self;
        };
        let is_delivering = seen.is_active && seen.is_verified;
        let state = if is_delivering {
            State::Warning
        } else {
            State::Error
        };
        Self::new(state, &trouble.sentence, Some(seen.since)).advise(&trouble.remedy)
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
