//! The four modes, and how long a token is used.

use std::collections::BTreeSet;

use jiff::Timestamp;
use nightlatch_chassis::Secret;
use nightlatch_ingest::okta::{Credentials, Granted, LogRequest, Problem, SCOPES, Scope};
use nightlatch_okta_sim::{Endpoint, Fault, Harm};

use super::stranger::{Stranger, json};
use super::{Bench, client_key};

#[tokio::test]
async fn each_of_the_four_modes_is_let_in() {
    let bench = Bench::start().await;
    let all = SCOPES.map(Scope::name);
    let scopes = Granted::Scopes(all.map(str::to_owned).into());
    for (credentials, granted) in [
        (bench.secret(&all), scopes.clone()),
        (
            Credentials::PrivateKey(client_key(&bench.app(false))),
            scopes.clone(),
        ),
        (
            Credentials::PrivateKeyDpop(client_key(&bench.app(true))),
            scopes.clone(),
        ),
        (
            Credentials::ApiToken(Secret::new(bench.org.create_api_token().token)),
            Granted::RoleOfAdministrator,
        ),
    ] {
        let okta = bench.okta(credentials);
        assert_eq!(okta.granted().await.unwrap(), granted, "{:?}", okta.mode());
        assert_eq!(okta.event_hooks().await.unwrap(), [], "{:?}", okta.mode());
        assert_eq!(granted.missing(), []);
    }
}

#[tokio::test]
async fn the_org_tells_who_it_is_without_credentials() {
    let bench = Bench::start().await;
    let asked = nightlatch_ingest::okta::Organization::ask(&bench.address, &bench.outbound);
    let asked = asked.await.unwrap();
    assert!(asked.id.starts_with("00o"), "{}", asked.id);
    assert_eq!(asked.okta_host.as_deref(), Some("acme.okta.com"));
    assert!(asked.is_identity_engine);
    assert_eq!(bench.integration().organization().await.unwrap(), asked);
}

#[tokio::test]
async fn scopes_that_are_granted_in_part_are_told() {
    let bench = Bench::start().await;
    let okta = bench.okta(bench.secret(&["okta.logs.read"]));
    let granted = okta.granted().await.unwrap();
    assert_eq!(
        granted,
        Granted::Scopes(BTreeSet::from(["okta.logs.read".to_owned()]))
    );
    assert_eq!(
        granted.missing(),
        [Scope::ManageEventHooks, Scope::ReadEventHooks]
    );
}

fn tokens_asked(bench: &Bench) -> u32 {
    let peaks = bench.org.peaks().into_iter();
    let tokens = peaks.filter(|peak| peak.endpoint == Endpoint::Token);
    tokens.map(|peak| peak.used).sum()
}

#[tokio::test]
async fn a_token_is_asked_for_once_whoever_wants_it() {
    let bench = Bench::start().await;
    let okta = bench.integration();
    let calls = (0..8).map(|_| {
        let okta = okta.clone();
        tokio::spawn(async move { okta.event_hooks().await.map(drop) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(tokens_asked(&bench), 1);
}

#[tokio::test]
async fn a_token_that_okta_does_not_take_any_more_is_renewed_once() {
    let bench = Bench::start().await;
    for app in [bench.app(false), bench.app(true)] {
        let key = client_key(&app);
        let requires_dpop = bench.okta(Credentials::PrivateKey(key.clone()));
        let okta = match requires_dpop.granted().await {
            Ok(_) => requires_dpop,
            Err(_) => bench.okta(Credentials::PrivateKeyDpop(key)),
        };
        okta.event_hooks().await.unwrap();
        bench.org.revoke_access_tokens(&app.client_id);
        okta.event_hooks().await.unwrap();
        bench.org.expire_access_tokens(&app.client_id);
        okta.event_hooks().await.unwrap();
    }

    let okta = bench.integration();
    okta.event_hooks().await.unwrap();
    let before = tokens_asked(&bench);
    let refused = Fault::at(Endpoint::EventHooks, Harm::Status(401));
    bench.org.add_fault(refused);
    let error = okta.event_hooks().await.unwrap_err();
    assert_eq!(*error.problem(), Problem::InvalidToken);
    assert_eq!(tokens_asked(&bench), before + 1);
}

#[tokio::test]
async fn a_nonce_that_has_gone_is_fetched_anew() {
    let bench = Bench::start().await;
    let app = bench.app(true);
    let okta = bench.okta(Credentials::PrivateKeyDpop(client_key(&app)));
    okta.event_hooks().await.unwrap();
    bench.org.forget_nonces();
    bench.org.revoke_access_tokens(&app.client_id);
    okta.event_hooks().await.unwrap();
}

#[tokio::test]
async fn scopes_that_are_granted_later_are_seen_when_asked_for() {
    let bench = Bench::start().await;
    let installed = bench.org.install_integration(&["okta.logs.read"]);
    let okta = bench.okta(Credentials::ClientSecret {
        client_id: installed.client_id.clone(),
        secret: Secret::new(installed.client_secret),
    });
    assert_eq!(okta.granted().await.unwrap().missing().len(), 2);
    let all = SCOPES.map(Scope::name);
    bench.org.grant_scopes(&installed.client_id, &all);
    assert_eq!(okta.granted().await.unwrap().missing(), []);
    okta.event_hooks().await.unwrap();
}

#[tokio::test]
async fn a_scope_that_is_missing_is_not_asked_for_with_each_call() {
    let bench = Bench::start().await;
    let credentials = bench.secret(&["okta.eventHooks.manage"]);
    let client_id = credentials.client_id().unwrap().to_owned();
    let okta = bench.okta(credentials);
    let request = LogRequest::Since {
        since: Timestamp::now(),
        filter: None,
        limit: 1,
    };
    for _ in 0..5 {
        let error = okta.system_log(&request).await.unwrap_err();
        let is_missing = matches!(error.problem(), Problem::MissingScope { .. });
        assert!(is_missing, "{error}");
    }
    assert_eq!(tokens_asked(&bench), 1);

    // Whoever validates asks for what is granted now, and the next call has it.
    let all = SCOPES.map(Scope::name);
    bench.org.grant_scopes(&client_id, &all);
    assert_eq!(okta.granted().await.unwrap().missing(), []);
    okta.system_log(&request).await.unwrap();
    assert_eq!(tokens_asked(&bench), 2);
}

#[tokio::test]
async fn a_wrong_clock_of_ours_is_put_right_by_what_okta_answers() {
    let app = Bench::start().await.app(false);
    let expired = "{\"error\":\"invalid_client\",\"error_description\":\"The client_assertion token \
                   is expired.\"}";
    let token = "{\"token_type\":\"Bearer\",\"access_token\":\"a\",\"scope\":\"okta.logs.read\"}";
    let late = ["date: Fri, 01 Jan 2100 00:00:00 GMT"];
    let answers = vec![json(401, &late, expired), json(200, &late, token)];
    let stranger = Stranger::start(answers).await;
    let okta = stranger.okta(Credentials::PrivateKey(client_key(&app)));
    assert!(okta.granted().await.unwrap().has(Scope::ReadLogs));
    assert_eq!(stranger.seen().len(), 2);

    // Where that does not help it is told, not tried for ever.
    let stranger = Stranger::start(vec![json(401, &late, expired)]).await;
    let okta = stranger.okta(Credentials::PrivateKey(client_key(&app)));
    let error = okta.granted().await.unwrap_err();
    assert_eq!(*error.problem(), Problem::Clock);
    assert!(stranger.seen().len() <= 4, "{}", stranger.seen().len());
}
