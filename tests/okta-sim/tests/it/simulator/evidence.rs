//! What lets clients in is noted as it was on the wire, so that a test can look for it elsewhere.

use nightlatch_okta_sim::{Endpoint, EvidenceKind, Fault, Harm, Options, Simulator};

use super::client::{Caller, Prover, assertion, start};

const TOKEN: &str = "/oauth2/v1/token";

fn noted(org: &Simulator, kind: EvidenceKind) -> Vec<String> {
    let evidence = org.evidence().into_iter();
    let of_kind = evidence.filter(|one| one.kind == kind);
    of_kind.map(|one| one.text).collect()
}

async fn ask(caller: &Caller, assertion: &str, proof: &str) -> super::client::Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("scope", "okta.logs.read"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion),
    ];
    caller.token(&fields, &[("DPoP", proof)]).await
}

#[tokio::test]
async fn tokens_assertions_and_proofs_are_noted_also_where_nothing_comes_of_them() {
    let (org, caller) = start(Options::default()).await;
    let app = org.create_service_app(&["okta.logs.read"], true).unwrap();
    let prover = Prover::new();
    let url = format!("{}{TOKEN}", caller.url);
    let mut sent = Vec::new();
    org.add_fault(Fault::at(Endpoint::Token, Harm::Dropped).times(1));
    let mut nonce = String::new();
    let granted = loop {
        let assertion = assertion(&app, &caller.url, |_| ());
        let proof = prover.proof("POST", &url, |claims| {
            claims["nonce"] = nonce.clone().into();
        });
        sent.push((assertion.clone(), proof.clone()));
        if sent.len() == 1 {
            // It is dropped.
            let dropped = caller
                .request(reqwest::Method::POST, TOKEN)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("DPoP", &proof)
                .body(format!("client_assertion={assertion}"));
            assert!(dropped.send().await.is_err());
            continue;
        }
        let answer = ask(&caller, &assertion, &proof).await;
        if answer.status == 200 {
            break answer;
        }
        assert_eq!(answer.text("/error"), "use_dpop_nonce");
        nonce = answer.header("dpop-nonce").to_owned();
    };
    let (assertions, proofs): (Vec<_>, Vec<_>) = sent.into_iter().unzip();
    assert_eq!(noted(&org, EvidenceKind::ClientAssertion), assertions);
    assert_eq!(noted(&org, EvidenceKind::Proof), proofs);
    let tokens = noted(&org, EvidenceKind::AccessToken);
    assert_eq!(tokens, [granted.text("/access_token")]);
    assert!(!format!("{:?}", org.evidence()).contains(&tokens[0]));
}
