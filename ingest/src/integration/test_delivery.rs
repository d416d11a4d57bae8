//! A test of a connection on its way: posted through the hook's public address, so that it goes the way
//! of Okta's deliveries, with all that stands in front of us.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use nightlatch_chassis::Secret;
use serde_json::json;

use super::desk::Desk;
use super::settings::IntegrationSettings;
use super::store::Field;
use super::subscription::{address, no_address, no_secret};
use super::trouble::Trouble;
use crate::okta::{Delivery, PATIENCE, Problem, Receipt};
use crate::test_event::TestEvent;

/// What our hook answers when a delivery is durable.
const TAKEN: u16 = 204;

/// A test that was taken.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) uuid: String,
    pub(super) posted: Timestamp,
    /// From posting to the answer.
    pub(super) took: Duration,
}

/// Delivers a test to the hook of an integration.
pub(super) async fn deliver(
    desk: &Desk,
    id: &str,
    settings: &IntegrationSettings,
) -> Result<Delivered, Trouble> {
    if desk.public_url.is_empty() {
        return Err(no_address("send the test again"));
    }
    let store = desk.directory.store();
    let hook = &settings.hook;
    let newest = hook.newest().ok_or_else(no_secret)?;
    let path_key = store.unseal(id, Field::PathKey, &hook.path_key)?;
    let event = TestEvent::new(store, id, &settings.org_id)?;
    let delivery = Delivery {
        address: &Secret::new(address(&desk.public_url, &path_key)),
        header: &hook.header,
        secret: &store.unseal(id, Field::HookSecret, &newest.secret)?,
        body: envelope(&event, settings),
    };
    let began = Instant::now();
    let receipt = desk.connections.outbound().deliver(delivery).await;
    let took = began.elapsed();
    let host = &desk.public_url;
    match receipt {
        Ok(receipt) if receipt.status == TAKEN => Ok(Delivered {
            uuid: event.uuid,
            posted: event.published,
            took,
        }),
        Ok(receipt) => Err(refused(&receipt, host)),
        Err(problem) => Err(not_reached(&problem, host)),
    }
}

/// Okta's envelope around the event.
fn envelope(event: &TestEvent, settings: &IntegrationSettings) -> String {
    let TestEvent {
        uuid,
        published,
        text,
    } = event;
    let hook = settings.hook.okta_id.as_deref().unwrap_or_default();
    let source = json!(format!(
        "https://{}/api/v1/eventHooks/{hook}",
        settings.domain
    ));
    // The event stays as it was marked, byte for byte.
    format!(
        r#"{{"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":{source},"eventId":"{uuid}","data":{{"events":[{text}]}},"eventTime":"{published:.3}","contentType":"application/json"}}"#
    )
}

/// What it means that nothing was answered.
fn not_reached(problem: &Problem, url: &str) -> Trouble {
    let (sentence, remedy) = match problem {
        Problem::UnknownHost => (
            format!("There is no host of the address {url}."),
            "Correct ingest.public_url, or give the name an address in DNS.",
        ),
        Problem::PrivateAddress { address } => (
            format!("{url} leads to {address} from here, and Okta reaches public addresses only."),
            "Let the name of ingest.public_url lead to its public address, in this machine's DNS, too.",
        ),
        Problem::Unreachable { problem } => (
            format!("{url} can't be reached: {problem}."),
            "See that what listens there for Okta runs, and that a firewall lets its port through, \
             from this machine, too.",
        ),
        Problem::Tls { problem } => (
            format!("There is no secure connection to {url}: {problem}."),
            "Give what listens there a certificate of a public authority for that name: Okta demands \
             it, too.",
        ),
        Problem::TimedOut { .. } => (
            format!("{url} gave no answer within {} s.", PATIENCE.as_secs()),
            "See whether a firewall drops connections to it, and what takes long in front of \
             Nightlatch: Okta waits no longer.",
        ),
        _ => (
            format!("The connection to {url} ended before the answer."),
            "See what the gateway in front of Nightlatch logs, and send the test again.",
        ),
    };
    Trouble::new(sentence, remedy)
}

/// What it means that something else than "taken" was answered.
fn refused(receipt: &Receipt, url: &str) -> Trouble {
    let status = receipt.status;
    let (sentence, remedy) = match (status, receipt.is_problem) {
        (200..=299, _) => (
            format!("What answers at {url} is not Nightlatch: it takes everything, with {status}."),
            "Let the gateway pass /hooks/okta/ on to ingest.listen, and its answers back unchanged.",
        ),
        (300..=399, _) => {
            let to = receipt.to.as_deref().unwrap_or("another address");
            (
                format!("{url} sends us on to {to} ({status}), where Okta does not follow."),
                "Set ingest.public_url to the address where it ends, and validate the integration.",
            )
        }
        (401, true) => (
            format!("Nightlatch at {url} does not take the secret of the hook (401)."),
            "Let the gateway pass the hook's header on unchanged; if it does, validate the integration.",
        ),
        (404, true) => (
            format!("The Nightlatch at {url} does not know this integration (404)."),
            "See that ingest.public_url leads to this installation and not to another one.",
        ),
        (503, true) => (
            format!("Nightlatch at {url} can't take events just now (503)."),
            "Look at /readyz?verbose and the log of ingest: most likely events can't be stored.",
        ),
        (401 | 403, false) => (
            format!("What stands in front of Nightlatch at {url} lets nobody in ({status})."),
            "Let it pass /hooks/okta/ without a sign-in of its own: Nightlatch checks the secret.",
        ),
        (404, false) => (
            format!("What answers at {url} is not Nightlatch, and has nothing there (404)."),
            "Let the gateway pass /hooks/okta/ on to ingest.listen, the path unchanged.",
        ),
        (502..=504, false) => (
            format!("What stands in front of Nightlatch at {url} does not reach it ({status})."),
            "See that ingest runs, and that the gateway passes on to ingest.listen.",
        ),
        _ => (
            format!("What answers at {url} does not take the test ({status})."),
            "See what the gateway in front of Nightlatch logs, and what ingest does.",
        ),
    };
    Trouble::new(sentence, remedy)
}
