//! Puts lists and macros into the syntax tree of a condition.

use super::Resolver;
use crate::condition::ast::{Expr, Node, Right, Span, Word};
use crate::condition::check::Finding;
use crate::condition::operator::Form;
use crate::diagnostic::Code;
use crate::field::at_key;

/// How many parts a condition may have once everything is put in, and how many all of a file.
const MAX_PARTS: usize = 10_000;
const MAX_FILE_PARTS: usize = 500_000;

/// How many values the lists of a condition may have, and those of all of a file.
const MAX_VALUES: usize = 200_000;
const MAX_FILE_VALUES: usize = 1_000_000;

/// How deep a condition may nest once everything is put in.
const MAX_DEPTH: usize = 500;

/// Expands a rule's condition, which may name all macros. What is wrong is told; `None` when the
/// condition becomes too large.
pub(super) fn expand(
    resolver: &mut Resolver<'_>,
    expr: Expr,
    findings: &mut Vec<Finding>,
) -> Option<Expr> {
    let all = resolver.macros.len();
    let within = Vec::new();
    Expansion {
        resolver,
        findings,
        parts: 0,
        values: 0,
        depth: 0,
        within,
    }
    .expr(expr, all)
}

/// One walk through a condition.
struct Expansion<'r, 'd> {
    resolver: &'r mut Resolver<'d>,
    findings: &'r mut Vec<Finding>,
    parts: usize,
    values: usize,
    depth: usize,
    /// The macros that are being put in, the outermost first.
    within: Vec<String>,
}

impl Expansion<'_, '_> {
    /// Expands a part that may name the first `sees` macros. A macro that cannot be put in is told
    /// of and stays; `None` when it all becomes too much.
    fn expr(&mut self, expr: Expr, sees: usize) -> Option<Expr> {
        self.parts += 1;
        self.depth += 1;
        self.resolver.parts += 1;
        if self.parts > MAX_PARTS {
            return self.too_large(expr.span, MAX_PARTS, "parts once its macros are put in");
        }
        if self.resolver.parts > MAX_FILE_PARTS {
            let message = "all conditions of the file together are too large";
            self.findings
                .push(Finding::new(Code::TooLarge, expr.span, message));
            return None;
        }
        if self.depth > MAX_DEPTH {
            return self.too_large(expr.span, MAX_DEPTH, "levels once its macros are put in");
        }
        let node = match expr.node {
            Node::And(parts) => Node::And(self.exprs(parts, sees)?),
            Node::Or(parts) => Node::Or(self.exprs(parts, sees)?),
            Node::Not(inner) => Node::Not(Box::new(self.expr(*inner, sees)?)),
            Node::Macro(name) => {
                let expanded = self.macro_named(name, expr.span, sees);
                self.depth -= 1;
                return expanded;
            }
            Node::Check(mut check) => {
                let list = check.modifier.is_some() || check.operator.form() == Form::List;
                check.right = self.right(check.right, list)?;
                Node::Check(check)
            }
        };
        self.depth -= 1;
        Some(Expr::new(node, expr.span))
    }

    fn exprs(&mut self, parts: Vec<Expr>, sees: usize) -> Option<Vec<Expr>> {
        parts
            .into_iter()
            .map(|part| self.expr(part, sees))
            .collect()
    }

    fn too_large<T>(&mut self, span: Span, limit: usize, what: &str) -> Option<T> {
        let message = format!("the condition has more than {limit} {what}");
        self.findings
            .push(Finding::new(Code::TooLarge, span, message));
        None
    }

    fn macro_named(&mut self, name: String, span: Span, sees: usize) -> Option<Expr> {
        let place = self
            .resolver
            .macros
            .iter()
            .position(|known| known.name == name);
        let known = place.filter(|place| *place < sees);
        let known = known.and_then(|place| self.resolver.macros.get(place));
        let Some(known) = known else {
            self.findings
                .push(self.unknown_macro(&name, span, place.is_some()));
            self.resolver.misses_names = true;
            return Some(Expr::new(Node::Macro(name), span));
        };
        let (expr, sees) = (known.expr.clone(), known.sees);
        self.resolver.used_macros.insert(name.clone());
        if self.within.contains(&name) {
            let message = format!("the macro `{name}` uses itself");
            self.findings
                .push(Finding::new(Code::MacroLoop, span, message));
            return Some(Expr::new(Node::Macro(name), span));
        }
        // One that does not parse was told of.
        let Some(expr) = expr else {
            self.resolver.misses_names = true;
            return Some(Expr::new(Node::Macro(name), span));
        };
        self.within.push(name.clone());
        let expanded = self.expr(expr, sees);
        self.within.pop();
        expanded.map(|mut expanded| {
            expanded.stands_for.push((name, span));
            expanded
        })
    }

