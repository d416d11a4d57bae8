//! Stopping: the token, and the drain with its deadline.

use std::future::pending;
use std::time::Duration;

use nightlatch_chassis::shutdown::{Shutdown, Tasks, drain};
use tokio::time::Instant;

type Never = std::convert::Infallible;

#[tokio::test(start_paused = true)]
async fn parts_that_watch_the_token_end_in_time() {
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    for name in ["one", "two"] {
        let shutdown = shutdown.clone();
        tasks.spawn(name, async move {
            shutdown.begun().await;
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok::<_, Never>(())
        });
    }
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_mins(1)).await;
        stop.begin();
    });
    let drained = drain(tasks, Duration::from_secs(25)).await;
    assert!(drained.is_clean() && shutdown.is_begun(), "{drained:?}");
}

#[tokio::test(start_paused = true)]
async fn a_part_that_does_not_end_is_named_and_left_at_the_deadline() {
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    let token = shutdown.clone();
    tasks.spawn("quick", async move {
        token.begun().await;
        Ok::<_, Never>(())
    });
    tasks.spawn("stuck", pending::<Result<(), Never>>());
    shutdown.begin();
    let start = Instant::now();
    let drained = drain(tasks, Duration::from_secs(25)).await;
    assert_eq!(drained.late, ["stuck"]);
    assert_eq!(start.elapsed(), Duration::from_secs(25));
}

#[tokio::test]
async fn a_part_that_fails_stops_the_others_and_is_told() {
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    let token = shutdown.clone();
    tasks.spawn("good", async move {
        token.begun().await;
        Ok::<_, Never>(())
    });
    tasks.spawn("bad", async { Err("the disk is full") });
    let drained = drain(tasks, Duration::from_secs(25)).await;
    assert_eq!(drained.failed, [("bad", "the disk is full".to_owned())]);
    assert!(drained.late.is_empty());
}

#[tokio::test]
async fn a_part_that_panics_stops_the_others_and_is_told() {
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    let token = shutdown.clone();
    tasks.spawn("good", async move {
        token.begun().await;
        Ok::<_, Never>(())
    });
    tasks.spawn("broken", async {
        panic!("a test's panic") as Result<(), Never>
    });
    let drained = drain(tasks, Duration::from_secs(25)).await;
    assert_eq!(drained.failed.len(), 1);
    assert_eq!(drained.failed[0].0, "broken");
}
