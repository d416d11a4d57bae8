//! The conditions of a hook's filter, in what Okta documents of its expression language: paths from `event`,
//! selections `.?[…]`, `.size()`, comparisons, `&&`, `||` and `!`.

use std::cmp::Ordering;

use serde_json::Value;

/// How deep expressions nest.
const DEEPEST: usize = 20;

/// An expression, read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Any(Vec<Expression>),
    All(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Box<Expression>, Comparison, Box<Expression>),
    Literal(Value),
    /// From `event`, or from the element that a selection looks at.
    Path(Root, Vec<Step>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    Event,
    Element,
}

/// A step along a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Member(String),
    Selection(Box<Expression>),
    Size,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Greater,
    Least,
    Less,
    Most,
}

impl Comparison {
    const WORDS: [(&str, Self); 12] = [
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        (">=", Self::Least),
        ("<=", Self::Most),
        (">", Self::Greater),
        ("<", Self::Less),
        ("eq", Self::Equal),
        ("ne", Self::Unequal),
        ("ge", Self::Least),
        ("le", Self::Most),
        ("gt", Self::Greater),
        ("lt", Self::Less),
    ];

    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Number(left), Value::Number(right)) => {
                left.as_f64().partial_cmp(&right.as_f64())
            }
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            (left, right) => (left == right).then_some(Ordering::Equal),
        };
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::Unequal => order != Some(Ordering::Equal),
            Self::Greater => order == Some(Ordering::Greater),
            Self::Least => order.is_some_and(Ordering::is_ge),
            Self::Less => order == Some(Ordering::Less),
            Self::Most => order.is_some_and(Ordering::is_le),
        }
    }
}

impl Expression {
    /// Reads an expression; `None` when it is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let expression = reader.any(0)?;
        reader.rest.trim().is_empty().then_some(expression)
    }

    /// Whether an event meets it.
    pub(crate) fn meets(&self, event: &Value) -> bool {
        self.value(event, &Value::Null) == Value::Bool(true)
    }

    fn value(&self, event: &Value, element: &Value) -> Value {
        let is_true = |part: &Self| part.value(event, element) == Value::Bool(true);
        match self {
            Self::Any(parts) => Value::Bool(parts.iter().any(is_true)),
            Self::All(parts) => Value::Bool(parts.iter().all(is_true)),
            Self::Not(part) => Value::Bool(!is_true(part)),
            Self::Compare(left, comparison, right) => {
                let (left, right) = (left.value(event, element), right.value(event, element));
                Value::Bool(comparison.holds(&left, &right))
            }
            Self::Literal(value) => value.clone(),
            Self::Path(root, steps) => {
                let root = match root {
                    Root::Event => event,
                    Root::Element => element,
                };
                let along = |value: Value, step: &Step| step.from(value, event);
                steps.iter().fold(root.clone(), along)
            }
        }
    }
}

