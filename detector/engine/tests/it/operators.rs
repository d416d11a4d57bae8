//! What each operator, modifier and transformer does.

use super::fixture::{SIGN_IN, codes, diagnose, holds};

fn both(cases: &[(&str, bool)]) {
    for (condition, expected) in cases {
        assert_eq!(holds(condition, SIGN_IN), *expected, "{condition}");
    }
}

#[test]
fn texts_are_compared_byte_by_byte() {
    both(&[
        ("okta.client.device = Computer", true),
        ("okta.client.device == Computer", true),
        ("okta.client.device = computer", false),
        ("okta.client.device != computer", true),
        ("okta.client.device contains omput", true),
        ("okta.client.device contains OMPUT", false),
        ("okta.client.device icontains OMPUT", true),
        ("okta.client.device startswith Comp", true),
        ("okta.client.device endswith puter", true),
        ("okta.client.ip > 2", true),
        ("okta.client.ip < 1", false),
        ("okta.client.ip < val(okta.client.device)", true),
    ]);
}

#[test]
fn a_shell_pattern_covers_the_whole_text_and_crosses_slashes() {
    both(&[
        ("okta.requesturi glob /app/*", true),
        ("okta.requesturi glob *", true),
        ("okta.requesturi glob /app/*/ss?", true),
        ("okta.requesturi glob /APP/*", false),
        ("okta.requesturi iglob /APP/*", true),
        ("okta.requesturi glob app", false),
        ("okta.requesturi glob \"/[a-b]pp/[!x]*\"", true),
        ("okta.requesturi glob \"/[[:alpha:]]pp/mail/sso\"", true),
        ("okta.requesturi glob \"/app/*o*o\"", false),
        ("okta.actor.name glob 'Ann ?xample'", true),
        ("okta.requesturi glob /app/\\*", false),
        ("okta.requesturi glob \\/app/mail/ss[o]", true),
    ]);
}

#[test]
fn a_regular_expression_covers_the_whole_text() {
    both(&[
        ("okta.actor.alternateid regex '[a-z]+@example[.]com'", true),
        ("okta.actor.alternateid regex '[a-z]+'", false),
        ("okta.actor.alternateid regex '(ann|bob)@.*'", true),
        ("okta.actor.alternateid regex 'an{2}@.{11}'", true),
        ("okta.actor.alternateid regex '[^&&y]*'", true),
        ("okta.actor.alternateid regex '[[:alpha:]@.]*'", true),
        ("okta.actor.alternateid regex 'a++.*?'", true),
        ("okta.actor.alternateid regex '[a]nn.*[.]com|'", true),
        ("okta.actor.id regex '00u[{}][0-9]'", false),
        ("okta.client.device regex 'C{,2}omputer'", false),
        (
            "okta.client.device regex \"\\\\x43\\\\x{6f}mp(ut)+er\"",
            true,
        ),
        ("okta.client.device regex \"\\\\103omputer\"", true),
    ]);
}

#[test]
fn what_the_regular_expressions_of_falco_do_not_know_is_refused() {
    for pattern in [
        "\\\\d+x", "\\\\bx.", "(?i)x", "(?:x)+", "a{1001}", "[a", "(a", "x\\\\pL",
    ] {
        let codes = codes(&format!("okta.actor.id regex \"{pattern}\""));
        assert_eq!(codes, ["E0107"], "{pattern}");
    }
    assert_eq!(codes("okta.actor.id regex abc"), ["W0102"]);
}

#[test]
fn lists_hold_exact_values() {
    both(&[
        ("okta.client.device in (Phone, Computer)", true),
        ("okta.client.device in (Phone, 'Comp*')", false),
        ("okta.client.device in ()", false),
        ("okta.client.device intersects (Computer)", true),
        ("okta.security.asnumber in (1, 64496)", true),
        ("evt.is_async in (false)", true),
    ]);
}

#[test]
fn a_path_matches_the_prefixes_made_of_whole_components() {
    both(&[
        ("okta.requesturi pmatch (/app)", true),
        ("okta.requesturi pmatch (/ap)", false),
        ("okta.requesturi pmatch (/app/mail/sso)", true),
        ("okta.requesturi pmatch (/app/mail/sso/more)", false),
        ("okta.requesturi pmatch (/x, /app/m*)", true),
        ("okta.requesturi pmatch (app//mail)", true),
    ]);
}

