//! How the managed rules stand to public detections of others: `rules/peers.toml`.
//!
//! The cases and rules of those peers are not ours and are not here; the example `peers` runs the
//! table against them.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

/// The table as it ships.
const TABLE: &str = include_str!("../rules/peers.toml");

/// The table of peers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// Detections of Panther, each with its cases.
    pub panther: Vec<Peer>,
    /// Rules of Sigma, each by the name of its file without `.yml`.
    pub sigma: Vec<Peer>,
    /// Detections of peers that no managed rule stands for.
    pub not_covered: Vec<NotCovered>,
}

/// A detection of a peer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// What the peer calls it.
    pub id: String,
    /// The managed rules that stand for it: the verdict is whether one of them matches.
    pub rules: Vec<String>,
    /// What they do better, or otherwise.
    pub better: String,
    /// What lists of the user's hold while its cases are judged.
    #[serde(default)]
    pub lists: BTreeMap<String, Vec<String>>,
    /// Cases whose verdict is another one, on purpose.
    #[serde(default)]
    pub deviations: Vec<Deviation>,
}

/// A case of a peer that ours judge otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Its place among the cases of that detection, counted from 1.
    pub case: usize,
    /// Why ours is right.
    pub reason: String,
}

/// A detection of a peer that no managed rule stands for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotCovered {
    /// The peer: `panther` or `sigma`.
    pub peer: String,
    /// What the peer calls it.
    pub id: String,
    /// Why not.
    pub reason: String,
}

impl Peers {
    /// Returns the table as it ships. An error says what is wrong with it.
    pub fn shipped() -> Result<Self, toml::de::Error> {
        TABLE.parse()
    }
}

impl FromStr for Peers {
    type Err = toml::de::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        toml::from_str(text)
    }
}
