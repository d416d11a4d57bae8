//! What is seen around a user or an address, as the API tells it.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::activity::{ActivityEvent, Around, Seen, Surroundings};
use crate::feed::time_text;
use crate::list::FacetValue;
use crate::store::Facets;

/// How many values of a kind are told of: those that were seen last.
const MAX_VALUES: usize = 50;

/// What is seen around a user or an address.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntitySummary {
    /// `user` or `ip`.
    kind: &'static str,
    /// As it was asked for.
    value: String,
    /// Of a user who did something themselves: their Okta id, login (in lower case) and name.
    id: Option<String>,
    login: Option<String>,
    name: Option<String>,
    /// When the first of the events occurred.
    #[schema(format = DateTime)]
    first_seen: Option<String>,
    /// When the last of them occurred.
    #[schema(format = DateTime)]
    last_seen: Option<String>,
    /// How many of Okta's events were looked at: the newest ones, 50,000 at most.
    events: u64,
    /// Whether those are all there are.
    is_complete: bool,
    /// How many detections there are.
    detections: u64,
    /// Detections by severity.
    severities: Vec<FacetValue>,
    /// Detections by rule.
    rules: Vec<FacetValue>,
    event_types: Vec<SeenDocument>,
    countries: Vec<SeenDocument>,
    /// Autonomous systems by number, with their names.
    systems: Vec<SeenDocument>,
    /// Addresses: of a user, where they came from.
    ips: Vec<SeenDocument>,
    /// Logins: of an address, who came from there.
    users: Vec<SeenDocument>,
    /// Okta's external session ids.
    sessions: Vec<SeenDocument>,
    devices: Vec<SeenDocument>,
    /// The newest changes of MFA factors, newest first.
    factor_changes: Vec<ActivityEvent>,
}

/// A value and when it was seen.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeenDocument {
    value: String,
    /// What people call it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// In how many events.
    count: u64,
    /// When the first of them occurred.
    #[schema(format = DateTime)]
    first_seen: String,
    /// When the last of them occurred.
    #[schema(format = DateTime)]
    last_seen: String,
}

/// Puts a summary together.
pub(super) fn summary(
    kind: &'static str,
    value: String,
    mut found: Surroundings,
    mut detections: Facets,
    factor_changes: Vec<ActivityEvent>,
) -> EntitySummary {
    let [id, login, name] = found.user.take().unwrap_or_default();
    let mut of = |around| seen(found.seen.remove(&around).unwrap_or_default());
    let mut facet = |name| detections.top.remove(name).unwrap_or_default();
    EntitySummary {
        kind,
        value,
        id,
        login,
        name,
        first_seen: found.times.map(|(first, _)| time_text(first)),
        last_seen: found.times.map(|(_, last)| time_text(last)),
        events: found.counted,
        is_complete: found.is_complete,
        detections: detections.total,
        severities: facet("severity"),
        rules: facet("rule"),
        event_types: of(Around::EventType),
        countries: of(Around::Country),
        systems: of(Around::System),
        ips: of(Around::Ip),
        users: of(Around::User),
        sessions: of(Around::Session),
        devices: of(Around::Device),
        factor_changes,
    }
}

/// Returns the values that were seen last; equal ones by name.
fn seen(values: HashMap<String, Seen>) -> Vec<SeenDocument> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(|(a, of_a), (b, of_b)| of_b.last.cmp(&of_a.last).then_with(|| a.cmp(b)));
    values.truncate(MAX_VALUES);
    let document = |(value, seen): (String, Seen)| SeenDocument {
        value,
        label: seen.label,
        count: seen.count,
        first_seen: time_text(seen.first),
        last_seen: time_text(seen.last),
    };
    values.into_iter().map(document).collect()
}
