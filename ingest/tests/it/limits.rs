//! Size, compression, time and a log that fails.

use std::io::Write;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::StatusCode;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use nightlatch_chassis::topic::Fault;

use crate::bench::{Bench, KEY, SECRET, delivery, envelope};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn compressed(encoding: &str) -> axum::http::request::Builder {
    delivery(KEY)
        .header("Authorization", SECRET)
        .header("Content-Encoding", encoding)
}

#[tokio::test]
async fn a_body_of_10_mib_passes_and_one_byte_more_does_not() {
    let bench = Bench::new().await;
    let mut body = envelope(&["{\"uuid\":\"u\"}"]);
    body.push_str(&" ".repeat(10 * 1024 * 1024 - body.len()));
    assert_eq!(
        bench.deliver(body.clone()).await.status,
        StatusCode::NO_CONTENT
    );
    body.push(' ');
    let answer = bench.deliver(body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.detail().contains("10485760"), "{}", answer.detail());
}

#[tokio::test]
async fn compressed_bodies_are_taken_and_bombs_are_not() {
    let bench = Bench::new().await;
    let body = envelope(&["{\"uuid\":\"zipped\"}"]);
    assert_eq!(
        bench
            .ask(compressed("gzip"), gzip(body.as_bytes()))
            .await
            .status,
        204
    );
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body.as_bytes()).unwrap();
    assert_eq!(
        bench
            .ask(compressed("deflate"), encoder.finish().unwrap())
            .await
            .status,
        204
    );
    assert_eq!(bench.events().await.len(), 2);

    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 100 * 1024);
    let answer = bench.ask(compressed("gzip"), bomb).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let answer = bench.ask(compressed("gzip"), body.clone()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.detail().contains("decompress"),
        "{}",
        answer.detail()
    );
    let answer = bench.ask(compressed("br"), body).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_log_that_fails_or_hangs_is_a_503_within_two_seconds() {
    let bench = Bench::new().await;
    let body = || envelope(&["{\"uuid\":\"u\"}"]);
    for fault in [Fault::FailAppend, Fault::HangAppend] {
        bench.faults.inject(fault);
        let begun = Instant::now();
        let answer = bench.deliver(body()).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{fault:?}");
    }
    assert!(bench.events().await.is_empty());
    assert_eq!(bench.deliver(body()).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn bodies_over_the_memory_for_all_of_them_are_a_503() {
    let bench = Bench::with("[ingest]\nmax_body = \"1 KiB\"\nmax_bodies = \"3 KiB\"\n").await;
    let body = || envelope(&[&format!("{{\"x\":\"{}\"}}", "y".repeat(900))]);
    // A body and the record made of it are held while the log hangs: no other finds room.
    bench.faults.inject(Fault::HangAppend);
    let answers = futures_util::future::join_all((0..4).map(|_| bench.deliver(body()))).await;
    let refused = answers
        .iter()
        .filter(|answer| answer.detail().contains("too many"));
    assert_eq!(refused.count(), 3);
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE)
    );
    assert_eq!(bench.deliver(body()).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let bench = Bench::with("[ingest]\nbody_timeout = \"50ms\"\n").await;
    let body = Body::from_stream(futures_util::stream::pending::<
        Result<Vec<u8>, std::io::Error>,
    >());
    let answer = bench.deliver(body).await;
    // After a 4xx Okta would not try again.
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.detail().contains("took over"), "{}", answer.detail());
}
