//! What can be wrong with the configuration, and where it came from.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The defaults file of a crate, which is also its documentation.
    Default {
        /// The name of the defaults file, such as `chassis`.
        name: &'static str,
        /// Its line, counted from 1.
        line: usize,
    },
    /// The configuration file.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// Its line, counted from 1; 0 when the file as a whole is meant.
        line: usize,
    },
    /// An environment variable.
    Env {
        /// The variable's name.
        variable: String,
    },
    /// A flag of the command line.
    Flag {
        /// The key as it was typed.
        key: String,
    },
    /// No source gave a value.
    Nowhere,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default { name, line } => write!(f, "defaults of {name}, line {line}"),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Env { variable } => write!(f, "environment variable {variable}"),
            Self::Flag { key } => write!(f, "--set {key}"),
            Self::Nowhere => write!(f, "not set"),
        }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The dotted key, or empty when a source as a whole is meant.
    pub key: String,
    /// Where the value came from.
    pub origin: Origin,
    /// What is wrong. Never holds the value of a secret.
    pub problem: String,
    /// What to do about it; may be empty.
    pub advice: String,
}

impl ConfigError {
    /// An error about `key` as `origin` gave it.
    pub fn new(key: impl Into<String>, origin: Origin, problem: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            origin,
            problem: problem.into(),
            advice: String::new(),
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&one_line(&self.problem))?;
        if !self.advice.is_empty() {
            write!(f, "; {}", one_line(&self.advice))?;
        }
        Ok(())
    }
}

/// Control characters come from the input; they would break the line or the terminal.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect()
}

/// Everything that is wrong with the configuration.
///
/// Prints one error a line. A program that gets it ends with
/// [`EXIT_USAGE`](crate::process::EXIT_USAGE).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// The errors, never none once this has been returned.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one.
    pub fn push(&mut self, error: ConfigError) {
        self.0.push(error);
    }

    /// Adds those of `other`: a service collects the errors of all of its sections this way.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Takes the value out of `result`, or keeps its errors.
    pub fn take<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(errors) => {
                self.extend(errors);
                None
            }
        }
    }
}

impl ConfigErrors {
    /// Puts them in the order of the sources, those of a file in the order of its lines.
    pub(super) fn sort(&mut self) {
        self.0.sort_by_key(|error| match error.origin {
            Origin::Default { line, .. } => (0, line),
            Origin::File { line, .. } => (1, line),
            Origin::Env { .. } => (2, 0),
            Origin::Flag { .. } => (3, 0),
            Origin::Nowhere => (4, 0),
        });
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
