//! Who may call the management API, and how others are turned away.

use nightlatch_okta_sim::{Options, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Caller, Prover, assertion, read, start};

const HOOKS: &str = "/api/v1/eventHooks";

#[tokio::test]
async fn an_api_token_opens_every_door_until_it_is_revoked() {
    let (org, caller) = start(Options::default()).await;
    let nobody = caller.get(HOOKS).await;
    assert_eq!(
        (nobody.status, nobody.text("/errorCode")),
        (403, "E0000005")
    );
    let wrong = caller.with("SSWS wrong").get(HOOKS).await;
    assert_eq!((wrong.status, wrong.text("/errorCode")), (401, "E0000011"));
    let token = org.create_api_token();
    let caller = caller.with(&format!("SSWS {}", token.token));
    assert_eq!(caller.get(HOOKS).await.status, 200);
    org.set_api_token_rights(&token.id, false);
    let weak = caller.get(HOOKS).await;
    assert_eq!((weak.status, weak.text("/errorCode")), (403, "E0000006"));
    org.revoke_api_token(&token.id);
    assert_eq!(caller.get(HOOKS).await.status, 401);
}

#[tokio::test]
async fn a_missing_scope_is_told_in_a_header_alone() {
    let (org, caller) = start(Options::default()).await;
    let caller = caller.token_of(&org, &["okta.logs.read"]).await;
    assert_eq!(caller.get("/api/v1/logs").await.status, 200);
    let response = caller.request(Method::GET, HOOKS).send().await.unwrap();
    assert_eq!(response.status(), 403);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer authorization_uri=\"http://127.0.0.1:"));
    for part in [
        "scope=\"okta.eventHooks.read\"",
        "error=\"insufficient_scope\"",
        "error_description=\"The access token provided does not contain the required scopes.\"",
        "resource=\"/api/v1/eventHooks\"",
    ] {
        assert!(challenge.contains(part), "{challenge}");
    }
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn who_may_manage_may_read() {
    let (org, caller) = start(Options::default()).await;
    let caller = caller.token_of(&org, &["okta.eventHooks.manage"]).await;
    assert_eq!(caller.get(HOOKS).await.status, 200);
}

#[tokio::test]
async fn a_token_that_expired_or_was_revoked_is_refused() {
    let (org, caller) = start(Options::default()).await;
    let client = org.install_integration(&["okta.logs.read"]);
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "okta.logs.read"),
    ];
    let basic = super::client::basic(&client.client_id, &client.client_secret);
    let fresh = async || {
        let answer = caller.token(&form, &[("Authorization", &basic)]).await;
        caller.with(&format!("Bearer {}", answer.text("/access_token")))
    };
    let first = fresh().await;
    org.expire_access_tokens(&client.client_id);
    let answer = first.get("/api/v1/logs").await;
    assert_eq!(
        (answer.status, answer.text("/errorCode")),
        (401, "E0000011")
    );
    assert!(
        answer
            .header("www-authenticate")
            .contains("The token has expired.")
    );
    let second = fresh().await;
    assert_eq!(second.get("/api/v1/logs").await.status, 200);
    assert_eq!(org.revoke_access_tokens(&client.client_id), 2);
    assert_eq!(second.get("/api/v1/logs").await.status, 401);
    let third = fresh().await;
    org.delete_app(&client.client_id);
    assert_eq!(third.get("/api/v1/logs").await.status, 401);
}

/// Gets a bound token for an app of its own.
async fn bound(org: &Simulator, caller: &Caller, prover: &Prover) -> (String, String) {
    let app = org.create_service_app(&["okta.logs.read"], true).unwrap();
    let url = format!("{}/oauth2/v1/token", caller.url);
    let ask = async |nonce: Option<&str>| {
        let text = assertion(&app, &caller.url, |_| {});
        let proof = prover.proof("POST", &url, |claims| {
            if let Some(nonce) = nonce {
                claims["nonce"] = json!(nonce);
            }
        });
        let fields = [
            ("grant_type", "client_credentials"),
            ("scope", "okta.logs.read"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", text.as_str()),
        ];
        caller.token(&fields, &[("DPoP", &proof)]).await
    };
    let nonce = ask(None).await.header("dpop-nonce").to_owned();
    let token = ask(Some(&nonce)).await.text("/access_token").to_owned();
    (app.client_id, token)
}

#[tokio::test]
async fn a_bound_token_is_good_with_a_proof_of_its_own_key_only() {
    let (org, caller) = start(Options::default()).await;
    let prover = Prover::new();
    let (client_id, token) = bound(&org, &caller, &prover).await;
    let url = format!("{}/api/v1/logs", caller.url);
    let ath = |claims: &mut Value| claims["ath"] = json!(Prover::hash(&token));
    let call = async |scheme: &str, proof: Option<String>| -> Answer {
        let caller = caller.with(&format!("{scheme} {token}"));
        let mut request = caller.request(Method::GET, "/api/v1/logs?limit=1");
        if let Some(proof) = proof {
            request = request.header("DPoP", proof);
        }
        read(request.send().await.unwrap()).await
    };
    let good = call("DPoP", Some(prover.proof("GET", &url, ath))).await;
    assert_eq!(good.status, 200, "{good:?}");
    let as_bearer = call("Bearer", None).await;
    assert_eq!(
        (as_bearer.status, as_bearer.text("/error")),
        (400, "invalid_request")
    );
    for (proof, said) in [
        (None, "header is missing"),
        (Some(prover.proof("GET", &url, |_| {})), "'ath' claim"),
        (Some(prover.proof("POST", &url, ath)), "'htm' claim"),
        (Some(Prover::new().proof("GET", &url, ath)), "not bound to"),
    ] {
        let answer = call("DPoP", proof).await;
        assert_eq!(answer.text("/error"), "invalid_dpop_proof");
        assert!(
            answer.text("/error_description").contains(said),
            "{answer:?}"
        );
    }
    org.set_admin_role(&client_id, false);
    let answer = call("DPoP", Some(prover.proof("GET", &url, ath))).await;
    assert_eq!(
        (answer.status, answer.text("/errorCode")),
        (403, "E0000006")
    );
}
