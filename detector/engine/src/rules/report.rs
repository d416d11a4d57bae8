//! Collects what is wrong with files that are read together, and turns places into lines and
//! columns.

use super::SourceFile;
use super::text::{Scalar, Text};
use super::yaml::Node;
use crate::condition::check::Finding;
use crate::diagnostic::{Code, Diagnostic, Place, Severity};

/// How many diagnostics are told; nobody reads more.
const MAX_DIAGNOSTICS: usize = 1000;

/// The diagnostics of files. A place is a character of all their texts, one after the other.
#[derive(Debug)]
pub(crate) struct Report<'f> {
    files: &'f [SourceFile],
    /// Where each file begins.
    bases: Vec<usize>,
    characters: Vec<char>,
    line_starts: Vec<usize>,
    diagnostics: Vec<Diagnostic>,
    errors: usize,
    /// Whether warnings are left out, since the same texts are gone through once more.
    only_errors: bool,
}

impl<'f> Report<'f> {
    pub(crate) fn new(files: &'f [SourceFile]) -> Self {
        let (mut bases, mut characters, mut line_starts) = (Vec::new(), Vec::new(), Vec::new());
        for file in files {
            bases.push(characters.len());
            line_starts.push(characters.len());
            for c in file.text.chars() {
                characters.push(c);
                if c == '\n' {
                    line_starts.push(characters.len());
                }
            }
            // So that the end of a file is a place of its own.
            characters.push('\n');
        }
        Self {
            files,
            bases,
            characters,
            line_starts,
            diagnostics: Vec::new(),
            errors: 0,
            only_errors: false,
        }
    }

    /// The files with the place at which each begins.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'f SourceFile, usize)> + use<'f> {
        self.files.iter().zip(self.bases.clone())
    }

    /// The characters of all files.
    pub(crate) fn characters(&self) -> &[char] {
        &self.characters
    }

    /// Leaves out warnings from now on, or no longer.
    pub(crate) fn only_errors(&mut self, only_errors: bool) {
        self.only_errors = only_errors;
    }

    /// Tells of a place in characters of the file.
    pub(crate) fn at(
        &mut self,
        code: Code,
        (start, length): (usize, usize),
        message: impl Into<String>,
        help: Option<String>,
    ) {
        if self.only_errors && code.severity() != Severity::Error {
            return;
        }
        let place = self.place((start, length));
        let diagnostic = Diagnostic {
            code: code.id(),
            severity: code.severity(),
            file: place.file,
            line: place.line,
            column: place.column,
            length: place.length,
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

    /// The file, line and column of a place in characters of all files.
    pub(crate) fn place(&self, (start, length): (usize, usize)) -> Place {
        let start = start.min(self.characters.len().saturating_sub(1));
        let file = self.bases.partition_point(|base| *base <= start).max(1) - 1;
        let base = self.bases.get(file).copied().unwrap_or_default();
        let until = |place: usize| self.line_starts.partition_point(|line| *line <= place);
        let line_start = self
            .line_starts
            .get(until(start) - 1)
            .copied()
            .unwrap_or_default();
        let rest = self.characters.get(start..).unwrap_or_default();
        let on_line = rest
            .iter()
            .position(|c| matches!(c, '\n' | '\r'))
            .unwrap_or(rest.len());
        let name = self.files.get(file).map(|file| file.name.clone());
        Place {
            file: name.unwrap_or_default(),
            line: until(start) - until(base) + 1,
            column: start - line_start + 1,
            length: length.min(on_line),
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

    /// The diagnostics in the order of the files and of their lines.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        let place = |name: &str| self.files.iter().position(|file| file.name == name);
        self.diagnostics
            .sort_by_cached_key(|found| (place(&found.file), found.line, found.column));
        self.diagnostics
    }
}
