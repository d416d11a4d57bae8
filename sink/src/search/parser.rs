//! From a query's text to what it means, by recursive descent.

use std::net::IpAddr;

use super::expression::{Comparison, Expression, find_words};
use super::field::{Field, Operator, meant};
use super::scanner::{Scanner, SyntaxError};
use super::word::is_word_char;

/// A query of more characters is refused.
const MAX_CHARACTERS: usize = 2000;
/// A query of more words and values is refused.
const MAX_TERMS: usize = 64;
/// Parentheses within parentheses.
const MAX_DEPTH: usize = 16;

/// Reads a query; one without any term finds everything and is none.
pub(crate) fn parse(
    text: &str,
    fields: &'static [Field],
) -> Result<Option<Expression>, SyntaxError> {
    let mut parser = Parser {
        scanner: Scanner::new(text),
        fields,
        terms: 0,
        depth: 0,
    };
    if text.chars().count() > MAX_CHARACTERS {
        return Err(SyntaxError {
            position: MAX_CHARACTERS + 1,
            length: 0,
            problem: format!("the query is longer than {MAX_CHARACTERS} characters"),
            suggestion: None,
        });
    }
    parser.scanner.skip_space();
    if parser.scanner.rest().is_empty() {
        return Ok(None);
    }
    let expression = parser.any()?;
    let start = parser.scanner.at();
    if parser.scanner.take(")") {
        let problem = "there is no parenthesis to close here";
        return Err(parser.scanner.error(start, start + 1, problem));
    }
    Ok(Some(expression))
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    fields: &'static [Field],
    terms: usize,
    depth: usize,
}

