//! The parameters of the feed's addresses, each declared once: what reads them, what refuses them
//! and what documents them looks here.

use axum::http::StatusCode;
use nightlatch_chassis::http::Problem;
use utoipa::IntoParams;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, Required};

/// A parameter that is this close to a known one was probably meant to be that one.
const MAX_TYPOS: usize = 2;

/// A parameter of the query.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// What it does, a sentence.
    about: &'static str,
    /// What it takes, for people.
    accepts: &'static str,
    example: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Can be given several times: any of its values will do.
    Several,
    Text,
    Number {
        least: u32,
        most: u32,
        default: u32,
    },
}

/// Declares parameters.
macro_rules! parameters {
    ($(#[$doc:meta] $constant:ident = $name:literal, $kind:expr, $about:literal, $accepts:literal, $example:literal;)*) => {
        $(
            #[$doc]
            pub(crate) static $constant: $crate::feed::parameter::Parameter =
                $crate::feed::parameter::Parameter::new($name, $kind, $about, $accepts, $example);
        )*
    };
}

pub(crate) use parameters;

parameters! {
    /// By severity.
    SEVERITY = "severity", Kind::Several, "Only events of these severities.",
        "High, Medium, Low, Info or 0 to 7; several between commas", "High,Medium";
    /// By policy.
    POLICY = "policy", Kind::Several, "Only events of this policy.",
        "a policy's id or name", "okta-threat-detection";
    /// By rule.
    RULE = "rule", Kind::Several, "Only events of this rule.",
        "a rule's name", "All MFA factors reset";
    /// By actor.
    ACTOR = "actor", Kind::Several, "Only events that this actor caused.",
        "an Okta login (in any case) or id", "ann@acme.com";
    /// By address.
    IP = "ip", Kind::Several, "Only events of clients at this address.",
        "an IPv4 or IPv6 address or a CIDR range", "203.0.113.0/24";
    /// By event type.
    EVENT_TYPE = "event_type", Kind::Several, "Only events of these types.",
        "Okta's event types; several between commas", "user.mfa.factor.reset_all";
    /// By integration.
    INTEGRATION = "integration", Kind::Several, "Only events of this integration.",
        "an integration's id or its org's domain", "acme.okta.com";
    /// By country.
    COUNTRY = "country", Kind::Several, "Only events of clients in this country.",
        "a country as Okta names it", "Norway";
    /// By status.
    STATUS = "status", Kind::Several, "Only events that stand there.",
        "open, acknowledged or resolved; several between commas", "open,acknowledged";
    /// By disposition.
    DISPOSITION = "disposition", Kind::Several, "Only events that were resolved so.",
        "true_positive, false_positive, benign, duplicate or inconclusive; several between commas",
        "true_positive";
    /// By episode.
    REPEATS_OF = "repeats_of", Kind::Text,
        "Only this event and those that are one row with it when the list is collapsed.",
        "an event's id", "5d0e6f6c-53c1-5be2-8a7d-0f4f5c1d2e22";
    /// From when on.
    FROM = "from", Kind::Text, "Only events that occurred then or later.",
        "an RFC 3339 time (its + written as %2B), now, or a time ago such as -24h or -7d", "-24h";
    /// Until when.
    TO = "to", Kind::Text, "Only events that occurred before.",
        "an RFC 3339 time (its + written as %2B), now, or a time ago such as -24h or -7d",
        "2026-06-01T00:00:00Z";
    /// The search box.
    Q = "q", Kind::Text,
        "Only events that the search box finds. Words stand in policy, rule, source, integration, output \
         or any value of Okta's event; e-mails, addresses and dotted names are found whole and by each \
         part. Fields are severity, policy, rule, actor, ip, event_type, integration, org, country, tag, \
         attack, asn, target, outcome, id, status, disposition and assignee; their values are compared in any case. severity>=high finds \
         what is as grave or graver (0 is the gravest).",
        "words (all must be found), word* for any ending, \"a phrase\", -word to leave out, field:value, \
         field:(a OR b), severity>=high, ip:203.0.113.0/24, and OR between terms and parentheses",
        "ann@acme.com severity>=medium -ip:203.0.113.0/24";
    /// How many.
    LIMIT = "limit", Kind::Number { least: 1, most: 200, default: 50 },
        "How many events to return at most.", "a whole number from 1 to 200", "50";
    /// Where to go on.
    CURSOR = "cursor", Kind::Text, "Goes on after the page that returned it.",
        "next_cursor of an earlier page, unchanged", "0000019e6f0d0a005d0e6f6c53c15be28a7d0f4f5c1d2e22";
    /// Repeats as one row.
    COLLAPSE = "collapse", Kind::Text,
        "Makes repeats of one thing (one dedup key in one org, within an hour of the first) one row: the \
         newest that the filter lets through, with how many there are.",
        "true or false", "true";
    /// What a file is written in.
    FORMAT = "format", Kind::Text, "What the file is written in; it must be given.",
        "csv or ndjson", "csv";
    /// What groups have in common.
    GROUP_BY = "by", Kind::Text, "What the events of a group have in common; it must be given.",
        "policy, rule, actor, ip or country", "rule";
    /// Buckets of groups.
    GROUP_BUCKETS = "buckets", Kind::Number { least: 1, most: 500, default: 7 },
        "Counts the events of each group in so many buckets of equal width between from, which must be \
         given then, and to, or now. Without it there are none.", "a whole number from 1 to 500", "7";
    /// How many groups.
    GROUP_LIMIT = "limit", Kind::Number { least: 1, most: 1000, default: 50 },
        "How many groups to return at most.", "a whole number from 1 to 1000", "50";
    /// How many buckets.
    BUCKETS = "buckets", Kind::Number { least: 1, most: 500, default: 60 },
        "How many buckets of equal width to count in at most.", "a whole number from 1 to 500", "60";
    /// What buckets are divided by.
    BY = "by", Kind::Text, "What the counts of a bucket are divided by.", "severity", "severity";
    /// Where to go on in the stream.
    LAST_EVENT_ID = "last_event_id", Kind::Text,
        "Goes on after the event of this id, as the header Last-Event-ID does, which goes first. \
         Without either the stream begins now.",
        "the id of an event of the stream: the last offset seen for each partition", "0:123,1:45";
}

/// What every address with a filter takes.
pub(crate) static FILTER: [&Parameter; 14] = [
    &SEVERITY,
    &POLICY,
    &RULE,
    &ACTOR,
    &IP,
    &EVENT_TYPE,
    &INTEGRATION,
    &COUNTRY,
    &STATUS,
    &DISPOSITION,
    &REPEATS_OF,
    &FROM,
    &TO,
    &Q,
];
/// What the list takes besides.
pub(crate) static PAGE: [&Parameter; 3] = [&COLLAPSE, &LIMIT, &CURSOR];
/// What the histogram takes besides.
pub(crate) static HISTOGRAM: [&Parameter; 2] = [&BUCKETS, &BY];
/// What groups take besides.
pub(crate) static GROUPS: [&Parameter; 4] = [&GROUP_BY, &GROUP_BUCKETS, &GROUP_LIMIT, &CURSOR];
/// What an export takes besides.
pub(crate) static EXPORT: [&Parameter; 1] = [&FORMAT];
/// What the stream takes besides.
pub(crate) static STREAM: [&Parameter; 1] = [&LAST_EVENT_ID];

impl Parameter {
    pub(crate) const fn new(
        name: &'static str,
        kind: Kind,
        about: &'static str,
        accepts: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            name,
            about,
            accepts,
            example,
            kind,
        }
    }

    /// The problem that a value of it is not understood, from a character (counted from 1) on.
    pub(crate) fn malformed(&self, position: usize, why: &str) -> Problem {
        let Self { name, accepts, .. } = self;
        let detail = format!("{name}: {why}; it takes {accepts}");
        Problem::new(StatusCode::BAD_REQUEST, detail)
            .of_type("malformed-parameter", "Malformed parameter")
            .with("parameter", *name)
            .with("position", position)
            .with("accepted", *accepts)
    }

    /// Reads a number within its bounds; its default when there is no text.
    pub(crate) fn number(&self, text: Option<&str>) -> Result<u32, Problem> {
        let (least, most, default) = match self.kind {
            Kind::Number {
                least,
                most,
                default,
            } => (least, most, default),
            Kind::Several | Kind::Text => (0, u32::MAX, 0),
        };
        let Some(text) = text else { return Ok(default) };
        let number = text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.malformed(1, &format!("{text:?} is not such a number")))
    }

    /// Whether it may be given more than once.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.kind == Kind::Several
    }

    fn schema(&self) -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        match self.kind {
            Kind::Several => ArrayBuilder::new().items(text()).into(),
            Kind::Text => text().into(),
            Kind::Number {
                least,
                most,
                default,
            } => ObjectBuilder::new()
                .schema_type(SchemaType::new(Type::Integer))
                .minimum(Some(least))
                .maximum(Some(most))
                .default(Some(default.into()))
                .into(),
        }
    }

    /// Documents it.
    pub(crate) fn document(&self) -> utoipa::openapi::path::Parameter {
        let Self {
            name,
            about,
            accepts,
            example,
            ..
        } = self;
        let several = if self.is_repeatable() {
            " Given several times: any of the values."
        } else {
            ""
        };
        ParameterBuilder::new()
            .name(*name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(format!("{about} Takes {accepts}.{several}")))
            .schema(Some(self.schema()))
            .example(Some(match self.kind {
                Kind::Several => vec![*example].into(),
                Kind::Text => (*example).into(),
                Kind::Number { default, .. } => default.into(),
            }))
            .build()
    }
}

