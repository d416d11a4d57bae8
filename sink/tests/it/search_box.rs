//! The search box: fields, how they are joined, and what it says of a query that is wrong.

use axum::http::StatusCode;
use nightlatch_schemas::{Entity, RuntimeEvent, severity_label};

use crate::fixtures::{event, event_with};
use crate::world::{World, encoded};

fn with_severity(n: u32, severity: u8) -> RuntimeEvent {
    event_with(n, |event| {
        event.severity = i32::from(severity);
        severity_label(severity).clone_into(&mut event.severity_label);
    })
}

fn by(n: u32, login: &str, ip: &str) -> RuntimeEvent {
    event_with(n, |event| {
        if let Some(actor) = &mut event.actor {
            actor.login = Some(login.to_owned());
            actor.id = Some(format!("id-of-{login}"));
        }
        if let Some(client) = &mut event.client {
            client.ip = Some(ip.to_owned());
        }
    })
}

async fn find(world: &World, query: &str) -> Vec<u32> {
    world.found(&format!("q={}", encoded(query))).await
}

/// Returns two events that have no value in common.
fn unlike() -> [RuntimeEvent; 2] {
    let other = event_with(1, |event| {
        event.severity = 7;
        "policy-2".clone_into(&mut event.policy.id);
        "Other".clone_into(&mut event.policy.name);
        "Rule B".clone_into(&mut event.rule.name);
        event.rule.tags = vec!["sign in".to_owned()];
        event.rule.attack = vec!["T1078".to_owned()];
        "integration-2".clone_into(&mut event.integration);
        "other.okta.com".clone_into(&mut event.org);
        event.actor = None;
        event.client = None;
        event.outcome = None;
        event.event = None;
    });
    let first = event_with(0, |event| {
        event.targets = vec![Entity {
            id: Some("00uT".to_owned()),
            login: Some("Bob@acme.com".to_owned()),
            name: Some("Bob Ås".to_owned()),
            ..Entity::default()
        }];
        if let Some(client) = &mut event.client {
            client.as_number = Some(2119);
        }
    });
    [first, other]
}

#[tokio::test]
async fn every_field_finds_its_events_and_leaves_them_out() {
    let (_folder, world) = World::new();
    let [first, other] = unlike();
    let id = first.id.clone();
    world.put(&[first, other]).await;
    let own_id = format!("id:{id}");
    for query in [
        "severity:medium",
        "severity:4",
        "policy:policy-1",
        "policy:\"okta threats\"",
        "policy:okta*",
        "rule:\"RULE A\"",
        "actor:ann@ACME.com",
        "actor:00u1",
        "actor:ann*",
        "ip:203.0.113.7",
        "ip:203.0.113.0/24",
        "ip:200.0.0.0/5",
        "event_type:user.mfa.factor.reset_all",
        "event_type:user.mfa.*",
        "integration:integration-1",
        "org:acme.okta.com",
        "country:norway",
        "tag:MFA",
        "attack:T1556.006",
        "attack:T1556",
        "asn:AS2119",
        "asn:2119",
        "target:bob@acme.com",
        "target:00uT",
        "target:\"bob ås\"",
        "outcome:success",
        &own_id,
    ] {
        assert_eq!(find(&world, query).await, [0], "{query}");
        let (status, page) = world
            .get(&format!(
                "/api/v1/events?q={}",
                encoded(&format!("-{query}"))
            ))
            .await;
        assert_eq!(status, StatusCode::OK, "{query}");
        let events = page["events"].as_array().unwrap();
        assert_eq!(events.len(), 1, "-{query}");
        assert_eq!(events[0]["rule"]["name"], "Rule B", "-{query}");
    }
}

