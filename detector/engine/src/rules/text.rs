//! A text that is put together from scalars of a file, and still knows where each character was
//! written.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::yaml::{Node, Style, Value};

/// A scalar and its place in characters of the file.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) value: String,
    pub(crate) style: Style,
    pub(crate) start: usize,
    pub(crate) length: usize,
}

impl Scalar {
    pub(crate) fn of(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Scalar(value, style) => Some(Self {
                value: value.clone(),
                style: *style,
                start: node.start,
                length: node.length,
            }),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }
}

/// A text of several parts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text {
    pub(crate) value: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    /// Where it begins in the text.
    from: usize,
    scalar: Rc<Scalar>,
    wording: Wording,
}

/// How a part's words come from its scalar.
#[derive(Debug, Clone)]
enum Wording {
    /// The scalar's value from this byte on, as it is.
    From(usize),
    /// They were quoted or are ours; the scalar stands for all of them.
    For,
    /// They are ours; these bytes of the scalar's value stand for all of them.
    ForBytes(Range<usize>),
}

impl Text {
    pub(crate) fn of(scalar: &Scalar) -> Self {
        let mut text = Self::default();
        text.push(scalar);
        text
    }

    /// Appends a scalar as it is.
    pub(crate) fn push(&mut self, scalar: &Scalar) {
        self.push_part(&scalar.value, Rc::new(scalar.clone()), Wording::From(0));
    }

    /// Appends a text of ours for which a scalar stands.
    pub(crate) fn push_for(&mut self, text: &str, scalar: &Scalar) {
        self.push_part(text, Rc::new(scalar.clone()), Wording::For);
    }

    fn push_part(&mut self, text: &str, scalar: Rc<Scalar>, wording: Wording) {
        self.parts.push(Part {
            from: self.value.len(),
            scalar,
            wording,
        });
        self.value.push_str(text);
    }

    /// Appends another text after a blank.
    pub(crate) fn append(&mut self, other: &Self) {
        if let Some(first) = other.parts.first() {
            self.push_part(" ", Rc::clone(&first.scalar), Wording::For);
        }
        self.append_all(other);
    }

    /// What was appended with [`Text::append`], each from the end of what stood before it.
    pub(crate) fn joints(&self) -> impl Iterator<Item = (usize, usize)> {
        let starts = self
            .parts
            .iter()
            .filter(|part| matches!(part.wording, Wording::For));
        let starts: Vec<usize> = starts.map(|part| part.from).collect();
        let ends = starts.iter().skip(1).copied().chain([self.value.len()]);
        let ends: Vec<usize> = ends.collect();
        starts.into_iter().zip(ends)
    }

    /// Appends another text.
    pub(crate) fn append_all(&mut self, other: &Self) {
        self.append_bytes(other, 0..other.value.len());
    }

    /// Appends some bytes of another text.
    fn append_bytes(&mut self, other: &Self, bytes: Range<usize>) {
        for (at, part) in other.parts.iter().enumerate() {
            let end = other
                .parts
                .get(at + 1)
                .map_or(other.value.len(), |next| next.from);
            let (from, to) = (part.from.max(bytes.start), end.min(bytes.end));
            let Some(words) = other.value.get(from..to).filter(|words| !words.is_empty()) else {
                continue;
            };
            let wording = match &part.wording {
                Wording::From(skipped) => Wording::From(skipped + from - part.from),
                wording => wording.clone(),
            };
            self.push_part(words, Rc::clone(&part.scalar), wording);
        }
    }

    /// Returns the text with other words in the place of some of its bytes. `named` are those bytes
    /// that stand for the new words.
    pub(crate) fn replaced(&self, bytes: Range<usize>, words: &str, named: Range<usize>) -> Self {
        let mut text = Self::default();
        text.append_bytes(self, 0..bytes.start);
        if let Some(part) = self
            .parts
            .iter()
            .rev()
            .find(|part| part.from <= named.start)
        {
            let wording = match &part.wording {
                Wording::From(skipped) => {
                    let shift = |at: usize| skipped + at - part.from;
                    Wording::ForBytes(shift(named.start)..shift(named.end))
                }
                wording => wording.clone(),
            };
            text.push_part(words, Rc::clone(&part.scalar), wording);
        }
        text.append_bytes(self, bytes.end..self.value.len());
        text
    }

    /// Where each byte of the text stands in the file, in characters.
    pub(crate) fn places(&self, file: &[char]) -> Vec<usize> {
        // A scalar whose lists were put in stands in many parts.
        let mut aligned: HashMap<*const Scalar, Vec<usize>> = HashMap::new();
        let mut places = Vec::with_capacity(self.value.len());
        for (at, part) in self.parts.iter().enumerate() {
            let next = self.parts.get(at + 1);
            let end = next.map_or(self.value.len(), |next| next.from);
            let scalar = &part.scalar;
            let of_scalar = aligned
                .entry(Rc::as_ptr(scalar))
                .or_insert_with(|| align(scalar, file));
            match &part.wording {
                Wording::For => places.resize(end, scalar.start),
                Wording::ForBytes(bytes) => {
                    let place = of_scalar.get(bytes.start).copied();
                    places.resize(end, place.unwrap_or(scalar.start));
                }
                Wording::From(skipped) => {
                    let bytes = *skipped..skipped + end - part.from;
                    places.extend_from_slice(of_scalar.get(bytes).unwrap_or_default());
                    places.resize(end, scalar.start);
                }
            }
        }
        places
    }

