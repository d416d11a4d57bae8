//! From the query of a URL to what it asks for; what is unknown or malformed is a problem that says
//! where and what would be right.

use jiff::Timestamp;
use nightlatch_chassis::config::Span;
use nightlatch_chassis::http::Problem;
use nightlatch_schemas::severity_label;
use uuid::Uuid;

use super::cursor::{GroupCursor, ListCursor, StreamCursor};
use super::parameter::{
    ACTOR, BUCKETS, BY, COLLAPSE, COUNTRY, CURSOR, DISPOSITION, EVENT_TYPE, EXPORT, FILTER, FROM,
    GROUP_BUCKETS, GROUP_BY, GROUP_LIMIT, GROUPS, HISTOGRAM, INTEGRATION, IP, LAST_EVENT_ID, LIMIT,
    PAGE, POLICY, Parameter, Q, REPEATS_OF, RULE, SEVERITY, STATUS, STREAM, TO, unknown,
};
use crate::export::Format;
use crate::search::{Network, SyntaxError, parse};
use crate::store::{Buckets, FIELDS, Filter, GroupBy, GroupPlace, Place};
use crate::triage::{Disposition, Status};

/// Values of one parameter.
const MAX_VALUES: usize = 50;

/// Names and values as they stand in a URL, decoded.
pub(crate) type Pairs = Vec<(String, String)>;

/// What the list is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct PageQuery {
    pub(super) filter: Filter,
    pub(super) after: Option<Place>,
    pub(super) limit: usize,
    pub(super) is_collapsed: bool,
}

/// What groups are asked for.
#[derive(Debug, PartialEq)]
pub(super) struct GroupQuery {
    pub(super) filter: Filter,
    pub(super) by: GroupBy,
    pub(super) buckets: Option<Buckets>,
    pub(super) after: Option<GroupPlace>,
    pub(super) limit: usize,
}

/// What a file is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct ExportQuery {
    pub(super) filter: Filter,
    pub(super) format: Format,
}

/// What the histogram is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct HistogramQuery {
    pub(super) filter: Filter,
    pub(super) buckets: u32,
}

/// What the stream is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct StreamQuery {
    pub(super) filter: Filter,
    pub(super) after: Option<StreamCursor>,
}

impl PageQuery {
    pub(super) fn parse(pairs: &Pairs, now: Timestamp) -> Result<Self, Problem> {
        let query = Query::new(pairs, &PAGE)?;
        let cursor = |text: &str| {
            let cursor = text
                .parse()
                .map_err(|()| CURSOR.malformed(1, "this is no cursor"));
            cursor.map(|ListCursor(place)| place)
        };
        let limit = LIMIT.number(query.text(&LIMIT))?;
        Ok(Self {
            filter: query.filter(now)?,
            after: query.text(&CURSOR).map(cursor).transpose()?,
            limit: usize::try_from(limit).unwrap_or_default(),
            is_collapsed: match query.text(&COLLAPSE) {
                None | Some("false") => false,
                Some("true") => true,
                Some(other) => {
                    return Err(COLLAPSE.malformed(1, &format!("{other:?} is neither")));
                }
            },
        })
    }
}

impl GroupQuery {
    pub(super) fn parse(pairs: &Pairs, now: Timestamp) -> Result<Self, Problem> {
        let query = Query::new(pairs, &GROUPS)?;
        let cursor = |text: &str| {
            let cursor = text
                .parse()
                .map_err(|()| CURSOR.malformed(1, "this is no cursor"));
            cursor.map(|GroupCursor(place)| place)
        };
        let by = query.text(&GROUP_BY).unwrap_or_default();
        let known = GroupBy::NAMES.into_iter().find(|(name, _)| *name == by);
        let problem = || GROUP_BY.malformed(1, &format!("{by:?} is nothing to group by"));
        let (_, by) = known.ok_or_else(problem)?;
        let filter = query.filter(now)?;
        let buckets = match query.text(&GROUP_BUCKETS) {
            None => None,
            text => Some(buckets(&filter, GROUP_BUCKETS.number(text)?, now)?),
        };
        let limit = GROUP_LIMIT.number(query.text(&GROUP_LIMIT))?;
        Ok(Self {
            filter,
            by,
            buckets,
            after: query.text(&CURSOR).map(cursor).transpose()?,
            limit: usize::try_from(limit).unwrap_or_default(),
        })
    }
}

/// Divides the time of a filter.
fn buckets(filter: &Filter, count: u32, now: Timestamp) -> Result<Buckets, Problem> {
    let to = filter.to.unwrap_or_else(|| now.as_millisecond());
    let span = filter.from.map(|from| (from, to.saturating_sub(from)));
    let Some((from, span)) = span.filter(|(_, span)| *span > 0) else {
        let why = "there is no time to divide: from must be given, and lie before to";
        return Err(GROUP_BUCKETS.malformed(1, why));
    };
    Ok(Buckets {
        from,
        step: (span - 1) / i64::from(count) + 1,
        count: usize::try_from(count).unwrap_or_default(),
    })
}

