//! No secret is shown, by nothing that can be printed or is logged.

use std::io;
use std::sync::Arc;

use nightlatch_chassis::Secret;
use nightlatch_ingest::okta::{ClientKey, Credentials};
use nightlatch_okta_sim::{Endpoint, Fault, Harm};
use parking_lot::Mutex;
use tracing::instrument::WithSubscriber as _;

use super::event_hooks::draft;
use super::{Bench, client_key};

pub(super) fn client_secret() -> Credentials {
    Credentials::ClientSecret {
        client_id: "0oa1".to_owned(),
        secret: Secret::new("canary-secret"),
    }
}

/// What was logged.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Calls the org in every way, also where it fails, and returns what can be printed of it.
async fn use_all(bench: &Bench, credentials: Credentials) -> String {
    let mut shown = vec![format!(
        "{credentials:?} {:?}",
        draft("https://hooks.example/x")
    )];
    let okta = bench.okta(credentials);
    shown.push(format!("{okta:?}"));
    for harm in [
        None,
        Some(Harm::Status(500)),
        Some(Harm::Html(200)),
        Some(Harm::Dropped),
    ] {
        bench.org.clear_faults();
        if let Some(harm) = harm {
            bench
                .org
                .add_fault(Fault::at(Endpoint::EventHooks, harm.clone()));
            bench.org.add_fault(Fault::at(Endpoint::Token, harm));
        }
        shown.push(format!("{:?}", okta.granted().await));
        let created = okta
            .create_event_hook(&draft("https://hooks.example/x"))
            .await;
        shown.push(format!("{created:?}"));
        if let Err(error) = created {
            shown.push(format!("{error} {} {}", error.sentence(), error.remedy()));
        }
        shown.push(format!("{okta:?} {:?}", bench.outbound));
    }
    bench.org.clear_faults();
    shown.concat()
}

#[tokio::test]
async fn secrets_tokens_and_keys_are_in_no_text() {
    let bench = Bench::start().await;
    let integration = bench.org.install_integration(&["okta.eventHooks.manage"]);
    let app = bench.app(true);
    let token = bench.org.create_api_token().token;
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let ways = [
        Credentials::ClientSecret {
            client_id: integration.client_id,
            secret: Secret::new(&*integration.client_secret),
        },
        Credentials::PrivateKeyDpop(client_key(&app)),
        Credentials::ApiToken(Secret::new(&*token)),
    ];
    let shown = async {
        let mut shown = Vec::new();
        for credentials in ways {
            shown.push(use_all(&bench, credentials).await);
        }
        shown.concat()
    };
    let shown = shown.with_subscriber(subscriber).await;
    let logged = String::from_utf8_lossy(&written.0.lock()).into_owned();
    assert!(!logged.is_empty(), "the log was listened to");
    let key_line = app.private_key_pem.lines().nth(3).unwrap();
    for secret in [
        &*integration.client_secret,
        &*token,
        key_line,
        "the hook's secret",
        "eyJ",
        "SSWS 00",
        "Basic ",
    ] {
        assert!(!shown.contains(secret), "{secret} is shown");
        assert!(!logged.contains(secret), "{secret} is logged");
    }
}

#[tokio::test]
async fn a_wrong_key_is_not_shown_by_its_error() {
    let bench = Bench::start().await;
    let credentials = Credentials::PrivateKey(ClientKey {
        client_id: "0oa1".to_owned(),
        key: Secret::new("canary-key"),
        key_id: None,
    });
    let error = nightlatch_ingest::okta::Okta::new(&bench.address, credentials, &bench.outbound);
    let error = error.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("canary"));
}
