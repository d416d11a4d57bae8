//! What the collector of Falco's Okta plugin gets wrong, and ours does not. The numbers are those under
//! which the defects were found; the others are of the rule language.

use jiff::Timestamp;
use nightlatch_ingest::okta::{Credentials, LogRequest, SCOPES, Scope};
use nightlatch_okta_sim::Options;

use super::system_log::{Working, now_ms, read, whole, world};
use crate::okta::{Bench, client_key};

/// More than a page of the System Log.
const MANY: usize = 1500;
/// An org under each of Okta's domains.
const DOMAINS: [&str; 6] = [
    "acme.okta.com",
    "acme.oktapreview.com",
    "acme.okta-emea.com",
    "acme.okta-gov.com",
    "acme.okta.mil",
    "acme.trex-govcloud.com",
];

/// The plugin asks for what is a second younger than the last event: of events of the same second those
/// are lost that did not fit into a page, and all that Okta writes late.
#[tokio::test]
async fn defect_8_no_event_of_the_same_second_is_skipped() {
    let world = world().await;
    let since = now_ms();
    world.connected().await;
    let second = Timestamp::now();
    let of_this_second = |count: usize| {
        for _ in 0..count {
            let event =
                format!(r#"{{"eventType":"policy.evaluate_sign_on","published":"{second:.3}"}}"#);
            world.org.emit(&event).unwrap();
        }
    };
    let working = Working::begin(&world.bench);

    of_this_second(MANY);
    whole(&world, since).await;
    // The same second once more, behind all that was read.
    of_this_second(10);
    whole(&world, since).await;

    working.end().await;
    assert!(read(&world).await.len() >= MANY + 10);
}

/// The plugin knows tokens of administrators alone, and orgs below okta.com alone.
#[tokio::test]
async fn defect_9_oauth_is_spoken_with_orgs_under_any_domain_of_okta() {
    for domain in DOMAINS {
        let options = Options {
            domain: domain.to_owned(),
            ..Options::default()
        };
        let bench = Bench::with(options).await;
        let scopes = SCOPES.map(Scope::name);
        for credentials in [
            bench.secret(&scopes),
            Credentials::PrivateKey(client_key(&bench.app(false))),
            Credentials::PrivateKeyDpop(client_key(&bench.app(true))),
        ] {
            let okta = bench.okta(credentials);
            let request = LogRequest::Since {
                since: Timestamp::now(),
                filter: None,
                limit: 10,
            };
            let page = okta.system_log(&request).await;
            let page = page.unwrap_or_else(|error| panic!("{domain}, {:?}: {error}", okta.mode()));
            assert!(page.next.is_some(), "{domain}");
            assert_eq!(okta.address().host(), domain);
        }
    }
}
