//! JSON texts that are valid and that few readers expect. All are tokens as they stand in JSON.

/// Numbers: too great, too small, too exact, and spelled unusually.
pub(super) const NUMBERS: [&str; 14] = [
    "1e400",
    "-1E400",
    "1e-400",
    "-0",
    "-0.0",
    "0e0",
    "1E+2",
    "9007199254740993",
    "9223372036854775808",
    "18446744073709551616",
    "123456789012345678901234567890",
    "-123456789012345678901234567890.123456789012345678901234567890",
    "0.1000000000000000055511151231257827021181583404541015625",
    "4.9406564584124654e-324",
];

/// Strings: escapes, halves of pairs, marks, scripts, and what looks like something else.
pub(super) const STRINGS: [&str; 24] = [
    r#""\u0041\u0042\u0043""#,
    r#""\uD83E\uDD89""#,
    r#""\ud800""#,
    r#""\uDC00 before \uD800""#,
    r#""\uD800\u0041""#,
    r#""\u0000""#,
    r#""a\u0000b""#,
    r#""\b\f\n\r\t\"\\\/""#,
    r#""\ufeff""#,
    "\"\u{feff}mark within\"",
    "\"\u{202e}ervil\u{202c}\"",
    "\"שלום עולם\"",
    "\"مرحبا\"",
    "\"👩🏽‍💻🇪🇺\"",
    "\"e\u{301}\u{323}\"",
    "\"\u{2028}\u{2029}\u{85}\"",
    "\"\u{7f}\u{80}\u{ffff}\u{10ffff}\"",
    "\"漢字かな交じり文\"",
    r#""""#,
    r#""null""#,
    r#""true""#,
    r#""{\"json\":\"in a text\"}""#,
    r#""%okta.actor.name %s {} $1 ' OR 1=1 --""#,
    r#""<script>alert(1)</script>""#,
];

/// Keys that Okta does not send.
pub(super) const KEYS: [&str; 10] = [
    r#""""#,
    r#"" ""#,
    r#""a.b.c""#,
    r#""/a~1b""#,
    r#""__proto__""#,
    r#""$schema""#,
    r#""\u0000""#,
    r#""\ud800""#,
    r#""\u0061ctor""#,
    "\"ключ 🗝\"",
];

/// Ids that are none.
pub(super) const UUIDS: [&str; 10] = [
    "null",
    "17",
    "true",
    r#""""#,
    r#"" ""#,
    r#""not-a-uuid""#,
    r#""DC9FD3C0-598C-11EF-8478-2B7584BF8D5A""#,
    r#""{dc9fd3c0-598c-11ef-8478-2b7584bf8d5b}""#,
    r#""\u0064c9fd3c0-598c-11ef-8478-2b7584bf8d5c""#,
    r#"["dc9fd3c0-598c-11ef-8478-2b7584bf8d5d"]"#,
];

/// Times that are none, or that few calendars hold.
pub(super) const PUBLISHED: [&str; 14] = [
    "null",
    "1790000000000",
    "true",
    r#""""#,
    r#""yesterday""#,
    r#""1790000000""#,
    r#""2026-13-45T99:99:99.999Z""#,
    r#""0000-00-00T00:00:00Z""#,
    r#""9999-12-31T23:59:59.999Z""#,
    r#""99999-01-01T00:00:00Z""#,
    r#""2016-12-31T23:59:60.000Z""#,
    r#""2026-02-03T04:05:06+14:00""#,
    r#""2026-02-03 04:05:06""#,
    r#"{"date":"2026-02-03"}"#,
];

/// Event types that are none.
pub(super) const TYPES: [&str; 9] = [
    "null",
    "17",
    "false",
    r#""""#,
    r#""USER.SESSION.START""#,
    r#"" user.session.start ""#,
    r#""user.session.\u0073tart""#,
    r#""no.such.type""#,
    r#"["user.session.start"]"#,
];
