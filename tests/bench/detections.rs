//! The feed's store with many detections: how fast they are written, how large they are, and how long
//! people wait for an answer.

mod draft;

use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use nightlatch_chassis::topic::{Output, Record};
use nightlatch_schemas::encode;
use nightlatch_schemas::topics::RUNTIME_EVENTS;

use crate::embedded::{Embedded, Filling, Home, bytes, size_row};
use crate::orgs::Orgs;
use crate::scale::Scale;
use crate::sought::{SOUGHT, Sought};
use crate::table::Row;
use draft::Rules;

/// Days that detections are spread over.
const DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// As its metrics name the store.
const STORE: &str = "sqlite";
/// What the page of the feed asks for first; the last is asked for twice.
const FIRST: [(&str, &str, Option<f64>); 3] = [
    (
        "histogram of 7 days",
        "/api/v1/events/histogram?from=-7d",
        Some(200.0),
    ),
    (
        "first 200 rows of 7 days, repeats as one",
        "/api/v1/events?from=-7d&limit=200&collapse=true",
        None,
    ),
    ("facets of 7 days", "/api/v1/events/facets?from=-7d", None),
];

pub(crate) fn measure(scale: &Scale) -> anyhow::Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let home = Home::of("detections")?;
    runtime.block_on(figures(scale, &home))
}

async fn figures(scale: &Scale, home: &Home) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let embedded = Embedded::open(home.folder(), &[])?;
    let sought = if let Some(sought) = home.filled()? {
        sought
    } else {
        let (sought, filling) = fill(&embedded, scale.detections).await?;
        home.fill(&sought)?;
        rows.push(filling.row("detections"));
        let count = u64::try_from(scale.detections)?;
        rows.push(size_row("detections", size(home.folder())?, count));
        sought
    };
    rows.extend(embedded.newest("/api/v1/events", &sought).await?);
    for (figure, path, most) in FIRST {
        rows.push(embedded.often(figure, path, most).await?);
    }
    let of_word = "/api/v1/events/histogram?from=-7d&q=verify";
    let counted = embedded.often("histogram of 7 days of a word", of_word, Some(200.0));
    rows.push(counted.await?);
    Ok(rows)
}

fn size(folder: &Path) -> anyhow::Result<u64> {
    bytes(folder, |name| name.starts_with("feed.db"))
}

async fn fill(embedded: &Embedded, count: usize) -> anyhow::Result<(Sought, Filling)> {
    let now = Timestamp::now().as_millisecond();
    let (start, step) = (now - DAYS * DAY_MS, DAYS * DAY_MS / i64::try_from(count)?);
    let rules = Rules::as_shipped()?;
    let (mut orgs, mut sought) = (Orgs::new(), Sought::default());
    let filling = embedded.fill(STORE, count, |n| {
        let at = start + step * i64::try_from(n)?;
        let (tenant, event) = orgs.next(at).context("there are no orgs")?;
        if n.is_multiple_of(count / SOUGHT) {
            sought.take(&event.json);
        }
        let detection = rules
            .nth(n)
            .context("there are no rules")?
            .detect(tenant, event);
        let record = Record {
            key: tenant.integration.clone().into_bytes(),
            headers: Vec::new(),
            value: encode(&detection)?,
        };
        Ok(Output {
            topic: RUNTIME_EVENTS,
            record,
        })
    });
    let filling = filling.await?;
    Ok((sought, filling))
}
