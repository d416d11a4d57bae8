//! Records that can't be judged go to the dead letters; the others pass.

use nightlatch_chassis::topic::Stored;
use nightlatch_schemas::topics::{DEAD_LETTERS, dead_letter};
use nightlatch_schemas::{OktaEvent, encode};

use crate::bench::Bench;
use crate::fixtures::{event, raw};

fn okta(kind: &str, raw: &str) -> OktaEvent {
    OktaEvent {
        kind: kind.to_owned(),
        integration: "acme".to_owned(),
        org: "acme.okta.com".to_owned(),
        uuid: "x".to_owned(),
        event_type: None,
        published: None,
        received: 1,
        origin: "poll".to_owned(),
        raw: raw.to_owned(),
        complete_to: None,
    }
}

fn okta_event(kind: &str, raw: &str) -> Vec<u8> {
    encode(&okta(kind, raw)).unwrap()
}

fn header(letter: &Stored, name: &str) -> String {
    let mut headers = letter.record.headers.iter();
    let (_, value) = headers.find(|(known, _)| known == name).unwrap();
    String::from_utf8(value.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_decoded_or_read_is_a_dead_letter_with_its_place() {
    let bench = Bench::new();
    let running = bench.start();
    let unknown_schema = vec![0, 0, 0, 9, 9, 1, 2, 3];
    let poison = [
        Vec::new(),
        b"not avro".to_vec(),
        unknown_schema,
        okta_event("event", "{\"truncated\": "),
        okta_event("event", &format!("{}1{}", "[".repeat(70), "]".repeat(70))),
    ];
    let count = poison.len();
    bench
        .log
        .append(poison.into_iter().map(raw).collect())
        .await
        .unwrap();
    bench.send([event("u1", "user.session.start")]).await;
    assert_eq!(bench.settled().await.len(), 1);
    running.stop().await;
    let letters = bench.records(DEAD_LETTERS).await;
    assert_eq!(letters.len(), count);
    for (offset, letter) in letters.iter().enumerate() {
        assert_eq!(header(letter, dead_letter::STAGE), "detector");
        assert_eq!(header(letter, dead_letter::SOURCE_TOPIC), "okta.events");
        assert_eq!(
            header(letter, dead_letter::SOURCE_OFFSET),
            offset.to_string()
        );
        assert!(!header(letter, dead_letter::REASON).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_that_are_not_known_are_passed_over() {
    let bench = Bench::new();
    let running = bench.start();
    let kinds = ["progress", "something new"];
    bench
        .log
        .append(kinds.map(|kind| raw(okta_event(kind, ""))).to_vec())
        .await
        .unwrap();
    assert!(bench.settled().await.is_empty());
    running.stop().await;
    assert!(bench.records(DEAD_LETTERS).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detection_too_large_for_its_topic_is_cut_not_lost() {
    let bench = Bench::new();
    bench.write_rules(
        "- rule: large\n  desc: d\n  condition: okta.actor.name exists\n  priority: NOTICE\n  \
         output: \"%evt.plugininfo %okta.actor.name %okta.actor.name\"\n  source: okta\n",
    );
    let running = bench.start();
    let mut large = event("u1", "user.session.start");
    large["actor"]["displayName"] = "é".repeat(120_000).into();
    large["target"] = vec![large["actor"].clone(), large["actor"].clone()].into();
    bench.send([large]).await;
    let emitted = bench.settled().await;
    running.stop().await;
    assert_eq!(emitted.len(), 1);
    assert!(emitted[0].output.len() < 20_000);
    assert!(emitted[0].event.as_ref().unwrap().raw.is_none());
}

/// Records that would make each step abort, over and over, if their outputs were what they ask for.
#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_too_large_for_a_dead_letter_is_cut_and_the_loop_goes_on() {
    let bench = Bench::new();
    let running = bench.start();
    let mut long_key = raw(vec![7; 100_000]);
    long_key.record.key = vec![b'k'; 900_000];
    let long_value = raw(vec![7; 1_000_000]);
    // Its runtime event has the integration in key and value.
    let foreign = OktaEvent {
        integration: "i".repeat(600_000),
        ..okta("event", "{\"eventType\": \"user.session.start\"}")
    };
    let foreign = raw(encode(&foreign).unwrap());
    bench
        .log
        .append(vec![long_key, long_value, foreign])
        .await
        .unwrap();
    bench.send([event("u1", "user.session.start")]).await;
    assert_eq!(bench.settled().await.len(), 1);
    running.stop().await;
    let letters = bench.records(DEAD_LETTERS).await;
    let reasons: Vec<_> = letters
        .iter()
        .map(|letter| header(letter, dead_letter::REASON))
        .collect();
    assert_eq!(letters.len(), 3, "{reasons:?}");
    assert_eq!(letters[0].record.key.len(), 64 * 1024);
    assert_eq!(letters[1].record.value.len(), dead_letter::MAX_BYTES);
    assert_eq!(header(&letters[1], dead_letter::TRUNCATED), "true");
    assert_eq!(header(&letters[1], dead_letter::SIZE), "1000000");
    assert!(reasons[2].contains("its runtime event has"), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detection_of_very_many_large_fields_is_cut_until_it_fits() {
    let bench = Bench::new();
    let names: Vec<String> = (0..200).map(|n| format!("%json.value[/f{n}]")).collect();
    bench.write_rules(&format!(
        "- rule: large\n  desc: d\n  condition: okta.evt.type exists\n  priority: NOTICE\n  \
         output: \"{}\"\n  source: okta\n",
        names.join(" ")
    ));
    let running = bench.start();
    let mut large = event("u1", "user.session.start");
    for n in 0..200 {
        large[format!("f{n}")] = format!("{n} {}", "é".repeat(1200)).into();
    }
    let target = large["actor"].clone();
    large["target"] = (0..400).map(|_| target.clone()).collect();
    bench.send([large]).await;
    let emitted = bench.settled().await;
    running.stop().await;
    assert_eq!(emitted.len(), 1);
    assert_eq!(emitted[0].fields.len(), 201);
    // What is cut stays JSON.
    for text in emitted[0].fields.values().flatten() {
        serde_json::from_str::<serde_json::Value>(text).unwrap();
    }
    assert!(bench.records(DEAD_LETTERS).await.is_empty());
}
