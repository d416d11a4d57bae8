//! Files of what is filtered: CSV for spreadsheets and NDJSON for programs, written as they are read,
//! a page at a time.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Pieces on their way to a client.
const IN_FLIGHT: usize = 4;
/// What a spreadsheet would take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Ndjson,
}

impl Format {
    /// Reads its name.
    pub(crate) fn read(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            _ => None,
        }
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

/// Where the pieces of a file go. Nobody takes them any more when sending fails.
pub(crate) type Pieces = mpsc::Sender<Result<Bytes, io::Error>>;

/// Returns a file that is written by who has the pieces' other end.
pub(crate) fn file(name: &str, format: Format) -> (Pieces, Response) {
    let (pieces, received) = mpsc::channel(IN_FLIGHT);
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.extension());
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    let body = Body::from_stream(ReceiverStream::new(received));
    (pieces, (headers, body).into_response())
}

/// Adds a line of CSV (RFC 4180). A value that a spreadsheet would take for a formula gets an
/// apostrophe in front; it is text then.
pub(crate) fn csv_line<'a>(text: &mut String, values: impl IntoIterator<Item = &'a str>) {
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push('"');
        if value.trim_start().starts_with(FORMULA) || value.starts_with(FORMULA) {
            text.push('\'');
        }
        text.push_str(&value.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(values: &[&str]) -> String {
        let mut text = String::new();
        csv_line(&mut text, values.iter().copied());
        text
    }

    #[test]
    fn formulas_are_text_and_quotes_are_doubled() {
        assert_eq!(line(&["a", "=1+1"]), "\"a\",\"'=1+1\"\r\n");
        assert_eq!(line(&[" -x", "\t=x"]), "\"' -x\",\"'\t=x\"\r\n");
        assert_eq!(line(&["say \"hi\", you"]), "\"say \"\"hi\"\", you\"\r\n");
        assert_eq!(line(&["", "a\nb"]), "\"\",\"a\nb\"\r\n");
    }

    proptest! {
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
