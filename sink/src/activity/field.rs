//! The fields of Okta's events that the search box and the parameters know, and where each is looked
//! up.

use rusqlite::types::Value;

use super::key::Key;
use crate::search::{
    Comparison, Expression, Field, Kind, Leaf, Lowered, Meaning, Network, Tables, ip_digits, lower,
};

const TABLES: Tables = Tables {
    search: "search",
    key: "e.key",
};
/// Okta's severities.
const SEVERITIES: &[&str] = &["DEBUG", "INFO", "WARN", "ERROR"];
/// How an event can have come.
const ORIGINS: &[&str] = &["hook", "poll", "import", "test"];

/// Every field.
pub(super) static FIELDS: [Field; 16] = [
    Field::new(
        "event_type",
        "Okta's event type",
        "user.session.start",
        Kind::Text,
    ),
    Field::new(
        "actor",
        "the login or Okta id of who did it",
        "ann@acme.com",
        Kind::Text,
    ),
    Field::new(
        "target",
        "the login, name or Okta id of a target",
        "bob@acme.com",
        Kind::Text,
    ),
    Field::new(
        "user",
        "the login or Okta id of the actor or a target",
        "ann@acme.com",
        Kind::Text,
    ),
    Field::new(
        "ip",
        "the client's address",
        "203.0.113.0/24",
        Kind::Network,
    ),
    Field::new("country", "the client's country", "Norway", Kind::Text),
    Field::new(
        "asn",
        "the number of the client's autonomous system",
        "AS2119",
        Kind::SystemNumber,
    ),
    Field::new(
        "session",
        "Okta's external session id",
        "102V2ZNpmo8SmOZWQbgDjHtgA",
        Kind::Text,
    ),
    Field::new(
        "transaction",
        "Okta's transaction id",
        "XtBL8HCyzfX1yC",
        Kind::Text,
    ),
    Field::new(
        "device",
        "the device's name or Okta id",
        "guo4a5u7YAHhjXrMK0g4",
        Kind::Text,
    ),
    Field::new("outcome", "how it ended at Okta", "FAILURE", Kind::Text),
    Field::new(
        "severity",
        "Okta's severity",
        "WARN",
        Kind::Choice(SEVERITIES),
    ),
    Field::new(
        "origin",
        "how the copy that is kept came",
        "poll",
        Kind::Choice(ORIGINS),
    ),
    Field::new(
        "integration",
        "the integration's id or its org's domain",
        "acme.okta.com",
        Kind::Text,
    ),
    Field::new("org", "the org's domain", "acme.okta.com", Kind::Text),
    Field::new(
        "id",
        "Okta's uuid of the event",
        "5d0e6f6c-53c1-5be2-8a7d-0f4f5c1d2e22",
        Kind::Id,
    ),
];

/// Returns the field of a name.
pub(super) fn named(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

/// Returns what the store is asked for a query.
pub(super) fn lowered(query: &Expression) -> Lowered {
    lower(query, TABLES, &leaf)
}

fn leaf(comparison: &Comparison) -> Leaf {
    let keys = keys(comparison.field);
    let any = |term: &dyn Fn(Key) -> String| {
        let terms: Vec<_> = keys.iter().map(|key| term(*key)).collect();
        Leaf::Index(format!("({})", terms.join(" OR ")))
    };
    match &comparison.meaning {
        Meaning::Text(text) => any(&|key| key.term(text)),
        Meaning::Choice(text) => any(&|key| key.term(text)),
        Meaning::Beginning(text) => any(&|key| key.term_beginning(text)),
        Meaning::Number(number) => any(&|key| key.term(&number.to_string())),
        Meaning::Network(network) => addresses(network),
        Meaning::Id(id) => {
            let id = Value::from(id.as_bytes().to_vec());
            Leaf::Rows("e.id = ?".to_owned(), vec![id])
        }
        // No field here has severities of ours.
        Meaning::Severities(_) => Leaf::Rows("FALSE".to_owned(), Vec::new()),
    }
}

/// Returns the keys that a field is looked up by; any of them will do.
fn keys(field: &str) -> &'static [Key] {
    match field {
        "event_type" => &[Key::EventType],
        "actor" => &[Key::Actor],
        "target" => &[Key::Target],
        "user" => &[Key::Actor, Key::Target],
        "country" => &[Key::Country],
        "asn" => &[Key::Asn],
        "session" => &[Key::Session],
        "transaction" => &[Key::Transaction],
        "device" => &[Key::Device],
        "outcome" => &[Key::Outcome],
        "severity" => &[Key::Severity],
        "origin" => &[Key::Origin],
        // `integration` and `org`.
        _ => &[Key::Integration],
    }
}

fn addresses(network: &Network) -> Leaf {
    if network.first == network.last {
        return Leaf::Index(Key::Ip.term(&ip_digits(network.first)));
    }
    let Some(beginnings) = network.beginnings() else {
        let values = [network.first, network.last].map(|bound| Value::from(bound.to_vec()));
        return Leaf::Rows("e.ip BETWEEN ? AND ?".to_owned(), values.into());
    };
    let terms = beginnings.iter().map(|it| Key::Ip.term_beginning(it));
    Leaf::Index(format!("({})", terms.collect::<Vec<_>>().join(" OR ")))
}
