//! The last deliveries to an event hook are told of.

use axum::http::StatusCode;
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_chassis::topic::Fault;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::INTEGRATIONS;
use super::client::Client;
use super::okta::{World, until};
use crate::bench::{Bench, KEY, SECRET, delivery, envelope};

/// What the deliveries were answered and how many events they had, the newest first.
async fn told(api: &Client<'_>) -> Vec<(u64, Value)> {
    let list = api.get(INTEGRATIONS).await;
    let id = list.body["integrations"][0]["id"].as_str().unwrap();
    let log = api.get(&format!("{INTEGRATIONS}/{id}/deliveries")).await;
    assert_eq!(log.status, StatusCode::OK, "{log:?}");
    let deliveries = log.body["deliveries"].as_array().unwrap().iter();
    deliveries
        .map(|delivery| {
            let at: jiff::Timestamp = delivery["at"].as_str().unwrap().parse().unwrap();
            assert!(at <= jiff::Timestamp::now(), "{delivery}");
            assert!(delivery["milliseconds"].is_u64(), "{delivery}");
            (
                delivery["status"].as_u64().unwrap(),
                delivery["events"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn each_delivery_is_told_of_with_its_events_or_with_what_refused_it() {
    let bench = Bench::new().await;
    assert_eq!(told(&bench.client()).await, []);
    bench.deliver(envelope(&["{}", "{}"])).await;
    bench.deliver("no json").await;
    let wrong = delivery(KEY).header("Authorization", "wrong");
    bench.ask(wrong, envelope(&["{}"])).await;
    let expected = [(401, Value::Null), (400, Value::Null), (204, json!(2))];
    assert_eq!(told(&bench.client()).await, expected);
}

#[tokio::test]
async fn a_delivery_whose_caller_hung_up_is_told_of_as_such() {
    let world = World::new().await;
    let bench = &world.bench;
    bench.faults.inject(Fault::HangAppend);
    let body = envelope(&["{}"]);
    let text = format!(
        "POST /hooks/okta/{KEY} HTTP/1.1\r\nHost: {}\r\nAuthorization: {SECRET}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        world.listener,
        body.len()
    );
    let mut caller = TcpStream::connect(world.listener).await.unwrap();
    caller.write_all(text.as_bytes()).await.unwrap();
    until("the delivery", || async { bench.faults.is_empty() }).await;

    drop(caller);

    let is_told = || async { told(&bench.client()).await == [(499, Value::Null)] };
    until("what became of it", is_told).await;
}

#[tokio::test]
async fn the_last_hundred_are_remembered_by_another_start_too() {
    let bench = Bench::new().await;
    for _ in 0..103 {
        bench.deliver(envelope(&[])).await;
    }
    bench.deliver(envelope(&["{}"])).await;
    let before = told(&bench.client()).await;
    assert_eq!(before.len(), 100);
    assert_eq!(before[0], (204, json!(1)));

    // What came is noted at the latest when the stop begins.
    let shutdown = Shutdown::new();
    shutdown.begin();
    bench.ingest.clone().run(shutdown).await.unwrap();
    let again = bench.replica("").await.routes();
    assert_eq!(told(&Client(&again)).await, before);
}

#[tokio::test]
async fn of_an_integration_that_is_not_there_none_is_told() {
    let bench = Bench::new().await;
    let path = format!("{INTEGRATIONS}/none/deliveries");
    let answer = bench.client().get(&path).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
