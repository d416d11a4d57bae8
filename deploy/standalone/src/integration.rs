//! `nightlatch integration new`.

use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::arguments::NewIntegration;
use crate::terminal;

/// Prints the configuration block of a new integration, with a fresh key and secret.
pub(crate) fn new(options: &NewIntegration) -> ExitCode {
    let NewIntegration {
        name,
        domain,
        org_id,
    } = options;
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let block = format!(
        "# Okta calls https://<your address>/hooks/okta/{key} and shows the secret in Authorization.\n\
         [[integrations]]\nname = {}\ndomain = {}\norg_id = {}\npath_key = \"{key}\"\nsecret = \"{}\"",
        quoted(name),
        quoted(domain),
        quoted(org_id),
        random(2),
        key = random(1),
    );
    if terminal::print_line(&block) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Returns random bytes from the system, 122 bits for each part, as text for URLs.
fn random(parts: usize) -> String {
    let bytes: Vec<u8> = (0..parts.max(1) * 2)
        .flat_map(|_| *Uuid::new_v4().as_bytes())
        .collect();
    URL_SAFE_NO_PAD.encode(bytes)
}
