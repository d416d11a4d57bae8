//! What a service's stages are made of, in the words of its metrics. Names are without `nightlatch_`.

use std::time::Duration;

/// Samples of a metric: those that have all of these labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Samples {
    /// The metric.
    pub metric: &'static str,
    /// Names of labels and their values.
    pub labels: &'static [(&'static str, &'static str)],
}

impl Samples {
    /// All samples of a metric.
    pub const fn all(metric: &'static str) -> Self {
        Self {
            metric,
            labels: &[],
        }
    }

    /// The samples of a metric with these labels.
    pub const fn of(metric: &'static str, labels: &'static [(&'static str, &'static str)]) -> Self {
        Self { metric, labels }
    }
}

/// A stage of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name, a word.
    pub name: &'static str,
    /// What it does, for people.
    pub about: &'static str,
    /// Counters of what it has done.
    pub records: Vec<Samples>,
    /// Counters of what went wrong.
    pub errors: Vec<Samples>,
    /// A histogram, in seconds, of the time it takes.
    pub latency: Option<Samples>,
    /// A gauge of the records that it has yet to do.
    pub lag_records: Option<Samples>,
    /// A gauge, in seconds, of how far behind it is.
    pub lag_seconds: Option<Samples>,
    /// Behind by more seconds than this, it needs a look.
    pub most_lag: u32,
    /// The readiness check that fails when it does not work.
    pub check: Option<&'static str>,
    /// What people are told to do about it.
    pub remedies: Remedies,
}

/// What to do about a stage that is not as it should be: a sentence each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedies {
    /// When its check fails.
    pub stopped: &'static str,
    /// When it is behind.
    pub behind: &'static str,
    /// When it works, and its check says what people should know.
    pub noted: &'static str,
    /// When something went wrong.
    pub failing: &'static str,
}

impl Remedies {
    /// What helps with whatever it is.
    pub const ANY: Self = Self {
        stopped: "Look into the log of the service, and start it anew when it does not mend itself.",
        behind: "Give the machine more room, or run more replicas, when it does not catch up.",
        noted: "Look into the log of the service for more of it.",
        failing: "Look into the log of the service for what went wrong.",
    };
}

impl Stage {
    /// A stage of which only this is known.
    pub fn new(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            records: Vec::new(),
            errors: Vec::new(),
            latency: None,
            lag_records: None,
            lag_seconds: None,
            most_lag: 60,
            check: None,
            remedies: Remedies::ANY,
        }
    }
}

/// Where a service keeps something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    /// Its name, a word.
    pub name: &'static str,
    /// What it has, for people.
    pub about: &'static str,
    /// A gauge of its size in bytes.
    pub bytes: Samples,
    /// A gauge of its rows.
    pub rows: Samples,
    /// A gauge of the time of its oldest event, in seconds since 1970; 0 when there is none.
    pub oldest: Samples,
    /// How large it may grow.
    pub max_bytes: u64,
    /// How long something is kept in it.
    pub retention: Duration,
}

/// A number that people want to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Its name, a word.
    pub name: &'static str,
    /// Counters or gauges, added up.
    pub samples: Samples,
}

/// A word that people want to see, such as a version: the value of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Its name, a word.
    pub name: &'static str,
    /// A gauge that is 1 for what counts.
    pub metric: &'static str,
    /// The label that has it.
    pub label: &'static str,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub service: &'static str,
    /// Its stages, in the order in which events pass them.
    pub stages: Vec<Stage>,
    /// What it keeps.
    pub stores: Vec<Store>,
    /// What else is of interest.
    pub figures: Vec<Figure>,
    /// What of that are words.
    pub words: Vec<Word>,
}
