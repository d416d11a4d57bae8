//! Places in the System Log: what of Okta's next links is followed, and when a place is lost.

use nightlatch_ingest::okta::{LogRequest, NextLink, OktaError, OrgAddress, Problem};

use super::secrecy::client_secret;
use super::stranger::{Stranger, json};
use super::system_log::{TOKEN, since_an_hour_ago};
use super::{Bench, settings};

#[tokio::test]
async fn links_that_lead_to_no_place_in_a_log_are_refused() {
    let bench = Bench::start().await;
    for link in [
        "https://acme.okta.com@evil.com/api/v1/logs",
        "https://acme.okta.com/api/v1/logs",
        "https://acme.okta.com/api/v1/logs?",
        "https://acme.okta.com/api/v1/users?after=1",
        "https://acme.okta.com/api/v1/logs/?after=1",
        "https://acme.okta.com/api/v1/logs/../users?after=1",
        "https://acme.okta.com\\@evil.com/api/v1/logs?after=1",
        "/api/v1/logs?after=1",
        "",
    ] {
        let error = NextLink::read(link, &bench.address).unwrap_err();
        assert!(
            matches!(error.problem(), Problem::ForeignLink { .. }),
            "{link}"
        );
    }
    let link = "link: <https://acme.okta.com/api/v1/users?after=1>; rel=\"next\"";
    let answers = vec![json(200, &[], TOKEN), json(200, &[link], "[]")];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(client_secret());
    let error = okta.system_log(&since_an_hour_ago(2)).await.unwrap_err();
    assert!(
        matches!(error.problem(), Problem::ForeignLink { .. }),
        "{error}"
    );
    assert_eq!(stranger.seen().len(), 2);
}

#[tokio::test]
async fn links_to_another_host_are_followed_at_the_org_itself() {
    let bench = Bench::start().await;
    for link in [
        "https://evil.com/api/v1/logs?after=1",
        "http://acme.okta.com/api/v1/logs?after=1",
        "https://acme.okta.com.evil.com/api/v1/logs?after=1",
        "https://acme.okta.com@evil.com/api/v1/logs?after=1",
        "https://acme:secret@evil.com/api/v1/logs?after=1",
        "https://acme.okta.com:8443/api/v1/logs?after=1#there",
        "https://acme.okta.com/api/v1/users/../logs?after=1",
    ] {
        let read = NextLink::read(link, &bench.address).unwrap();
        let ours = "https://acme.okta.com/api/v1/logs?after=1";
        assert_eq!(read.as_str(), ours, "{link}");
    }
    let link = "link: <https://169.254.169.254/api/v1/logs?after=1&limit=2>; rel=\"next\"";
    let answers = vec![json(200, &[], TOKEN), json(200, &[link], "[]")];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(client_secret());
    let page = okta.system_log(&since_an_hour_ago(2)).await.unwrap();
    let next = LogRequest::Next(page.next.unwrap());
    okta.system_log(&next).await.unwrap();
    let seen = stranger.seen();
    let (_, head) = seen.last().unwrap();
    let target = "GET /api/v1/logs?after=1&limit=2 HTTP/1.1";
    assert!(head.starts_with(target), "{head}");
    assert!(head.contains("host: acme.okta.com"), "{head}");
}

#[test]
fn fewer_events_are_asked_for_from_the_same_place() {
    let address = OrgAddress::read("acme", &settings("")).unwrap();
    let place = "https://acme.okta.com/api/v1/logs";
    for (query, limited) in [
        ("after=1_2&limit=1000", "after=1_2&limit=31"),
        ("limit=1000&after=1_2", "after=1_2&limit=31"),
        ("after=1_2", "after=1_2&limit=31"),
    ] {
        let read = |query: &str| NextLink::read(&format!("{place}?{query}"), &address).unwrap();
        let request = LogRequest::Next(read(query)).with_limit(31);
        assert_eq!(request, LogRequest::Next(read(limited)));
    }
    let LogRequest::Since { limit, .. } = since_an_hour_ago(1000).with_limit(500) else {
        panic!("another kind of request")
    };
    assert_eq!(limit, 500);
}

/// Answers a request by time, then one along its link with this; returns what is made of that.
async fn along_a_link(status: u16, headers: &[&str], body: &str) -> OktaError {
    let link = "link: <https://acme.okta.com/api/v1/logs?after=1>; rel=\"next\"";
    let answers = vec![
        json(200, &[], TOKEN),
        json(200, &[link], "[]"),
        json(status, headers, body),
    ];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(client_secret());
    let page = okta.system_log(&since_an_hour_ago(2)).await.unwrap();
    let next = LogRequest::Next(page.next.unwrap());
    okta.system_log(&next).await.unwrap_err()
}

#[tokio::test]
async fn a_link_that_is_refused_in_whatever_words_is_a_lost_place() {
    let coded = |code: &str| {
        format!("{{\"errorCode\":\"{code}\",\"errorSummary\":\"No.\",\"errorCauses\":[]}}")
    };
    for (status, body) in [
        (400, coded("E0000001")),
        (400, coded("E0000031")),
        (400, coded("E0000099")),
        (400, String::new()),
        (404, coded("E0000007")),
        (404, String::new()),
        (410, String::new()),
    ] {
        let error = along_a_link(status, &[], &body).await;
        let is_lost = matches!(error.problem(), Problem::LostPlace { .. });
        assert!(is_lost, "{status} {body}: {error}");
    }
    let challenge = ["www-authenticate: Bearer error=\"insufficient_scope\""];
    let others: [(u16, &[&str], String); 6] = [
        (400, &challenge, String::new()),
        (400, &[], "{\"errorSummary\":\"DPoP\"}".to_owned()),
        (401, &[], coded("E0000011")),
        (403, &[], coded("E0000006")),
        (404, &[], "<html></html>".to_owned()),
        (500, &[], coded("E0000009")),
    ];
    for (status, headers, body) in others {
        let error = along_a_link(status, headers, &body).await;
        let is_lost = matches!(error.problem(), Problem::LostPlace { .. });
        assert!(!is_lost, "{status} {body}: {error}");
    }
}

#[tokio::test]
async fn what_is_refused_of_a_time_or_of_a_token_is_no_lost_place() {
    let gone = json(410, &[], "");
    let stranger = Stranger::start(vec![json(200, &[], TOKEN), gone.clone()]).await;
    let okta = stranger.okta(client_secret());
    let error = okta.system_log(&since_an_hour_ago(2)).await.unwrap_err();
    assert!(
        matches!(error.problem(), Problem::Unexpected { .. }),
        "{error}"
    );

    let stranger = Stranger::start(vec![gone]).await;
    let okta = stranger.okta(client_secret());
    let link = "https://acme.okta.com/api/v1/logs?after=1";
    let next = LogRequest::Next(NextLink::read(link, &stranger.address).unwrap());
    let error = okta.system_log(&next).await.unwrap_err();
    assert!(
        matches!(error.problem(), Problem::Unexpected { .. }),
        "{error}"
    );
}
