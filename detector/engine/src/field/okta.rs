//! The Okta fields that are more than a path, but for targets and risk: the application of a
//! request, the addresses that it came through, debug data, and sign-ins as both engines tell them.

use std::borrow::Cow;

use super::{Facts, Selector, Value, Visit, address};
use crate::event::Event;
use crate::state::Counter;

/// The third segment of a request URI that starts with `/app/`.
pub(super) fn app<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    let uri = facts
        .event
        .text(&["debugContext", "debugData", "requestUri"])?;
    let app = uri.strip_prefix("/app/")?.split('/').next()?;
    Some(Value::Text(Cow::Borrowed(app.as_bytes())))
}

/// The client's address, to be compared with networks.
pub(super) fn client_address<'e>(facts: &Facts<'e>, _: Option<&Selector>) -> Option<Value<'e>> {
    address(facts.event.text(&["client", "ipAddress"])?).map(Value::Address)
}

/// The addresses that a request came through: the System Log has them in `request`, event hooks in
/// `client`.
pub(super) fn ip_chain(facts: &Facts<'_>, _: Option<&Selector>, visit: Visit<'_>) -> Option<()> {
    let chains = [["request", "ipChain"], ["client", "ipChain"]];
    let hops = chains
        .into_iter()
        .filter_map(|path| facts.event.at(&path)?.elements())
        .flatten();
    let addresses = hops.filter_map(|hop| hop.member("ip"));
    addresses
        .map(|address| visit(address.scalar().as_bytes()))
        .last()
}

/// The latitude as Falco writes it: Go's `%v` of a number, which is 0 when the event has none.
pub(super) fn latitude<'e>(facts: &Facts<'e>) -> Value<'e> {
    let path = ["client", "geographicalContext", "geolocation", "lat"];
    let degrees = facts.event.scalar(&path).and_then(|text| text.parse().ok());
    Value::Text(Cow::Owned(go_float(degrees.unwrap_or(0.0))))
}

/// The shortest digits that mean the number; with an exponent when it is below -4 or above 20.
fn go_float(number: f64) -> Vec<u8> {
    let scientific = format!("{number:e}");
    let exponent = scientific
        .split_once('e')
        .and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?)));
    match exponent {
        Some((digits, exponent)) if !(-4..=20).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs()).into_bytes()
        }
        _ => number.to_string().into_bytes(),
    }
}

/// The longitude as Falco's plugin reads it: by a key that Okta does not write, so always 0.
pub(super) fn no_longitude<'e>(_: &Facts<'e>) -> Value<'e> {
    Value::Text(Cow::Borrowed(b"0"))
}

/// A sign-in that failed, in Classic Engine and in Identity Engine, where the password is a factor.
pub(super) fn login_failed<'e>(facts: &Facts<'e>) -> Value<'e> {
    let event = facts.event;
    let is_sign_in = match event.event_type() {
        Some("user.session.start") => true,
        Some("user.authentication.auth_via_mfa") => {
            event.text(&["debugContext", "debugData", "factor"]) == Some("PASSWORD_AS_FACTOR")
        }
        _ => false,
    };
    Value::Boolean(is_sign_in && has_failed(event))
}

fn has_failed(event: &Event<'_>) -> bool {
    event.text(&["outcome", "result"]) == Some("FAILURE")
}

/// A push that its receiver refused, in Classic Engine and in Identity Engine.
pub(super) fn push_denied<'e>(facts: &Facts<'e>) -> Value<'e> {
    Value::Boolean(Counter::MfaDenial.counts(facts.event))
}
