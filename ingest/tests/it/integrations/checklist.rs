//! Each failure of the checklist, as a person reads it.

use jiff::Timestamp;
use nightlatch_chassis::Secret;
use nightlatch_ingest::okta::HookDraft;
use nightlatch_okta_sim::{Endpoint, Fault, Harm, Mishaps};
use nightlatch_schemas::topics::CURSORS;
use serde_json::{Value, json};

use super::okta::{SIGN_IN, World, until};
use super::system_log::{self, Working};
use crate::bench::{KEY, SECRET};

const MANAGE: &str = "okta.eventHooks.manage";
const READ: &str = "okta.eventHooks.read";
const LOGS: &str = "okta.logs.read";
const TWO_DAYS_MS: i64 = 172_800_000;

/// The checklist as lines: what becomes of each step, and what is said.
async fn told(world: &World, path: &str) -> String {
    let answer = world.api().post(&format!("{path}/validate?wait=0s")).await;
    let mut lines = Vec::new();
    for data in answer
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
    {
        let report: Value = serde_json::from_str(data).unwrap();
        let word = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
        match report["passed"].as_bool() {
            Some(passed) => lines.push(format!("passed: {passed}")),
            None if word("state") == "running" => {}
            None => {
                assert!(report["milliseconds"].is_u64(), "{report}");
                let line = format!("{}: {}", word("step"), word("state"));
                let words = [line, word("sentence"), word("remedy")];
                let words = words.iter().filter(|word| !word.is_empty());
                let words: Vec<&str> = words.map(String::as_str).collect();
                lines.push(words.join("\n    "));
            }
        }
    }
    let text = lines.join("\n");
    let text = text.replace(&world.domain(), "ORG");
    // Ids differ from run to run.
    let is_id = |word: &str| word.starts_with("who") && word.len() > 15;
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let shown = words.map(|word| if is_id(word) { "who… " } else { word });
    shown.collect()
}

/// What fails, in a world that is right otherwise.
async fn failing(world: &World, scopes: &[&str]) -> String {
    let path = world.connect(scopes).await;
    told(world, &path).await
}

#[tokio::test]
async fn all_steps_pass_where_all_is_right() {
    let world = World::new().await;
    insta::assert_snapshot!(failing(&world, &[MANAGE, READ, LOGS]).await);
}

