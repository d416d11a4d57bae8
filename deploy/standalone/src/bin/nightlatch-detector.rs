//! The `nightlatch-detector` binary: Okta's events in, detections out.

use std::process::ExitCode;

use nightlatch::Service;

/// As in every binary of ours.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nightlatch::run_service(Service::Detector)
}
