//! The filter of the System Log: the part of SCIM's expressions that Okta takes there.

use serde_json::Value;

use crate::simulator::refusal::Refusal;

mod parse;

/// A filter that has been read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Compare {
        attribute: String,
        operator: Operator,
        value: Value,
    },
    Present(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "co" => Self::Contains,
            "sw" => Self::StartsWith,
            "ew" => Self::EndsWith,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn holds(self, found: &Value, wanted: &Value) -> bool {
        match (found, wanted) {
            (Value::String(found), Value::String(wanted)) => {
                let found = found.to_lowercase();
                let wanted = wanted.to_lowercase();
                match self {
                    Self::Equal => found == wanted,
                    Self::NotEqual => found != wanted,
                    Self::Contains => found.contains(&wanted),
                    Self::StartsWith => found.starts_with(&wanted),
                    Self::EndsWith => found.ends_with(&wanted),
                    Self::Greater => found > wanted,
                    Self::GreaterOrEqual => found >= wanted,
                    Self::Less => found < wanted,
                    Self::LessOrEqual => found <= wanted,
                }
            }
            (Value::Number(found), Value::Number(wanted)) => {
                let (found, wanted) = (found.as_f64(), wanted.as_f64());
                match self {
                    Self::Equal => found == wanted,
                    Self::NotEqual => found != wanted,
                    Self::Greater => found > wanted,
                    Self::GreaterOrEqual => found >= wanted,
                    Self::Less => found < wanted,
                    Self::LessOrEqual => found <= wanted,
                    Self::Contains | Self::StartsWith | Self::EndsWith => false,
                }
            }
            (found, wanted) => match self {
                Self::Equal => found == wanted,
                Self::NotEqual => found != wanted,
                _ => false,
            },
        }
    }
}

impl Filter {
    /// Reads a filter, or says as Okta does what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        parse::read(text)
    }

    /// Judges by the type alone, which is known without reading the event; `None` if that does
    /// not decide it.
    pub(crate) fn judge_type(&self, event_type: &str) -> Option<bool> {
        match self {
            Self::Compare {
                attribute,
                operator,
                value,
            } if attribute.eq_ignore_ascii_case("eventType") => {
                Some(operator.holds(&Value::from(event_type), value))
            }
            Self::Compare { .. } | Self::Present(_) => None,
            Self::And(parts) => all(parts.iter().map(|part| part.judge_type(event_type))),
            Self::Or(parts) => all(parts
                .iter()
                .map(|part| part.judge_type(event_type).map(|judged| !judged)))
            .map(|judged| !judged),
        }
    }

    /// Judges an event.
    pub(crate) fn judge(&self, event: &Value) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.judge(event)),
            Self::Or(parts) => parts.iter().any(|part| part.judge(event)),
            Self::Present(attribute) => !found(event, attribute).is_empty(),
            Self::Compare {
                attribute,
                operator: Operator::NotEqual,
                value,
            } => !found(event, attribute)
                .iter()
                .any(|found| Operator::Equal.holds(found, value)),
            Self::Compare {
                attribute,
                operator,
                value,
            } => found(event, attribute)
                .iter()
                .any(|found| operator.holds(found, value)),
        }
    }
}

/// "And" over verdicts that may be unknown.
fn all(verdicts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = Some(true);
    for verdict in verdicts {
        match verdict {
            Some(false) => return Some(false),
            None => whole = None,
            Some(true) => {}
        }
    }
    whole
}

/// Returns the values under a path; lists are looked through.
fn found<'a>(event: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut values = vec![event];
    for name in path.split('.') {
        let mut next = Vec::new();
        for value in values {
            match value {
                Value::Array(items) => next.extend(items.iter().filter_map(|item| item.get(name))),
                value => next.extend(value.get(name)),
            }
        }
        values = next;
    }
    values
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().collect::<Vec<_>>(),
            value => vec![value],
        })
        .filter(|value| !value.is_null())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(filter: &str) -> bool {
        let event = json!({
            "eventType": "event_hook.delivery",
            "outcome": {"result": "FAILURE"},
            "target": [{"id": "A", "type": "User"}, {"id": "B", "type": "AppInstance"}],
            "securityContext": {"isProxy": false, "asNumber": 7922, "domain": null},
        });
        let filter = Filter::parse(filter).unwrap();
        let whole = filter.judge(&event);
        if let Some(early) = filter.judge_type("event_hook.delivery") {
            assert_eq!(early, whole, "{filter:?}");
        }
        whole
    }

    #[test]
    fn filters_hold_as_okta_has_them() {
        for (filter, verdict) in [
            (r#"eventType sw "event_hook""#, true),
            (r#"eventType eq "EVENT_HOOK.delivery""#, true),
            (
                r#"eventType ew ".created" or outcome.result eq "FAILURE""#,
                true,
            ),
            (r#"not_there pr or eventType co "hook.d""#, true),
            (r#"target.id eq "A" and target.id eq "B""#, true),
            (r#"target.id eq "C""#, false),
            (r#"target.id ne "A""#, false),
            (
                r#"(eventType eq "x" or eventType eq "y") and target.id pr"#,
                false,
            ),
            ("securityContext.isProxy eq false", true),
            ("securityContext.asNumber ge 7922", true),
            ("securityContext.asNumber lt 7922", false),
            ("securityContext.domain pr", false),
        ] {
            assert_eq!(holds(filter), verdict, "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_with_its_place() {
        let refusal = |text: &str| match Filter::parse(text) {
            Err(Refusal::Api { code, summary, .. }) => (code, summary),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            refusal(r#"client.zone.name eqq "x""#),
            (
                "E0000053",
                r#"Invalid filter 'client.zone.name eqq "x"': Unrecognized attribute operator 'eqq' at position 17. Expected: eq,co,sw,pr,gt,ge,lt,le"#
                    .to_owned()
            )
        );
        for text in [
            "", "(", "a eq", "a eq \"x", "a eq [1]", "a", "a eq b", ") and (", "a pr b",
        ] {
            assert_eq!(refusal(text).0, "E0000053", "{text}");
        }
        let deep = "(".repeat(10_000);
        assert_eq!(refusal(&deep).0, "E0000053");
        assert_eq!(refusal(r#"published gt "2026""#).0, "E0000031");
        assert_eq!(
            refusal(r#"debugContext.debugData.url co "x""#).0,
            "E0000031"
        );
    }
}
