//! The one-time call that proves that a receiver wants a hook.

use serde_json::Value;
use uuid::Uuid;

use super::EventHook;
use crate::simulator::receiver::{Failure, Receiver};
use crate::simulator::tenant::Tenant;

const CHALLENGE: &str = "X-Okta-Verification-Challenge";

/// Calls the receiver, once more after a failure that may pass, and says why it did not verify.
pub(super) async fn verify(tenant: &Tenant, hook: &EventHook) -> Result<(), String> {
    // Forty characters that a URL may hold.
    let challenge = format!("{}_", tenant.letters(39));
    let mut outcome = call(&tenant.receiver, hook, &challenge).await;
    if outcome.as_ref().is_err_and(Failure::may_pass) {
        outcome = call(&tenant.receiver, hook, &challenge).await;
    }
    outcome.map_err(|failure| failure.text(&hook.wish.name))
}

async fn call(receiver: &Receiver, hook: &EventHook, challenge: &str) -> Result<(), Failure> {
    let request_id = Uuid::new_v4().simple().to_string();
    let request = receiver
        .get(&hook.wish.channel.uri)?
        .header("X-Okta-Request-Id", request_id)
        .header(CHALLENGE, challenge);
    let body = receiver.send(request, &hook.wish.channel).await?;
    let answer: Value = serde_json::from_slice(&body).map_err(|error| Failure::Unreadable {
        line: error.line(),
        column: error.column(),
    })?;
    if answer["verification"] == challenge {
        Ok(())
    } else {
        Err(Failure::WrongChallenge)
    }
}
