//! The catalogue: each field once, with its type, argument, meaning, an example and where its value
//! comes from.

use super::Getter::{
    Always, Call, Count, Each, LastTarget, Made, Never, Number, Path, PathOrAbsent, Targets, Under,
};
use super::{Argument, Field, Getter, Kind, Origin, generic, json, okta, risk, target};
use crate::state::Counter;

const fn text(
    name: &'static str,
    getter: Getter,
    doc: &'static str,
    example: &'static str,
) -> Field {
    field(name, Kind::Text, Argument::None, getter, doc, example)
}

const fn field(
    name: &'static str,
    kind: Kind,
    argument: Argument,
    getter: Getter,
    doc: &'static str,
    example: &'static str,
) -> Field {
    Field {
        name,
        kind,
        is_list: false,
        argument,
        doc,
        example,
        origin: origin(name),
        at: None,
        getter,
        strict: None,
    }
}

/// Falco's own fields are in `evt`, its plugins' in `json` and `okta`; there, too, are those of ours.
const fn origin(name: &str) -> Origin {
    match name.as_bytes() {
        [b'e', b'v', b't', b'.', ..] => Origin::Falco,
        [b'j', ..] => Origin::FalcoJson,
        _ => Origin::FalcoOkta,
    }
}

/// A field that Falco does not have.
const fn ours(field: Field) -> Field {
    Field {
        origin: Origin::Nightlatch,
        ..field
    }
}

impl Field {
    /// Says where in the event the value comes from, where the getter does not.
    const fn at(self, place: &'static str) -> Self {
        Self {
            at: Some(place),
            ..self
        }
    }
}

/// A field that Falco takes from the event in a way of its own.
const fn in_falco(getter: Getter, field: Field) -> Field {
    Field {
        strict: Some(getter),
        ..field
    }
}

const fn list(
    name: &'static str,
    argument: Argument,
    getter: Getter,
    doc: &'static str,
    example: &'static str,
) -> Field {
    Field {
        is_list: true,
        ..field(name, Kind::Text, argument, getter, doc, example)
    }
}

const DEBUG: &str = "debugContext";
const DATA: &str = "debugData";
const CLIENT: &str = "client";
const GEO: &str = "geographicalContext";
const AUTHENTICATION: &str = "authenticationContext";
const SECURITY: &str = "securityContext";
const PRINCIPAL: &str = "originalPrincipal";

