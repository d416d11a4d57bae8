//! The simulated org that every measurement draws on, and its integration.

use nightlatch_okta_sim::{Org, Scenario, SimEvent, Traffic, hook_body};

const DOMAIN: &str = "acme.okta.com";
const HOOK_ID: &str = "whoacme0bench0hook697";
const PATH_KEY: &str = "bench-path-key-0123456789";
const SECRET: &str = "bench-secret-0123456789-0123456789";
const SEED: u64 = 1;
/// When the org's day begins: 2026-03-02 at 09:00 UTC.
const START_MS: i64 = 1_772_442_000_000;
/// One attack begins in so many events.
const EVENTS_AN_ATTACK: usize = 500;
/// So that attacks end within the events that are drawn.
const HURRY: u32 = 8;

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

fn path_key(number: usize) -> String {
    format!("{PATH_KEY}-{number:02}")
}

/// Returns events that hooks carry, at `rate` a second of the org's time, attacks among them.
pub(crate) fn events(count: usize, rate: i64) -> Vec<SimEvent> {
    let mut traffic = Traffic::new(Org::new(SEED, DOMAIN), SEED).hurried(HURRY);
    let mut attacks = Scenario::ALL.into_iter().cycle();
    let mut events = Vec::with_capacity(count);
    let mut drawn = 0_i64;
    while events.len() < count {
        let now = START_MS + drawn * 1000 / rate;
        if events.len().is_multiple_of(EVENTS_AN_ATTACK)
            && let Some(attack) = attacks.next()
        {
            traffic.attack(attack, now);
        }
        let event = traffic.next(now);
        drawn += 1;
        events.extend(event.hook_eligible().then_some(event));
    }
    events
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
