//! Metrics: one way to declare them, a reference even without samples.

use nightlatch_chassis::metrics::{IO_BUCKETS, LATENCY_BUCKETS, Metrics};

#[test]
fn metrics_are_rendered_with_the_prefix_and_the_build() {
    let metrics = Metrics::new().unwrap();
    let events = metrics
        .counter_vec("events_total", "Events seen.", &["kind"])
        .unwrap();
    events.with_label_values(&["hook"]).inc_by(3);
    metrics.gauge("lag_seconds", "Lag.").unwrap().set(1.5);
    let latency = metrics
        .histogram("latency_seconds", "Latency.", LATENCY_BUCKETS)
        .unwrap();
    latency.observe(0.02);
    let text = metrics.render().unwrap();
    let build = format!(
        "nightlatch_build_info{{version=\"{}\"}} 1",
        env!("CARGO_PKG_VERSION")
    );
    for line in [
        "# HELP nightlatch_events_total Events seen.",
        "nightlatch_events_total{kind=\"hook\"} 3",
        "nightlatch_lag_seconds 1.5",
        "nightlatch_latency_seconds_bucket{le=\"0.025\"} 1",
        build.as_str(),
    ] {
        assert!(
            text.lines().any(|have| have == line),
            "no {line} in:\n{text}"
        );
    }
    #[cfg(target_os = "linux")]
    assert!(text.contains("process_resident_memory_bytes"), "{text}");
}

#[test]
fn the_reference_lists_metrics_without_samples() {
    let metrics = Metrics::new().unwrap();
    metrics
        .histogram_vec(
            "write_seconds",
            "How long | a write takes.",
            &["store"],
            IO_BUCKETS,
        )
        .unwrap();
    metrics
        .gauge_vec("up", "Whether it is up.", &["a", "b"])
        .unwrap();
    assert!(!metrics.render().unwrap().contains("write_seconds"));
    assert_eq!(
        metrics.reference(),
        "| metric | type | labels | meaning |\n\
         |---|---|---|---|\n\
         | `nightlatch_build_info` | gauge | version | Always 1; the label tells the version that runs. |\n\
         | `nightlatch_up` | gauge | a, b | Whether it is up. |\n\
         | `nightlatch_write_seconds` | histogram | store | How long \\| a write takes. |\n"
    );
}

#[test]
fn the_same_definition_twice_is_the_same_metric() {
    let metrics = Metrics::new().unwrap();
    let other = metrics.clone();
    metrics.counter("dropped_total", "Dropped.").unwrap().inc();
    other.counter("dropped_total", "Dropped.").unwrap().inc();
    assert!(
        metrics
            .render()
            .unwrap()
            .contains("nightlatch_dropped_total 2")
    );
}

#[test]
fn a_name_that_is_taken_or_not_allowed_is_an_error() {
    let metrics = Metrics::new().unwrap();
    metrics.counter("taken_total", "One.").unwrap();
    let error = metrics.counter("taken_total", "Another.").unwrap_err();
    assert!(
        error.to_string().contains("nightlatch_taken_total"),
        "{error}"
    );
    metrics.gauge("taken_total", "One.").unwrap_err();
    metrics.counter("no good", "Spaces.").unwrap_err();
    metrics
        .histogram("falling", "Falling buckets.", &[2.0, 1.0])
        .unwrap_err();
}
