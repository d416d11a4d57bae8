//! Ids are functions of what they name.

use nightlatch_schemas::{event_uuid, integration_id, runtime_event_id};

#[test]
fn ids_never_change_between_releases() {
    assert_eq!(
        integration_id("00o1").to_string(),
        "a1b4df77-312c-5aed-8c17-b7a815e020c0"
    );
    assert_eq!(
        event_uuid("{}").to_string(),
        "53ed7c60-f591-53fb-a164-c5185e69ff0c"
    );
    assert_eq!(
        runtime_event_id("i", "p", "r", "c").to_string(),
        "eb93091f-b5cf-588a-a65f-081c4e9b0d83"
    );
}

#[test]
fn parts_that_read_alike_together_make_different_ids() {
    assert_ne!(
        runtime_event_id("i", "ab", "c", "d"),
        runtime_event_id("i", "a", "bc", "d")
    );
    assert_ne!(
        runtime_event_id("", "i", "a", "b"),
        runtime_event_id("i", "", "a", "b")
    );
}
