//! The APIs answer to their own names only, and write for nobody else's pages.

use super::siege::{besiege, installation};
use crate::wire::exchange;

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_to_its_own_names_alone() {
    besiege(&installation(), |target| {
        let get = |host: &str| {
            let request = format!("GET /api/v1/events HTTP/1.1\r\n{host}\r\n");
            exchange(target.feed, request.as_bytes())
        };
        let own = format!("Host: {}\r\n", target.feed);
        assert_eq!(get(&own).status, 200);
        assert_eq!(get("Host: localhost\r\n").status, 200);
        get("Host: evil.example\r\n").assert_problem(421, "not known as \"evil.example\"");
        get("Host: localhost.evil.example\r\n").assert_problem(421, "api.hosts");
        get("").assert_problem(400, "no Host header");
        get("Host: localhost\r\nHost: evil.example\r\n").assert_problem(400, "more than one Host");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_cannot_write() {
    let installation = installation();
    let attacks = besiege(&installation, |target| {
        let import = |lines: &str| {
            let body = "{\"uuid\":\"forged\"}";
            let request = format!(
                "POST /api/v1/import?integration=attacker HTTP/1.1\r\nHost: localhost\r\n{lines}\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            exchange(target.import, request.as_bytes())
        };
        for lines in [
            "Origin: http://evil.example\r\n",
            "Origin: null\r\n",
            "Sec-Fetch-Site: cross-site\r\n",
            "Sec-Fetch-Site: same-site\r\n",
        ] {
            import(lines).assert_problem(403, "a page of another site");
        }
        let own = "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n";
        assert_eq!(import(own).status, 200);
    })
    .await;

    let events = installation.events().await;
    let forged = events.iter().filter(|event| event.value.uuid == "forged");
    assert_eq!(forged.count(), attacks);
}
