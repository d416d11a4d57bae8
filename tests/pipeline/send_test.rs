//! A test of a connection through the whole chain: by the hook's public address to the feed.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

use crate::deadline::until;
use crate::fleet::Service;
use crate::installation::{EVERY_EVENT, Installation};
use crate::process::Ended;
use crate::services::Services;

/// What must be seen nowhere.
const CANARY: &str = "canary-5d07-of-the-api-token";
/// An org as a file says it.
const FILE: &str = "\
domain: pipeline.okta.com
name: Pipeline
org_id: 00opipeline
credentials: {mode: api_token, secret_file: token}
";

/// An org that is connected, and what stands in front of the hook.
struct World {
    installation: Installation,
    services: Services,
}

impl World {
    async fn of(installation: Installation) -> Self {
        let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = gateway.local_addr().unwrap();
        let installation = installation
            .with("ingest.public_url", &format!("'http://{address}'"))
            .with("ingest.okta.allow_loopback", "true");
        let services = installation.start().await;
        tokio::spawn(pass_on(gateway, services.all_hooks()));
        installation.file("token", CANARY);
        let world = Self {
            installation,
            services,
        };
        let file = world.installation.file("org.yaml", FILE);
        let applied = world.run(&["apply", "-f", file.to_str().unwrap()]).await;
        assert!(applied.status.success(), "{}", applied.stderr);
        world
    }

    /// Runs `nightlatch integrations`.
    async fn run(&self, words: &[&str]) -> Ended {
        let api = format!("http://{}", self.services.running(Service::Ingest)[0].api);
        let mut all = vec!["integrations"];
        if self.services.are_apart() {
            all.extend(["--api", &api]);
        }
        self.installation.run(&[&all, words].concat()).await
    }

    async fn test(&self) -> Ended {
        let feed = format!("http://{}", self.services.feeds()[0]);
        let mut words = vec!["test", "Pipeline"];
        if self.services.are_apart() {
            words.extend(["--feed-api", &feed]);
        }
        self.run(&words).await
    }

    /// The feed's only row.
    async fn row(&self) -> Value {
        let url = format!("http://{}/api/v1/events", self.services.feeds()[0]);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let row = async || {
            let answer = client.get(&url).send().await.ok()?;
            let page: Value = answer.json().await.ok()?;
            match page["events"].as_array()?.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            }
        };
        until("one row in the feed", row).await
    }
}

/// Passes connections on to the hooks, by turns.
async fn pass_on(gateway: TcpListener, hooks: Vec<SocketAddr>) {
    for hooks in hooks.into_iter().cycle() {
        let Ok((mut client, _)) = gateway.accept().await else {
            return;
        };
        let Ok(mut hook) = TcpStream::connect(hooks).await else {
            return;
        };
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut hook).await });
    }
}

/// The stages as they are printed: state and name.
fn stages(printed: &str) -> Vec<String> {
    let lines = printed.lines().filter(|line| !line.starts_with(' '));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_word = |word: &&&str| **word != "ms" && word.parse::<u64>().is_err();
            words.iter().filter(is_word).copied().collect::<Vec<_>>()
        })
        .map(|words| words.join(" "))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_through_the_whole_chain_and_tells_the_milliseconds_of_each_stage() {
    let world = World::of(Installation::new()).await;
    let ended = world.test().await;
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(ended.status.success(), "{said}");
    assert!(!said.contains(CANARY), "{said}");
    let expected = [
        "passed posted",
        "passed received",
        "passed detected",
        "passed in the feed",
    ];
    assert_eq!(stages(&said), expected, "{said}");
    assert!(said.lines().all(|line| line.ends_with(" ms")), "{said}");
    let row = world.row().await;
    assert_eq!(row["test"], true);
    assert_eq!(row["policy"]["id"], "okta-connection");
    assert_eq!(row["severity_label"], "Info");
    assert_eq!(
        row["output"],
        "A test of the connection to pipeline.okta.com arrived"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_that_no_rule_answers_is_said_to_be_stuck_and_other_rules_see_a_test() {
    let world = World::of(Installation::watching_everything()).await;
    let ended = world.test().await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let expected = ["passed posted", "passed received", "failed detected"];
    assert_eq!(stages(&ended.stdout), expected, "{}", ended.stdout);
    assert!(ended.stdout.contains("okta-connection"), "{}", ended.stdout);
    let row = world.row().await;
    assert_eq!(row["rule"]["name"], EVERY_EVENT);
    assert_eq!(row["test"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_a_paused_integration_says_what_to_do() {
    let world = World::of(Installation::new()).await;
    let paused = world.run(&["pause", "Pipeline"]).await;
    assert!(!paused.stdout.is_empty(), "{}", paused.stderr);
    let ended = world.test().await;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(stages(&ended.stdout), ["failed posted"], "{}", ended.stdout);
    assert!(ended.stdout.contains("Resume it"), "{}", ended.stdout);
}
