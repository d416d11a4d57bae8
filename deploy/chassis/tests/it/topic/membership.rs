//! Sharing work out among replicas.

use std::time::{Duration, Instant};

use nightlatch_chassis::topic::{Log, Membership};

use super::bench::{Bench, DEADLINE, EVENTS};

const GROUP: &str = "owners";
const KEYS: u8 = 60;

fn join(log: &Log) -> Membership {
    log.membership(GROUP, EVENTS).unwrap()
}

fn held(membership: &Membership) -> Vec<u8> {
    (0..KEYS).filter(|key| membership.holds(&[*key])).collect()
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < DEADLINE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_is_alone_looks_after_every_key() {
    let bench = Bench::new();
    let log = bench.open().await;

    let alone = join(&log);

    until("all keys are held", || {
        held(&alone).len() == usize::from(KEYS)
    })
    .await;
}

/// The embedded log has one replica, so there two are both the one.
#[tokio::test]
async fn two_share_the_keys_out_and_who_is_left_gets_all() {
    let bench = Bench::new();
    let log = bench.open().await;
    let another = bench.replica(&log).await;
    let (one, two) = (join(&log), join(&another));
    let is_local = log.replica() == "local";

    let is_shared = || {
        let (one, two) = (held(&one), held(&two));
        let is_apart = one.iter().all(|key| !two.contains(key));
        one.len() + two.len() == usize::from(KEYS) && is_apart && !one.is_empty() && !two.is_empty()
    };
    until("each key has one owner", || is_local || is_shared()).await;
    drop(two);

    until("who is left holds all", || {
        held(&one).len() == usize::from(KEYS)
    })
    .await;
}
