//! Collects what is wrong with one file and turns places into lines and columns.

use super::SourceFile;
use super::text::{Scalar, Text};
use super::yaml::Node;
use crate::condition::check::Finding;
use crate::diagnostic::{Code, Diagnostic};

/// How many diagnostics of one file are told; nobody reads more.
const MAX_DIAGNOSTICS: usize = 1000;

/// The diagnostics of one file.
#[derive(Debug)]
pub(crate) struct Report<'f> {
    file: &'f SourceFile,
    characters: Vec<char>,
    line_starts: Vec<usize>,
    diagnostics: Vec<Diagnostic>,
    errors: usize,
}

impl<'f> Report<'f> {
    pub(crate) fn new(file: &'f SourceFile) -> Self {
        let characters: Vec<char> = file.text.chars().collect();
        let breaks = characters
            .iter()
            .enumerate()
            .filter(|(_, c)| **c == '\n')
            .map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(breaks).collect();
        Self {
            file,
            characters,
            line_starts,
            diagnostics: Vec::new(),
            errors: 0,
        }
    }

    /// Tells of a place in characters of the file.
    pub(crate) fn at(
        &mut self,
        code: Code,
        (start, length): (usize, usize),
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let start = start.min(self.characters.len());
        let line = self.line_starts.partition_point(|line| *line <= start);
        let line_start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let rest = self.characters.get(start..).unwrap_or_default();
        let on_line = rest
            .iter()
            .position(|c| matches!(c, '\n' | '\r'))
            .unwrap_or(rest.len());
        let diagnostic = Diagnostic {
            code: code.id(),
            severity: code.severity(),
            file: self.file.name.clone(),
            line,
            column: start - line_start + 1,
            length: length.min(on_line),
            message: message.into(),
            help,
        };
        let is_first_error = diagnostic.is_error() && self.errors == 0;
        self.errors += usize::from(diagnostic.is_error());
        // A macro is checked in each rule that uses it, and told of once.
        let has_room = self.diagnostics.len() < MAX_DIAGNOSTICS || is_first_error;
        if has_room && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(crate) fn node(&mut self, code: Code, node: &Node, message: impl Into<String>) {
        self.at(code, (node.start, node.length), message, None);
    }

    pub(crate) fn node_help(
        &mut self,
        code: Code,
        node: &Node,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.at(code, (node.start, node.length), message, Some(help.into()));
    }

    pub(crate) fn scalar(&mut self, code: Code, scalar: &Scalar, message: impl Into<String>) {
        self.at(code, (scalar.start, scalar.length), message, None);
    }

    pub(crate) fn scalar_help(
        &mut self,
        code: Code,
        scalar: &Scalar,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.at(
            code,
            (scalar.start, scalar.length),
            message,
            Some(help.into()),
        );
    }

    /// Tells of findings in texts; each names its text by its place in `texts`.
    pub(crate) fn findings(&mut self, findings: Vec<Finding>, texts: &[Text]) {
        for finding in findings {
            let span = finding.span;
            let place = texts.get(span.text).map_or((0, 0), |text| {
                text.locate(span.start, span.end, &self.characters)
            });
            self.at(finding.code, place, finding.message, finding.help);
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are, told or not.
    pub(crate) fn error_count(&self) -> usize {
        self.errors
    }

    /// The diagnostics in the order of the file.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        self.diagnostics
    }
}
