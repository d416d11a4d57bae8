//! Logs: JSON lines, and values that cannot speak to the terminal.

use std::io::Write;
use std::sync::{Arc, Mutex};

use nightlatch_chassis::Sources;
use nightlatch_chassis::config::load;
use nightlatch_chassis::telemetry::{self, LogConfig};
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(level: &str, pretty: bool, ansi: bool, log: impl FnOnce()) -> String {
    let flags = vec![("log.level".to_owned(), level.to_owned())];
    let config = load(&Sources {
        flags,
        ..Sources::default()
    })
    .unwrap();
    let config: LogConfig = config.section("log").unwrap();
    let captured = Captured::default();
    let writer = captured.clone();
    let layer = telemetry::layer(&config, pretty, ansi, move || writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
    let bytes = captured.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

const HOSTILE: &str = "a\nlevel=ERROR \u{1b}[2J\u{7}\u{9b}31m\r\u{85}";

#[test]
fn a_json_line_has_time_level_target_message_and_fields() {
    let text = logged("info", false, false, || {
        tracing::info!(count = 3, user = HOSTILE, "events taken");
    });
    assert_eq!(text.lines().count(), 1, "{text}");
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["message"], "events taken");
    assert_eq!(line["count"], 3);
    assert_eq!(line["user"], HOSTILE);
    assert!(line["target"].as_str().unwrap().contains("telemetry"));
    let time = line["timestamp"].as_str().unwrap();
    assert!(time.contains('T') && time.ends_with('Z'), "{time}");
    assert!(
        !text.trim_end().contains(|c: char| c.is_ascii_control()),
        "{text:?}"
    );
}

#[test]
fn a_pretty_line_stays_one_line_whatever_it_shows() {
    let text = logged("info", true, false, || {
        tracing::warn!(user = HOSTILE, shown = %HOSTILE, "refused {HOSTILE}");
    });
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("WARN") && text.contains(" user=\""), "{text}");
    assert!(
        !text.trim_end_matches('\n').contains(char::is_control),
        "{text:?}"
    );
}

#[test]
fn colours_are_ours_alone() {
    let text = logged(
        "info",
        true,
        true,
        || tracing::info!(user = %HOSTILE, "hello"),
    );
    assert!(text.contains("\u{1b}["), "{text:?}");
    assert!(!text.contains("\u{1b}[2J"), "{text:?}");
}

#[test]
fn levels_can_differ_by_part() {
    let text = logged("warn,special=debug", false, false, || {
        tracing::info!("not this");
        tracing::debug!(target: "special", "but this");
    });
    assert!(
        text.contains("but this") && !text.contains("not this"),
        "{text}"
    );
}
