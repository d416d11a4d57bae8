//! Regular expressions in Falco's dialect: RE2's POSIX syntax, matched as a whole.
//!
//! The dialect is smaller than that of the regex library and means some characters differently, so
//! a pattern is read here and written for the library.

use regex::bytes::{Regex, RegexBuilder};

use super::lex::is_bare;

/// How large a compiled expression may be, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// The most repetitions that RE2 allows.
const MAX_REPEAT: u32 = 1000;

/// Compiles a pattern; the error is for people.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let pattern = format!("\\A(?:{})\\z", translate(pattern)?);
    // Text may hold anything, so that a byte that is not UTF-8 was read as U+FFFD before.
    RegexBuilder::new(&pattern)
        .multi_line(true)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            error => last_line(&error.to_string()),
        })
}

/// Tells whether a pattern has no special character but at its ends, so that a simpler operator
/// would do.
pub(super) fn is_simple(pattern: &str) -> bool {
    let middle = pattern
        .trim_start_matches(['^', '.', '*', '+', '?'])
        .trim_end_matches(['$', '.', '*', '+', '?']);
    !middle.contains([
        '\\', '.', '+', '*', '?', '(', ')', '[', ']', '{', '}', '|', '^', '$',
    ])
}

/// Writes the comparison that says the same as a pattern which is nothing but text, with anything
/// before or behind it, or a choice between texts.
pub(super) fn simpler(pattern: &str) -> Option<String> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = match inner.strip_suffix('$') {
        Some(rest) if !rest.ends_with('\\') => rest,
        _ => inner,
    };
    if inner == ".*" {
        return None;
    }
    let (before, inner) = match inner.strip_prefix(".*") {
        Some(rest) => (true, rest),
        None => (false, inner),
    };
    let (behind, inner) = match inner.strip_suffix(".*") {
        Some(rest) if !rest.ends_with('\\') => (true, rest),
        _ => (false, inner),
    };
    let choice = inner
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    if let Some(texts) = choices(choice.unwrap_or(inner)).filter(|texts| texts.len() > 1) {
        // Without parentheses, what stands before or behind is part of a choice.
        let list = texts.join(", ");
        return match (before, behind) {
            (false, false) => Some(format!("in ({list})")),
            _ if choice.is_none() => None,
            (true, true) => Some(format!("contains anyof ({list})")),
            (false, true) => Some(format!("startswith anyof ({list})")),
            (true, false) => Some(format!("endswith anyof ({list})")),
        };
    }
    let text = choices(inner)?.pop()?;
    Some(match (before, behind) {
        (false, false) => format!("= {text}"),
        (true, true) => format!("contains {text}"),
        (false, true) => format!("startswith {text}"),
        (true, false) => format!("endswith {text}"),
    })
}

/// The texts between bars, each as a condition writes it; `None` when one is more than text.
fn choices(pattern: &str) -> Option<Vec<String>> {
    let mut texts = vec![String::new()];
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        let c = match c {
            '|' => {
                texts.push(String::new());
                continue;
            }
            '\\' => rest
                .next()
                .filter(|c| c.is_ascii_punctuation() && *c != '_')?,
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            c => c,
        };
        texts.last_mut()?.push(c);
    }
    let quoted = |text: String| {
        let plain = !text.is_empty() && !text.contains(['\\', '"']);
        plain.then(|| {
            if is_bare(&text) {
                text
            } else {
                format!("\"{text}\"")
            }
        })
    };
    texts.into_iter().map(quoted).collect()
}

/// What to write instead of what the dialect does not have.
pub(super) fn instead(pattern: &str) -> Option<&'static str> {
    let table = [
        ("\\d", "write `[0-9]` for a digit"),
        ("\\w", "write `[0-9A-Za-z_]` for a character of a word"),
        ("\\s", "write `[[:space:]]` for a blank"),
        ("\\b", "the dialect has no word boundaries"),
        (
            "(?i)",
            "compare with tolower(…) to take upper and lower case alike",
        ),
        ("(?:", "write a plain `(`"),
        (
            "(?",
            "this is POSIX's dialect, in which `(` begins a plain group",
        ),
    ];
    let found = table.into_iter().find(|(sign, _)| pattern.contains(sign));
    found.map(|(_, instead)| instead)
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut translated = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut translated)?,
            '[' => set(&mut rest, &mut translated)?,
            '(' if rest.as_str().starts_with('?') => {
                return Err("`(?` is not part of the dialect".to_owned());
            }
            '{' => repeat(&mut rest, &mut translated)?,
            c => translated.push(c),
        }
    }
    Ok(translated)
}

