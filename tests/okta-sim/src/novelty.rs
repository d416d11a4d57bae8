//! What Okta makes of the circumstances of a sign-in: behaviours and risk.

use crate::log_event::{Risk, UserBehavior};

/// How new to Okta are the circumstances of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// As always.
    Usual,
    /// A known device in another city.
    Journey,
    /// Another country, another device: nothing fits.
    Stranger,
}

/// The behaviours that the org watches, with the id of each.
const BEHAVIORS: [(&str, &str); 7] = [
    ("New Geo-Location", "bhv1nqvgeo8kQw2Lr5d7"),
    ("New Device", "bhv2nqvdev7tXp4Ms5d7"),
    ("New IP", "bhv3nqvip06sYb6Nt5d7"),
    ("New State", "bhv4nqvsta5rZd8Pu5d7"),
    ("New Country", "bhv5nqvcou4qAf0Qv5d7"),
    ("Velocity", "bhv6nqvvel3pCh2Rw5d7"),
    ("New City", "bhv7nqvcit2nEj4Sx5d7"),
];

impl Novelty {
    fn result(self, behavior: &str) -> &'static str {
        let positive = match self {
            Self::Usual => false,
            Self::Journey => !matches!(behavior, "New Device" | "Velocity" | "New Country"),
            Self::Stranger => behavior != "Velocity",
        };
        if positive { "POSITIVE" } else { "NEGATIVE" }
    }

    /// Okta's verdict of risk.
    pub(crate) fn risk(self) -> Risk {
        match self {
            Self::Usual => Risk {
                level: "LOW",
                reasons: Vec::new(),
            },
            Self::Journey => Risk {
                level: "MEDIUM",
                reasons: vec!["Anomalous Location"],
            },
            Self::Stranger => Risk {
                level: "HIGH",
                reasons: vec!["Anomalous Location", "Anomalous Device"],
            },
        }
    }

    /// Okta's verdict of each behaviour.
    pub(crate) fn behaviors(self) -> Vec<UserBehavior> {
        BEHAVIORS
            .iter()
            .map(|&(name, id)| UserBehavior {
                id: id.to_owned(),
                name,
                result: self.result(name),
            })
            .collect()
    }

    /// Behaviours and risk as Okta writes them into `debugData`: in the notation of Java's maps.
    pub(crate) fn texts(self) -> [(&'static str, String); 2] {
        let risk = self.risk();
        let behaviors: Vec<String> = BEHAVIORS
            .iter()
            .map(|(name, _)| format!("{name}={}", self.result(name)))
            .collect();
        let reasons = match risk.reasons.join(", ") {
            none if none.is_empty() => none,
            some => format!("reasons={some}, "),
        };
        [
            ("behaviors", format!("{{{}}}", behaviors.join(", "))),
            ("risk", format!("{{{reasons}level={}}}", risk.level)),
        ]
    }

    /// The same once more as JSON in a text.
    pub(crate) fn json(self) -> String {
        let risk = self.risk();
        let reasons = match risk.reasons.join(", ") {
            none if none.is_empty() => none,
            some => format!(r#""reasons":"{some}","#),
        };
        let behaviors: Vec<String> = BEHAVIORS
            .iter()
            .map(|(name, _)| format!(r#""{name}":"{}""#, self.result(name)))
            .collect();
        format!(
            r#"{{"risk":{{{reasons}"level":"{}"}},"behaviors":{{{}}}}}"#,
            risk.level,
            behaviors.join(",")
        )
    }
}
