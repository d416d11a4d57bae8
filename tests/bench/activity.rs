//! The activity: how fast Okta's events are written, how large they are, and how long people wait for
//! an answer. The sink runs in this process, on a log of its own; its addresses are asked directly.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::config::{Sources, load};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::settings::Keyring;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{LocalOptions, Log, Output, Record, TopicMetrics, TopicSpec};
use nightlatch_okta_sim::{Org, SimEvent, Traffic};
use nightlatch_schemas::topics::{ALL, OKTA_EVENTS};
use nightlatch_schemas::{EVENT, OktaEvent, Origin, encode, integration_id};
use nightlatch_sink::{DEFAULTS, Sink, SinkConfig};
use serde_json::Value;
use tower::ServiceExt;

use crate::sample::Percentiles;
use crate::scale::Scale;
use crate::table::Row;
use crate::traffic::DOMAIN;
use crate::usage;

/// Days that events are spread over.
const DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Events on the log at once; it keeps those of the last such parts only.
const PART: usize = 20_000;
const LOG_BYTES: u64 = 256 * 1024 * 1024;
/// Queries of a kind.
const QUERIES: usize = 200;
/// Words that people look for; the last is rare.
const WORDS: [&str; 4] = ["okta", "verify", "chrome", "login"];
/// How long one wait may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// A sink in this process.
struct Bench {
    log: Log,
    metrics: Metrics,
    sink: Sink,
    router: Router,
}

pub(crate) fn measure(scale: &Scale) -> anyhow::Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    runtime.block_on(figures(scale, folder.path()))
}

async fn figures(scale: &Scale, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let bench = Bench::open(folder, "45d")?;
    let now = jiff::Timestamp::now().as_millisecond();
    let start = now - DAYS * DAY_MS;
    let (busy, cpu) = bench.fill(scale.activity, start, now).await?;
    let mut rows = vec![written(scale.activity, busy, cpu)];
    rows.push(size(folder, scale.activity)?);
    rows.extend(bench.queries().await?);
    rows.extend(bench.counts(now).await?);
    drop(bench);
    rows.push(oldest_day(folder).await?);
    Ok(rows)
}

fn written(count: usize, busy: Duration, cpu: Duration) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    let per_core = rate(cpu);
    Row::new(
        "activity written, for each core used",
        format!("{per_core:.0}/s"),
    )
    .beside(format!("{:.0}/s by the clock", rate(busy)))
    .at_least(per_core, 5_000.0, "/s")
}

fn size(folder: &Path, count: usize) -> anyhow::Result<Row> {
    let bytes = bytes(&folder.join("activity"))?;
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let each = bytes as f64 / count as f64;
    Ok(
        Row::new("activity on disk, each event", format!("{each:.0} bytes"))
            .beside(format!("{count} events in {} MiB", bytes >> 20)),
    )
}

