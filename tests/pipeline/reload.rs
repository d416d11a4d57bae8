//! Rules that change while events come in; rules that break.

mod set;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::deadline::until;
use crate::fleet::Service;
use crate::installation::{EVERY_EVENT, EVERYTHING_TEXT, Installation};
use crate::ledger::Ledger;
use crate::load::{Load, MACHINE, Pace, drained, shown};
use crate::records::Detection;
use crate::services::Services;
use crate::verdict::Verdict;

const DRAIN: Duration = Duration::from_mins(1);
/// The second rule of the policy: it changes together with the first, or not at all.
const AGAIN: &str = "Every event again";

fn installation(text: &str) -> Installation {
    Installation::new()
        .with("detector.managed_policies", "false")
        .with("detector.reload_interval", "'20ms'")
        .with_policy("everything.yaml", text)
}

/// An edition of the policy: both of its rules show its number.
fn edition(number: usize) -> String {
    format!(
        "{}
- rule: {AGAIN}
  desc: Matches every event, too.
  condition: okta.evt.type exists or not okta.evt.type exists
  output: edition {number}
  priority: INFO
",
        EVERYTHING_TEXT.replace("event %okta.evt.type", &format!("edition {number}"))
    )
}

/// Writes a file whole, as editors do that write beside it and rename.
fn replace(path: &Path, text: &str) {
    let fresh = path.with_extension("tmp");
    fs::write(&fresh, text).unwrap();
    fs::rename(fresh, path).unwrap();
}

/// Returns the checks of each detector as `/readyz?verbose` tells them.
async fn checks(services: &Services) -> Vec<String> {
    let mut checks = Vec::new();
    for detector in services.running(Service::Detector) {
        let url = format!("http://{}/readyz?verbose", detector.admin);
        checks.push(reqwest::get(url).await.unwrap().text().await.unwrap());
    }
    checks
}

/// Sends an event of each org and says whether all were judged by the edition.
async fn is_in_force(services: &Services, ledger: &Ledger, number: usize) -> bool {
    let expected = format!("edition {number}");
    let detections = shown(services, ledger).await;
    detections
        .iter()
        .all(|detection| detection.output == expected)
}

/// Waits until each detector judges by the edition.
async fn comes_into_force(services: &Services, ledger: &Ledger, number: usize) {
    until(&format!("edition {number} is in force"), async || {
        is_in_force(services, ledger, number).await.then_some(())
    })
    .await;
}

/// Changes the policy so many times while events come in, each time by `write`, and panics unless
/// each event was judged by exactly one edition.
async fn assert_judged_once(
    interval: Duration,
    editions: usize,
    events_between: usize,
    write: fn(&Path, &str),
) {
    let _machine = MACHINE.lock().await;
    let installation = installation(&edition(0)).with(
        "detector.reload_interval",
        &format!("'{}ms'", interval.as_millis()),
    );
    let path = installation.policies().join("everything.yaml");
    let services = installation.start().await;
    let ledger = Arc::new(Ledger::default());
    let (_announce, addresses) = watch::channel(services.all_hooks());
    let load = Load::start(
        &addresses,
        &ledger,
        Pace {
            rate: 150,
            connections: 4,
            seed: 1,
        },
    );
    for number in 1..=editions {
        let acked = ledger.acked();
        write(&path, &edition(number));
        let enough = acked + events_between;
        until("events come in", async || {
            (ledger.acked() >= enough).then_some(())
        })
        .await;
    }
    comes_into_force(&services, &ledger, editions).await;
    load.stop().await;
    assert!(
        drained(&services, &ledger, DRAIN).await,
        "not drained in {DRAIN:?}"
    );
    assert_one_edition_an_event(&installation, &services, &ledger, editions).await;
}

