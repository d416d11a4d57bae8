//! What to do about a text that is no condition: the slips of people who know other languages, and
//! those of everybody. The parser tells what does not fit; this looks at the text there.

use super::SyntaxError;
use crate::condition::operator::{Operator, Transformer};
use crate::field::{Kind, fields};

/// How alike a word must be to an operator or a transformer to be taken for it.
const ALIKE: f64 = 0.7;

/// Other languages' operators and what says the same here.
const OPERATORS: [(&[&str], &str); 12] = [
    (&["is not", "<>", "ne", "neq", "=!", "!=="], "!="),
    (&["is", "eq", "equals", "equal", ":", "==="], "="),
    (
        &["=~", "~", "~=", "matches", "match", "rlike", "regexp", "re"],
        "regex",
    ),
    (&["like", "wildcard"], "glob"),
    (&["ilike"], "iglob"),
    (&["has", "includes", "include", "containing"], "contains"),
    (
        &["beginswith", "starts_with", "begins", "prefix"],
        "startswith",
    ),
    (&["ends_with", "ends", "suffix"], "endswith"),
    (&["=>", "gte", "ge"], ">="),
    (&["=<", "lte", "le"], "<="),
    (&["gt"], ">"),
    (&["lt"], "<"),
];

/// Other languages' transformers.
const TRANSFORMERS: [(&[&str], &str); 5] = [
    (&["lower", "lcase", "lowercase", "to_lower"], "tolower"),
    (&["upper", "ucase", "uppercase", "to_upper"], "toupper"),
    (&["length", "size", "count", "strlen"], "len"),
    (&["base64", "base64decode", "unbase64"], "b64"),
    (&["concatenate"], "concat"),
];

/// Adds to an error what its author probably meant.
pub(super) fn explain(text: &str, mut error: SyntaxError) -> SyntaxError {
    let before = text.get(..error.at).unwrap_or_default().trim_end();
    let after = text.get(error.at..).unwrap_or_default().trim_start();
    let place = Place { before, after };
    let help = match error.message.as_str() {
        "expected an operator" => place.operator(),
        "expected a number" => place.number(),
        "expected a value" => place.value(),
        "expected a list" => place.list(),
        "expected `)` after the list" => place.within_list(),
        "expected `)`" if after.is_empty() => place.unclosed(),
        "expected `)`" => Some(place.continuation()),
        "expected `(`, a field or the name of a macro" => place.beginning(),
        message if message.starts_with("unexpected text after") => Some(place.continuation()),
        message if message.starts_with("expected a blank") => place.beginning().or_else(|| {
            Some("a blank or a parenthesis stands on each side of `and` and `or`".to_owned())
        }),
        message if message.contains("escape") => {
            Some("a backslash within quotes is written `\\\\`".to_owned())
        }
        _ => None,
    };
    error.help = help.or(error.help);
    error
}

/// What stands on both sides of what does not fit.
struct Place<'t> {
    before: &'t str,
    after: &'t str,
}

