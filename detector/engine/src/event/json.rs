//! The JSON of an event: a table of its values, filled in one pass over the text and used again for
//! the events that follow, so that reading allocates nothing.
//!
//! Numbers keep the digits they were written with, unpaired surrogates read as U+FFFD, and of a key
//! written twice the last one counts.

use std::borrow::Cow;
use std::cell::RefCell;

use sonic_rs::{Deserialize, Deserializer};

mod plain;
mod read;

pub(crate) use read::Refusal;

/// How many tables a thread keeps for the documents to come.
const SPARE_TABLES: usize = 8;
/// A table of more values, or of more unescaped text, is not kept.
const SPARE_SIZE: usize = 1 << 16;

thread_local! {
    static SPARE: RefCell<Vec<Table>> = const { RefCell::new(Vec::new()) };
}

/// A JSON text, read.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    text: &'t str,
    table: Lent,
}

/// A table that is one of the thread's spare ones before and after.
#[derive(Debug)]
struct Lent(Table);

/// All values of a document in the order of the text.
#[derive(Debug, Default)]
struct Table {
    values: Vec<Entry>,
    /// The strings that were written with escapes, as they read.
    unescaped: String,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: Kind,
    /// The key of a member of an object.
    key: Span,
    /// A string without its quotes, anything else as written.
    value: Span,
    /// The place of what follows this value and all that is in it.
    next: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// Bytes of the document's text, or of its unescaped strings when `start` has the bit `UNESCAPED`.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

const UNESCAPED: u32 = 1 << 31;

impl Span {
    fn length(self) -> usize {
        (self.end - (self.start & !UNESCAPED)) as usize
    }
}

impl<'t> Document<'t> {
    /// Reads a text that holds one JSON value.
    pub(crate) fn read(text: &'t str) -> Result<Self, Refusal> {
        let mut table = Lent::new();
        read::read(text, &mut table.0)?;
        Ok(Self { text, table })
    }

    /// The whole value.
    pub(crate) fn root(&self) -> Json<'_> {
        self.at(0)
    }

    /// The value at a place.
    pub(crate) fn at(&self, place: u32) -> Json<'_> {
        Json {
            text: self.text,
            table: &self.table.0,
            at: place,
        }
    }
}

impl Lent {
    fn new() -> Self {
        let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
        let mut table = spare.ok().flatten().unwrap_or_default();
        table.values.clear();
        table.unescaped.clear();
        Self(table)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let table = std::mem::take(&mut self.0);
        if table.values.capacity().max(table.unescaped.capacity()) > SPARE_SIZE {
            return;
        }
        // A thread that ends keeps nothing, and has nobody to tell.
        let kept = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < SPARE_TABLES {
                spare.push(table);
            }
        });
        kept.unwrap_or_default();
    }
}

/// A value of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'d> {
    text: &'d str,
    table: &'d Table,
    at: u32,
}

impl<'d> Json<'d> {
    /// Where in the document it is, for [`Document::at`].
    pub(crate) fn place(self) -> u32 {
        self.at
    }

    pub(crate) fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    pub(crate) fn is_array(self) -> bool {
        self.kind() == Kind::Array
    }

