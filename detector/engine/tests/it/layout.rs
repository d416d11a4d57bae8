//! The layout of rules files: one canon, nothing lost, no meaning changed.

use nightlatch_engine::{FormatError, PolicyKind, compile, format};
use proptest::prelude::*;

use super::fixture::{managed, source};
use super::index::condition;

fn formatted(text: &str) -> String {
    format(&source("rules.yaml", text)).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const UNTIDY: &str = "\
# Licence of the file.

# ---- Sign-in ----

- list:   home   # where we live
  # the north
  items:
      - Norway
      - 'Åland'
# Whoever is not at home.
- macro: abroad
  condition: not   okta.client.geo.country in(home)


- priority: WARNING   # not worse
  output: \"%okta.actor.alternateid from %okta.client.geo.country\"
  rule: Sign-in abroad
  # Falco would have it otherwise.
  condition: okta.evt.type=user.session.start   and abroad and (okta.actor.alternateid endswith \"@example.com\" or okta.actor.alternateid endswith '@example.org' or not (okta.security.isproxy = true or okta.client.zone = off)) and not okta.client.ip in (203.0.113.1, 203.0.113.2, 203.0.113.3, 203.0.113.4, 203.0.113.5, 203.0.113.6, 203.0.113.7)
  desc: Somebody signed in from a country where nobody of us lives. Ask them over another channel, and end the session.   
  tags: [okta,
     initial-access]   # of ATT&CK
  exceptions:
  - values:
    - [ann@example.com,   Denmark]
    # on leave
    - [bob@example.com, Spain]
    fields: [okta.actor.alternateid, okta.client.geo.country]
    name: travellers
  # enabled: false
- rule: Sign-in abroad
  override: {condition: append}
  condition: |  # and more
    and okta.client.ip != 203.0.113.9
# The end.
";

const TIDY: &str = "\
# Licence of the file.

# ---- Sign-in ----

- list: home # where we live
  # the north
  items: [Norway, 'Åland']

# Whoever is not at home.
- macro: abroad
  condition: not okta.client.geo.country in (home)

- rule: Sign-in abroad
  desc: >-
    Somebody signed in from a country where nobody of us lives. Ask them over another channel, and
    end the session.
  # Falco would have it otherwise.
  condition: >
    okta.evt.type = user.session.start
    and abroad
    and (okta.actor.alternateid endswith \"@example.com\"
      or okta.actor.alternateid endswith '@example.org'
      or not (okta.security.isproxy = true or okta.client.zone = off))
    and not okta.client.ip in (
      203.0.113.1, 203.0.113.2, 203.0.113.3, 203.0.113.4, 203.0.113.5, 203.0.113.6, 203.0.113.7)
  exceptions:
    - name: travellers
      fields: [okta.actor.alternateid, okta.client.geo.country]
      values:
        - [ann@example.com, Denmark]
        # on leave
        - [bob@example.com, Spain]
  output: \"%okta.actor.alternateid from %okta.client.geo.country\"
  priority: WARNING # not worse
  tags: [okta, initial-access] # of ATT&CK
  # enabled: false

- rule: Sign-in abroad
  condition: | # and more
    and okta.client.ip != 203.0.113.9
  override: {condition: append}

# The end.
";

#[test]
fn a_file_is_laid_out_in_one_way_with_all_its_comments() {
    let found = formatted(UNTIDY);
    assert_eq!(found, TIDY, "{found}");
    assert_eq!(formatted(TIDY), TIDY);
}

#[test]
fn a_block_in_which_blanks_count_is_left_as_it_is() {
    let block = "\
- rule: r
  desc: |
    Steps:

      1. look
      2. act
  condition: okta.evt.type = x
  output: >-
    one  two

    three
  priority: INFO
";
    assert_eq!(formatted(block), block);
    let shifted = block.replace("\n    ", "\n        ");
    assert_eq!(formatted(&shifted), block);
}

#[test]
fn items_in_brackets_become_items_on_lines() {
    let text = "[{\"rule\": \"r\", \"condition\": \"okta.app = x\", \"output\": \"o\", \
                \"desc\": \"d\", \"priority\": \"INFO\", \"tags\": []}]";
    let expected = "\
- rule: \"r\"
  desc: \"d\"
  condition: okta.app = x
  output: \"o\"
  priority: \"INFO\"
  tags: []
";
    assert_eq!(formatted(text), expected);
}

#[test]
fn files_without_items_keep_their_comments() {
    assert_eq!(formatted(""), "");
    assert_eq!(
        formatted("# only\n\n\n# comments"),
        "# only\n\n# comments\n"
    );
    assert_eq!(
        formatted("# a\n---\n# b\n- list: l\n  items: []\n"),
        "# a\n---\n# b\n- list: l\n  items: []\n"
    );
}

#[test]
fn the_managed_policies_are_laid_out() {
    for (rules, _) in managed() {
        let text = &rules.text;
        assert_eq!(
            formatted(text),
            *text,
            "run: nightlatch rules fmt {}",
            rules.name
        );
    }
}

#[test]
fn what_cannot_be_laid_out_safely_is_refused_with_the_reason() {
    let rule = "- rule: r\n  desc: d\n  condition: okta.app = x\n  output: o\n  priority: INFO\n";
    for (text, reason) in [
        (
            rule.replace("desc: d", "desc: &d d"),
            "rules.yaml:2:9: a value with an anchor",
        ),
        (
            rule.replace("desc: d", "desc: !!str d"),
            "rules.yaml:2:9: a value with a tag",
        ),
        (format!("{rule}---\n{rule}"), "a second document"),
        (rule.replace("okta.app", "okta.ap"), "the file has errors"),
        ("x: [".to_owned(), "the file has errors"),
    ] {
        let error = format(&source("rules.yaml", &text)).expect_err(&text);
        assert!(error.to_string().contains(reason), "{error}\n{text}");
        let is_broken = matches!(&error, FormatError::Broken(found) if !found.is_empty());
        assert_eq!(is_broken, reason == "the file has errors", "{error:?}");
    }
}

fn version(text: &str) -> String {
    let compiled = compile(&source("rules.yaml", text), PolicyKind::Custom);
    let policy = compiled.policy.map(|policy| policy.version().to_owned());
    policy.unwrap_or_else(|| panic!("{:#?}\n{text}", compiled.diagnostics))
}

/// A comment on a line of its own, or nothing.
fn remark(indent: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        1 => Just("\n".to_owned()),
        1 => "[a-z :\"'#>|-]{0,12}".prop_map(move |text| format!("{indent}# {text}\n")),
        1 => "[a-z]{1,5}".prop_map(move |text| format!("\n{indent}#{text}\n\n")),
    ]
}

/// A comment behind something, or nothing.
fn aside() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        1 => "[a-z \"':]{0,9}".prop_map(|text| format!("  # {text}")),
    ]
}

