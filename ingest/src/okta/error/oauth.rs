//! Refusals of the token endpoint. The texts are Okta's own ("OAuth 2.0 error codes", 2026.08.1);
//! OAuth's name of the error alone tells too little.

use crate::okta::{Mode, Problem};

/// Of `invalid_client`: what the description holds, and what it means.
const CLIENT: [(&str, Problem); 13] = [
    ("must use the private_key_jwt", Problem::NeedsPrivateKey),
    (
        "OAuth Integration Client Credentials",
        Problem::NeedsOtherMethod,
    ),
    ("'application_type' of 'service'", Problem::NotAService),
    ("client secret supplied", Problem::WrongSecret),
    ("'client_id' parameter", Problem::UnknownClient),
    (
        "claim for client_assertion is not a valid client_id",
        Problem::UnknownClient,
    ),
    ("client_assertion token is expired", Problem::Clock),
    ("must be issued before the current time", Problem::Clock),
    ("expiration too far into the future", Problem::Clock),
    ("client_assertion signature", Problem::UnknownKey),
    ("client_assertion JWT", Problem::UnknownKey),
    ("JWKSet", Problem::UnknownKey),
    ("Client authentication failed", Problem::WrongClient),
];

/// Of `invalid_dpop_proof`: the same.
const PROOF: [(&str, Problem); 4] = [
    ("issued in the future", Problem::Clock),
    ("five minutes in the past", Problem::Clock),
    ("proof JWT is expired", Problem::Clock),
    ("", Problem::NeedsDpop),
];

pub(super) fn problem(error: &str, said: &str, mode: Option<Mode>) -> Problem {
    let other = || Problem::NoToken {
        error: error.to_owned(),
        said: said.trim_end_matches('.').to_owned(),
    };
    let meant = |table: &[(&str, Problem)]| {
        let found = table.iter().find(|(part, _)| said.contains(part));
        found.map_or_else(other, |(_, problem)| problem.clone())
    };
    match error {
        // Of an application without public keys, too, Okta says no more than that it failed.
        "invalid_client" => meant(&CLIENT),
        "invalid_dpop_proof" | "use_dpop_nonce" => meant(&PROOF),
        "invalid_request" if said.contains("DPoP") => Problem::NeedsDpop,
        "unauthorized_client" => Problem::NotAService,
        "consent_required" => Problem::NoScopeGranted,
        "access_denied" if said.contains("rejected") => Problem::NoScopeGranted,
        "access_denied" if said.contains("network zone") => Problem::NetworkZone,
        "invalid_scope" => Problem::UnknownScope,
        "invalid_token" if mode.is_some() => Problem::InvalidToken,
        _ => other(),
    }
}