/// The problem that an address does not take a parameter.
pub(crate) fn unknown(name: &str, known: &[&'static Parameter]) -> Problem {
    let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
    let distance = |known: &&str| strsim::damerau_levenshtein(known, name);
    let close = names
        .iter()
        .copied()
        .filter(|known| distance(known) <= MAX_TYPOS);
    let meant = close.min_by_key(|known| distance(known));
    let hint = meant
        .map(|meant| format!("; did you mean {meant}?"))
        .unwrap_or_default();
    let detail = format!(
        "{name:?} is no parameter of this address{hint} (it takes {})",
        names.join(", ")
    );
    Problem::new(StatusCode::BAD_REQUEST, detail)
        .of_type("unknown-parameter", "Unknown parameter")
        .with("parameter", name)
        .with("accepted", names)
}

/// Documents the parameters of an address.
macro_rules! documented {
    ($(#[$doc:meta] $kind:ident: $list:expr;)*) => {
        $(
            #[$doc]
            pub(crate) struct $kind;

            impl IntoParams for $kind {
                fn into_params(
                    _: impl Fn() -> Option<ParameterIn>,
                ) -> Vec<utoipa::openapi::path::Parameter> {
                    FILTER.iter().chain($list).map(|parameter| parameter.document()).collect()
                }
            }
        )*
    };
}

documented! {
    /// Of the list.
    PageParameters: &PAGE;
    /// Of the histogram.
    HistogramParameters: &HISTOGRAM;
    /// Of exports.
    ExportParameters: &EXPORT;
    /// Of groups.
    GroupParameters: &GROUPS;
    /// Of the facets.
    FilterParameters: &[];
    /// Of the stream.
    StreamParameters: &STREAM;
}
