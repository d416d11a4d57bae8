//! A record of `okta.events`.

use serde::{Deserialize, Serialize};

/// [`OktaEvent::kind`] of an Okta event.
pub const EVENT: &str = "event";
/// [`OktaEvent::kind`] of a watermark: the System Log is complete up to `complete_to`.
pub const PROGRESS: &str = "progress";

/// An event of an Okta org exactly as it came, in a thin envelope. Field docs: `okta_event.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents the fields")]
pub struct OktaEvent {
    pub kind: String,
    pub integration: String,
    pub org: String,
    pub uuid: String,
    pub event_type: Option<String>,
    pub published: Option<i64>,
    pub received: i64,
    pub origin: String,
    pub raw: String,
    pub complete_to: Option<i64>,
}

/// How an event reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Okta's event hook.
    Hook,
    /// The System Log.
    Poll,
    /// A file that a person imported.
    Import,
    /// A test event sent through the chain.
    Test,
}

impl Origin {
    /// Returns its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hook => "hook",
            Self::Poll => "poll",
            Self::Import => "import",
            Self::Test => "test",
        }
    }
}
