//! What Okta refuses, as a person is told it.

use nightlatch_chassis::Secret;
use nightlatch_ingest::okta::{ClientKey, Credentials, OktaError};

use super::secrecy::client_secret;
use super::stranger::{Stranger, json};
use super::{Bench, client_key, told};

#[tokio::test]
async fn wrong_credentials_are_told_by_what_is_wrong_with_them() {
    let bench = Bench::start().await;
    let installed = bench.org.install_integration(&["okta.logs.read"]);
    let without_scopes = bench.org.install_integration(&[]);
    let (plain, with_dpop) = (bench.app(false), bench.app(true));
    let secret = |client_id: &str, secret: &str| Credentials::ClientSecret {
        client_id: client_id.to_owned(),
        secret: Secret::new(secret),
    };
    let foreign_key = ClientKey {
        client_id: plain.client_id.clone(),
        ..client_key(&with_dpop)
    };
    let unknown_app = ClientKey {
        client_id: "0oa0000000000000000".to_owned(),
        ..client_key(&plain)
    };
    let of_integration = ClientKey {
        client_id: installed.client_id.clone(),
        ..client_key(&plain)
    };
    let revoked = bench.org.create_api_token();
    bench.org.revoke_api_token(&revoked.id);
    let mut said = Vec::new();
    for (case, credentials) in [
        ("another secret", secret(&installed.client_id, "wrong")),
        ("another client", secret("0oa0000000000000000", "wrong")),
        ("a custom app with a secret", secret(&plain.client_id, "x")),
        (
            "no scopes",
            secret(&without_scopes.client_id, &without_scopes.client_secret),
        ),
        ("another key", Credentials::PrivateKey(foreign_key)),
        ("an unknown app", Credentials::PrivateKey(unknown_app)),
        (
            "an integration with a key that it does not have",
            Credentials::PrivateKey(of_integration),
        ),
        (
            "an app that demands DPoP, without",
            Credentials::PrivateKey(client_key(&with_dpop)),
        ),
        (
            "a revoked API token",
            Credentials::ApiToken(Secret::new(revoked.token)),
        ),
    ] {
        let error = bench.okta(credentials).granted().await.unwrap_err();
        said.push(format!("{case}: {}", told(&error)));
    }
    insta::assert_snapshot!(said.concat());
}

#[tokio::test]
async fn what_is_not_allowed_is_told_by_what_is_missing() {
    let bench = Bench::start().await;
    let mut said = Vec::new();
    let mut note = |case: &str, error: OktaError| said.push(format!("{case}: {}", told(&error)));

    let okta = bench.okta(bench.secret(&["okta.logs.read"]));
    note("a scope", okta.event_hooks().await.unwrap_err());

    let app = bench.app(false);
    bench.org.set_admin_role(&app.client_id, false);
    let okta = bench.okta(Credentials::PrivateKey(client_key(&app)));
    note("a role", okta.event_hooks().await.unwrap_err());

    let token = bench.org.create_api_token();
    bench.org.set_api_token_rights(&token.id, false);
    let okta = bench.okta(Credentials::ApiToken(Secret::new(token.token)));
    assert!(okta.granted().await.is_ok(), "the token itself is taken");
    note(
        "an administrator's right",
        okta.event_hooks().await.unwrap_err(),
    );

    let okta = bench.integration();
    let hook = okta.event_hook("who00000000000000000");
    note("a hook", hook.await.unwrap_err());

    let mut draft = super::event_hooks::draft("https://hooks.example/x");
    draft.event_types = vec!["policy.evaluate_sign_on".to_owned()];
    let created = okta.create_event_hook(&draft).await;
    note(
        "an event type that hooks do not carry",
        created.unwrap_err(),
    );
    let draft = super::event_hooks::draft("http://hooks.example/x");
    let created = okta.create_event_hook(&draft).await;
    note("a hook without TLS", created.unwrap_err());
    insta::assert_snapshot!(said.concat());
}

