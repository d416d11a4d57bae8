//! Starting, stopping, refusing to start.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::deadline::until;
use crate::installation::{EVERY_EVENT, Installation, PATH_KEY, PREVIOUS_SECRET, SECRET};
use crate::ledger::Ledger;
use crate::load::{Load, MACHINE, Pace, drained, shown};
use crate::verdict::Verdict;

const DRAIN: Duration = Duration::from_mins(1);
/// Wrong use or a wrong configuration.
const USAGE: Option<i32> = Some(64);
const FAILURE: Option<i32> = Some(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_ends_well_and_the_next_start_sees_all() {
    let _machine = MACHINE.lock().await;
    let installation = Installation::watching_everything();
    let ledger = Arc::new(Ledger::default());
    let (announce, addresses) = watch::channel(Vec::new());
    let load = Load::start(
        &addresses,
        &ledger,
        Pace {
            rate: 300,
            connections: 8,
            seed: 3,
        },
    );
    for _ in 0..3 {
        let services = installation.announced().await;
        announce.send_replace(services.all_hooks());
        let acked = ledger.acked();
        until("events come in", async || {
            (ledger.acked() > acked + 100).then_some(())
        })
        .await;

        services.signal("TERM");
        announce.send_replace(Vec::new());
        services.ended().await;
    }
    let services = installation.start().await;
    announce.send_replace(services.all_hooks());
    load.stop().await;
    assert!(
        drained(&services, &ledger, DRAIN).await,
        "not drained in {DRAIN:?}"
    );

    let verdict = Verdict::of(&installation, &services, &ledger, &[EVERY_EVENT]).await;
    verdict.assert_flawless();
}

/// Panics unless the configuration is refused for each of `keys` at once, and nothing is made.
async fn assert_refused(wrong: &Installation, keys: &[&str]) {
    for words in [&[][..], &["config", "check"]] {
        let refused = wrong.run(words).await;
        assert_eq!(
            refused.status.code(),
            USAGE,
            "{words:?}: {}",
            refused.stderr
        );
        for key in keys {
            assert!(
                refused.stderr.contains(key),
                "{words:?}: {key} in {}",
                refused.stderr
            );
        }
        assert!(
            !wrong.folder().join("data").exists(),
            "{words:?} made the data folder"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_keys_and_kinds_that_are_wrong_in_the_configuration_are_told_at_once() {
    let wrong = Installation::new()
        .with("ingest.lisen", "'127.0.0.1:0'")
        .with("ingest.max_body", "'plenty'")
        .with("detector.max_step", "'five'")
        .with("sink.retention", "-1")
        .with("log.format", "'loud'")
        .with("integrations", "[{ name = 'acme' }]")
        .with_variable("NIGHTLATCH_SINK__READERS", "some")
        .with_variable("NIGHTLATCH_SINC__READERS", "4");
    let keys = [
        "ingest.lisen: unknown key; did you mean ingest.listen?",
        "ingest.max_body",
        "detector.max_step",
        "sink.retention",
        "log.format",
        "integrations.0.org_id",
        "integrations.0.secret",
        "NIGHTLATCH_SINK__READERS",
        "NIGHTLATCH_SINC__READERS",
    ];
    assert_refused(&wrong, &keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_values_that_a_service_cannot_use_are_told_at_once() {
    let integration = "{ name = 'acme', org_id = '00o', domain = 'https://acme.okta.com', \
                       path_key = 'short', secret = 'short' }";
    let wrong = Installation::new()
        .with("ingest.body_timeout", "'0s'")
        .with("api.listen", "'nowhere'")
        .with("log.level", "'loud'")
        .with("integrations", &format!("[{integration}]"))
        .with_variable("NIGHTLATCH_ADMIN__LISTEN", "the usual port");
    let keys = [
        "ingest.body_timeout",
        "api.listen",
        "log.level",
        "integrations.0.domain",
        "integrations.0.path_key",
        "integrations.0.secret",
        "NIGHTLATCH_ADMIN__LISTEN",
    ];
    assert_refused(&wrong, &keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_printed_or_logged() {
    let installation = Installation::watching_everything().with("log.level", "'trace'");
    let services = installation.start().await;
    shown(&services, &Ledger::default()).await;
    let ended = services.terminate().await;
    let logged: String = ended.into_iter().map(|ended| ended.stderr).collect();

    let printed = installation.succeed(&["config", "check"]).await;

    assert!(printed.contains("acme.okta.com"), "{printed}");
    for secret in [SECRET, PREVIOUS_SECRET, PATH_KEY] {
        assert!(!printed.contains(secret), "printed: {secret}");
        assert!(!logged.contains(secret), "logged: {secret}");
    }
}

/// The one process and its data folder.
mod local {
    use std::net::{SocketAddr, TcpListener};

    use super::FAILURE;
    use crate::installation::Installation;
    use crate::ledger::Ledger;
    use crate::load::{MACHINE, shown};
    use crate::records::feed;

    /// An address of this machine that nobody has.
    fn free_address() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_second_process_on_the_same_data_folder_says_who_has_it() {
        let installation = Installation::watching_everything();
        let mut first = installation.start().await;
        let pid = first.pid();

        let second = installation.run(&[]).await;

        assert_eq!(second.status.code(), FAILURE);
        let holder = format!("another process (pid {pid}) uses the data folder");
        assert!(second.stderr.contains(&holder), "{}", second.stderr);
        // The first is none the worse for it, and is still found.
        shown(&first, &Ledger::default()).await;
        first.are_found().await;
        assert_eq!(feed(first.feeds()[0]).await.len(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_port_that_is_taken_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        for key in ["ingest.listen", "api.listen", "admin.listen"] {
            let installation = Installation::new().with(key, &format!("'{address}'"));

            let refused = installation.run(&[]).await;

            assert_eq!(refused.status.code(), FAILURE, "{}", refused.stderr);
            let named = format!("cannot listen on {key} = {address}");
            assert!(refused.stderr.contains(&named), "{}", refused.stderr);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_demo_ends_by_itself_and_says_what_it_saw() {
        let _machine = MACHINE.lock().await;
        let installation = Installation::new();

        let shown = installation
            .succeed(&["demo", "--for", "15s", "--rate", "40"])
            .await;

        for words in [
            "/api/v1/events",
            "passed   hook verified",
            "passed   first event",
            "events at Okta",
            "detections",
            "p50",
            "p95",
            "p99",
            "connected  Okta has verified its event hook.",
        ] {
            assert!(shown.contains(words), "{words} in {shown}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_demo_listens_where_it_is_told_to() {
        let _machine = MACHINE.lock().await;
        let installation = Installation::new();
        let [hooks, api] = [free_address(), free_address()];
        let listen = format!("ingest.listen={hooks}");
        let serve = format!("api.listen={api}");

        let shown = installation
            .succeed(&["demo", "--for", "8s", "--set", &listen, "--set", &serve])
            .await;

        for words in [
            format!("pages      http://{api}/"),
            format!("event hook http://{hooks}/hooks/okta/"),
            "passed   hook verified".to_owned(),
        ] {
            assert!(shown.contains(&words), "{words} in {shown}");
        }

        let refused = installation
            .run(&["demo", "--set", "ingest.listen=127.0.0.1:0"])
            .await;
        assert_eq!(refused.status.code(), FAILURE, "{}", refused.stderr);
        assert!(refused.stderr.contains("name a port"), "{}", refused.stderr);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_demo_on_the_data_folder_of_an_earlier_one_connects_anew() {
        let _machine = MACHINE.lock().await;
        let installation = Installation::new();
        let folder = installation.folder().join("demo");
        let demo = ["demo", "--for", "8s", "--data-dir"];
        let demo = [&demo[..], &[folder.to_str().unwrap()]].concat();

        for _ in 0..2 {
            let shown = installation.succeed(&demo).await;

            assert!(shown.contains("passed   hook verified"), "{shown}");
        }
    }
}
