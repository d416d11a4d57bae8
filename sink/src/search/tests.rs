//! What queries mean, and what is said of those that mean nothing.

use proptest::prelude::*;

use super::*;

const fn field(name: &'static str, example: &'static str, kind: Kind) -> Field {
    Field {
        name,
        about: "",
        example,
        kind,
    }
}

static FIELDS: [Field; 4] = [
    field("severity", "high", Kind::Severity),
    field("actor", "ann@acme.com", Kind::Text),
    field("ip", "203.0.113.0/24", Kind::Network),
    field("status", "open", Kind::Choice(&["open", "closed"])),
];

fn leaf(comparison: &Comparison) -> Leaf {
    match &comparison.meaning {
        Meaning::Text(text) => Leaf::Index(any_of(KeyKind::Actor, [text.as_str()])),
        Meaning::Beginning(text) => Leaf::Index(any_beginning_with(
            KeyKind::Actor,
            std::slice::from_ref(text),
        )),
        meaning => Leaf::Rows(format!("{} {meaning:?}", comparison.field), Vec::new()),
    }
}

fn lowered(text: &str) -> Lowered {
    let tables = Tables {
        search: "search",
        key: "e.key",
    };
    lower(&parse(text, &FIELDS).unwrap().unwrap(), tables, &leaf)
}

fn fts5(text: &str) -> String {
    lowered(text).term.unwrap()
}

fn clauses(text: &str) -> Vec<String> {
    let clauses = lowered(text).clauses.into_iter();
    clauses.map(|(clause, _)| clause).collect()
}

fn problem(text: &str) -> (usize, usize, String) {
    let error = parse(text, &FIELDS).unwrap_err();
    (error.position, error.length, error.problem)
}