/// How long it takes until the oldest day is gone, disk space and all.
async fn oldest_day(folder: &Path) -> anyhow::Result<Row> {
    let days = folder.join("activity");
    let before = bytes(&days)?;
    let keep = format!("{}d", DAYS - 1);
    let bench = Bench::open(folder, &keep)?;
    let shutdown = Shutdown::new();
    let started = Instant::now();
    let run = bench.sink.run(bench.log.clone(), shutdown.clone());
    let gone = async {
        while bytes(&days).is_ok_and(|now| now >= before) {
            ensure!(
                started.elapsed() < PATIENCE,
                "the oldest day is not deleted"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let elapsed = started.elapsed();
        shutdown.begin();
        Ok(elapsed)
    };
    let (ran, elapsed) = tokio::join!(run, gone);
    ran?;
    let (elapsed, after) = (elapsed?, bytes(&days)?);
    let ms = elapsed.as_secs_f64() * 1e3;
    Ok(
        Row::new("oldest day of activity deleted", format!("{ms:.0} ms"))
            .beside(format!(
                "{} MiB free again",
                before.saturating_sub(after) >> 20
            ))
            .at_most(ms, 1_000.0, "ms"),
    )
}

fn bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(folder)? {
        bytes += file?.metadata().map_or(0, |metadata| metadata.len());
    }
    Ok(bytes)
}

impl Bench {
    fn open(folder: &Path, retention: &str) -> anyhow::Result<Self> {
        let metrics = Metrics::new()?;
        let topic = |topic: &nightlatch_schemas::topics::Topic| TopicSpec {
            name: topic.name,
            partitions: topic.partitions,
            retention: None,
            compacted: false,
        };
        let options = LocalOptions {
            topics: ALL.iter().map(topic).collect(),
            max_bytes: Some(LOG_BYTES),
            ..LocalOptions::default()
        };
        let log = Log::local(folder, options, TopicMetrics::new(&metrics)?)?;
        let sources = Sources {
            defaults: vec![DEFAULTS],
            flags: vec![("sink.activity.retention".to_owned(), retention.to_owned())],
            ..Sources::default()
        };
        let config: SinkConfig = load(&sources)?.section("sink")?;
        let readiness = Readiness::new(Shutdown::new());
        let sink = Sink::open(
            &config,
            Keyring::local(folder)?,
            folder,
            &metrics,
            &readiness,
        )?;
        let router = sink.routes(&Value::Null);
        Ok(Self {
            log,
            metrics,
            sink,
            router,
        })
    }

    /// Writes events, part by part. Returns how long that took, and on the CPU.
    async fn fill(
        &self,
        count: usize,
        start: i64,
        end: i64,
    ) -> anyhow::Result<(Duration, Duration)> {
        let mut traffic = Traffic::new(Org::new(1, DOMAIN), 1);
        let step = (end - start) / i64::try_from(count)?;
        let (mut busy, mut cpu) = (Duration::ZERO, Duration::ZERO);
        let mut written = 0;
        while written < count {
            let part = PART.min(count - written);
            let events: Vec<_> = (written..written + part)
                .map(|n| traffic.next(start + step * i64::try_from(n).unwrap_or_default()))
                .map(record)
                .collect::<anyhow::Result<_>>()?;
            self.log.append(events).await?;
            written += part;
            let shutdown = Shutdown::new();
            let (started, used) = (Instant::now(), usage::cpu_of_process()?);
            let run = self.sink.run(self.log.clone(), shutdown.clone());
            let done = async {
                while self.written() < written {
                    ensure!(started.elapsed() < PATIENCE, "the activity is not written");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                busy += started.elapsed();
                cpu += usage::cpu_of_process()?.saturating_sub(used);
                shutdown.begin();
                anyhow::Ok(())
            };
            let (ran, done) = tokio::join!(run, done);
            ran?;
            done?;
        }
        Ok((busy, cpu))
    }

    /// Returns how many events are written.
    fn written(&self) -> usize {
        let page = self.metrics.render().unwrap_or_default();
        let name = "nightlatch_sink_records_written_total{store=\"activity\"} ";
        let value = page.lines().find_map(|line| line.strip_prefix(name));
        value.and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    async fn get(&self, path: &str) -> anyhow::Result<(Value, Duration)> {
        let request = Request::get(path).body(Body::empty())?;
        let started = Instant::now();
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let elapsed = started.elapsed();
        ensure!(status == StatusCode::OK, "{path}: {status}");
        Ok((serde_json::from_slice(&body)?, elapsed))
    }

    /// The newest 50 events of whom or what people look for.
    async fn queries(&self) -> anyhow::Result<Vec<Row>> {
        let (facets, _) = self.get("/api/v1/activity/facets").await?;
        let top = |facet: &str| -> anyhow::Result<Vec<String>> {
            let values = facets["facets"][facet].as_array().context("no facet")?;
            let value = |it: &Value| it["value"].as_str().map(str::to_owned);
            Ok(values.iter().filter_map(value).collect())
        };
        let one = |name: &str, values: Vec<String>| -> Vec<String> {
            values.iter().map(|it| format!("{name}={it}")).collect()
        };
        let words = WORDS.map(|word| format!("q={word}"));
        let three = [
            "okta+login+chrome",
            "verify+user+failure",
            "windows+chrome+sso",
        ];
        let three = three.map(|words| format!("q={words}"));
        let kinds = [
            ("a user", one("actor", top("actor")?)),
            ("an address", one("ip", top("ip")?)),
            ("a word", words.into()),
            ("three words", three.into()),
            ("nobody", vec!["actor=nobody@example.com".to_owned()]),
        ];
        let mut rows = Vec::new();
        for (kind, queries) in kinds {
            let mut times = Vec::with_capacity(QUERIES);
            for query in queries.iter().cycle().take(QUERIES) {
                let path = format!("/api/v1/activity?limit=50&{query}");
                times.push(self.get(&path).await?.1);
            }
            rows.push(row(&format!("newest 50 of {kind}"), times, 50.0));
        }
        Ok(rows)
    }

    /// Histograms of seven days.
    async fn counts(&self, now: i64) -> anyhow::Result<Vec<Row>> {
        let from = jiff::Timestamp::from_millisecond(now - 7 * DAY_MS)?;
        let mut rows = Vec::new();
        for (kind, query) in [("", ""), (" of a word", "&q=verify")] {
            let mut times = Vec::new();
            for _ in 0..20 {
                let path = format!("/api/v1/activity/histogram?from={from}{query}");
                times.push(self.get(&path).await?.1);
            }
            rows.push(row(&format!("histogram of 7 days{kind}"), times, 200.0));
        }
        Ok(rows)
    }
}

fn row(figure: &str, times: Vec<Duration>, most: f64) -> Row {
    let Percentiles { p50, p95, p99 } = Percentiles::of(times);
    Row::new(figure, format!("p99 {p99:.1} ms"))
        .beside(format!("p50 {p50:.1}, p95 {p95:.1} ms"))
        .at_most(p99, most, "ms")
}

fn record(event: SimEvent) -> anyhow::Result<Output> {
    let integration = integration_id("00o1").to_string();
    let value = encode(&OktaEvent {
        kind: EVENT.to_owned(),
        integration: integration.clone(),
        org: DOMAIN.to_owned(),
        uuid: event.uuid,
        event_type: Some(event.event_type.to_owned()),
        published: Some(event.published_ms),
        received: event.published_ms + 500,
        origin: Origin::Hook.as_str().to_owned(),
        raw: event.json,
        complete_to: None,
    })?;
    let record = Record {
        key: integration.into_bytes(),
        headers: Vec::new(),
        value,
    };
    Ok(Output {
        topic: OKTA_EVENTS,
        record,
    })
}
