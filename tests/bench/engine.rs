//! The figures of the rule engine: from an event's JSON to its verdict on one core, beside another
//! engine with the same rules, and beside a parser that only reads the same fields.
//!
//! `cargo bench -p nightlatch-bench`; `NIGHTLATCH_BENCH=short` only proves that it runs. How each
//! figure is measured: docs/performance.md.

mod managed;
mod median;
mod table;
mod traffic;

#[path = "engine/pack.rs"]
mod pack;
#[path = "engine/passes.rs"]
mod passes;
#[path = "engine/rule.rs"]
mod rule;
#[path = "engine/verdict.rs"]
mod verdict;

use std::process::ExitCode;

use table::{Row, Table};

/// That of the binary: figures of other allocators would be others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HEADING: &str = "engine, one core";

fn main() -> ExitCode {
    // Cargo adds `--bench`; the words are those of the other benchmark, which picks parts by them.
    let mut words = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .peekable();
    if words.peek().is_some() && !words.any(|word| HEADING.contains(&word)) {
        return ExitCode::SUCCESS;
    }
    let is_short = std::env::var_os("NIGHTLATCH_BENCH").is_some_and(|name| name == "short");
    let effort = if is_short {
        verdict::SHORT
    } else {
        verdict::FULL
    };
    table::progress(&format!("measuring: {HEADING}"));
    let mut table = Table::default();
    let measured = verdict::measure(&effort);
    let failed = measured.is_err();
    table.part(
        HEADING,
        measured.unwrap_or_else(|error| vec![Row::failed(&error)]),
    );
    table.print(effort.name);
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
