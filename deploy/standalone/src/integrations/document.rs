//! Integrations as the API shows them; what is not needed here is left out.

use serde::Deserialize;
use serde_json::Value;

use crate::terminal::{self, Terminal, harmless};

/// All integrations.
#[derive(Debug, Deserialize)]
pub(super) struct Integrations<I> {
    pub(super) integrations: Vec<I>,
}

/// An integration in a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Summary {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) origin: String,
    pub(crate) status: Status,
    pub(crate) last_event: Option<String>,
    pub(crate) events_24h: u64,
    pub(crate) hook_events_24h: u64,
    pub(crate) hook_events_daily_quota: u64,
    pub(crate) revision: String,
}

/// How it is, and why.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) remedy: Option<String>,
    pub(crate) since: Option<String>,
}

/// An integration whole.
#[derive(Debug, Deserialize)]
pub(super) struct Integration {
    #[serde(flatten)]
    pub(super) summary: Summary,
    pub(super) org_id: Option<String>,
    pub(super) credentials: Option<Credentials>,
    pub(super) hook: Option<Hook>,
    pub(super) event_types: Option<EventTypes>,
    pub(super) system_log: Option<SystemLog>,
    pub(super) start: Option<String>,
    pub(super) created: Option<String>,
    pub(super) completed: Option<String>,
    pub(super) paused: Option<String>,
    #[serde(default)]
    pub(super) problems: Vec<Trouble>,
}

/// What Okta knows us by.
#[derive(Debug, Deserialize)]
pub(super) struct Credentials {
    pub(super) mode: String,
    pub(super) client_id: Option<String>,
    pub(super) key_id: Option<String>,
    pub(super) set: String,
}

/// The event hook.
#[derive(Debug, Deserialize)]
pub(super) struct Hook {
    pub(super) address: Option<String>,
    pub(super) header: String,
    pub(super) okta_id: Option<String>,
    pub(super) active: Option<bool>,
    pub(super) verified: Option<bool>,
    pub(super) secrets: Vec<HookSecret>,
}

/// A secret of it, without the secret.
#[derive(Debug, Deserialize)]
pub(super) struct HookSecret {
    pub(super) state: String,
    pub(super) set: String,
    pub(super) verified: Option<String>,
    pub(super) until: Option<String>,
}

/// Which event types are wanted.
#[derive(Debug, Deserialize)]
pub(super) struct EventTypes {
    /// The name of a set, or a list.
    pub(super) chosen: Value,
    pub(super) hook: Vec<String>,
    pub(super) system_log: Vec<String>,
}

/// How far the System Log is read.
#[derive(Debug, Deserialize)]
pub(super) struct SystemLog {
    pub(super) complete_to: Option<String>,
    pub(super) lag_seconds: Option<f64>,
    /// 0 to 1.
    pub(super) progress: f64,
    pub(super) trouble: Option<Trouble>,
    pub(super) failed_deliveries_24h: u64,
    pub(super) gaps: Vec<Gap>,
}

/// A time in which nothing was read of it.
#[derive(Debug, Deserialize)]
pub(super) struct Gap {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) filled: Option<String>,
    pub(super) events: u64,
}

/// The last deliveries to an event hook.
#[derive(Debug, Deserialize)]
pub(super) struct DeliveryLog {
    pub(super) deliveries: Vec<Delivery>,
}

/// A delivery, and what it was answered.
#[derive(Debug, Deserialize)]
pub(super) struct Delivery {
    pub(super) at: String,
    pub(super) status: u16,
    pub(super) events: Option<u64>,
    pub(super) milliseconds: u64,
}

impl Delivery {
    /// What the answer means.
    pub(super) const fn meaning(&self) -> &'static str {
        match self.status {
            200..300 => "taken: all of it was kept for good",
            401 => "refused: the secret was missing or wrong",
            413 => "refused: it was too large",
            499 => "the caller hung up before it was answered",
            500.. => {
                "put off: paused, too much at a time, too slow, or not kept in time; Okta tries once more"
            }
            _ => "refused: it was no delivery of events",
        }
    }
}

/// All event types of an integration.
#[derive(Debug, Deserialize)]
pub(super) struct EventTypeList {
    pub(super) event_types: Vec<EventType>,
}

/// What is known of an event type.
#[derive(Debug, Deserialize)]
pub(super) struct EventType {
    pub(super) name: String,
    pub(super) wanted: bool,
    pub(super) source: Option<String>,
    pub(super) last_seen: Option<String>,
    pub(super) count_24h: u64,
}

/// What is wrong, and what to do.
#[derive(Debug, Deserialize)]
pub(super) struct Trouble {
    pub(super) sentence: String,
    pub(super) remedy: String,
}

impl Trouble {
    /// Prints both, indented.
    pub(super) fn print(&self, terminal: Terminal) {
        print_trouble(terminal, &self.sentence, &self.remedy);
    }
}

/// Prints what is wrong and what to do.
pub(super) fn print_trouble(terminal: Terminal, sentence: &str, remedy: &str) {
    terminal::print_line(&format!(
        "  {}",
        terminal.paint(terminal::HIGH, &harmless(sentence))
    ));
    if !remedy.is_empty() {
        terminal::print_line(&format!("  {}", harmless(remedy)));
    }
}

/// The colour of a state.
pub(crate) fn of_state(state: &str) -> anstyle::Style {
    match state {
        "connected" | "passed" => terminal::TITLE,
        "error" | "failed" => terminal::HIGH,
        "warning" | "waiting" => terminal::MEDIUM,
        "pending" => terminal::LOW,
        _ => terminal::INFO,
    }
}
