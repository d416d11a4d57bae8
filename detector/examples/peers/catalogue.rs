//! The list of ideas: tab-separated, the first line names the columns.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use nightlatch_engine::Policy;

use crate::Score;

/// How a rule names the idea that it carries out.
const TAG: &str = "catalogue:";
/// The kind of an idea that needs one event alone.
const STATELESS: &str = "stateless";

/// Every idea that needs one event alone is named by a rule; every name is an idea's.
pub(crate) fn judge(text: &str, policies: &[Policy], score: &mut Score) -> anyhow::Result<()> {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().context("an empty list")?.split('\t').collect();
    let place = |name| {
        let mut columns = columns.iter();
        columns
            .position(|column| *column == name)
            .with_context(|| format!("no column `{name}`"))
    };
    let (slug, kind) = (place("slug")?, place("kind")?);
    let ideas: Vec<(&str, &str)> = lines
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            Some((*cells.get(slug)?, *cells.get(kind)?))
        })
        .collect();
    let tags = policies.iter().flat_map(Policy::rules);
    let tags = tags.flat_map(|rule| rule.tags().iter());
    let named: BTreeSet<&str> = tags.filter_map(|tag| tag.strip_prefix(TAG)).collect();
    let stateless = ideas.iter().filter(|(_, kind)| *kind == STATELESS);
    let before = score.passed;
    for (slug, _) in stateless {
        score.check(named.contains(slug), || format!("no rule names {slug}"));
    }
    if score.passed == before {
        bail!("the catalogue has no idea that is {STATELESS}");
    }
    for name in named {
        let is_known = ideas.iter().any(|(slug, _)| *slug == name);
        score.check(is_known, || format!("the catalogue has no {name}"));
    }
    Ok(())
}
