//! The live stream: each event, in the order of arrival, from wherever a client goes on.

use super::events::{DAY, append, event, event_at, number, put, richer, world};
use crate::client::{Follower, listen};
use crate::fixtures::NOON;

const STREAM: &str = "/api/v1/activity/stream";

async fn numbers(follower: &mut Follower, count: usize) -> Vec<u32> {
    let mut numbers = Vec::with_capacity(count);
    for _ in 0..count {
        numbers.push(number(&follower.event().await));
    }
    numbers
}

#[tokio::test]
async fn events_come_as_they_arrive_whatever_their_day_and_none_is_missed() {
    let (_folder, world) = world();
    put(&world, &[event(0)]).await;
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    let mut follower = Follower::connect_to(address, STREAM, "", None).await;
    append(
        &world,
        &[event_at(1, NOON + DAY), event(2), event_at(3, NOON + DAY)],
    )
    .await;
    assert_eq!(numbers(&mut follower, 3).await, [1, 2, 3]);
    let last_id = follower.last_id.clone();
    drop(follower);
    // More than is read at once, of three days, while nobody looks.
    let events: Vec<_> = (4..130)
        .map(|n| event_at(n, NOON + i64::from(n % 3) * DAY + i64::from(n)))
        .collect();
    put(&world, &events).await;
    let mut follower = Follower::connect_to(address, STREAM, "", Some(&last_id)).await;
    assert_eq!(
        numbers(&mut follower, 126).await,
        (4..130).collect::<Vec<_>>()
    );
    let query = "actor=user1@acme.com";
    let mut follower = Follower::connect_to(address, STREAM, query, Some("0:-1")).await;
    assert_eq!(numbers(&mut follower, 3).await, [1, 5, 9]);
}

#[tokio::test]
async fn an_event_comes_again_when_a_richer_copy_arrives() {
    let (_folder, world) = world();
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    let mut follower = Follower::connect_to(address, STREAM, "", None).await;
    put(&world, &[event(0)]).await;
    assert_eq!(
        follower.event().await["client"]["device"],
        serde_json::Value::Null
    );
    append(&world, &[event(0), richer(0)]).await;
    assert_eq!(follower.event().await["client"]["device"], "Laptop of Ann");
}