    pub(crate) fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    /// The string; `None` when it is none.
    pub(crate) fn as_str(self) -> Option<&'d str> {
        let entry = self.entry().filter(|entry| entry.kind == Kind::String)?;
        Some(self.span(entry.value))
    }

    /// The elements of an array; `None` when it is none.
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Json<'d>>> {
        self.is_array().then(|| self.children())
    }

    /// The members of an object, those of one key several times among them; `None` when it is none.
    pub(crate) fn members(self) -> Option<impl Iterator<Item = (&'d str, Json<'d>)>> {
        let named = |child: Self| {
            (
                child.entry().map_or("", |entry| child.span(entry.key)),
                child,
            )
        };
        self.is_object().then(|| self.children().map(named))
    }

    /// Returns a member of an object, the last one of that key; `null` counts as absent.
    pub(crate) fn member(self, key: &str) -> Option<Self> {
        let mut found = None;
        self.pick(
            |bytes| bytes == key.len(),
            |name, value| {
                if name == key {
                    found = value;
                }
            },
        );
        found
    }

    /// Hands over the members of an object whose keys are as long as wanted, which mostly tells
    /// enough; `null` counts as absent.
    pub(crate) fn pick(
        self,
        is_wanted: impl Fn(usize) -> bool,
        mut visit: impl FnMut(&'d str, Option<Self>),
    ) {
        let Some(object) = self.entry().filter(|entry| entry.kind == Kind::Object) else {
            return;
        };
        let mut at = self.at + 1;
        while at < object.next {
            let Some(child) = self.table.values.get(at as usize) else {
                return;
            };
            if is_wanted(child.key.length()) {
                let value = (child.kind != Kind::Null).then_some(Json { at, ..self });
                visit(self.span(child.key), value);
            }
            at = child.next;
        }
    }

    /// The value as text: a string as it is, a number or a boolean as written, an array or an object
    /// as JSON without blanks.
    pub(crate) fn scalar(self) -> Cow<'d, str> {
        let Some(entry) = self.entry() else {
            return Cow::default();
        };
        let text = self.span(entry.value);
        match entry.kind {
            Kind::Array | Kind::Object => {
                rewritten(text, sonic_rs::to_string).map_or(Cow::Borrowed(text), Cow::Owned)
            }
            _ => Cow::Borrowed(text),
        }
    }

    /// The value as indented JSON.
    pub(crate) fn pretty(self) -> Option<String> {
        let text = self.span(self.entry()?.value);
        rewritten(text, sonic_rs::to_string_pretty)
    }

    /// An array or an object as it is, or the one whose JSON a string holds.
    pub(crate) fn opened(self) -> Option<Opened<'d>> {
        let Some(text) = self.as_str() else {
            return (self.is_array() || self.is_object()).then_some(Opened::Here(self));
        };
        if !text.trim_start().starts_with(['{', '[']) {
            return None;
        }
        Document::read(text).ok().map(Opened::Held)
    }

    fn kind(self) -> Kind {
        self.entry().map_or(Kind::Null, |entry| entry.kind)
    }

    fn entry(self) -> Option<&'d Entry> {
        self.table.values.get(self.at as usize)
    }

    fn span(self, span: Span) -> &'d str {
        let (whole, start) = if span.start & UNESCAPED == 0 {
            (self.text, span.start)
        } else {
            (self.table.unescaped.as_str(), span.start & !UNESCAPED)
        };
        whole
            .get(start as usize..span.end as usize)
            .unwrap_or_default()
    }

    fn children(self) -> impl Iterator<Item = Json<'d>> {
        let end = self.entry().map_or(0, |entry| entry.next);
        let child = move |at| (at < end).then_some(Json { at, ..self });
        std::iter::successors(child(self.at + 1), move |last| {
            child(last.entry().map_or(end, |entry| entry.next))
        })
    }
}

/// An array or an object, in the event itself or in a string of it.
#[derive(Debug)]
pub(crate) enum Opened<'d> {
    Here(Json<'d>),
    Held(Document<'d>),
}

impl Opened<'_> {
    pub(crate) fn json(&self) -> Json<'_> {
        match self {
            Self::Here(json) => *json,
            Self::Held(document) => document.root(),
        }
    }
}

/// Has sonic-rs write a value again.
fn rewritten(
    json: &str,
    write: impl Fn(&sonic_rs::Value) -> sonic_rs::Result<String>,
) -> Option<String> {
    let mut reader = Deserializer::from_str(json).use_rawnumber().utf8_lossy();
    let value = sonic_rs::Value::deserialize(&mut reader).ok()?;
    write(&value).ok()
}
