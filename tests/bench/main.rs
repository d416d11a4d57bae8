//! `make bench`: every figure that Nightlatch promises, measured in one run, each beside its
//! baseline and its aim. It says `miss` but never fails on a figure: machines differ.
//!
//! `NIGHTLATCH_BENCH=short` only proves within a minute that all of it runs; an argument picks the
//! parts whose headings hold it. `NIGHTLATCH_BENCH_EVENTS` says how many events each store is filled with,
//! and `NIGHTLATCH_BENCH_KEEP` names a folder in which they stay for the next run. What needs a cluster is
//! measured when `NIGHTLATCH_BENCH_KAFKA` names its brokers (`make bench KAFKA=1`). How each figure is
//! measured: docs/performance.md. Needs Linux.

mod activity;
mod detections;
mod embedded;
mod feed;
mod handler;
mod import;
mod kafka;
mod load;
mod managed;
mod median;
mod nightlatch;
mod org;
mod orgs;
mod sample;
mod scale;
mod sought;
mod table;
mod traffic;
mod usage;

use std::process::ExitCode;

use scale::Scale;
use table::{Row, Table};

/// That of the binary: figures of other allocators would be others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured together, and its heading.
type Part = (&'static str, fn(&Scale) -> anyhow::Result<Vec<Row>>);

/// The part that needs a cluster.
const KAFKA: &str = "on kafka";

const PARTS: [Part; 6] = [
    ("event hook", handler::measure),
    ("hook to feed", feed::measure),
    ("import", import::measure),
    ("detections", detections::measure),
    ("activity", activity::measure),
    (KAFKA, kafka::measure),
];

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    if let [word, orders] = words.as_slice()
        && word == load::COMMAND
    {
        return load::run(orders);
    }
    let is_wanted = |heading: &str| {
        let is_asked_for = words.is_empty() || words.iter().any(|word| heading.contains(word));
        is_asked_for && (heading != KAFKA || kafka::brokers().is_some())
    };
    let scale = match Scale::chosen() {
        Ok(scale) => scale,
        Err(error) => {
            table::progress(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let mut table = Table::default();
    let mut failed = false;
    for (heading, measure) in PARTS.into_iter().filter(|(heading, _)| is_wanted(heading)) {
        table::progress(&format!("measuring: {heading}"));
        match measure(&scale) {
            Ok(rows) => table.part(heading, rows),
            Err(error) => {
                failed = true;
                table.part(heading, vec![Row::failed(&error)]);
            }
        }
    }
    table.print(scale.name);
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
