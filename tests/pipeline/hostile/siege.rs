//! An attack with good traffic beside it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::deadline::until;
use crate::fleet::{Service, WatchedOrg};
use crate::installation::{EVERY_EVENT, Installation, SECRET, integration};
use crate::ledger::Ledger;
use crate::load::{Load, MACHINE, Pace, drained};
use crate::services::Services;
use crate::verdict::Verdict;

/// The last segment of the attacker's hook: who has it is let in, and not trusted for that.
pub(super) const ATTACKER_KEY: &str = "attacker-path-key-0123456789";
/// The attacker's secret.
pub(super) const ATTACKER_SECRET: &str = "attacker-secret-0123456789-0123456789";
/// The attacker's org.
pub(super) const ATTACKER: &str = "attacker.okta.com";

/// More memory than this it never holds, whatever comes, in KiB; a build without optimisation.
const MOST_MEMORY_KIB: u64 = 256 * 1024;
const DRAIN: Duration = Duration::from_mins(1);

/// What is attacked: an ingest, and a sink behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) hooks: SocketAddr,
    pub(super) import: SocketAddr,
    pub(super) feed: SocketAddr,
}

/// How long a sender may take for a body here.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// An installation that good orgs and an attacker share.
pub(super) fn installation() -> Installation {
    let attacker = integration(&WatchedOrg {
        name: "attacker".to_owned(),
        org_id: "00oattacker".to_owned(),
        domain: ATTACKER.to_owned(),
        path_key: ATTACKER_KEY.to_owned(),
    });
    let attacker = attacker.replace(SECRET, ATTACKER_SECRET);
    Installation::watching_everything()
        .watching(&[attacker])
        .with(
            "ingest.body_timeout",
            &format!("'{}s'", BODY_TIMEOUT.as_secs()),
        )
        // The longest there is: a slow disk is not what is tested here.
        .with("ingest.append_timeout", "'2s'")
}

/// Attacks each ingest and each sink while good traffic comes in, and panics unless that passes
/// unharmed. Returns how many attacks there were.
pub(super) async fn besiege(
    installation: &Installation,
    attack: impl Fn(Target) + Send + 'static,
) -> usize {
    let _machine = MACHINE.lock().await;
    let services = installation.start().await;
    let ledger = Arc::new(Ledger::default());
    let (_announce, addresses) = watch::channel(services.all_hooks());
    let load = Load::start(
        &addresses,
        &ledger,
        Pace {
            rate: 60,
            connections: 4,
            seed: 1,
        },
    );

    let more = async |acked: usize| {
        until("good deliveries are answered", async || {
            (ledger.acked() >= acked).then_some(())
        })
        .await;
    };
    more(10).await;
    let targets = targets(&services);
    let attacks = targets.len();
    let attacked = tokio::task::spawn_blocking(move || targets.into_iter().for_each(attack)).await;
    if let Err(panicked) = attacked {
        std::panic::resume_unwind(panicked.into_panic());
    }
    more(ledger.acked() + 10).await;
    load.stop().await;

    assert!(
        drained(&services, &ledger, DRAIN).await,
        "not drained in {DRAIN:?}"
    );
    let answers = ledger.answers();
    assert_eq!(answers.keys().collect::<Vec<_>>(), [&204], "{answers:?}");
    assert_eq!(ledger.unanswered(), 0, "good deliveries without an answer");
    let verdict = Verdict::of(installation, &services, &ledger, &[EVERY_EVENT]).await;
    verdict.assert_flawless();
    let memory = services.most_memory_kib();
    println!("{verdict}; at most {} MiB of memory", memory / 1024);
    assert!(memory < MOST_MEMORY_KIB, "{memory} KiB of memory");
    for ended in services.terminate().await {
        let lines = ended.stderr.lines();
        let errors: Vec<_> = lines.filter(|line| line.contains("\"ERROR\"")).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    attacks
}

fn targets(services: &Services) -> Vec<Target> {
    let ingests = services.running(Service::Ingest).into_iter();
    let pairs = ingests.zip(services.feeds());
    pairs
        .map(|(ingest, feed)| Target {
            hooks: ingest.hooks,
            import: ingest.api,
            feed,
        })
        .collect()
}

/// Returns why each of the attacker's dead letters is one, and how often.
pub(super) async fn dead_letters(installation: &Installation) -> BTreeMap<String, usize> {
    let letters = installation
        .records::<serde_json::Value>("okta.dead-letters")
        .await;
    let mut reasons = BTreeMap::new();
    for letter in letters {
        let reason = letter.headers["reason"].as_str().unwrap().to_owned();
        *reasons.entry(reason).or_default() += 1;
    }
    reasons
}
