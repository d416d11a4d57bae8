//! The one way to declare metrics: every name, label and help text stands in a call here.
//!
//! Definitions are kept, so that [`Metrics::reference`] lists metrics that have no samples yet,
//! and the same definition twice is the same metric (services that share a process share it).

mod snapshot;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use prometheus::core::Collector;
use prometheus::{HistogramOpts, Opts, Registry, TextEncoder};

pub use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramVec, IntCounter as Counter, IntCounterVec as CounterVec,
};

pub(crate) use snapshot::Snapshot;

/// Put before every name.
const PREFIX: &str = "nightlatch_";

/// Seconds, for stages of the pipeline: from Okta's clock to us it can take minutes.
pub const LATENCY_BUCKETS: &[f64] = &[
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];

/// Seconds, for requests and writes: OpenTelemetry's advice for messaging, with two finer steps,
/// since a local write takes about a millisecond.
pub const IO_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// A set of metrics. Clones are the same set.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    definitions: Arc<Mutex<BTreeMap<String, Definition>>>,
}

/// A metric that cannot be declared: a mistake in the program.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// A name, label or bucket that Prometheus does not allow.
    #[error("metric {name} cannot be declared")]
    Invalid {
        /// The metric's full name.
        name: String,
        /// What Prometheus' client says.
        source: prometheus::Error,
    },
    /// The name stands for another metric already.
    #[error("metric {name} has been declared otherwise before")]
    Conflict {
        /// The metric's full name.
        name: String,
    },
}

struct Definition {
    /// For the reference; a metric is declared twice alike when all of it is equal.
    facts: Facts,
    collector: Instrument,
}

#[derive(Clone, PartialEq)]
struct Facts {
    kind: &'static str,
    labels: Vec<String>,
    buckets: Vec<f64>,
    help: String,
}

/// What was handed out, to be handed out again.
#[derive(Clone)]
enum Instrument {
    Counter(Counter),
    CounterVec(CounterVec),
    Gauge(Gauge),
    GaugeVec(GaugeVec),
    Histogram(Histogram),
    HistogramVec(HistogramVec),
}

