//! The rules that are judged: 24 in the way of those that are public for Okta, and as many more as
//! an org may have of its own.

use super::rule::How::{self, Contains, Is, StartsWith};
use super::rule::{Check, Field, Rule};

const fn field(falco: &'static str, path: &'static str) -> Field {
    Field {
        falco,
        path,
        is_list: false,
    }
}

const TYPE: Field = field("okta.evt.type", "eventType");
const LEGACY: Field = field("okta.evt.legacytype", "legacyEventType");
const RESULT: Field = field("okta.result", "outcome.result");
const REASON: Field = field("okta.reason", "outcome.reason");
const LOGIN: Field = field("okta.actor.alternateid", "actor.alternateId");
const IP: Field = field("okta.client.ip", "client.ipAddress");
const COUNTRY: Field = field(
    "okta.client.geo.country",
    "client.geographicalContext.country",
);
const CITY: Field = field("okta.client.geo.city", "client.geographicalContext.city");
const AGENT: Field = field("okta.useragent.raw", "client.userAgent.rawUserAgent");
const PROXY: Field = field("okta.security.isproxy", "securityContext.isProxy");
const ISP: Field = field("okta.security.isp", "securityContext.isp");
const URI: Field = field("okta.requesturi", "debugContext.debugData.requestUri");
const BEHAVIORS: Field = field("okta.behaviors", "debugContext.debugData.behaviors");
const RISK: Field = field(
    "okta.logonlysecuritydata",
    "debugContext.debugData.logOnlySecurityData",
);
const PUSH: Field = field(
    "okta.debug[pushOnlyResponseType]",
    "debugContext.debugData.pushOnlyResponseType",
);
const THREAT: Field = field(
    "okta.debug[threatSuspected]",
    "debugContext.debugData.threatSuspected",
);
const PRIVILEGE: Field = field(
    "okta.debug[privilegeGranted]",
    "debugContext.debugData.privilegeGranted",
);
const TARGET: Field = Field {
    is_list: true,
    ..field("okta.target.displayname", "target.displayName")
};

/// A rule: its name, what must hold and what must not.
type Public = (&'static str, &'static [Wanted], &'static [Wanted]);
/// A comparison: the field, how, and the values of which one must fit.
type Wanted = (Field, How, &'static [&'static str]);

/// What most public rules for Okta look for.
#[rustfmt::skip]
const PUBLIC: [Public; 24] = [
    ("an account was locked", &[(TYPE, Is, &["user.account.lock", "user.account.lock.limit"])], &[]),
    ("a token was made", &[(TYPE, Is, &["system.api_token.create"])], &[]),
    ("a token was revoked", &[(TYPE, Is, &["system.api_token.revoke"])], &[]),
    ("an application was changed", &[(TYPE, Is, &["application.lifecycle.update", "application.lifecycle.delete"])], &[]),
    ("a sign-on policy of an application was changed", &[(TYPE, Is, &["application.policy.sign_on.update", "application.policy.sign_on.rule.delete"])], &[]),
    ("a policy was changed", &[(TYPE, Is, &["policy.lifecycle.update", "policy.lifecycle.delete"])], &[]),
    ("a rule of a policy was changed", &[(TYPE, Is, &["policy.rule.update", "policy.rule.delete"])], &[]),
    ("a network zone was removed", &[(TYPE, Is, &["zone.deactivate", "zone.delete"])], &[]),
    ("a threat was detected", &[(TYPE, Is, &["security.threat.detected"])], &[]),
    ("an application refused somebody", &[(TYPE, Is, &["app.generic.unauth_app_access_attempt"])], &[]),
    ("an identity provider was made", &[(TYPE, Is, &["system.idp.lifecycle.create"])], &[]),
    ("an impersonation began", &[(TYPE, Is, &["user.session.impersonation.grant", "user.session.impersonation.initiate"])], &[]),
    ("a user reported something", &[(TYPE, Is, &["user.account.report_suspicious_activity_by_enduser"])], &[]),
    ("an administrator was made", &[(TYPE, Is, &["user.account.privilege.grant", "group.privilege.grant"]), (PRIVILEGE, Contains, &["admin"])], &[]),
    ("factors were removed", &[(TYPE, Is, &["user.mfa.factor.deactivate", "user.mfa.factor.reset_all"])], &[(RESULT, Is, &["FAILURE", "DENY"])]),
    ("a phishing attempt was declined", &[(TYPE, Is, &["user.authentication.auth_via_mfa"]), (RESULT, Is, &["FAILURE"]), (REASON, Is, &["FastPass declined phishing attempt"])], &[]),
    ("the console from a new device", &[(TYPE, Is, &["policy.evaluate_sign_on"]), (TARGET, Is, &["Okta Admin Console"]), (BEHAVIORS, Contains, &["New Device=POSITIVE", "New IP=POSITIVE"])], &[]),
    ("a session through a proxy", &[(TYPE, Is, &["user.session.start"]), (PROXY, Is, &["true"])], &[]),
    ("administration through a proxy", &[(URI, Contains, &["admin"]), (PROXY, Is, &["true"])], &[]),
    ("a session from a strange country", &[(TYPE, Is, &["user.session.start"]), (RESULT, Is, &["SUCCESS"])], &[(COUNTRY, Is, &["United States", "Germany", "Romania", "United Kingdom", "Canada", "France"])]),
    ("a login that is no address", &[(LEGACY, Is, &["core.user_auth.login_failed"])], &[(LOGIN, Contains, &["@"])]),
    ("a push was denied", &[(PUSH, Is, &["OV_RESPONSE_DENY"])], &[]),
    ("a request that is a threat", &[(THREAT, Is, &["true"])], &[]),
    ("a sign-in of high risk", &[(TYPE, Is, &["user.session.start", "user.authentication.auth_via_mfa"]), (RISK, Contains, &["\"level\":\"HIGH\""])], &[]),
];

