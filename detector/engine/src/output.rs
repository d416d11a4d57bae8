//! The output of a rule: text with fields, such as `%okta.actor.name`, `%tolower(okta.app)` or, 20
//! wide, `%20okta.app`.
//!
//! A `%` is followed by the longest text that is a field or a transformer; what follows is text
//! again. An absent value prints as `<NA>`.

use std::borrow::Cow;

use crate::condition::ast::Span;
use crate::condition::check::{Finding, check_operand};
use crate::condition::operand::Source;
use crate::condition::parse::parse_operand;
use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::field::{Facts, Reference, ReferenceError, Value};

/// A longer output is cut, in bytes: the same value may be filled in many times.
const LONGEST: usize = 64 * 1024;
/// How long most outputs are at most, in bytes.
const USUAL_LENGTH: usize = 256;
/// The widest column that an output may ask for.
const MAX_WIDTH: usize = 4096;

/// An output, checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Value {
        source: Source,
        width: Option<usize>,
    },
}

impl Output {
    /// Reads an output; `None` when a finding is an error.
    pub(crate) fn read(
        text: &str,
        source: usize,
        dialect: &Dialect,
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        let mut output = Self::default();
        let mut whole = true;
        let mut at = text.len() - text.trim_start().len();
        let text = text.trim_end();
        while let Some(offset) = text.get(at..).and_then(|rest| rest.find('%')) {
            output.push_text(text.get(at..at + offset).unwrap_or_default());
            at += offset;
            let place = Place {
                text,
                source,
                dialect,
                percent: at,
            };
            match place.value(findings) {
                Ok((part, length)) => {
                    output.parts.push(part);
                    at += length;
                }
                Err(finding) => {
                    findings.push(finding);
                    whole = false;
                    at += 1;
                }
            }
        }
        output.push_text(text.get(at..).unwrap_or_default());
        whole.then_some(output)
    }

    fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.parts.push(Part::Text(text.to_owned()));
        }
    }

    /// Adds the fields that it names.
    pub(crate) fn references<'o>(&'o self, found: &mut Vec<&'o Reference>) {
        for part in &self.parts {
            if let Part::Value { source, .. } = part {
                source.references(found);
            }
        }
    }

    /// Fills in the values of an event. An output that is very long is cut, and ends in `…`.
    pub(crate) fn render(&self, facts: &Facts<'_>) -> String {
        let mut rendered = String::with_capacity(USUAL_LENGTH);
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Value { source, width } => {
                    let value = source.get(facts).map_or(Cow::Borrowed("<NA>"), print);
                    match width {
                        Some(width) => rendered.extend(padded(&value, *width)),
                        None => rendered.push_str(&value),
                    }
                }
            }
            if rendered.len() > LONGEST {
                rendered.truncate(rendered.floor_char_boundary(LONGEST));
                rendered.push('…');
                break;
            }
        }
        rendered
    }
}

/// Where a `%` stands.
struct Place<'t> {
    text: &'t str,
    source: usize,
    dialect: &'t Dialect,
    percent: usize,
}

