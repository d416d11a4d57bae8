//! Places in a trace: W3C Trace Context, level 1.

use std::collections::BTreeSet;

use nightlatch_schemas::TraceParent;

const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn parse(text: &str) -> Option<TraceParent> {
    TraceParent::parse(text.as_bytes())
}

#[test]
fn what_is_read_is_written_again_as_it_was() {
    for text in [
        GOOD,
        "00-00000000000000000000000000000001-0000000000000001-00",
        "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01",
    ] {
        assert_eq!(parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn only_the_flag_that_is_known_is_passed_on() {
    let text = GOOD.replace("-01", "-ff");
    assert_eq!(parse(&text).unwrap().to_string(), GOOD);
    let text = GOOD.replace("-01", "-fe");
    assert!(parse(&text).unwrap().to_string().ends_with("-00"));
}

#[test]
fn of_a_later_version_the_known_part_is_read() {
    for later in [
        GOOD.replacen("00-", "01-", 1),
        GOOD.replacen("00-", "fe-", 1) + "-what-is-to-come",
    ] {
        assert_eq!(parse(&later).unwrap().to_string(), GOOD, "{later}");
    }
}

#[test]
fn what_w3c_forbids_is_no_traceparent() {
    let zero_trace = GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32));
    let zero_span = GOOD.replace("00f067aa0ba902b7", &"0".repeat(16));
    for bad in [
        String::new(),
        GOOD.trim_end_matches('1').to_owned(),
        format!("{GOOD}0"),
        format!("{GOOD}-more"),
        format!(" {GOOD}"),
        GOOD.to_uppercase(),
        GOOD.replacen("00-", "ff-", 1),
        GOOD.replacen("00-", "0x-", 1),
        GOOD.replacen("00-", "01-", 1) + "more",
        GOOD.replace('-', "_"),
        GOOD.replace("4bf", "+bf"),
        GOOD.replace("-01", "-0g"),
        GOOD.replace("4b", "é"),
        zero_trace,
        zero_span,
    ] {
        assert_eq!(parse(&bad), None, "{bad}");
    }
    // Not even text.
    assert_eq!(TraceParent::parse(&[0xff; 55]), None);
}

#[test]
fn a_child_has_the_trace_and_the_flags_and_a_span_of_its_own() {
    let parent = parse(&GOOD.replace("-01", "-00")).unwrap();
    let child = parent.child().to_string();
    let parts: Vec<&str> = child.split('-').collect();
    assert_eq!(parts[1], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_ne!(parts[2], "00f067aa0ba902b7");
    assert_eq!(parts[3], "00");
    assert_eq!(parse(&child).unwrap().to_string(), child);
}

#[test]
fn traces_that_begin_here_are_sampled_valid_and_all_different() {
    let begun: BTreeSet<String> = (0..1000)
        .map(|_| TraceParent::begin().to_string())
        .collect();
    assert_eq!(begun.len(), 1000);
    for text in begun {
        assert!(text.ends_with("-01"), "{text}");
        assert_eq!(parse(&text).unwrap().to_string(), text);
    }
}
