//! What people and programs are told of a field: where its value comes from, and who says so.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::{Argument, Field, Getter, Origin};

impl Origin {
    /// Who says what the field is, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::FalcoOkta => "Falco's okta plugin 0.12.0",
            Self::FalcoJson => "Falco's json plugin 0.7.4",
            Self::Falco => "Falco",
            Self::Nightlatch => "Okta's LogEvent",
        }
    }

    /// Where to read on.
    pub fn link(self) -> &'static str {
        match self {
            Self::FalcoOkta => "https://github.com/falcosecurity/plugins/tree/main/plugins/okta",
            Self::FalcoJson => "https://github.com/falcosecurity/plugins/tree/main/plugins/json",
            Self::Falco => "https://falco.org/docs/reference/rules/supported-fields/",
            Self::Nightlatch => "https://developer.okta.com/docs/reference/api/system-log/",
        }
    }
}

impl Argument {
    /// What is written after the name, such as `[seconds]`; `?` where it can be left out.
    pub fn usage(self) -> &'static str {
        match self {
            Self::None => "",
            Self::OptionalIndex => "[index?]",
            Self::Seconds => "[seconds]",
            Self::Pointer => "[/pointer]",
            Self::Name => "[name]",
            Self::OptionalType => "[type?]",
            Self::OptionalZone => "[zone?]",
        }
    }

    /// What it is, for people; empty when there is none.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::None => "",
            Self::OptionalIndex => "an index, or nothing",
            Self::Seconds => "seconds",
            Self::Pointer => "a JSON pointer",
            Self::Name => "a name",
            Self::OptionalType => "the type of a target, or nothing",
            Self::OptionalZone => "a time zone, or nothing for UTC",
        }
    }
}

impl Field {
    /// The type for people, such as `list (string)`.
    pub fn type_name(&self) -> String {
        let kind = self.kind.name();
        if self.is_list {
            format!("list ({kind})")
        } else {
            kind.to_owned()
        }
    }

    /// Where in the event the value comes from: the path of its JSON, or words.
    pub fn place(&self) -> Cow<'static, str> {
        match (self.at, self.getter) {
            (Some(place), _) => Cow::Borrowed(place),
            (
                None,
                Getter::Path(path)
                | Getter::PathOrAbsent(path)
                | Getter::Number(path)
                | Getter::Under(path),
            ) => Cow::Owned(path.join(".")),
            (None, Getter::LastTarget(kind, key)) => {
                Cow::Owned(format!("target[type={kind}].{key}, the last"))
            }
            (None, Getter::Targets(key)) => Cow::Owned(format!("target[].{key}")),
            (None, Getter::Count(_)) => {
                Cow::Borrowed("this event and those before of the same actor.id")
            }
            (None, Getter::Never(reason)) => Cow::Owned(format!("nowhere: {reason}")),
            (None, Getter::Always(_) | Getter::Call(_) | Getter::Made(_) | Getter::Each(_)) => {
                Cow::Borrowed("")
            }
        }
    }
}

#[derive(Serialize)]
struct Described<'f> {
    name: &'f str,
    r#type: String,
    list: bool,
    usage: &'f str,
    argument: &'f str,
    doc: &'f str,
    example: &'f str,
    from: Cow<'static, str>,
    source: &'f str,
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let described = Described {
            name: self.name,
            r#type: self.type_name(),
            list: self.is_list,
            usage: self.argument.usage(),
            argument: self.argument.meaning(),
            doc: self.doc,
            example: self.example,
            from: self.place(),
            source: self.origin.name(),
        };
        described.serialize(serializer)
    }
}