/// All fields.
#[rustfmt::skip]
pub(super) static FIELDS: &[Field] = &[
    // What happened.
    text("okta.evt.type", Path(&["eventType"]), "The event type.", "user.session.start"),
    text("okta.evt.legacytype", Path(&["legacyEventType"]), "The event type's name in Okta's old Events API.", "core.user_auth.login_success"),
    text("okta.severity", Path(&["severity"]), "Okta's severity: DEBUG, INFO, WARN or ERROR.", "INFO"),
    text("okta.message", Path(&["displayMessage"]), "Okta's sentence about the event.", "User login to Okta"),
    text("okta.published", Path(&["published"]), "When it happened, as Okta wrote it.", "2026-01-05T12:00:00.000Z"),
    ours(field("okta.published.hour", Kind::Number, Argument::OptionalZone, Made(generic::hour), "The hour of the day in which it happened, 0 to 23.", "13")).at("published, else when the event was received"),
    ours(field("okta.published.weekday", Kind::Text, Argument::OptionalZone, Made(generic::weekday), "The day of the week on which it happened, Monday to Sunday.", "Sunday")).at("published, else when the event was received"),
    text("okta.org", Always(generic::org), "The domain of the org.", "example.okta.com").at("the integration"),
    text("okta.app", Call(okta::app), "The application named by a request URI that starts with /app/.", "google").at("debugContext.debugData.requestUri"),
    text("okta.requesturi", Path(&[DEBUG, DATA, "requestUri"]), "The request URI.", "/api/v1/authn"),
    text("okta.behaviors", Path(&[DEBUG, DATA, "behaviors"]), "What Okta found unusual.", "{New Device=POSITIVE}"),
    text("okta.logonlysecuritydata", Path(&[DEBUG, DATA, "logOnlySecurityData"]), "Okta's risk assessment, JSON in a string.", "{\"risk\":{\"level\":\"LOW\"}}"),
    text("okta.result", Path(&["outcome", "result"]), "How it ended.", "FAILURE"),
    text("okta.reason", Path(&["outcome", "reason"]), "Why it ended so.", "INVALID_CREDENTIALS"),
    text("okta.transaction.id", Path(&["transaction", "id"]), "The id of the transaction.", "W7k2ZpQyX1"),
    text("okta.transaction.type", Path(&["transaction", "type"]), "The type of the transaction: WEB or JOB.", "WEB"),
    // Who did it.
    text("okta.actor.id", Path(&["actor", "id"]), "The actor's id.", "00u1a2b3c4"),
    text("okta.actor.Type", Path(&["actor", "type"]), "The actor's type.", "User"),
    text("okta.actor.alternateid", Path(&["actor", "alternateId"]), "The actor's login, mostly the e-mail address.", "ann@example.com"),
    text("okta.actor.name", Path(&["actor", "displayName"]), "The actor's name.", "Ann Example"),
    text("okta.principal.id", Path(&[DEBUG, DATA, PRINCIPAL, "id"]), "The id of the original principal.", "00u1a2b3c4"),
    text("okta.principal.alternateid", Path(&[DEBUG, DATA, PRINCIPAL, "alternateId"]), "The original principal's login.", "ann@example.com"),
    text("okta.principal.type", Path(&[DEBUG, DATA, PRINCIPAL, "type"]), "The original principal's type.", "User"),
    text("okta.principal.name", Path(&[DEBUG, DATA, PRINCIPAL, "displayName"]), "The original principal's name.", "Ann Example"),
    // From where.
    text("okta.client.zone", Path(&[CLIENT, "zone"]), "The network zone.", "OFF_NETWORK"),
    text("okta.client.ip", Path(&[CLIENT, "ipAddress"]), "The IP address.", "203.0.113.7"),
    text("okta.client.device", Path(&[CLIENT, "device"]), "The kind of device.", "Computer"),
    text("okta.client.id", Path(&[CLIENT, "id"]), "The id of an OAuth client.", "0oa1a2b3c4"),
    text("okta.client.geo.city", Path(&[CLIENT, GEO, "city"]), "The city.", "Cluj-Napoca"),
    text("okta.client.geo.state", Path(&[CLIENT, GEO, "state"]), "The state or region.", "Cluj"),
    text("okta.client.geo.country", Path(&[CLIENT, GEO, "country"]), "The country.", "Romania"),
    text("okta.client.geo.postalcode", Path(&[CLIENT, GEO, "postalCode"]), "The postal code.", "400001"),
    in_falco(Always(okta::latitude), text("okta.client.geo.lat", PathOrAbsent(&[CLIENT, GEO, "geolocation", "lat"]), "Latitude in degrees.", "46.77")),
    in_falco(Always(okta::no_longitude), text("okta.client.geo.lon", PathOrAbsent(&[CLIENT, GEO, "geolocation", "lon"]), "Longitude in degrees.", "23.59")),
    text("okta.useragent.os", Path(&[CLIENT, "userAgent", "os"]), "The operating system.", "Mac OS X"),
    text("okta.useragent.browser", Path(&[CLIENT, "userAgent", "browser"]), "The browser.", "CHROME"),
    text("okta.useragent.raw", Path(&[CLIENT, "userAgent", "rawUserAgent"]), "The user agent as sent.", "Mozilla/5.0"),
    field("okta.security.asnumber", Kind::Number, Argument::None, Number(&[SECURITY, "asNumber"]), "The number of the autonomous system.", "64496"),
    text("okta.security.asorg", Path(&[SECURITY, "asOrg"]), "The owner of the autonomous system.", "Example Networks"),
    text("okta.security.isp", Path(&[SECURITY, "isp"]), "The internet provider.", "Example Networks"),
    text("okta.security.domain", Path(&[SECURITY, "domain"]), "The domain of the address.", "example.net"),
    text("okta.security.isproxy", Path(&[SECURITY, "isProxy"]), "Whether the address is a known proxy: true or false.", "false"),
    // How they signed in.
    text("okta.authentication.step", PathOrAbsent(&[AUTHENTICATION, "authenticationStep"]), "The step of the authentication.", "0"),
    text("okta.authentication.sessionid", Path(&[AUTHENTICATION, "externalSessionId"]), "The session's id.", "102Xy7"),
    text("okta.authentication.provider", Path(&[AUTHENTICATION, "authenticationProvider"]), "Who verified the credential.", "OKTA_AUTHENTICATION_PROVIDER"),
    text("okta.authentication.credentialprovider", Path(&[AUTHENTICATION, "credentialProvider"]), "Who issued the credential.", "OKTA_CREDENTIAL_PROVIDER"),
    // To whom or what: the last target of a type.
    text("okta.target.user.id", LastTarget("User", "id"), "The id of the last target of type User.", "00u5d6e7f8"),
    text("okta.target.user.alternateid", LastTarget("User", "alternateId"), "The login of the last target of type User.", "bob@example.com"),
    text("okta.target.user.name", LastTarget("User", "displayName"), "The name of the last target of type User.", "Bob Example"),
    text("okta.target.group.id", LastTarget("UserGroup", "id"), "The id of the last target of type UserGroup.", "00g1a2b3c4"),
    text("okta.target.group.alternateid", LastTarget("UserGroup", "alternateId"), "The alternate id of the last target of type UserGroup.", "unknown"),
    text("okta.target.group.name", LastTarget("UserGroup", "displayName"), "The name of the last target of type UserGroup.", "Admins"),
    text("okta.target.app.alternateid", LastTarget("AppInstance", "alternateId"), "The alternate id of the last target of type AppInstance.", "Google Workspace"),
    field("okta.targets.displayName", Kind::Text, Argument::OptionalIndex, Made(target::names_in_one), "The names of all targets as (a,b), or that of one, counted from 0.", "(Bob Example,Admins)").at("target[].displayName"),
    // Every target, or those of a type.
    ours(list("okta.target.type", Argument::None, Targets("type"), "The types of all targets.", "(User,AppInstance)")),
    ours(list("okta.target.id", Argument::OptionalType, Targets("id"), "The ids of all targets, or of those of a type.", "(00u5d6e7f8)")),
    ours(list("okta.target.alternateid", Argument::OptionalType, Targets("alternateId"), "The alternate ids of all targets, or of those of a type.", "(bob@example.com)")),
    ours(list("okta.target.displayname", Argument::OptionalType, Targets("displayName"), "The names of all targets, or of those of a type.", "(Bob Example,Admins)")),
    ours(list("okta.target.detail", Argument::Name, Each(target::details), "A detail of all targets, such as methodTypeUsed.", "(Password)")).at("target[].detailEntry"),
    // What Okta found unusual, from wherever Okta writes it.
    ours(field("okta.behavior", Kind::Text, Argument::Name, Each(risk::behavior), "What Okta says of a behaviour, such as New Device: POSITIVE, NEGATIVE, UNKNOWN or BAD_REQUEST.", "POSITIVE")).at("securityContext.userBehaviors, else behaviors of debugContext.debugData or of its logOnlySecurityData"),
    ours(text("okta.risk.level", Each(risk::level), "The level of the risk: LOW, MEDIUM or HIGH.", "HIGH")).at("securityContext.risk, else risk or riskLevel of debugContext.debugData, else its logOnlySecurityData"),
    ours(list("okta.risk.reasons", Argument::None, Each(risk::reasons), "Why Okta sees a risk.", "(Anomalous Device)")).at("securityContext.risk, else risk or riskReasons of debugContext.debugData, else its logOnlySecurityData"),
    ours(text("okta.risk.previouslevel", Each(risk::previous_level), "The level of the risk before.", "LOW")).at("securityContext.risk, else risk of debugContext.debugData, else its logOnlySecurityData"),
    ours(text("okta.risk.detection", Each(risk::detection), "The name of what detected the risk.", "Suspected Session Hijacking")).at("securityContext.risk, else risk of debugContext.debugData, else its logOnlySecurityData"),
    ours(text("okta.botprotection.level", PathOrAbsent(&[SECURITY, "botProtection", "level"]), "How sure Okta is that a program signs in.", "LOW")),
    // More of the request, the device and the session.
    ours(field("okta.debug", Kind::Text, Argument::Name, Under(&[DEBUG, DATA]), "A value of the debug data by its key.", "OKTA_VERIFY_PUSH")),
    ours(field("okta.client.net", Kind::Address, Argument::None, Call(okta::client_address), "The client's IP address, to be compared with networks such as 10.0.0.0/8.", "203.0.113.7")).at("client.ipAddress"),
    ours(Field { kind: Kind::Address, ..list("okta.request.net", Argument::None, Each(okta::ip_chain), "The IP addresses that the request came through, to be compared with networks.", "(203.0.113.7)") }).at("request.ipChain[].ip and client.ipChain[].ip"),
    ours(list("okta.request.ipchain", Argument::None, Each(okta::ip_chain), "The IP addresses that the request came through.", "(203.0.113.7)")).at("request.ipChain[].ip and client.ipChain[].ip"),
    ours(text("okta.device.id", PathOrAbsent(&["device", "id"]), "The id of the registered device.", "guo1a2b3c4")),
    ours(text("okta.device.name", PathOrAbsent(&["device", "name"]), "The name of the registered device.", "Ann's laptop")),
    ours(text("okta.device.managed", PathOrAbsent(&["device", "managed"]), "Whether the device is managed: true or false.", "true")),
    ours(text("okta.device.registered", PathOrAbsent(&["device", "registered"]), "Whether the device is registered: true or false.", "true")),
    ours(text("okta.device.os.platform", PathOrAbsent(&["device", "os_platform"]), "The platform of the device.", "OSX")),
    ours(text("okta.device.os.version", PathOrAbsent(&["device", "os_version"]), "The version of the device's system.", "14.5.0")),
    ours(text("okta.authentication.rootsessionid", PathOrAbsent(&[AUTHENTICATION, "rootSessionId"]), "The id of the session that the others began with.", "idx7Xy2")),
    ours(text("okta.authentication.credentialtype", PathOrAbsent(&[AUTHENTICATION, "credentialType"]), "The type of the credential.", "OTP")),
    ours(text("okta.authentication.interface", PathOrAbsent(&[AUTHENTICATION, "interface"]), "What the user signed in with.", "Outlook")),
    ours(text("okta.authentication.issuer.id", PathOrAbsent(&[AUTHENTICATION, "issuer", "id"]), "The id of who issued the credential.", "0oa1a2b3c4")),
    ours(text("okta.authentication.issuer.type", PathOrAbsent(&[AUTHENTICATION, "issuer", "type"]), "The type of who issued the credential.", "OIDC")),
    ours(text("okta.transaction.apitoken", PathOrAbsent(&["transaction", "detail", "requestApiTokenId"]), "The id of the API token that the request was made with.", "00T1a2b3c4")),
    // The same in Classic Engine and in Identity Engine.
    ours(field("okta.login.failed", Kind::Boolean, Argument::None, Always(okta::login_failed), "Whether it is a sign-in that failed.", "true")).at("eventType, outcome.result, debugContext.debugData.factor"),
    ours(field("okta.mfa.push.denied", Kind::Boolean, Argument::None, Always(okta::push_denied), "Whether it is a push that its receiver refused.", "true")).at("eventType, outcome, debugContext.debugData"),
    // Counted over time, per actor.
    in_falco(Count(None), field("okta.mfa.failure.countlast", Kind::Number, Argument::Seconds, Count(Some(Counter::MfaFailure)), "On a failed multi-factor check: how many the actor had in the last N seconds, this one included.", "3")),
    in_falco(Count(None), field("okta.mfa.deny.countlast", Kind::Number, Argument::Seconds, Count(Some(Counter::MfaDenial)), "On a denied push: how many the actor denied in the last N seconds, this one included.", "3")),
    // Any path.
    in_falco(Each(json::value_as_it_is), field("json.value", Kind::Text, Argument::Pointer, Each(json::value), "The value at a JSON pointer; what is no string, as JSON.", "OKTA_VERIFY_PUSH")).at("anywhere in the event"),
    text("json.obj", Made(json::object), "The whole event as indented JSON.", "{}").at("the whole event"),
    in_falco(Each(json::value_as_it_is), field("jevt.value", Kind::Text, Argument::Pointer, Each(json::value), "The same as json.value.", "OKTA_VERIFY_PUSH")).at("anywhere in the event"),
    text("jevt.obj", Made(json::object), "The same as json.obj.", "{}").at("the whole event"),
    // What every event has.
    field("evt.num", Kind::Number, Argument::None, Call(generic::number), "The record's offset.", "4711").at("the record"),
    text("evt.time", Made(generic::time), "The time of day, UTC, with nanoseconds.", "12:00:00.000000000").at("published, else when the event was received"),
    text("evt.time.s", Made(generic::time_seconds), "The time of day, UTC.", "12:00:00").at("published, else when the event was received"),
    text("evt.time.iso8601", Made(generic::iso8601), "Date and time, UTC, ISO 8601.", "2026-01-05T12:00:00.000000000+0000").at("published, else when the event was received"),
    text("evt.datetime", Made(generic::date_time), "Date and time, UTC, with nanoseconds.", "2026-01-05 12:00:00.000000000").at("published, else when the event was received"),
    text("evt.datetime.s", Made(generic::date_time_seconds), "Date and time, UTC.", "2026-01-05 12:00:00").at("published, else when the event was received"),
    field("evt.rawtime", Kind::Time, Argument::None, Call(generic::nanoseconds), "Nanoseconds since 1970.", "1767614400000000000").at("published, else when the event was received"),
    field("evt.rawtime.s", Kind::Time, Argument::None, Call(generic::whole_seconds), "Whole seconds since 1970.", "1767614400").at("published, else when the event was received"),
    field("evt.rawtime.ns", Kind::Time, Argument::None, Call(generic::below_second), "The nanoseconds within the second.", "0").at("published, else when the event was received"),
    field("evt.reltime", Kind::Duration, Argument::None, Never(NO_BEGINNING), "Nanoseconds since the first event of a capture.", "<NA>"),
    field("evt.reltime.s", Kind::Duration, Argument::None, Never(NO_BEGINNING), "The same in whole seconds.", "<NA>"),
    field("evt.reltime.ns", Kind::Duration, Argument::None, Never(NO_BEGINNING), "The nanoseconds within that second.", "<NA>"),
    text("evt.pluginname", Always(generic::source), "Always okta.", "okta").at("the engine"),
    text("evt.plugininfo", Always(generic::info), "The whole event, its JSON as it came.", "{}").at("the whole event"),
    text("evt.source", Always(generic::source), "Always okta.", "okta").at("the engine"),
    field("evt.is_async", Kind::Boolean, Argument::None, Always(generic::is_async), "Always false.", "false").at("the engine"),
    text("evt.asynctype", Never("events of Okta are not asynchronous"), "The type of an asynchronous event.", "<NA>"),
    text("evt.hostname", Never("an event of Okta comes from no host"), "The host of the event.", "<NA>"),
];

const NO_BEGINNING: &str = "a stream has no beginning to count from";
