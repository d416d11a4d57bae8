//! An event of Okta as the API shows it: what the list needs, from the event's JSON as it came.

use nightlatch_schemas::topics::OKTA_EVENTS;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts::{Entity, Facts};
use super::read::Found;
use crate::feed::time_text;

/// An event of Okta.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityEvent {
    /// Okta's uuid of the event; of one without, a UUID made of its bytes.
    pub(crate) uuid: String,
    /// The id of the integration it came by.
    pub(crate) integration: String,
    /// The org's domain.
    pub(crate) org: String,
    /// How the copy that is kept came: `hook`, `poll` (the System Log), `import` or `test`.
    pub(crate) origin: String,
    /// When it was published; received, when that is not known.
    #[schema(format = DateTime)]
    pub(crate) occurred_at: String,
    /// When it was received.
    #[schema(format = DateTime)]
    pub(crate) received_at: String,
    /// Okta's event type.
    pub(crate) event_type: Option<String>,
    /// DEBUG, INFO, WARN or ERROR.
    pub(crate) severity: Option<String>,
    /// Okta's sentence about it.
    pub(crate) message: Option<String>,
    /// How it ended.
    pub(crate) outcome: Option<OutcomeDocument>,
    /// Who did it.
    pub(crate) actor: Option<EntityDocument>,
    /// To whom or what.
    pub(crate) targets: Vec<EntityDocument>,
    /// From where.
    pub(crate) client: ClientDocument,
    /// Okta's external session id.
    pub(crate) session: Option<String>,
    /// Okta's transaction id.
    pub(crate) transaction: Option<String>,
    /// Where the record stands on `okta.events`.
    pub(crate) position: PositionDocument,
}

/// An event with its JSON.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeActivityEvent {
    #[serde(flatten)]
    event: ActivityEvent,
    /// Okta's JSON, byte for byte.
    raw: String,
}

/// How something ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeDocument {
    result: Option<String>,
    reason: Option<String>,
}

/// A person, an app, a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntityDocument {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Okta's alternate id.
    login: Option<String>,
    name: Option<String>,
}

/// Where a request came from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientDocument {
    ip: Option<String>,
    country: Option<String>,
    state: Option<String>,
    city: Option<String>,
    user_agent: Option<String>,
    /// The device's name, else what kind of device it is.
    device: Option<String>,
    device_id: Option<String>,
    /// The number of the autonomous system.
    as_number: Option<i64>,
    as_org: Option<String>,
    is_proxy: Option<bool>,
}

/// A place on a topic.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PositionDocument {
    topic: &'static str,
    partition: i32,
    offset: i64,
}

impl ActivityEvent {
    /// The columns of a table of events.
    pub(super) const COLUMNS: [&'static str; 22] = [
        "occurred_at",
        "event_type",
        "severity",
        "outcome",
        "reason",
        "message",
        "actor_login",
        "actor_name",
        "actor_id",
        "targets",
        "ip",
        "country",
        "city",
        "as_number",
        "as_org",
        "device",
        "user_agent",
        "session",
        "transaction",
        "org",
        "origin",
        "uuid",
    ];

    /// Returns the values of the columns.
    pub(super) fn cells(&self) -> [String; 22] {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let outcome = self.outcome.as_ref();
        let actor = self.actor.as_ref();
        let targets = self.targets.iter().map(|target| {
            let known = [&target.login, &target.name, &target.id];
            text(known.into_iter().find(|it| it.is_some()).unwrap_or(&None))
        });
        let number = self.client.as_number.map(|number| number.to_string());
        [
            self.occurred_at.clone(),
            text(&self.event_type),
            text(&self.severity),
            outcome.map(|it| text(&it.result)).unwrap_or_default(),
            outcome.map(|it| text(&it.reason)).unwrap_or_default(),
            text(&self.message),
            actor.map(|it| text(&it.login)).unwrap_or_default(),
            actor.map(|it| text(&it.name)).unwrap_or_default(),
            actor.map(|it| text(&it.id)).unwrap_or_default(),
            targets.collect::<Vec<_>>().join("; "),
            text(&self.client.ip),
            text(&self.client.country),
            text(&self.client.city),
            number.unwrap_or_default(),
            text(&self.client.as_org),
            text(&self.client.device),
            text(&self.client.user_agent),
            text(&self.session),
            text(&self.transaction),
            self.org.clone(),
            self.origin.clone(),
            self.uuid.clone(),
        ]
    }
}

impl From<&Found> for ActivityEvent {
    fn from(found: &Found) -> Self {
        event(found)
    }
}

fn event(found: &Found) -> ActivityEvent {
    let facts = Facts::read(&found.raw);
    let has_outcome = facts.outcome.is_some() || facts.reason.is_some();
    ActivityEvent {
        uuid: uuid(found, &facts),
        integration: found.integration.clone(),
        org: found.org.clone(),
        origin: found.origin.clone(),
        occurred_at: time_text(found.place.occurred_at),
        received_at: time_text(found.received_at),
        event_type: found.event_type.clone(),
        severity: facts.severity,
        message: facts.message,
        outcome: has_outcome.then_some(OutcomeDocument {
            result: facts.outcome,
            reason: facts.reason,
        }),
        actor: facts.actor.map(entity),
        targets: facts.targets.into_iter().map(entity).collect(),
        client: ClientDocument {
            ip: facts.ip,
            country: facts.country,
            state: facts.state,
            city: facts.city,
            user_agent: facts.user_agent,
            device: facts.device,
            device_id: facts.device_id,
            as_number: facts.as_number,
            as_org: facts.as_org,
            is_proxy: facts.is_proxy,
        },
        session: facts.session,
        transaction: facts.transaction,
        position: PositionDocument {
            topic: OKTA_EVENTS,
            partition: found.partition,
            offset: found.offset,
        },
    }
}

/// Returns an event with its JSON.
pub(super) fn whole(found: Found) -> WholeActivityEvent {
    WholeActivityEvent {
        event: event(&found),
        raw: found.raw,
    }
}

/// Returns the uuid as the event has it; the one of its bytes when it has none.
fn uuid(found: &Found, facts: &Facts) -> String {
    let of_event = facts.uuid.clone();
    let is_it = |uuid: &String| super::row::event_id(uuid) == found.place.id;
    of_event
        .filter(is_it)
        .unwrap_or_else(|| found.place.id.to_string())
}

fn entity(entity: Entity) -> EntityDocument {
    EntityDocument {
        id: entity.id,
        kind: entity.kind,
        login: entity.login,
        name: entity.name,
    }
}
