//! `nightlatch integrations test`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::StatusCode;
use serde::Deserialize;

use super::document::{Summary, Trouble, of_state, print_trouble};
use super::find;
use crate::arguments::SendTestOptions;
use crate::client::{Client, Place};
use crate::service::Service;
use crate::terminal::{self, Terminal};

/// How long the test may need from the hook to the feed.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks into the feed.
const LOOK: Duration = Duration::from_millis(25);
/// How a refusal is called that says what is wrong with the way to the hook.
const NOT_DELIVERED: &str = "urn:problem-type:nightlatch:test-not-delivered";

/// What to look at when a test is not seen in the feed.
const REMEDY: &str = "See that the policy okta-connection is on (`nightlatch policies show \
                      okta-connection`), and what /readyz?verbose of the detector and of the sink says: \
                      one of them does not run, or is behind.";

/// A test on its way.
#[derive(Debug, Deserialize)]
struct Sent {
    runtime_event: String,
    posted_at: Timestamp,
    answered_ms: u64,
}

/// A test in the feed.
#[derive(Debug, Deserialize)]
struct Arrived {
    received_at: Timestamp,
    detected_at: Timestamp,
    test: bool,
}

/// Sends a test and follows it to the feed.
pub(super) async fn run(
    terminal: Terminal,
    (client, place): (&Client, &Place<'_>),
    options: &SendTestOptions,
) -> anyhow::Result<ExitCode> {
    let Summary { id, .. } = find(client, &options.integration).await?;
    let feed = match &options.feed_api {
        Some(api) => Client::at(&Place::Named(api), Service::Sink).await?,
        None => Client::at(place, Service::Sink).await?,
    };
    let answer = client.post(&["integrations", &id, "test"]).await?;
    let answered = Instant::now();
    if answer.body["type"] == NOT_DELIVERED {
        let Trouble { sentence, remedy } = serde_json::from_value(answer.body)?;
        stage(terminal, "posted", Err((&sentence, &remedy)));
        return Ok(ExitCode::FAILURE);
    }
    let sent: Sent = answer.read()?;
    stage(terminal, "posted", Ok(sent.answered_ms));
    let Some(arrived) = arrival(&feed, &sent.runtime_event, answered).await? else {
        stage(terminal, "received", Ok(sent.answered_ms));
        stage(terminal, "detected", Err((&late(), REMEDY)));
        return Ok(ExitCode::FAILURE);
    };
    let in_feed = sent.answered_ms + milliseconds(answered.elapsed());
    stage(terminal, "received", Ok(since(&sent, arrived.received_at)));
    stage(terminal, "detected", Ok(since(&sent, arrived.detected_at)));
    if !arrived.test {
        let sentence = "It came out as an ordinary event, without the mark of a test.";
        let remedy = "Give all ingests the same master key, and set their clocks.";
        stage(terminal, "in the feed", Err((sentence, remedy)));
        return Ok(ExitCode::FAILURE);
    }
    stage(terminal, "in the feed", Ok(in_feed));
    Ok(ExitCode::SUCCESS)
}

fn late() -> String {
    format!(
        "It is kept, and has not come out in the feed within {} s.",
        PATIENCE.as_secs()
    )
}

/// Waits for the test in the feed; nothing when it does not come in time.
async fn arrival(feed: &Client, id: &str, since: Instant) -> anyhow::Result<Option<Arrived>> {
    while since.elapsed() < PATIENCE {
        let answer = feed.get(&["events", id]).await?;
        if answer.status != StatusCode::NOT_FOUND {
            return Ok(Some(answer.read()?));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(None)
}

/// How long after the posting something was, in milliseconds. The clocks of two machines may differ.
fn since(sent: &Sent, time: Timestamp) -> u64 {
    let took = time.as_millisecond() - sent.posted_at.as_millisecond();
    u64::try_from(took).unwrap_or_default()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Prints a stage: when it was reached, in milliseconds after the posting, or why it was not.
fn stage(terminal: Terminal, name: &str, reached: Result<u64, (&str, &str)>) {
    let word = if reached.is_ok() { "passed" } else { "failed" };
    let state = terminal.paint(of_state(word), &format!("{word:<8}"));
    let took = reached.map(|took| format!("{took} ms")).unwrap_or_default();
    terminal::print_line(format!("{state} {name:<14} {took:>8}").trim_end());
    if let Err((sentence, remedy)) = reached {
        print_trouble(terminal, sentence, remedy);
    }
}
