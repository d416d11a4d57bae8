//! Integrations as the API shows them. Nothing secret is among it.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::integration::desk::Desk;
use crate::integration::directory::{Entry, Origin};
use crate::integration::settings::{EventTypes, Hook, IntegrationSettings, Mode};
use crate::integration::status::{Seen, Status};
use crate::integration::store::Field;
use crate::integration::subscription::shown_address;
use crate::integration::trouble::Trouble;
use crate::reconcile::gap::Gap;
use crate::reconcile::standing::Standing;
use nightlatch_chassis::http::request::NOTHING_SET;

/// Okta's quota of an org:
/// <https://developer.okta.com/docs/concepts/event-hooks/#limits-for-event-hooks>.
const DAILY_QUOTA: u64 = 400_000;

/// An integration in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IntegrationSummary {
    /// A function of Okta's id of the org: the same after deleting it and connecting it anew.
    id: String,
    name: String,
    /// The org's domain.
    domain: String,
    /// Always `okta`.
    r#type: &'static str,
    /// `api`, or `file`: the configuration file owns it.
    origin: &'static str,
    /// Whether the API leaves it as it is.
    read_only: bool,
    status: Status,
    /// When the last event came, by the hook or the System Log.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_event: Option<Timestamp>,
    /// Events within the last 24 hours, to the hour.
    events_24h: u64,
    /// How many of them came by its event hook.
    hook_events_24h: u64,
    /// How many all event hooks of the org together may bring within a day.
    hook_events_daily_quota: u64,
    /// Events in each of the last 24 hours, oldest first; the last is the hour that runs.
    events_by_hour: Vec<u64>,
    /// The version of what is set of it, which is its entity tag; `none` of one of the file.
    revision: String,
}

/// An integration whole.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IntegrationDocument {
    #[serde(flatten)]
    summary: IntegrationSummary,
    /// Okta's id of the org.
    org_id: Option<String>,
    credentials: Option<CredentialsDocument>,
    hook: Option<HookDocument>,
    event_types: Option<EventTypesDocument>,
    /// How far the System Log is read; null before it was looked at.
    system_log: Option<SystemLogDocument>,
    /// From when on the System Log is read.
    #[schema(value_type = Option<String>, format = DateTime)]
    start: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    created: Option<Timestamp>,
    /// When somebody said that all of it is set up.
    #[schema(value_type = Option<String>, format = DateTime)]
    completed: Option<Timestamp>,
    /// Since when its events are not taken.
    #[schema(value_type = Option<String>, format = DateTime)]
    paused: Option<Timestamp>,
    /// The last change of what is set of it.
    changed: Option<ChangeDocument>,
    /// What could not be done along with the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Trouble>,
}

/// What Okta knows us by, without the secret.
#[derive(Debug, Serialize, ToSchema)]
struct CredentialsDocument {
    mode: Mode,
    client_id: Option<String>,
    key_id: Option<String>,
    /// When the secret was set.
    #[schema(value_type = String, format = DateTime)]
    set: Timestamp,
}

/// The event hook, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
struct HookDocument {
    /// Where Okta delivers, with all but the end of the key left out; null while `ingest.public_url`
    /// is not set.
    address: Option<String>,
    /// The header that carries the secret.
    header: String,
    /// Okta's id of it; null while there is none.
    okta_id: Option<String>,
    /// Whether it is switched on at Okta, as was seen last; null before it was looked at.
    active: Option<bool>,
    /// Whether Okta has verified it, as was seen last.
    verified: Option<bool>,
    /// When the last delivery came.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_delivery: Option<Timestamp>,
    /// The newest first.
    secrets: Vec<HookSecretDocument>,
}

/// A value that the header may have.
#[derive(Debug, Serialize, ToSchema)]
struct HookSecretDocument {
    /// `current`, `next` (Okta has yet to verify it) or `previous`.
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    set: Timestamp,
    /// When Okta verified the hook with it.
    #[schema(value_type = Option<String>, format = DateTime)]
    verified: Option<Timestamp>,
    /// When it opens no more.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// Which event types are wanted.
#[derive(Debug, Serialize, ToSchema)]
struct EventTypesDocument {
    /// `default`, `recommended`, or a list of names.
    chosen: EventTypes,
    /// Those that the event hook carries.
    hook: Vec<String>,
    /// Those that no event hook carries: they come by the System Log.
    system_log: Vec<String>,
}

/// How far the System Log is read, and what it tells of the connection.
#[derive(Debug, Serialize, ToSchema)]
struct SystemLogDocument {
    /// From when on it is read.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// All that Okta had written until then is taken; null until the end was reached once.
    #[schema(value_type = Option<String>, format = DateTime)]
    complete_to: Option<Timestamp>,
    /// How long ago that was, in seconds.
    lag_seconds: Option<f64>,
    /// When the last event was published that was read.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_to: Option<Timestamp>,
    /// How much is done, 0 to 1, of what is made up for: all of it before the end was reached once, then
    /// what was written during a stop, a pause or a rush. 1 while the end is reached with each look.
    progress: f64,
    /// From when on it is made up for; null while there is nothing to make up for.
    #[schema(value_type = Option<String>, format = DateTime)]
    catch_up_from: Option<Timestamp>,
    /// Why it can't be read.
    trouble: Option<Trouble>,
    /// How often Okta could not deliver within the last 24 hours, says the log.
    failed_deliveries_24h: usize,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_failed_delivery: Option<Timestamp>,
    /// When Okta last said that the org's quota of deliveries is nearly or quite used up.
    #[schema(value_type = Option<String>, format = DateTime)]
    quota_warning: Option<Timestamp>,
    /// Times that were not looked at when they were, and that were read afterwards; the newest first.
    gaps: Vec<GapDocument>,
}

/// A time in which nothing was read of the System Log: we did not run, were paused, or it was out of
/// reach. However much there is to read, reading it is no gap.
#[derive(Debug, Serialize, ToSchema)]
struct GapDocument {
    /// When something was read last before it.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// When something was read again.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// When all that Okta had written until then had been read; null while that is under way.
    #[schema(value_type = Option<String>, format = DateTime)]
    filled: Option<Timestamp>,
    /// How many events the System Log had of it; the hook may have brought some of them, too.
    events: u64,
}

impl GapDocument {
    fn of(gap: &Gap) -> Self {
        Self {
            from: gap.from,
            to: gap.to,
            filled: gap.filled,
            events: gap.events,
        }
    }
}

/// Who changed it, and when.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeDocument {
    who: String,
    #[schema(value_type = String, format = DateTime)]
    when: Timestamp,
}

