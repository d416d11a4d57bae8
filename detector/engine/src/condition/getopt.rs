//! The transformer `getopt`: the options of a command line, as getopt(3) reads short ones.

use std::borrow::Cow;

/// Reads the options among `arguments`. `known` names them, each followed by `:` when it takes a
/// value. Gives each option, followed by its value if it takes one; `?` for one that is not known.
/// Long options are passed over; the first argument that is no option ends the reading.
pub(super) fn options<'a>(
    arguments: &[Cow<'a, [u8]>],
    known: &[u8],
) -> Vec<(u8, Option<Cow<'a, [u8]>>)> {
    let mut found = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_ref() {
            b"--" | b"-" => break,
            [b'-', b'-', ..] => continue,
            [b'-', ..] => {}
            _ => break,
        }
        for (at, option) in argument.iter().enumerate().skip(1) {
            match kind(*option, known) {
                Kind::Unknown => found.push((b'?', None)),
                Kind::Flag => found.push((*option, None)),
                Kind::Valued => {
                    let attached = argument.get(at + 1..).filter(|value| !value.is_empty());
                    let value = match attached {
                        Some(value) => Some(Cow::Owned(value.to_vec())),
                        None => rest.next().cloned(),
                    };
                    found.push((*option, Some(value.unwrap_or_default())));
                    break;
                }
            }
        }
    }
    found
}

enum Kind {
    Unknown,
    Flag,
    Valued,
}

fn kind(option: u8, known: &[u8]) -> Kind {
    let place = known
        .iter()
        .position(|name| *name == option)
        .filter(|_| option != b':');
    match place.map(|place| known.get(place + 1)) {
        None => Kind::Unknown,
        Some(Some(b':')) => Kind::Valued,
        Some(_) => Kind::Flag,
    }
}
