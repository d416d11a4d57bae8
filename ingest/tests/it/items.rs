//! Exports read whole and in pieces.

use nightlatch_ingest::{Item, Items};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Reads `text` in pieces that end at `cuts`, as a file is read.
fn in_pieces(text: &[u8], cuts: &[usize]) -> Vec<(bool, Vec<u8>)> {
    let mut found = Vec::new();
    let mut begun = 0;
    let mut rest = Vec::new();
    for end in cuts.iter().copied().chain([text.len()]) {
        rest.extend_from_slice(&text[begun..end]);
        begun = end;
        let piece = std::mem::take(&mut rest);
        for item in Items::new(&piece) {
            match item {
                Item::Incomplete(more) => rest = more.to_vec(),
                Item::Value(value) => found.push((true, value.to_vec())),
                Item::Garbage(line) => found.push((false, line.to_vec())),
            }
        }
    }
    if !rest.is_empty() {
        found.push((false, rest));
    }
    found
}

fn pieces_of_text() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"{\"uuid\":\"a\"}",
        b"{\n  \"x\": [1, 2.5e3, -0],\n  \"y\": \"\\u00e9 \\\" ],[\"\n}",
        b"{\"cut\": ",
        b"{\"cut\": tru",
        b"[",
        b"]",
        b",",
        b"\n",
        b"\r\n",
        b" ",
        b"17",
        b"-",
        b"1.5",
        b"null",
        b"\"text\"",
        b"no json",
        b"\xef\xbb\xbf",
        b"\xff",
        b"}",
        b":",
    ];
    prop::collection::vec(select(pieces), 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn pieces_give_the_same_items_as_the_whole(
        text in pieces_of_text(),
        cuts in prop::collection::vec(any::<Index>(), 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(in_pieces(&text, &cuts), in_pieces(&text, &[]));
    }

    #[test]
    fn nothing_but_what_stands_between_items_is_left_out(text in pieces_of_text()) {
        let kept: Vec<u8> = in_pieces(&text, &[]).into_iter().flat_map(|(_, item)| item).collect();
        let is_between = |byte: &u8| b" \t\r\n,[]\xef\xbb\xbf".contains(byte);
        let essence = |bytes: &[u8]| -> Vec<u8> {
            bytes.iter().copied().filter(|byte| !is_between(byte)).collect()
        };
        prop_assert_eq!(essence(&kept), essence(&text));
    }

    #[test]
    fn values_keep_their_bytes_however_they_are_put_together(
        values in prop::collection::vec(
            select(vec!["{}", "{\"a\":1}", "{ \"b\" :\t[ ] }", "{\"c\":\"},\\n{\"}", "\"d\"", "{\"e\":1e5}"]),
            0..8,
        ),
        separator in select(vec!["\n", ",", " ,\n", "\r\n", "", "\n\n"]),
        is_array in any::<bool>(),
    ) {
        let joined = values.join(separator);
        let text = if is_array { format!("[{joined}]") } else { joined };
        let expected: Vec<_> =
            values.iter().map(|value| (true, value.as_bytes().to_vec())).collect();
        prop_assert_eq!(in_pieces(text.as_bytes(), &[]), expected);
    }
}

#[test]
fn text_that_breaks_far_from_where_it_began_costs_no_more_than_reading_it_a_few_times() {
    // Each line begins a value that breaks at the very end.
    let text = "{\"a\":\n".repeat(400_000) + "x\n{\"uuid\":\"last\"}\n";
    let begun = std::time::Instant::now();
    let items: Vec<_> = Items::new(text.as_bytes()).collect();
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    assert_eq!(items.last(), Some(&Item::Value(b"{\"uuid\":\"last\"}")));
}
