//! A runtime event as the cells of a line of CSV.

use crate::store::Found;

use super::json::time_text;

/// The names of the columns.
pub(super) const COLUMNS: [&str; 26] = [
    "id",
    "occurred_at",
    "severity",
    "policy",
    "rule",
    "attack",
    "output",
    "org",
    "event_type",
    "event_uuid",
    "actor",
    "actor_name",
    "targets",
    "ip",
    "country",
    "city",
    "asn",
    "user_agent",
    "outcome",
    "reason",
    "status",
    "disposition",
    "assignee",
    "note",
    "triaged_by",
    "triaged_at",
];

/// Returns the cells of an event, one for each column.
pub(super) fn cells(found: &Found) -> Vec<String> {
    let event = &found.event;
    let (actor, client) = (event.actor.as_ref(), event.client.as_ref());
    let (outcome, cause) = (event.outcome.as_ref(), event.event.as_ref());
    let name_of = |entity: &nightlatch_schemas::Entity| {
        let names = [&entity.login, &entity.name, &entity.id];
        names.into_iter().flatten().next().cloned()
    };
    let targets: Vec<_> = event.targets.iter().filter_map(name_of).collect();
    let (triaged_by, triaged_at) = found.triage.last.clone().unzip();
    let columns = [
        Some(event.id.clone()),
        Some(time_text(event.occurred_at)),
        Some(event.severity_label.clone()),
        Some(event.policy.name.clone()),
        Some(event.rule.name.clone()),
        Some(event.rule.attack.join(" ")),
        Some(event.output.clone()),
        Some(event.org.clone()),
        cause.and_then(|cause| cause.event_type.clone()),
        cause.map(|cause| cause.uuid.clone()),
        actor.and_then(|actor| actor.login.clone().or_else(|| actor.id.clone())),
        actor.and_then(|actor| actor.name.clone()),
        Some(targets.join("; ")),
        client.and_then(|client| client.ip.clone()),
        client.and_then(|client| client.country.clone()),
        client.and_then(|client| client.city.clone()),
        client
            .and_then(|client| client.as_number)
            .map(|number| number.to_string()),
        client.and_then(|client| client.user_agent.clone()),
        outcome.and_then(|outcome| outcome.result.clone()),
        outcome.and_then(|outcome| outcome.reason.clone()),
        Some(found.triage.status.name().to_owned()),
        found.triage.disposition.map(|it| it.name().to_owned()),
        found.triage.assignee.clone(),
        found.triage.note.clone(),
        triaged_by,
        triaged_at.map(|at| format!("{at:.3}")),
    ];
    columns.into_iter().map(Option::unwrap_or_default).collect()
}
