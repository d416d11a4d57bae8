//! Which runtime events a query wants, and the same in SQL.

use std::net::IpAddr;

use rusqlite::types::Value;

use super::row::{ip_bytes, keys};
use super::search::TextQuery;

/// Which runtime events are wanted: those that have one of the values of each list that is not
/// empty, lie between the times and hold the words.
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
    /// The first millisecond wanted.
    pub(crate) from: Option<i64>,
    /// The first millisecond not wanted any more.
    pub(crate) to: Option<i64>,
    /// Free text.
    pub(crate) text: Option<TextQuery>,
}

/// A range of addresses, in the form in which they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    first: [u8; 16],
    last: [u8; 16],
}

impl Network {
    /// Reads an address or a CIDR range; bits below the prefix may be set.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let (width, offset) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length: u32 = match length {
            // `+8` and `08` are no prefix lengths.
            Some(digits) if digits.len() > 1 && !digits.starts_with(|c| matches!(c, '1'..='9')) => {
                return None;
            }
            Some(digits) => digits.parse().ok().filter(|length| *length <= width)?,
            None => width,
        };
        let hosts = u128::MAX.checked_shr(length + offset).unwrap_or(0);
        let bits = u128::from_be_bytes(ip_bytes(address));
        Some(Self { first: (bits & !hosts).to_be_bytes(), last: (bits | hosts).to_be_bytes() })
    }
}

/// A condition in SQL on `runtime_event AS e`, with its values.
#[derive(Debug, Default)]
pub(super) struct Condition {
    clauses: Vec<String>,
    pub(super) values: Vec<Value>,
    has_text: bool,
}

impl Condition {
    pub(super) fn new(filter: &Filter) -> Self {
        let mut condition = Self::default();
        let Filter { policies, rules, actors, event_types, integrations, countries, .. } = filter;
        condition.text(filter.text.as_ref());
        condition.times(filter.from, filter.to);
        condition.severities(&filter.severities);
        condition.one_of(&["e.policy_id", "e.policy_name"], policies);
        condition.one_of(&["e.rule"], rules);
        condition.actors(actors);
        condition.networks(&filter.networks);
        condition.one_of(&["e.event_type"], event_types);
        condition.one_of(&["e.integration", "e.org"], integrations);
        condition.one_of(&["e.country"], countries);
        condition
    }

    /// Adds a clause; each `?` in it stands for the next of `values`.
    pub(super) fn and(&mut self, clause: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.clauses.push(clause.into());
        self.values.extend(values);
    }

    /// Returns what follows SELECT …: the tables and the condition. With free text, `order` says
    /// which of the two leads: the index of words, or the rows by some other order.
    pub(super) fn from_where(&self, lead: Lead) -> String {
        let tables = match (self.has_text, lead) {
            (false, _) => "runtime_event e",
            (true, Lead::Text) => "search JOIN runtime_event e ON e.key = search.rowid",
            // CROSS JOIN keeps the tables in this order.
            (true, Lead::Rows) => "runtime_event e CROSS JOIN search ON search.rowid = e.key",
        };
        let condition = match self.clauses.as_slice() {
            [] => "TRUE".to_owned(),
            clauses => clauses.join(" AND "),
        };
        format!("FROM {tables} WHERE {condition}")
    }

    /// Returns the key of the table that leads by [`Lead::Text`]: bounds on it and orders by it
    /// are for free.
    pub(super) const fn key(&self) -> &'static str {
        if self.has_text { "search.rowid" } else { "e.key" }
    }

    fn text(&mut self, text: Option<&TextQuery>) {
        if let Some(text) = text {
            self.has_text = true;
            self.and("search MATCH ?", [Value::from(text.fts5().to_owned())]);
        }
    }

    /// The key bounds what is read; at the ends of time several milliseconds share keys.
    fn times(&mut self, from: Option<i64>, to: Option<i64>) {
        let key = self.key();
        if let Some(from) = from {
            let values = [keys(from).0.into(), from.into()];
            self.and(format!("{key} >= ? AND e.occurred_at >= ?"), values);
        }
        if let Some(to) = to {
            self.and(format!("{key} <= ? AND e.occurred_at < ?"), [keys(to).1.into(), to.into()]);
        }
    }

    fn severities(&mut self, severities: &[u8]) {
        if !severities.is_empty() {
            let values = severities.iter().map(|severity| Value::from(*severity));
            self.and(format!("e.severity IN ({})", places(severities.len())), values);
        }
    }

    /// One of the columns has one of the values.
    fn one_of(&mut self, columns: &[&str], wanted: &[String]) {
        if wanted.is_empty() {
            return;
        }
        let places = places(wanted.len());
        let clauses: Vec<_> =
            columns.iter().map(|column| format!("{column} IN ({places})")).collect();
        let values = columns.iter().flat_map(|_| wanted).map(|value| Value::from(value.clone()));
        self.and(format!("({})", clauses.join(" OR ")), values);
    }

    fn actors(&mut self, actors: &[String]) {
        if !actors.is_empty() {
            let places = places(actors.len());
            let logins = actors.iter().map(|actor| Value::from(actor.to_lowercase()));
            let ids = actors.iter().map(|actor| Value::from(actor.clone()));
            let clause = format!("(e.actor_login IN ({places}) OR e.actor_id IN ({places}))");
            self.and(clause, logins.chain(ids));
        }
    }

    fn networks(&mut self, networks: &[Network]) {
        if !networks.is_empty() {
            let clauses = vec!["e.ip BETWEEN ? AND ?"; networks.len()];
            let bounds = networks.iter().flat_map(|network| [network.first, network.last]);
            let values = bounds.map(|bound| Value::from(bound.to_vec()));
            self.and(format!("({})", clauses.join(" OR ")), values);
        }
    }
}

/// Which table of a query with free text leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// The index of words, in the order of keys.
    Text,
    /// The rows.
    Rows,
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        let network = Network::parse(network).unwrap();
        let address = ip_bytes(address.parse().unwrap());
        network.first <= address && address <= network.last
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        assert!(holds("203.0.113.7", "203.0.113.7"));
        assert!(!holds("203.0.113.7", "203.0.113.8"));
        assert!(holds("203.0.113.77/24", "203.0.113.255"));
        assert!(!holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("0.0.0.0/0", "255.255.255.255"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::"));
        assert!(holds("::/0", "2001:db8::1"));
        assert!(holds("::ffff:203.0.113.7", "203.0.113.7"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "300.1.1.1", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/+8", "1.2.3.4/08", "::/129", "x/8"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
