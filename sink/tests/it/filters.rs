//! Each filter of the feed, alone and with others; counts follow the same filters.

use nightlatch_schemas::{Client, Entity, RuntimeEvent, severity_label};
use serde_json::json;

use crate::client::{Follower, listen};
use crate::fixtures::{NOON, event, event_with};
use crate::world::World;

/// Ten events that differ in one thing each from the others.
fn events() -> Vec<RuntimeEvent> {
    let severity = |event: &mut RuntimeEvent, severity: u8| {
        event.severity = i32::from(severity);
        severity_label(severity).clone_into(&mut event.severity_label);
    };
    let ip = |event: &mut RuntimeEvent, ip: &str| {
        event.client = Some(Client {
            ip: Some(ip.to_owned()),
            ..Client::default()
        });
    };
    vec![
        event(0),
        event_with(1, |event| severity(event, 0)),
        event_with(2, |event| severity(event, 7)),
        event_with(3, |event| {
            "policy-2".clone_into(&mut event.policy.id);
            "Other, with a comma".clone_into(&mut event.policy.name);
        }),
        event_with(4, |event| "Rule B, too".clone_into(&mut event.rule.name)),
        event_with(5, |event| {
            let login = Some("BÖB@acme.com".to_owned());
            event.actor = Some(Entity {
                id: Some("00u2".to_owned()),
                login,
                ..Entity::default()
            });
        }),
        event_with(6, |event| ip(event, "203.0.113.99")),
        event_with(7, |event| ip(event, "2001:DB8::7")),
        event_with(8, |event| {
            if let Some(event) = &mut event.event {
                event.event_type = Some("user.session.start".to_owned());
            }
        }),
        event_with(9, |event| {
            "integration-2".clone_into(&mut event.integration);
            "other.okta.com".clone_into(&mut event.org);
            event.actor = None;
            event.client = None;
        }),
    ]
}

async fn world() -> (tempfile::TempDir, World) {
    let (folder, world) = World::new();
    world.put(&events()).await;
    (folder, world)
}

