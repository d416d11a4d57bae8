//! The `nightlatch-ingest` binary: event hooks and imports in, Okta's events out.

use std::process::ExitCode;

use nightlatch::Service;

/// As in every binary of ours.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nightlatch::run_service(Service::Ingest)
}
