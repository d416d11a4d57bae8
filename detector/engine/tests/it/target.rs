//! Targets and the request: several values in one event.

use crate::fixture::{codes, holds, value};

const EVENT: &str = r#"{
    "target": [
        {"id": "u1", "type": "User", "alternateId": "ann@example.com", "displayName": "Ann"},
        {"id": "a1", "type": "AppInstance", "alternateId": "Okta Admin Console",
         "displayName": "Okta Admin Console", "detailEntry": {"methodTypeUsed": "Password"}},
        {"id": "u2", "type": "User", "displayName": null, "detailEntry": {"MethodTypeUsed": "Get a push"},
         "changeDetails": {"from": {"policyRuleActionJson": "{\"signon\":{\"access\":\"DENY\",\"factors\":[\"otp\"]}}"}}}
    ],
    "request": {"ipChain": [{"ip": "203.0.113.7"}, {"ip": "198.51.100.1"}]},
    "client": {"ipChain": [{"ip": "192.0.2.9"}]},
    "debugContext": {"debugData": {"factor": "OKTA_VERIFY_PUSH", "pushOnlyResponseType": null}}
}"#;

#[test]
fn a_target_of_a_type_is_found_among_others() {
    for condition in [
        "okta.target.displayname[AppInstance] intersects ('Okta Admin Console')",
        "okta.target.id[User] in (u1, u2)",
        "not okta.target.id[User] in (u1)",
        "okta.target.type intersects (AppInstance)",
        "okta.target.alternateid[User] in (ann@example.com)",
        "not okta.target.id[UserGroup] exists",
        "len(okta.target.id) = 3",
        "okta.target.detail[methodTypeUsed] intersects (Password)",
        "okta.target.detail[methodtypeused] in (Password, 'Get a push')",
        "not okta.target.displayname[User] intersects ('Okta Admin Console')",
    ] {
        assert!(holds(condition, EVENT), "{condition}");
    }
}

#[test]
fn a_list_prints_in_parentheses() {
    assert_eq!(value("okta.target.type", EVENT), "(User,AppInstance,User)");
}

#[test]
fn the_addresses_of_a_request_are_found_in_both_places() {
    let all = "okta.request.ipchain in (203.0.113.7, 198.51.100.1, 192.0.2.9)";
    assert!(holds(all, EVENT));
    assert!(holds("len(okta.request.ipchain) = 3", EVENT));
}

#[test]
fn an_address_is_compared_with_networks() {
    let event = r#"{"client": {"ipAddress": "203.0.113.7"},
        "request": {"ipChain": [{"ip": "203.0.113.7"}, {"ip": "::ffff:10.1.2.3"}, {"ip": "2001:db8::7"}]}}"#;
    for condition in [
        "okta.client.net = 203.0.113.7",
        "okta.client.net = 203.0.113.0/24",
        "okta.client.net != 10.0.0.0/8",
        "okta.client.net in (10.0.0.0/8, 203.0.113.0/28)",
        "not okta.client.net in (10.0.0.0/8, 2001:db8::/32)",
        "okta.client.net = 203.0.113.99/24",
        "okta.request.net intersects (10.0.0.0/8)",
        "okta.request.net intersects (2001:db8::/32)",
        "okta.request.net in (10.0.0.0/8, 203.0.113.0/24, 2001:db8::/32)",
        "not okta.request.net in (10.0.0.0/8)",
        "okta.client.net = val(okta.client.net)",
    ] {
        assert!(holds(condition, event), "{condition}");
    }
    for none in [r#"{"client": {"ipAddress": "unknown"}}"#, "{}"] {
        assert!(!holds("okta.client.net exists", none));
        assert!(!holds("okta.client.net != 10.0.0.0/8", none));
    }
    assert_eq!(value("okta.client.net", event), "203.0.113.7");
}

#[test]
fn what_is_no_network_is_refused() {
    for literal in ["10.0.0", "10.0.0.0/33", "office", "2001:db8::/129"] {
        assert_eq!(
            codes(&format!("okta.client.net = {literal}")),
            ["E0106"],
            "{literal}"
        );
    }
    assert_eq!(codes("okta.client.net contains 10"), ["E0105"]);
    assert_eq!(codes("okta.client.net >= 10"), ["E0105"]);
}

#[test]
fn debug_data_is_reached_by_its_keys() {
    assert!(holds("okta.debug[factor] = OKTA_VERIFY_PUSH", EVENT));
    assert!(holds("not okta.debug[pushOnlyResponseType] exists", EVENT));
    assert!(holds("not okta.debug[Factor] exists", EVENT));
}

#[test]
fn a_pointer_goes_on_into_json_that_a_string_holds() {
    let from = "/target/2/changeDetails/from/policyRuleActionJson";
    for condition in [
        format!("json.value[{from}/signon/access] = DENY"),
        format!("json.value[{from}/signon/factors/0] = otp"),
        format!("not json.value[{from}/signon/none] exists"),
        format!("json.value[{from}] startswith '{{'"),
        "not json.value[/debugContext/debugData/factor/0] exists".to_owned(),
    ] {
        assert!(holds(&condition, EVENT), "{condition}");
    }
}

#[test]
fn a_failed_sign_in_and_a_denied_push_are_told_in_both_engines() {
    let event = |kind: &str, result: &str, debug: &str| {
        format!(
            r#"{{"eventType": "{kind}", "outcome": {{"result": "{result}", "reason": "INVALID_CREDENTIALS"}},
                "debugContext": {{"debugData": {debug}}}}}"#
        )
    };
    let mfa = "user.authentication.auth_via_mfa";
    let password = r#"{"factor": "PASSWORD_AS_FACTOR"}"#;
    let push = r#"{"factor": "OKTA_VERIFY_PUSH"}"#;
    for (event, failed, denied) in [
        (event("user.session.start", "FAILURE", "{}"), true, false),
        (event("user.session.start", "SUCCESS", "{}"), false, false),
        (event(mfa, "FAILURE", password), true, false),
        (event(mfa, "SUCCESS", password), false, false),
        (event(mfa, "FAILURE", push), false, true),
        (
            event("user.mfa.okta_verify.deny_push", "", "{}"),
            false,
            true,
        ),
        (event("user.session.end", "FAILURE", "{}"), false, false),
    ] {
        let told = |field: &str| holds(&format!("{field} = true"), &event);
        assert_eq!(told("okta.login.failed"), failed, "{event}");
        assert_eq!(told("okta.mfa.push.denied"), denied, "{event}");
    }
}
