//! An attack with good traffic beside it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::deadline::{SOON, until};
use crate::installation::{
    DOMAIN, EVERY_EVENT, INTEGRATION, Installation, ORG_ID, PATH_KEY, SECRET,
};
use crate::ledger::Ledger;
use crate::load::{Load, MACHINE, Pace, drained};
use crate::process::Running;
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

/// How long a sender may take for a body here.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// An installation that a good org and an attacker share.
pub(super) fn installation() -> Installation {
    let integration = |name: &str, org: &str, domain: &str, key: &str, secret: &str| {
        format!(
            "{{ name = '{name}', org_id = '{org}', domain = '{domain}', path_key = '{key}', \
             secret = '{secret}' }}"
        )
    };
    let good = integration(INTEGRATION, ORG_ID, DOMAIN, PATH_KEY, SECRET);
    let bad = integration(
        "attacker",
        "00oattacker",
        ATTACKER,
        ATTACKER_KEY,
        ATTACKER_SECRET,
    );
    Installation::watching_everything()
        .with("integrations", &format!("[{good}, {bad}]"))
        .with(
            "ingest.body_timeout",
            &format!("'{}s'", BODY_TIMEOUT.as_secs()),
        )
        // The longest there is: a slow disk is not what is tested here.
        .with("ingest.append_timeout", "'2s'")
}

/// Runs `attack` while good traffic comes in, and panics unless that passes unharmed.
pub(super) async fn besiege(
    installation: &Installation,
    attack: impl FnOnce(&Running) + Send + 'static,
) {
    let _machine = MACHINE.lock().await;
    let mut process = installation.spawn();
    let running = process.ready().await;
    let ledger = Arc::new(Ledger::default());
    let (_announce, address) = watch::channel(Some(running.hooks));
    let load = Load::start(
        &address,
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
    let target = running.clone();
    let attacked = tokio::task::spawn_blocking(move || attack(&target)).await;
    if let Err(panicked) = attacked {
        std::panic::resume_unwind(panicked.into_panic());
    }
    more(ledger.acked() + 10).await;
    load.stop().await;

    assert!(
        drained(running.hooks, running.api, &ledger, DRAIN).await,
        "not drained in {DRAIN:?}"
    );
    let answers = ledger.answers();
    assert_eq!(answers.keys().collect::<Vec<_>>(), [&204], "{answers:?}");
    assert_eq!(ledger.unanswered(), 0, "good deliveries without an answer");
    let verdict = Verdict::of(installation, running.api, &ledger, &[EVERY_EVENT]).await;
    verdict.assert_flawless();
    let memory = process.most_memory_kib();
    println!("{verdict}; at most {} MiB of memory", memory / 1024);
    assert!(memory < MOST_MEMORY_KIB, "{memory} KiB of memory");
    let ended = tokio::time::timeout(SOON, process.terminate())
        .await
        .unwrap();
    assert!(ended.status.success(), "{}", ended.stderr);
    let errors: Vec<_> = ended
        .stderr
        .lines()
        .filter(|line| line.contains("\"ERROR\""))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
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
