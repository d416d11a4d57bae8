//! Keeps how conditions were written: which part stands where.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::report::Report;
use super::super::text::Text;
use crate::condition::ast::{Expr, Node, Right, Span};
use crate::condition::outline::{Outline, Written};

/// Draws outlines; what is known of a text is kept for the next condition that has it.
#[derive(Debug, Default)]
pub(super) struct Sketches {
    /// By the number of the text: its copy, and where each byte of it stands in the file.
    pages: HashMap<usize, (Arc<str>, Vec<usize>)>,
    /// The names of files.
    files: Vec<Arc<str>>,
}

impl Sketches {
    /// Draws a condition whose macros are put in.
    pub(super) fn outline(&mut self, expr: &Expr, texts: &[Text], report: &Report<'_>) -> Outline {
        Sketch {
            sketches: self,
            texts,
            report,
        }
        .outline(expr)
    }
}

impl Sketches {
    /// One copy of a file's name.
    fn file(&mut self, name: String) -> Arc<str> {
        if let Some(known) = self.files.iter().find(|known| ***known == *name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.files.push(Arc::clone(&name));
        name
    }
}

struct Sketch<'s> {
    sketches: &'s mut Sketches,
    texts: &'s [Text],
    report: &'s Report<'s>,
}

impl Sketch<'_> {
    fn outline(&mut self, expr: &Expr) -> Outline {
        let mut outline = Outline::new(self.written(expr.span));
        match &expr.node {
            Node::And(parts) | Node::Or(parts) => {
                outline.parts = parts.iter().map(|part| self.outline(part)).collect();
            }
            Node::Not(inner) => outline.parts = vec![self.outline(inner)],
            Node::Macro(_) => {}
            Node::Check(check) => {
                outline.left = Some(self.written(check.left.span));
                if let Right::Operand(operand) = &check.right {
                    outline.right = Some(self.written(operand.span));
                }
            }
        }
        for (name, span) in &expr.stands_for {
            outline = Outline {
                expanded: Some(name.clone()),
                parts: vec![outline],
                ..Outline::new(self.written(*span))
            };
        }
        outline
    }

    fn written(&mut self, span: Span) -> Written {
        let text = self.texts.get(span.text);
        let (page, places) = self.sketches.pages.entry(span.text).or_insert_with(|| {
            let page = text.map(|text| Arc::from(text.value.as_str()));
            let places = text.map(|text| text.places(self.report.characters()));
            (page.unwrap_or_default(), places.unwrap_or_default())
        });
        let at = places.get(span.start).copied().unwrap_or_default();
        let place = self.report.place((at, 0));
        Written {
            page: Arc::clone(page),
            start: span.start,
            end: span.end,
            file: self.sketches.file(place.file),
            line: place.line,
            column: place.column,
        }
    }
}
