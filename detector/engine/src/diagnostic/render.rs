//! Draws a diagnostic the way compilers do.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Diagnostic, Severity};

pub(super) fn render(diagnostic: &Diagnostic, source: &str, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let span = AnnotationKind::Primary.span(bytes(diagnostic, source));
    let snippet = Snippet::source(source)
        .path(diagnostic.file.as_str())
        .annotation(span);
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// The place in bytes of the source; its end where the source is not the text that was diagnosed.
fn bytes(diagnostic: &Diagnostic, source: &str) -> std::ops::Range<usize> {
    let above = diagnostic.line.saturating_sub(1);
    let left = diagnostic.column.saturating_sub(1);
    let before: usize = source.split_inclusive('\n').take(above).map(str::len).sum();
    let line = source.split_inclusive('\n').nth(above).unwrap_or_default();
    let width = |chars: usize| line.chars().take(chars).map(char::len_utf8).sum::<usize>();
    let start = width(left);
    let end = width(left.saturating_add(diagnostic.length));
    before + start..before + end
}