impl Place<'_> {
    /// Reads what follows the `%`; returns it with its length, the `%` included.
    fn value(&self, findings: &mut Vec<Finding>) -> Result<(Part, usize), Finding> {
        let after = self.percent + 1;
        let rest = self.text.get(after..).unwrap_or_default();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let width = rest
            .get(..digits)
            .filter(|width| !width.is_empty())
            .map(str::parse::<usize>);
        let width = match width {
            None => None,
            Some(Ok(width)) if width <= MAX_WIDTH => Some(width),
            Some(_) => {
                let finding = Finding::new(Code::Output, self.span(after, digits), "too wide");
                return Err(finding.help(format!("{MAX_WIDTH} characters is the most")));
            }
        };
        let (operand, source, start) = (
            rest.get(digits..).unwrap_or_default(),
            self.source,
            after + digits,
        );
        match longest(operand, source, self.dialect) {
            Some((value, length)) => {
                self.warn_of_rest(operand, start, length, findings);
                self.warn_of_field(operand, start, length, findings);
                Ok((
                    Part::Value {
                        source: value,
                        width,
                    },
                    1 + digits + length,
                ))
            }
            None => Err(self.explain(operand, start)),
        }
    }

    /// Tells what is to be told of the field itself.
    fn warn_of_field(
        &self,
        operand: &str,
        start: usize,
        length: usize,
        findings: &mut Vec<Finding>,
    ) {
        let text = operand.get(..length).unwrap_or_default();
        let mut told = Vec::new();
        if let Ok((parsed, _)) = parse_operand(text, self.source) {
            check_operand(&parsed, self.dialect, &mut told);
        }
        findings.extend(told.into_iter().map(|mut finding| {
            finding.span.start += start;
            finding.span.end += start;
            finding
        }));
    }

    /// Warns when a field's name goes on after the field.
    fn warn_of_rest(
        &self,
        operand: &str,
        start: usize,
        length: usize,
        findings: &mut Vec<Finding>,
    ) {
        let rest = operand.get(length..).unwrap_or_default();
        let mut next = rest.chars();
        let goes_on = match next.next() {
            Some('.') => next.next().is_some_and(|c| c.is_ascii_alphabetic()),
            Some('[' | '_') => true,
            Some(c) => c.is_ascii_alphanumeric(),
            None => false,
        };
        if goes_on {
            let field = operand.get(..length).unwrap_or_default();
            let message = format!("only `{field}` is filled in here, what follows is text");
            let finding = Finding::new(Code::ShortField, self.span(start, length), message);
            let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
            let word = operand.split(ends).next().unwrap_or_default();
            findings.push(
                match Reference::find(self.dialect, word.trim_end_matches('.'), None) {
                    Err(ReferenceError::Unknown(similar)) if !similar.is_empty() => {
                        finding.help(format!("did you mean `%{}`?", similar.join("` or `%")))
                    }
                    _ => finding,
                },
            );
        }
    }

    /// Says why no field stands here.
    fn explain(&self, operand: &str, start: usize) -> Finding {
        let mut findings = Vec::new();
        if let Ok((parsed, _)) = parse_operand(operand, self.source) {
            check_operand(&parsed, self.dialect, &mut findings);
        }
        let shift = |mut finding: Finding| {
            finding.span.start += start;
            finding.span.end += start;
            finding.code = Code::Output;
            finding
        };
        let first = findings
            .into_iter()
            .find(|f| f.code.severity() == crate::Severity::Error);
        first.map_or_else(
            || {
                let span = self.span(self.percent, 1);
                let message = "expected a field after `%`";
                let help = "write a field, such as %okta.actor.name; a percent sign alone cannot be printed";
                Finding::new(Code::Output, span, message).help(help)
            },
            shift,
        )
    }

    fn span(&self, start: usize, length: usize) -> Span {
        Span {
            text: self.source,
            start,
            end: start + length,
        }
    }
}

/// The longest start of a text that is a valid field or transformer, with its length.
fn longest(text: &str, source: usize, dialect: &Dialect) -> Option<(Source, usize)> {
    let (_, whole) = parse_operand(text, source).ok().or_else(|| {
        // A bracket that is no argument: the field before it counts.
        let length = text.find('[')?;
        parse_operand(text.get(..length)?, source).ok()
    })?;
    let mut ends: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|at| *at < whole)
        .collect();
    ends.push(whole);
    ends.into_iter().rev().find_map(|end| {
        let (operand, length) = parse_operand(text.get(..end)?, source).ok()?;
        if length != end {
            return None;
        }
        check_operand(&operand, dialect, &mut Vec::new()).map(|checked| (checked, end))
    })
}

fn print(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Text(Cow::Borrowed(text)) => String::from_utf8_lossy(text),
        Value::Text(Cow::Owned(text)) => Cow::Owned(String::from_utf8_lossy(&text).into_owned()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Boolean(boolean) => Cow::Owned(boolean.to_string()),
        Value::Address(address) => Cow::Owned(address.to_string()),
        Value::List(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| String::from_utf8_lossy(item))
                .collect();
            Cow::Owned(format!("({})", items.join(",")))
        }
    }
}

/// A text of exactly this many characters.
fn padded(text: &str, width: usize) -> impl Iterator<Item = char> {
    text.chars().chain(std::iter::repeat(' ')).take(width)
}