impl ExportQuery {
    pub(super) fn parse(pairs: &Pairs, now: Timestamp) -> Result<Self, Problem> {
        let query = Query::new(pairs, &EXPORT)?;
        Ok(Self {
            format: Format::of(&query)?,
            filter: query.filter(now)?,
        })
    }
}

impl HistogramQuery {
    pub(super) fn parse(pairs: &Pairs, now: Timestamp) -> Result<Self, Problem> {
        let query = Query::new(pairs, &HISTOGRAM)?;
        let buckets = BUCKETS.number(query.text(&BUCKETS))?;
        match query.text(&BY) {
            None | Some("severity") => Ok(Self {
                filter: query.filter(now)?,
                buckets,
            }),
            Some(other) => Err(BY.malformed(1, &format!("{other:?} is nothing to divide by"))),
        }
    }
}

impl StreamQuery {
    /// Reads the query; `header` is the one that browsers send when they come back.
    pub(super) fn parse(
        pairs: &Pairs,
        header: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let query = Query::new(pairs, &STREAM)?;
        let cursor = |text: &str| {
            let cursor = text.parse::<StreamCursor>();
            cursor.map_err(|position| {
                LAST_EVENT_ID.malformed(position, &format!("{text:?} is no id of this stream"))
            })
        };
        let after = header
            .or(query.text(&LAST_EVENT_ID))
            .map(cursor)
            .transpose()?;
        Ok(Self {
            filter: query.filter(now)?,
            after,
        })
    }
}

/// Reads a query that is a filter and nothing else.
pub(crate) fn filter(pairs: &Pairs, now: Timestamp) -> Result<Filter, Problem> {
    Query::new(pairs, &[])?.filter(now)
}

/// A query whose parameters are all known.
pub(crate) struct Query<'a> {
    pairs: &'a Pairs,
}

impl<'a> Query<'a> {
    fn new(pairs: &'a Pairs, besides: &[&'static Parameter]) -> Result<Self, Problem> {
        let known: Vec<_> = FILTER.iter().chain(besides).copied().collect();
        Self::of(pairs, &known)
    }

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

    fn filter(&self, now: Timestamp) -> Result<Filter, Problem> {
        let texts = |parameter| {
            self.values(parameter)
                .map(|value| value.trim().to_owned())
                .collect()
        };
        let network = |text| {
            let network = Network::parse(text);
            network.ok_or_else(|| IP.malformed(1, &format!("{text:?} is no address and no range")))
        };
        let time = |parameter: &Parameter| {
            let text = self.text(parameter);
            text.map(|text| time(parameter, text, now)).transpose()
        };
        let event = |text: &str| {
            let id = Uuid::parse_str(text.trim()).ok();
            id.ok_or_else(|| REPEATS_OF.malformed(1, &format!("{text:?} is no id of an event")))
        };
        let query = parse(self.text(&Q).unwrap_or_default(), &FIELDS);
        Ok(Filter {
            severities: self.severities()?,
            policies: texts(&POLICY),
            rules: texts(&RULE),
            actors: texts(&ACTOR),
            networks: self
                .values(&IP)
                .map(str::trim)
                .map(network)
                .collect::<Result<_, _>>()?,
            event_types: self
                .listed(&EVENT_TYPE)?
                .into_iter()
                .map(|(_, it)| it.to_owned())
                .collect(),
            integrations: texts(&INTEGRATION),
            countries: texts(&COUNTRY),
            statuses: self.named(&STATUS, Status::of_name)?,
            dispositions: self.named(&DISPOSITION, Disposition::of_name)?,
            repeats_of: self.text(&REPEATS_OF).map(event).transpose()?,
            from: time(&FROM)?,
            to: time(&TO)?,
            query: query.map_err(|error| misunderstood(&Q, &error))?,
        })
    }

    fn severities(&self) -> Result<Vec<u8>, Problem> {
        let mut severities = Vec::new();
        for (position, text) in self.listed(&SEVERITY)? {
            let is_wanted = |severity: &u8| {
                severity.to_string() == text || severity_label(*severity).eq_ignore_ascii_case(text)
            };
            let before = severities.len();
            severities.extend((0..=7).filter(is_wanted));
            if severities.len() == before {
                return Err(SEVERITY.malformed(position, &format!("{text:?} is no severity")));
            }
        }
        severities.sort_unstable();
        severities.dedup();
        Ok(severities)
    }

    /// Returns what the names between commas stand for.
    fn named<T>(
        &self,
        parameter: &Parameter,
        of_name: fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Problem> {
        let names = self.listed(parameter)?.into_iter();
        let read = |(position, name): (usize, &str)| {
            let it = of_name(&name.to_ascii_lowercase());
            let problem = format!("{name:?} is no {}", parameter.name);
            it.ok_or_else(|| parameter.malformed(position, &problem))
        };
        names.map(read).collect()
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
pub(crate) fn time(parameter: &Parameter, text: &str, now: Timestamp) -> Result<i64, Problem> {
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