/// Each filter alone, and what it finds, newest first.
fn alone() -> Vec<(&'static str, Vec<u32>)> {
    vec![
        ("severity=high", vec![1]),
        ("severity=HIGH,info", vec![2, 1]),
        ("severity=7&severity=0", vec![2, 1]),
        ("policy=policy-2", vec![3]),
        ("policy=Other,%20with%20a%20comma", vec![3]),
        ("rule=Rule%20B,%20too", vec![4]),
        ("actor=b%C3%B6b@ACME.com", vec![5]),
        ("actor=00u2", vec![5]),
        ("ip=203.0.113.99", vec![6]),
        ("ip=203.0.113.64/26", vec![6]),
        ("ip=2001:db8::/32", vec![7]),
        ("ip=2001:db8:0::7&ip=203.0.113.99", vec![7, 6]),
        ("event_type=user.session.start", vec![8]),
        ("event_type=user.session.start,user.session.end", vec![8]),
        ("integration=integration-2", vec![9]),
        ("integration=other.okta.com", vec![9]),
        (
            "country=Norway&severity=4&ip=203.0.113.7&rule=Rule%20A&event_type=user.session.start",
            vec![8],
        ),
        ("from=2026-06-01T12:00:08Z", vec![9, 8]),
        ("from=2026-06-01T14:00:08%2B02:00", vec![9, 8]),
        ("to=2026-06-01T12:00:02Z", vec![1, 0]),
        (
            "from=2026-06-01T12:00:03.001Z&to=2026-06-01T12:00:04.001Z",
            vec![4],
        ),
        ("from=now", vec![]),
        ("to=-1ms", vec![9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ("from=-1000000h", vec![9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ]
}

#[tokio::test]
async fn each_filter_finds_its_own() {
    let (_folder, world) = world().await;
    for (query, expected) in alone() {
        assert_eq!(world.found(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_stream_lets_through_what_the_list_finds() {
    let (_folder, world) = world().await;
    let address = listen(world.router.clone(), world.shutdown.clone()).await;
    for (query, mut expected) in alone() {
        // Events of the fixture arrive in the order of time.
        expected.reverse();
        let query = format!("{query}&last_event_id=0:-1");
        let mut follower = Follower::connect(address, &query, None).await;
        assert_eq!(follower.numbers(expected.len()).await, expected, "{query}");
    }
}

#[tokio::test]
async fn filters_together_narrow_down() {
    let (_folder, world) = world().await;
    for (query, expected) in [
        ("severity=high&policy=policy-1", vec![1]),
        ("severity=high&policy=policy-2", vec![]),
        ("q=okta&severity=high,info&to=2026-06-01T12:00:02Z", vec![1]),
        (
            "q=number&actor=ann@acme.com&ip=203.0.113.0/25&from=2026-06-01T12:00:06Z",
            vec![8, 6],
        ),
        (
            "rule=Rule%20A&rule=Rule%20B,%20too&from=2026-06-01T12:00:04Z&to=2026-06-01T12:00:06Z",
            vec![5, 4],
        ),
    ] {
        assert_eq!(world.found(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_histogram_counts_what_the_filter_lets_through() {
    let (_folder, world) = world().await;
    let (_, all) = world.get("/api/v1/events/histogram?buckets=5").await;
    assert_eq!(all["from"], "2026-06-01T12:00:00.000Z");
    assert_eq!(all["to"], "2026-06-01T12:00:09.001Z");
    let buckets = all["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 5);
    let totals: u64 = buckets
        .iter()
        .map(|bucket| bucket["total"].as_u64().unwrap())
        .sum();
    assert_eq!(totals, 10);
    assert_eq!(buckets[0]["counts"], json!({"High": 1, "Medium": 1}));
    let (_, some) = world
        .get(
            "/api/v1/events/histogram?buckets=10&by=severity&q=okta&severity=high\
              &from=2026-06-01T12:00:00Z&to=2026-06-01T12:00:10Z",
        )
        .await;
    assert_eq!(some["bucket_ms"], 1000);
    let counts = |at: usize| some["buckets"][at]["counts"].clone();
    assert_eq!(some["buckets"].as_array().unwrap().len(), 10);
    assert_eq!(
        (counts(0), counts(1), counts(2)),
        (json!({}), json!({"High": 1}), json!({}))
    );
    assert_eq!(some["buckets"][9]["from"], "2026-06-01T12:00:09.000Z");
}

#[tokio::test]
async fn an_empty_feed_has_an_empty_histogram_and_facets() {
    let (_folder, world) = World::new();
    let (_, histogram) = world.get("/api/v1/events/histogram").await;
    let nothing = json!({"from": null, "to": null, "bucket_ms": null, "buckets": []});
    assert_eq!(histogram, nothing);
    let (_, facets) = world.get("/api/v1/events/facets").await;
    assert_eq!(facets, json!({"total": 0, "facets": {}}));
}

#[tokio::test]
async fn facets_count_values_and_each_value_works_as_a_filter() {
    let (_folder, world) = world().await;
    let (_, facets) = world.get("/api/v1/events/facets").await;
    assert_eq!(facets["total"], 10);
    let top = &facets["facets"];
    assert_eq!(
        top["rule"],
        json!([{"value": "Rule A", "count": 9}, {"value": "Rule B, too", "count": 1}])
    );
    assert_eq!(
        top["policy"][0],
        json!({"value": "policy-1", "label": "Okta Threats", "count": 9})
    );
    assert_eq!(
        top["integration"][1],
        json!({"value": "integration-2", "label": "other.okta.com", "count": 1})
    );
    assert_eq!(
        top["actor"][0],
        json!({"value": "ann@acme.com", "label": "Ann Ott", "count": 8})
    );
    assert_eq!(top["severity"][0], json!({"value": "Medium", "count": 8}));
    assert_eq!(top["ip"][1]["value"], "2001:db8::7");
    let names: Vec<_> = top
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "actor",
        "country",
        "event_type",
        "integration",
        "ip",
        "policy",
        "rule",
        "severity",
        "status",
    ];
    assert_eq!(names, expected);
    for (name, values) in top.as_object().unwrap() {
        for value in values.as_array().unwrap() {
            let text = value["value"].as_str().unwrap().replace(' ', "%20");
            let found = world.found(&format!("{name}={text}")).await;
            assert_eq!(
                found.len() as u64,
                value["count"].as_u64().unwrap(),
                "{name}={text}"
            );
        }
    }
    let (_, narrowed) = world
        .get("/api/v1/events/facets?q=okta&severity=high")
        .await;
    assert_eq!(narrowed["total"], 1);
}

#[tokio::test]
async fn a_facet_shows_its_ten_most_frequent_values() {
    let (_folder, world) = World::new();
    let mut events = Vec::new();
    for n in 0..78 {
        // Rule k has k + 1 events.
        let rule = (0..12).find(|k| n < (k + 1) * (k + 2) / 2).unwrap();
        events.push(event_with(n, |event| {
            event.rule.name = format!("Rule {rule}");
        }));
    }
    world.put(&events).await;
    let (_, facets) = world.get("/api/v1/events/facets").await;
    let rules = facets["facets"]["rule"].as_array().unwrap();
    let counts: Vec<_> = rules
        .iter()
        .map(|rule| rule["count"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    assert_eq!(rules[0]["value"], "Rule 11");
}

#[tokio::test]
async fn an_event_comes_with_every_field_and_its_place_on_the_topic() {
    let (_folder, world) = World::new();
    let full = event_with(0, |event| {
        event.group_key = Some("ann@acme.com".to_owned());
        event.window = Some(nightlatch_schemas::Window {
            start: NOON - 60_000,
            end: NOON,
        });
        event.count = Some(3);
        event.evidence = vec![nightlatch_schemas::Evidence {
            uuid: "cause-0".to_owned(),
            event_type: Some("user.mfa.factor.reset_all".to_owned()),
            published: Some(NOON),
            topic: "okta.events".to_owned(),
            partition: 0,
            offset: 0,
        }];
        event.targets = vec![Entity {
            kind: Some("AppInstance".to_owned()),
            ..Entity::default()
        }];
        event.labels.insert("team".to_owned(), "blue".to_owned());
    });
    world.put(std::slice::from_ref(&full)).await;
    let (_, found) = world.get(&format!("/api/v1/events/{}", full.id)).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap());
    let (_, page) = world.get("/api/v1/events").await;
    assert_eq!(page["events"][0], found);
}
