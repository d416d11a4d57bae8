//! `nightlatch import`: exports and saved hook bodies through the same pipeline.
//!
//! Goes through an ingest that runs: the one that is named, or that of the data folder. Where none
//! runs, what is needed runs here for as long as the import takes: all services, or on Kafka ingest
//! alone, since detectors run elsewhere.

mod chunks;
mod judgement;
mod pipeline;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nightlatch_chassis::process::{self, Process, refuse};
use serde::Deserialize;

use crate::arguments::{ImportOptions, Settings};
use crate::data_folder;
use crate::service::Service;
use crate::terminal::{self, Terminal, complain, harmless};
use crate::{configuration, runtime, services, topics};
use chunks::Chunks;
use judgement::{Detections, Places};
use pipeline::Pipeline;

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
    let config = match configuration::load(settings, flags) {
        Ok(config) => config,
        Err(errors) => return refuse(&errors),
    };
    let imported = runtime::block_on(async {
        let pipeline = match &options.api {
            Some(api) => Pipeline::named(api, &config).await?,
            None => match data_folder::found(&config.data_dir()).await? {
                Some(running) => Pipeline::of(&running, &config).await?,
                None => return Ok(false),
            },
        };
        import(&pipeline, &options).await.map(|()| true)
    });
    match imported {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => process::run(config, |process| import_here(process, options)),
        Err(error) => complain(&error),
    }
}

async fn import_here(process: Process, options: ImportOptions) -> anyhow::Result<Process> {
    let shutdown = process.shutdown.clone();
    let config = process.config.clone();
    let wanted = if topics::on_kafka(&config) {
        &[Service::Ingest][..]
    } else {
        &Service::ALL
    };
    let (mut process, running) = services::start(process, wanted).await?;
    process.tasks.spawn("import", async move {
        let imported = async {
            let pipeline = Pipeline::of(&running, &config).await?;
            import(&pipeline, &options).await
        };
        let imported = imported.await;
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
    places: Places,
}

/// What became of the events.
enum Fate {
    Judged(Detections),
    /// No detector has got on with them for so long.
    Waiting(Duration),
    /// The topics are out of reach from here.
    Unknown,
}

async fn import(pipeline: &Pipeline, options: &ImportOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    let before = match &pipeline.log {
        Some(log) => Some((log, judgement::end(log).await?)),
        None => None,
    };
    let summary = send_all(pipeline, options).await?;
    let fate = match before {
        None => Fate::Unknown,
        Some((log, _)) if !judgement::judged(log, &summary.places, pipeline.patience).await? => {
            Fate::Waiting(pipeline.patience)
        }
        Some((log, before)) => {
            Fate::Judged(judgement::detections(log, before, &summary.places).await?)
        }
    };
    if let Fate::Judged(Detections { last: Some(id), .. }) = &fate
        && pipeline.has_feed
    {
        judgement::await_feed(&pipeline.client, &pipeline.api, id).await?;
    }
    summary.print(&fate, started.elapsed());
    Ok(())
}

async fn send_all(pipeline: &Pipeline, options: &ImportOptions) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    let progress = progress(&options.files);
    for file in &options.files {
        let mut chunks = Chunks::open(file)?;
        while let Some(chunk) = chunks.next_chunk()? {
            let read = chunk.len() as u64;
            let imported = send(pipeline, options, chunk)
                .await
                .with_context(|| format!("after {} events", summary.events))?;
            summary.add(imported);
            progress.inc(read);
        }
    }
    progress.finish_and_clear();
    Ok(summary)
}

async fn send(
    pipeline: &Pipeline,
    options: &ImportOptions,
    chunk: Vec<u8>,
) -> anyhow::Result<Imported> {
    let url = format!("{}/api/v1/import", pipeline.api);
    let mut request = pipeline.client.post(url).body(chunk);
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

impl Summary {
    fn add(&mut self, imported: Imported) {
        self.events += imported.events;
        self.dead_letters += imported.dead_letters;
        for run in imported.places {
            self.places.add(run);
        }
    }

    fn print(&self, fate: &Fate, elapsed: Duration) {
        let detections = match fate {
            Fate::Judged(detections) => {
                let count: u64 = detections.by_rule.values().sum();
                format!(" {count} new detections,")
            }
            Fate::Waiting(_) | Fate::Unknown => String::new(),
        };
        terminal::print_line(&format!(
            "{} events,{detections} {} dead letters in {:.1} s",
            self.events,
            self.dead_letters,
            elapsed.as_secs_f64()
        ));
        match fate {
            Fate::Judged(detections) => print_rules(&detections.by_rule),
            Fate::Waiting(patience) => {
                terminal::print_line(&format!(
                    "Not judged yet: no detector has got on for {patience:?}. The events are \
                     durable, and are judged as soon as one runs."
                ));
            }
            Fate::Unknown => {
                terminal::print_line(
                    "Detections are not counted: without kafka.brokers only ingest can reach the \
                     topics.",
                );
            }
        }
    }
}

fn print_rules(by_rule: &BTreeMap<String, u64>) {
    let terminal = Terminal::stdout();
    for (rule, count) in by_rule {
        let rule = terminal.paint(terminal::TITLE, &harmless(rule));
        terminal::print_line(&format!("{count:>8}  {rule}"));
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