fn escape(rest: &mut std::str::Chars<'_>, translated: &mut String) -> Result<(), String> {
    let c = rest.next().ok_or("it ends in a backslash")?;
    match c {
        'x' if rest.as_str().starts_with('{') => {
            let (code, tail) = rest.as_str().split_once('}').ok_or("a `}` is missing")?;
            translated.extend(["\\x", code, "}"]);
            *rest = tail.chars();
        }
        'x' | 'n' | 'r' | 't' | 'f' | 'v' | 'a' => {
            translated.push('\\');
            translated.push(c);
        }
        '0'..='7' => {
            // Octal, up to three digits; a single one to nine would be a back reference.
            let digits: String = std::iter::once(c)
                .chain(
                    rest.as_str()
                        .chars()
                        .take(2)
                        .take_while(|c| ('0'..='7').contains(c)),
                )
                .collect();
            if c != '0' && digits.len() == 1 {
                return Err(format!("invalid escape \\{c}"));
            }
            *rest = rest
                .as_str()
                .get(digits.len() - 1..)
                .unwrap_or_default()
                .chars();
            let code = u32::from_str_radix(&digits, 8).map_err(|error| error.to_string())?;
            translated.extend(["\\x{", &format!("{code:x}"), "}"]);
        }
        c if c.is_ascii_punctuation() => {
            if c != '_' {
                translated.push('\\');
            }
            translated.push(c);
        }
        c => {
            let help = match c {
                'd' => ", write [0-9]",
                'w' => ", write [0-9A-Za-z_]",
                's' => ", write [[:space:]]",
                _ => "",
            };
            return Err(format!("invalid escape \\{c}{help}"));
        }
    }
    Ok(())
}

/// Reads a set in brackets; within it only `\`, `]`, `^`, `-` and `[:` are special, as in RE2.
fn set(rest: &mut std::str::Chars<'_>, translated: &mut String) -> Result<(), String> {
    translated.push('[');
    if rest.as_str().starts_with('^') {
        rest.next();
        translated.push('^');
    }
    let mut first = true;
    loop {
        let class = rest
            .as_str()
            .strip_prefix("[:")
            .and_then(|tail| tail.split_once(":]"));
        if let Some((name, tail)) = class {
            translated.extend(["[:", name, ":]"]);
            *rest = tail.chars();
            first = false;
            continue;
        }
        match rest.next().ok_or("a `]` is missing")? {
            ']' if !first => break,
            '\\' => escape(rest, translated)?,
            '-' if !first && !rest.as_str().starts_with([']', '-']) => translated.push('-'),
            c @ ('[' | ']' | '&' | '~' | '-' | '^') => {
                translated.push('\\');
                translated.push(c);
            }
            c => translated.push(c),
        }
        first = false;
    }
    translated.push(']');
    Ok(())
}

/// Reads `{2}`, `{2,}` or `{2,3}`; any other brace is itself.
fn repeat(rest: &mut std::str::Chars<'_>, translated: &mut String) -> Result<(), String> {
    let text = rest.as_str();
    let counts = text.split_once('}').map(|(counts, _)| counts);
    let is_counts = |counts: &&str| {
        let (least, most) = counts.split_once(',').unwrap_or((counts, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        !least.is_empty() && digits(least) && digits(most)
    };
    let Some(counts) = counts.filter(is_counts) else {
        translated.push_str("\\{");
        return Ok(());
    };
    for count in counts.split(',').filter(|count| !count.is_empty()) {
        if count
            .parse::<u32>()
            .map_or(true, |count| count > MAX_REPEAT)
        {
            return Err(format!("more than {MAX_REPEAT} repetitions"));
        }
    }
    translated.extend(["{", counts, "}"]);
    *rest = rest
        .as_str()
        .get(counts.len() + 1..)
        .unwrap_or_default()
        .chars();
    Ok(())
}

/// The library draws its errors over several lines; the last one says what is wrong.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
