//! The event that tests a connection: made here, and recognised when it comes back by the hook.
//!
//! Whoever knows the hook's secret can deliver whatever they like, so the event bears a mark that only
//! the holder of the master key can make. The mark is bound to the integration and to every byte of the
//! event in front of it, its uuid and time among them: any replica knows it, and nobody can put it on
//! another event.

use jiff::Timestamp;
use nightlatch_chassis::settings::SealError;
use nightlatch_schemas::connection_test::EVENT_TYPE;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::event::Candidate;
use crate::integration::store::Store;

/// How far its time may be from ours, in milliseconds.
const VALID: u64 = 5 * 60 * 1000;
/// What stands in front of the mark, and behind it.
const BEFORE: &str = r#","debugContext":{"debugData":{"nightlatchTest":""#;
const BEHIND: &str = r#""}}}"#;

/// A test of a connection, ready to be delivered.
#[derive(Debug)]
pub(crate) struct TestEvent {
    pub(crate) uuid: String,
    pub(crate) published: Timestamp,
    /// The event as it goes into an envelope.
    pub(crate) text: String,
}

impl TestEvent {
    /// Makes one for an integration.
    pub(crate) fn new(store: &Store, integration: &str, org_id: &str) -> Result<Self, SealError> {
        let uuid = Uuid::new_v4().to_string();
        let published = Timestamp::now();
        let event = event(&uuid, published, org_id).to_string();
        let marked = event.strip_suffix('}').unwrap_or(&event);
        let mark = store.mark(integration, marked)?;
        Ok(Self {
            text: format!("{marked}{BEFORE}{mark}{BEHIND}"),
            uuid,
            published,
        })
    }
}

/// The event without its mark, as Okta writes events.
fn event(uuid: &str, published: Timestamp, org_id: &str) -> Value {
    let published = format!("{published:.3}");
    json!({
        "uuid": uuid,
        "published": published,
        "eventType": EVENT_TYPE,
        "version": "0",
        "severity": "INFO",
        "legacyEventType": null,
        "displayMessage": "Test of the connection, sent by Nightlatch: nothing has happened in the org",
        "actor": {
            "id": "nightlatch",
            "type": "SystemPrincipal",
            "alternateId": "nightlatch",
            "displayName": "Nightlatch",
            "detailEntry": null,
        },
        "client": {
            "userAgent": null, "zone": null, "device": null, "id": null, "ipAddress": null,
            "geographicalContext": null, "ipChain": [],
        },
        "device": null,
        "outcome": {"result": "SUCCESS", "reason": null},
        "target": [{
            "id": org_id,
            "type": "Org",
            "alternateId": null,
            "displayName": null,
            "detailEntry": null,
        }],
        "transaction": {"type": "JOB", "id": uuid, "detail": {}},
        "authenticationContext": {"externalSessionId": null, "authenticationStep": 0},
        "securityContext": {
            "asNumber": null, "asOrg": null, "isp": null, "domain": null, "isProxy": null,
        },
        "insertionTimestamp": null,
    })
}

/// Whether a candidate is a test that one of us has just made for this integration.
pub(crate) fn is_test(
    store: &Store,
    integration: &str,
    candidate: &Candidate<'_>,
    received: i64,
) -> bool {
    let is_now = |published: i64| received.abs_diff(published) <= VALID;
    if candidate.event_type.as_deref() != Some(EVENT_TYPE)
        || !candidate.published.is_some_and(is_now)
    {
        return false;
    }
    let text = std::str::from_utf8(candidate.raw).ok();
    let parts = text.and_then(|text| text.strip_suffix(BEHIND)?.rsplit_once(BEFORE));
    parts.is_some_and(|(marked, mark)| store.has_marked(integration, marked, mark))
}

#[cfg(test)]
mod tests;
