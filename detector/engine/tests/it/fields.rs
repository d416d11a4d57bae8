//! Where each field takes its value from.

use std::collections::BTreeSet;

use nightlatch_engine::{Argument, Diagnostic, fields};

use super::fixture::{SIGN_IN, codes, diagnose, holds, value};

#[test]
fn each_field_of_okta_comes_from_its_place() {
    let raw_agent = "Mozilla/5.0 (Macintosh)";
    for (field, expected) in [
        ("okta.app", "mail"),
        ("okta.org", "example.okta.com"),
        ("okta.evt.type", "user.session.start"),
        ("okta.evt.legacytype", "core.user_auth.login_failed"),
        ("okta.severity", "WARN"),
        ("okta.message", "User login to Okta"),
        ("okta.published", "2026-01-05T12:00:00.250Z"),
        ("okta.actor.id", "00u1"),
        ("okta.actor.Type", "User"),
        ("okta.actor.alternateid", "ann@example.com"),
        ("okta.actor.name", "Ann Example"),
        ("okta.client.zone", "OFF_NETWORK"),
        ("okta.client.ip", "203.0.113.7"),
        ("okta.client.device", "Computer"),
        ("okta.client.id", ""),
        ("okta.client.geo.city", "Cluj-Napoca"),
        ("okta.client.geo.state", "Cluj"),
        ("okta.client.geo.country", "Romania"),
        ("okta.client.geo.postalcode", "400001"),
        ("okta.client.geo.lat", "46.77"),
        ("okta.client.geo.lon", "23.59"),
        ("okta.useragent.os", "Mac OS X"),
        ("okta.useragent.browser", "CHROME"),
        ("okta.useragent.raw", raw_agent),
        ("okta.result", "FAILURE"),
        ("okta.reason", "INVALID_CREDENTIALS"),
        ("okta.transaction.id", "tx1"),
        ("okta.transaction.type", "WEB"),
        ("okta.requesturi", "/app/mail/sso"),
        ("okta.authentication.step", "0"),
        ("okta.authentication.sessionid", "s1"),
        ("okta.security.asnumber", "64496"),
        ("okta.security.asorg", "Example Networks"),
        ("okta.security.isp", "example"),
        ("okta.security.domain", "example.net"),
        ("okta.security.isproxy", "false"),
        ("okta.target.user.id", "00u6"),
        ("okta.target.user.alternateid", "cyd@example.com"),
        ("okta.target.user.name", "Cyd Example"),
        ("okta.target.group.id", "00g1"),
        ("okta.target.group.alternateid", "unknown"),
        ("okta.target.group.name", "Admins"),
        ("okta.target.app.alternateid", "Mail"),
        (
            "okta.targets.displayName",
            "(Bob Example,Cyd Example,Admins,Mail App)",
        ),
        ("okta.targets.displayName[2]", "Admins"),
        ("okta.targets.displayName[4]", "<NA>"),
        ("okta.mfa.failure.countlast[300]", "<NA>"),
        ("okta.mfa.deny.countlast[300]", "<NA>"),
    ] {
        assert_eq!(value(field, SIGN_IN), expected, "{field}");
    }
}

#[test]
fn debug_data_has_fields_of_its_own() {
    let event = r#"{"debugContext": {"debugData": {
        "behaviors": "{New Device=POSITIVE}", "logOnlySecurityData": "{\"risk\":{}}",
        "originalPrincipal": {"id": "p1", "type": "User", "alternateId": "p@example.com", "displayName": "P"}
    }}, "authenticationContext": {"authenticationProvider": "AP", "credentialProvider": "CP"}}"#;
    for (field, expected) in [
        ("okta.behaviors", "{New Device=POSITIVE}"),
        ("okta.logonlysecuritydata", "{\"risk\":{}}"),
        ("okta.principal.id", "p1"),
        ("okta.principal.type", "User"),
        ("okta.principal.alternateid", "p@example.com"),
        ("okta.principal.name", "P"),
        ("okta.authentication.provider", "AP"),
        ("okta.authentication.credentialprovider", "CP"),
        ("okta.app", "<NA>"),
    ] {
        assert_eq!(value(field, event), expected, "{field}");
    }
}

