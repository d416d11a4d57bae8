//! What is compared: fields with their arguments, transformers, lists.

use super::{Checker, Finding};
use crate::condition::ast::{Operand, OperandKind, Span, Word};
use crate::condition::operand::Source;
use crate::condition::operator::Transformer;
use crate::diagnostic::Code;
use crate::field::{Argument, Kind, Reference, ReferenceError};

impl Checker<'_> {
    pub(super) fn operand(&mut self, operand: &Operand) -> Option<Source> {
        match &operand.kind {
            OperandKind::Field(name, argument) => self.field(name, argument.as_ref(), operand.span),
            OperandKind::Literal(word) => Some(Source::Literal(word.bytes.clone())),
            OperandKind::List(items) => self.operands(items).map(Source::List),
            OperandKind::Transform(transformer, items, argument) => {
                self.transform(*transformer, items, argument.as_ref(), operand.span)
            }
        }
    }

    fn operands(&mut self, items: &[Operand]) -> Option<Vec<Source>> {
        let checked: Vec<Option<Source>> = items.iter().map(|item| self.operand(item)).collect();
        checked.into_iter().collect()
    }

    fn field(&mut self, name: &str, argument: Option<&Word>, span: Span) -> Option<Source> {
        let text = argument.map(Word::text);
        match Reference::find(self.dialect, name, text.as_deref()) {
            Ok(reference) => {
                if let Some(reason) = reference.field().never() {
                    let message = format!("`{name}` never has a value: {reason}");
                    self.report(Finding::new(Code::NeverThere, span, message));
                }
                Some(Source::Field(reference))
            }
            Err(error) => {
                let at = argument.map_or(span, |argument| argument.span);
                let finding = match error {
                    ReferenceError::Unknown(similar) => unknown_field(name, span, &similar),
                    ReferenceError::NotFalcos => {
                        let message = format!("`{name}` is a field that Falco does not have");
                        Finding::new(Code::UnknownField, span, message)
                            .help("a policy names it without `strict: true`")
                    }
                    ReferenceError::Unwanted => {
                        let message = format!("`{name}` takes no argument");
                        let help = format!("write `{name}` alone");
                        Finding::new(Code::FieldArgument, at, message).help(help)
                    }
                    ReferenceError::Missing(wanted) => {
                        let message = format!("`{name}` needs an argument: {}", describe(wanted));
                        Finding::new(Code::FieldArgument, span, message).help(shown(name, wanted))
                    }
                    ReferenceError::Unreadable(wanted) => {
                        let message = format!("the argument of `{name}` is {}", describe(wanted));
                        Finding::new(Code::FieldArgument, at, message).help(shown(name, wanted))
                    }
                };
                self.report(finding);
                None
            }
        }
    }

    fn transform(
        &mut self,
        transformer: Transformer,
        items: &[Operand],
        argument: Option<&Word>,
        span: Span,
    ) -> Option<Source> {
        let name = transformer.symbol();
        let sources = self.operands(items)?;
        if let Some(argument) = argument.filter(|_| transformer != Transformer::GetOpt) {
            let message = format!("`{name}` takes no argument in brackets");
            return self.refuse(Code::Transformer, argument.span, message);
        }
        let text = |source: &Source| source.kind() == Kind::Text && !source.is_list();
        let texts = |source: &Source| source.kind() == Kind::Text && source.is_list();
        let problem = match (transformer, sources.as_slice()) {
            (Transformer::GetOpt, [arguments, known]) if texts(arguments) && text(known) => None,
            (Transformer::GetOpt, _) => Some("takes a list of arguments and the known options"),
            (Transformer::Val, [_]) => None,
            (Transformer::Len, [one]) if one.kind() == Kind::Text => None,
            (Transformer::Len, _) => Some("takes one string or list"),
            (Transformer::Join, [separator, list]) if text(separator) && texts(list) => None,
            (Transformer::Join, _) => Some("takes a separator and a list of strings"),
            (Transformer::Concat, parts) if parts.len() > 1 && parts.iter().all(text) => None,
            (Transformer::Concat, _) => Some("takes two strings or more"),
            (_, [one]) if text(one) => None,
            _ => Some("takes one string"),
        };
        if let Some(problem) = problem {
            return self.refuse(Code::Transformer, span, format!("`{name}` {problem}"));
        }
        if transformer != Transformer::GetOpt {
            return Some(Source::Apply(transformer, sources));
        }
        let wanted = match argument.map(|argument| (argument.bytes.as_slice(), argument.span)) {
            None => None,
            Some(([option], _)) => Some(*option),
            Some((_, span)) => {
                return self.refuse(
                    Code::Transformer,
                    span,
                    "the argument of `getopt` is one option",
                );
            }
        };
        let items: [Source; 2] = sources.try_into().ok()?;
        Some(Source::Options(Box::new(items), wanted))
    }
}

fn unknown_field(name: &str, span: Span, similar: &[String]) -> Finding {
    let finding = Finding::new(Code::UnknownField, span, format!("unknown field `{name}`"));
    match similar {
        [] => finding.help(
            "`nightlatch rules fields` lists the fields; any path of the event is `json.value[/path]`",
        ),
        [one] => finding.help(format!("did you mean `{one}`?")),
        several => finding.help(format!("did you mean one of `{}`?", several.join("`, `"))),
    }
}

/// How a field is written with its argument.
fn shown(name: &str, argument: Argument) -> String {
    let example = match argument {
        Argument::None => return format!("write `{name}` alone"),
        Argument::OptionalIndex => "0",
        Argument::Seconds => "300",
        Argument::Pointer => "/outcome/result",
        Argument::Name if name == "okta.behavior" => "\"New Device\"",
        Argument::Name if name == "okta.target.detail" => "methodTypeUsed",
        Argument::Name => "factor",
        Argument::OptionalZone => "Europe/Berlin",
        Argument::OptionalType => "AppInstance",
    };
    format!("write it as `{name}[{example}]`")
}

fn describe(argument: Argument) -> &'static str {
    match argument {
        Argument::None => "nothing",
        Argument::OptionalIndex => "a place in the list, counted from 0",
        Argument::Seconds => "a whole number of seconds",
        Argument::Pointer => "a JSON pointer such as /outcome/result",
        Argument::Name => "a name, in quotes if it has blanks",
        Argument::OptionalZone => "a time zone such as Europe/Berlin",
        Argument::OptionalType => "the type of a target, such as AppInstance",
    }
}
