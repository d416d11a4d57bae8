//! Which runtime events a query wants, and the same in SQL.

use rusqlite::types::Value;
use uuid::Uuid;

use super::field;
use super::triage::code;
use crate::list::{Condition, Lead, keys};
use crate::search::{Expression, KeyKind, Network, any_beginning_with, any_of};
use crate::triage::{Disposition, Status};

/// Which runtime events are wanted: those that have one of the values of each list that is not
/// empty, lie between the times and are found by the query.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    /// 0 to 7.
    pub(crate) severities: Vec<u8>,
    /// Ids or names.
    pub(crate) policies: Vec<String>,
    /// Names.
    pub(crate) rules: Vec<String>,
    /// Logins (in any case) or Okta ids.
    pub(crate) actors: Vec<String>,
    /// Addresses of the client.
    pub(crate) networks: Vec<Network>,
    /// Okta's event types.
    pub(crate) event_types: Vec<String>,
    /// Ids or org domains.
    pub(crate) integrations: Vec<String>,
    /// As Okta names them.
    pub(crate) countries: Vec<String>,
    /// Where they stand.
    pub(crate) statuses: Vec<Status>,
    /// What they turned out to be.
    pub(crate) dispositions: Vec<Disposition>,
    /// Which event they are repeats of, itself included.
    pub(crate) repeats_of: Option<Uuid>,
    /// The first millisecond wanted.
    pub(crate) from: Option<i64>,
    /// The first millisecond not wanted any more.
    pub(crate) to: Option<i64>,
    /// What the search box says.
    pub(crate) query: Option<Expression>,
}

impl Filter {
    /// Returns it as a condition on the rows.
    pub(super) fn condition(&self, lead: Lead) -> Condition {
        let query = self.query.as_ref().map(field::lowered);
        let mut condition = Condition::new("runtime_event", lead, query);
        if self.leaves_open_out() {
            condition.indexed("INDEXED BY runtime_event_triaged");
            // As the index has it.
            condition.and("e.status <> 0", []);
        }
        let Self {
            policies,
            rules,
            event_types,
            integrations,
            countries,
            ..
        } = self;
        condition.severities(&self.severities);
        condition.one_of(KeyKind::Policy, &["e.policy_id", "e.policy_name"], policies);
        condition.one_of(KeyKind::Rule, &["e.rule"], rules);
        condition.actors(&self.actors);
        condition.networks(&self.networks);
        condition.one_of(KeyKind::EventType, &["e.event_type"], event_types);
        condition.one_of(
            KeyKind::Integration,
            &["e.integration", "e.org"],
            integrations,
        );
        condition.one_of(KeyKind::Country, &["e.country"], countries);
        condition.triage(&self.statuses, &self.dispositions);
        condition.repeats(self.repeats_of);
        condition.times(self.from, self.to);
        condition
    }

    /// Whether it lets no event through that is open.
    fn leaves_open_out(&self) -> bool {
        let is_named = !self.statuses.is_empty() && !self.statuses.contains(&Status::Open);
        is_named
            || !self.dispositions.is_empty()
            || self.query.as_ref().is_some_and(field::leaves_open_out)
    }
}

impl Condition {
    /// The key bounds what is read; at the ends of time several milliseconds share keys.
    fn times(&mut self, from: Option<i64>, to: Option<i64>) {
        let key = self.key();
        if let Some(from) = from {
            let values = [keys(from).0.into(), from.into()];
            self.and(format!("{key} >= ? AND e.occurred_at >= ?"), values);
        }
        if let Some(to) = to {
            self.and(
                format!("{key} <= ? AND e.occurred_at < ?"),
                [keys(to).1.into(), to.into()],
            );
        }
    }

    fn severities(&mut self, severities: &[u8]) {
        if !severities.is_empty() {
            let texts: Vec<_> = severities.iter().map(u8::to_string).collect();
            self.term(|| any_of(KeyKind::Severity, texts.iter().map(String::as_str)));
            let values = severities.iter().map(|severity| Value::from(*severity));
            self.and(
                format!("e.severity IN ({})", places(severities.len())),
                values,
            );
        }
    }

    fn triage(&mut self, statuses: &[Status], dispositions: &[Disposition]) {
        if !statuses.is_empty() {
            let codes = statuses.iter().map(|status| Value::from(code(*status)));
            self.and(format!("e.status IN ({})", places(statuses.len())), codes);
        }
        if !dispositions.is_empty() {
            let names = dispositions
                .iter()
                .map(|it| Value::from(it.name().to_owned()));
            let clause = format!("e.disposition IN ({})", places(dispositions.len()));
            self.and(clause, names);
        }
    }

    fn repeats(&mut self, of: Option<Uuid>) {
        if let Some(id) = of {
            let id = Value::from(id.as_bytes().to_vec());
            let clause = "(e.dedup_key, e.integration, e.first_key) = (
                 SELECT dedup_key, integration, first_key FROM runtime_event WHERE id = ?)";
            self.and(clause, [id]);
        }
    }

    /// One of the columns has one of the values.
    fn one_of(&mut self, kind: KeyKind, columns: &[&str], wanted: &[String]) {
        if wanted.is_empty() {
            return;
        }
        self.term(|| any_of(kind, wanted.iter().map(String::as_str)));
        let places = places(wanted.len());
        let clauses: Vec<_> = columns
            .iter()
            .map(|column| format!("{column} IN ({places})"))
            .collect();
        let values = columns
            .iter()
            .flat_map(|_| wanted)
            .map(|value| Value::from(value.clone()));
        self.and(format!("({})", clauses.join(" OR ")), values);
    }

    fn actors(&mut self, actors: &[String]) {
        if actors.is_empty() {
            return;
        }
        let logins: Vec<_> = actors.iter().map(|actor| actor.to_lowercase()).collect();
        self.term(|| {
            any_of(
                KeyKind::Actor,
                actors.iter().chain(&logins).map(String::as_str),
            )
        });
        let places = places(actors.len());
        let clause = format!("(e.actor_login IN ({places}) OR e.actor_id IN ({places}))");
        self.and(
            clause,
            logins
                .iter()
                .chain(actors)
                .map(|value| Value::from(value.clone())),
        );
    }

    fn networks(&mut self, networks: &[Network]) {
        if networks.is_empty() {
            return;
        }
        let beginnings: Option<Vec<_>> = networks.iter().map(Network::beginnings).collect();
        if let Some(beginnings) = beginnings {
            self.term(|| any_beginning_with(KeyKind::Ip, &beginnings.concat()));
        }
        let clauses = vec!["e.ip BETWEEN ? AND ?"; networks.len()];
        let bounds = networks
            .iter()
            .flat_map(|network| [network.first, network.last]);
        let values = bounds.map(|bound| Value::from(bound.to_vec()));
        self.and(format!("({})", clauses.join(" OR ")), values);
    }
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}
