//! A runtime event as a line of CSV (RFC 4180), safe to open in a spreadsheet.

use crate::store::Found;

use super::json::time_text;

/// The first line: the names of the columns.
pub(super) const HEAD: &str = "id,occurred_at,severity,policy,rule,attack,output,org,event_type,\
    event_uuid,actor,actor_name,targets,ip,country,city,asn,user_agent,outcome,reason,status,\
    disposition,assignee,note,triaged_by,triaged_at\r\n";

/// Adds the line of an event.
pub(super) fn write(text: &mut String, found: &Found) {
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
    for (at, value) in columns.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        push(text, &value.unwrap_or_default());
    }
    text.push_str("\r\n");
}

/// Adds a value in quotes.
fn push(text: &mut String, value: &str) {
    text.push('"');
    if is_formula(value) {
        text.push('\'');
    }
    text.push_str(&value.replace('"', "\"\""));
    text.push('"');
}

/// Whether a spreadsheet would take a value for something to work out: by its first character, in
/// full width too.
fn is_formula(value: &str) -> bool {
    let begins = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    value.starts_with(begins)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pushed(value: &str) -> String {
        let mut text = String::new();
        push(&mut text, value);
        text
    }

    #[test]
    fn formulas_are_disarmed_and_quotes_doubled() {
        for formula in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1",
        ] {
            assert_eq!(pushed(formula), format!("\"'{formula}\""));
        }
        assert_eq!(pushed("a \"b\", c\nd"), "\"a \"\"b\"\", c\nd\"");
        assert_eq!(pushed(""), "\"\"");
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in "\\PC*") {
            let text = pushed(&value);
            let inner = text.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
            let read = inner.replace("\"\"", "\"");
            prop_assert!(!is_formula(&read));
            let original = read.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(&read);
            prop_assert_eq!(original, value);
        }
    }
}
