//! YAML as a tree whose nodes know where they stand. Size, depth and aliases are bounded.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// The most characters of a file.
const MAX_CHARS: usize = 8 << 20;
/// The deepest nesting.
const MAX_DEPTH: usize = 64;
/// The most nodes, counting what an alias stands for each time.
const MAX_NODES: usize = 500_000;

/// A node with its place in characters, of all files that are read together.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) start: usize,
    pub(crate) length: usize,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar(String, Style),
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// What is wrong with the file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlError {
    pub(crate) at: usize,
    pub(crate) message: String,
    /// Whether a bound was passed, rather than the syntax broken.
    pub(crate) is_limit: bool,
}

impl Node {
    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(..) if self.is_null() => "nothing",
            Value::Scalar(..) => "a single value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// Tells whether it is a plain scalar that means nothing: `null`, `~` or empty.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(text, Style::Plain)
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) => Some(text),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(..) => 0,
            Value::Sequence(items) => items.iter().map(Self::size).sum(),
            Value::Mapping(pairs) => pairs
                .iter()
                .map(|(key, value)| key.size() + value.size())
                .sum(),
        }
    }
}

/// Reads all documents of a file whose first character stands at `base`.
pub(crate) fn read(text: &str, base: usize) -> Result<Vec<Node>, YamlError> {
    if text.len() > MAX_CHARS {
        let message = format!("the file is larger than {} MiB", MAX_CHARS >> 20);
        return Err(YamlError {
            at: base,
            message,
            is_limit: true,
        });
    }
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        base,
        anchors: HashMap::new(),
        nodes: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(documents),
            (Event::DocumentStart(_), _) => {
                // An anchor is known in its document only.
                reader.anchors.clear();
                let (event, place) = reader.next()?;
                documents.push(reader.node(event, place, 0)?);
            }
            _ => {}
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    base: usize,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'t> Reader<'t> {
    /// The next event with the places where it begins and ends.
    fn next(&mut self) -> Result<(Event<'t>, Place), YamlError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.place(span))),
            Some(Err(error)) => Err(YamlError {
                at: self.base + error.marker().index(),
                message: error.info().to_owned(),
                is_limit: false,
            }),
            None => Err(YamlError {
                at: self.base,
                message: "the file ends within a document".to_owned(),
                is_limit: false,
            }),
        }
    }

    fn place(&self, span: Span) -> Place {
        Place {
            start: self.base + span.start.index(),
            end: self.base + span.end.index(),
        }
    }

    fn count(&mut self, more: usize, place: Place) -> Result<(), YamlError> {
        self.nodes += more;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("the file has more than {MAX_NODES} values");
        Err(YamlError {
            at: place.start,
            message,
            is_limit: true,
        })
    }

    fn node(&mut self, event: Event<'t>, place: Place, depth: usize) -> Result<Node, YamlError> {
        let start = place.start;
        if depth > MAX_DEPTH {
            let message = format!("values nest deeper than {MAX_DEPTH}");
            return Err(YamlError {
                at: start,
                message,
                is_limit: true,
            });
        }
        self.count(1, place)?;
        let (value, anchor, end) = match event {
            Event::Scalar(text, style, anchor, _) => (
                Value::Scalar(text.into_owned(), style_of(style)),
                anchor,
                place.end,
            ),
            Event::SequenceStart(anchor, _) => {
                let (items, end) = self.sequence(depth)?;
                (Value::Sequence(items), anchor, end)
            }
            Event::MappingStart(anchor, _) => {
                let (pairs, end) = self.mapping(depth)?;
                (Value::Mapping(pairs), anchor, end)
            }
            Event::Alias(anchor) => return self.alias(anchor, place),
            _ => (Value::Scalar(String::new(), Style::Plain), 0, place.end),
        };
        let node = Node {
            value,
            start,
            length: end.saturating_sub(start),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self, depth: usize) -> Result<(Vec<Node>, usize), YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, place) => return Ok((items, place.end)),
                (event, place) => items.push(self.node(event, place, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<(Vec<(Node, Node)>, usize), YamlError> {
        let mut pairs = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, place) => return Ok((pairs, place.end)),
                (event, place) => self.node(event, place, depth + 1)?,
            };
            let (event, place) = self.next()?;
            pairs.push((key, self.node(event, place, depth + 1)?));
        }
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<Node, YamlError> {
        // An alias within its own anchor would be endless; there is nothing to stand for it yet.
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            let message = "the alias stands for nothing that is complete".to_owned();
            return Err(YamlError {
                at: place.start,
                message,
                is_limit: false,
            });
        };
        self.count(node.size(), place)?;
        Ok(node)
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}