#[test]
fn any_path_is_reached_by_a_json_pointer() {
    for (field, expected) in [
        (
            "json.value[/debugContext/debugData/factor]",
            "OKTA_VERIFY_PUSH",
        ),
        (
            "json.value[debugContext/debugData/factor]",
            "OKTA_VERIFY_PUSH",
        ),
        ("json.value[/debugContext/debugData/risk~1level]", "LOW"),
        ("json.value[/target/1/displayName]", "Cyd Example"),
        ("json.value[/target/01/displayName]", "<NA>"),
        ("json.value[/target/9]", "<NA>"),
        ("json.value[/client/id]", "<NA>"),
        ("json.value[/securityContext/asNumber]", "64496"),
        (
            "json.value[/client/geographicalContext/geolocation]",
            "{\"lat\":46.77,\"lon\":23.59}",
        ),
        ("jevt.value[/outcome/result]", "FAILURE"),
        ("json.value[\"/outcome/result\"]", "FAILURE"),
    ] {
        assert_eq!(value(field, SIGN_IN), expected, "{field}");
    }
}

#[test]
fn every_event_has_times_and_a_source() {
    for (field, expected) in [
        ("evt.num", "7"),
        ("evt.time", "12:00:00.250000000"),
        ("evt.time.s", "12:00:00"),
        ("evt.time.iso8601", "2026-01-05T12:00:00.250000000+0000"),
        ("evt.datetime", "2026-01-05 12:00:00.250000000"),
        ("evt.datetime.s", "2026-01-05 12:00:00"),
        ("evt.rawtime", "1767614400250000000"),
        ("evt.rawtime.s", "1767614400"),
        ("evt.rawtime.ns", "250000000"),
        ("evt.source", "okta"),
        ("evt.pluginname", "okta"),
        ("evt.is_async", "false"),
        ("evt.plugininfo", "{}"),
    ] {
        assert_eq!(value(field, "{}"), expected, "{field}");
    }
}

#[test]
fn hour_and_weekday_are_those_of_a_time_zone() {
    // Monday, noon in UTC.
    for condition in [
        "okta.published.hour = 12",
        "okta.published.hour[Europe/Bucharest] = 14",
        "okta.published.hour[America/Los_Angeles] < 6",
        "okta.published.hour['Asia/Kolkata'] = 17",
        "okta.published.weekday = Monday",
        "okta.published.weekday[Pacific/Kiritimati] in (Tuesday)",
    ] {
        assert!(holds(condition, SIGN_IN), "{condition}");
    }
}

#[test]
fn a_value_of_another_type_is_read_as_text() {
    let event = r#"{"eventType": 5, "actor": {"id": true}, "debugContext": {"debugData": {"behaviors": ["a", 1]}},
        "securityContext": {"asNumber": "64496", "isProxy": "true"}}"#;
    for (field, expected) in [
        ("okta.evt.type", "5"),
        ("okta.actor.id", "true"),
        ("okta.behaviors", "[\"a\",1]"),
        ("okta.security.asnumber", "64496"),
        ("okta.security.isproxy", "true"),
    ] {
        assert_eq!(value(field, event), expected, "{field}");
    }
    assert!(
        holds("okta.evt.type = 5", event),
        "and is found by the index"
    );
}

