//! The fields of runtime events that the search box knows, and where each is looked up.

use rusqlite::types::Value;

use super::triage::code;
use crate::search::{
    Comparison, Expression, Field, KeyKind, Kind, Leaf, Lowered, Meaning, Network, Tables,
    any_beginning_with, any_of, lower,
};
use crate::triage::{Disposition, Status};

const TABLES: Tables = Tables {
    search: "search",
    key: "e.key",
};

/// Every field.
pub(crate) static FIELDS: [Field; 18] = [
    Field::new(
        "severity",
        "how grave it is, 0 the gravest",
        "high",
        Kind::Severity,
    ),
    Field::new(
        "policy",
        "the policy's id or name",
        "okta-account-takeover",
        Kind::Text,
    ),
    Field::new(
        "rule",
        "the rule's name",
        "\"All MFA factors reset\"",
        Kind::Text,
    ),
    Field::new(
        "actor",
        "the login or Okta id of who did it",
        "ann@acme.com",
        Kind::Text,
    ),
    Field::new(
        "ip",
        "the client's address",
        "203.0.113.0/24",
        Kind::Network,
    ),
    Field::new(
        "event_type",
        "Okta's event type",
        "user.session.start",
        Kind::Text,
    ),
    Field::new(
        "integration",
        "the integration's id or its org's domain",
        "acme.okta.com",
        Kind::Text,
    ),
    Field::new("org", "the org's domain", "acme.okta.com", Kind::Text),
    Field::new("country", "the client's country", "Norway", Kind::Text),
    Field::new("tag", "a tag of the rule", "mfa", Kind::Text),
    Field::new(
        "attack",
        "an ATT&CK technique of the rule",
        "T1556",
        Kind::Text,
    ),
    Field::new(
        "asn",
        "the number of the client's autonomous system",
        "AS2119",
        Kind::SystemNumber,
    ),
    Field::new(
        "target",
        "the login, name or Okta id of a target",
        "bob@acme.com",
        Kind::Text,
    ),
    Field::new("outcome", "how it ended at Okta", "FAILURE", Kind::Text),
    Field::new(
        "status",
        "where it stands",
        "open",
        Kind::Choice(&Status::NAMES),
    ),
    Field::new(
        "disposition",
        "what it turned out to be",
        "false_positive",
        Kind::Choice(&Disposition::NAMES),
    ),
    Field::new("assignee", "whose it is", "ann", Kind::Text),
    Field::new(
        "id",
        "the runtime event's id",
        "5d0e6f6c-53c1-5be2-8a7d-0f4f5c1d2e22",
        Kind::Id,
    ),
];

/// Returns what the store is asked for a query.
pub(super) fn lowered(query: &Expression) -> Lowered {
    lower(query, TABLES, &leaf)
}

/// Whether a query finds no event that is open.
pub(super) fn leaves_open_out(query: &Expression) -> bool {
    match query {
        Expression::Field(Comparison { field, meaning }) => match meaning {
            Meaning::Choice(choice) => *field == "disposition" || *choice != Status::Open.name(),
            _ => false,
        },
        Expression::All(parts) => parts.iter().any(leaves_open_out),
        Expression::Any(parts) => parts.iter().all(leaves_open_out),
        Expression::Not(_) | Expression::Words(_) => false,
    }
}

fn leaf(comparison: &Comparison) -> Leaf {
    match &comparison.meaning {
        Meaning::Text(text) if comparison.field == "assignee" => Leaf::Rows(
            "e.assignee = ? COLLATE NOCASE".to_owned(),
            vec![Value::from(text.clone())],
        ),
        Meaning::Beginning(text) if comparison.field == "assignee" => Leaf::Rows(
            "substr(e.assignee, 1, length(?)) = ? COLLATE NOCASE".to_owned(),
            vec![Value::from(text.clone()), Value::from(text.clone())],
        ),
        Meaning::Severities(severities) if severities.is_empty() => {
            Leaf::Rows("FALSE".to_owned(), Vec::new())
        }
        Meaning::Severities(severities) => {
            let texts: Vec<_> = severities.iter().map(u8::to_string).collect();
            Leaf::Index(any_of(KeyKind::Severity, texts.iter().map(String::as_str)))
        }
        Meaning::Text(text) => Leaf::Index(any_of(kind(comparison.field), [text.as_str()])),
        Meaning::Beginning(text) => Leaf::Index(any_beginning_with(
            kind(comparison.field),
            std::slice::from_ref(text),
        )),
        Meaning::Number(number) => {
            let text = number.to_string();
            Leaf::Index(any_of(kind(comparison.field), [text.as_str()]))
        }
        Meaning::Network(network) => addresses(network),
        Meaning::Choice(choice) => match Status::of_name(choice) {
            Some(status) => Leaf::Rows("e.status = ?".to_owned(), vec![code(status).into()]),
            None => Leaf::Rows(
                "e.disposition = ?".to_owned(),
                vec![Value::from((*choice).to_owned())],
            ),
        },
        Meaning::Id(id) => Leaf::Rows(
            "e.id = ?".to_owned(),
            vec![Value::from(id.as_bytes().to_vec())],
        ),
    }
}

fn addresses(network: &Network) -> Leaf {
    if let Some(beginnings) = network.beginnings() {
        return Leaf::Index(any_beginning_with(KeyKind::Ip, &beginnings));
    }
    let values = [network.first, network.last].map(|bound| Value::from(bound.to_vec()));
    Leaf::Rows("e.ip BETWEEN ? AND ?".to_owned(), values.into())
}

/// Returns the kind of keys that a field of texts is looked up by.
fn kind(field: &str) -> KeyKind {
    match field {
        "policy" => KeyKind::Policy,
        "rule" => KeyKind::Rule,
        "actor" => KeyKind::Actor,
        "event_type" => KeyKind::EventType,
        "country" => KeyKind::Country,
        "tag" => KeyKind::Tag,
        "attack" => KeyKind::Attack,
        "asn" => KeyKind::Asn,
        "target" => KeyKind::Target,
        "outcome" => KeyKind::Outcome,
        // `integration` and `org`.
        _ => KeyKind::Integration,
    }
}
