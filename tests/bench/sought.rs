//! What people look for in a store: users, addresses and words that some of its events have.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many of each there are: as many as queries of a kind.
pub(crate) const SOUGHT: usize = 200;
/// Where people find the words that they look for.
const TEXTS: [&str; 6] = [
    "/displayMessage",
    "/actor/displayName",
    "/client/geographicalContext/city",
    "/client/userAgent/browser",
    "/target/0/displayName",
    "/outcome/result",
];

/// Values of events from all over the store, so that queries find something, often or seldom.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sought {
    users: Vec<String>,
    addresses: Vec<String>,
    words: Vec<String>,
    /// Three words of one event each.
    threes: Vec<String>,
}

impl Sought {
    /// Takes note of an event's values.
    pub(crate) fn take(&mut self, json: &str) {
        let event: Value = serde_json::from_str(json).unwrap_or_default();
        let text = |at: &str| event.pointer(at).and_then(Value::as_str);
        self.users
            .extend(text("/actor/alternateId").map(str::to_owned));
        self.addresses
            .extend(text("/client/ipAddress").map(str::to_owned));
        let texts = TEXTS.iter().filter_map(|at| text(at));
        let mut words: Vec<String> = texts
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.len() > 2 && word.is_ascii())
            .map(str::to_lowercase)
            .collect();
        words.sort_unstable();
        words.dedup();
        // Another one of each event.
        let at = self.words.len();
        let nth = |n: usize| words.get((at + n * words.len() / 3) % words.len().max(1));
        if let (Some(one), Some(two), Some(three)) = (nth(0), nth(1), nth(2)) {
            self.threes.push(format!("{one}+{two}+{three}"));
            self.words.push(one.clone());
        }
    }

    /// Returns the queries of each kind, as a URL has them, and what people call the kind.
    pub(crate) fn queries(&self) -> [(&'static str, Vec<String>); 5] {
        let named = |name: &str, values: &[String]| -> Vec<String> {
            values.iter().map(|it| format!("{name}={it}")).collect()
        };
        [
            ("a user", named("actor", &self.users)),
            ("an address", named("ip", &self.addresses)),
            ("a word", named("q", &self.words)),
            ("three words", named("q", &self.threes)),
            ("nobody", vec!["actor=nobody@example.com".to_owned()]),
        ]
    }
}
