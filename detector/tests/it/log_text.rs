//! What the detector writes to the log, of all tests together.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Text {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

static TEXT: OnceLock<Text> = OnceLock::new();

/// Begins to listen; before anything is written that the test asks for.
pub(crate) fn listen() {
    TEXT.get_or_init(|| {
        let text = Text::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(text.clone())
            .with_ansi(false);
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
        text
    });
}

/// Returns the lines with `part` so far.
pub(crate) fn lines_with(part: &str) -> Vec<String> {
    let text = TEXT
        .get()
        .unwrap()
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let text = String::from_utf8(text).unwrap();
    text.lines()
        .filter(|line| line.contains(part))
        .map(str::to_owned)
        .collect()
}