#[test]
fn numbers_and_booleans_are_compared_as_such() {
    both(&[
        ("okta.security.asnumber >= 64496", true),
        ("okta.security.asnumber > 64496", false),
        ("okta.security.asnumber = 064496", true),
        ("okta.security.asnumber != 9", true),
        ("evt.is_async = false", true),
        ("evt.is_async != true", true),
        ("evt.num = 7", true),
    ]);
    for literal in ["0x10", "1.5", "1e+3", "many", "''"] {
        assert_eq!(
            codes(&format!("okta.security.asnumber = {literal}")),
            ["E0106"],
            "{literal}"
        );
    }
    assert_eq!(codes("evt.is_async = 1"), ["E0106"]);
    assert_eq!(codes("okta.security.asnumber > -1"), ["W0106"]);
    assert!(holds("okta.security.asnumber > -1", SIGN_IN));
}

#[test]
fn modifiers_say_how_many_values_must_fit() {
    both(&[
        ("okta.client.device = oneof (Computer, Phone)", true),
        ("okta.client.device startswith oneof (C, Co)", false),
        ("okta.client.device startswith anyof (C, Co)", true),
        ("okta.client.device startswith allof (C, Co)", true),
        ("okta.client.device startswith allof (C, X)", false),
        ("okta.client.device != allof (a, b)", true),
        ("okta.client.device != allof (a, Computer)", false),
        ("okta.client.device = allof ()", false),
        ("okta.client.device = anyof ()", false),
    ]);
}

#[test]
fn transformers_make_other_values() {
    both(&[
        ("tolower(okta.client.device) = computer", true),
        ("toupper(okta.client.device) = COMPUTER", true),
        ("basename(okta.requesturi) = sso", true),
        ("len(okta.client.device) = 8", true),
        ("len((okta.actor.id, \"x\")) = 2", true),
        (
            "concat(okta.actor.id, \"-\", okta.client.zone) = 00u1-OFF_NETWORK",
            true,
        ),
        (
            "join(\"|\", (okta.actor.id, okta.client.zone)) = 00u1|OFF_NETWORK",
            true,
        ),
        (
            "tolower(okta.client.zone) = tolower(okta.client.zone)",
            true,
        ),
        ("okta.client.zone = toupper(okta.client.zone)", true),
        ("b64(okta.actor.id) exists", true),
        ("b64(okta.client.ip) exists", false),
        (
            "getopt((\"-a\", \"-b\", \"x\", \"-c\"), \"ab:\")[b] = x",
            true,
        ),
        ("getopt((\"-ab\", \"x\"), \"ab:\") intersects (x)", true),
        ("getopt((\"-ab\", \"x\"), \"ab:\") in (a, b)", false),
    ]);
}

#[test]
fn transformers_refuse_what_they_do_not_take() {
    for operand in [
        "tolower(okta.security.asnumber)",
        "tolower((okta.actor.id))",
        "len(len(okta.actor.id))",
        "concat(okta.actor.id)",
        "join(\",\", okta.actor.id)",
        "tolower(okta.actor.id)[x]",
        "getopt((okta.actor.id), \"a\")[ab]",
    ] {
        assert_eq!(codes(&format!("{operand} exists")), ["E0111"], "{operand}");
    }
}

#[test]
fn an_operator_refuses_a_type_it_does_not_compare_and_names_those_that_do() {
    let found = diagnose("okta.security.asnumber contains 4");
    let [diagnostic] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(diagnostic.code, "E0105");
    assert_eq!(diagnostic.message, "`contains` does not compare a number");
    assert!(
        diagnostic.help.as_ref().unwrap().contains("intersects"),
        "{diagnostic:?}"
    );
    assert_eq!(codes("okta.actor.id bcontains 00"), ["E0105"]);
    assert_eq!(codes("evt.is_async > 1"), ["E0105"]);
    assert_eq!(
        codes("(okta.actor.id = 1) and getopt((\"a\"), \"b\") = x"),
        ["E0105"]
    );
}

#[test]
fn two_sides_must_be_of_one_type() {
    assert_eq!(
        codes("okta.actor.id = val(okta.security.asnumber)"),
        ["E0112"]
    );
    assert_eq!(codes("okta.actor.id regex val(okta.client.ip)"), ["E0112"]);
    assert_eq!(codes("okta.actor.id = okta.client.ip"), ["W0101"]);
}

#[test]
fn not_binds_closer_than_and_and_that_closer_than_or() {
    both(&[
        ("evt.num = 7 or evt.num = 1 and evt.num = 2", true),
        ("(evt.num = 7 or evt.num = 1) and evt.num = 2", false),
        ("not evt.num = 1 and evt.num = 7", true),
        ("not (evt.num = 7 and evt.num = 1)", true),
        ("not not evt.num = 7", true),
    ]);
}
