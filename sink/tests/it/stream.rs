//! The live stream over real connections.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;

use crate::client::{Follower, listen};
use crate::fixtures::{event, event_with};
use crate::world::{World, number, until};

fn clients(world: &World) -> f64 {
    world.sample("nightlatch_sink_sse_clients").unwrap()
}

#[tokio::test]
async fn a_client_without_an_id_sees_what_arrives_from_now_on() {
    let (_folder, world) = World::new();
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    world.put(&[event(0), event(1)]).await;
    let mut follower = Follower::connect(address, "", None).await;
    world.append(&[event(3), event(2)]).await;
    assert_eq!(follower.numbers(2).await, [3, 2], "in the order of arrival");
    let (_, listed) = world.get(&format!("/api/v1/events/{}", event(2).id)).await;
    world
        .append(&[event_with(2, |event| event.output.clear()), event(4)])
        .await;
    assert_eq!(follower.numbers(1).await, [4], "a repeat is no news");
    let mut again = Follower::connect(address, "last_event_id=0:-1", None).await;
    let events = [
        again.event().await,
        again.event().await,
        again.event().await,
        again.event().await,
    ];
    assert_eq!(events.each_ref().map(number), [0, 1, 3, 2]);
    assert_eq!(events[3], listed, "the same as in the list");
}

#[tokio::test]
async fn a_client_that_comes_back_misses_nothing_and_gets_nothing_twice() {
    let (_folder, world) = World::new();
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    let mut follower = Follower::connect(address, "", None).await;
    let mut seen = Vec::new();
    let total = 1000;
    let writing = async {
        for chunk in 0..total / 20 {
            let events: Vec<_> = (chunk * 20..chunk * 20 + 20).map(event).collect();
            world.append(&events).await;
        }
    };
    let reading = async {
        // Cut after some events, again and again, in the middle of the flow.
        for cut in 1.. {
            let count = (cut % 37).min(total as usize - seen.len());
            seen.extend(follower.numbers(count).await);
            if seen.len() == total as usize {
                break;
            }
            let id = follower.last_id.clone();
            follower = Follower::connect(address, "", Some(&id)).await;
        }
    };
    tokio::join!(writing, reading);
    assert_eq!(seen, (0..total).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_is_filtered_like_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[("sink.stream.heartbeat", "50ms")]);
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    let mut follower = Follower::connect(address, "rule=Rule%20B&q=okta", None).await;
    let b = |n| event_with(n, |event| "Rule B".clone_into(&mut event.rule.name));
    world
        .put(&[event(0), b(1), event(2), event(3), b(4), event(5)])
        .await;
    assert_eq!(follower.numbers(2).await, [1, 4]);
    // What is left out moves the id on as well.
    let (_, last) = world.get(&format!("/api/v1/events/{}", event(5).id)).await;
    let last = format!("0:{},t:0", last["position"]["offset"]);
    until(async || {
        assert_eq!(follower.next().await, Ok(None));
        follower.last_id == last
    })
    .await;
}

#[tokio::test]
async fn an_id_of_an_event_goes_on_right_after_it() {
    let (_folder, world) = World::new();
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    world.put(&(0..10).map(event).collect::<Vec<_>>()).await;
    let mut all = Follower::connect(address, "last_event_id=0:-1", None).await;
    for n in 0..9 {
        assert_eq!(number(&all.event().await), n);
        let mut rest = Follower::connect(address, "", Some(&all.last_id)).await;
        let next: Value = rest.event().await;
        assert_eq!(number(&next), n + 1);
    }
    // The header goes before the parameter.
    let mut rest = Follower::connect(address, "last_event_id=0:-1", Some(&all.last_id)).await;
    assert_eq!(number(&rest.event().await), 9);
}

#[tokio::test]
async fn the_number_of_clients_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[("sink.stream.max_clients", "2")]);
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    let first = Follower::connect(address, "", None).await;
    let _second = Follower::connect(address, "", None).await;
    assert!(clients(&world) > 1.0);
    let (status, problem) = world.get("/api/v1/events/stream").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(problem["detail"].as_str().unwrap().contains("max_clients"));
    drop(first);
    until(async || clients(&world) < 2.0).await;
    Follower::connect(address, "", None).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), &[("sink.stream.stall_timeout", "200ms")]);
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    let raw = format!("{{\"padding\":\"{}\"}}", "x".repeat(60 * 1024));
    let events: Vec<_> = (0..200)
        .map(|n| crate::fixtures::event_of(n, &raw))
        .collect();
    for chunk in events.chunks(10) {
        world.put(chunk).await;
    }
    let follower = Follower::connect(address, "last_event_id=0:-1", None).await;
    until(async || clients(&world) < 1.0).await;
    follower.drain().await;
}

#[tokio::test]
async fn a_stop_ends_the_streams() {
    let (_folder, world) = World::new();
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    let follower = Follower::connect(address, "", None).await;
    until(async || world.readiness.is_ready()).await;
    world.stop().await.unwrap();
    follower.drain().await;
}

#[tokio::test]
async fn a_lone_event_is_seen_at_once() {
    let (_folder, world) = World::new();
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    let mut follower = Follower::connect(address, "", None).await;
    let mut took = Vec::new();
    for n in 0..20 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        world.append(&[event(n)]).await;
        let appended = std::time::Instant::now();
        assert_eq!(follower.numbers(1).await, [n]);
        took.push(appended.elapsed());
    }
    took.sort_unstable();
    assert!(took[10] < Duration::from_millis(500), "{took:?}");
}