#[test]
fn the_catalogue_names_each_field_once_and_explains_it() {
    let names: BTreeSet<&str> = fields().iter().map(|field| field.name).collect();
    assert_eq!(names.len(), fields().len());
    for field in fields() {
        assert!(
            field.doc.ends_with('.') && !field.example.is_empty(),
            "{}",
            field.name
        );
        let argument = match field.argument {
            Argument::None | Argument::OptionalIndex | Argument::OptionalType => "",
            Argument::OptionalZone => "[Asia/Tokyo]",
            Argument::Seconds => "[300]",
            Argument::Pointer => "[/a/b]",
            Argument::Name => "['New Device']",
        };
        let condition = format!("{}{argument} exists", field.name);
        let errors: Vec<_> = diagnose(&condition)
            .into_iter()
            .filter(Diagnostic::is_error)
            .collect();
        assert_eq!(errors, [], "{condition}");
    }
}

#[test]
fn an_argument_must_be_what_the_field_takes() {
    for condition in [
        "okta.evt.type[0] = a",
        "okta.targets.displayName[a] = b",
        "okta.targets.displayName[-1] = b",
        "okta.mfa.failure.countlast > 3",
        "okta.mfa.failure.countlast[x] > 3",
        "okta.mfa.failure.countlast[99999999999999999999] > 3",
        "json.value = 3",
        "okta.published.hour[Europe/Atlantis] = 3",
        "okta.behavior = POSITIVE",
    ] {
        assert_eq!(codes(condition), ["E0104"], "{condition}");
    }
}

#[test]
fn an_unknown_field_names_those_that_look_like_it() {
    for (written, meant) in [
        ("okta.actor.alternateId", "okta.actor.alternateid"),
        ("okta.actor.type", "okta.actor.Type"),
        ("okta.client.geo.contry", "okta.client.geo.country"),
    ] {
        let found = diagnose(&format!("{written} = x"));
        let [diagnostic] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(diagnostic.code, "E0103");
        assert_eq!(
            diagnostic.help.as_deref(),
            Some(format!("did you mean `{meant}`?").as_str())
        );
    }
    let help = diagnose("zzz.zzz = x")[0].help.clone().unwrap();
    assert!(help.contains("`nightlatch rules fields`"), "{help}");
}

#[test]
fn a_field_that_only_falco_can_fill_is_told_of() {
    assert_eq!(codes("evt.hostname = x"), ["W0105"]);
    assert!(!holds("evt.reltime exists", SIGN_IN));
}

#[test]
fn every_field_says_where_its_value_comes_from_and_who_says_so() {
    for field in nightlatch_engine::fields() {
        assert!(!field.place().is_empty(), "{}", field.name);
        assert!(!field.place().contains('|'), "{}", field.name);
    }
    let told = |name: &str| {
        let field = nightlatch_engine::fields()
            .iter()
            .find(|field| field.name == name);
        let field = serde_json::to_value(field.unwrap()).unwrap();
        ["type", "argument", "from", "source"].map(|key| field[key].as_str().unwrap().to_owned())
    };
    let okta = "Falco's okta plugin 0.12.0";
    assert_eq!(
        told("okta.client.geo.city"),
        ["string", "", "client.geographicalContext.city", okta]
    );
    assert_eq!(
        told("okta.app"),
        ["string", "", "debugContext.debugData.requestUri", okta]
    );
    assert_eq!(
        told("okta.request.net"),
        [
            "list (address)",
            "",
            "request.ipChain[].ip and client.ipChain[].ip",
            "Okta's LogEvent"
        ]
    );
    assert_eq!(
        told("okta.target.group.name")[2],
        "target[type=UserGroup].displayName, the last"
    );
    assert_eq!(told("json.value")[3], "Falco's json plugin 0.7.4");
    assert_eq!(
        told("evt.hostname")[2..],
        ["nowhere: an event of Okta comes from no host", "Falco"]
    );
    let falco = nightlatch_engine::fields()
        .iter()
        .filter(|field| field.origin == nightlatch_engine::Origin::FalcoOkta);
    assert_eq!(
        falco.count(),
        54,
        "the plugin's fields are all here, and only those are its"
    );
}