/// A list of values in one of the ways of writing it.
fn values() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[a-z]{1,12}",
        "[a-z]{1,5} [a-z]{1,5}",
        "'[a-z ,#:]{1,9}'",
        "\"[a-z ,#:]{1,9}\"",
        Just("203.0.113.0/24".to_owned()),
        Just("a:b".to_owned()),
    ];
    let values = prop::collection::vec((value, aside(), remark("     ")), 0..14);
    (values, 0..4).prop_map(|(values, way)| {
        if way == 0 || values.is_empty() {
            let flat: Vec<String> = values.into_iter().map(|(value, ..)| value).collect();
            return format!(" [{}]", flat.join(", "));
        }
        let (open, dash, comma, close) = match way {
            1 => (" [\n", "      ", ",", "     ]"),
            2 => ("\n", "  - ", "", ""),
            _ => ("\n", "     - ", "", ""),
        };
        let lines = values
            .into_iter()
            .map(|(value, aside, remark)| format!("{remark}{dash}{value}{comma}{aside}\n"));
        format!(
            "{open}{}{close}",
            lines
                .collect::<String>()
                .trim_end_matches(if close.is_empty() { "\n" } else { "" })
        )
    })
}

fn prose() -> impl Strategy<Value = String> {
    let words = "[a-z]{1,8}( [a-z]{1,8}){0,30}";
    prop_oneof![
        words.prop_map(|text| format!(" {text}")),
        words.prop_map(|text| format!(" \"{text}: x # y\"")),
        words.prop_map(|text| format!(" '{text}'  ")),
        words.prop_map(|text| format!(" >-\n       {text}\n       {text}")),
        words.prop_map(|text| format!(" >\n       {text}\n\n       {text}")),
        words.prop_map(|text| format!(" |\n       {text}\n         # {text}")),
    ]
}

