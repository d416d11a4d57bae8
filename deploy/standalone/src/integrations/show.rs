//! `nightlatch integrations show`.

use std::process::ExitCode;

use serde_json::Value;

use super::document::{
    Credentials, Delivery, DeliveryLog, EventTypeList, Gap, Hook, Integration, Summary, SystemLog,
    of_state,
};
use super::find;
use crate::arguments::{Format, IntegrationShowOptions};
use crate::client::Client;
use crate::table::{Cell, lines};
use crate::terminal::{self, Terminal, harmless};

/// Shows an integration.
pub(super) async fn run(
    terminal: Terminal,
    client: &Client,
    options: &IntegrationShowOptions,
) -> anyhow::Result<ExitCode> {
    let Summary { id, .. } = find(client, &options.integration).await?;
    let mut path = vec!["integrations", &id];
    if options.event_types {
        path.push("event-types");
    }
    if options.deliveries {
        path.push("deliveries");
    }
    let answer = client.get(&path).await?;
    if options.format == Format::Json {
        let document: Value = answer.read()?;
        return Ok(terminal::print_json(&document));
    }
    if options.event_types {
        print_types(terminal, &answer.read()?);
    } else if options.deliveries {
        print_deliveries(terminal, &answer.read()?);
    } else {
        print(terminal, &answer.read()?);
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints an integration with what could not be done along with the request.
pub(super) fn print(terminal: Terminal, integration: &Integration) {
    let summary = &integration.summary;
    let name = terminal.paint(terminal::TITLE, &harmless(&summary.name));
    let state = terminal.paint(of_state(&summary.status.state), &summary.status.state);
    terminal::print_line(&format!("{name}  {}  {state}", harmless(&summary.domain)));
    for (name, value) in words(integration) {
        if !value.is_empty() {
            terminal::print_line(&format!("  {name:<12}{}", harmless(&value)));
        }
    }
    for problem in &integration.problems {
        problem.print(terminal);
    }
}

fn words(integration: &Integration) -> Vec<(&'static str, String)> {
    let Integration {
        summary,
        org_id,
        credentials,
        hook,
        event_types,
        system_log,
        start,
        created,
        completed,
        paused,
        problems: _,
    } = integration;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let since = summary.status.since.as_ref();
    let since = since.map(|since| format!(" (since {since})"));
    let mut words = vec![
        (
            "status",
            summary.status.reason.clone() + &since.unwrap_or_default(),
        ),
        ("to do", text(&summary.status.remedy)),
        ("id", summary.id.clone()),
        ("org", text(org_id)),
        ("origin", summary.origin.clone()),
        ("revision", summary.revision.clone()),
    ];
    words.extend(credentials.iter().map(of_credentials));
    words.extend(hook.iter().flat_map(of_hook));
    if let Some(types) = event_types {
        let chosen = types.chosen.as_str().unwrap_or("own");
        let (hook, log) = (types.hook.len(), types.system_log.len());
        words.push((
            "event types",
            format!("{chosen}: {hook} by the hook, {log} by the System Log"),
        ));
    }
    words.extend(system_log.iter().flat_map(of_system_log));
    words.extend([
        ("last event", text(&summary.last_event)),
        (
            "in 24 h",
            format!(
                "{}, {} of them by the hook (the org's quota a day: {})",
                summary.events_24h, summary.hook_events_24h, summary.hook_events_daily_quota
            ),
        ),
        ("start", text(start)),
        ("created", text(created)),
        ("completed", text(completed)),
        ("paused", text(paused)),
    ]);
    words
}

fn of_credentials(credentials: &Credentials) -> (&'static str, String) {
    let ids = [&credentials.client_id, &credentials.key_id];
    let ids = ids.into_iter().flatten().map(|id| format!(" {id}"));
    let ids: String = ids.collect();
    let set = format!("{}{ids} (set {})", credentials.mode, credentials.set);
    ("credentials", set)
}

fn of_hook(hook: &Hook) -> Vec<(&'static str, String)> {
    let id = hook.okta_id.as_deref().unwrap_or("none at Okta yet");
    let address = hook.address.as_deref();
    let address = address.unwrap_or("ingest.public_url is not set");
    let mut words = vec![("hook", format!("{id}, {address}, {}", hook.header))];
    if let (Some(is_active), Some(is_verified)) = (hook.active, hook.verified) {
        let active = if is_active {
            "switched on"
        } else {
            "switched off"
        };
        let verified = if is_verified {
            "verified"
        } else {
            "to be verified"
        };
        words.push(("at Okta", format!("{active}, {verified}")));
    }
    for secret in &hook.secrets {
        let mut text = format!("{}, set {}", secret.state, secret.set);
        let times = [("verified", &secret.verified), ("until", &secret.until)];
        for (what, time) in times {
            if let Some(time) = time {
                text = format!("{text}, {what} {time}");
            }
        }
        words.push(("secret", text));
    }
    words
}

fn of_system_log(log: &SystemLog) -> Vec<(&'static str, String)> {
    let SystemLog {
        complete_to,
        lag_seconds,
        progress,
        trouble,
        failed_deliveries_24h: failed,
        gaps,
    } = log;
    let complete = match (complete_to, lag_seconds) {
        (Some(to), Some(lag)) => format!("complete to {to}, {lag:.0} s behind"),
        _ => "its end was not reached yet".to_owned(),
    };
    let made_up = match progress {
        1.0.. => String::new(),
        progress => format!(", {:.0} % of what is made up for is done", progress * 100.0),
    };
    let mut words = vec![("system log", complete + &made_up)];
    words.extend(trouble.iter().map(|trouble| {
        let text = format!("{} {}", trouble.sentence, trouble.remedy);
        ("", text)
    }));
    if *failed > 0 {
        let text = format!("Okta could not deliver {failed} times in 24 h");
        words.push(("", text));
    }
    words.extend(gaps.iter().map(|gap| ("gap", of_gap(gap))));
    words
}

fn of_gap(gap: &Gap) -> String {
    let Gap {
        from,
        to,
        filled,
        events,
    } = gap;
    let then = match filled {
        Some(filled) => format!("all of it read by {filled}"),
        None => "being made up for".to_owned(),
    };
    format!("nothing was read from {from} to {to}; {then}, {events} events")
}

fn print_deliveries(terminal: Terminal, log: &DeliveryLog) {
    if log.deliveries.is_empty() {
        terminal::print_line("nothing was delivered yet");
        return;
    }
    let names = ["WHEN", "ANSWER", "EVENTS", "TOOK", "WHAT IT MEANS"];
    let head = names.map(|name| Cell::styled(terminal::INFO, name)).into();
    let row = |of: &Delivery| {
        let style = match of.status {
            200..300 => terminal::TITLE,
            500.. => terminal::MEDIUM,
            _ => terminal::HIGH,
        };
        let events = of.events.map(|events| events.to_string());
        vec![
            Cell::plain(&of.at),
            Cell::styled(style, &of.status.to_string()),
            Cell::plain(events.as_deref().unwrap_or("-")),
            Cell::plain(&format!("{} ms", of.milliseconds)),
            Cell::plain(of.meaning()),
        ]
    };
    let rows: Vec<Vec<Cell>> = std::iter::once(head)
        .chain(log.deliveries.iter().map(row))
        .collect();
    for line in lines(terminal, 0, &rows) {
        terminal::print_line(&line);
    }
}

fn print_types(terminal: Terminal, list: &EventTypeList) {
    let names = ["EVENT TYPE", "WANTED", "BY", "LAST SEEN", "IN 24 H"];
    let head = names.map(|name| Cell::styled(terminal::INFO, name)).into();
    let row = |of: &super::document::EventType| {
        vec![
            Cell::styled(terminal::TITLE, &of.name),
            Cell::plain(if of.wanted { "yes" } else { "no" }),
            Cell::plain(of.source.as_deref().unwrap_or("unknown")),
            Cell::plain(of.last_seen.as_deref().unwrap_or("never")),
            Cell::plain(&of.count_24h.to_string()),
        ]
    };
    let rows: Vec<Vec<Cell>> = std::iter::once(head)
        .chain(list.event_types.iter().map(row))
        .collect();
    for line in lines(terminal, 0, &rows) {
        terminal::print_line(&line);
    }
}