fn public(&(name, all, none): &Public) -> Rule {
    let check = |&(field, how, values): &Wanted| check(field, how, values);
    Rule {
        name: name.to_owned(),
        all: all.iter().map(check).collect(),
        none: none.iter().map(check).collect(),
    }
}

fn check(field: Field, how: How, values: &[&str]) -> Check {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Check { field, how, values }
}

/// Okta's event types, which most rules of an org name.
const EVENT_TYPES: &str = include_str!("../../../detector/engine/src/event/types.tsv");

/// What every org has much of.
const BUSY: [&str; 8] = [
    "user.session.start",
    "user.authentication.sso",
    "user.authentication.auth_via_mfa",
    "user.session.end",
    "group.user_membership.add",
    "application.user_membership.add",
    "user.account.update_profile",
    "policy.evaluate_sign_on",
];

/// Returns the public-style rules and as many of an org's own as are missing.
pub(crate) fn of(count: usize) -> Vec<Rule> {
    let own = (0..count).map(own);
    PUBLIC.iter().map(public).chain(own).take(count).collect()
}

/// One of an org's own rules. Of twenty, nine name an event type alone or with an outcome, five a
/// busy event type with a person, a place or a program, and six name no event type: they watch
/// people, addresses, places, programs, providers and applications.
fn own(number: usize) -> Rule {
    let types: Vec<&str> = EVENT_TYPES
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    let event_type = types[number * 37 % types.len()];
    let busy = BUSY[number / 20 % BUSY.len()];
    let person = format!("person.{number}@example.org");
    let address = format!("198.51.{}.{}", number / 250 % 250, number % 250);
    let town = format!("Town {number}");
    let program = format!("program-{number}/");
    let provider = format!("Provider {number}");
    let application = format!("Application {number}");
    let is = |field, value: &str| check(field, Is, &[value]);
    let contains = |field, value: &str| check(field, Contains, &[value]);
    let outcome = is(RESULT, ["FAILURE", "SUCCESS", "SUCCESS"][number % 3]);
    let another_type = types[(number * 37 + 1) % types.len()];
    let country = ["Atlantis", "Utopia", "Lilliput"][number / 20 % 3];
    let all = match number % 20 {
        0..=4 => vec![is(TYPE, event_type), outcome],
        5 => vec![is(TYPE, event_type), is(LOGIN, &person)],
        6 => vec![check(TYPE, Is, &[event_type, another_type])],
        7 | 8 => vec![is(TYPE, event_type), contains(URI, "/api/v1/"), outcome],
        9 => vec![is(TYPE, busy), is(CITY, &town)],
        10 => vec![is(TYPE, busy), outcome, is(LOGIN, &person)],
        11 => vec![is(TYPE, busy), contains(AGENT, &program)],
        12 => vec![
            is(TYPE, busy),
            outcome,
            contains(BEHAVIORS, "Velocity=POSITIVE"),
            is(ISP, &provider),
        ],
        13 => vec![is(TYPE, busy), is(TARGET, &application)],
        14 => vec![is(LOGIN, &person), outcome],
        15 => vec![check(IP, Is, &[&address, "203.0.113.99"])],
        16 => vec![is(COUNTRY, country), is(CITY, &town)],
        17 => vec![contains(AGENT, &program)],
        18 => vec![is(ISP, &provider), outcome],
        _ => vec![is(TARGET, &application), check(URI, StartsWith, &["/app/"])],
    };
    Rule {
        name: format!("own rule {number}"),
        all,
        none: Vec::new(),
    }
}
