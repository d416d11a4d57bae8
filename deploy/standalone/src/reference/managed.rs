//! The page on the managed rules: what each finds, what it needs, and how they stand to peers.

use std::collections::BTreeMap;
use std::fmt::{Result, Write};

use anyhow::Context as _;
use nightlatch_detector::{MANAGED, Peer, Peers, Technique, techniques};
use nightlatch_engine::{Policy, PolicyKind, Rule, SourceFile, compile, event_type};

/// How a rule names the idea of the public catalogues that it carries out.
const IDEA: &str = "catalogue:";
/// How the sentence of a rule begins that says why it is off.
const OFF: &str = "Off by default: ";

/// Returns the page.
pub(super) fn page() -> anyhow::Result<String> {
    let policies = policies()?;
    let techniques = techniques();
    let mut text = String::new();
    introduction(&mut text, &policies)?;
    for policy in &policies {
        section(&mut text, policy, &techniques)?;
    }
    attacks(&mut text, &policies, &techniques)?;
    peers(&mut text, &Peers::shipped()?)?;
    Ok(text)
}

fn policies() -> anyhow::Result<Vec<Policy>> {
    let compiled = |(name, text): (&str, &str)| {
        let source = SourceFile {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let policy = compile(&source, PolicyKind::Managed).policy;
        policy.with_context(|| format!("{name} has errors"))
    };
    MANAGED.into_iter().map(compiled).collect()
}

fn introduction(text: &mut String, policies: &[Policy]) -> Result {
    let rules = || policies.iter().flat_map(Policy::rules);
    let (all, off) = (
        rules().count(),
        rules().filter(|rule| !rule.enabled()).count(),
    );
    writeln!(
        text,
        "# Managed rules\n\n{} policies of {all} rules ship with the product; {off} rules are off by \
         default, because they tell of daily work or need a list that only you can fill. \
         `nightlatch rules explain` shows why a rule matched, and a file of your own with the same \
         policy can change lists, switch rules on and off and append to conditions.\n\n\
         * **Severity** is 0 (worst) to 7: High is 0 to 3, Medium 4 and 5, Low 6, Info 7.\n\
         * **Needs**: Okta's event hooks do not carry every event type. What they do not carry must \
         be read from the System Log, and is judged as late as it is read.\n\
         * **Idea** is what the rule is called in the catalogue of public detections that it covers.",
        policies.len(),
    )
}

fn section(text: &mut String, policy: &Policy, techniques: &[Technique]) -> Result {
    let (name, id) = (policy.name(), policy.id());
    writeln!(
        text,
        "\n## {name}\n\n`{id}`: {}\n",
        policy.description().trim()
    )?;
    text.push_str("| rule | severity | on | needs | ATT&CK | idea |\n|---|---|---|---|---|---|\n");
    for rule in policy.rules() {
        let on = if rule.enabled() { "yes" } else { "no" };
        let (severity, label) = (rule.severity(), label(rule.severity()));
        let attacks = rule.attack_ids();
        let attacks: Vec<String> = attacks.iter().map(|id| link(id, techniques)).collect();
        let ideas = rule.tags().iter().filter_map(|tag| tag.strip_prefix(IDEA));
        let ideas: Vec<String> = ideas.map(|idea| format!("`{idea}`")).collect();
        writeln!(
            text,
            "| {} | {severity} {label} | {on} | {} | {} | {} |",
            cell(rule.name()),
            needs(rule),
            attacks.join(", "),
            ideas.join(", "),
        )?;
    }
    let mut off = policy
        .rules()
        .iter()
        .filter(|rule| !rule.enabled())
        .peekable();
    if off.peek().is_some() {
        text.push_str("\nOff by default:\n\n");
    }
    for rule in off {
        let why = rule.description().split_once(OFF);
        let why = why.map(|(_, why)| why.trim()).unwrap_or_default();
        writeln!(text, "* **{}**: {why}", rule.name())?;
    }
    Ok(())
}

fn label(severity: u8) -> &'static str {
    match severity {
        0..=3 => "High",
        4 | 5 => "Medium",
        6 => "Low",
        _ => "Info",
    }
}

/// What carries the events that a rule is about.
fn needs(rule: &Rule) -> String {
    let Some(types) = rule.event_types() else {
        return "event hook for some event types, System Log for the others".to_owned();
    };
    let is_logged = |name: &&String| event_type(name).is_some_and(|known| !known.is_hooked);
    let logged = types.iter().filter(is_logged).count();
    match (logged, types.len()) {
        (0, _) => "event hook".to_owned(),
        (logged, all) if logged == all => "System Log".to_owned(),
        (logged, all) => format!("event hook; System Log for {logged} of {all} event types"),
    }
}

fn link(id: &str, techniques: &[Technique]) -> String {
    let technique = techniques.iter().find(|technique| technique.id == id);
    technique.map_or_else(
        || id.to_owned(),
        |technique| format!("[{id}]({})", technique.link()),
    )
}

/// The techniques that rules name, each with how many do.
fn attacks(text: &mut String, policies: &[Policy], techniques: &[Technique]) -> Result {
    let rules = || policies.iter().flat_map(Policy::rules);
    let mut number: BTreeMap<String, usize> = BTreeMap::new();
    for id in rules().flat_map(Rule::attack_ids) {
        *number.entry(id).or_default() += 1;
    }
    text.push_str(
        "\n## ATT&CK\n\nThe techniques of MITRE ATT&CK for Enterprise 19 that rules name.\n\n\
         | technique | name | tactics | rules |\n|---|---|---|---|\n",
    );
    for technique in techniques {
        let Some(number) = number.get(technique.id) else {
            continue;
        };
        let parent = technique.parent();
        let parent = techniques.iter().find(|other| Some(other.id) == parent);
        let name = parent.map_or_else(
            || technique.name.to_owned(),
            |parent| format!("{}: {}", parent.name, technique.name),
        );
        let (id, link) = (technique.id, technique.link());
        let tactics = technique.tactics.join(", ");
        writeln!(text, "| [{id}]({link}) | {name} | {tactics} | {number} |")?;
    }
    Ok(())
}

fn peers(text: &mut String, peers: &Peers) -> Result {
    text.push_str(
        "\n## Peers\n\nHow the rules stand to public detections of others. The verdict is whether one \
         of ours matches, those that are off included. Continuous integration holds it on each case \
         of Panther's that one event decides; Sigma's rules have no cases, so it holds that each is \
         covered.\n",
    );
    table(text, "Panther", &peers.panther)?;
    table(text, "Sigma", &peers.sigma)?;
    text.push_str("\n### Not covered\n\n| peer | detection | why |\n|---|---|---|\n");
    for left in &peers.not_covered {
        let reason = cell(left.reason.trim());
        writeln!(text, "| {} | `{}` | {reason} |", left.peer, left.id)?;
    }
    Ok(())
}

fn table(text: &mut String, name: &str, peers: &[Peer]) -> Result {
    write!(
        text,
        "\n### {name}\n\n| detection | our rules | what is better |\n|---|---|---|\n"
    )?;
    for peer in peers {
        let rules = cell(&peer.rules.join("; "));
        let mut better = cell(peer.better.trim());
        for deviation in &peer.deviations {
            let (case, reason) = (deviation.case, cell(deviation.reason.trim()));
            write!(better, " **Otherwise in case {case}:** {reason}")?;
        }
        writeln!(text, "| `{}` | {rules} | {better} |", peer.id)?;
    }
    Ok(())
}

/// A text within a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
