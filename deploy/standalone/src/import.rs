//! `nightlatch import`: exports and saved hook bodies through the same pipeline.
//!
//! Goes through the process that runs on the data folder; where none runs, the services run here
//! for as long as the import takes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nightlatch_chassis::config::Config;
use nightlatch_chassis::process::{self, Process, refuse};
use nightlatch_chassis::topic::{Log, Positions};
use nightlatch_detector::GROUP;
use nightlatch_ingest::{Item, Items};
use nightlatch_schemas::topics::{OKTA_EVENTS, RUNTIME_EVENTS};
use nightlatch_schemas::{RuntimeEvent, decode};
use serde::Deserialize;

use crate::arguments::{ImportOptions, Settings};
use crate::data_folder::{self, Running};
use crate::services;
use crate::terminal::{self, Terminal, complain, harmless};

/// What is sent at a time, in bytes, unless one value is larger.
const CHUNK: usize = 1024 * 1024;
/// A value larger than this is not looked for the end of.
const MAX_VALUE: usize = 9 * 1024 * 1024;
/// How long the detector and the feed may take for what was sent last.
const DRAIN: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_millis(20);
/// How long a process that has just taken the data folder may need to say where it listens.
const ANNOUNCEMENT: Duration = Duration::from_secs(10);

/// Imports files.
pub(crate) fn run(settings: &Settings, options: ImportOptions) -> ExitCode {
    let quiet = [("log.level", "warn"), ("admin.listen", "127.0.0.1:0")];
    let own = [
        ("ingest.listen", "127.0.0.1:0"),
        ("api.listen", "127.0.0.1:0"),
    ];
    let flags = quiet.into_iter().chain(own);
    let flags = flags
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let config = match services::config(settings, flags) {
        Ok(config) => config,
        Err(errors) => return refuse(&errors),
    };
    if !Log::local_is_open(&config.data_dir()) {
        return process::run(config, |process| import_here(process, options));
    }
    match through_running(&config, &options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

fn through_running(config: &Config, options: &ImportOptions) -> anyhow::Result<()> {
    let folder = config.data_dir();
    let running = announced(&folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(import(&folder, running.api, options))
}

fn announced(folder: &Path) -> anyhow::Result<Running> {
    let deadline = Instant::now() + ANNOUNCEMENT;
    loop {
        if let Some(running) = data_folder::running(folder) {
            return Ok(running);
        }
        if Instant::now() > deadline {
            bail!("a process uses the data folder, but has not said where it listens");
        }
        std::thread::sleep(POLL);
    }
}

async fn import_here(process: Process, options: ImportOptions) -> anyhow::Result<Process> {
    let folder = process.config.data_dir();
    let shutdown = process.shutdown.clone();
    let (mut process, running) = services::start(process).await?;
    process.tasks.spawn("import", async move {
        let imported = import(&folder, running.api, &options).await;
        shutdown.begin();
        imported
    });
    Ok(process)
}

/// What the API says of one chunk.
#[derive(Debug, Deserialize)]
struct Imported {
    events: usize,
    dead_letters: usize,
    places: Vec<(i32, i64, i64)>,
}

/// What all of them came to.
#[derive(Debug, Default)]
struct Summary {
    events: usize,
    dead_letters: usize,
    places: Vec<(i32, i64, i64)>,
}

async fn import(folder: &Path, api: SocketAddr, options: &ImportOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let client = reqwest::Client::builder()
        .timeout(Duration::from_mins(2))
        .build()?;
    let log = data_folder::log_beside(folder)?;
    let before = log.bounds(RUNTIME_EVENTS).await?;
    let before: Positions = before
        .iter()
        .map(|bounds| (bounds.partition, bounds.end))
        .collect();
    let mut summary = Summary::default();
    let progress = progress(&options.files);
    for file in &options.files {
        let mut chunks = Chunks::open(file)?;
        while let Some(chunk) = chunks.next_chunk()? {
            let read = chunk.len() as u64;
            let imported = send(&client, api, options, chunk)
                .await
                .with_context(|| format!("after {} events", summary.events))?;
            summary.add(imported);
            progress.inc(read);
        }
    }
    progress.finish_and_clear();
    let detections = detections(&log, before, &summary.places).await?;
    if let Some(last) = detections.last {
        await_feed(&client, api, &last).await?;
    }
    summary.print(&detections.by_rule, started.elapsed());
    Ok(())
}

async fn send(
    client: &reqwest::Client,
    api: SocketAddr,
    options: &ImportOptions,
    chunk: Vec<u8>,
) -> anyhow::Result<Imported> {
    let mut request = client
        .post(format!("http://{api}/api/v1/import"))
        .body(chunk);
    if let Some(integration) = &options.integration {
        request = request.query(&[("integration", integration)]);
    }
    let response = request.send().await?;
    if response.status().is_success() {
        return Ok(response.json().await?);
    }
    let status = response.status();
    let problem: serde_json::Value = response.json().await.unwrap_or_default();
    bail!(
        "{status}: {}",
        problem["detail"].as_str().unwrap_or("no reason given")
    );
}

/// Detections that the imported events caused.
struct Detections {
    by_rule: BTreeMap<String, u64>,
    last: Option<String>,
}

/// Waits until the detector has judged what was imported and counts what came of it.
async fn detections(
    log: &Log,
    before: Positions,
    places: &[(i32, i64, i64)],
) -> anyhow::Result<Detections> {
    let deadline = Instant::now() + DRAIN;
    for (partition, _, last) in places.iter().rev().take(1) {
        while log.position(GROUP, OKTA_EVENTS).await?.get(partition) <= Some(last) {
            if Instant::now() > deadline {
                bail!("the detector has not judged all of it within {DRAIN:?}; it goes on");
            }
            tokio::time::sleep(POLL).await;
        }
    }
    let ours = |partition: i32, offset: i64| {
        places
            .iter()
            .any(|(own, first, last)| *own == partition && (*first..=*last).contains(&offset))
    };
    let mut found = Detections {
        by_rule: BTreeMap::new(),
        last: None,
    };
    let mut reader = log.reader(RUNTIME_EVENTS, before);
    loop {
        let records = reader.read(500).await?;
        if records.is_empty() {
            return Ok(found);
        }
        for stored in records {
            let Ok(detection) = decode::<RuntimeEvent>(&stored.record.value) else {
                continue;
            };
            let Some(event) = &detection.event else {
                continue;
            };
            if ours(event.partition, event.offset) {
                *found.by_rule.entry(detection.rule.name).or_default() += 1;
                found.last = Some(detection.id);
            }
        }
    }
}

/// Waits until a detection stands in the feed.
async fn await_feed(client: &reqwest::Client, api: SocketAddr, id: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + DRAIN;
    loop {
        let response = client
            .get(format!("http://{api}/api/v1/events/{id}"))
            .send()
            .await?;
        if response.status().is_success() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("the feed does not show all of it within {DRAIN:?}");
        }
        tokio::time::sleep(POLL).await;
    }
}

impl Summary {
    fn add(&mut self, imported: Imported) {
        self.events += imported.events;
        self.dead_letters += imported.dead_letters;
        self.places.extend(imported.places);
        self.places.dedup_by(|next, last| {
            let follows = last.0 == next.0 && last.2 + 1 == next.1;
            if follows {
                last.2 = next.2;
            }
            follows
        });
    }

    fn print(&self, by_rule: &BTreeMap<String, u64>, elapsed: Duration) {
        let terminal = Terminal::stdout();
        let detections: u64 = by_rule.values().sum();
        terminal::print_line(&format!(
            "{} events, {detections} new detections, {} dead letters in {:.1} s",
            self.events,
            self.dead_letters,
            elapsed.as_secs_f64()
        ));
        for (rule, count) in by_rule {
            let rule = terminal.paint(terminal::TITLE, &harmless(rule));
            terminal::print_line(&format!("{count:>8}  {rule}"));
        }
    }
}

fn progress(files: &[PathBuf]) -> ProgressBar {
    let sizes = files
        .iter()
        .map(|file| std::fs::metadata(file).map_or(0, |found| found.len()));
    let bar = ProgressBar::with_draw_target(Some(sizes.sum()), ProgressDrawTarget::stderr());
    let style =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left");
    style
        .map(|style| bar.clone().with_style(style))
        .unwrap_or(bar)
}

/// A file in chunks that end where a value ends.
struct Chunks {
    reader: Box<dyn Read + Send>,
    /// Read, but not sent yet.
    rest: Vec<u8>,
    at_end: bool,
}

impl Chunks {
    fn open(file: &Path) -> anyhow::Result<Self> {
        let reader: Box<dyn Read + Send> = if file.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(file).with_context(|| file.display().to_string())?)
        };
        Ok(Self {
            reader,
            rest: Vec::new(),
            at_end: false,
        })
    }

    /// Returns the next values, one a line; `None` at the end.
    fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let wanted = self.rest.len() + CHUNK;
            while !self.at_end && self.rest.len() < wanted {
                let mut part = vec![0; 64 * 1024];
                let read = self.reader.read(&mut part)?;
                self.at_end = read == 0;
                self.rest
                    .extend_from_slice(part.get(..read).unwrap_or_default());
            }
            let (chunk, left) = split(&self.rest, self.at_end || self.rest.len() > MAX_VALUE);
            self.rest = left;
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
            if self.at_end {
                return Ok(None);
            }
        }
    }
}

/// Returns the complete values of `text`, one a line, and what is left of it.
fn split(text: &[u8], all: bool) -> (Vec<u8>, Vec<u8>) {
    let mut chunk = Vec::with_capacity(text.len());
    for item in Items::new(text) {
        let piece = match item {
            Item::Incomplete(rest) if !all => return (chunk, rest.to_vec()),
            Item::Value(piece) | Item::Garbage(piece) | Item::Incomplete(piece) => piece,
        };
        if !chunk.is_empty() {
            chunk.push(b'\n');
        }
        chunk.extend_from_slice(piece);
    }
    (chunk, Vec::new())
}
