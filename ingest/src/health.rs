//! What the health of ingest is told by.

use nightlatch_chassis::health::{Part, Remedies, Samples, Stage};

const POSTS: &[(&str, &str)] = &[("method", "POST")];
const OKTA_EVENTS: &[(&str, &str)] = &[("topic", "okta.events")];
/// How far behind a walk along a System Log may be, in seconds; it looks once a minute.
const MOST_LOG_LAG: u32 = 300;

/// Returns ingest's stages.
pub fn health() -> Part {
    let hooks = Stage {
        records: vec![Samples::of("ingest_http_requests_total", POSTS)],
        errors: vec![Samples::all("ingest_hook_rejected_total")],
        latency: Some(Samples::of("ingest_http_request_duration_seconds", POSTS)),
        check: Some("tls"),
        remedies: Remedies {
            stopped: "Mend the certificate and key that ingest.tls_certificate and ingest.tls_key name.",
            noted: "Renew the certificate and key that ingest.tls_certificate and ingest.tls_key name.",
            failing: "See under Integrations which org's hook is refused: an old secret, or a stranger who \
                      tries addresses.",
            ..Remedies::ANY
        },
        ..Stage::new("hooks", "Takes deliveries of Okta's event hooks.")
    };
    let system_log = Stage {
        lag_seconds: Some(Samples::all("ingest_system_log_lag_seconds")),
        most_lag: MOST_LOG_LAG,
        remedies: Remedies {
            behind: "See under Integrations which org's System Log is not read, and why.",
            ..Remedies::ANY
        },
        ..Stage::new("system_log", "Walks along the System Log of each org.")
    };
    let okta_events = Stage {
        records: vec![Samples::of("log_appended_records_total", OKTA_EVENTS)],
        errors: vec![Samples::of("log_append_errors_total", OKTA_EVENTS)],
        latency: Some(Samples::of(
            "pipeline_latency_seconds",
            &[("stage", "okta_to_ingest")],
        )),
        remedies: Remedies {
            failing: "See that the disk has room, or that enough brokers run: until then Okta is asked to \
                      send again, and the System Log brings what it does not.",
            ..Remedies::ANY
        },
        ..Stage::new(
            "okta_events",
            "Makes events durable on okta.events; latency is from Okta's clock.",
        )
    };
    let dead_letters = Stage {
        errors: vec![Samples::of("dlq_records_total", &[("stage", "ingest")])],
        remedies: Remedies {
            failing: "Look at the dead letters: each says why, and can be sent again.",
            ..Remedies::ANY
        },
        ..Stage::new("ingest_dead_letters", "What came and is no event.")
    };
    Part {
        service: "ingest",
        stages: vec![hooks, system_log, okta_events, dead_letters],
        ..Part::default()
    }
}
