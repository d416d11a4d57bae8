//! A file while it is laid out anew: what was written where, and which comments are still to come.

use std::cell::Cell;

use super::super::yaml::{Node, Style, Value};
use super::comment::{Between, Comment};
use super::extent;

/// A file with its comments, which are taken one after the other.
#[derive(Debug)]
pub(super) struct Page<'c> {
    characters: &'c [char],
    between: Between,
    next: Cell<usize>,
}

impl<'c> Page<'c> {
    pub(super) fn new(characters: &'c [char], between: Between) -> Self {
        Self {
            characters,
            between,
            next: Cell::new(0),
        }
    }

    /// What was written from one character to another.
    pub(super) fn written(&self, start: usize, end: usize) -> String {
        self.characters
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .collect()
    }

    /// Where a value starts: a block at its `|` or `>`.
    pub(super) fn start(&self, node: &Node) -> usize {
        let header = self.between.headers.get(&node.start);
        match &node.value {
            Value::Scalar(_, Style::Literal | Style::Folded) => {
                header.copied().unwrap_or(node.start)
            }
            _ => node.start,
        }
    }

    /// Where a value ends, without the blank lines and comments that the parser counts to it.
    pub(super) fn end(&self, node: &Node) -> usize {
        let inner = match &node.value {
            Value::Scalar(..) => None,
            Value::Sequence(items) => items.last(),
            Value::Mapping(pairs) => pairs.last().map(|(_, value)| value),
        };
        let end = inner.map(|inner| self.end(inner).max(node.start));
        if self.is_flow(node) {
            return self.bracket(end.unwrap_or(node.start + 1));
        }
        end.unwrap_or_else(|| extent::end(self.characters, node))
    }

    /// Where the bracket ends that closes after a place, with nothing but comments before it.
    fn bracket(&self, from: usize) -> usize {
        let comment_at = |at: usize| {
            let comments = &self.between.comments;
            let place = comments.partition_point(|comment| comment.at < at);
            comments.get(place).filter(|comment| comment.at == at)
        };
        let mut at = from;
        while let Some(c) = self.characters.get(at) {
            if let Some(comment) = comment_at(at) {
                at = comment.end();
                continue;
            }
            at += 1;
            if matches!(c, ']' | '}') {
                break;
            }
        }
        at
    }

    /// Tells whether a list or a mapping is written in brackets.
    pub(super) fn is_flow(&self, node: &Node) -> bool {
        !matches!(node.value, Value::Scalar(..))
            && matches!(self.characters.get(node.start), Some('[' | '{'))
    }

    /// How far from the start of its line a character stands.
    pub(super) fn column(&self, at: usize) -> usize {
        let before = self.characters.get(..at).unwrap_or_default();
        before.iter().rev().take_while(|c| **c != '\n').count()
    }

    /// Tells whether a blank line stands right before a value's line.
    pub(super) fn is_apart(&self, node: &Node) -> bool {
        let start = node.start - self.column(node.start).min(node.start);
        let above = self.characters.get(..start).unwrap_or_default();
        let mut lines = above.rsplit(|c| *c == '\n').skip(1);
        lines
            .next()
            .is_some_and(|line| line.iter().all(|c| c.is_whitespace()))
    }

    fn peek(&self) -> Option<&Comment> {
        self.between.comments.get(self.next.get())
    }

    fn take(&self) -> Option<&Comment> {
        let comment = self.peek();
        self.next.set(self.next.get() + 1);
        comment
    }

    /// Takes the comments before a place.
    pub(super) fn before(&self, at: usize) -> Vec<&Comment> {
        let mut taken = Vec::new();
        while self.peek().is_some_and(|comment| comment.at < at) {
            taken.extend(self.take());
        }
        taken
    }

    /// Takes the comments that follow a place at once, each on a line of its own and further in than
    /// `column`.
    pub(super) fn following(&self, mut end: usize, column: usize) -> Vec<&Comment> {
        let mut taken = Vec::new();
        let last = self.next.get().checked_sub(1);
        if let Some(last) = last.and_then(|last| self.between.comments.get(last)) {
            end = end.max(last.end());
        }
        while let Some(comment) = self.peek() {
            let between = self.characters.get(end..comment.at).unwrap_or_default();
            let follows = between.iter().all(|c| c.is_whitespace());
            if !(follows && comment.alone && comment.column > column) {
                break;
            }
            end = comment.end();
            taken.extend(self.take());
        }
        taken
    }

    /// Takes the comment behind a place on the same line.
    pub(super) fn behind(&self, at: usize) -> Option<&Comment> {
        self.between(at, usize::MAX)
    }

    /// Takes the comment behind a place on the same line that stands before another one.
    pub(super) fn between(&self, at: usize, end: usize) -> Option<&Comment> {
        let comment = self.peek().filter(|comment| comment.at < end)?;
        let between = self.characters.get(at..comment.at)?;
        if between.contains(&'\n') {
            return None;
        }
        self.take()
    }

    /// How far in the dash before an element stands.
    pub(super) fn dash(&self, element: &Node) -> usize {
        let start = self.start(element);
        let before = self.characters.get(..start).unwrap_or_default();
        let blanks = before
            .iter()
            .rev()
            .take_while(|c| c.is_whitespace())
            .count();
        let dash = (before.len() - blanks).saturating_sub(1);
        match before.get(dash) {
            Some('-') => self.column(dash),
            _ => self.column(start),
        }
    }

    /// Tells whether a comment stands behind the last element of a list that is not in brackets, or
    /// below it and further in than `column`.
    pub(super) fn has_comment_behind(&self, node: &Node, column: usize) -> bool {
        let Some(comment) = self.peek().filter(|_| !self.is_flow(node)) else {
            return false;
        };
        let between = self.characters.get(self.end(node)..comment.at);
        let follows = between.is_some_and(|between| between.iter().all(|c| c.is_whitespace()));
        follows && (!comment.alone || comment.column > column)
    }

    /// Tells whether comments that are still to come stand within a value, or between it and its key.
    pub(super) fn has_comments(&self, node: &Node) -> bool {
        let end = self.end(node);
        self.peek().is_some_and(|comment| comment.at < end)
    }
}
