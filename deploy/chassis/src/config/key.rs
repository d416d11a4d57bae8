//! The name of one setting: steps through tables and, by number, through lists of tables.

use std::fmt;

/// One step of a [`KeyPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Into the table or the value of this name.
    Name(String),
    /// Into the element at this position, counted from 0.
    Index(usize),
}

/// The path to a setting, such as `api.listen` or `integrations.0.secret`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct KeyPath(pub(super) Vec<Step>);

impl KeyPath {
    /// Reads `integrations.0.secret`; the empty text is the root.
    pub(super) fn dotted(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        Self(text.split('.').map(Step::read).collect())
    }

    /// Reads `INTEGRATIONS__0__SECRET`, the part of a variable's name behind the prefix.
    pub(super) fn variable(text: &str) -> Self {
        Self(
            text.split("__")
                .map(|step| Step::read(&step.to_ascii_lowercase()))
                .collect(),
        )
    }

    /// Writes it as the name of an environment variable.
    pub(super) fn to_variable(&self) -> String {
        let steps: Vec<String> = self
            .0
            .iter()
            .map(|s| s.to_string().to_ascii_uppercase())
            .collect();
        format!("{}{}", super::ENV_PREFIX, steps.join("__"))
    }

    pub(super) fn with_name(&self, name: &str) -> Self {
        self.with(Step::Name(name.to_owned()))
    }

    pub(super) fn with_index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    pub(super) fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The same path within the element that describes all elements of a list: every number is 0.
    pub(super) fn template(&self) -> Self {
        let step = |step: &Step| match step {
            Step::Index(_) => Step::Index(0),
            name @ Step::Name(_) => name.clone(),
        };
        Self(self.0.iter().map(step).collect())
    }

    pub(super) fn parent(&self) -> Self {
        Self(
            self.0
                .split_last()
                .map(|(_, init)| init.to_vec())
                .unwrap_or_default(),
        )
    }

    /// The names in it without the numbers, as the header of a TOML table wants them.
    pub(super) fn names(&self) -> String {
        let names = self.0.iter().filter(|step| matches!(step, Step::Name(_)));
        names.map(ToString::to_string).collect::<Vec<_>>().join(".")
    }

    /// The last name in it; a number has none.
    pub(super) fn last_name(&self) -> Option<&str> {
        match self.0.last() {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    pub(super) fn starts_with(&self, prefix: &Self) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// The elements of lists that it passes through, from the outermost inwards.
    pub(super) fn elements(&self) -> impl Iterator<Item = Self> {
        let ends = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, step)| matches!(step, Step::Index(_)));
        ends.map(|(end, _)| Self(self.0.iter().take(end + 1).cloned().collect()))
    }
}

impl Step {
    fn read(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Index)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(".")?;
            }
            write!(f, "{step}")?;
        }
        Ok(())
    }
}
