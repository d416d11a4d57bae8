//! The feed as a client sees it: the live stream of the API.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::summary::Summary;
use crate::terminal::{self, Terminal, harmless};

/// Prints detections as they land, until it is dropped.
pub(crate) async fn watch(api: SocketAddr, summary: Arc<Summary>) -> anyhow::Result<()> {
    let terminal = Terminal::stdout();
    // What landed before would seem to have taken long.
    let since = Timestamp::now();
    // A stream has no end, so the request has no time-out.
    let client = reqwest::Client::builder().build()?;
    let url = format!("http://{api}/api/v1/events/stream?last_event_id=0:-1");
    let mut response = client.get(url).send().await?.error_for_status()?;
    let mut buffer = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        buffer.extend_from_slice(&chunk);
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let message: Vec<u8> = buffer.drain(..end + 2).collect();
            let message = String::from_utf8_lossy(&message);
            let data: String = message
                .lines()
                .filter_map(|line| line.strip_prefix("data:"))
                .collect();
            let Ok(event) = serde_json::from_str::<Value>(&data) else {
                continue;
            };
            print(terminal, &event, since, &summary);
        }
    }
    Ok(())
}

fn print(terminal: Terminal, event: &Value, since: Timestamp, summary: &Summary) {
    let text = |value: &Value| harmless(value.as_str().unwrap_or_default());
    let label = text(&event["severity_label"]);
    let rule = text(&event["rule"]["name"]);
    let latency = took(event, since);
    summary.landed(&rule, latency);
    let style = match label.as_str() {
        "High" => terminal::HIGH,
        "Medium" => terminal::MEDIUM,
        "Low" => terminal::LOW,
        _ => terminal::INFO,
    };
    terminal::print_line(&format!(
        "{} {}  {}{}",
        terminal.paint(style, &format!("{label:6}")),
        terminal.paint(terminal::TITLE, &rule),
        text(&event["output"]),
        terminal.paint(
            terminal::INFO,
            &latency
                .map(|time| format!("  {} ms", time.as_millis()))
                .unwrap_or_default()
        ),
    ));
}

/// The time since the hook has received the event.
fn took(event: &Value, since: Timestamp) -> Option<Duration> {
    let received: Timestamp = event["received_at"].as_str()?.parse().ok()?;
    let took = Timestamp::now().duration_since(received);
    Duration::try_from(took).ok().filter(|_| received >= since)
}