/// Writes the method that declares one kind of metric.
macro_rules! declare {
    ($(#[$doc:meta])* $method:ident, $instrument:ident, $kind:literal, ($($arg:ident: $type:ty),*),
     $labels:expr, $buckets:expr, $make:expr) => {
        $(#[$doc])*
        pub fn $method(
            &self,
            name: &str,
            help: &str,
            $($arg: $type),*
        ) -> Result<$instrument, MetricsError> {
            let labels: &[&str] = $labels;
            let facts = Facts {
                kind: $kind,
                labels: labels.iter().map(ToString::to_string).collect(),
                buckets: <[f64]>::to_vec($buckets),
                help: help.to_owned(),
            };
            let make: fn(String, &Facts) -> prometheus::Result<$instrument> = $make;
            let instrument = self.declare(name, facts, |name, facts| {
                make(name, facts).map(Instrument::$instrument)
            })?;
            match instrument {
                Instrument::$instrument(instrument) => Ok(instrument),
                _ => Err(MetricsError::Conflict { name: format!("{PREFIX}{name}") }),
            }
        }
    };
}

impl Metrics {
    /// An empty set but for `nightlatch_build_info` and, on Linux, the process' own `process_…`.
    pub fn new() -> Result<Self, MetricsError> {
        let metrics = Self {
            registry: Registry::new(),
            definitions: Arc::default(),
        };
        #[cfg(target_os = "linux")]
        metrics.register(
            "process",
            prometheus::process_collector::ProcessCollector::for_self(),
        )?;
        metrics
            .gauge_vec(
                "build_info",
                "Always 1; the label tells the version that runs.",
                &["version"],
            )?
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1.0);
        Ok(metrics)
    }

    declare!(
        /// A count that only grows; its name ends in `_total`.
        counter, Counter, "counter", (), &[], &[],
        |name, facts| Counter::with_opts(Opts::new(name, &facts.help))
    );
    declare!(
        /// Counts that only grow, one for each set of labels.
        counter_vec, CounterVec, "counter", (labels: &[&str]), labels, &[],
        |name, facts| CounterVec::new(Opts::new(name, &facts.help), &facts.labels())
    );
    declare!(
        /// A value that goes up and down.
        gauge, Gauge, "gauge", (), &[], &[],
        |name, facts| Gauge::with_opts(Opts::new(name, &facts.help))
    );
    declare!(
        /// Values that go up and down, one for each set of labels.
        gauge_vec, GaugeVec, "gauge", (labels: &[&str]), labels, &[],
        |name, facts| GaugeVec::new(Opts::new(name, &facts.help), &facts.labels())
    );
    declare!(
        /// How values are spread, by the upper bounds `buckets`.
        histogram, Histogram, "histogram", (buckets: &[f64]), &[], buckets,
        |name, facts| Histogram::with_opts(facts.histogram(name))
    );
    declare!(
        /// How values are spread, for each set of labels, by the upper bounds `buckets`.
        histogram_vec, HistogramVec, "histogram", (labels: &[&str], buckets: &[f64]), labels, buckets,
        |name, facts| HistogramVec::new(facts.histogram(name), &facts.labels())
    );

    /// The time that events take, by stage of the pipeline; every service observes its own.
    pub fn pipeline_latency(&self) -> Result<HistogramVec, MetricsError> {
        let help = "Time an event took, by stage of the pipeline.";
        self.histogram_vec(
            "pipeline_latency_seconds",
            help,
            &["stage"],
            LATENCY_BUCKETS,
        )
    }

    /// Dead letters, by the service that wrote them and why; every service counts its own.
    pub fn dead_letters(&self) -> Result<CounterVec, MetricsError> {
        let help = "Records put on okta.dead-letters.";
        self.counter_vec("dlq_records_total", help, &["stage", "reason"])
    }

    /// All samples in Prometheus' text format.
    pub fn render(&self) -> Result<String, MetricsError> {
        let families = self.registry.gather();
        TextEncoder::new()
            .encode_to_string(&families)
            .map_err(|source| MetricsError::Invalid {
                name: "of the page".to_owned(),
                source,
            })
    }

    /// All samples, to be asked for some.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.registry.gather())
    }

    /// A Markdown table of all metrics declared so far, also those without samples.
    pub fn reference(&self) -> String {
        let row = |(name, definition): (&String, &Definition)| {
            let Facts {
                kind, labels, help, ..
            } = &definition.facts;
            let (labels, help) = (labels.join(", "), help.replace('|', "\\|"));
            format!("| `{name}` | {kind} | {labels} | {help} |\n")
        };
        let rows: String = self.definitions.lock().iter().map(row).collect();
        format!("| metric | type | labels | meaning |\n|---|---|---|---|\n{rows}")
    }

    fn declare(
        &self,
        name: &str,
        facts: Facts,
        make: impl FnOnce(String, &Facts) -> prometheus::Result<Instrument>,
    ) -> Result<Instrument, MetricsError> {
        let name = format!("{PREFIX}{name}");
        let mut definitions = self.definitions.lock();
        if let Some(known) = definitions.get(&name) {
            let is_same = known.facts == facts;
            return if is_same {
                Ok(known.collector.clone())
            } else {
                Err(MetricsError::Conflict { name })
            };
        }
        let invalid = |source| MetricsError::Invalid {
            name: name.clone(),
            source,
        };
        let instrument = make(name.clone(), &facts).map_err(invalid)?;
        match instrument.clone() {
            Instrument::Counter(it) => self.register(&name, it),
            Instrument::CounterVec(it) => self.register(&name, it),
            Instrument::Gauge(it) => self.register(&name, it),
            Instrument::GaugeVec(it) => self.register(&name, it),
            Instrument::Histogram(it) => self.register(&name, it),
            Instrument::HistogramVec(it) => self.register(&name, it),
        }?;
        definitions.insert(
            name,
            Definition {
                facts,
                collector: instrument.clone(),
            },
        );
        Ok(instrument)
    }

    fn register(
        &self,
        name: &str,
        collector: impl Collector + 'static,
    ) -> Result<(), MetricsError> {
        self.registry
            .register(Box::new(collector))
            .map_err(|source| MetricsError::Invalid {
                name: name.to_owned(),
                source,
            })
    }
}

impl Facts {
    fn labels(&self) -> Vec<&str> {
        self.labels.iter().map(String::as_str).collect()
    }

    fn histogram(&self, name: String) -> HistogramOpts {
        HistogramOpts::new(name, &self.help).buckets(self.buckets.clone())
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.definitions.lock().keys())
            .finish()
    }
}
