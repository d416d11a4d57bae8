//! What is said of a step of the checklist.

use serde::Serialize;
use utoipa::ToSchema;

use crate::integration::trouble::Trouble;

/// A step of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// The org's address leads to the org.
    Address,
    /// The connection is safe.
    Tls,
    /// Okta takes our credentials.
    Token,
    /// We may do what we have to.
    Scopes,
    /// The org has room for another event hook.
    HookLimit,
    /// Our event hook is there, as it should be.
    HookCreated,
    /// Okta reaches us, and has verified the hook.
    HookVerified,
    /// We can read the System Log.
    SystemLog,
    /// The hook has delivered an event.
    FirstEvent,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StepState)]
pub(crate) enum State {
    Running,
    Passed,
    /// It works, but not all of it.
    Warning,
    Failed,
    /// A step before it failed that it needs.
    Skipped,
    /// Nothing is wrong; it takes more time.
    Waiting,
}

/// What is said of a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Report {
    pub(crate) step: Step,
    pub(crate) state: State,
    /// How long it took, in milliseconds; null while it runs.
    pub(crate) milliseconds: Option<u64>,
    /// What is wrong, or what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sentence: Option<String>,
    /// The one thing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_id: Option<String>,
}

/// How a step ended, with what is to be said of it.
pub(super) enum End {
    Passed(Option<String>),
    Warning(Trouble),
    Failed(Trouble),
    Skipped,
    Waiting(Trouble),
}

impl Report {
    pub(super) const fn of(step: Step, state: State) -> Self {
        Self {
            step,
            state,
            milliseconds: None,
            sentence: None,
            remedy: None,
            code: None,
            error_id: None,
        }
    }
}

impl End {
    /// What is said of a step that took so many milliseconds.
    pub(super) fn report(self, step: Step, took: u64) -> Report {
        let (state, trouble) = match self {
            Self::Passed(None) => (State::Passed, None),
            Self::Passed(Some(found)) => (State::Passed, Some(Trouble::new(found, ""))),
            Self::Warning(trouble) => (State::Warning, Some(trouble)),
            Self::Failed(trouble) => (State::Failed, Some(trouble)),
            Self::Skipped => (State::Skipped, None),
            Self::Waiting(trouble) => (State::Waiting, Some(trouble)),
        };
        let mut report = Report {
            milliseconds: Some(took),
            ..Report::of(step, state)
        };
        if let Some(trouble) = trouble {
            report.sentence = Some(trouble.sentence);
            report.remedy = Some(trouble.remedy).filter(|remedy| !remedy.is_empty());
            report.code = trouble.code;
            report.error_id = trouble.error_id;
        }
        report
    }
}
