//! The page of each code: its broken example gives the code and exactly the message that it shows,
//! its mended example gives nothing.

use nightlatch_engine::{
    Diagnostic, PolicyKind, SourceFile, Untested, code_page, codes, compile, read_tests, untested,
};

use super::fixture::source;

/// The text of the block whose first line ends so.
fn block<'p>(page: &'p str, info: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(&format!("\n```{info}\n"))?;
    rest.split_once("```\n").map(|(text, _)| text)
}

/// What is wrong with an example, which is a file of rules, or of tests beside the page's rules.
fn diagnose(page: &str, example: &str) -> (SourceFile, Vec<Diagnostic>) {
    let Some(rules) = block(page, "yaml rules") else {
        let file = source("rules.yaml", example);
        let found = compile(&file, PolicyKind::Custom).diagnostics;
        return (file, found);
    };
    let rules = source("rules.yaml", rules);
    let policy = compile(&rules, PolicyKind::Custom).policy.unwrap();
    let tests = source("rules.test.yaml", example);
    let read = read_tests(Some(&policy), &tests);
    if read.diagnostics.iter().any(Diagnostic::is_error) {
        return (tests, read.diagnostics);
    }
    let missing = untested(&policy, &read.tests);
    let found = missing.iter().map(Untested::diagnostic).collect();
    (rules, found)
}

fn drawn(file: &SourceFile, found: &[Diagnostic]) -> String {
    let drawn = found.iter().map(|one| one.render(&file.text, false) + "\n");
    drawn.collect()
}

#[test]
fn each_code_has_a_page_with_an_example_of_it_and_its_remedy() {
    for (code, title) in codes() {
        let page = code_page(code).unwrap();
        assert!(page.starts_with(&format!("# {code}: {title}\n")), "{code}");
        let broken = block(page, "yaml broken").unwrap();
        let (file, mut found) = diagnose(page, broken);
        found.retain(|found| found.code == code);
        assert_ne!(found, [], "{code}");
        assert_eq!(
            block(page, "text"),
            Some(drawn(&file, &found).as_str()),
            "{code}"
        );
        let (_, mut left) = diagnose(page, block(page, "yaml mended").unwrap());
        left.retain(|left| left.code == code || left.is_error());
        assert_eq!(left, [], "{code}");
    }
}

#[test]
fn a_code_is_released_once() {
    let mut all: Vec<&str> = codes().map(|(code, _)| code).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    assert_eq!(code_page("E9999"), None);
}