/// A word or a phrase, with a star after it or not.
struct Value<'a> {
    text: &'a str,
    is_prefix: bool,
    start: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Expression, SyntaxError> {
        let mut either = vec![self.all()?];
        while self.take_keyword("OR") {
            either.push(self.all()?);
        }
        Ok(one_or(either, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, SyntaxError> {
        let mut all = Vec::new();
        loop {
            if !all.is_empty() && self.take_keyword("AND") {
                self.require_term()?;
            }
            self.scanner.skip_space();
            if self.is_at_end() {
                break;
            }
            all.push(self.term()?);
        }
        if all.is_empty() {
            self.require_term()?;
        }
        Ok(one_or(all, Expression::All))
    }

    /// Whether nothing more can be joined by AND.
    fn is_at_end(&self) -> bool {
        let rest = self.scanner.rest();
        rest.is_empty() || rest.starts_with(')') || self.scanner.is_keyword("OR")
    }

    fn require_term(&mut self) -> Result<(), SyntaxError> {
        self.scanner.skip_space();
        if self.is_at_end() || self.scanner.is_keyword("AND") {
            return Err(self.scanner.error_here("a word is missing here"));
        }
        Ok(())
    }

    fn take_keyword(&mut self, word: &str) -> bool {
        self.scanner.skip_space();
        self.scanner.is_keyword(word) && self.scanner.take(word)
    }

    fn term(&mut self) -> Result<Expression, SyntaxError> {
        let start = self.scanner.at();
        let excludes = if self.scanner.take("-") {
            let rest = self.scanner.rest();
            if rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == ')') {
                let problem = "a word must follow the minus sign";
                return Err(self.scanner.error(start, start + 1, problem));
            }
            true
        } else if self.take_keyword("NOT") {
            self.require_term()?;
            true
        } else {
            false
        };
        let found = self.found()?;
        Ok(if excludes {
            Expression::Not(Box::new(found))
        } else {
            found
        })
    }

    fn found(&mut self) -> Result<Expression, SyntaxError> {
        let start = self.scanner.at();
        if self.scanner.take("(") {
            if self.depth == MAX_DEPTH {
                let problem = format!("parentheses are more than {MAX_DEPTH} deep");
                return Err(self.scanner.error(start, start + 1, problem));
            }
            self.depth += 1;
            let expression = self.any()?;
            self.depth -= 1;
            self.close(start)?;
            return Ok(expression);
        }
        if let Some((field, operator)) = self.field()? {
            return self.comparison(field, operator);
        }
        let value = self.value()?;
        let words = find_words(value.text, value.is_prefix);
        words.map(Expression::Words).ok_or_else(|| {
            let problem = format!("{:?} has no letter and no digit to search for", value.text);
            self.scanner.error(value.start, self.scanner.at(), problem)
        })
    }

    fn close(&mut self, opened: usize) -> Result<(), SyntaxError> {
        self.scanner.skip_space();
        if self.scanner.take(")") {
            return Ok(());
        }
        let problem = "the parenthesis is not closed";
        Err(self.scanner.error(opened, opened + 1, problem))
    }

    /// Takes a field's name and an operator, if they are next.
    fn field(&mut self) -> Result<Option<(&'static Field, Operator)>, SyntaxError> {
        let start = self.scanner.at();
        let mut ahead = self.scanner;
        let bare = ahead.take_bare();
        let end = bare.find(|c: char| !(c.is_ascii_alphabetic() || c == '_'));
        let Some((name, after)) = end.and_then(|end| bare.split_at_checked(end)) else {
            return Ok(None);
        };
        let written = Operator::WRITTEN
            .iter()
            .find(|(written, _)| after.starts_with(written));
        let Some((written, operator)) = written else {
            return Ok(None);
        };
        if name.is_empty() || bare.parse::<IpAddr>().is_ok() {
            return Ok(None);
        }
        let lower = name.to_ascii_lowercase();
        if let Some(field) = self.fields.iter().find(|field| field.name == lower) {
            self.scanner.take(name);
            self.scanner.take(written);
            return Ok(Some((field, *operator)));
        }
        let meant = meant(self.fields, &lower);
        // Other signs stand in text that people paste.
        if meant.is_none() && *written != ":" {
            return Ok(None);
        }
        Err(self.unknown(start, name, bare, meant))
    }

    fn unknown(
        &self,
        start: usize,
        name: &str,
        bare: &str,
        meant: Option<&'static Field>,
    ) -> SyntaxError {
        let known: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
        let hint = match meant {
            Some(field) => format!("did you mean {}?", field.name),
            None => format!(
                "fields are {}; to search for the text itself, put it in quotes: \"{bare}\"",
                known.join(", ")
            ),
        };
        let problem = format!("{name:?} is no field; {hint}");
        let mut error = self.scanner.error(start, start + name.len(), problem);
        error.suggestion = meant.map(|field| field.name.to_owned());
        error
    }

    fn comparison(
        &mut self,
        field: &'static Field,
        operator: Operator,
    ) -> Result<Expression, SyntaxError> {
        let start = self.scanner.at();
        let rest = self.scanner.rest();
        if rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == ')') {
            let problem = format!(
                "a value must follow, such as {}:{}",
                field.name, field.example
            );
            return Err(self.scanner.error_here(problem));
        }
        if !(operator == Operator::Is && self.scanner.take("(")) {
            return self.compared(field, operator);
        }
        let mut either = Vec::new();
        loop {
            let must_follow = either.is_empty() || self.take_keyword("OR");
            self.scanner.skip_space();
            let is_end = self.scanner.rest().is_empty() || self.scanner.rest().starts_with(')');
            if is_end && must_follow {
                return Err(self.scanner.error_here("a value is missing here"));
            }
            if is_end {
                break;
            }
            either.push(self.compared(field, operator)?);
        }
        self.close(start)?;
        Ok(one_or(either, Expression::Any))
    }

    fn compared(
        &mut self,
        field: &'static Field,
        operator: Operator,
    ) -> Result<Expression, SyntaxError> {
        let value = self.value()?;
        let end = self.scanner.at();
        let text = value.text.trim();
        if text.is_empty() {
            return Err(self.scanner.error(value.start, end, "the value is empty"));
        }
        let meaning = field
            .read(operator, text, value.is_prefix)
            .map_err(|problem| self.scanner.error(value.start, end, problem))?;
        Ok(Expression::Field(Comparison {
            field: field.name,
            meaning,
        }))
    }

    /// Takes a word or a phrase.
    fn value(&mut self) -> Result<Value<'a>, SyntaxError> {
        self.terms += 1;
        let start = self.scanner.at();
        if self.terms > MAX_TERMS {
            let problem = format!("the query has more than {MAX_TERMS} terms");
            return Err(self.scanner.error_here(problem));
        }
        if self.scanner.take("\"") {
            return self.phrase(start);
        }
        let bare = self.scanner.take_bare();
        let at = |found: usize| self.scanner.error(start + found, start + found + 1, "");
        if bare.is_empty() {
            return Err(self.scanner.error_here("a value is missing here"));
        }
        if let Some(found) = bare.find('"') {
            let problem = "a quote must begin a term".to_owned();
            return Err(SyntaxError {
                problem,
                ..at(found)
            });
        }
        let stem = bare.strip_suffix('*').unwrap_or(bare);
        let is_prefix = stem.len() < bare.len();
        if let Some(found) = stem.find('*') {
            let problem = "* stands at the end of a word only".to_owned();
            return Err(SyntaxError {
                problem,
                ..at(found)
            });
        }
        if is_prefix && !stem.contains(is_word_char) {
            let problem = "* must follow a word".to_owned();
            return Err(SyntaxError {
                problem,
                ..at(stem.len())
            });
        }
        Ok(Value {
            text: stem,
            is_prefix,
            start,
        })
    }

    /// Takes a phrase whose quote, at `start`, was taken.
    fn phrase(&mut self, start: usize) -> Result<Value<'a>, SyntaxError> {
        let Some((text, after)) = self.scanner.rest().split_once('"') else {
            let problem = "the quote is not closed";
            return Err(self.scanner.error(start, start + 1, problem));
        };
        self.scanner.take(text);
        self.scanner.take("\"");
        if after.starts_with(|c: char| !c.is_whitespace() && c != ')') {
            let problem = "a space must follow the closing quote";
            return Err(self.scanner.error_here(problem));
        }
        Ok(Value {
            text,
            is_prefix: false,
            start,
        })
    }
}

fn one_or(
    mut several: Vec<Expression>,
    join: impl FnOnce(Vec<Expression>) -> Expression,
) -> Expression {
    match several.pop() {
        Some(one) if several.is_empty() => one,
        last => {
            several.extend(last);
            join(several)
        }
    }
}
