//! The events of the simulated org that every measurement draws on.

use nightlatch_okta_sim::{Org, Scenario, SimEvent, Traffic};

/// The org's domain.
pub(crate) const DOMAIN: &str = "acme.okta.com";
const SEED: u64 = 1;
/// When the org's day begins where the date is of no matter: 2026-03-02 at 09:00 UTC.
pub(crate) const START_MS: i64 = 1_772_442_000_000;
/// One attack begins in so many events.
const EVENTS_AN_ATTACK: usize = 500;
/// So that attacks end within the events that are drawn.
const HURRY: u32 = 8;

/// Returns events that hooks carry, from a moment on at `rate` a second of the org's time, attacks among them.
pub(crate) fn events(start: i64, count: usize, rate: i64) -> Vec<SimEvent> {
    let mut traffic = Traffic::new(Org::new(SEED, DOMAIN), SEED).hurried(HURRY);
    let mut attacks = Scenario::ALL.into_iter().cycle();
    let mut events = Vec::with_capacity(count);
    let mut drawn = 0_i64;
    while events.len() < count {
        let now = start + drawn * 1000 / rate;
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
