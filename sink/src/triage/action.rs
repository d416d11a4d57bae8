//! What people do with runtime events, and what comes of it.
//!
//! An action is one record, however many events it is about. Of two actions the later in the log
//! counts; so every sink comes to the same, and both stand in the event's history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = TriageStatus)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Nobody has looked at it yet, or it was reopened.
    #[default]
    Open,
    /// Somebody looks at it.
    Acknowledged,
    /// It is done with.
    Resolved,
}

/// What an event turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Disposition {
    /// What the rule looks for, and harmful.
    TruePositive,
    /// Not what the rule looks for.
    FalsePositive,
    /// What the rule looks for, and wanted.
    Benign,
    /// The same as another event.
    Duplicate,
    /// It can't be told.
    Inconclusive,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TriageDeed)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// Says that they look at it.
    Acknowledge,
    /// Is done with it; with a disposition.
    Resolve,
    /// Takes that back.
    Reopen,
    /// Gives it to somebody, or to nobody.
    Assign,
    /// Notes something.
    Comment,
}

/// An action as the settings log has it; who and when stand beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActionRecord {
    pub(crate) deed: Deed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disposition: Option<Disposition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) assignee: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// The ids of the events.
    pub(crate) events: Vec<Uuid>,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) id: String,
    pub(crate) deed: Deed,
    pub(crate) disposition: Option<Disposition>,
    pub(crate) assignee: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// What has come of all actions on an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct State {
    pub(crate) status: Status,
    /// Of what is resolved.
    pub(crate) disposition: Option<Disposition>,
    pub(crate) assignee: Option<String>,
    /// The last note.
    pub(crate) note: Option<String>,
    /// Who did something last, and when.
    pub(crate) last: Option<(String, Timestamp)>,
}

impl Status {
    /// The names of all, as they are written.
    pub(crate) const NAMES: [&'static str; 3] = ["open", "acknowledged", "resolved"];

    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }

    /// Returns the status of a name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let all = [Self::Open, Self::Acknowledged, Self::Resolved];
        all.into_iter().find(|status| status.name() == name)
    }
}

impl Disposition {
    /// The names of all, as they are written.
    pub(crate) const NAMES: [&'static str; 5] = [
        "true_positive",
        "false_positive",
        "benign",
        "duplicate",
        "inconclusive",
    ];

    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TruePositive => "true_positive",
            Self::FalsePositive => "false_positive",
            Self::Benign => "benign",
            Self::Duplicate => "duplicate",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Returns the disposition of a name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let all = [
            Self::TruePositive,
            Self::FalsePositive,
            Self::Benign,
            Self::Duplicate,
            Self::Inconclusive,
        ];
        all.into_iter()
            .find(|disposition| disposition.name() == name)
    }
}

impl Deed {
    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
            Self::Assign => "assign",
            Self::Comment => "comment",
        }
    }

    /// Returns the deed of a name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let all = [
            Self::Acknowledge,
            Self::Resolve,
            Self::Reopen,
            Self::Assign,
            Self::Comment,
        ];
        all.into_iter().find(|deed| deed.name() == name)
    }
}

impl Action {
    /// Puts an action and the events that it is about together.
    pub(crate) fn of_record(
        id: &str,
        record: ActionRecord,
        by: String,
        at: Timestamp,
    ) -> (Self, Vec<Uuid>) {
        let ActionRecord {
            deed,
            disposition,
            assignee,
            note,
            events,
        } = record;
        let action = Self {
            id: id.to_owned(),
            deed,
            disposition,
            assignee,
            note,
            by,
            at,
        };
        (action, events)
    }
}

impl State {
    /// Returns what comes of one more action.
    #[must_use]
    pub(crate) fn after(&self, action: &Action) -> Self {
        let mut state = self.clone();
        match action.deed {
            // Who resolved it has looked at it, too.
            Deed::Acknowledge if self.status == Status::Resolved => {}
            Deed::Acknowledge => state.status = Status::Acknowledged,
            Deed::Resolve => {
                state.status = Status::Resolved;
                state.disposition = action.disposition;
            }
            Deed::Reopen => {
                state.status = Status::Open;
                state.disposition = None;
            }
            Deed::Assign => state.assignee.clone_from(&action.assignee),
            Deed::Comment => {}
        }
        if action.note.is_some() {
            state.note.clone_from(&action.note);
        }
        state.last = Some((action.by.clone(), action.at));
        state
    }

    /// Whether an action would change anything: one that is sent twice counts once.
    pub(crate) fn would_change(&self, action: &Action) -> bool {
        let after = self.after(action);
        let is_said = |state: &Self| state.last.as_ref().map(|(by, _)| by.clone());
        let is_new_note =
            action.note.is_some() && (self.note != after.note || is_said(self) != is_said(&after));
        is_new_note
            || (self.status, self.disposition, &self.assignee)
                != (after.status, after.disposition, &after.assignee)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn action(deed: Deed, disposition: Option<Disposition>, note: Option<&str>) -> Action {
        Action {
            id: "1".to_owned(),
            deed,
            disposition,
            assignee: None,
            note: note.map(str::to_owned),
            by: "ann".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_acknowledgement_does_not_take_a_resolution_back_and_reopening_does() {
        let benign = Some(Disposition::Benign);
        let resolved = State::default().after(&action(Deed::Resolve, benign, Some("known")));
        assert_eq!(
            (resolved.status, resolved.disposition),
            (Status::Resolved, benign)
        );
        let acknowledged = resolved.after(&action(Deed::Acknowledge, None, None));
        assert_eq!(
            (acknowledged.status, acknowledged.disposition),
            (Status::Resolved, benign)
        );
        let reopened = resolved.after(&action(Deed::Reopen, None, None));
        assert_eq!(
            (reopened.status, reopened.disposition),
            (Status::Open, None)
        );
        assert_eq!(reopened.note.as_deref(), Some("known"));
    }

    #[test]
    fn names_are_those_of_the_json() {
        for name in Status::NAMES {
            let status = Status::of_name(name).unwrap();
            assert_eq!(serde_json::to_value(status).unwrap(), name);
        }
        for name in Disposition::NAMES {
            let disposition = Disposition::of_name(name).unwrap();
            assert_eq!(serde_json::to_value(disposition).unwrap(), name);
        }
    }

    fn any_action() -> impl Strategy<Value = Action> {
        let deed = prop::sample::select(vec![
            Deed::Acknowledge,
            Deed::Resolve,
            Deed::Reopen,
            Deed::Assign,
            Deed::Comment,
        ]);
        let disposition = prop::sample::select(vec![Disposition::Benign, Disposition::Duplicate]);
        let note = prop::option::of(prop::sample::select(vec!["a", "b"]));
        (deed, disposition, note)
            .prop_map(|(deed, disposition, note)| action(deed, Some(disposition), note))
    }

    proptest! {
        #[test]
        fn what_is_done_twice_changes_nothing_the_second_time(
            actions in proptest::collection::vec(any_action(), 1..8),
        ) {
            let mut state = State::default();
            for action in &actions {
                state = state.after(action);
            }
            prop_assert!(!state.would_change(actions.last().unwrap()));
        }
    }
}