#[test]
fn words_are_anded_and_phrases_kept_together() {
    assert_eq!(fts5("Okta reset"), r#"("okta" AND "reset")"#);
    assert_eq!(fts5("Okta AND reset"), r#"("okta" AND "reset")"#);
    assert_eq!(fts5(r#""reset all" fac*"#), r#"("reset all" AND "fac" *)"#);
    assert_eq!(fts5("a/b"), r#"("a b")"#);
}

#[test]
fn a_composite_word_is_found_whole_or_by_parts_in_order() {
    assert_eq!(fts5("acme.com"), r#"(("acme.com" OR parts : "acme com"))"#);
    assert_eq!(fts5("ann@ac*"), r#"(("ann@ac" * OR parts : "ann ac" *))"#);
}

#[test]
fn excluded_words_need_nothing_beside_them() {
    assert_eq!(fts5("a -b -\"c d\""), r#"(("a") NOT ("b" OR "c d"))"#);
    assert_eq!(fts5("-b"), "((\"\u{E000}\") NOT (\"b\"))");
    assert_eq!(fts5("NOT b"), fts5("-b"));
}

#[test]
fn parentheses_group_and_or_binds_less_than_and() {
    assert_eq!(fts5("a b OR c"), r#"((("a" AND "b") OR "c"))"#);
    assert_eq!(fts5("a (b OR c)"), r#"("a" AND ("b" OR "c"))"#);
    assert_eq!(fts5("-(a OR b)"), "((\"\u{E000}\") NOT ((\"a\" OR \"b\")))");
    assert_eq!(fts5("or and not"), r#"("or" AND "and" AND "not")"#);
}

#[test]
fn fields_are_compared_with_words_phrases_beginnings_and_lists() {
    assert_eq!(fts5("actor:Ann@acme.com"), "((\"\u{E001}aann@acme.com\"))");
    assert_eq!(fts5("Actor:\"Ann Ott\""), "((\"\u{E001}aann_ott\"))");
    assert_eq!(fts5("actor:ann*"), "((\"\u{E001}aann\" *))");
    assert_eq!(fts5("actor=ann"), fts5("actor:ann"));
    let both = "(((\"\u{E001}aann\") OR (\"\u{E001}abob\")))";
    assert_eq!(fts5("actor:(ann OR bob)"), both);
    assert_eq!(fts5("actor:( ann bob )"), both);
    assert_eq!(fts5("actor:ann OR actor:bob"), both);
}

#[test]
fn what_the_index_does_not_have_is_asked_of_the_rows() {
    assert_eq!(
        clauses("status:open"),
        [r#"((status Choice("open")) IS TRUE)"#]
    );
    assert_eq!(
        clauses("-status:open x"),
        [r#"NOT ((status Choice("open")) IS TRUE)"#]
    );
    assert_eq!(fts5("-status:open x"), r#"("x")"#);
    assert_eq!(
        clauses("status:open OR x"),
        ["(((status Choice(\"open\")) IS TRUE) OR \
          e.key IN (SELECT rowid FROM search WHERE search MATCH ?))"]
    );
    assert_eq!(
        clauses("severity>=high"),
        ["((severity Severities([0, 1, 2, 3])) IS TRUE)"]
    );
}

#[test]
fn text_with_colons_that_is_no_field_is_text() {
    assert_eq!(fts5("2001:db8::1"), fts5("\"2001:db8::1\""));
    assert_eq!(fts5("dead::beef"), fts5("\"dead::beef\""));
    assert_eq!(fts5("12:30:45"), r#"("12 30 45")"#);
    assert_eq!(fts5("user=ann"), r#"("user ann")"#);
}

#[test]
fn nothing_is_no_query() {
    assert_eq!(parse(" \t ", &FIELDS), Ok(None));
}

#[test]
fn errors_say_where_and_what() {
    for (text, position, length, what) in [
        ("é \"abc", 3, 1, "the quote is not closed"),
        ("ab - c", 4, 1, "a word must follow the minus sign"),
        ("a\"b", 2, 1, "a quote must begin a term"),
        ("a*b", 2, 1, "* stands at the end of a word only"),
        ("x *", 3, 1, "* must follow a word"),
        ("\"a\"b", 4, 0, "a space must follow the closing quote"),
        (
            "a -&&",
            4,
            2,
            "\"&&\" has no letter and no digit to search for",
        ),
    ] {
        assert_eq!(problem(text), (position, length, what.to_owned()), "{text}");
    }
    assert_eq!(problem(&"x".repeat(2001)).0, 2001);
    assert_eq!(problem(&"x ".repeat(65)).0, 129);
    assert_eq!(problem(&"(".repeat(20)).0, 17);
}

#[test]
fn errors_of_groups_and_fields_say_where_and_what() {
    for (text, position, length, what) in [
        ("a (b", 3, 1, "the parenthesis is not closed"),
        ("a) b", 2, 1, "there is no parenthesis to close here"),
        ("a OR", 5, 0, "a word is missing here"),
        ("OR a", 1, 0, "a word is missing here"),
        ("a AND OR b", 7, 0, "a word is missing here"),
        ("()", 2, 0, "a word is missing here"),
        (
            "actor:",
            7,
            0,
            "a value must follow, such as actor:ann@acme.com",
        ),
        (
            "actor: ann",
            7,
            0,
            "a value must follow, such as actor:ann@acme.com",
        ),
        ("actor:()", 8, 0, "a value is missing here"),
        ("actor:(a OR)", 12, 0, "a value is missing here"),
        ("actor:(a", 7, 1, "the parenthesis is not closed"),
        ("actor:\" \"", 7, 3, "the value is empty"),
        (
            "x status:opne",
            10,
            4,
            "\"opne\" is no status; it takes open, closed",
        ),
        (
            "ip:1.2.3",
            4,
            5,
            "\"1.2.3\" is no ip; it takes an address or a CIDR range, such as 203.0.113.0/24",
        ),
        (
            "ip:10.*",
            4,
            4,
            "ip takes no *; it takes an address or a CIDR range, such as 203.0.113.0/24",
        ),
        (
            "severity>=hgih",
            11,
            4,
            "\"hgih\" is no severity; it takes high, medium, low, info or 0 to 7",
        ),
        (
            "actor>=a",
            8,
            1,
            "actor has no order; write actor:a (severity can be more or less)",
        ),
    ] {
        assert_eq!(problem(text), (position, length, what.to_owned()), "{text}");
    }
}

#[test]
fn an_unknown_field_is_said_with_what_may_have_been_meant() {
    for text in ["x -severty:high", "x -severty>=high"] {
        let error = parse(text, &FIELDS).unwrap_err();
        assert_eq!((error.position, error.length), (4, 7));
        assert_eq!(
            error.problem,
            "\"severty\" is no field; did you mean severity?"
        );
        assert_eq!(error.suggestion.as_deref(), Some("severity"));
    }
    let error = parse("https://acme.com", &FIELDS).unwrap_err();
    assert_eq!(error.suggestion, None);
    assert_eq!(
        error.problem,
        "\"https\" is no field; fields are severity, actor, ip, status; to search for the text \
         itself, put it in quotes: \"https://acme.com\""
    );
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "\\PC{0,80}") {
        drop(parse(&text, &FIELDS));
    }

    #[test]
    fn no_odd_syntax_breaks_the_parser(
        text in r#"([ab"*@.:>=() -]|actor:|severity|status:open| OR | NOT ){0,20}"#,
    ) {
        match parse(&text, &FIELDS) {
            Ok(Some(query)) => drop(lower(&query, Tables { search: "s", key: "k" }, &leaf)),
            Ok(None) => prop_assert!(text.trim().is_empty()),
            Err(error) => {
                let end = error.position + error.length;
                prop_assert!(error.position >= 1 && end <= text.chars().count() + 1);
                prop_assert!(!error.problem.is_empty());
            }
        }
    }
}