/// Texts of Okta's list of OAuth errors that the simulated org does not answer with.
const RARE: [(u16, &str, &str); 13] = [
    (
        401,
        "invalid_client",
        "Only clients with 'application_type' of 'service' may use the client_credentials \
         'grant_type' with the Org Authorization Server.",
    ),
    (
        401,
        "invalid_client",
        "OAuth Integration Client Credentials requests to the Org Authorization Server must \
         use either private_key_jwt or client_secret_basic as the token_endpoint_auth_method.",
    ),
    (
        401,
        "invalid_client",
        "Client authentication failed. Either the client or the client credentials are \
         invalid.",
    ),
    (
        401,
        "invalid_client",
        "The client_assertion token is expired.",
    ),
    (
        401,
        "invalid_client",
        "The client_assertion JWT kid is invalid.",
    ),
    (
        400,
        "unauthorized_client",
        "The client is not authorized to use the provided grant type. Configured grant types: \
         [authorization_code].",
    ),
    (
        400,
        "invalid_scope",
        "One or more scopes are not configured for the authorization server resource.",
    ),
    (
        403,
        "access_denied",
        "The request is made from outside the client's permitted network zones.",
    ),
    (
        403,
        "access_denied",
        "The resource owner or authorization server denied the request.",
    ),
    (
        400,
        "invalid_dpop_proof",
        "The DPoP proof JWT header is missing.",
    ),
    (
        400,
        "invalid_dpop_proof",
        "The DPoP proof JWT is issued more than five minutes in the past.",
    ),
    (
        400,
        "use_dpop_nonce",
        "Authorization server requires nonce in DPoP proof.",
    ),
    (
        400,
        "unsupported_grant_type",
        "A \u{1b}[31mtext\nof two lines.",
    ),
];

#[tokio::test]
async fn rarer_refusals_of_a_token_are_understood_by_their_texts() {
    let mut said = Vec::new();
    for (status, error, description) in RARE {
        let body = serde_json::json!({"error": error, "error_description": description});
        let stranger = Stranger::start(vec![json(status, &[], &body.to_string())]).await;
        let refused = stranger.okta(client_secret()).granted().await.unwrap_err();
        said.push(told(&refused));
    }
    insta::assert_snapshot!(said.concat());
}

#[tokio::test]
async fn rarer_refusals_of_a_call_are_understood_by_code_or_status() {
    let mut said = Vec::new();
    let challenge = "www-authenticate: DPoP algs=\"RS256 ES256\", authorization_uri=\"http://a\", \
                     error_description=\"The scope=\\\"x\\\"\", scope=\"okta.eventHooks.read\", \
                     error=\"insufficient_scope\"";
    let coded = |code: &str, summary: &str| {
        serde_json::json!({
            "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeX",
            "errorCauses": [],
        })
        .to_string()
    };
    let cases: [(u16, &[&str], String); 10] = [
        (403, &[challenge], String::new()),
        (403, &[], String::new()),
        (401, &[], coded("E0000011", "Invalid token provided")),
        (403, &[], coded("E0000005", "Invalid session")),
        (
            401,
            &[],
            coded(
                "E0000015",
                "You do not have permission to access the feature",
            ),
        ),
        (
            400,
            &[],
            coded("E0000003", "The request body was not well-formed."),
        ),
        (
            405,
            &[],
            coded("E0000022", "The endpoint does not support the method"),
        ),
        (
            429,
            &["x-rate-limit-limit: 0", "x-rate-limit-remaining: 0"],
            String::new(),
        ),
        (500, &[], coded("E0000009", "Internal Server Error")),
        (418, &[], "[]".to_owned()),
    ];
    let token = Credentials::ApiToken(Secret::new("token"));
    for (status, headers, body) in cases {
        let stranger = Stranger::start(vec![json(status, headers, &body)]).await;
        let call = stranger.okta(token.clone());
        let hooks = tokio::time::timeout(std::time::Duration::from_mins(1), call.event_hooks());
        let refused = hooks.await.unwrap().unwrap_err();
        said.push(format!("{status}: {}", told(&refused)));
    }
    insta::assert_snapshot!(said.concat());
}
