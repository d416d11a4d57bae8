//! The one table that is printed.

use std::io::{self, Write};

/// A figure.
#[derive(Debug)]
pub(crate) struct Row {
    figure: String,
    value: String,
    /// What it is compared with, or what else belongs to it.
    beside: String,
    aim: Option<Aim>,
}

#[derive(Debug)]
struct Aim {
    text: String,
    is_met: bool,
}

impl Row {
    pub(crate) fn new(figure: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            figure: figure.into(),
            value: value.into(),
            beside: String::new(),
            aim: None,
        }
    }

    /// A part that could not be measured.
    pub(crate) fn failed(error: &anyhow::Error) -> Self {
        Self::new("NOT MEASURED", "").beside(format!("{error:#}"))
    }

    pub(crate) fn beside(mut self, text: impl Into<String>) -> Self {
        self.beside = text.into();
        self
    }

    /// Sets an aim that `value` meets when it is not above `most`.
    pub(crate) fn at_most(mut self, value: f64, most: f64, unit: &str) -> Self {
        self.aim = Some(Aim {
            text: format!("≤ {most} {unit}"),
            is_met: value <= most,
        });
        self
    }

    /// Sets an aim that `value` meets when it is not below `least`.
    pub(crate) fn at_least(mut self, value: f64, least: f64, unit: &str) -> Self {
        let number = if least < 10.0 {
            least.to_string()
        } else {
            thousands(least)
        };
        let text = format!("≥ {number} {unit}");
        self.aim = Some(Aim {
            text,
            is_met: value >= least,
        });
        self
    }
}

/// All figures, by part.
#[derive(Debug, Default)]
pub(crate) struct Table {
    parts: Vec<(&'static str, Vec<Row>)>,
}

impl Table {
    pub(crate) fn part(&mut self, heading: &'static str, rows: Vec<Row>) {
        self.parts.push((heading, rows));
    }

    pub(crate) fn print(&self, scale: &str) {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut text = format!("\nNightlatch figures ({scale}), {cores} cores\n");
        text += &line("", "measured", "beside", "aim", "");
        for (heading, rows) in &self.parts {
            text.extend(["\n", heading, "\n"]);
            for row in rows {
                let (aim, verdict) = match &row.aim {
                    Some(aim) => (aim.text.as_str(), if aim.is_met { "ok" } else { "miss" }),
                    None => ("", ""),
                };
                text += &line(&row.figure, &row.value, &row.beside, aim, verdict);
            }
        }
        write(&mut io::stdout().lock(), &text);
    }
}

fn line(figure: &str, value: &str, beside: &str, aim: &str, verdict: &str) -> String {
    let line = format!("  {figure:<50} {value:>22}  {beside:<44} {aim:<18} {verdict}");
    format!("{}\n", line.trim_end())
}

/// Says on stderr how far it is.
pub(crate) fn progress(text: &str) {
    write(&mut io::stderr().lock(), &format!("{text}\n"));
}

fn write(stream: &mut impl Write, text: &str) {
    // When nobody reads it there is nobody to tell.
    drop(
        stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush()),
    );
}

/// Returns a number as `152,300`.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