impl<'t> Place<'t> {
    /// The last word before.
    fn last(&self) -> &'t str {
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ',');
        self.before.rsplit(ends).next().unwrap_or_default()
    }

    /// The word that does not fit.
    fn word(&self) -> &'t str {
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '\'');
        self.after.split(ends).next().unwrap_or_default()
    }

    /// After a field: something else than an operator.
    fn operator(&self) -> Option<String> {
        let field = self.last();
        let word = self.word();
        if let Some(known) = other_operator(self.after) {
            return Some(match known {
                "glob" | "iglob" => {
                    format!("did you mean `{known}`, in which `*` stands for any text?")
                }
                known => format!("did you mean `{known}`?"),
            });
        }
        if matches!(word, "not" | "NOT" | "!in" | "notin" | "nin") {
            return Some(format!(
                "`not` stands before the whole comparison: `not {field} in (…)`"
            ));
        }
        if self.after.is_empty()
            || self.after.starts_with(')')
            || joint(self.after).is_some()
            || matches!(word, "and" | "or")
        {
            let kind = fields()
                .iter()
                .find(|known| known.name == field)
                .map(|known| known.kind);
            return Some(if kind == Some(Kind::Boolean) {
                format!("write `{field} = true`")
            } else {
                format!("a field alone is no condition: compare it, as in `{field} = \"…\"`")
            });
        }
        if self.after.starts_with(['"', '\'']) {
            return Some(format!(
                "an operator is missing between `{field}` and the value, such as `=`"
            ));
        }
        let lower = word.to_ascii_lowercase();
        if word != lower && Operator::read(&lower).is_some() {
            return Some(format!("operators are written in lower case: `{lower}`"));
        }
        let known = Operator::ALL.into_iter().map(Operator::symbol);
        most_alike(&lower, known).map(|known| format!("did you mean `{known}`?"))
    }

    /// After a complete condition: neither `and` nor `or` nor the end.
    fn continuation(&self) -> String {
        if let Some(joint) = joint(self.after) {
            return format!("write `{joint}`");
        }
        if self.after.starts_with(')') {
            return "no `(` is open that this `)` could close".to_owned();
        }
        if let Some(meant) = self.reversed() {
            return format!("did you mean `{meant}`?");
        }
        let last = self.last();
        if matches!(last, "and" | "or") {
            return format!("a condition is missing before `{last}`");
        }
        if self.after.starts_with('#') {
            return "a comment stands outside of the condition".to_owned();
        }
        if self.after.starts_with('(') {
            return transformer(last);
        }
        if self.after.starts_with(',') {
            return "several values are compared with `in (a, b)`".to_owned();
        }
        if is_operator(self.after) {
            let fields = with_last_key(last);
            return match fields.as_slice() {
                [] => format!(
                    "`{last}` is read as a macro; the names of fields have a dot, such as okta.evt.type"
                ),
                fields => format!("did you mean `{}`?", fields.join("` or `")),
            };
        }
        if self.word() != "not" && self.follows_value() {
            let rest = until_joint(self.after);
            if !rest.contains(['=', '<', '>', '"', '\'', '.']) {
                return format!("a value with blanks stands in quotes: \"{last} {rest}\"");
            }
        }
        "`and` or `or` is missing here".to_owned()
    }

    /// What `=>`, `=<` and `=~` were meant for, which are read as `=` with a value.
    fn reversed(&self) -> Option<&'static str> {
        let close = |sign: &str| self.before.ends_with(sign);
        let table = [("=>", ">="), ("=<", "<="), ("=~", "regex")];
        table
            .into_iter()
            .find_map(|(sign, meant)| close(sign).then_some(meant))
    }

    /// Whether the last word is the value of a comparison, rather than a macro.
    fn follows_value(&self) -> bool {
        let head = self.before.strip_suffix(self.last()).unwrap_or_default();
        let operator = head.split_whitespace().next_back().unwrap_or_default();
        operator.ends_with('=') || Operator::read(operator).is_some()
    }

    /// Where a condition should begin.
    fn beginning(&self) -> Option<String> {
        let previous = self
            .before
            .split_whitespace()
            .next_back()
            .unwrap_or_default();
        let help = match self.after.chars().next() {
            None if matches!(previous, "and" | "or" | "not") => {
                format!("a condition is missing after `{previous}`")
            }
            None => "the condition ends here".to_owned(),
            Some(')') => "a condition is missing before this `)`".to_owned(),
            Some('!') => "write `not ` before what is not to hold".to_owned(),
            Some('&' | '|') => "`and` and `or` stand between two conditions".to_owned(),
            Some('%') => "only outputs write fields with `%`".to_owned(),
            Some('$' | '{' | '@') => "a field is written by its name alone".to_owned(),
            Some('"' | '\'' | '0'..='9') => {
                "the field stands on the left and the value on the right".to_owned()
            }
            Some('#') => "a comment stands outside of the condition".to_owned(),
            Some('=' | '<' | '>') => "a field is missing before the operator".to_owned(),
            _ => return None,
        };
        Some(help)
    }

    fn number(&self) -> Option<String> {
        if let Some(quote @ ('"' | '\'')) = self.after.chars().next() {
            let inside = self.after.trim_start_matches(quote);
            let inside = inside.split(quote).next().unwrap_or_default();
            return Some(if inside.parse::<u64>().is_ok() {
                format!("numbers stand without quotes: `{inside}`")
            } else {
                "only numbers can be ordered; texts are compared with `=`, `in`, `startswith` and their like".to_owned()
            });
        }
        match self.after.chars().next() {
            Some('=') => Some("`>=` and `<=` are written without a blank".to_owned()),
            Some('>') if self.before.ends_with('<') => Some("did you mean `!=`?".to_owned()),
            _ => None,
        }
    }

    fn value(&self) -> Option<String> {
        let operator = self.last();
        match self.after.chars().next() {
            None => Some(format!("the value after `{operator}` is missing")),
            Some(quote @ ('"' | '\'')) => Some(format!("the quote {quote} is not closed")),
            Some('(') => Some(
                "a list is compared with `in (…)`, or with `anyof`, `allof` or `oneof` before it"
                    .to_owned(),
            ),
            Some('=') => Some("to be equal is written `=`".to_owned()),
            Some(',') => Some("a value with a comma stands in quotes".to_owned()),
            _ => None,
        }
    }

    fn list(&self) -> Option<String> {
        let rest = until_joint(self.after);
        match self.after.chars().next()? {
            '[' | '{' => {
                let inside = rest.trim_matches(['[', ']', '{', '}']);
                Some(format!("a list stands in parentheses: ({inside})"))
            }
            '"' | '\'' => Some(format!(
                "a list stands in parentheses, also one of a single value: ({rest})"
            )),
            _ => None,
        }
    }

    fn within_list(&self) -> Option<String> {
        match self.after.chars().next() {
            None => self.unclosed(),
            Some('(') => Some("a list holds values, and no lists".to_owned()),
            Some('"' | '\'') if self.before.ends_with([',', '(']) => {
                Some("a quote is not closed".to_owned())
            }
            Some(_) => Some(
                "commas stand between the values of a list, and quotes around one with blanks"
                    .to_owned(),
            ),
        }
    }

    /// The parenthesis that is still open at the end.
    fn unclosed(&self) -> Option<String> {
        let mut open = Vec::new();
        let mut quote = None;
        for (at, c) in self.before.char_indices() {
            match (quote, c) {
                (Some(begun), c) if c == begun => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, '(') => open.push(at),
                (None, ')') => drop(open.pop()),
                (Some(_) | None, _) => {}
            }
        }
        let within = self.before.get(open.pop()?..)?;
        let shown: String = within.chars().take(30).collect();
        let more = if shown.len() < within.len() {
            "…"
        } else {
            ""
        };
        Some(format!("the parenthesis of `{shown}{more}` is not closed"))
    }
}

