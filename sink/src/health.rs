//! What the health of the sink is told by.

use nightlatch_chassis::health::{Figure, Part, Samples, Stage, Store};

use crate::config::SinkConfig;

type Labels = &'static [(&'static str, &'static str)];

const FEED: Labels = &[("store", "sqlite")];
const ACTIVITY: Labels = &[("store", "activity")];
const FEED_LAG: Labels = &[("group", "sink"), ("topic", "okta.runtime-events")];
const ACTIVITY_LAG: Labels = &[("group", "sink"), ("topic", "okta.events")];

/// Returns the sink's stages.
pub(crate) fn health(config: &SinkConfig) -> Part {
    let feed = Stage {
        records: vec![Samples::of("sink_records_written_total", FEED)],
        errors: vec![Samples::all("sink_topic_gaps_total")],
        latency: Some(Samples::of(
            "pipeline_latency_seconds",
            &[("stage", "end_to_end")],
        )),
        lag_records: Some(Samples::of("log_consumer_lag_records", FEED_LAG)),
        lag_seconds: Some(Samples::of("log_consumer_lag_seconds", FEED_LAG)),
        check: Some("feed"),
        ..Stage::new(
            "sink",
            "Writes detections to the feed; latency is from arrival at ingest.",
        )
    };
    let activity = Stage {
        records: vec![Samples::of("sink_records_written_total", ACTIVITY)],
        latency: Some(Samples::of("sink_write_duration_seconds", ACTIVITY)),
        lag_records: Some(Samples::of("log_consumer_lag_records", ACTIVITY_LAG)),
        lag_seconds: Some(Samples::of("log_consumer_lag_seconds", ACTIVITY_LAG)),
        check: Some("activity"),
        ..Stage::new(
            "activity",
            "Writes all of Okta's events to the activity; latency is that of a write.",
        )
    };
    let queries = Stage {
        latency: Some(Samples::all("sink_query_duration_seconds")),
        ..Stage::new("queries", "Answers queries of the feed and the activity.")
    };
    let dead_letters = Stage {
        errors: vec![Samples::of("dlq_records_total", &[("stage", "sink")])],
        ..Stage::new("sink_dead_letters", "Records that could not be stored.")
    };
    let is_kept = config.activity.enabled;
    let mut stages = vec![feed, activity, queries, dead_letters];
    let mut stores = vec![
        store("feed", "Detections.", FEED, config.max_size.bytes()),
        store(
            "activity",
            "All of Okta's events.",
            ACTIVITY,
            config.activity.max_size.bytes(),
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
    }
}

const fn store(name: &'static str, about: &'static str, labels: Labels, max_bytes: u64) -> Store {
    Store {
        name,
        about,
        bytes: Samples::of("sink_db_size_bytes", labels),
        rows: Samples::of("sink_rows", labels),
        oldest: Samples::of("sink_oldest_event_timestamp_seconds", labels),
        max_bytes,
    }
}