    /// Where bytes of the text stand in the file: place and length in characters.
    pub(crate) fn locate(&self, start: usize, end: usize, file: &[char]) -> (usize, usize) {
        let part_at = |at: usize| self.parts.iter().rev().find(|part| part.from <= at);
        let Some(part) = part_at(start).or(self.parts.first()) else {
            return (0, 0);
        };
        let scalar = &part.scalar;
        let within = |at: usize, skipped: usize| (at + skipped).saturating_sub(part.from);
        let bytes = match &part.wording {
            Wording::For => {
                let length = scalar.value.chars().count() + 2;
                return (scalar.start, scalar.length.min(length));
            }
            Wording::ForBytes(bytes) => bytes.clone(),
            Wording::From(skipped) => within(start, *skipped)..within(end, *skipped),
        };
        let places = align(scalar, file);
        let place = |at: usize| places.get(at).or(places.last()).copied();
        // Behind the last word: a value that YAML folds ends lines below it.
        let written = scalar.value.trim_end().len();
        if bytes.start >= written && written > 0 {
            let last = places.get(written - 1);
            let behind = last.map_or(scalar.start, |last| last + 1);
            return (behind, bytes.len());
        }
        let from = place(bytes.start).unwrap_or(scalar.start);
        // The last byte, so that a place at the end of a line does not run into the next.
        let last = bytes
            .end
            .saturating_sub(1)
            .max(bytes.start)
            .min(scalar.value.len());
        let is_empty = bytes.is_empty();
        let to = place(last).map_or(from, |last| if is_empty { last } else { last + 1 });
        (from, to.saturating_sub(from))
    }
}

/// For each byte of a scalar's value, and for its end, the character of the file that wrote it.
///
/// Value and file are walked side by side. What is no blank is found exactly: before it the file
/// has nothing but blanks, line breaks and indentation, which YAML folds in ways that need not be
/// followed here. A blank is put where the walk stands.
fn align(scalar: &Scalar, file: &[char]) -> Vec<usize> {
    let mut at = first_character(scalar, file);
    let mut places = Vec::with_capacity(scalar.value.len() + 1);
    for c in scalar.value.chars() {
        if !c.is_whitespace() {
            at = skip_blanks(scalar.style, at, file);
        }
        places.extend(std::iter::repeat_n(at, c.len_utf8()));
        at += match (scalar.style, file.get(at)) {
            (Style::DoubleQuoted, Some('\\')) => escape_length(file.get(at + 1)),
            (Style::SingleQuoted, Some('\'')) => 2,
            (_, Some(found)) if !c.is_whitespace() || *found == c => 1,
            _ => 0,
        };
    }
    places.push(at);
    places
}

/// The first character of a scalar's value in the file: after a tag or an anchor, after the quote,
/// on the line after `|`.
fn first_character(scalar: &Scalar, file: &[char]) -> usize {
    let mut start = scalar.start;
    while matches!(file.get(start), Some('!' | '&')) {
        let rest = file.get(start..).unwrap_or_default();
        start += rest
            .iter()
            .position(|c| c.is_whitespace())
            .unwrap_or(rest.len());
        start = skip_blanks(Style::Plain, start, file);
    }
    match scalar.style {
        Style::Plain => start,
        Style::SingleQuoted | Style::DoubleQuoted => start + 1,
        Style::Literal | Style::Folded => {
            let head = file.get(start..).unwrap_or_default();
            let is_header = matches!(head.first(), Some('|' | '>'));
            let line = head.iter().position(|c| *c == '\n').filter(|_| is_header);
            start + line.map_or(0, |line| line + 1)
        }
    }
}

/// Goes past blanks and line breaks, and within double quotes past the escapes that write them.
fn skip_blanks(style: Style, mut at: usize, file: &[char]) -> usize {
    loop {
        at += match (file.get(at), file.get(at + 1)) {
            (Some('\\'), Some('n' | 't' | 'r' | ' ' | '\n' | '\r'))
                if style == Style::DoubleQuoted =>
            {
                2
            }
            (Some(c), _) if c.is_whitespace() => 1,
            _ => return at,
        };
    }
}

/// How many characters an escape within double quotes takes.
fn escape_length(kind: Option<&char>) -> usize {
    match kind {
        Some('x') => 4,
        Some('u') => 6,
        Some('U') => 10,
        _ => 2,
    }
}
