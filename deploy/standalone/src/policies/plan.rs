//! What must be written so that a policy is what files say: its state is looked at, and the difference
//! told.

use std::collections::BTreeSet;

use anyhow::bail;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::diff::unified;
use super::document::Policy;
use super::wish::{Rules, Settings, Wish};
use crate::client::{Answer, Change, Client};

/// The name of what is not there, as `diff` has it.
const NOWHERE: &str = "/dev/null";

/// What must be written, if anything.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) wish: Wish,
    /// The version that was looked at; none of a policy that there is not yet.
    seen: Option<String>,
    /// What the policy should be set to.
    body: Value,
    /// Whether it is set to that already.
    pub(super) is_done: bool,
    /// What differs.
    pub(super) diff: String,
}

/// Looks at the policies and tells what must be written of each. Everything that stands in the way is
/// returned, when something does.
pub(super) async fn plans(
    client: &Client,
    wishes: Vec<Wish>,
) -> anyhow::Result<Result<Vec<Plan>, Vec<String>>> {
    let known: Policies = client.get(&["policies"]).await?.read()?;
    let known: BTreeSet<String> = known.policies.into_iter().map(|known| known.id).collect();
    let (mut plans, mut refused) = (Vec::new(), Vec::new());
    for wish in wishes {
        let id = wish.id.clone();
        let plan = if known.contains(&id) {
            let answer = client.get(&["policies", &id]).await?;
            let seen = answer.etag.clone();
            Plan::change(wish, &answer.read()?, seen)
        } else {
            Plan::new_policy(wish)
        };
        match plan {
            Ok(plan) => plans.push(plan),
            Err(error) => refused.push(format!("{id}: {error}")),
        }
    }
    Ok(if refused.is_empty() {
        Ok(plans)
    } else {
        Err(refused)
    })
}

/// The ids of all policies.
#[derive(Debug, Deserialize)]
struct Policies {
    policies: Vec<Known>,
}

#[derive(Debug, Deserialize)]
struct Known {
    id: String,
}

impl Plan {
    fn new_policy(wish: Wish) -> anyhow::Result<Self> {
        let base = wish.settings.as_ref().and_then(|set| set.base.clone());
        if wish.rules.is_none() && base.is_none() {
            bail!(
                "there is no such policy to be tuned; a managed ruleset has a `base`, a custom \
                 policy a rules file"
            );
        }
        if wish.rules.is_some() && base.is_some() {
            bail!("a policy has rules or a `base`, not both");
        }
        let mut body = json!({"id": wish.id});
        if let Some(base) = base {
            body["base"] = base.into();
        }
        Ok(Self::made(wish, None, body, &Set::default()))
    }

    fn change(wish: Wish, policy: &Policy, seen: String) -> anyhow::Result<Self> {
        fits(&wish, policy)?;
        // The texts of what is not custom are ours, and nobody's to set.
        let is_custom = policy.summary.kind == "custom";
        let now = Set {
            text: is_custom.then_some(policy.text.as_str()),
            tests: policy.tests.as_deref().filter(|_| is_custom),
            tuning: Some(&policy.tuning),
            revision: Some(&policy.summary.revision),
        };
        Ok(Self::made(wish, Some(seen), json!({}), &now))
    }

    fn made(wish: Wish, seen: Option<String>, mut body: Value, now: &Set<'_>) -> Self {
        let nothing = json!({});
        let wanted = now.with(&wish);
        for (name, value) in [("text", wanted.text), ("tests", wanted.tests)] {
            if let Some(value) = value {
                body[name] = value.into();
            }
        }
        body["tuning"] = wanted.tuning.unwrap_or(&nothing).clone();
        let is_done = seen.is_some()
            && (now.text, now.tests, now.tuning) == (wanted.text, wanted.tests, wanted.tuning);
        let diff = diff(&wish, now, &wanted);
        Self {
            wish,
            seen,
            body,
            is_done,
            diff,
        }
    }

    /// Whether the policy is not there yet.
    pub(super) const fn is_new(&self) -> bool {
        self.seen.is_none()
    }

    /// Writes it.
    pub(super) async fn carry_out(
        &self,
        client: &Client,
        author: &str,
        note: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let mut body = self.body.clone();
        if let Some(note) = note {
            body["note"] = note.into();
        }
        let (method, path) = match self.seen {
            Some(_) => (Method::PUT, &["policies", self.wish.id.as_str()][..]),
            None => (Method::POST, &["policies"][..]),
        };
        let change = Change {
            method,
            seen: self.seen.as_deref(),
            author,
            body: &body,
        };
        client.change(path, &change).await
    }
}

/// An error when the policy can't become what the files say.
fn fits(wish: &Wish, policy: &Policy) -> anyhow::Result<()> {
    let (kind, origin) = (&policy.summary.kind, &policy.summary.origin);
    if policy.summary.read_only {
        bail!("the file {origin} owns the policy: change it there");
    }
    if wish.rules.is_some() && kind != "custom" {
        bail!("there is a policy of this id, whose rules are ours: give yours another id");
    }
    let base = wish.settings.as_ref().and_then(|set| set.base.as_ref());
    if let Some(base) = base
        && policy.summary.base.as_ref() != Some(base)
    {
        match &policy.summary.base {
            Some(now) => bail!("its base is {now:?} and stays so: give one of {base:?} another id"),
            None => bail!("there is a policy of this id that has no base: give yours another id"),
        }
    }
    Ok(())
}

/// What is set of a policy.
#[derive(Debug, Default)]
struct Set<'s> {
    text: Option<&'s str>,
    tests: Option<&'s str>,
    tuning: Option<&'s Value>,
    /// None of a policy that there is not yet.
    revision: Option<&'s str>,
}

impl<'s> Set<'s> {
    /// The same as the files want it; what they say nothing of stays.
    fn with(&self, wish: &'s Wish) -> Self {
        let mut wanted = Self { ..*self };
        if let Some(rules) = &wish.rules {
            wanted.text = Some(&rules.text.text);
            wanted.tests = rules.tests.as_ref().map(|tests| tests.text.as_str());
        }
        if let Some(settings) = &wish.settings {
            wanted.tuning = Some(&settings.tuning);
        }
        wanted
    }
}

/// What differs, text by text.
fn diff(wish: &Wish, now: &Set<'_>, wanted: &Set<'_>) -> String {
    let before = |name: &str| match now.revision {
        Some(revision) => format!("{} {name}, revision {revision}", wish.id),
        None => NOWHERE.to_owned(),
    };
    let mut diff = String::new();
    if let Some(Rules { text, tests }) = &wish.rules {
        let tests = tests.as_ref().map_or(NOWHERE, |tests| &tests.name);
        let texts = [now.text, wanted.text].map(Option::unwrap_or_default);
        diff += &unified(texts, [&before("rules"), &text.name]);
        let texts = [now.tests, wanted.tests].map(Option::unwrap_or_default);
        diff += &unified(texts, [&before("tests"), tests]);
    }
    if let Some(Settings { file, .. }) = &wish.settings {
        let [now, wanted] = [now.tuning, wanted.tuning].map(pretty);
        diff += &unified([&now, &wanted], [&before("tuning"), file]);
    }
    diff
}

fn pretty(tuning: Option<&Value>) -> String {
    let members = tuning.and_then(Value::as_object);
    match members.filter(|members| !members.is_empty()) {
        Some(members) => serde_json::to_string_pretty(members).unwrap_or_default() + "\n",
        None => String::new(),
    }
}
