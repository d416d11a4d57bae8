//! The values that a comparison names: read as what they are compared with is.

use ipnet::IpNet;

use super::{Checker, Finding, check_operand};
use crate::condition::ast::{self, OperandKind, Word};
use crate::condition::compile::{Pattern, Set, Test};
use crate::condition::glob::{Glob, Paths};
use crate::condition::operator::Operator;
use crate::condition::parse::parse_operand;
use crate::condition::pattern;
use crate::diagnostic::Code;
use crate::field::{Kind, address};

impl Checker<'_> {
    /// Checks the values of a comparison.
    pub(super) fn against(
        &mut self,
        check: &ast::Check,
        kind: Kind,
        words: &[Word],
    ) -> Option<Test> {
        if let Some(word) = words.iter().find(|word| word.bytes.contains(&0)) {
            return self.refuse(
                Code::Literal,
                word.span,
                "a value cannot contain the character NUL",
            );
        }
        for word in words {
            self.misused_field(word);
        }
        match (check.operator, check.modifier) {
            (Operator::In | Operator::Intersects, _) => {
                let all = check.operator == Operator::In;
                self.set(kind, words).map(|set| Test::Among { set, all })
            }
            (Operator::PMatch, _) => Some(Test::Under(Paths::new(
                words.iter().map(|word| word.bytes.as_slice()),
                self.dialect.unit(),
            ))),
            (operator, Some(modifier)) => self
                .patterns(operator, kind, words)
                .map(|patterns| Test::Many(modifier, patterns)),
            (operator, None) => self.pattern(operator, kind, words.first()?).map(Test::One),
        }
    }

    fn patterns(&mut self, operator: Operator, kind: Kind, words: &[Word]) -> Option<Vec<Pattern>> {
        let patterns: Vec<_> = words
            .iter()
            .map(|word| self.pattern(operator, kind, word))
            .collect();
        patterns.into_iter().collect()
    }

    fn pattern(&mut self, operator: Operator, kind: Kind, word: &Word) -> Option<Pattern> {
        Some(match kind {
            Kind::Boolean => Pattern::Boolean(operator, self.boolean(word)?),
            Kind::Address => Pattern::Network(operator, self.network(word)?),
            Kind::Number | Kind::Time | Kind::Duration => {
                Pattern::Number(operator, self.number(word)?)
            }
            Kind::Buffer => Pattern::Text(operator, self.buffer(operator, word)?),
            Kind::Text => match operator {
                Operator::Glob => Pattern::Glob(Glob::new(&word.bytes, false, self.dialect.unit())),
                Operator::IGlob => Pattern::Glob(Glob::new(&word.bytes, true, self.dialect.unit())),
                Operator::Regex => Pattern::Regex(self.regex(word)?),
                _ => Pattern::Text(operator, word.bytes.clone()),
            },
        })
    }

    fn set(&mut self, kind: Kind, words: &[Word]) -> Option<Set> {
        Some(match kind {
            Kind::Text | Kind::Buffer => {
                Set::Text(words.iter().map(|word| word.bytes.clone()).collect())
            }
            Kind::Boolean => {
                let booleans: Vec<_> = words.iter().map(|word| self.boolean(word)).collect();
                Set::Booleans(booleans.into_iter().collect::<Option<_>>()?)
            }
            Kind::Address => {
                let networks: Vec<_> = words.iter().map(|word| self.network(word)).collect();
                Set::Networks(networks.into_iter().collect::<Option<_>>()?)
            }
            Kind::Number | Kind::Time | Kind::Duration => {
                let numbers: Vec<_> = words.iter().map(|word| self.number(word)).collect();
                Set::Numbers(numbers.into_iter().collect::<Option<_>>()?)
            }
        })
    }

    fn number(&mut self, word: &Word) -> Option<i128> {
        let text = word.text();
        let digits = text.trim_start();
        let Ok(number) = digits.parse::<i128>() else {
            let message = format!("`{text}` is not a whole number");
            let help = "write it with digits alone, such as 3";
            self.report(Finding::new(Code::Literal, word.span, message).help(help));
            return None;
        };
        if self.dialect.is_strict() {
            return Some(as_unsigned(number));
        }
        if number < 0 {
            let message = format!("`{text}` is negative, which no value is");
            self.report(Finding::new(Code::Pointless, word.span, message));
        }
        Some(number)
    }

    /// Bytes: those of a text, or written as hexadecimal digits where the operator wants them so.
    fn buffer(&mut self, operator: Operator, word: &Word) -> Option<Vec<u8>> {
        if !matches!(operator, Operator::BContains | Operator::BStartsWith) {
            return Some(word.bytes.clone());
        }
        let digits: Option<Vec<u8>> = word.bytes.iter().copied().map(hex_digit).collect();
        let pairs = digits.filter(|digits| digits.len().is_multiple_of(2));
        let bytes = pairs.map(|digits| {
            digits
                .chunks(2)
                .map(|pair| pair[0] << 4 | pair[1])
                .collect()
        });
        if bytes.is_none() {
            let message = format!("`{}` is not bytes in hexadecimal digits", word.text());
            return self.refuse(Code::Literal, word.span, message);
        }
        bytes
    }

    fn boolean(&mut self, word: &Word) -> Option<bool> {
        let text = word.text();
        if let Ok(boolean) = text.parse() {
            return Some(boolean);
        }
        let message = format!("`{text}` is neither `true` nor `false`");
        let help = match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => "write `true`",
            "false" | "no" | "0" => "write `false`",
            _ => "write one of these two",
        };
        self.report(Finding::new(Code::Literal, word.span, message).help(help));
        None
    }

    fn network(&mut self, word: &Word) -> Option<IpNet> {
        let text = word.text();
        let one = || address(&text).map(IpNet::from);
        if let Some(network) = text.parse().ok().or_else(one) {
            return Some(network);
        }
        let message = format!("`{text}` is neither an IP address nor a network");
        let help = "write it as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32";
        self.report(Finding::new(Code::Literal, word.span, message).help(help));
        None
    }

    fn regex(&mut self, word: &Word) -> Option<regex::bytes::Regex> {
        let text = word.text();
        let regex = match pattern::compile(&text) {
            Ok(regex) => regex,
            Err(reason) => {
                let message = format!("invalid regular expression: {reason}");
                let finding = Finding::new(Code::Regex, word.span, message);
                self.report(match pattern::instead(&text) {
                    Some(instead) => finding.help(instead),
                    None => finding,
                });
                return None;
            }
        };
        let simpler = pattern::simpler(&text);
        if simpler.is_some() || pattern::is_simple(&text) {
            let message = "this needs no regular expression";
            let finding = Finding::new(Code::SimpleRegex, word.span, message);
            self.report(match simpler {
                Some(simpler) => finding.help(format!("write `{simpler}`, which runs faster")),
                None => finding.help(
                    "`=`, `contains`, `startswith`, `endswith` or `glob` says it, and runs faster",
                ),
            });
        }
        Some(regex)
    }

    /// Warns of `a.b = c.d`, which compares with the text `c.d`, and of a transformer within quotes.
    fn misused_field(&mut self, word: &Word) {
        let text = word.text();
        let name = text.trim();
        if word.quoted && self.is_transformer(name) {
            let message =
                format!("this compares with the text `{text}`, not with what it would give");
            let finding = Finding::new(Code::FieldAsText, word.span, message);
            self.report(finding.help("leave out the quotes"));
        }
        if self.dialect.find(name).is_some() {
            let message =
                format!("this compares with the text `{text}`, not with the field of that name");
            let help = format!("write val({name}) to compare with the field");
            self.report(Finding::new(Code::FieldAsText, word.span, message).help(help));
        }
    }

    fn is_transformer(&self, text: &str) -> bool {
        if !text.ends_with([')', ']']) {
            return false;
        }
        parse_operand(text, 0).is_ok_and(|(operand, length)| {
            length == text.len()
                && matches!(operand.kind, OperandKind::Transform(..))
                && check_operand(&operand, self.dialect, &mut Vec::new()).is_some()
        })
    }
}

/// A number as Falco's scanf reads it: a negative one wraps around, one too large is the largest.
fn as_unsigned(number: i128) -> i128 {
    let largest = i128::from(u64::MAX);
    if number < 0 {
        (number + largest + 1).max(0)
    } else {
        number.min(largest)
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}
