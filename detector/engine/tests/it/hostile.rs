//! No input makes the engine panic, and each refusal says why.

use nightlatch_engine::{Diagnostic, PolicyKind, compile, parse_condition, run_tests};
use proptest::prelude::*;

use super::fixture::{compiled, policy, rule, source};

/// Pieces of rules files, to be put together wrongly.
const PIECES: [&str; 30] = [
    "- rule: a\n",
    "- macro: m\n",
    "- list: l\n",
    "- policy: {id: p}\n",
    "  desc: d\n",
    "  priority: INFO\n",
    "  output: o %okta.app\n",
    "  condition: okta.evt.type = x and m\n",
    "  condition: >-\n    not m\n\n    or (m)\n",
    "  items: [a, 'b c', l]\n",
    "  append: true\n",
    "  override:\n    condition: append\n",
    "  tags: [T1110]\n",
    "  exceptions:\n  - name: e\n    fields: [okta.app, okta.org]\n    values: [[a, b], [c]]\n",
    "  exceptions: [{name: e, fields: okta.app, comps: in, values: [l]}]\n",
    "  enabled: false\n",
    "  source: okta\n",
    "- required_engine_version: 0.1.0\n",
    "- required_plugin_versions: [{name: okta, version: 0.1.0}]\n",
    "---\n",
    "  severity: 9\n",
    "  condition: |\n    okta.nope\n",
    "  output: \"%\\u00e9 %okta.nope\"\n",
    "  ? [x]\n  : y\n",
    "  skip-if-unknown-filter: true\n",
    "- &a x\n- *a\n",
    "\t- x\n",
    "  condition: 'é'' = x'\n",
    "\u{feff}",
    "\r\n",
];

proptest! {
    #[test]
    fn no_condition_makes_the_parser_panic(text in "[a-c.()\\[\\]'\"\\\\ =<>!,\\n0-9xé]{0,60}") {
        drop(parse_condition(&text));
        let compiled = compiled(&rule(&text, &text));
        prop_assert_eq!(compiled.policy.is_none(), compiled.diagnostics.iter().any(Diagnostic::is_error));
    }

    #[test]
    fn no_file_makes_the_compiler_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..14)) {
        let text = pieces.concat();
        let file = source("x.yaml", &text);
        let compiled = compile(&file, PolicyKind::Custom);
        prop_assert_eq!(compiled.policy.is_none(), compiled.diagnostics.iter().any(Diagnostic::is_error));
        for diagnostic in &compiled.diagnostics {
            let lines = text.split('\n').count();
            prop_assert!((1..=lines).contains(&diagnostic.line) && diagnostic.column >= 1, "{diagnostic:?}");
            prop_assert!(diagnostic.render(&text, false).contains(diagnostic.code));
            diagnostic.render("", true);
        }
    }

    #[test]
    fn no_text_makes_the_compiler_panic(text in "\\PC{0,80}") {
        compiled(&text);
        let tests = source("x.test.yaml", &text);
        drop(run_tests(&policy(&rule("okta.evt.type exists", "o")), &tests));
    }
}
