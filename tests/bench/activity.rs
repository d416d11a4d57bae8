//! The activity: how fast Okta's events are written, how large they are, how long people wait for an
//! answer, and how long the oldest day takes to go.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::{Output, Record};
use nightlatch_okta_sim::SimEvent;
use nightlatch_schemas::topics::OKTA_EVENTS;
use nightlatch_schemas::{EVENT, OktaEvent, Origin, encode};

use crate::embedded::{Embedded, Filling, Home, bytes, size_row};
use crate::orgs::{Orgs, Tenant};
use crate::scale::Scale;
use crate::sought::{SOUGHT, Sought};
use crate::table::Row;

/// Days that events are spread over.
const DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// As its metrics name the store.
const STORE: &str = "activity";
/// How long the deletion of a day may take.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn measure(scale: &Scale) -> anyhow::Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let home = Home::of("activity")?;
    runtime.block_on(figures(scale, &home))
}

async fn figures(scale: &Scale, home: &Home) -> anyhow::Result<Vec<Row>> {
    let days = home.folder().join("activity");
    let mut rows = Vec::new();
    let embedded = Embedded::open(home.folder(), &[("sink.activity.retention", "45d")])?;
    let sought = if let Some(sought) = home.filled()? {
        sought
    } else {
        let (sought, filling) = fill(&embedded, scale.activity).await?;
        home.fill(&sought)?;
        let (per_core, _) = filling.rates();
        rows.push(filling.row("activity").at_least(per_core, 5_000.0, "/s"));
        let count = u64::try_from(scale.activity)?;
        rows.push(size_row("activity", bytes(&days, |_| true)?, count));
        sought
    };
    rows.extend(embedded.newest("/api/v1/activity", &sought).await?);
    let week = "/api/v1/activity/histogram?from=-7d";
    let counted = embedded.often("histogram of 7 days", week, Some(200.0));
    rows.push(counted.await?);
    let of_word = format!("{week}&q=verify");
    let counted = embedded.often("histogram of 7 days of a word", &of_word, Some(200.0));
    rows.push(counted.await?);
    drop(embedded);
    rows.push(oldest_day(home.folder(), &days).await?);
    Ok(rows)
}

async fn fill(embedded: &Embedded, count: usize) -> anyhow::Result<(Sought, Filling)> {
    let now = Timestamp::now().as_millisecond();
    let (start, step) = (now - DAYS * DAY_MS, DAYS * DAY_MS / i64::try_from(count)?);
    let (mut orgs, mut sought) = (Orgs::new(), Sought::default());
    let filling = embedded.fill(STORE, count, |n| {
        let at = start + step * i64::try_from(n)?;
        let (tenant, event) = orgs.next(at).context("there are no orgs")?;
        if n.is_multiple_of(count / SOUGHT) {
            sought.take(&event.json);
        }
        record(tenant, event)
    });
    let filling = filling.await?;
    Ok((sought, filling))
}

fn record(tenant: &Tenant, event: SimEvent) -> anyhow::Result<Output> {
    let value = encode(&OktaEvent {
        kind: EVENT.to_owned(),
        integration: tenant.integration.clone(),
        org: tenant.domain.clone(),
        uuid: event.uuid,
        event_type: Some(event.event_type.to_owned()),
        published: Some(event.published_ms),
        received: event.published_ms + 500,
        origin: Origin::Hook.as_str().to_owned(),
        raw: event.json,
        complete_to: None,
    })?;
    let record = Record {
        key: tenant.integration.clone().into_bytes(),
        headers: Vec::new(),
        value,
    };
    Ok(Output {
        topic: OKTA_EVENTS,
        record,
    })
}

/// How long it takes until the oldest day is gone, disk space and all.
async fn oldest_day(folder: &Path, days: &Path) -> anyhow::Result<Row> {
    let before = bytes(days, |_| true)?;
    let retention = format!("{}d", age_of_oldest(days)? - 1);
    let embedded = Embedded::open(folder, &[("sink.activity.retention", &retention)])?;
    let shutdown = Shutdown::new();
    let started = Instant::now();
    let run = embedded.sink.run(embedded.log.clone(), shutdown.clone());
    let gone = async {
        while bytes(days, |_| true).is_ok_and(|now| now >= before) {
            let is_late = started.elapsed() > PATIENCE;
            ensure!(!is_late, "the oldest day is not deleted");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let elapsed = started.elapsed();
        shutdown.begin();
        Ok(elapsed)
    };
    let (ran, elapsed) = tokio::join!(run, gone);
    ran?;
    let (elapsed, after) = (elapsed?, bytes(days, |_| true)?);
    let ms = elapsed.as_secs_f64() * 1e3;
    let free = before.saturating_sub(after) >> 20;
    Ok(
        Row::new("oldest day of activity deleted", format!("{ms:.0} ms"))
            .beside(format!("{free} MiB free again"))
            .at_most(ms, 1_000.0, "ms"),
    )
}

/// Returns how many days ago the oldest day was.
fn age_of_oldest(days: &Path) -> anyhow::Result<i32> {
    let names = fs::read_dir(days)?.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let dates = names.filter_map(|name| name.strip_suffix(".db")?.parse::<Date>().ok());
    let oldest = dates.min().context("there is no day")?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    Ok(oldest.until((Unit::Day, today))?.get_days())
}
