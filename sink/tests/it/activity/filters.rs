//! Filters and counts agree with a naive look at each event.

use axum::http::StatusCode;

use super::events::{DAY, event_at, found, put, raw, world};
use crate::fixtures::NOON;
use crate::world::World;

const COUNT: u32 = 60;

/// Puts events of three days.
async fn filled(world: &World) {
    let events: Vec<_> = (0..COUNT).map(|n| event_at(n, at(n))).collect();
    put(world, &events).await;
}

fn at(n: u32) -> i64 {
    NOON + i64::from(n % 3) * DAY + i64::from(n) * 40_000
}

/// Returns the numbers of events that something is so of, in the order of the list.
fn expected(is_so: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut numbers: Vec<_> = (0..COUNT).filter(|n| is_so(*n)).collect();
    numbers.sort_by_key(|n| std::cmp::Reverse(at(*n)));
    numbers
}

#[tokio::test]
async fn each_filter_finds_what_it_says() {
    let (_folder, world) = world();
    filled(&world).await;
    let cases: [(&str, &dyn Fn(u32) -> bool); 26] = [
        ("actor=user1@ACME.com", &|n| n % 4 == 1),
        ("actor=00u1A", &|n| n % 4 == 1),
        ("target=bob%2Bx@acme.com&actor=User3@acme.com", &|n| {
            n % 4 == 3
        }),
        ("target=bob", &|_| true),
        ("target=bob%20x@acme.com", &|_| false),
        ("user=00t1", &|_| true),
        ("user=user2@acme.com", &|n| n % 4 == 2),
        ("ip=203.0.113.1&ip=203.0.113.2", &|n| {
            [1, 2].contains(&(n % 4))
        }),
        ("ip=203.0.113.2/31", &|n| n % 4 >= 2),
        ("ip=0.0.0.0/0", &|_| true),
        ("ip=10.0.0.0/7", &|_| false),
        ("country=norway", &|n| n % 4 == 0),
        ("asn=AS2120", &|n| n % 4 == 1),
        ("session=102session3", &|n| n % 4 == 3),
        ("transaction=tx-17", &|n| n == 17),
        ("outcome=failure", &|n| n % 5 == 0),
        ("severity=warn&event_type=user.session.start,x", &|n| {
            n % 6 == 0
        }),
        ("origin=hook&integration=acme.okta.com", &|_| true),
        ("q=message%20-user3", &|n| n % 4 != 3),
        ("q=user3@acme.com", &|n| n % 4 == 3),
        ("q=reset_all%20norway", &|_| false),
        ("q=event_type:user.session.*%20-country:norway", &|n| {
            n % 4 == 2
        }),
        ("q=ip:203.0.113.2/31%20OR%20outcome:failure", &|n| {
            n % 4 >= 2 || n % 5 == 0
        }),
        ("q=severity:warn%20-ip:0.0.0.0/0", &|_| false),
        ("q=user:(user1@acme.com%20OR%20user2@acme.com)", &|n| {
            [1, 2].contains(&(n % 4))
        }),
        ("q=id:00000000-0000-11f0-8000-000000000017", &|n| n == 17),
    ];
    for (query, is_so) in cases {
        assert_eq!(found(&world, query).await, expected(is_so), "{query}");
    }
    let between = "from=2026-06-02T00:00:00Z&to=2026-06-03T12:10:00Z";
    let is_between = |n: u32| at(n) >= NOON + DAY / 2 && at(n) < NOON + 2 * DAY + 600_000;
    assert_eq!(found(&world, between).await, expected(is_between));
}

#[tokio::test]
async fn what_is_not_understood_is_refused_with_what_would_be_right() {
    let (_folder, world) = world();
    for (query, said) in [
        ("actr=x", "did you mean actor?"),
        ("ip=x", "is no ip"),
        ("asn=telenor", "it takes its number"),
        ("q=actr:x", "actor"),
        ("by=rule", "\\\"rule\\\""),
        ("q=%22open", "not closed"),
        ("cursor=zz", "this is no cursor"),
    ] {
        let path = match query {
            "by=rule" => format!("/api/v1/activity/histogram?{query}"),
            _ => format!("/api/v1/activity?{query}"),
        };
        let (status, problem) = world.get(&path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(problem.to_string().contains(said), "{query}: {problem}");
    }
}

#[tokio::test]
async fn the_histogram_counts_each_event_once_whatever_the_edges() {
    let (_folder, world) = world();
    filled(&world).await;
    // With and without words, so by minutes and by rows; edges within minutes and days.
    for times in [
        "",
        "from=2026-06-01T12:00:10.500Z&to=2026-06-03T12:30:30.250Z&",
        "from=2026-06-02T12:10:00Z&to=2026-06-02T12:11:00Z&",
        "from=2026-06-01T00:00:00Z&to=2026-06-08T00:00:00Z&",
    ] {
        for buckets in [1, 7, 60, 500] {
            for by in ["severity", "outcome"] {
                let counts = async |words: &str| {
                    let path = format!(
                        "/api/v1/activity/histogram?{times}buckets={buckets}&by={by}{words}"
                    );
                    world.get(&path).await.1
                };
                let by_minutes = counts("").await;
                assert_eq!(by_minutes, counts("&q=message").await, "{times} {buckets}");
                let total = by_minutes["buckets"].as_array().unwrap();
                let total: u64 = total.iter().map(|it| it["total"].as_u64().unwrap()).sum();
                let listed = found(&world, times.trim_end_matches('&')).await;
                assert_eq!(total, listed.len() as u64, "{times} {buckets}");
            }
        }
    }
    let (_, counts) = world
        .get("/api/v1/activity/histogram?buckets=1&by=outcome")
        .await;
    assert_eq!(counts["buckets"][0]["counts"]["FAILURE"], 12);
}

#[tokio::test]
async fn facets_count_values_with_their_labels() {
    let (_folder, world) = world();
    filled(&world).await;
    let (_, facets) = world.get("/api/v1/activity/facets?country=France").await;
    assert_eq!(
        (&facets["counted"], &facets["is_complete"]),
        (&45.into(), &true.into())
    );
    let top = |facet: &str| facets["facets"][facet].clone();
    assert_eq!(top("country").as_array().unwrap().len(), 1);
    assert_eq!(top("actor")[0]["value"], "user1@acme.com");
    assert_eq!(top("actor")[0]["label"], "User 1");
    assert_eq!(top("actor")[0]["count"], 15);
    assert_eq!(top("ip")[2]["value"], "203.0.113.3");
    assert_eq!(top("asn")[0]["value"], "2120");
    assert_eq!(top("integration")[0]["label"], "acme.okta.com");
    let failures = (0..COUNT).filter(|n| n % 4 != 0 && raw(*n)["outcome"]["result"] == "FAILURE");
    assert_eq!(top("outcome")[1]["count"], failures.count());
}
