//! The one writer of standard output. A reader that goes away ends the command quietly.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::arguments::Colour;

/// How severe things look.
pub(crate) const HIGH: Style = AnsiColor::BrightRed.on_default().bold();
pub(crate) const MEDIUM: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const LOW: Style = AnsiColor::Cyan.on_default();
pub(crate) const INFO: Style = AnsiColor::BrightBlack.on_default();
pub(crate) const TITLE: Style = AnsiColor::Green.on_default().bold();

/// How added and removed lines look.
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();

/// How the label of a severity looks.
pub(crate) fn of_severity(label: &str) -> Style {
    match label {
        "High" => HIGH,
        "Medium" => MEDIUM,
        "Low" => LOW,
        _ => INFO,
    }
}

/// How standard output is written: in colour when a person reads it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    colour: bool,
}

impl Terminal {
    pub(crate) fn stdout() -> Self {
        Self {
            colour: io::stdout().is_terminal(),
        }
    }

    /// As a person wants it who says so.
    pub(crate) fn coloured(colour: Colour) -> Self {
        match colour {
            Colour::Auto => Self::stdout(),
            Colour::Always => Self { colour: true },
            Colour::Never => Self::plain(),
        }
    }

    /// Without colour.
    pub(crate) fn plain() -> Self {
        Self { colour: false }
    }

    pub(crate) fn is_coloured(self) -> bool {
        self.colour
    }

    /// Returns `text` in a style, or as it is when nobody would see the colour.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if self.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// Prints a line; false when nobody reads any more.
pub(crate) fn print_line(text: &str) -> bool {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .is_ok()
}

/// Prints a text as it is; false when nobody reads any more.
pub(crate) fn print(text: &str) -> bool {
    let mut stdout = io::stdout().lock();
    write!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .is_ok()
}

/// Makes text from outside fit for a terminal: control characters are shown, not obeyed.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let escaped: Box<dyn Iterator<Item = char>> = if character.is_control() {
                Box::new(character.escape_default())
            } else {
                Box::new(std::iter::once(character))
            };
            escaped
        })
        .collect()
}

/// Prints a JSON document.
pub(crate) fn print_json(document: &serde_json::Value) -> ExitCode {
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    if print_line(&text) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Says on standard error why a command failed.
pub(crate) fn complain(error: &dyn std::fmt::Display) -> ExitCode {
    // Nobody else could be told.
    drop(writeln!(io::stderr().lock(), "error: {error:#}"));
    ExitCode::FAILURE
}