impl Step {
    fn from(&self, value: Value, event: &Value) -> Value {
        match (self, value) {
            (Self::Member(name), Value::Object(mut members)) => {
                members.remove(name).unwrap_or_default()
            }
            (Self::Selection(wanted), Value::Array(mut elements)) => {
                elements.retain(|element| wanted.value(event, element) == Value::Bool(true));
                Value::Array(elements)
            }
            (Self::Size, Value::Array(elements)) => elements.len().into(),
            (Self::Size, _) => 0.into(),
            (Self::Member(_) | Self::Selection(_), _) => Value::Null,
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// Takes a sign if it is next.
    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn any(&mut self, depth: usize) -> Option<Expression> {
        let mut parts = vec![self.all(depth)?];
        while self.takes("||") {
            parts.push(self.all(depth)?);
        }
        Some(lone(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Option<Expression> {
        let mut parts = vec![self.comparison(depth)?];
        while self.takes("&&") {
            parts.push(self.comparison(depth)?);
        }
        Some(lone(parts, Expression::All))
    }

    fn comparison(&mut self, depth: usize) -> Option<Expression> {
        let left = self.operand(depth)?;
        let Some(comparison) = self.comparison_word() else {
            return Some(left);
        };
        let right = self.operand(depth)?;
        Some(Expression::Compare(
            Box::new(left),
            comparison,
            Box::new(right),
        ))
    }

    fn comparison_word(&mut self) -> Option<Comparison> {
        for (word, comparison) in Comparison::WORDS {
            let before = self.rest;
            let is_name = word.starts_with(char::is_alphabetic);
            if self.takes(word) {
                if is_name && self.rest.starts_with(is_of_name) {
                    self.rest = before;
                    continue;
                }
                return Some(comparison);
            }
        }
        None
    }

    fn operand(&mut self, depth: usize) -> Option<Expression> {
        if depth > DEEPEST {
            return None;
        }
        if self.takes("!") {
            return Some(Expression::Not(Box::new(self.operand(depth + 1)?)));
        }
        if self.takes("(") {
            let inner = self.any(depth + 1)?;
            return self.takes(")").then_some(inner);
        }
        if self.takes("'") {
            let (text, rest) = self.rest.split_once('\'')?;
            self.rest = rest;
            return Some(Expression::Literal(text.into()));
        }
        let word = self.name()?;
        match word {
            "true" | "false" => Some(Expression::Literal((word == "true").into())),
            "null" => Some(Expression::Literal(Value::Null)),
            number if number.starts_with(|first: char| first.is_ascii_digit()) => {
                Some(Expression::Literal(number.parse::<u64>().ok()?.into()))
            }
            "event" => Some(Expression::Path(Root::Event, self.steps(depth)?)),
            member => {
                let mut steps = vec![Step::Member(member.to_owned())];
                steps.extend(self.steps(depth)?);
                Some(Expression::Path(Root::Element, steps))
            }
        }
    }

    fn steps(&mut self, depth: usize) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        while self.takes(".") {
            if self.takes("?[") {
                let wanted = self.any(depth + 1)?;
                if !self.takes("]") {
                    return None;
                }
                steps.push(Step::Selection(Box::new(wanted)));
                continue;
            }
            let name = self.name()?;
            steps.push(match name {
                "size" if self.takes("()") => Step::Size,
                name => Step::Member(name.to_owned()),
            });
        }
        Some(steps)
    }

    fn name(&mut self) -> Option<&'t str> {
        let rest = self.rest.trim_start();
        let end = rest.find(|found| !is_of_name(found)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }
}

fn is_of_name(found: char) -> bool {
    found.is_ascii_alphanumeric() || found == '_'
}

/// A lone part needs no frame.
fn lone(mut parts: Vec<Expression>, frame: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(part)) => part,
        (_, last) => {
            parts.extend(last);
            frame(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documented_condition_is_met_by_events_of_the_group_alone() {
        let text = "event.target.?[type eq 'UserGroup'].size()>0 && event.target.?[displayName eq 'Sales'].size()>0";
        let expression = Expression::read(text).unwrap();
        let event = |group: &str| json!({"target": [{"type": "User", "displayName": "Ann"}, {"type": "UserGroup", "displayName": group}]});
        assert!(expression.meets(&event("Sales")));
        assert!(!expression.meets(&event("Finance")));
        assert!(!expression.meets(&json!({"target": null})));
    }

    #[test]
    fn members_are_compared_negated_and_joined() {
        let event = json!({"outcome": {"result": "FAILURE"}, "severity": "WARN", "version": "0"});
        for (text, expected) in [
            ("event.outcome.result eq 'FAILURE'", true),
            ("event.outcome.result ne 'FAILURE'", false),
            ("!(event.severity == 'WARN')", false),
            ("event.severity == 'INFO' || event.version eq '0'", true),
            ("event.missing.member == null", true),
            ("event.target.size() == 0", true),
            ("1 >= 2 || 2 gt 1", true),
        ] {
            let expression = Expression::read(text).unwrap();
            assert_eq!(expression.meets(&event), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_not_read() {
        let deep = "(".repeat(1000);
        for text in [
            "",
            "event.",
            "event eq",
            "event.a == 'x",
            "event.a b",
            "a ?",
            &deep,
        ] {
            assert_eq!(Expression::read(text), None, "{text}");
        }
    }
}
