//! The JUnit report of `rules test`, which CI systems show.

use std::time::Duration;

use nightlatch_detector::Case;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::test::{Suite, lines};
use crate::terminal::Terminal;

/// Writes the report: a suite a rules file, and an error for whatever kept tests from being run.
pub(super) fn report(suites: &[Suite]) -> anyhow::Result<String> {
    let mut report = Report::new("nightlatch rules test");
    let mut total = Duration::ZERO;
    for suite in suites {
        let time: Duration = suite.cases.iter().map(|case| case.took).sum();
        let mut written = TestSuite::new(suite.name.as_str());
        written.set_time(time);
        written.add_test_cases(suite.problems.iter().map(|problem| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(problem.lines().next().unwrap_or_default());
            status.set_description(problem.as_str());
            TestCase::new("the tests can be run", status)
        }));
        written.add_test_cases(suite.cases.iter().map(case));
        report.add_test_suite(written);
        total += time;
    }
    report.set_time(total);
    Ok(report.to_string()?)
}

fn case(case: &Case) -> TestCase {
    let status = if case.passed {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(case.message.as_deref().unwrap_or_default());
        status.set_description(lines(Terminal::plain(), case).join("\n"));
        status
    };
    let mut written = TestCase::new(case.name.as_str(), status);
    written.set_classname(case.rule.as_str());
    written.set_time(case.took);
    let (file, line) = (case.place.file.as_str(), case.place.line.to_string());
    written.extra.insert("file".into(), file.into());
    written.extra.insert("line".into(), line.into());
    written
}