async fn assert_one_edition_an_event(
    installation: &Installation,
    services: &Services,
    ledger: &Ledger,
    editions_written: usize,
) {
    let rules = [EVERY_EVENT, AGAIN];
    Verdict::of(installation, services, ledger, &rules)
        .await
        .assert_flawless();
    let detections = installation.detections().await;
    let detections = detections.iter().map(|record| &record.value);
    let mut editions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut judgements: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Detection {
        output,
        ruleset_version,
        event,
        ..
    } in detections
    {
        editions.entry(ruleset_version).or_default().insert(output);
        judgements.entry(&event.uuid).or_default().insert(output);
    }
    assert!(
        editions.values().all(|outputs| outputs.len() == 1),
        "{editions:?}"
    );
    let torn: Vec<_> = judgements
        .iter()
        .filter(|(_, outputs)| outputs.len() != 1)
        .collect();
    assert!(torn.is_empty(), "judged by two editions: {torn:?}");
    assert!(
        editions.len() > editions_written / 4,
        "few came into force: {editions:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_judged_by_exactly_one_edition_of_rules_that_are_replaced() {
    assert_judged_once(Duration::from_millis(20), 40, 15, replace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_judged_by_exactly_one_edition_of_rules_that_are_written_in_place() {
    let write = |path: &Path, text: &str| fs::write(path, text).unwrap();
    assert_judged_once(Duration::from_millis(200), 8, 100, write).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_leaves_its_last_good_text_in_force_after_a_restart_too() {
    let ledger = Ledger::default();
    let installation = installation(&edition(1));
    let path = installation.policies().join("everything.yaml");
    let services = installation.start().await;
    assert!(is_in_force(&services, &ledger, 1).await);

    replace(&path, &edition(2));
    comes_into_force(&services, &ledger, 2).await;
    replace(
        &path,
        &edition(3).replace("okta.evt.type exists or", "okta.evt.tpe exists or"),
    );
    let say_so = async |services: &Services| {
        until("the checks tell of the broken file", async || {
            let checks = checks(services).await;
            let tells = |checks: &String| {
                let told = checks.contains("everything.yaml") && checks.contains("last good text");
                told && checks.contains("readyz check passed")
            };
            checks.iter().all(tells).then_some(())
        })
        .await;
    };
    say_so(&services).await;
    for log in services.logs(Service::Detector) {
        for place in ["everything.yaml:8:", "everything.yaml:14:"] {
            let told = log
                .lines()
                .find(|line| line.contains(place) && line.contains("okta.evt.tpe"));
            assert!(told.is_some(), "{place} in {log}");
        }
    }
    assert!(is_in_force(&services, &ledger, 2).await);
    services.terminate().await;

    let services = installation.start().await;
    say_so(&services).await;
    assert!(is_in_force(&services, &ledger, 2).await);

    replace(&path, &edition(4));
    comes_into_force(&services, &ledger, 4).await;
    for checks in checks(&services).await {
        assert!(!checks.contains("last good text"), "{checks}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_was_never_good_is_left_out_alone() {
    let installation = installation(&edition(1)).with_policy("broken.yaml", "- rule: nothing\n");

    let services = installation.start().await;

    for checks in checks(&services).await {
        assert!(
            checks.contains("broken.yaml") && checks.contains("left out"),
            "{checks}"
        );
    }
    assert!(is_in_force(&services, &Ledger::default(), 1).await);
    for detector in services.running(Service::Detector) {
        let url = format!("http://{}/metrics", detector.admin);
        let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
        let unusable = metrics
            .lines()
            .find(|line| line.contains("unusable") && line.ends_with(" 1"));
        assert!(unusable.is_some(), "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_folder_that_cannot_be_read_takes_no_policy_away() {
    let installation = installation(&edition(1)).with("detector.managed_policies", "true");
    let ledger = Ledger::default();
    let services = installation.start().await;
    assert!(is_in_force(&services, &ledger, 1).await);

    let folder = installation.policies();
    fs::rename(&folder, folder.with_extension("away")).unwrap();
    until("the checks tell of the folder", async || {
        let checks = checks(&services).await;
        let tells =
            |checks: &String| checks.contains("policies") && checks.contains("readyz check passed");
        checks.iter().all(tells).then_some(())
    })
    .await;

    assert!(is_in_force(&services, &ledger, 1).await);
}
