//! What is wrong is answered with what, where and what to do.

use std::net::SocketAddr;

use nightlatch_okta_sim::{Org, Traffic};

use super::siege::{ATTACKER, ATTACKER_KEY, ATTACKER_SECRET, besiege, dead_letters, installation};
use crate::wire::{Answer, exchange, head};

fn deliver(hooks: SocketAddr, lines: &str, body: &[u8]) -> Answer {
    let length = format!(
        "Authorization: {ATTACKER_SECRET}\r\nContent-Length: {}\r\n",
        body.len()
    );
    let head = head(
        "POST",
        &format!("/hooks/okta/{ATTACKER_KEY}"),
        &(length + lines),
    );
    exchange(hooks, &[head.as_bytes(), body].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_delivery_is_told_what_is_wrong_and_where() {
    let deep = "[".repeat(100_000);
    let deep_closed = format!("{deep}{}", "]".repeat(100_000));
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".into(), "not JSON"),
        (
            b"{\"data\":{\"events\":[{\"uuid\":\"1\"".into(),
            "the text ends",
        ),
        (
            b"{\"data\":{\"events\":[{\"uuid\":tru}]}}".into(),
            "at byte ",
        ),
        (
            b"{\"data\":{\"events\":[{}]}} trailing".into(),
            "expected the end of the text at byte 25",
        ),
        (b"\0\0\0\0".into(), "at byte 0"),
        (
            b"{\"data\":{\"events\":[{\"uuid\":\"\0\"}]}}".into(),
            "a control character",
        ),
        (b"\xff\xfe{\"data\":{}}".into(), "at byte 0"),
        (deep.into(), "the text ends"),
        (deep_closed.into(), "no list data.events"),
        (b"null".into(), "no list data.events"),
        (b"{\"data\":{\"events\":{}}}".into(), "no list data.events"),
        (b"{\"data\":[]}".into(), "no list data.events"),
    ];
    besiege(&installation(), move |target| {
        for (body, words) in &cases {
            deliver(target.hooks, "", body).assert_problem(400, words);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_told_what_to_compare_and_nothing_else() {
    besiege(&installation(), |target| {
        let post = |path: &str, lines: &str| {
            let lines = format!("{lines}Content-Length: 2\r\n");
            exchange(
                target.hooks,
                format!("{}{{}}", head("POST", path, &lines)).as_bytes(),
            )
        };
        let path = format!("/hooks/okta/{ATTACKER_KEY}");
        let wrong = ["", "Authorization: \r\n", "Authorization: wrong\r\n"];
        for lines in wrong {
            post(&path, lines).assert_problem(401, "secret header is missing or wrong");
        }
        // Each of the secrets is one org's alone.
        let theirs = format!("Authorization: {}\r\n", crate::installation::SECRET);
        post(&path, &theirs).assert_problem(401, "secret header is missing or wrong");
        let secret = format!("Authorization: {ATTACKER_SECRET}\r\n");
        let unknown = "/hooks/okta/unknown-path-key-0123456789";
        post(unknown, &secret).assert_problem(404, "no integration has this address");
        post("/hooks/okta/%FF%00", &secret);
        post("/", &secret).assert_problem(404, "there is nothing at /");
        let put = exchange(target.hooks, head("PUT", &path, &secret).as_bytes());
        put.assert_problem(405, "does not take PUT");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_in_a_delivery_is_a_dead_letter_and_its_neighbours_pass() {
    let installation = installation();
    let mut traffic = Traffic::new(Org::new(7, ATTACKER), 7);
    let thousand: Vec<_> = (0..1000)
        .map(|_| traffic.next(1_790_000_000_000).json)
        .collect();
    let expected = thousand.len() + 3;
    let deep = format!(
        "{{\"deep\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(600_000));
    let attacks = besiege(&installation, move |target| {
        let take = |events: &[u8]| {
            let body = [b"{\"data\":{\"events\":[", events, b"]}}"].concat();
            assert_eq!(deliver(target.hooks, "", &body).status, 204);
        };
        take(thousand.join(",").as_bytes());
        take(format!("{{\"uuid\":\"a\"}},{deep},{long}").as_bytes());
        take(b"{\"uuid\":\"\xc3\x28\"},{\"uuid\":\"b\"},17,null");
        // Of keys that stand twice the last counts.
        let twice = b"{\"data\":{\"events\":[{\"uuid\":\"lost\"}]},\"data\":{\"events\":[{\"uuid\":\"c\"}]}}";
        assert_eq!(deliver(target.hooks, "", twice).status, 204);
    })
    .await;

    let events = installation.events().await;
    let theirs = events.iter().filter(|event| event.value.org == ATTACKER);
    assert_eq!(theirs.count(), expected * attacks);
    let reasons = dead_letters(&installation).await;
    let reasons: Vec<_> = reasons
        .iter()
        .map(|(reason, count)| (reason.as_str(), *count))
        .collect();
    assert_eq!(
        reasons,
        [
            ("600011 bytes, over the limit of 524288", attacks),
            ("nested 100001 deep, over the limit of 64", attacks),
            ("not JSON: invalid UTF-8 at byte 9", attacks),
            ("not a JSON object", 2 * attacks),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_framed_oddly_is_taken_or_refused_with_a_reason() {
    besiege(&installation(), |target| {
        let path = format!("/hooks/okta/{ATTACKER_KEY}");
        let secret = format!("Authorization: {ATTACKER_SECRET}\r\n");
        let send = |lines: &str, body: &[u8]| {
            let head = head("POST", &path, &format!("{secret}{lines}"));
            exchange(target.hooks, &[head.as_bytes(), body].concat())
        };
        let chunked = "Transfer-Encoding: chunked\r\n";
        let taken = send(
            chunked,
            b"9\r\n{\"data\":{\r\nd\r\n\"events\":[]}}\r\n0\r\n\r\n",
        );
        assert_eq!(taken.status, 204, "{taken:?}");
        assert_eq!(send(chunked, b"xyz\r\n").status, 400);
        let both = format!("{chunked}Content-Length: 5\r\n");
        assert!((200..500).contains(&send(&both, b"0\r\n\r\n").status));

        let encoded = |encoding: &str, body: &[u8]| {
            deliver(
                target.hooks,
                &format!("Content-Encoding: {encoding}\r\n"),
                body,
            )
        };
        encoded("br", b"xx").assert_problem(415, "send gzip, deflate or none");
        encoded("gzip, gzip", b"xx").assert_problem(415, "send gzip, deflate or none");
        encoded("gzip", b"this is no gzip").assert_problem(400, "does not decompress");
        encoded("deflate", b"\x78\x9c\xff").assert_problem(400, "does not decompress");

        let huge = format!("X-Huge: {}\r\n", "x".repeat(60_000));
        assert_eq!(send(&huge, b"").status, 431);
        let many = "X-Many: x\r\n".repeat(200);
        assert_eq!(send(&many, b"").status, 431);
        let long = format!("/hooks/okta/{}", "k".repeat(60_000));
        let long = exchange(target.hooks, head("POST", &long, "").as_bytes());
        assert!([404, 414, 431].contains(&long.status), "{long:?}");
        assert_eq!(
            exchange(target.hooks, b"this is no HTTP\r\n\r\n").status,
            400
        );
        assert_eq!(
            exchange(target.hooks, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").status,
            400
        );
    })
    .await;
}
