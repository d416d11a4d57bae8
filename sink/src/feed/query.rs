//! From the query of a URL to what it asks for; what is unknown or malformed is a problem that says
//! where and what would be right.

use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_schemas::severity_label;
use uuid::Uuid;

use super::cursor::{GroupCursor, StreamCursor};
use super::parameter::{
    ACTOR, BUCKETS, BY, COLLAPSE, COUNTRY, CURSOR, DISPOSITION, EVENT_TYPE, EXPORT, FILTER,
    GROUP_BUCKETS, GROUP_BY, GROUP_LIMIT, GROUPS, HISTOGRAM, INTEGRATION, IP, PAGE, POLICY,
    Parameter, REPEATS_OF, RULE, SEVERITY, STATUS, STREAM,
};
use crate::export::Format;
use crate::list::{Pairs, Place, Query};
use crate::search::Network;
use crate::store::{Buckets, FIELDS, Filter, GroupBy, GroupPlace};
use crate::triage::{Disposition, Status};

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
        let query = read(pairs, &PAGE)?;
        Ok(Self {
            filter: query.filter(now)?,
            after: query.after()?,
            limit: query.limit()?,
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
        let query = read(pairs, &GROUPS)?;
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
        let query = read(pairs, &EXPORT)?;
        Ok(Self {
            format: Format::of(&query)?,
            filter: query.filter(now)?,
        })
    }
}

impl HistogramQuery {
    pub(super) fn parse(pairs: &Pairs, now: Timestamp) -> Result<Self, Problem> {
        let query = read(pairs, &HISTOGRAM)?;
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
        let query = read(pairs, &STREAM)?;
        Ok(Self {
            filter: query.filter(now)?,
            after: query.last_event(header)?,
        })
    }
}

/// Reads a query that is a filter and nothing else.
pub(crate) fn filter(pairs: &Pairs, now: Timestamp) -> Result<Filter, Problem> {
    read(pairs, &[])?.filter(now)
}

/// Reads a query that takes a filter, and this.
fn read<'a>(pairs: &'a Pairs, besides: &[&'static Parameter]) -> Result<Query<'a>, Problem> {
    let known: Vec<_> = FILTER.iter().chain(besides).copied().collect();
    Query::of(pairs, &known)
}

impl Query<'_> {
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
        let (from, to) = self.times(now)?;
        let event = |text: &str| {
            let id = Uuid::parse_str(text.trim()).ok();
            id.ok_or_else(|| REPEATS_OF.malformed(1, &format!("{text:?} is no id of an event")))
        };
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
            from,
            to,
            query: self.typed(&FIELDS)?,
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
}