#[tokio::test]
async fn what_the_system_log_has_is_no_proof_that_the_hook_delivers() {
    let world = system_log::world().await;
    world.org.set_mishaps(Mishaps {
        lost: 1.0,
        ..Mishaps::default()
    });
    let path = world.connected().await;
    let working = Working::begin(&world.bench);
    world.org.emit(SIGN_IN).unwrap();
    let is_read = || async { world.api().get(&path).await.body["last_event"].is_string() };
    until("an event of the System Log", is_read).await;
    let text = told(&world, &path).await;
    working.end().await;
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_delivery_of_two_days_ago_is_no_proof_that_the_hook_delivers_now() {
    let world = World::new().await;
    let path = world.connected().await;
    let shown = world.api().get(&path).await.body;
    let created: Timestamp = shown["created"].as_str().unwrap().parse().unwrap();
    let id = path.rsplit('/').next().unwrap();
    let key = format!("arrival/{id}@{}/another", created.as_millisecond());
    let old = Timestamp::from_millisecond(system_log::now_ms() - TWO_DAYS_MS).unwrap();
    let cursors = world.bench.log.cursors(CURSORS).await.unwrap();
    let noted = old.as_millisecond().to_string().into();
    cursors.put(key.as_bytes(), noted).await.unwrap();
    let is_known = || async {
        let shown = world.api().get(&path).await.body;
        shown["hook"]["last_delivery"].is_string()
    };
    until("the old delivery", is_known).await;

    let text = told(&world, &path).await;
    let waits = format!(
        "first_event: waiting\n    The hook delivered last at {old:.0}, over a day ago, which is no proof \
         that it does now.\n    Sign in to the org"
    );
    assert!(text.contains(&waits), "{waits}\n in \n{text}");

    world.org.emit(SIGN_IN).unwrap();
    world.org.settle().await;
    let answer = world.api().post(&format!("{path}/validate?wait=20s")).await;
    let now = "\"sentence\":\"The hook delivered last at";
    assert!(answer.text.contains(now), "{}", answer.text);
    assert!(!answer.text.contains("over a day ago"), "{}", answer.text);
}

#[tokio::test]
async fn nobody_answers_at_the_address() {
    let mut world = World::new().await;
    let path = world.connect(&[MANAGE, READ, LOGS]).await;
    let other = World::new().await;
    let org = std::mem::replace(&mut world.org, other.org);
    let domain = org.address().to_string();
    org.stop().await;
    let text = told(&world, &path).await;
    insta::assert_snapshot!(text.replace(&domain, "ORG"));
}

#[tokio::test]
async fn the_certificate_is_of_nobody_we_trust() {
    let trusted = World::new().await;
    let world = World::with("", "ca_file = ''").await;
    let new = json!({
        "domain": world.domain(), "org_id": "00osim", "name": "sim",
        "credentials": {"api_token": "token"},
    });
    let path = super::connect(&world.api(), &new).await;
    drop(trusted);
    insta::assert_snapshot!(told(&world, &path).await);
}

#[tokio::test]
async fn the_address_leads_to_another_org() {
    let world = World::new().await;
    let new = json!({
        "domain": world.domain(), "org_id": "00oanother", "name": "sim",
        "credentials": {"api_token": "token"},
    });
    let path = super::connect(&world.api(), &new).await;
    let text = told(&world, &path).await;
    let id = text
        .split("is the org ")
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap();
    insta::assert_snapshot!(text.replace(id, "00oTHEIRS"));
}

#[tokio::test]
async fn the_secret_is_wrong() {
    let world = World::new().await;
    let client = world.org.install_integration(&[MANAGE, READ, LOGS]);
    let wrong = json!({"client_id": client.client_id, "client_secret": "wrong"});
    let path = world.connect_with(&wrong).await;
    insta::assert_snapshot!(told(&world, &path).await);
}

#[tokio::test]
async fn the_app_is_of_the_kind_that_needs_a_private_key() {
    let world = World::new().await;
    let app = world
        .org
        .create_service_app(&[MANAGE, READ, LOGS], false)
        .unwrap();
    let wrong = json!({"client_id": app.client_id, "client_secret": "any"});
    let path = world.connect_with(&wrong).await;
    insta::assert_snapshot!(told(&world, &path).await);
}

#[tokio::test]
async fn hooks_may_not_be_managed() {
    let world = World::new().await;
    insta::assert_snapshot!(failing(&world, &[READ, LOGS]).await);
}

#[tokio::test]
async fn the_system_log_may_not_be_read() {
    let world = World::new().await;
    insta::assert_snapshot!(failing(&world, &[MANAGE, READ]).await);
}

#[tokio::test]
async fn the_org_has_as_many_hooks_as_it_may() {
    let world = World::new().await;
    let okta = world.administrator();
    for number in 1..=25 {
        let draft = HookDraft {
            name: format!("other {number}"),
            uri: format!("http://{}/hooks/okta/{KEY}?{number}", world.listener),
            header: "Authorization".to_owned(),
            secret: Secret::new(SECRET),
            event_types: vec!["user.session.start".to_owned()],
            filter: None,
        };
        let hook = okta.create_event_hook(&draft).await.unwrap();
        okta.verify_event_hook(&hook.id).await.unwrap();
    }
    insta::assert_snapshot!(failing(&world, &[MANAGE, READ, LOGS]).await);
}

#[tokio::test]
async fn it_is_not_said_where_okta_reaches_us() {
    let world = World::with("public_url = ''", "").await;
    insta::assert_snapshot!(failing(&world, &[MANAGE, READ, LOGS]).await);
}

#[tokio::test]
async fn okta_does_not_reach_us() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let world = World::with(&format!("public_url = 'http://{address}'"), "").await;
    insta::assert_snapshot!(failing(&world, &[MANAGE, READ, LOGS]).await);
}

#[tokio::test]
async fn okta_is_in_trouble_with_its_log() {
    let world = World::new().await;
    let path = world.connect(&[MANAGE, READ, LOGS]).await;
    world
        .org
        .add_fault(Fault::at(Endpoint::Logs, Harm::Status(500)));
    insta::assert_snapshot!(told(&world, &path).await);
}
