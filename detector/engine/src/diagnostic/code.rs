//! The register of codes. A code that was released never changes its meaning and is never used
//! again. Each has a page in `codes`, without which this does not compile: its heading is the title.

use super::Severity;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal,)+) => {
        /// What kind of problem a diagnostic tells of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name for ever.
            pub(crate) fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// What it means, with an example, in Markdown.
            fn page(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("codes/", $id, ".md")),)+ }
            }
        }
    };
}

codes! {
    /// The file is not YAML.
    Yaml = "E0001",
    /// The file is not a list of items.
    NotItems = "E0002",
    /// The file, or something in it, is larger than allowed.
    Limit = "E0003",
    /// A value is of another type than is needed.
    WrongType = "E0004",
    /// A key that is needed is missing.
    MissingKey = "E0005",
    /// A value is none of those allowed.
    BadValue = "E0006",
    /// `append` or `override` is used in a way that has no meaning.
    Override = "E0007",
    /// Something is appended to or replaced that does not exist.
    NothingThere = "E0008",
    /// The file needs another version of the language.
    Version = "E0009",
    /// The `policy:` item is misplaced.
    PolicyHeader = "E0010",
    /// An exception of a rule is malformed.
    Exception = "E0011",
    /// A rule changes its source.
    SourceChanged = "E0012",

    /// A condition does not follow the grammar.
    Syntax = "E0101",
    /// A condition is too large once its macros and lists are put in.
    TooLarge = "E0102",
    /// There is no such field.
    UnknownField = "E0103",
    /// A field's argument is missing, not allowed or not readable.
    FieldArgument = "E0104",
    /// An operator does not compare values of this type.
    OperatorType = "E0105",
    /// A value cannot be read as the type it is compared with.
    Literal = "E0106",
    /// A regular expression is invalid.
    Regex = "E0107",
    /// There is no such macro.
    UnknownMacro = "E0108",
    /// A macro uses itself, or a list names itself.
    MacroLoop = "E0109",
    /// A list stands where one value is needed.
    ListAsValue = "E0110",
    /// A transformer is applied to something it does not take.
    Transformer = "E0111",
    /// The two sides of a comparison do not go together.
    RightSide = "E0112",

    /// An output names something that has no value.
    Output = "E0201",

    /// A test is malformed.
    Test = "E0301",

    /// An item of no known kind; it is left out.
    UnknownItem = "W0001",
    /// A key of no known meaning; it is left out.
    UnknownKey = "W0002",
    /// A way of writing that has a better one.
    Deprecated = "W0003",
    /// A rule for another source; it is left out.
    OtherSource = "W0004",
    /// A key is written twice; the first counts.
    DuplicateKey = "W0005",
    /// A name that conditions cannot use.
    InvalidName = "W0006",
    /// An exception without effect, or one that hides another.
    IdleException = "W0007",
    /// A rule that was left out because it names an unknown field, as it asked for.
    SkippedRule = "W0008",

    /// The name of a field stands where a text is compared.
    FieldAsText = "W0101",
    /// A regular expression that a simpler operator can replace.
    SimpleRegex = "W0102",
    /// A macro that nothing uses.
    UnusedMacro = "W0103",
    /// A list that nothing uses.
    UnusedList = "W0104",
    /// A field that never has a value here.
    NeverThere = "W0105",
    /// A comparison that can never hold, or always does.
    Pointless = "W0106",
    /// An event type that Okta does not have.
    UnknownEventType = "W0107",
    /// `!=` on a field that may be absent.
    AbsentNotEqual = "W0108",
    /// A condition that no event satisfies.
    NeverMatches = "W0109",
    /// A condition that every event satisfies.
    AlwaysMatches = "W0110",
    /// Two rules with the same condition.
    SameCondition = "W0111",
    /// An appended condition that groups otherwise than it looks.
    AppendGrouping = "W0112",
    /// A path or a name within events that no event has.
    UnknownPath = "W0113",
    /// A name where a list is wanted that names no list.
    UnknownList = "W0114",

    /// A condition that Falco, which puts lists and exceptions in as text, reads otherwise.
    FalcoDiffers = "W0120",

    /// An output whose field ends earlier than it looks.
    ShortField = "W0201",

    /// A rule that no test asks.
    Untested = "W0301",

    /// A rule about event types that event hooks do not carry.
    SystemLogOnly = "N0101",
    /// A rule that matches only where an earlier one does.
    Implied = "N0102",
}

impl Code {
    /// How bad it is: the code's letter says it.
    pub(crate) fn severity(self) -> Severity {
        match self.id().as_bytes().first() {
            Some(b'E') => Severity::Error,
            Some(b'W') => Severity::Warning,
            _ => Severity::Note,
        }
    }
}

/// Returns what a code means, with an example and its remedy, in Markdown.
pub fn code_page(code: &str) -> Option<&'static str> {
    let known = Code::ALL.iter().find(|known| known.id() == code)?;
    Some(known.page())
}

/// Returns all codes, each with its title.
pub fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    Code::ALL.iter().map(|code| (code.id(), title(*code)))
}

/// The heading of a code's page without the code itself.
fn title(code: Code) -> &'static str {
    let heading = code.page().lines().next().unwrap_or_default();
    heading.split_once(": ").map_or(heading, |(_, title)| title)
}