    fn unknown_macro(&self, name: &str, span: Span, comes_later: bool) -> Finding {
        let finding = Finding::new(Code::UnknownMacro, span, format!("unknown macro `{name}`"));
        if matches!(name, "and" | "or" | "not") {
            return finding.help(format!("a condition is missing beside `{name}`"));
        }
        if comes_later {
            return finding.help("it is defined later; a macro can only use those before it");
        }
        if let Some(help) = self.other_than_macro(name) {
            return finding.help(help);
        }
        let names = self.resolver.macros.iter().map(|known| known.name.as_str());
        let similar = names.filter(|known| strsim::jaro_winkler(known, name) > 0.85);
        let best = similar
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        match best {
            Some(best) => finding.help(format!("did you mean `{best}`?")),
            None => finding,
        }
    }

    /// What a name is when it is no macro's.
    fn other_than_macro(&self, name: &str) -> Option<String> {
        if self.resolver.lists.contains_key(name) {
            return Some(format!(
                "`{name}` is a list: write `FIELD in ({name})`, or `intersects` for a field with several values"
            ));
        }
        let lower = name.to_ascii_lowercase();
        if name != lower && matches!(lower.as_str(), "and" | "or" | "not") {
            return Some(format!("write `{lower}`"));
        }
        let fields = at_key(name);
        (!fields.is_empty()).then(|| format!("did you mean the field `{}`?", fields.join("` or `")))
    }

    /// Warns of a name without parentheses where a list is wanted, which names none.
    fn unknown_list(&mut self, word: &Word) {
        let name = word.text();
        let message = format!("there is no list `{name}`, so this compares with that text");
        let finding = Finding::new(Code::UnknownList, word.span, message);
        let macros = self.resolver.macros.iter();
        let help = if macros
            .map(|known| known.name.as_str())
            .any(|known| known == name)
        {
            format!("`{name}` is a macro, which is a condition by itself")
        } else {
            let lists = self.resolver.lists.keys();
            let score = |known: &String| strsim::normalized_damerau_levenshtein(known, &name);
            let best = lists.max_by(|a, b| score(a).total_cmp(&score(b)));
            match best.filter(|best| score(best) > 0.7) {
                Some(best) => format!("did you mean `{best}`?"),
                None => format!("write `({name})` if the text is meant"),
            }
        };
        self.findings.push(finding.help(help));
    }

    fn right(&mut self, right: Right, wants_list: bool) -> Option<Right> {
        match right {
            Right::None | Right::Operand(_) => Some(right),
            Right::List(words, span) => {
                let mut values = Vec::with_capacity(words.len());
                for word in words {
                    match self.list_named(&word) {
                        Some(list) => values.extend(list),
                        None => values.push(word),
                    }
                }
                self.count(values.len(), span)?;
                Some(Right::List(values, span))
            }
            Right::Value(word) => match self.list_named(&word) {
                None => {
                    if wants_list && !self.resolver.dialect.is_strict() {
                        self.unknown_list(&word);
                    }
                    Some(Right::Value(word))
                }
                Some(list) if wants_list => {
                    self.count(list.len(), word.span)?;
                    Some(Right::List(list, word.span))
                }
                Some(list) => Some(self.only(list, word)),
            },
        }
    }

    /// A list where one value is wanted: fine when it has just one.
    fn only(&mut self, list: Vec<Word>, word: Word) -> Right {
        let count = list.len();
        if let Some(value) = list.into_iter().next().filter(|_| count == 1) {
            return Right::Value(value);
        }
        let message = format!(
            "`{}` is a list of {count} values, here stands one",
            word.text()
        );
        let finding = Finding::new(Code::ListAsValue, word.span, message);
        let help = "use `in`, or write the name in quotes if it is meant as text";
        self.findings.push(finding.help(help));
        Right::Value(word)
    }

    fn count(&mut self, more: usize, span: Span) -> Option<()> {
        self.values += more;
        self.resolver.values += more;
        if self.values <= MAX_VALUES && self.resolver.values <= MAX_FILE_VALUES {
            return Some(());
        }
        self.too_large(span, MAX_VALUES, "values once its lists are put in")
    }

    /// The values of the list that a word without quotes names, each at the word's place.
    fn list_named(&mut self, word: &Word) -> Option<Vec<Word>> {
        if word.quoted {
            return None;
        }
        let name = word.text();
        let values = self.resolver.lists.get(name.as_ref())?;
        let here = |value: &Word| Word {
            span: word.span,
            ..value.clone()
        };
        let values = values.iter().map(here).collect();
        self.resolver.used_lists.insert(name.into_owned());
        Some(values)
    }
}
