//! The life of an event hook at the org.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use nightlatch_chassis::Secret;
use nightlatch_ingest::okta::{HookDraft, MAX_HOOKS, Problem};
use nightlatch_okta_sim::{DeliveryOptions, Options};
use parking_lot::Mutex;
use serde_json::json;
use tokio::net::TcpListener;

use super::{Bench, told};

fn options() -> Options {
    Options {
        delivery: DeliveryOptions {
            plain_receivers: true,
            ..DeliveryOptions::default()
        },
        ..Options::default()
    }
}

pub(super) fn draft(uri: &str) -> HookDraft {
    HookDraft {
        name: "Nightlatch".to_owned(),
        uri: uri.to_owned(),
        header: "Authorization".to_owned(),
        secret: Secret::new("the hook's secret"),
        event_types: vec!["user.session.start".to_owned()],
        filter: None,
    }
}

/// Where Okta finds somebody who answers challenges; notes the secrets it shows.
async fn receiver() -> (String, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let answer = async move |headers: HeaderMap| {
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        noted.lock().push(text("authorization"));
        axum::Json(json!({"verification": text("x-okta-verification-challenge")}))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let router = Router::new().route("/hook", get(answer));
        axum::serve(listener, router).await
    });
    (uri, seen)
}

#[tokio::test]
async fn a_hook_is_created_verified_replaced_and_deleted() {
    let bench = Bench::with(options()).await;
    let okta = bench.integration();
    let (uri, seen) = receiver().await;

    let hook = okta.create_event_hook(&draft(&uri)).await.unwrap();
    assert!(hook.is_active && !hook.is_verified, "{hook:?}");
    assert_eq!((&hook.uri, &*hook.header), (&uri, "Authorization"));
    assert_eq!(hook.event_types, ["user.session.start"]);
    assert!(okta.verify_event_hook(&hook.id).await.unwrap().is_verified);
    assert_eq!(*seen.lock(), ["the hook's secret"]);

    let mut other = draft(&uri);
    other.secret = Secret::new("another secret");
    other.event_types.push("user.lifecycle.create".to_owned());
    okta.replace_event_hook(&hook.id, &other).await.unwrap();
    let replaced = okta.event_hook(&hook.id).await.unwrap();
    assert!(!replaced.is_verified, "a changed channel is verified anew");
    assert_eq!(replaced.event_types.len(), 2);
    okta.verify_event_hook(&hook.id).await.unwrap();
    assert_eq!(seen.lock().last().unwrap(), "another secret");

    assert!(
        !okta
            .deactivate_event_hook(&hook.id)
            .await
            .unwrap()
            .is_active
    );
    assert!(okta.activate_event_hook(&hook.id).await.unwrap().is_active);
    assert!(okta.delete_event_hook(&hook.id).await.is_err(), "it is on");
    okta.deactivate_event_hook(&hook.id).await.unwrap();
    okta.delete_event_hook(&hook.id).await.unwrap();
    assert_eq!(okta.event_hooks().await.unwrap(), []);
    let error = okta.event_hook(&hook.id).await.unwrap_err();
    assert_eq!(*error.problem(), Problem::NotFound);
}

#[tokio::test]
async fn a_hook_that_does_not_answer_is_not_verified() {
    let bench = Bench::with(options()).await;
    let okta = bench.integration();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/hook", listener.local_addr().unwrap());
    drop(listener);
    let hook = okta.create_event_hook(&draft(&uri)).await.unwrap();
    let error = okta.verify_event_hook(&hook.id).await.unwrap_err();
    insta::assert_snapshot!(told(&error));
}

#[tokio::test]
async fn an_org_with_as_many_hooks_as_it_may_have_says_so() {
    let bench = Bench::with(options()).await;
    let okta = bench.integration();
    let (uri, _) = receiver().await;
    for number in 0..MAX_HOOKS {
        let mut draft = draft(&uri);
        draft.name = format!("hook {number}");
        let hook = okta.create_event_hook(&draft).await.unwrap();
        okta.verify_event_hook(&hook.id).await.unwrap();
    }
    let error = match okta.create_event_hook(&draft(&uri)).await {
        Err(error) => error,
        Ok(hook) => okta.verify_event_hook(&hook.id).await.unwrap_err(),
    };
    assert_eq!(*error.problem(), Problem::HookLimit);
    insta::assert_snapshot!(told(&error));
}

#[tokio::test]
async fn an_id_leads_to_no_other_path() {
    let bench = Bench::start().await;
    let okta = bench.integration();
    for id in ["../logs", "", "who1/lifecycle/verify", "who1?x"] {
        assert!(okta.delete_event_hook(id).await.is_err(), "{id}");
    }
}
