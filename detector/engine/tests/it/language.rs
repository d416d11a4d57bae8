//! The grammar of conditions, and that they print back to themselves.

use nightlatch_engine::parse_condition;
use proptest::prelude::*;

/// Each production of the grammar: a text and what it prints as.
const PRODUCTIONS: [(&str, &str); 27] = [
    ("a", "a"),
    (" a or b or c ", "(a or b or c)"),
    ("a or(b)", "(a or b)"),
    ("a and b or c", "((a and b) or c)"),
    ("a and(b or c)", "(a and (b or c))"),
    ("a and notb", "(a and notb)"),
    ("not a", "not a"),
    ("not(a)", "not a"),
    ("not not a", "a"),
    ("not (not a)", "not (not a)"),
    ("((a))", "a"),
    ("a.b exists", "a.b exists"),
    ("a.b existsand x", "(a.b exists and x)"),
    ("a.b[1] = x", "a.b[1] = x"),
    ("a.b['x y'] = z", "a.b[\"x y\"] = z"),
    ("a.b>=1", "a.b >= 1"),
    ("a.b < val(c.d)", "a.b < val(c.d)"),
    ("a.b = not", "a.b = not"),
    ("a.b glob *x*", "a.b glob *x*"),
    ("a.b = oneof (x,y)", "a.b = oneof (x, y)"),
    ("a.b = oneof and x", "(a.b = oneof and x)"),
    ("a.b in()", "a.b in ()"),
    ("a.b in list", "a.b in list"),
    ("a.b in ('x, y', \"z\")", "a.b in (\"x, y\", \"z\")"),
    ("a.b pmatch tolower(c.d)", "a.b pmatch tolower(c.d)"),
    (
        "join(\"-\", (a.b, \"c\")) = 1",
        "join(\"-\", (a.b, \"c\")) = 1",
    ),
    (
        "getopt((a.b), \"x:\")[x] exists",
        "getopt((a.b), \"x:\")[x] exists",
    ),
];

#[test]
fn each_production_parses_and_prints_back() {
    for (text, printed) in PRODUCTIONS {
        let parsed = parse_condition(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(parsed.to_string(), printed, "{text}");
        assert_eq!(parse_condition(printed).unwrap().to_string(), printed);
    }
}

#[test]
fn what_is_no_condition_is_refused_where_it_goes_wrong() {
    for (text, at) in [
        ("", 0),
        ("a b", 2),
        ("a andb", 5),
        ("(a", 2),
        ("a.b", 3),
        ("a.b = ", 6),
        ("a.b > x", 6),
        ("a.b in (x", 9),
        ("a.b in (x,)", 10),
        ("a.b[ = x", 4),
        ("a.b contains'x'", 4),
        ("a.b = 'x", 6),
        ("a.b = \"\\q\"", 10),
        ("a.b = 'x\\\"'", 11),
        ("tolower(a) = x", 8),
        ("a.b = val(tolower(c.d))", 10),
    ] {
        let error = parse_condition(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
    }
}

#[test]
fn escapes_within_quotes_write_any_byte() {
    let parsed = parse_condition(r#"a.b = "\x41\t\\ \/\xff" "#).unwrap();
    assert_eq!(parsed.to_string(), "a.b = \"A\\t\\x5c /\\xff\"");
    assert_eq!(
        parse_condition(&parsed.to_string()).unwrap().to_string(),
        parsed.to_string()
    );
}

fn word() -> impl Strategy<Value = String> {
    let quoted = "[ -~é\\n]{0,8}".prop_map(|text| {
        let escaped = text
            .replace('\\', "\\x5c")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        format!("\"{escaped}\"")
    });
    prop_oneof!["[a-z0-9.*/@-]{1,8}", quoted]
}

fn operand() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        "[a-z]{1,3}\\.[a-z]{1,3}",
        "[a-z]{1,3}\\.[a-z]{1,3}\\[[a-z0-9]{1,3}\\]"
    ];
    field.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("tolower({one})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("concat({a}, \"-\", {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("join(\",\", ({a}, 1,{b}))")),
        ]
    })
}

fn check() -> impl Strategy<Value = String> {
    let operator = prop_oneof![
        Just("="),
        Just("!="),
        Just("glob"),
        Just("icontains"),
        Just("regex")
    ];
    prop_oneof![
        operand().prop_map(|left| format!("{left} exists")),
        (operand(), operator.clone(), word()).prop_map(|(l, o, r)| format!("{l} {o} {r}")),
        (operand(), operator, prop::collection::vec(word(), 0..4))
            .prop_map(|(l, o, r)| format!("{l} {o} anyof ({})", r.join(","))),
        (operand(), prop::collection::vec(word(), 0..4))
            .prop_map(|(l, r)| format!("{l} in ({})", r.join(" , "))),
        (operand(), operand())
            .prop_map(|(l, r)| format!("{l} = val({r})"))
            .prop_filter("val takes a field", |text| parse_condition(text).is_ok()),
        Just("a_macro".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    check().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({})", parts.join(" or\n"))),
            inner.prop_map(|one| format!("not ({one})")),
        ]
    })
}

proptest! {
    #[test]
    fn a_condition_prints_back_to_itself(text in condition()) {
        let parsed = parse_condition(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let printed = parsed.to_string();
        let again = parse_condition(&printed).map_err(|error| TestCaseError::fail(format!("{printed}: {error}")))?;
        prop_assert_eq!(again.to_string(), printed);
    }
}
