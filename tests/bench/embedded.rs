//! A sink in this process, on a log of its own; its addresses are asked directly.

use std::fs;
use std::path::{Path, PathBuf};
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
use nightlatch_chassis::topic::{LocalOptions, Log, Output, TopicError, TopicMetrics, TopicSpec};
use nightlatch_schemas::topics::{ALL, Topic};
use nightlatch_sink::{DEFAULTS, Sink, SinkConfig};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::sample::Percentiles;
use crate::sought::{SOUGHT, Sought};
use crate::table::{self, Row, thousands};
use crate::{nightlatch, usage};

/// Names a folder in which what is filled stays, and is used again by the next run.
const KEEP: &str = "NIGHTLATCH_BENCH_KEEP";
/// What people look for in a store, beside it.
const SOUGHT_FILE: &str = "sought.json";
/// Records on the log at once; it keeps those of the last such parts only.
const PART: usize = 20_000;
const LOG_BYTES: u64 = 256 * 1024 * 1024;
/// How often the metrics are looked at, which costs, too.
const LOOK: Duration = Duration::from_millis(25);
/// How long one wait may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// Where a sink has its data.
pub(crate) struct Home {
    folder: PathBuf,
    /// Deletes it in the end.
    _temporary: Option<TempDir>,
}

impl Home {
    /// Returns that of a part of the figures.
    pub(crate) fn of(part: &str) -> anyhow::Result<Self> {
        if let Some(kept) = std::env::var_os(KEEP) {
            let folder = PathBuf::from(kept).join(part);
            fs::create_dir_all(&folder)?;
            return Ok(Self {
                folder,
                _temporary: None,
            });
        }
        let temporary = nightlatch::folder()?;
        Ok(Self {
            folder: temporary.path().to_owned(),
            _temporary: Some(temporary),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns what is looked for in a store that an earlier run has filled.
    pub(crate) fn filled(&self) -> anyhow::Result<Option<Sought>> {
        let file = self.folder.join(SOUGHT_FILE);
        if !file.exists() {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&fs::read(file)?)?))
    }

    /// Says that the store is filled.
    pub(crate) fn fill(&self, sought: &Sought) -> anyhow::Result<()> {
        let file = self.folder.join(SOUGHT_FILE);
        Ok(fs::write(file, serde_json::to_vec(sought)?)?)
    }
}

/// How long a log that was closed may keep its folder.
const LETTING_GO: Duration = Duration::from_secs(30);

/// A sink.
pub(crate) struct Embedded {
    pub(crate) log: Log,
    pub(crate) sink: Sink,
    metrics: Metrics,
    router: Router,
}

/// How long an answer took, and on the CPU: what other programs of the machine add to the first they do not
/// add to the second.
#[derive(Debug, Clone, Copy)]
struct Wait {
    clock: Duration,
    cpu: Duration,
}

/// How long it took to write records.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Filling {
    count: usize,
    busy: Duration,
    cpu: Duration,
}

