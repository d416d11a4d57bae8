//! The operators, modifiers and transformers: each one once, with its spelling, what it applies to
//! and its meaning.

use crate::field::Kind;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The value is there.
    Exists,
    /// At most.
    AtMost,
    /// Less than.
    Less,
    /// At least.
    AtLeast,
    /// Greater than.
    Greater,
    /// Equal, spelled `==`.
    Same,
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
    /// Matches a shell pattern.
    Glob,
    /// Matches a shell pattern, upper and lower case alike.
    IGlob,
    /// Contains.
    Contains,
    /// Contains, upper and lower case alike.
    IContains,
    /// Contains bytes; of buffers only, which no field here is.
    BContains,
    /// Starts with.
    StartsWith,
    /// Starts with bytes; of buffers only, which no field here is.
    BStartsWith,
    /// Ends with.
    EndsWith,
    /// Matches a regular expression as a whole.
    Regex,
    /// One of the values is one of the list.
    Intersects,
    /// All of the values are of the list.
    In,
    /// One of the list is a prefix of the value, path component by path component.
    PMatch,
}

/// What may stand on the right of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing.
    Unary,
    /// A number.
    Number,
    /// A value, or with a modifier a list.
    Value,
    /// A list.
    List,
}

impl Operator {
    /// All, in the order in which they are tried: none is a prefix of a later one that could follow
    /// it.
    pub const ALL: [Self; 20] = [
        Self::Exists,
        Self::AtMost,
        Self::Less,
        Self::AtLeast,
        Self::Greater,
        Self::Same,
        Self::Equal,
        Self::NotEqual,
        Self::Glob,
        Self::IGlob,
        Self::Contains,
        Self::IContains,
        Self::BContains,
        Self::StartsWith,
        Self::BStartsWith,
        Self::EndsWith,
        Self::Regex,
        Self::Intersects,
        Self::In,
        Self::PMatch,
    ];

    /// The spelling.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::AtMost => "<=",
            Self::Less => "<",
            Self::AtLeast => ">=",
            Self::Greater => ">",
            Self::Same => "==",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Glob => "glob",
            Self::IGlob => "iglob",
            Self::Contains => "contains",
            Self::IContains => "icontains",
            Self::BContains => "bcontains",
            Self::StartsWith => "startswith",
            Self::BStartsWith => "bstartswith",
            Self::EndsWith => "endswith",
            Self::Regex => "regex",
            Self::Intersects => "intersects",
            Self::In => "in",
            Self::PMatch => "pmatch",
        }
    }

    /// What stands on the right.
    pub(crate) fn form(self) -> Form {
        match self {
            Self::Exists => Form::Unary,
            Self::AtMost | Self::Less | Self::AtLeast | Self::Greater => Form::Number,
            Self::Intersects | Self::In | Self::PMatch => Form::List,
            _ => Form::Value,
        }
    }

    /// Tells whether a blank must follow the spelling.
    pub(crate) fn needs_blank(self) -> bool {
        self.form() == Form::Value && self.symbol().starts_with(|c: char| c.is_ascii_alphabetic())
    }

    /// Tells whether the operator compares values of a kind.
    pub(crate) fn applies_to(self, kind: Kind) -> bool {
        match self {
            Self::Exists
            | Self::Equal
            | Self::Same
            | Self::NotEqual
            | Self::In
            | Self::Intersects => true,
            Self::AtMost | Self::Less | Self::AtLeast | Self::Greater => {
                !matches!(kind, Kind::Boolean | Kind::Address | Kind::Buffer)
            }
            Self::Contains | Self::StartsWith | Self::EndsWith => {
                matches!(kind, Kind::Text | Kind::Buffer)
            }
            Self::Glob | Self::IGlob | Self::IContains | Self::Regex | Self::PMatch => {
                kind == Kind::Text
            }
            Self::BContains | Self::BStartsWith => kind == Kind::Buffer,
        }
    }

    /// Reads a spelling.
    pub(crate) fn read(symbol: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operator| operator.symbol() == symbol)
    }
}

/// How many of the values on the right must satisfy the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::enum_variant_names, reason = "the names are the spellings")]
pub enum Modifier {
    /// Exactly one.
    OneOf,
    /// At least one.
    AnyOf,
    /// All of them, and there is one.
    AllOf,
}

impl Modifier {
    /// All, in the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::OneOf, Self::AnyOf, Self::AllOf];

    /// The spelling.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::OneOf => "oneof",
            Self::AnyOf => "anyof",
            Self::AllOf => "allof",
        }
    }
}

/// What makes another value of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transformer {
    /// A field's value on the right side.
    Val,
    /// ASCII letters to lower case.
    ToLower,
    /// ASCII letters to upper case.
    ToUpper,
    /// Decodes base 64; what is none has no value.
    B64,
    /// What follows the last `/`.
    Basename,
    /// The length of a string in bytes, or of a list.
    Len,
    /// The elements of a list, joined by a separator.
    Join,
    /// Strings, one after the other.
    Concat,
    /// The options of a command line, or the arguments of one.
    GetOpt,
}

impl Transformer {
    /// All but [`Transformer::Val`], in the order in which they are tried.
    pub const ALL: [Self; 8] = [
        Self::ToLower,
        Self::ToUpper,
        Self::B64,
        Self::Basename,
        Self::Len,
        Self::Join,
        Self::Concat,
        Self::GetOpt,
    ];

    /// The spelling.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Val => "val",
            Self::ToLower => "tolower",
            Self::ToUpper => "toupper",
            Self::B64 => "b64",
            Self::Basename => "basename",
            Self::Len => "len",
            Self::Join => "join",
            Self::Concat => "concat",
            Self::GetOpt => "getopt",
        }
    }
}
