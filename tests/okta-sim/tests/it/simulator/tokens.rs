//! The token endpoint: every way in, and every way to be refused.

use nightlatch_okta_sim::{KeyCredential, Options, Simulator};
use serde_json::{Value, json};

use super::client::{Answer, Caller, Prover, assertion, basic, now_s, start};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const LOGS: (&str, &str) = ("scope", "okta.logs.read");
const ASSERTION_TYPE: (&str, &str) = (
    "client_assertion_type",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
);

fn is_refused(answer: &Answer, status: u16, error: &str, description: &str) {
    assert_eq!(
        (answer.status, answer.text("/error")),
        (status, error),
        "{answer:?}"
    );
    let said = answer.text("/error_description");
    assert!(said.contains(description), "{said}");
}

/// What is wrong with an assertion's claims.
type Change = fn(&mut Value);

async fn with_assertion(caller: &Caller, text: &str) -> Answer {
    let fields = [GRANT, LOGS, ASSERTION_TYPE, ("client_assertion", text)];
    caller.token(&fields, &[]).await
}

#[tokio::test]
async fn the_org_tells_who_it_is() {
    let (org, caller) = start(Options {
        custom_domain: Some("id.acme.example".to_owned()),
        ..Options::default()
    })
    .await;
    let answer = caller.get("/.well-known/okta-organization").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text("/id").starts_with("00o"));
    let link = |name: &str| answer.text(&format!("/_links/{name}/href")).to_owned();
    assert_eq!(link("organization"), "https://acme.okta.com");
    assert_eq!(link("alternate"), "https://id.acme.example");
    let by_name = format!("https://acme.okta.com:{}", org.address().port());
    let path = format!("{by_name}/.well-known/okta-organization");
    assert_eq!(caller.get(&path).await.status, 200);
}

#[tokio::test]
async fn a_host_that_is_no_org_is_answered_with_a_page() {
    let (_org, caller) = start(Options::default()).await;
    let request = caller.request(reqwest::Method::GET, "/.well-known/okta-organization");
    let response = request
        .header("Host", "typo.okta.com")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 404);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
}