fn written_condition() -> impl Strategy<Value = String> {
    (condition(), 0..4).prop_map(|(condition, way)| match way {
        0 => format!(" '{}'", condition.replace('\'', "''")),
        1 => format!(" >\n     {}", condition.replace(" and ", "\n     and   ")),
        2 => format!(" |\n     {}", condition.replace(" or ", "\n       or ")),
        _ => format!(" >-\n     {condition}"),
    })
}

fn pairs(pairs: Vec<(&'static str, BoxedStrategy<String>)>) -> impl Strategy<Value = String> {
    let pair = |(key, value): (&'static str, BoxedStrategy<String>)| {
        (
            remark("  "),
            value,
            aside(),
            prop_oneof![Just("  "), Just("   ")],
        )
            .prop_map(move |(remark, value, aside, _)| {
                // Behind a block there is no room for a comment, nor within a list of lines.
                let aside = if value.contains('\n') {
                    String::new()
                } else {
                    aside
                };
                (remark, format!("{key}:{value}{aside}\n"))
            })
    };
    let pairs: Vec<_> = pairs.into_iter().map(pair).collect();
    (pairs, any::<prop::sample::Index>()).prop_map(|(mut pairs, at)| {
        let turn = at.index(pairs.len());
        pairs.rotate_left(turn);
        let mut text = String::new();
        for (at, (remark, pair)) in pairs.into_iter().enumerate() {
            let remark = if at == 0 { "" } else { &remark };
            text.push_str(remark);
            text.push_str(if at == 0 { "- " } else { "  " });
            text.push_str(&pair);
        }
        text
    })
}

fn item() -> impl Strategy<Value = String> {
    let name = |kind: &str| Just(format!(" {kind}")).boxed();
    let list = pairs(vec![("list", name("Values")), ("items", values().boxed())]);
    let of_macro = pairs(vec![
        ("macro", name("m")),
        ("condition", written_condition().boxed()),
    ]);
    let rule = pairs(vec![
        ("rule", "[A-Z][a-z]{1,9}".prop_map(|name| format!(" {name}")).boxed()),
        ("desc", prose().boxed()),
        ("condition", written_condition().boxed()),
        ("output", prose().boxed()),
        ("priority", name("INFO")),
        ("tags", values().boxed()),
        ("exceptions", Just("\n  - name: e\n    # which\n    fields: [okta.app, okta.org]\n    values: [[a, b], [c, 'd e']]".to_owned()).boxed()),
    ]);
    (remark(""), prop_oneof![list, of_macro, rule], remark("  "))
        .prop_map(|(before, item, behind)| format!("{before}{item}{behind}"))
}

proptest! {
    #[test]
    fn a_layout_keeps_the_policy_and_every_comment(items in prop::collection::vec(item(), 0..6)) {
        let text = items.concat();
        let found = format(&source("rules.yaml", &text));
        let found = found.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(version(&found), version(&text));
        let again = format(&source("rules.yaml", &found));
        prop_assert_eq!(again.as_deref(), Ok(found.as_str()));
        prop_assert!(!found.contains(" \n") && !found.contains("\n\n\n"), "{}", found);
    }

    #[test]
    fn no_file_makes_the_layout_panic_or_lie(text in "([-#:>|'\"\\[\\]{}, \n]|a|rule: |list: l|items: |&|!|é){0,40}") {
        if let Ok(found) = format(&source("rules.yaml", &text)) {
            prop_assert_eq!(version(&found), version(&text));
        }
    }
}