impl Embedded {
    /// Opens one, with some settings changed.
    pub(crate) fn open(folder: &Path, changes: &[(&str, &str)]) -> anyhow::Result<Self> {
        let metrics = Metrics::new()?;
        let topic = |topic: &Topic| TopicSpec {
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
        let topic_metrics = TopicMetrics::new(&metrics)?;
        let log = free(|| Log::local(folder, options.clone(), topic_metrics.clone()))?;
        let changes = changes.iter();
        let sources = Sources {
            defaults: vec![DEFAULTS],
            flags: changes
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            ..Sources::default()
        };
        let config: SinkConfig = load(&sources)?.section("sink")?;
        let readiness = Readiness::new(Shutdown::new());
        let keys = Keyring::local(folder)?;
        let sink = Sink::open(&config, keys, folder, &metrics, &readiness)?;
        let router = sink.routes(&Value::Null);
        Ok(Self {
            log,
            sink,
            metrics,
            router,
        })
    }

    /// Has the sink write so many records, part by part, as `record` makes them, into the store of
    /// that name. What making them takes does not count.
    pub(crate) async fn fill(
        &self,
        store: &str,
        count: usize,
        mut record: impl FnMut(usize) -> anyhow::Result<Output>,
    ) -> anyhow::Result<Filling> {
        let mut filling = Filling::default();
        while filling.count < count {
            let part = PART.min(count - filling.count);
            let numbers = filling.count..filling.count + part;
            let records: Vec<_> = numbers.map(&mut record).collect::<anyhow::Result<_>>()?;
            self.log.append(records).await?;
            filling.count += part;
            self.take(store, &mut filling).await?;
            if filling.count.is_multiple_of(50 * PART) {
                table::progress(&format!("  {store}: {} written", filling.count));
            }
        }
        Ok(filling)
    }

    /// Runs the sink until as much is written as is on the log.
    async fn take(&self, store: &str, filling: &mut Filling) -> anyhow::Result<()> {
        let shutdown = Shutdown::new();
        let (started, used) = (Instant::now(), usage::cpu_of_process()?);
        let run = self.sink.run(self.log.clone(), shutdown.clone());
        let done = async {
            while self.written(store) < filling.count {
                let is_late = started.elapsed() > PATIENCE;
                ensure!(!is_late, "the store {store} is not written");
                tokio::time::sleep(LOOK).await;
            }
            filling.busy += started.elapsed();
            filling.cpu += usage::cpu_of_process()?.saturating_sub(used);
            shutdown.begin();
            anyhow::Ok(())
        };
        let (ran, done) = tokio::join!(run, done);
        ran?;
        done
    }

    /// Returns how many records are written.
    fn written(&self, store: &str) -> usize {
        let page = self.metrics.render().unwrap_or_default();
        let name = format!("nightlatch_sink_records_written_total{{store=\"{store}\"}} ");
        let value = page.lines().find_map(|line| line.strip_prefix(&name));
        value.and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// Asks for a path. Returns the answer and how long it took.
    async fn get(&self, path: &str) -> anyhow::Result<(Value, Wait)> {
        let request = Request::get(path).body(Body::empty())?;
        let used = usage::cpu_of_process()?;
        let started = Instant::now();
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let clock = started.elapsed();
        let cpu = usage::cpu_of_process()?.saturating_sub(used);
        ensure!(status == StatusCode::OK, "{path}: {status}");
        Ok((serde_json::from_slice(&body)?, Wait { clock, cpu }))
    }

    /// Asks for the newest 50 below `list` of whom or what people look for.
    pub(crate) async fn newest(&self, list: &str, sought: &Sought) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        for (kind, queries) in sought.queries() {
            ensure!(!queries.is_empty(), "nothing of {kind} is sought");
            let (mut waits, mut full) = (Vec::with_capacity(SOUGHT), 0);
            for query in queries.iter().cycle().take(SOUGHT) {
                let (page, wait) = self.get(&format!("{list}?limit=50&{query}")).await?;
                waits.push(wait);
                let events = page["events"].as_array().context("no events")?;
                full += usize::from(events.len() == 50);
            }
            let few = SOUGHT - full;
            rows.push(row(
                &format!("newest 50 of {kind}"),
                &waits,
                Some(50.0),
                few,
            ));
        }
        Ok(rows)
    }

    /// Asks for a path some times.
    pub(crate) async fn often(
        &self,
        figure: &str,
        path: &str,
        most: Option<f64>,
    ) -> anyhow::Result<Row> {
        let mut waits = Vec::new();
        for _ in 0..20 {
            waits.push(self.get(path).await?.1);
        }
        Ok(row(figure, &waits, most, 0))
    }
}

/// Opens the log of a folder once who had it before has let go of it.
fn free(open: impl Fn() -> Result<Log, TopicError>) -> anyhow::Result<Log> {
    let started = Instant::now();
    loop {
        match open() {
            Err(TopicError::Locked(_)) if started.elapsed() < LETTING_GO => {
                std::thread::sleep(Duration::from_millis(5));
            }
            opened => return Ok(opened?),
        }
    }
}

/// Returns a row of times in milliseconds; `few` of the queries found fewer than were asked for.
fn row(figure: &str, waits: &[Wait], most: Option<f64>, few: usize) -> Row {
    let Percentiles { p50, p99, .. } = Percentiles::of(waits.iter().map(|it| it.clock).collect());
    let cpu = Percentiles::of(waits.iter().map(|it| it.cpu).collect());
    let few = if few > 0 {
        format!("; {few} of {} found fewer", waits.len())
    } else {
        String::new()
    };
    let beside = format!(
        "p50 {p50:.1}; of CPU {:.1}, {:.1} ms{few}",
        cpu.p50, cpu.p99
    );
    let row = Row::new(figure, format!("p99 {p99:.1} ms")).beside(beside);
    match most {
        Some(most) => row.at_most(p99, most, "ms"),
        None => row,
    }
}

impl Filling {
    /// Returns how many were written for each core used, and the same by the clock.
    pub(crate) fn rates(&self) -> (f64, f64) {
        #[expect(clippy::cast_precision_loss, reason = "a count of records")]
        let rate = |time: Duration| self.count as f64 / time.as_secs_f64();
        (rate(self.cpu), rate(self.busy))
    }

    /// Returns them as a row.
    pub(crate) fn row(&self, what: &str) -> Row {
        let (per_core, by_clock) = self.rates();
        let figure = format!("{what} written, for each core used");
        let row = Row::new(figure, format!("{}/s", thousands(per_core)));
        row.beside(format!("{}/s by the clock", thousands(by_clock)))
    }
}

/// Returns how large files are, each of `count` events in them.
pub(crate) fn size_row(what: &str, bytes: u64, count: u64) -> Row {
    let each = bytes / count.max(1);
    Row::new(format!("{what} on disk, each"), format!("{each} bytes"))
        .beside(format!("{count} in {} MiB", bytes >> 20))
}

/// Returns the size of the files in a folder whose names `is_wanted`.
pub(crate) fn bytes(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(folder)? {
        let file = file?;
        if file.file_name().to_str().is_some_and(&is_wanted) {
            bytes += file.metadata().map_or(0, |metadata| metadata.len());
        }
    }
    Ok(bytes)
}
