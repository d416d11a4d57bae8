//! The services by name.

use serde::{Deserialize, Serialize};

/// A part of Nightlatch that can run in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Takes Okta's event hooks and imports, writes `okta.events`.
    Ingest,
    /// Judges `okta.events`, writes `okta.runtime-events`.
    Detector,
    /// Keeps `okta.runtime-events` as the feed and serves it.
    Sink,
}

impl Service {
    /// In the order in which data flows.
    pub(crate) const ALL: [Self; 3] = [Self::Ingest, Self::Detector, Self::Sink];

    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Detector => "detector",
            Self::Sink => "sink",
        }
    }

    /// Returns its name with an article where one belongs.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Detector => "a detector",
            Self::Sink => "a sink",
        }
    }

    /// Returns the name of its binary.
    pub(crate) const fn binary(self) -> &'static str {
        match self {
            Self::Ingest => "nightlatch-ingest",
            Self::Detector => "nightlatch-detector",
            Self::Sink => "nightlatch-sink",
        }
    }

    /// Returns what it does and where it listens, for people.
    pub(crate) const fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::Ingest => (
                "Takes Okta's event hooks and imports, and writes them to okta.events",
                "It listens at ingest.listen (event hooks), api.listen (import) and admin.listen \
                 (health, metrics).",
            ),
            Self::Detector => (
                "Judges okta.events by the rules, and writes detections to okta.runtime-events",
                "It listens at api.listen (what editors of rules ask) and admin.listen (health, \
                 metrics).",
            ),
            Self::Sink => (
                "Keeps the detections on okta.runtime-events as a feed, and serves it",
                "It listens at api.listen (feed, schemas) and admin.listen (health, metrics). Each \
                 sink has a store of its own, and so the whole feed.",
            ),
        }
    }
}
