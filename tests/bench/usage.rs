//! What processes and threads use of the machine, as Linux counts it.

use std::fs;
use std::io;
use std::time::Duration;

use anyhow::Context;

/// Returns the CPU time of all threads of this process so far.
///
/// A thread that ends takes its time along, so the threads of what is measured must outlive it.
pub(crate) fn cpu_of_process() -> anyhow::Result<Duration> {
    std::thread::yield_now();
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir("/proc/self/task")? {
        match fs::read_to_string(thread?.path().join("schedstat")) {
            Ok(text) => sum += on_cpu(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sum)
}

/// Reads the first field: nanoseconds on a CPU.
fn on_cpu(schedstat: &str) -> anyhow::Result<Duration> {
    let first = schedstat.split_whitespace().next().unwrap_or_default();
    let nanoseconds = first.parse().context("the kernel keeps no schedstat")?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// Resident memory of a process, in MiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) now: f64,
    /// The most it ever had.
    pub(crate) peak: f64,
}

/// Returns the memory of a process.
pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next());
        let kib: f64 = kib
            .with_context(|| format!("no {name} in status"))?
            .parse()?;
        anyhow::Ok(kib / 1024.0)
    };
    Ok(Memory {
        now: field("VmRSS")?,
        peak: field("VmHWM")?,
    })
}
