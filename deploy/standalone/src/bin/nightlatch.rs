//! The `nightlatch` binary: without a command all services in one process; the commands.

use std::process::ExitCode;

/// With it the path of an event takes about half the time that glibc's allocator makes it take.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nightlatch::run()
}
