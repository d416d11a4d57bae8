//! `nightlatch policies`: files become policies of a detector that runs, and it tells of them.

mod apply;
mod history;
mod look;
mod race;
mod refused;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fleet::Service;
use crate::installation::Installation;
use crate::process::Ended;
use crate::services::Services;

/// A custom policy with one rule.
const MINE: &str = "\
- policy: {id: mine, name: Of mine}
- list: known
  items: [ann@acme.example]
- rule: All
  desc: d
  condition: okta.evt.type exists and not okta.actor.alternateid in (known)
  output: o
  priority: NOTICE
";

/// Tests of it.
const MINE_TESTS: &str = "\
- {test: a stranger, rule: All, event: {eventType: x, actor: {alternateId: bob}}, matches: true}
- {test: ann, rule: All, event: {eventType: x, actor: {alternateId: ann@acme.example}}, matches: false}
";

/// What counts instead in a managed policy.
const MFA: &str = "\
id: okta-mfa
tuning:
  rules:
    All factors reset: {enabled: false}
  exceptions:
    - name: ann travels
      rule: Factor removed
      fields: [okta.actor.alternateid]
      values: [[ann@acme.example]]
      owner: bob
      reason: a journey
      expires: 2099-01-01T01:00:00+01:00
";

impl Installation {
    /// Runs `nightlatch policies`: with the process that runs, or on Kafka the first detector.
    async fn ask(&self, services: &Services, words: &[&str]) -> Ended {
        let api = services.running(Service::Detector)[0].api;
        let api = format!("http://{api}");
        let mut all = vec!["policies"];
        if services.are_apart() {
            all.extend(["--api", &api]);
        }
        self.run(&[&all, words].concat()).await
    }

    /// As [`Installation::ask`], for what must succeed.
    async fn asked(&self, services: &Services, words: &[&str]) -> String {
        let ended = self.ask(services, words).await;
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(ended.status.success(), "{words:?}: {said}");
        ended.stdout
    }

    /// Returns what the API says of a policy.
    async fn policy(&self, services: &Services, id: &str) -> Value {
        let said = self
            .asked(services, &["show", id, "--format", "json"])
            .await;
        serde_json::from_str(&said).unwrap()
    }

    /// Returns the revisions of a policy, the newest first.
    async fn revisions(&self, services: &Services, id: &str) -> Vec<Value> {
        let said = self
            .asked(services, &["history", id, "--format", "json"])
            .await;
        let lines = said.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Writes a file to the folder `rules`.
    fn rules_file(&self, name: &str, text: &str) -> String {
        let folder = self.folder().join("rules");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        text_of(&path).to_owned()
    }
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}
