//! The envelope in which Okta's event hook delivers events.

use uuid::Uuid;

use crate::draft::rfc3339;
use crate::traffic::SimEvent;

/// Wraps events as the org's event hook delivers them, key for key in Okta's order.
///
/// `domain` is the org's host, `hook_id` the hook's own id (`who…`), `now_ms` the time of
/// delivery (Unix time in milliseconds). The delivery's id follows from the hook and the events, so
/// that sending the same events again is a repeat of the same delivery.
pub fn hook_body(domain: &str, hook_id: &str, events: &[SimEvent], now_ms: i64) -> String {
    let source = format!("https://{domain}/api/v1/eventHooks/{hook_id}");
    let mut name = source.clone();
    for event in events {
        name.push('\n');
        name.push_str(&event.uuid);
    }
    let delivery = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
    let events: Vec<&str> = events.iter().map(|event| event.json.as_str()).collect();
    envelope(&source, delivery, &events, now_ms)
}

/// Writes the body of a delivery from the texts of its events.
pub(crate) fn envelope(source: &str, delivery: Uuid, events: &[&str], now_ms: i64) -> String {
    let joined = events.join(",");
    let source = serde_json::Value::from(source);
    format!(
        r#"{{"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":{source},"eventId":"{delivery}","data":{{"events":[{joined}]}},"eventTime":"{}","contentType":"application/json"}}"#,
        rfc3339(now_ms),
    )
}