/// What joins conditions in other languages, and here.
fn joint(text: &str) -> Option<&'static str> {
    let table = [
        ("&&", "and"),
        ("AND ", "and"),
        ("And ", "and"),
        ("||", "or"),
        ("OR ", "or"),
        ("Or ", "or"),
        ("& ", "and"),
        ("| ", "or"),
    ];
    let found = table.into_iter().find(|(sign, _)| text.starts_with(sign));
    found.map(|(_, word)| word)
}

fn other_operator(text: &str) -> Option<&'static str> {
    let is_here = |sign: &&'static str| {
        let rest = text.strip_prefix(*sign);
        let is_word = sign.ends_with(|c: char| c.is_ascii_alphabetic());
        rest.is_some_and(|rest| {
            !is_word || !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let known = OPERATORS
        .into_iter()
        .find(|(signs, _)| signs.iter().any(is_here));
    known.map(|(_, known)| known)
}

fn is_operator(text: &str) -> bool {
    let word = text.split(|c: char| c.is_whitespace() || c == '(').next();
    text.starts_with(['=', '<', '>', '!'])
        || word.is_some_and(|word| Operator::read(word).is_some())
}

/// What to do about a name before a parenthesis.
fn transformer(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let other = TRANSFORMERS
        .into_iter()
        .find(|(names, _)| names.contains(&lower.as_str()));
    let known = Transformer::ALL.map(Transformer::symbol);
    let meant = other
        .map(|(_, known)| known)
        .or_else(|| most_alike(&lower, known.into_iter()));
    match meant {
        Some(meant) if meant == name => {
            format!("no blank stands between `{name}` and its parenthesis")
        }
        Some(meant) => format!("did you mean `{meant}(`?"),
        None => format!(
            "`{name}` takes nothing in parentheses; the transformers are {}",
            known.join(", ")
        ),
    }
}

/// The fields whose path in the event, or whose name, ends in this key.
fn with_last_key(key: &str) -> Vec<&'static str> {
    let ends_so = |name: &&str| {
        name.rsplit('.')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case(key))
    };
    match crate::field::at_key(key) {
        found if !found.is_empty() => found,
        _ => fields()
            .iter()
            .map(|field| field.name)
            .filter(ends_so)
            .take(2)
            .collect(),
    }
}

fn until_joint(text: &str) -> &str {
    let ends = [" and ", " or ", ")", "\n"]
        .into_iter()
        .filter_map(|end| text.find(end))
        .min();
    text.get(..ends.unwrap_or(text.len()))
        .unwrap_or_default()
        .trim_end()
}

fn most_alike<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let scores = known.map(|known| (strsim::normalized_damerau_levenshtein(word, known), known));
    let best = scores.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= ALIKE).then_some(best.1)
}