#[tokio::test]
async fn severities_are_compared() {
    let (_folder, world) = World::new();
    let events: Vec<_> = (0..8).map(|n| with_severity(n.into(), n)).collect();
    world.put(&events).await;
    for (query, expected) in [
        ("severity>=high", &[3, 2, 1, 0][..]),
        ("severity>medium", &[3, 2, 1, 0]),
        ("severity<=low", &[7, 6]),
        ("severity<medium", &[7, 6]),
        ("severity>=1", &[1, 0]),
        ("severity>high", &[]),
        ("severity:(high OR info)", &[7, 3, 2, 1, 0]),
        ("-severity>=low", &[7]),
        ("severity=medium number", &[5, 4]),
    ] {
        assert_eq!(find(&world, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn terms_are_joined_by_and_or_not_and_parentheses() {
    let (_folder, world) = World::new();
    let events = [
        by(0, "ann@acme.com", "203.0.113.7"),
        by(1, "bob@acme.com", "203.0.113.7"),
        by(2, "ann@acme.com", "198.51.100.1"),
        by(3, "eve@acme.com", "198.51.100.2"),
    ];
    world.put(&events).await;
    for (query, expected) in [
        ("actor:ann@acme.com ip:203.0.113.7", &[0][..]),
        ("actor:ann@acme.com OR ip:203.0.113.7", &[2, 1, 0]),
        ("actor:(ann@acme.com bob@acme.com)", &[2, 1, 0]),
        (
            "actor:(ann@acme.com OR bob@acme.com) -ip:198.51.100.0/24",
            &[1, 0],
        ),
        ("-(actor:ann@acme.com OR actor:bob@acme.com)", &[3]),
        ("-actor:ann@acme.com -actor:eve@acme.com", &[1]),
        ("NOT actor:ann@acme.com AND ip:203.0.113.7", &[1]),
        ("(actor:eve@acme.com OR ip:203.0.113.7) reset", &[3, 1, 0]),
        // Wider than the index is of use for: the rows are asked.
        ("ip:192.0.0.0/4 OR actor:nobody", &[3, 2, 1, 0]),
        (
            "actor:eve@acme.com OR (ip:200.0.0.0/5 -actor:ann@acme.com)",
            &[3, 1],
        ),
    ] {
        assert_eq!(find(&world, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_is_wrong_is_refused_with_its_place_and_what_was_meant() {
    let (_folder, world) = World::new();
    for (query, position, length, suggestion) in [
        ("reset actr:ann", 7, 4, Some("actor")),
        ("-Severty>=high", 2, 7, Some("severity")),
        ("colour:red", 1, 6, None),
        ("severity>=grave", 11, 5, None),
        ("é (a OR b", 3, 1, None),
        ("actor:", 7, 0, None),
    ] {
        for address in ["", "/histogram", "/facets", "/stream"] {
            let path = format!("/api/v1/events{address}?q={}", encoded(query));
            let (status, problem) = world.get(&path).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
            assert_eq!(problem["parameter"], "q", "{query}");
            assert_eq!(problem["position"], position, "{query}");
            assert_eq!(problem["length"], length, "{query}");
            assert_eq!(
                problem.get("suggestion").and_then(|it| it.as_str()),
                suggestion
            );
        }
    }
}

#[tokio::test]
async fn counts_and_filters_agree_with_the_box() {
    let (_folder, world) = World::new();
    let mut events: Vec<_> = (0..4).map(event).collect();
    events.push(by(4, "bob@acme.com", "198.51.100.1"));
    world.put(&events).await;
    let query = encoded("-actor:bob@acme.com");
    let (_, facets) = world.get(&format!("/api/v1/events/facets?q={query}")).await;
    assert_eq!(facets["total"], 4);
    let path = format!("/api/v1/events/histogram?buckets=1&country=Norway&q={query}");
    let (_, histogram) = world.get(&path).await;
    assert_eq!(histogram["buckets"][0]["total"], 4);
    assert_eq!(
        world.found(&format!("q={query}&actor=bob@acme.com")).await,
        [0; 0]
    );
}
