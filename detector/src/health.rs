//! What the health of the detector is told by.

use nightlatch_chassis::health::{Figure, Part, Remedies, Samples, Stage, Word};

const LAG: &[(&str, &str)] = &[("group", "detector"), ("topic", "okta.events")];

/// What to do about dead letters.
const LETTERS: &str = "Look at the dead letters: each says why, and can be sent again.";

/// Returns the detector's stages.
pub fn health() -> Part {
    let runtime_events = Stage {
        records: vec![Samples::all("detector_rule_matches_total")],
        ..Stage::new("runtime_events", "Puts detections on okta.runtime-events.")
    };
    let dead_letters = Stage {
        errors: vec![Samples::of("dlq_records_total", &[("stage", "detector")])],
        remedies: Remedies {
            failing: LETTERS,
            ..Remedies::ANY
        },
        ..Stage::new("detector_dead_letters", "Events that could not be judged.")
    };
    let loaded = |name, labels| Figure {
        name,
        samples: Samples::of("detector_rules_loaded", labels),
    };
    let figure = |name, metric| Figure {
        name,
        samples: Samples::all(metric),
    };
    Part {
        service: "detector",
        stages: vec![loading(), judging(), runtime_events, dead_letters],
        stores: Vec::new(),
        figures: vec![
            loaded("rules_managed", &[("kind", "managed")]),
            loaded("rules_custom", &[("kind", "custom")]),
            figure("policies_unusable", "detector_policies_unusable"),
            figure("rules_loaded_at", "detector_rules_reload_timestamp_seconds"),
            figure(
                "rules_reload_failures",
                "detector_rules_reload_failures_total",
            ),
        ],
        words: vec![Word {
            name: "ruleset_version",
            metric: "detector_ruleset_info",
            label: "version",
        }],
    }
}

fn judging() -> Stage {
    Stage {
        records: vec![Samples::all("detector_events_processed_total")],
        errors: vec![
            Samples::of("detector_events_processed_total", &[("result", "error")]),
            Samples::all("detector_lost_records_total"),
        ],
        latency: Some(Samples::of(
            "pipeline_latency_seconds",
            &[("stage", "ingest_to_detect")],
        )),
        lag_records: Some(Samples::of("log_consumer_lag_records", LAG)),
        lag_seconds: Some(Samples::of("log_consumer_lag_seconds", LAG)),
        check: Some("detector"),
        remedies: Remedies {
            stopped: "It tries again by itself; when it does not get on, see its log, and that its data \
                      folder has room and can be written.",
            behind: "It catches up by itself; when it does not, give it more processors or run more \
                     replicas.",
            noted: "Keep okta.events longer than a detector may be away: nothing brings what was gone unread.",
            failing: "See its log, and send what it could not judge again from the dead letters.",
        },
        ..Stage::new("detector", "Judges events by the rules.")
    }
}

fn loading() -> Stage {
    Stage {
        errors: vec![Samples::all("detector_rules_reload_failures_total")],
        check: Some("rules"),
        remedies: Remedies {
            stopped: "Mend the policy that is named, or switch another one on: without rules nothing is \
                      judged.",
            noted: "Mend the policy that is named; until then its last good rules stay in force.",
            failing: "Mend the policy that is named; until then its last good rules stay in force.",
            ..Remedies::ANY
        },
        ..Stage::new("rules", "Loads policies and keeps them up to date.")
    }
}
