//! The parameters of the activity's addresses, in addition to those of the feed that mean the same.

use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use super::field::named;
use crate::feed::parameter::{
    ACTOR, BUCKETS, COUNTRY, CURSOR, EVENT_TYPE, FORMAT, FROM, INTEGRATION, IP, Kind,
    LAST_EVENT_ID, LIMIT, Parameter, TO, parameters,
};
use crate::search::Field;

parameters! {
    /// By target.
    TARGET = "target", Kind::Several, "Only events that this target was part of.",
        "an Okta login, name (in any case) or id", "bob@acme.com";
    /// By actor or target.
    USER = "user", Kind::Several, "Only events that this user caused or was the target of.",
        "an Okta login (in any case) or id", "ann@acme.com";
    /// By autonomous system.
    ASN = "asn", Kind::Several, "Only events of clients in this autonomous system.",
        "its number", "2119";
    /// By session.
    SESSION = "session", Kind::Several, "Only events of this session.",
        "Okta's external session id", "102V2ZNpmo8SmOZWQbgDjHtgA";
    /// By transaction.
    TRANSACTION = "transaction", Kind::Several, "Only events of this transaction.",
        "Okta's transaction id", "XtBL8HCyzfX1yC";
    /// By device.
    DEVICE = "device", Kind::Several, "Only events of this device.",
        "a device's name or Okta id", "guo4a5u7YAHhjXrMK0g4";
    /// By outcome.
    OUTCOME = "outcome", Kind::Several, "Only events that ended so.",
        "SUCCESS, FAILURE, SKIPPED, ALLOW, DENY, CHALLENGE, UNKNOWN", "FAILURE";
    /// By Okta's severity.
    SEVERITY = "severity", Kind::Several, "Only events of this severity.",
        "DEBUG, INFO, WARN, ERROR", "WARN";
    /// By how it came.
    ORIGIN = "origin", Kind::Several, "Only events whose kept copy came this way.",
        "hook, poll, import, test", "poll";
    /// Free text.
    Q = "q", Kind::Text,
        "Only events that the search box finds. Words stand in any value of Okta's event; e-mails, \
         addresses and dotted names are found whole and by each part. Fields are event_type, actor, target, \
         user (actor or target), ip, country, asn, session, transaction, device, outcome, severity, origin, \
         integration, org and id; their values are compared in any case.",
        "words (all must be found), word* for any ending, \"a phrase\", -word to leave out, field:value, \
         field:(a OR b), ip:203.0.113.0/24, and OR between terms and parentheses",
        "user:ann@acme.com outcome:FAILURE -country:Norway";
    /// What buckets are divided by.
    BY = "by", Kind::Text, "What the counts of a bucket are divided by.",
        "severity (of Okta) or outcome", "outcome";
}

/// What events are filtered by: each is named as its field.
static BY_FIELD: [&Parameter; 14] = [
    &EVENT_TYPE,
    &ACTOR,
    &TARGET,
    &USER,
    &IP,
    &COUNTRY,
    &ASN,
    &SESSION,
    &TRANSACTION,
    &DEVICE,
    &OUTCOME,
    &SEVERITY,
    &ORIGIN,
    &INTEGRATION,
];
/// What every address with a filter takes besides.
static FILTER: [&Parameter; 3] = [&FROM, &TO, &Q];
/// What the list takes besides.
pub(super) static PAGE: [&Parameter; 2] = [&LIMIT, &CURSOR];
/// What the histogram takes besides.
pub(super) static HISTOGRAM: [&Parameter; 2] = [&BUCKETS, &BY];
/// What an export takes besides.
pub(super) static EXPORT: [&Parameter; 1] = [&FORMAT];
/// What the stream takes besides.
pub(super) static STREAM: [&Parameter; 1] = [&LAST_EVENT_ID];

/// Returns all that an address with a filter takes, and this.
pub(super) fn with(besides: &[&'static Parameter]) -> Vec<&'static Parameter> {
    let all = BY_FIELD.iter().chain(&FILTER).chain(besides);
    all.copied().collect()
}

/// Returns the parameters that events are filtered by, with their fields.
pub(super) fn by_field() -> impl Iterator<Item = (&'static Parameter, &'static Field)> {
    let field = |parameter: &&'static Parameter| Some((*parameter, named(parameter.name)?));
    BY_FIELD.iter().filter_map(field)
}

/// Documents the parameters of an address.
macro_rules! documented {
    ($(#[$doc:meta] $kind:ident: $list:expr;)*) => {
        $(
            #[$doc]
            pub(super) struct $kind;

            impl IntoParams for $kind {
                fn into_params(
                    _: impl Fn() -> Option<ParameterIn>,
                ) -> Vec<utoipa::openapi::path::Parameter> {
                    with($list).into_iter().map(Parameter::document).collect()
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
    /// Of the facets.
    FilterParameters: &[];
    /// Of an export.
    ExportParameters: &EXPORT;
    /// Of the stream.
    StreamParameters: &STREAM;
}
