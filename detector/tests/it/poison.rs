//! Records that can't be judged go to the dead letters; the others pass.

use nightlatch_schemas::topics::{DEAD_LETTERS, dead_letter};
use nightlatch_schemas::{OktaEvent, encode};

use crate::bench::{Bench, event, raw};

fn okta_event(kind: &str, raw: &str) -> Vec<u8> {
    let record = OktaEvent {
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
    };
    encode(&record).unwrap()
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
    bench.log.append(poison.into_iter().map(raw).collect()).await.unwrap();
    bench.send([event("u1", "user.session.start")]).await;
    assert_eq!(bench.settled().await.len(), 1);
    running.stop().await;
    let letters = bench.records(DEAD_LETTERS).await;
    assert_eq!(letters.len(), count);
    for (offset, letter) in letters.iter().enumerate() {
        let header = |name: &str| {
            let found = letter.record.headers.iter().find(|(known, _)| known == name);
            String::from_utf8(found.unwrap().1.clone()).unwrap()
        };
        assert_eq!(header(dead_letter::STAGE), "detector");
        assert_eq!(header(dead_letter::SOURCE_TOPIC), "okta.events");
        assert_eq!(header(dead_letter::SOURCE_OFFSET), offset.to_string());
        assert!(!header(dead_letter::REASON).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_that_are_not_known_are_passed_over() {
    let bench = Bench::new();
    let running = bench.start();
    let kinds = ["progress", "something new"];
    bench.log.append(kinds.map(|kind| raw(okta_event(kind, ""))).to_vec()).await.unwrap();
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
