//! The language of the search box:
//!
//! ```text
//! query  = term *( space term )          all of them must be found, in any order
//! term   = [ "-" ] ( word [ "*" ] | phrase )     "-" excludes, "*" stands for any ending
//! phrase = '"' text '"'                  the words in this order, within one value
//! ```

use super::index::BREAK;
use super::{Word, folded, words};

/// A query of more characters is refused.
const MAX_CHARACTERS: usize = 1000;
/// A query of more terms is refused.
const MAX_TERMS: usize = 32;

/// A free text query, ready for the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextQuery {
    expression: String,
}

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (at character {position})")]
pub(crate) struct SyntaxError {
    /// The character it is at, counted from 1.
    pub(crate) position: usize,
    /// What is wrong.
    pub(crate) problem: String,
}

impl SyntaxError {
    fn new(position: usize, problem: impl Into<String>) -> Self {
        Self {
            position,
            problem: problem.into(),
        }
    }
}

struct Term<'a> {
    text: &'a str,
    is_excluded: bool,
    is_prefix: bool,
    position: usize,
}

impl TextQuery {
    /// Reads a query; one without any term finds everything and is none.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, SyntaxError> {
        if text.chars().count() > MAX_CHARACTERS {
            let problem = format!("the query is longer than {MAX_CHARACTERS} characters");
            return Err(SyntaxError {
                position: MAX_CHARACTERS + 1,
                problem,
            });
        }
        let (mut wanted, mut excluded) = (Vec::new(), Vec::new());
        let mut rest = text;
        loop {
            rest = rest.trim_start();
            let position = text.chars().count() - rest.chars().count() + 1;
            if rest.is_empty() {
                break;
            }
            if wanted.len() + excluded.len() == MAX_TERMS {
                let problem = format!("the query has more than {MAX_TERMS} terms");
                return Err(SyntaxError { position, problem });
            }
            let term;
            (term, rest) = next_term(rest, position)?;
            let list = if term.is_excluded {
                &mut excluded
            } else {
                &mut wanted
            };
            list.push(expression(&term)?);
        }
        if wanted.is_empty() && excluded.is_empty() {
            return Ok(None);
        }
        if wanted.is_empty() {
            wanted.push(quoted([BREAK]));
        }
        let mut expression = wanted.join(" AND ");
        for term in excluded {
            expression = format!("({expression}) NOT {term}");
        }
        Ok(Some(Self { expression }))
    }

    /// Returns the query in FTS5's language.
    pub(crate) fn fts5(&self) -> &str {
        &self.expression
    }
}

/// Takes the first term off `text`, which begins at character `position`.
fn next_term(text: &str, position: usize) -> Result<(Term<'_>, &str), SyntaxError> {
    let (is_excluded, position, body) = match text.strip_prefix('-') {
        Some(body) => (true, position + 1, body),
        None => (false, position, text),
    };
    if let Some(body) = body.strip_prefix('"') {
        let (text, after) = phrase(body, position)?;
        let is_prefix = false;
        return Ok((
            Term {
                text,
                is_excluded,
                is_prefix,
                position,
            },
            after,
        ));
    }
    let end = body.find(char::is_whitespace).unwrap_or(body.len());
    let (word, after) = body.split_at(end);
    if word.is_empty() {
        return Err(SyntaxError::new(
            position - 1,
            "a word must follow the minus sign",
        ));
    }
    let (text, is_prefix) = stem(word, position)?;
    Ok((
        Term {
            text,
            is_excluded,
            is_prefix,
            position,
        },
        after,
    ))
}

/// Takes a phrase off `body`, whose quote stands at character `position`.
fn phrase(body: &str, position: usize) -> Result<(&str, &str), SyntaxError> {
    let Some((phrase, after)) = body.split_once('"') else {
        return Err(SyntaxError::new(position, "the quote is not closed"));
    };
    if after.starts_with(|c: char| !c.is_whitespace()) {
        let position = position + phrase.chars().count() + 2;
        return Err(SyntaxError::new(
            position,
            "a space must follow the closing quote",
        ));
    }
    Ok((phrase, after))
}

