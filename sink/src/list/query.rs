//! The query of a URL, and what every list of events is asked for: times, pages, a place in the stream.
//! What is unknown or malformed is a problem that says where and what would be right.

use jiff::Timestamp;
use nightlatch_chassis::config::Span;
use nightlatch_chassis::http::Problem;

use super::place::Place;
use crate::feed::cursor::{ListCursor, StreamCursor};
use crate::feed::parameter::{CURSOR, FROM, LAST_EVENT_ID, LIMIT, Parameter, Q, TO, unknown};
use crate::search::{Expression, Field, SyntaxError, parse};

/// Values of one parameter.
const MAX_VALUES: usize = 50;

/// Names and values as they stand in a URL, decoded.
pub(crate) type Pairs = Vec<(String, String)>;

/// A query whose parameters are all known.
pub(crate) struct Query<'a> {
    pairs: &'a Pairs,
}

impl<'a> Query<'a> {
    /// Reads the query of an address that takes these parameters.
    pub(crate) fn of(pairs: &'a Pairs, known: &[&'static Parameter]) -> Result<Self, Problem> {
        for (at, (name, value)) in pairs.iter().enumerate() {
            let parameter = known.iter().find(|parameter| parameter.name == name);
            let parameter = parameter.ok_or_else(|| unknown(name, known))?;
            let before = pairs
                .iter()
                .take(at)
                .filter(|(other, _)| other == name)
                .count();
            if before > 0 && !parameter.is_repeatable() {
                return Err(parameter.malformed(1, "it is given more than once"));
            }
            if before == MAX_VALUES {
                return Err(
                    parameter.malformed(1, &format!("it has more than {MAX_VALUES} values"))
                );
            }
            if value.trim().is_empty() && parameter.name != Q.name {
                return Err(parameter.malformed(1, "it has no value"));
            }
        }
        Ok(Self { pairs })
    }

    /// Returns the values of a parameter.
    pub(crate) fn values(&self, parameter: &Parameter) -> impl Iterator<Item = &'a str> {
        let of_name = self.pairs.iter().filter(|(name, _)| name == parameter.name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// Returns the value of a parameter.
    pub(crate) fn text(&self, parameter: &Parameter) -> Option<&'a str> {
        self.values(parameter).next()
    }

    /// Returns the elements between commas, each with the character it begins at.
    pub(crate) fn listed(&self, parameter: &Parameter) -> Result<Vec<(usize, &'a str)>, Problem> {
        let mut elements = Vec::new();
        for value in self.values(parameter) {
            let mut position = 1;
            for element in value.split(',') {
                if element.trim().is_empty() {
                    return Err(parameter.malformed(position, "a value is missing between commas"));
                }
                elements.push((position, element.trim()));
                position += element.chars().count() + 1;
            }
        }
        if elements.len() > MAX_VALUES {
            return Err(parameter.malformed(1, &format!("it has more than {MAX_VALUES} values")));
        }
        Ok(elements)
    }

    /// Returns the times `from` and `to`, in milliseconds since 1970.
    pub(crate) fn times(&self, now: Timestamp) -> Result<(Option<i64>, Option<i64>), Problem> {
        let read = |parameter: &Parameter| {
            let text = self.text(parameter);
            text.map(|text| time(parameter, text, now)).transpose()
        };
        Ok((read(&FROM)?, read(&TO)?))
    }

    /// Returns what the search box says.
    pub(crate) fn typed(&self, fields: &'static [Field]) -> Result<Option<Expression>, Problem> {
        let typed = parse(self.text(&Q).unwrap_or_default(), fields);
        typed.map_err(|error| misunderstood(&Q, &error))
    }

    /// Returns how many rows are wanted.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let limit = LIMIT.number(self.text(&LIMIT))?;
        Ok(usize::try_from(limit).unwrap_or_default())
    }

    /// Returns the place in the list after which it goes on.
    pub(crate) fn after(&self) -> Result<Option<Place>, Problem> {
        let read = |text: &str| {
            let cursor = text.parse();
            let cursor = cursor.map_err(|()| CURSOR.malformed(1, "this is no cursor"));
            cursor.map(|ListCursor(place)| place)
        };
        self.text(&CURSOR).map(read).transpose()
    }

    /// Returns the place in the stream after which it goes on; `header` is the one that browsers send
    /// when they come back.
    pub(crate) fn last_event(&self, header: Option<&str>) -> Result<Option<StreamCursor>, Problem> {
        let read = |text: &str| {
            let cursor = text.parse::<StreamCursor>();
            cursor.map_err(|position| {
                LAST_EVENT_ID.malformed(position, &format!("{text:?} is no id of this stream"))
            })
        };
        let last = header.or(self.text(&LAST_EVENT_ID));
        last.map(read).transpose()
    }
}

/// The problem that the search box says nothing that we understand.
pub(crate) fn misunderstood(q: &Parameter, error: &SyntaxError) -> Problem {
    let problem = q.malformed(error.position, &error.problem);
    let problem = problem.with("length", error.length);
    match &error.suggestion {
        Some(suggestion) => problem.with("suggestion", suggestion.as_str()),
        None => problem,
    }
}

/// Reads a time, in milliseconds since 1970.
fn time(parameter: &Parameter, text: &str, now: Timestamp) -> Result<i64, Problem> {
    let text = text.trim();
    let time = match text.strip_prefix('-') {
        _ if text == "now" => Some(now),
        Some(ago) => ago
            .parse::<Span>()
            .ok()
            .and_then(|ago| now.checked_sub(ago.duration()).ok()),
        None => text.parse().ok(),
    };
    let time = time.ok_or_else(|| parameter.malformed(1, &format!("{text:?} is no time")))?;
    Ok(time.as_millisecond())
}
