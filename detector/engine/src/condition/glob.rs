//! Shell patterns (`glob`, `iglob`) and path prefixes (`pmatch`).
//!
//! `*` is any text, also across `/` and before a leading dot, `?` one character, `[a-z]`, `[!a]`
//! and `[[:alpha:]]` one of a set; a backslash takes the next character literally. Matching is
//! linear but for one step back per `*`.

use std::borrow::Cow;

/// What `?` and a set match one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Character,
    /// As in the C locale, which Falco runs in.
    Byte,
}

impl Unit {
    /// The text as characters of which each is one unit.
    fn characters(self, text: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Character => String::from_utf8_lossy(text),
            Self::Byte if text.is_ascii() => String::from_utf8_lossy(text),
            Self::Byte => text.iter().map(|byte| char::from(*byte)).collect(),
        }
    }
}

/// A compiled shell pattern.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    tokens: Vec<Token>,
    fold_case: bool,
    unit: Unit,
}

#[derive(Debug, Clone)]
enum Token {
    Star,
    Any,
    One(char),
    Set { negated: bool, members: Vec<Member> },
}

#[derive(Debug, Clone)]
enum Member {
    Range(char, char),
    Class(fn(&char) -> bool),
}

impl Glob {
    pub(crate) fn new(pattern: &[u8], fold_case: bool, unit: Unit) -> Self {
        let mut pattern = unit.characters(pattern).into_owned();
        if fold_case {
            pattern.make_ascii_lowercase();
        }
        let mut tokens = Vec::new();
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            tokens.push(match c {
                '*' if matches!(tokens.last(), Some(Token::Star)) => continue,
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => Token::One(rest.next().unwrap_or('\\')),
                '[' => match bracket(rest.as_str()) {
                    Some((set, length)) => {
                        rest = rest.as_str().get(length..).unwrap_or_default().chars();
                        set
                    }
                    None => Token::One('['),
                },
                c => Token::One(c),
            });
        }
        Self {
            tokens,
            fold_case,
            unit,
        }
    }

    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let text = self.unit.characters(text);
        let folded = |c: char| {
            if self.fold_case {
                c.to_ascii_lowercase()
            } else {
                c
            }
        };
        let mut rest = text.chars();
        let mut token = 0;
        // Where to go on when the text does not fit: after the last `*`, with one more character
        // given to it.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            match self.tokens.get(token) {
                Some(Token::Star) => {
                    token += 1;
                    retry = Some((token, rest.clone()));
                    continue;
                }
                Some(wanted) => {
                    let mut ahead = rest.clone();
                    if ahead.next().is_some_and(|c| wanted.matches(folded(c))) {
                        (token, rest) = (token + 1, ahead);
                        continue;
                    }
                }
                None if rest.as_str().is_empty() => return true,
                None => {}
            }
            let Some((after, from)) = &mut retry else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            (token, rest) = (*after, from.clone());
        }
    }
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => true,
            Self::One(wanted) => c == *wanted,
            Self::Set { negated, members } => {
                let found = members.iter().any(|member| match member {
                    Member::Range(from, to) => (*from..=*to).contains(&c),
                    Member::Class(has) => has(&c),
                });
                found != *negated
            }
        }
    }
}

/// Reads what follows `[` up to its `]`; returns it with its length in bytes.
fn bracket(text: &str) -> Option<(Token, usize)> {
    let mut rest = text.chars();
    let negated = text.starts_with(['!', '^']);
    if negated {
        rest.next();
    }
    let mut members = Vec::new();
    loop {
        let class = rest
            .as_str()
            .strip_prefix("[:")
            .and_then(|tail| tail.split_once(":]"));
        if let Some((name, tail)) = class {
            members.push(Member::Class(class_of(name)?));
            rest = tail.chars();
            continue;
        }
        let from = match rest.next()? {
            ']' if !members.is_empty() => break,
            '\\' => rest.next()?,
            c => c,
        };
        let mut ahead = rest.clone();
        let to = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(to)) if to != ']' => {
                rest = ahead;
                if to == '\\' { rest.next()? } else { to }
            }
            _ => from,
        };
        members.push(Member::Range(from, to));
    }
    Some((
        Token::Set { negated, members },
        text.len() - rest.as_str().len(),
    ))
}

fn class_of(name: &str) -> Option<fn(&char) -> bool> {
    Some(match name {
        "alpha" => char::is_ascii_alphabetic,
        "digit" => char::is_ascii_digit,
        "alnum" => char::is_ascii_alphanumeric,
        "upper" => char::is_ascii_uppercase,
        "lower" => char::is_ascii_lowercase,
        "space" => |c| c.is_ascii_whitespace() || *c == '\u{b}',
        "blank" => |c| matches!(c, ' ' | '\t'),
        "punct" => char::is_ascii_punctuation,
        "cntrl" => char::is_ascii_control,
        "graph" => char::is_ascii_graphic,
        "print" => |c| c.is_ascii_graphic() || *c == ' ',
        "xdigit" => char::is_ascii_hexdigit,
        _ => return None,
    })
}

/// Paths of which one must be a prefix, component by component. A component may be a shell pattern.
#[derive(Debug, Clone)]
pub(crate) struct Paths(Vec<Vec<Glob>>);

impl Paths {
    pub(crate) fn new<'p>(paths: impl IntoIterator<Item = &'p [u8]>, unit: Unit) -> Self {
        let compiled = |path| {
            components(path)
                .map(|part| Glob::new(part, false, unit))
                .collect()
        };
        Self(paths.into_iter().map(compiled).collect())
    }

    pub(crate) fn hold(&self, path: &[u8]) -> bool {
        self.0.iter().any(|prefix| {
            let mut parts = components(path);
            let mut prefix = prefix.iter();
            prefix.all(|wanted| parts.next().is_some_and(|part| wanted.matches(part)))
        })
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
}