/// Returns a word without its star, and whether it has one.
fn stem(word: &str, position: usize) -> Result<(&str, bool), SyntaxError> {
    let error =
        |before: &str, problem| Err(SyntaxError::new(position + before.chars().count(), problem));
    if let Some((before, _)) = word.split_once('"') {
        return error(before, "a quote must begin a term");
    }
    let Some(stem) = word.strip_suffix('*') else {
        return match word.split_once('*') {
            Some((before, _)) => error(before, "* stands at the end of a word only"),
            None => Ok((word, false)),
        };
    };
    match stem.split_once('*') {
        Some((before, _)) => error(before, "* stands at the end of a word only"),
        None if stem.contains(super::is_word_char) => Ok((stem, true)),
        None => error(stem, "* must follow a word"),
    }
}

/// Returns a term in FTS5's language.
fn expression(term: &Term<'_>) -> Result<String, SyntaxError> {
    let folded = folded(term.text);
    let words: Vec<Word<'_>> = words(&folded).collect();
    let star = if term.is_prefix { " *" } else { "" };
    match words.as_slice() {
        [] => {
            let problem = format!("{:?} has no letter and no digit to search for", term.text);
            Err(SyntaxError {
                position: term.position,
                problem,
            })
        }
        // Parts in order find `acme.com` within `ann@acme.com`.
        [word] if word.parts().next().is_some() => {
            let (whole, parts) = (quoted([word.whole()]), quoted(word.parts()));
            Ok(format!("({whole}{star} OR parts : {parts}{star})"))
        }
        words => Ok(format!("{}{star}", quoted(words.iter().map(Word::whole)))),
    }
}

/// Returns a phrase in FTS5's language. Words have no quotes.
fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    format!("\"{}\"", words.into_iter().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fts5(text: &str) -> String {
        TextQuery::parse(text).unwrap().unwrap().expression
    }

    fn problem(text: &str) -> (usize, String) {
        let error = TextQuery::parse(text).unwrap_err();
        (error.position, error.problem)
    }

    #[test]
    fn words_are_anded_and_phrases_kept_together() {
        assert_eq!(fts5("Okta reset"), r#""okta" AND "reset""#);
        assert_eq!(fts5(r#""reset all" fac*"#), r#""reset all" AND "fac" *"#);
        assert_eq!(fts5("a/b"), r#""a b""#);
    }

    #[test]
    fn a_composite_word_is_found_whole_or_by_parts_in_order() {
        assert_eq!(fts5("acme.com"), r#"("acme.com" OR parts : "acme com")"#);
        assert_eq!(fts5("ann@ac*"), r#"("ann@ac" * OR parts : "ann ac" *)"#);
    }

    #[test]
    fn excluded_words_need_nothing_beside_them() {
        assert_eq!(fts5("a -b -\"c d\""), r#"(("a") NOT "b") NOT "c d""#);
        assert_eq!(fts5("-b"), format!("(\"{BREAK}\") NOT \"b\""));
    }

    #[test]
    fn nothing_is_no_query() {
        assert_eq!(TextQuery::parse(" \t ").unwrap(), None);
    }

    #[test]
    fn errors_say_where_and_what() {
        assert_eq!(
            problem("é \"abc"),
            (3, "the quote is not closed".to_owned())
        );
        assert_eq!(
            problem("ab - c"),
            (4, "a word must follow the minus sign".to_owned())
        );
        assert_eq!(problem("a\"b"), (2, "a quote must begin a term".to_owned()));
        assert_eq!(
            problem("a*b"),
            (2, "* stands at the end of a word only".to_owned())
        );
        assert_eq!(problem("x *"), (3, "* must follow a word".to_owned()));
        assert_eq!(
            problem("\"a\"b"),
            (4, "a space must follow the closing quote".to_owned())
        );
        assert_eq!(problem("a -&&").0, 4);
        assert_eq!(problem(&"x".repeat(1001)).0, 1001);
        assert_eq!(problem(&"x ".repeat(33)).0, 65);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "\\PC{0,80}") {
            drop(TextQuery::parse(&text));
        }

        #[test]
        fn no_odd_syntax_breaks_the_parser(text in "[a\"*@.: -]{0,30}") {
            if let Err(error) = TextQuery::parse(&text) {
                prop_assert!(error.position >= 1 && error.position <= text.chars().count());
            }
        }
    }
}
