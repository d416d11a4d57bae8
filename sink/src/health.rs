//! What the health of the sink is told by.

use std::time::Duration;

use nightlatch_chassis::health::{Figure, Part, Remedies, Samples, Stage, Store};

use crate::config::SinkConfig;

type Labels = &'static [(&'static str, &'static str)];

const FEED: Labels = &[("store", "sqlite")];
const ACTIVITY: Labels = &[("store", "activity")];
const FEED_LAG: Labels = &[("group", "sink"), ("topic", "okta.runtime-events")];
const ACTIVITY_LAG: Labels = &[("group", "sink"), ("topic", "okta.events")];

/// What to do about a store that is not written.
const WRITING: Remedies = Remedies {
    stopped: "It tries again by itself; see its log, and that its data folder has room and can be written.",
    behind: "It catches up by itself; when it does not, give its data folder a faster disk.",
    noted: "Look into its log: of a day that was damaged, or of records that were gone before they were read, \
            the topic or a copy of the data folder may still have them.",
    failing: "Retention took records before they were read: run the sink all the time, or keep topics longer.",
};

/// Returns the sink's stages.
pub(crate) fn health(config: &SinkConfig) -> Part {
    let queries = Stage {
        latency: Some(Samples::all("sink_query_duration_seconds")),
        ..Stage::new("queries", "Answers queries of the feed and the activity.")
    };
    let dead_letters = Stage {
        errors: vec![Samples::of("dlq_records_total", &[("stage", "sink")])],
        remedies: Remedies {
            failing: "Look at the dead letters: each says why, and can be sent again.",
            ..Remedies::ANY
        },
        ..Stage::new("sink_dead_letters", "Records that could not be stored.")
    };
    let is_kept = config.activity.enabled;
    let mut stages = vec![feed(), activity(), queries, dead_letters];
    let mut stores = vec![
        store(
            ("feed", "Detections.", FEED),
            config.max_size.bytes(),
            config.retention.duration(),
        ),
        store(
            ("activity", "All of Okta's events.", ACTIVITY),
            config.activity.max_size.bytes(),
            config.activity.retention.duration(),
        ),
    ];
    stages.retain(|stage| is_kept || stage.name != "activity");
    stores.retain(|store| is_kept || store.name != "activity");
    Part {
        service: "sink",
        stages,
        stores,
        figures: vec![Figure {
            name: "stream_clients",
            samples: Samples::all("sink_sse_clients"),
        }],
        ..Part::default()
    }
}

fn feed() -> Stage {
    Stage {
        records: vec![Samples::of("sink_records_written_total", FEED)],
        errors: vec![Samples::all("sink_topic_gaps_total")],
        latency: Some(Samples::of(
            "pipeline_latency_seconds",
            &[("stage", "end_to_end")],
        )),
        lag_records: Some(Samples::of("log_consumer_lag_records", FEED_LAG)),
        lag_seconds: Some(Samples::of("log_consumer_lag_seconds", FEED_LAG)),
        check: Some("feed"),
        remedies: WRITING,
        ..Stage::new(
            "sink",
            "Writes detections to the feed; latency is from arrival at ingest.",
        )
    }
}

fn activity() -> Stage {
    Stage {
        records: vec![Samples::of("sink_records_written_total", ACTIVITY)],
        latency: Some(Samples::of("sink_write_duration_seconds", ACTIVITY)),
        lag_records: Some(Samples::of("log_consumer_lag_records", ACTIVITY_LAG)),
        lag_seconds: Some(Samples::of("log_consumer_lag_seconds", ACTIVITY_LAG)),
        check: Some("activity"),
        remedies: WRITING,
        ..Stage::new(
            "activity",
            "Writes all of Okta's events to the activity; latency is that of a write.",
        )
    }
}

const fn store(
    (name, about, labels): (&'static str, &'static str, Labels),
    max_bytes: u64,
    retention: Duration,
) -> Store {
    Store {
        name,
        about,
        bytes: Samples::of("sink_db_size_bytes", labels),
        rows: Samples::of("sink_rows", labels),
        oldest: Samples::of("sink_oldest_event_timestamp_seconds", labels),
        max_bytes,
        retention,
    }
}
