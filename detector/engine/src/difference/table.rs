//! The rows.

use super::Difference;

/// Of the reader of rules first, then of values, then of counters.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        what: "a rule without `source`",
        strict: "is about system calls, and left out",
        default: "is about Okta",
        rules: &["
- {rule: r, desc: d, priority: INFO, output: o, condition: okta.evt.type = user.session.start}
"],
        events: &[r#"{"eventType": "user.session.start"}"#],
        mentions: &[],
    },
    Difference {
        what: "a macro that a later file of the policy defines",
        strict: "is unknown: each file must be complete with those before it",
        default: "is known",
        rules: &[
            "
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: sign_in}
",
            "
- {macro: sign_in, condition: okta.evt.type = user.session.start}
",
        ],
        events: &[r#"{"eventType": "user.session.start"}"#],
        mentions: &[],
    },
    Difference {
        what: "a field that Falco does not have",
        strict: "is unknown",
        default: "is known",
        rules: &["
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.device.name = x}
"],
        events: &[r#"{"device": {"name": "x"}}"#],
        mentions: &[],
    },
    Difference {
        what: "the name of a list",
        strict: "is replaced wherever it stands in the text, within quotes, too",
        default: "counts where a value without quotes stands",
        rules: &[r#"
- {list: boys, items: [girls]}
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.message = "the boys here"}
"#],
        events: &[r#"{"displayMessage": "the boys here"}"#],
        mentions: &[],
    },
    Difference {
        what: "a list's name with a blank in it",
        strict: "can be used",
        default: "cannot",
        rules: &["
- {list: our apps, items: [mail, chat]}
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.reason in (our apps)}
"],
        events: &[r#"{"outcome": {"reason": "chat"}}"#],
        mentions: &[],
    },
    Difference {
        what: "a list's value with a quote, a parenthesis, a comma or `=`",
        strict: "breaks the condition, or becomes several values",
        default: "is one value",
        rules: &["
- {list: apps, items: ['mail,chat']}
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.reason in (apps)}
"],
        events: &[r#"{"outcome": {"reason": "mail,chat"}}"#],
        mentions: &[],
    },
    Difference {
        what: "a list that names a list that names a list",
        strict: "has the names of the last one among its values",
        default: "has the values of all",
        rules: &["
- {list: one, items: [mail]}
- {list: two, items: [one]}
- {list: three, items: [two]}
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.reason in (three)}
"],
        events: &[r#"{"outcome": {"reason": "mail"}}"#],
        mentions: &[],
    },
    Difference {
        what: "an exception's value with a quote, a parenthesis or a comma",
        strict: "breaks the condition, or becomes several values",
        default: "is one value",
        rules: &["
- rule: r
  desc: d
  priority: INFO
  output: o
  source: okta
  condition: okta.reason exists
  exceptions: [{name: reasons, fields: okta.reason, values: ['a,b']}]
"],
        events: &[r#"{"outcome": {"reason": "a"}}"#],
        mentions: &[],
    },
    Difference {
        what: "a bad escape in the only value of a list",
        strict: "empties the list",
        default: "is an error",
        rules: &[r#"
- rule: r
  desc: d
  priority: INFO
  output: o
  source: okta
  condition: not okta.reason in ("\q")
"#],
        events: &[r#"{"outcome": {"reason": "q"}}"#],
        mentions: &[],
    },
    Difference {
        what: "a negative number",
        strict: "becomes a huge one",
        default: "is less than every value, with a warning",
        rules: &["
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.security.asnumber > -1}
"],
        events: &[r#"{"securityContext": {"asNumber": 64496}}"#],
        mentions: &[],
    },
    Difference {
        what: "`?` and `[…]` of shell patterns",
        strict: "match one byte",
        default: "match one character",
        rules: &[r#"
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.actor.name glob "J?rg"}
"#],
        events: &[r#"{"actor": {"displayName": "Jörg"}}"#],
        mentions: &["glob ", "pmatch "],
    },
    Difference {
        what: "`okta.client.geo.lat` of an event without a place",
        strict: "is 0",
        default: "is absent",
        rules: &["
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.client.geo.lat exists}
"],
        events: &["{}"],
        mentions: &["okta.client.geo.lat"],
    },
    Difference {
        what: "`okta.client.geo.lon`",
        strict: "is always 0",
        default: "is the longitude, or absent",
        rules: &["
- {rule: r, desc: d, priority: INFO, output: o, source: okta, condition: okta.client.geo.lon = 23.59}
"],
        events: &[r#"{"client": {"geographicalContext": {"geolocation": {"lat": 46.77, "lon": 23.59}}}}"#],
        mentions: &["okta.client.geo.lon"],
    },
    Difference {
        what: "a JSON pointer into a string that holds JSON",
        strict: "finds nothing",
        default: "goes on within it",
        rules: &["
- rule: r
  desc: d
  priority: INFO
  output: o
  source: okta
  condition: json.value[/debugContext/debugData/risk/level] = HIGH
"],
        events: &[r#"{"debugContext": {"debugData": {"risk": "{\"level\": \"HIGH\"}"}}}"#],
        mentions: &["json.value", "jevt.value"],
    },
    Difference {
        what: "`okta.mfa.failure.countlast` on a denied push",
        strict: "counts denied pushes",
        default: "is absent: a push that was denied is no failure in Classic Engine",
        rules: &["
- rule: r
  desc: d
  priority: INFO
  output: o
  source: okta
  condition: okta.mfa.failure.countlast[300] >= 1
"],
        events: &[DENIED],
        mentions: &["okta.mfa.failure.countlast"],
    },
    Difference {
        what: "`okta.mfa.deny.countlast` on a failure that is no denied push",
        strict: "counts failures",
        default: "is absent",
        rules: &[DENY_COUNT_1],
        events: &[FAILED],
        mentions: &["okta.mfa.deny.countlast"],
    },
    Difference {
        what: "denied pushes of the same millisecond",
        strict: "count once",
        default: "count each, once a uuid",
        rules: &[DENY_COUNT_2],
        events: &[DENIED, DENIED],
        mentions: &["okta.mfa.deny.countlast", "okta.mfa.failure.countlast"],
    },
    Difference {
        what: "denied pushes in the spellings of both of Okta's engines",
        strict: "are counted apart",
        default: "are added up",
        rules: &[DENY_COUNT_2],
        events: &[
            r#"{"eventType": "user.mfa.okta_verify.deny_push", "published": "2026-01-05T12:00:00.000Z",
                "actor": {"id": "00u1"}}"#,
            r#"{"eventType": "user.authentication.auth_via_mfa", "published": "2026-01-05T12:01:00.000Z",
                "actor": {"id": "00u1"}, "outcome": {"result": "FAILURE"},
                "debugContext": {"debugData": {"pushOnlyResponseType": "OV_RESPONSE_DENY"}}}"#,
        ],
        mentions: &["okta.mfa.deny.countlast", "okta.mfa.failure.countlast"],
    },
    Difference {
        what: "a denied push that is late",
        strict: "counts those that came before it, later ones included",
        default: "counts those that happened before it",
        rules: &[DENY_COUNT_2],
        events: &[
            r#"{"eventType": "user.mfa.okta_verify.deny_push", "published": "2026-01-05T12:02:00.000Z",
                "actor": {"id": "00u1"}}"#,
            r#"{"eventType": "user.mfa.okta_verify.deny_push", "published": "2026-01-05T12:00:00.000Z",
                "actor": {"id": "00u1"}}"#,
        ],
        mentions: &["okta.mfa.deny.countlast", "okta.mfa.failure.countlast"],
    },
];

const DENY_COUNT_1: &str = "
- rule: r
  desc: d
  priority: INFO
  output: o
  source: okta
  condition: okta.mfa.deny.countlast[300] >= 1
";

const DENY_COUNT_2: &str = "
- rule: r
  desc: d
  priority: INFO
  output: o
  source: okta
  condition: okta.mfa.deny.countlast[300] >= 2
";

const DENIED: &str = r#"{"eventType": "user.mfa.okta_verify.deny_push",
    "published": "2026-01-05T12:00:00.000Z", "actor": {"id": "00u1"}}"#;

const FAILED: &str = r#"{"eventType": "user.authentication.auth_via_mfa",
    "published": "2026-01-05T12:00:00.000Z", "actor": {"id": "00u1"}, "outcome": {"result": "FAILURE"},
    "debugContext": {"debugData": {"factor": "SOFT_TOKEN"}}}"#;
