//! Files of what is filtered: CSV for spreadsheets and NDJSON for programs, written page by page while
//! the client reads, so that the memory it takes does not grow with the file.

use std::io;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use nightlatch_chassis::http::Problem;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::feed::parameter::FORMAT;
use crate::list::{Place, Query};
use crate::store::StoreError;

/// Events read at once.
pub(crate) const PAGE: usize = 100;
/// Pages on their way to a client.
const IN_FLIGHT: usize = 2;
/// What a spreadsheet would take for the beginning of a formula, in full width too.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Ndjson,
}

/// Events, newest first, and the place of the last one when there are more.
pub(crate) type Page<E> = (Vec<E>, Option<Place>);

/// What a file consists of.
pub(crate) struct Rows<E> {
    /// The names of the columns of CSV.
    pub(crate) columns: &'static [&'static str],
    /// An event's cells, one for each column.
    pub(crate) cells: fn(&E) -> Vec<String>,
    /// An event as JSON.
    pub(crate) json: fn(E) -> serde_json::Result<String>,
}

impl Format {
    const NAMES: [(&'static str, Self); 2] = [("csv", Self::Csv), ("ndjson", Self::Ndjson)];

    /// Reads the format that a query asks for.
    pub(crate) fn of(query: &Query<'_>) -> Result<Self, Problem> {
        let name = query.text(&FORMAT).unwrap_or_default();
        let format = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        let problem = || FORMAT.malformed(1, &format!("{name:?} is no format"));
        format.map(|(_, format)| format).ok_or_else(problem)
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// Returns a file that goes on, after its first page, with what `read` returns. When that fails the
/// file breaks off with an error, so that nobody takes it for whole.
pub(crate) fn file<E, F>(
    name: &str,
    format: Format,
    rows: Rows<E>,
    first: Page<E>,
    read: impl Fn(Place) -> F + Send + 'static,
) -> Response
where
    E: Send + 'static,
    F: Future<Output = Result<Page<E>, StoreError>> + Send + 'static,
{
    let (pages, body) = mpsc::channel(IN_FLIGHT);
    tokio::spawn(write(format, rows, first, read, pages));
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.extension());
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, Body::from_stream(ReceiverStream::new(body))).into_response()
}

/// Sends pages until there are no more, or nobody takes them.
async fn write<E, F>(
    format: Format,
    rows: Rows<E>,
    first: Page<E>,
    read: impl Fn(Place) -> F,
    pages: mpsc::Sender<io::Result<String>>,
) where
    F: Future<Output = Result<Page<E>, StoreError>>,
{
    let mut text = String::new();
    if format == Format::Csv {
        csv_line(&mut text, rows.columns);
    }
    let mut page = Ok(first);
    loop {
        let next = page.and_then(|(events, next)| {
            let mut events = events.into_iter();
            let written = events.try_for_each(|event| rows.write(format, &mut text, event));
            written.map(|()| next).map_err(StoreError::from)
        });
        let (part, next) = match next {
            Ok(next) => (Ok(std::mem::take(&mut text)), next),
            Err(error) => {
                tracing::warn!(%error, "an export breaks off");
                (Err(io::Error::other("the export breaks off")), None)
            }
        };
        let is_taken = pages.send(part).await.is_ok();
        match next.filter(|_| is_taken) {
            Some(next) => page = read(next).await,
            None => return,
        }
    }
}

impl<E> Rows<E> {
    fn write(&self, format: Format, text: &mut String, event: E) -> serde_json::Result<()> {
        match format {
            Format::Csv => csv_line(text, &(self.cells)(&event)),
            Format::Ndjson => {
                text.push_str(&(self.json)(event)?);
                text.push('\n');
            }
        }
        Ok(())
    }
}

/// Adds a line of CSV (RFC 4180). A value that a spreadsheet would take for a formula gets an
/// apostrophe in front; it is text then.
fn csv_line(text: &mut String, values: &[impl AsRef<str>]) {
    for (at, value) in values.iter().enumerate() {
        let value = value.as_ref();
        if at > 0 {
            text.push(',');
        }
        text.push('"');
        if is_formula(value) {
            text.push('\'');
        }
        text.push_str(&value.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

/// Whether a spreadsheet would work a value out: some leave white space before it out.
fn is_formula(value: &str) -> bool {
    value.starts_with(FORMULA) || value.trim_start().starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(values: &[&str]) -> String {
        let mut text = String::new();
        csv_line(&mut text, values);
        text
    }

    #[test]
    fn formulas_are_disarmed_and_quotes_doubled() {
        for formula in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", " -x",
        ] {
            assert_eq!(line(&[formula]), format!("\"'{formula}\"\r\n"));
        }
        assert_eq!(
            line(&["a \"b\", c\nd", ""]),
            "\"a \"\"b\"\", c\nd\",\"\"\r\n"
        );
    }

    proptest! {
        #[test]
        fn a_value_is_as_it_was_but_for_the_apostrophe_of_a_formula(value in "['=+ ]{0,3}\\PC*") {
            let text = line(&[&value]);
            let inner = text.strip_prefix('"').unwrap().strip_suffix("\"\r\n").unwrap();
            let read = inner.replace("\"\"", "\"");
            prop_assert!(!is_formula(&read));
            let apostrophe = if is_formula(&value) { "'" } else { "" };
            prop_assert_eq!(read, format!("{apostrophe}{value}"));
        }

        #[test]
        fn no_value_leaves_its_cell(values in proptest::collection::vec("\\PC{0,12}|[\",\r\n=]{0,6}", 1..4)) {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            let text = line(&values);
            // Between quotes there are only doubled ones.
            let inside = text.trim_end_matches("\r\n").replace("\"\"", "");
            prop_assert!(inside.matches('"').count() <= values.len() * 2);
        }
    }
}
