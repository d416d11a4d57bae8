//! The `nightlatch-sink` binary: detections in, the feed and its API out.

use std::process::ExitCode;

use nightlatch::Service;

/// As in every binary of ours.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nightlatch::run_service(Service::Sink)
}
