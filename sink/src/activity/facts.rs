//! What an event of Okta tells, read from its JSON: what the list shows, and what filters, counts and
//! pivots go by. Reads tolerantly: what is missing or of another type is not there.

use serde_json_borrow::Value;

/// What Okta writes where it knows nothing.
const UNKNOWN: &str = "unknown";

/// A person, an app, a group: an actor or a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) id: Option<String>,
    pub(crate) kind: Option<String>,
    /// Okta's `alternateId`.
    pub(crate) login: Option<String>,
    pub(crate) name: Option<String>,
}

/// What an event tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// As it stands in the event, if it does.
    pub(crate) uuid: Option<String>,
    pub(crate) severity: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) actor: Option<Entity>,
    pub(crate) targets: Vec<Entity>,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) as_number: Option<i64>,
    pub(crate) as_org: Option<String>,
    pub(crate) is_proxy: Option<bool>,
    /// The device's name, else what kind of device it is.
    pub(crate) device: Option<String>,
    pub(crate) device_id: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) transaction: Option<String>,
    /// How many values it has, null and empty ones left out.
    pub(crate) richness: i64,
}

impl Facts {
    /// Reads them; of JSON that can't be read there are none.
    pub(crate) fn read(raw: &str) -> Self {
        let event: Value<'_> = serde_json::from_str(raw).unwrap_or(Value::Null);
        let text = |path: &[&str]| text(at(&event, path));
        let place = |name: &str| text(&["client", "geographicalContext", name]);
        Self {
            uuid: text(&["uuid"]),
            severity: text(&["severity"]),
            message: text(&["displayMessage"]),
            outcome: text(&["outcome", "result"]),
            reason: text(&["outcome", "reason"]),
            actor: at(&event, &["actor"])
                .filter(|actor| actor.is_object())
                .map(entity),
            targets: at(&event, &["target"])
                .and_then(Value::as_array)
                .unwrap_or_default()
                .iter()
                .map(entity)
                .collect(),
            ip: text(&["client", "ipAddress"]),
            user_agent: text(&["client", "userAgent", "rawUserAgent"]),
            city: place("city"),
            state: place("state"),
            country: place("country"),
            as_number: at(&event, &["securityContext", "asNumber"]).and_then(Value::as_i64),
            as_org: text(&["securityContext", "asOrg"]),
            is_proxy: at(&event, &["securityContext", "isProxy"]).and_then(Value::as_bool),
            device: text(&["device", "name"]).or_else(|| known(text(&["client", "device"]))),
            device_id: text(&["device", "id"]),
            session: known(text(&["authenticationContext", "externalSessionId"])),
            transaction: known(text(&["transaction", "id"])),
            richness: richness(&event),
        }
    }

    /// Returns the actor's login in lower case.
    pub(crate) fn actor_login(&self) -> Option<String> {
        let login = self.actor.as_ref()?.login.as_deref()?;
        Some(login.to_lowercase())
    }
}

fn entity(value: &Value<'_>) -> Entity {
    let text = |name| text(at(value, &[name]));
    Entity {
        id: text("id"),
        kind: text("type"),
        login: text("alternateId"),
        name: text("displayName"),
    }
}

/// Returns what stands there; of members of one name the last, which rules go by, too.
fn at<'a, 'b>(value: &'a Value<'b>, path: &[&str]) -> Option<&'a Value<'b>> {
    path.iter().try_fold(value, |value, name| {
        let members = value.as_object()?.iter();
        members
            .filter(|(key, _)| key == name)
            .last()
            .map(|(_, member)| member)
    })
}

/// Returns a value as text; none when it is empty or has parts.
fn text(value: Option<&Value<'_>>) -> Option<String> {
    match value? {
        Value::Str(text) => Some(text.to_string()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(serde_json::Number::from(*number).to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn known(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.eq_ignore_ascii_case(UNKNOWN))
}

/// Counts values. Ingest lets nothing deeper than 64 through, and the reader stops at 128.
fn richness(value: &Value<'_>) -> i64 {
    match value {
        Value::Null => 0,
        Value::Bool(_) | Value::Number(_) => 1,
        Value::Str(text) => i64::from(!text.is_empty()),
        Value::Array(values) => values.iter().map(richness).sum(),
        Value::Object(members) => members.values().map(richness).sum(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_event_tells_is_read() {
        let event = json!({
            "uuid": "u", "severity": "WARN", "displayMessage": "Reset",
            "outcome": {"result": "FAILURE", "reason": ""},
            "actor": {"id": "00u1", "alternateId": "Ann@acme.com"},
            "target": [{"id": "0oa1", "type": "AppInstance"}, null],
            "client": {"ipAddress": "203.0.113.7", "device": "Unknown",
                "geographicalContext": {"country": "Norway"}},
            "securityContext": {"asNumber": 2119, "isProxy": false},
            "authenticationContext": {"externalSessionId": "unknown"},
            "transaction": {"id": 7},
        });
        let facts = Facts::read(&event.to_string());
        assert_eq!(facts.actor_login().as_deref(), Some("ann@acme.com"));
        assert_eq!(facts.targets.len(), 2);
        assert_eq!(facts.country.as_deref(), Some("Norway"));
        assert_eq!((facts.as_number, facts.is_proxy), (Some(2119), Some(false)));
        assert_eq!(
            (facts.session, facts.device, facts.reason),
            (None, None, None)
        );
        assert_eq!(facts.transaction.as_deref(), Some("7"));
        assert_eq!(facts.richness, 15);
    }

    #[test]
    fn of_members_of_one_name_the_last_counts_and_escapes_are_read() {
        let facts = Facts::read(
            r#"{"actor":{"alternateId":"a"},"\u0061ctor":{"alternateId":"J\u00fcrgen"}}"#,
        );
        assert_eq!(facts.actor_login().as_deref(), Some("j\u{fc}rgen"));
    }

    #[test]
    fn the_copy_of_the_system_log_is_richer() {
        let hook = Facts::read(r#"{"uuid":"u","device":null,"request":{"ipChain":[]}}"#);
        let log = Facts::read(r#"{"uuid":"u","device":{"id":"d"},"request":{"ipChain":[]}}"#);
        assert!(log.richness > hook.richness);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[\\[\\]{}\":,a-z0-9 \\\\]{0,60}") {
            Facts::read(&text);
        }
    }
}