#[tokio::test]
async fn an_integration_gets_a_token_with_those_scopes_that_it_was_granted() {
    let (org, caller) = start(Options::default()).await;
    let client = org.install_integration(&["okta.logs.read", "okta.eventHooks.manage"]);
    let basic = basic(&client.client_id, &client.client_secret);
    let scope = (
        "scope",
        "okta.users.read okta.eventHooks.manage okta.logs.read",
    );
    let answer = caller
        .token(&[GRANT, scope], &[("Authorization", &basic)])
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.text("/token_type"), "Bearer");
    assert_eq!(answer.body["expires_in"], 3600);
    assert_eq!(
        answer.text("/scope"),
        "okta.eventHooks.manage okta.logs.read"
    );
    assert!(answer.text("/access_token").starts_with("eyJ"));
    assert_eq!(answer.header("x-rate-limit-limit"), "150");
    assert_eq!(answer.header("x-rate-limit-remaining"), "149");
    assert_eq!(answer.header("cache-control"), "no-cache, no-store");
    assert!(!answer.header("x-okta-request-id").is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_secret_or_a_scope_is_said() {
    let (org, caller) = start(Options::default()).await;
    let client = org.install_integration(&["okta.logs.read"]);
    let good = basic(&client.client_id, &client.client_secret);
    let ask = async |fields: &[(&str, &str)], authorization: &str| {
        let headers = [("Authorization", authorization)];
        let headers = if authorization.is_empty() {
            &[][..]
        } else {
            &headers[..]
        };
        caller.token(fields, headers).await
    };
    let wrong = basic(&client.client_id, "wrong");
    let answer = ask(&[GRANT, LOGS], &wrong).await;
    is_refused(&answer, 401, "invalid_client", "secret supplied for a conf");
    let unknown = basic("0oanobody", "x");
    let answer = ask(&[GRANT, LOGS], &unknown).await;
    is_refused(
        &answer,
        401,
        "invalid_client",
        "Invalid value for 'client_id'",
    );
    let answer = ask(&[GRANT, LOGS], "").await;
    is_refused(
        &answer,
        401,
        "invalid_client",
        "No client credentials found.",
    );
    let posted = [
        GRANT,
        LOGS,
        ("client_id", client.client_id.as_str()),
        ("client_secret", client.client_secret.as_str()),
    ];
    let answer = ask(&posted, "").await;
    is_refused(
        &answer,
        401,
        "invalid_client",
        "OAuth Integration Client Cred",
    );
    let answer = ask(&posted, &good).await;
    is_refused(
        &answer,
        401,
        "invalid_request",
        "multiple client credentials",
    );
    let answer = ask(&[GRANT], &good).await;
    is_refused(&answer, 400, "invalid_scope", "No scopes were requested.");
    let answer = ask(&[GRANT, ("scope", "okta.logs.read coffee")], &good).await;
    is_refused(&answer, 400, "invalid_scope", "not configured");
    let answer = ask(&[GRANT, ("scope", "okta.users.read")], &good).await;
    is_refused(&answer, 400, "consent_required", "not allowed any");
    let answer = ask(&[("grant_type", "password"), LOGS], &good).await;
    is_refused(&answer, 400, "unsupported_grant_type", "client_credentials");
}

fn service_app(org: &Simulator, dpop: bool) -> KeyCredential {
    org.create_service_app(&["okta.logs.read"], dpop).unwrap()
}

#[tokio::test]
async fn a_custom_app_signs_an_assertion_and_may_not_use_a_secret() {
    let (org, caller) = start(Options::default()).await;
    let app = service_app(&org, false);
    let answer = with_assertion(&caller, &assertion(&app, &caller.url, |_| {})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.text("/token_type"), "Bearer");
    let header = basic(&app.client_id, "secret");
    let answer = caller
        .token(&[GRANT, LOGS], &[("Authorization", &header)])
        .await;
    is_refused(
        &answer,
        401,
        "invalid_client",
        "must use the private_key_jwt",
    );
    let integration = org.install_integration(&["okta.logs.read"]);
    let key = org.add_key(&integration.client_id).unwrap();
    let answer = with_assertion(&caller, &assertion(&key, &caller.url, |_| {})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn what_is_wrong_with_an_assertion_is_said() {
    let (org, caller) = start(Options::default()).await;
    let app = service_app(&org, false);
    let cases: [(Change, &str); 6] = [
        (
            |claims| claims["aud"] = json!("https://other.okta.com"),
            "audience claim",
        ),
        (|claims| claims["iss"] = json!("0oanobody"), "issuer claim"),
        (|claims| claims["sub"] = json!("0oanobody"), "subject claim"),
        (
            |claims| claims["exp"] = json!(now_s() - 1),
            "token is expired",
        ),
        (
            |claims| claims["exp"] = json!(now_s() + 7200),
            "too far into the future",
        ),
        (
            |claims| claims["iat"] = json!(now_s() + 900),
            "before the current time",
        ),
    ];
    for (change, said) in cases {
        let answer = with_assertion(&caller, &assertion(&app, &caller.url, change)).await;
        is_refused(&answer, 401, "invalid_client", said);
    }
    let once = assertion(&app, &caller.url, |_| {});
    assert_eq!(with_assertion(&caller, &once).await.status, 200);
    let answer = with_assertion(&caller, &once).await;
    is_refused(&answer, 401, "invalid_client", "already been used");
    let stranger = KeyCredential {
        kid: "unknown".to_owned(),
        ..app.clone()
    };
    let answer = with_assertion(&caller, &assertion(&stranger, &caller.url, |_| {})).await;
    is_refused(&answer, 401, "invalid_client", "kid is invalid");
    let other = service_app(&org, false);
    let forged = KeyCredential {
        private_key_pem: other.private_key_pem,
        ..app
    };
    let answer = with_assertion(&caller, &assertion(&forged, &caller.url, |_| {})).await;
    is_refused(&answer, 401, "invalid_client", "signature is invalid");
    let answer = with_assertion(&caller, "not.a.token").await;
    is_refused(
        &answer,
        401,
        "invalid_client",
        "parsing of the client_assertion",
    );
}

#[tokio::test]
async fn an_app_with_dpop_dances_for_its_nonce() {
    let (org, caller) = start(Options::default()).await;
    let app = service_app(&org, true);
    let prover = Prover::new();
    let url = format!("{}/oauth2/v1/token", caller.url);
    let ask = async |proof: Option<&str>| {
        let text = assertion(&app, &caller.url, |_| {});
        let fields = [
            GRANT,
            LOGS,
            ASSERTION_TYPE,
            ("client_assertion", text.as_str()),
        ];
        let headers: Vec<_> = proof.into_iter().map(|proof| ("DPoP", proof)).collect();
        caller.token(&fields, &headers).await
    };
    let answer = ask(None).await;
    is_refused(&answer, 400, "invalid_dpop_proof", "header is missing.");
    let answer = ask(Some(&prover.proof("POST", &url, |_| {}))).await;
    is_refused(&answer, 400, "use_dpop_nonce", "requires nonce");
    let nonce = answer.header("dpop-nonce").to_owned();
    let with_nonce = |claims: &mut Value| claims["nonce"] = json!(nonce);
    let proof = prover.proof("POST", &url, with_nonce);
    let answer = ask(Some(&proof)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.text("/token_type"), "DPoP");
    let answer = ask(Some(&proof)).await;
    is_refused(&answer, 400, "invalid_dpop_proof", "already been used");
    for (proof, said) in [
        (prover.proof("GET", &url, with_nonce), "'htm' claim"),
        (prover.proof("POST", &caller.url, with_nonce), "'htu' claim"),
        (
            prover.proof("POST", &url, |claims| claims["iat"] = json!(now_s() - 400)),
            "more than five minutes",
        ),
    ] {
        is_refused(&ask(Some(&proof)).await, 400, "invalid_dpop_proof", said);
    }
    org.forget_nonces();
    let answer = ask(Some(&prover.proof("POST", &url, with_nonce))).await;
    is_refused(&answer, 400, "use_dpop_nonce", "requires nonce");
}
