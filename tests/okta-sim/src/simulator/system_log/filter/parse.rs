//! Reading a filter, with Okta's complaints about what is none.

use hyper::StatusCode;
use serde_json::Value;

use super::{Filter, Operator};
use crate::simulator::refusal::Refusal;

/// How deep parentheses nest.
const DEEPEST: usize = 50;

/// Reads a filter.
pub(super) fn read(text: &str) -> Result<Filter, Refusal> {
    let tokens = tokens(text)?;
    let mut reader = Reader {
        text,
        tokens: &tokens,
        next: 0,
    };
    let filter = reader.any_of(0)?;
    match reader.peek() {
        None => Ok(filter),
        Some(token) => Err(reader.unexpected(token)),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Open,
    Close,
    Word(String),
    Text(String),
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    /// Where it begins, counted in characters.
    at: usize,
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let begin = at;
        let kind = match character {
            ' ' | '\t' | '\n' | '\r' => {
                at += 1;
                continue;
            }
            '(' | ')' => {
                at += 1;
                if character == '(' {
                    Kind::Open
                } else {
                    Kind::Close
                }
            }
            '"' => {
                let (word, end) = quoted(&characters, at)
                    .ok_or_else(|| invalid(text, "Missing closing quote", begin))?;
                at = end;
                Kind::Text(word)
            }
            '[' | ']' => return Err(invalid(text, "Unexpected character", begin)),
            _ => {
                while characters
                    .get(at)
                    .is_some_and(|c| !matches!(c, ' ' | '\t' | '\n' | '\r' | '(' | ')' | '[' | ']'))
                {
                    at += 1;
                }
                Kind::Word(characters[begin..at].iter().collect())
            }
        };
        tokens.push(Token { kind, at: begin });
    }
    Ok(tokens)
}

fn quoted(characters: &[char], at: usize) -> Option<(String, usize)> {
    let mut word = String::new();
    let mut at = at + 1;
    loop {
        match characters.get(at)? {
            '"' => return Some((word, at + 1)),
            '\\' => {
                word.push(*characters.get(at + 1)?);
                at += 2;
            }
            character => {
                word.push(*character);
                at += 1;
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.next);
        self.next += 1;
        token
    }

    /// Takes the next token if it is this word.
    fn takes(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token { kind: Kind::Word(found), .. })
            if found.eq_ignore_ascii_case(word));
        if is_it {
            self.next += 1;
        }
        is_it
    }

    fn any_of(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut parts = vec![self.all_of(depth)?];
        while self.takes("or") {
            parts.push(self.all_of(depth)?);
        }
        Ok(single(parts, Filter::Or))
    }

    fn all_of(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut parts = vec![self.one(depth)?];
        while self.takes("and") {
            parts.push(self.one(depth)?);
        }
        Ok(single(parts, Filter::And))
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let Some(token) = self.take() else {
            return Err(invalid(
                self.text,
                "Unexpected end",
                self.text.chars().count(),
            ));
        };
        match &token.kind {
            Kind::Open if depth < DEEPEST => {
                let inner = self.any_of(depth + 1)?;
                match self.take() {
                    Some(Token {
                        kind: Kind::Close, ..
                    }) => Ok(inner),
                    Some(token) => Err(self.unexpected(token)),
                    None => Err(invalid(self.text, "Missing ')'", token.at)),
                }
            }
            Kind::Word(attribute) => self.comparison(attribute, token),
            _ => Err(self.unexpected(token)),
        }
    }

    fn comparison(&mut self, attribute: &str, token: &Token) -> Result<Filter, Refusal> {
        let lower = attribute.to_ascii_lowercase();
        if lower == "published" || lower.contains("changedetails") {
            return Err(unsearchable());
        }
        let (name, at) = match self.take() {
            Some(Token {
                kind: Kind::Word(name),
                at,
            }) => (name, *at),
            Some(token) => return Err(self.unexpected(token)),
            None => return Err(invalid(self.text, "Missing operator after", token.at)),
        };
        if name.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(attribute.to_owned()));
        }
        let Some(operator) = Operator::named(name) else {
            let problem = format!("Unrecognized attribute operator '{name}' at position {at}.");
            return Err(refuse(format!(
                "Invalid filter '{}': {problem} Expected: eq,co,sw,pr,gt,ge,lt,le",
                self.text
            )));
        };
        let is_url = matches!(
            lower.as_str(),
            "debugcontext.debugdata.url" | "debugcontext.debugdata.requesturi"
        );
        if operator == Operator::Contains && is_url {
            return Err(unsearchable());
        }
        let value = match self.take() {
            Some(Token {
                kind: Kind::Text(text),
                ..
            }) => Value::from(text.as_str()),
            Some(Token {
                kind: Kind::Word(word),
                at,
            }) => serde_json::from_str::<Value>(word)
                .ok()
                .filter(|value| !value.is_object() && !value.is_array())
                .ok_or_else(|| invalid(self.text, "Invalid value", *at))?,
            Some(token) => return Err(self.unexpected(token)),
            None => return Err(invalid(self.text, "Missing value after", at)),
        };
        Ok(Filter::Compare {
            attribute: attribute.to_owned(),
            operator,
            value,
        })
    }

    fn unexpected(&self, token: &Token) -> Refusal {
        invalid(self.text, "Unexpected token", token.at)
    }
}

fn single(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        many(parts)
    }
}

fn invalid(text: &str, problem: &str, at: usize) -> Refusal {
    refuse(format!(
        "Invalid filter '{text}': {problem} at position {at}."
    ))
}

fn refuse(summary: String) -> Refusal {
    Refusal::api(StatusCode::BAD_REQUEST, "E0000053", summary)
}

fn unsearchable() -> Refusal {
    Refusal::api(
        StatusCode::BAD_REQUEST,
        "E0000031",
        "Invalid search criteria.",
    )
}
