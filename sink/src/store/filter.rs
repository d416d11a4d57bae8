//! Which runtime events a query wants, and the same in SQL.

use std::net::IpAddr;

use rusqlite::types::Value;

use super::row::{ip_bytes, ip_digits, keys};
use super::search::{KeyKind, TextQuery, any_beginning_with, any_of};

/// A network whose addresses share fewer hexadecimal digits is not looked for in the index.
const LEAST_DIGITS: u32 = 2;
/// Digits that all IPv4 addresses share.
const V4_DIGITS: u32 = 24;

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
        let (width, offset) = if address.is_ipv4() {
            (32, 96)
        } else {
            (128, 0)
        };
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
        Some(Self {
            first: (bits & !hosts).to_be_bytes(),
            last: (bits | hosts).to_be_bytes(),
        })
    }

    /// Returns the beginnings of the hexadecimal digits of its addresses; none when it is so wide
    /// that the index is of no use.
    fn beginnings(&self) -> Option<Vec<String>> {
        let (first, last) = (
            u128::from_be_bytes(self.first),
            u128::from_be_bytes(self.last),
        );
        let shared = (first ^ last).leading_zeros() / 4;
        let digits = ip_digits(self.first);
        let (common, rest) = digits.split_at_checked(usize::try_from(shared).ok()?)?;
        if rest.is_empty() {
            return Some(vec![digits]);
        }
        let is_wide = |shared| shared < LEAST_DIGITS;
        if is_wide(shared) || shared >= V4_DIGITS && is_wide(shared - V4_DIGITS) {
            return None;
        }
        let next = |bits: u128| (bits >> (124 - 4 * shared)) & 0xf;
        match (next(first), next(last)) {
            (0, 0xf) => Some(vec![common.to_owned()]),
            (from, to) => Some(
                (from..=to)
                    .map(|next| format!("{common}{next:x}"))
                    .collect(),
            ),
        }
    }
}

/// Which table leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// The index of words, in the order of the feed; the rows when there is nothing to search for.
    Search,
    /// The rows, in an order of their own; of the index only free text is asked.
    Rows,
}

/// A condition in SQL on `runtime_event AS e`, with its values.
#[derive(Debug)]
pub(super) struct Condition {
    lead: Lead,
    /// What the index of words is asked, in FTS5's language.
    terms: Vec<String>,
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Condition {
    pub(super) fn new(filter: &Filter, lead: Lead) -> Self {
        let mut condition = Self {
            lead,
            terms: Vec::new(),
            clauses: Vec::new(),
            values: Vec::new(),
        };
        if let Some(text) = &filter.text {
            condition.terms.push(format!("({})", text.fts5()));
        }
        let Filter {
            policies,
            rules,
            event_types,
            integrations,
            countries,
            ..
        } = filter;
        condition.severities(&filter.severities);
        condition.one_of(KeyKind::Policy, &["e.policy_id", "e.policy_name"], policies);
        condition.one_of(KeyKind::Rule, &["e.rule"], rules);
        condition.actors(&filter.actors);
        condition.networks(&filter.networks);
        condition.one_of(KeyKind::EventType, &["e.event_type"], event_types);
        condition.one_of(
            KeyKind::Integration,
            &["e.integration", "e.org"],
            integrations,
        );
        condition.one_of(KeyKind::Country, &["e.country"], countries);
        condition.times(filter.from, filter.to);
        condition
    }

    /// Adds a clause; each `?` in it stands for the next of `values`.
    pub(super) fn and(
        &mut self,
        clause: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) {
        self.clauses.push(clause.into());
        self.values.extend(values);
    }

    /// Returns the key of the table that leads: bounds on it, and its order, are for free.
    pub(super) const fn key(&self) -> &'static str {
        match self.lead {
            Lead::Search if !self.terms.is_empty() => "search.rowid",
            Lead::Search | Lead::Rows => "e.key",
        }
    }

    /// Returns what follows SELECT …: the tables and the condition.
    pub(super) fn tables_where(&self) -> String {
        // CROSS JOIN keeps the tables in this order.
        let tables = match (self.terms.as_slice(), self.lead) {
            ([], _) => "runtime_event e",
            (_, Lead::Search) => "search CROSS JOIN runtime_event e ON e.key = search.rowid",
            (_, Lead::Rows) => "runtime_event e CROSS JOIN search ON search.rowid = e.key",
        };
        let matches = (!self.terms.is_empty()).then_some("search MATCH ?");
        let clauses = matches
            .into_iter()
            .chain(self.clauses.iter().map(String::as_str));
        let clauses: Vec<_> = clauses.chain(["TRUE"]).collect();
        format!("FROM {tables} WHERE {}", clauses.join(" AND "))
    }

    /// Returns the values of all `?`, in order.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        let terms = (!self.terms.is_empty()).then(|| Value::from(self.terms.join(" AND ")));
        terms.into_iter().chain(self.values.iter().cloned())
    }

    /// Asks the index, where that leads.
    fn term(&mut self, term: impl FnOnce() -> String) {
        if self.lead == Lead::Search {
            self.terms.push(term());
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
    fn a_network_is_looked_for_by_the_beginnings_of_its_addresses() {
        let beginnings = |text: &str| Network::parse(text).unwrap().beginnings();
        let v4 = |digits: &str| format!("00000000000000000000ffff{digits}");
        assert_eq!(beginnings("203.0.113.7"), Some(vec![v4("cb007107")]));
        assert_eq!(beginnings("203.0.113.0/24"), Some(vec![v4("cb0071")]));
        assert_eq!(
            beginnings("203.0.113.128/26"),
            Some(
                ["8", "9", "a", "b"]
                    .map(|it| v4(&format!("cb0071{it}")))
                    .to_vec()
            )
        );
        assert_eq!(beginnings("10.0.0.0/8"), Some(vec![v4("0a")]));
        assert_eq!(beginnings("10.0.0.0/7"), None);
        assert_eq!(beginnings("0.0.0.0/0"), None);
        assert_eq!(beginnings("2001:db8::/33").unwrap().len(), 8);
        assert_eq!(beginnings("::/0"), None);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "300.1.1.1",
            "1.2.3.4/33",
            "1.2.3.4/",
            "1.2.3.4/+8",
            "1.2.3.4/08",
            "::/129",
            "x/8",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