impl IntegrationSummary {
    pub(super) fn of(desk: &Desk, entry: &Entry) -> Self {
        let tenure = entry.tenure();
        let types = desk.activity.of(&tenure);
        let seen = Seen::of(desk, entry, &types);
        let is_file = matches!(entry.origin, Origin::File);
        let revision = entry.set().map(|set| set.version.to_string());
        Self {
            id: entry.id.clone(),
            name: entry.name.clone(),
            domain: entry.domain.clone(),
            r#type: "okta",
            origin: if is_file { "file" } else { "api" },
            read_only: is_file,
            status: Status::of(entry, &seen, Timestamp::now()),
            last_event: seen.last_event,
            events_24h: types.values().map(|activity| activity.count).sum(),
            hook_events_24h: types.values().map(|activity| activity.hooked).sum(),
            hook_events_daily_quota: DAILY_QUOTA,
            events_by_hour: desk.activity.by_hour(&tenure),
            revision: revision.unwrap_or_else(|| NOTHING_SET.to_owned()),
        }
    }
}

impl IntegrationDocument {
    pub(super) fn of(desk: &Desk, entry: &Entry, problems: Vec<Trouble>) -> Self {
        let settings = entry.settings();
        let changed = entry.set().map(|set| ChangeDocument {
            who: set.who.clone(),
            when: set.when,
        });
        Self {
            summary: IntegrationSummary::of(desk, entry),
            org_id: settings.map(|set| set.org_id.clone()),
            credentials: settings.map(CredentialsDocument::of),
            hook: settings.map(|set| HookDocument::of(desk, entry, &set.hook)),
            event_types: settings.map(|set| EventTypesDocument::of(&set.event_types)),
            system_log: settings
                .and_then(|settings| desk.standings.of(&entry.id, settings))
                .map(SystemLogDocument::of),
            start: settings.map(|set| set.start),
            created: settings.map(|set| set.created),
            completed: settings.and_then(|set| set.completed),
            paused: settings.and_then(|set| set.paused),
            changed,
            problems,
        }
    }
}

impl CredentialsDocument {
    fn of(settings: &IntegrationSettings) -> Self {
        let credentials = &settings.credentials;
        Self {
            mode: credentials.mode,
            client_id: credentials.client_id.clone(),
            key_id: credentials.key_id.clone(),
            set: credentials.secret.set,
        }
    }
}

impl HookDocument {
    fn of(desk: &Desk, entry: &Entry, hook: &Hook) -> Self {
        let path_key = desk
            .directory
            .store()
            .unseal(&entry.id, Field::PathKey, &hook.path_key);
        let address = path_key.ok().filter(|_| !desk.public_url.is_empty());
        let is_rotating = hook.is_rotating();
        let secrets = hook.secrets.iter().enumerate().map(|(at, secret)| {
            let state = match (at, is_rotating) {
                (0, true) => "next",
                (0, false) | (1, true) => "current",
                _ => "previous",
            };
            HookSecretDocument {
                state,
                set: secret.secret.set,
                verified: secret.verified,
                until: secret.until,
            }
        });
        let seen = desk.observations.get(&entry.id);
        Self {
            address: address.map(|key| shown_address(&desk.public_url, &key)),
            header: hook.header.clone(),
            okta_id: hook.okta_id.clone(),
            active: seen.as_ref().and_then(|seen| seen.is_active),
            verified: seen.as_ref().and_then(|seen| seen.is_verified),
            last_delivery: desk.arrivals.last(&entry.tenure()),
            secrets: secrets.collect(),
        }
    }
}

impl SystemLogDocument {
    fn of(standing: Standing) -> Self {
        let now = Timestamp::now();
        let failures = standing.failures_of_the_day(now);
        Self {
            since: standing.since,
            complete_to: standing.complete_to,
            lag_seconds: standing.lag(now).map(|lag| lag.as_secs_f64()),
            read_to: standing.read_to,
            progress: standing.progress(now),
            catch_up_from: standing.catch_up.as_ref().map(|catch_up| catch_up.from),
            failed_deliveries_24h: failures.len(),
            last_failed_delivery: failures.last().copied(),
            quota_warning: standing.quota,
            gaps: standing.gaps.newest_first().map(GapDocument::of).collect(),
            trouble: standing.trouble.map(|(trouble, _)| trouble),
        }
    }
}

impl EventTypesDocument {
    fn of(chosen: &EventTypes) -> Self {
        Self {
            hook: chosen.by_hook(),
            system_log: chosen.by_system_log(),
            chosen: chosen.clone(),
        }
    }
}
