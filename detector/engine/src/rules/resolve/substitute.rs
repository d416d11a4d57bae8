//! Lists put into the text of a condition, as Falco does it before it parses: a name is replaced
//! wherever blanks or punctuation stand around it, within quotes, too.
//!
//! A strict file is read this way. For others it tells where Falco would read something else.

use std::collections::BTreeSet;

use super::super::merge::List;
use super::super::text::Text;

/// How long a text may become, in bytes.
const MAX_BYTES: usize = 1 << 20;

const BLANKS: [u8; 4] = *b" \t\n\r";
const PUNCTUATION: [u8; 4] = *b"(),=";

/// A list as the text that takes the place of its name.
#[derive(Debug)]
pub(super) struct Substitution {
    name: String,
    items: String,
}

/// The texts of lists. An item that names an earlier list stands for the items of that one, which
/// are not looked at again.
pub(super) fn of(lists: &[List]) -> Vec<Substitution> {
    let named = |name: &str, sees: usize| {
        let known = lists.iter().take(sees);
        known.into_iter().find(|list| list.name.value == name)
    };
    let items = |list: &List| {
        let items = list.items.iter().flat_map(|item| {
            let inner = named(&item.value, list.sees).map(|inner| inner.items.as_slice());
            inner.unwrap_or(std::slice::from_ref(item))
        });
        let items: Vec<String> = items.map(|item| quoted(&item.value)).collect();
        items.join(", ")
    };
    lists
        .iter()
        .map(|list| Substitution {
            name: list.name.value.clone(),
            items: items(list),
        })
        .collect()
}

/// An item in quotes when it has a blank and none around it.
pub(in crate::rules) fn quoted(item: &str) -> String {
    if item.contains(' ') && !item.starts_with(['"', '\'']) {
        format!("\"{item}\"")
    } else {
        item.to_owned()
    }
}

/// Puts all lists into a text, one after the other; tells which were there. `None` when the text
/// becomes too long.
pub(super) fn substitute(
    text: &Text,
    lists: &[Substitution],
    used: &mut BTreeSet<String>,
) -> Option<Text> {
    let mut text = text.clone();
    for list in lists {
        if !list.name.is_empty() && text.value.contains(&list.name) {
            list.put_into(&mut text, used)?;
        }
    }
    Some(text)
}

impl Substitution {
    fn put_into(&self, text: &mut Text, used: &mut BTreeSet<String>) -> Option<()> {
        let mut at = 0;
        while let Some(found) = text.value.get(at..).and_then(|rest| rest.find(&self.name)) {
            let start = at + found;
            at = match self.around(&text.value, start) {
                Some((from, to)) => {
                    let before = if from > 0 { " " } else { "" };
                    let words = format!("{before}{} ", self.items);
                    let named = start..start + self.name.len();
                    *text = text.replaced(from..to, &words, named);
                    used.insert(self.name.clone());
                    if text.value.len() > MAX_BYTES {
                        return None;
                    }
                    // Where Falco goes on, which at the start of a text is a byte further on.
                    from + self.items.len() + 2
                }
                None => start + 1,
            };
            while !text.value.is_char_boundary(at.min(text.value.len())) {
                at += 1;
            }
        }
        Some(())
    }

    /// What the items take the place of: the name with the blanks around it, and for a list without
    /// items one comma beside it. `None` when more than the name stands there.
    fn around(&self, text: &str, start: usize) -> Option<(usize, usize)> {
        let text = text.as_bytes();
        let ends = |byte: &u8| BLANKS.contains(byte) || PUNCTUATION.contains(byte);
        let is_blank = |byte: &u8| BLANKS.contains(byte);
        let (before, after) = (text.get(..start)?, text.get(start + self.name.len()..)?);
        if !before.last().is_none_or(ends) || !after.first().is_none_or(ends) {
            return None;
        }
        let left = before
            .iter()
            .rev()
            .take_while(|byte| is_blank(byte))
            .count();
        let right = after.iter().take_while(|byte| is_blank(byte)).count();
        let (mut from, mut to) = (start - left, start + self.name.len() + right);
        if self.items.is_empty() {
            if from > 0 && text.get(from - 1) == Some(&b',') {
                from -= 1;
            } else if text.get(to) == Some(&b',') {
                to += 1;
            }
        }
        Some((from, to))
    }
}
