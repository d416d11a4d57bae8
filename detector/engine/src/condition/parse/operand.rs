//! Parses what has a value: fields, transformers and what those are applied to.

use super::super::ast::{Operand, OperandKind, Word};
use super::super::operator::Transformer;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// A field or a transformer, if one stands here.
    pub(super) fn operand(&mut self) -> Parsed<Option<Operand>> {
        let start = self.lexer.at();
        if let Some(name) = self.lexer.field_name() {
            let argument = self.argument()?;
            let kind = OperandKind::Field(name.to_owned(), argument);
            return Ok(Some(Operand {
                kind,
                span: self.lexer.span_from(start),
            }));
        }
        match self.transformer() {
            Some(transformer) => self.transformed(transformer, start).map(Some),
            None => Ok(None),
        }
    }

    fn transformer(&mut self) -> Option<Transformer> {
        Transformer::ALL
            .into_iter()
            .find(|t| self.lexer.exactly(&format!("{}(", t.symbol())))
    }

    fn argument(&mut self) -> Parsed<Option<Word>> {
        if !self.lexer.exactly("[") {
            return Ok(None);
        }
        let argument = match self.lexer.quoted()? {
            Some(word) => word,
            None => match self.lexer.bare_argument() {
                Some(word) => word,
                None => return self.fail("expected an argument: a value, in quotes or not"),
            },
        };
        if self.lexer.exactly("]") {
            Ok(Some(argument))
        } else {
            let help = "an argument with a blank stands in quotes, such as `[\"New Device\"]`";
            self.fail_with("expected `]`", help.to_owned())
        }
    }

    /// What follows a transformer's opening parenthesis.
    fn transformed(&mut self, transformer: Transformer, start: usize) -> Parsed<Operand> {
        self.enter()?;
        let mut items = Vec::new();
        loop {
            self.lexer.blank();
            items.push(self.item()?);
            self.lexer.blank();
            if !self.lexer.exactly(",") {
                break;
            }
        }
        self.closing("expected `)` after what the transformer is applied to")?;
        let argument = self.argument()?;
        self.depth -= 1;
        let kind = OperandKind::Transform(transformer, items, argument);
        Ok(Operand {
            kind,
            span: self.lexer.span_from(start),
        })
    }

    fn item(&mut self) -> Parsed<Operand> {
        let start = self.lexer.at();
        if self.lexer.exactly("(") {
            let items = self.items()?;
            let span = self.lexer.span_from(start);
            return Ok(Operand {
                kind: OperandKind::List(items),
                span,
            });
        }
        match self.simple_item()? {
            Some(item) => Ok(item),
            None => {
                self.fail("expected a field, a transformer, a value in quotes, a number or a list")
            }
        }
    }

    /// A transformer's item that is no list.
    fn simple_item(&mut self) -> Parsed<Option<Operand>> {
        let word = match self.lexer.number() {
            Some(number) => Some(number),
            None => self.lexer.quoted()?,
        };
        match word {
            Some(word) => {
                let span = word.span;
                Ok(Some(Operand {
                    kind: OperandKind::Literal(word),
                    span,
                }))
            }
            None => self.operand(),
        }
    }

    /// The rest of a list within a transformer.
    fn items(&mut self) -> Parsed<Vec<Operand>> {
        let mut items = Vec::new();
        self.lexer.blank();
        if self.lexer.exactly(")") {
            return Ok(items);
        }
        loop {
            self.lexer.blank();
            match self.simple_item()? {
                Some(item) => items.push(item),
                None => {
                    return self
                        .fail("expected a field, a transformer, a value in quotes or a number");
                }
            }
            self.lexer.blank();
            if !self.lexer.exactly(",") {
                self.closing("expected `)` after the list")?;
                return Ok(items);
            }
        }
    }

    /// Another field's value, if one stands here.
    pub(super) fn other(&mut self) -> Parsed<Option<Operand>> {
        let start = self.lexer.at();
        if !self.lexer.exactly("val(") {
            return match self.transformer() {
                Some(transformer) => self.transformed(transformer, start).map(Some),
                None => Ok(None),
            };
        }
        self.lexer.blank();
        let inner = self.lexer.at();
        let Some(name) = self.lexer.field_name() else {
            return self.fail("expected a field within `val`");
        };
        let argument = self.argument()?;
        let kind = OperandKind::Field(name.to_owned(), argument);
        let field = Operand {
            kind,
            span: self.lexer.span_from(inner),
        };
        self.lexer.blank();
        self.closing("expected `)` after the field")?;
        let argument = self.argument()?;
        let kind = OperandKind::Transform(Transformer::Val, vec![field], argument);
        Ok(Some(Operand {
            kind,
            span: self.lexer.span_from(start),
        }))
    }
}
