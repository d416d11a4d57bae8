//! Import of a System Log export, from the command's start of the work until all of it stands in
//! the feed, as its own summary says.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Context;

use crate::scale::Scale;
use crate::table::{Row, thousands};
use crate::traffic;
use crate::{nightlatch, org};

/// Events a second of the org's time.
const RATE: i64 = 100;

/// Measures an import with nothing running.
pub(crate) fn measure(scale: &Scale) -> anyhow::Result<Vec<Row>> {
    let folder = nightlatch::folder()?;
    let path = folder.path().join("export.ndjson");
    let mut file = BufWriter::new(File::create(&path)?);
    let count = i64::try_from(scale.imported)?;
    let start = org::now() - count * 1000 / RATE;
    for event in traffic::events(start, scale.imported, RATE) {
        writeln!(file, "{}", event.json)?;
    }
    file.into_inner()?.sync_all()?;
    let data_dir = folder.path().join("data");
    let printed = nightlatch::succeed(&data_dir, &[OsStr::new("import"), path.as_os_str()])?;
    let summary = printed.lines().next().unwrap_or_default();
    let seconds = summary
        .strip_suffix(" s")
        .and_then(|rest| rest.rsplit(' ').next());
    let seconds: f64 = seconds
        .and_then(|text| text.parse().ok())
        .context("no summary")?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = scale.imported as f64 / seconds;
    Ok(vec![
        Row::new("events imported", format!("{}/s", thousands(rate))).beside(summary),
    ])
}
