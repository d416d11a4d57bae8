//! The simulated org that every measurement draws on, and its integration.

use std::time::{SystemTime, UNIX_EPOCH};

use nightlatch_okta_sim::{SimEvent, hook_body};

use crate::traffic::{DOMAIN, START_MS};

const HOOK_ID: &str = "whoacme0bench0hook697";
const PATH_KEY: &str = "bench-path-key-0123456789";
const SECRET: &str = "bench-secret-0123456789-0123456789";
/// So many that each partition has one.
pub(crate) const INTEGRATIONS: usize = 12;

/// Returns the settings of integrations, as many as are wanted.
pub(crate) fn integrations(count: usize) -> Vec<(String, String)> {
    let settings = (0..count).flat_map(|number| {
        let fields = [
            ("name", format!("acme-{number}")),
            ("org_id", format!("00oacme0bench0org{number:04}")),
            ("domain", DOMAIN.to_owned()),
            ("path_key", path_key(number)),
            ("secret", SECRET.to_owned()),
        ];
        fields.map(|(field, value)| (format!("integrations.{number}.{field}"), value))
    });
    settings.collect()
}

/// Returns the moment, in milliseconds: what is older than a month has no place in the activity.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(START_MS, |since| {
        i64::try_from(since.as_millis()).unwrap_or(START_MS)
    })
}

fn path_key(number: usize) -> String {
    format!("{PATH_KEY}-{number:02}")
}

/// Returns the HTTP/1.1 request with which Okta's event hook delivers events.
pub(crate) fn delivery(events: &[SimEvent]) -> Vec<u8> {
    delivery_to(0, events)
}

/// As [`delivery`], to one integration of several.
pub(crate) fn delivery_to(integration: usize, events: &[SimEvent]) -> Vec<u8> {
    let body = hook_body(DOMAIN, HOOK_ID, events, START_MS);
    let path_key = path_key(integration);
    let head = format!(
        "POST /hooks/okta/{path_key} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {SECRET}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len(),
    );
    [head.into_bytes(), body.into_bytes()].concat()
}
