//! Ids of an outside registry. They hold for a whole process, so each test is one.

use std::process::Command;

use nightlatch_schemas::{
    AdoptError, CodecError, OktaEvent, RuntimeEvent, adopt, decode, encode, locked, registered,
    schema_of,
};

use crate::wire::event;

/// Runs the ignored test `part` of this module as a process of its own.
fn alone(part: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("adoption::{part}"), "--ignored"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

/// One id a schema, beginning with `first`.
fn ids(first: u32) -> Vec<u32> {
    (first..).take(locked().len()).collect()
}

/// The same record under the id of the lock file.
fn with_lock_id(mut record: Vec<u8>, subject: &str) -> Vec<u8> {
    let newest = locked().iter().rfind(|it| it.subject == subject).unwrap();
    record[1..5].copy_from_slice(&newest.id.to_be_bytes());
    record
}

#[test]
fn records_are_written_with_adopted_ids_and_read_with_those_of_the_lock_file_too() {
    alone("part_that_adopts");
}

#[test]
#[ignore = "a process of its own"]
fn part_that_adopts() {
    let adopted = ids(1_000_000);
    adopt(&adopted).unwrap();
    let in_use: Vec<u32> = registered().iter().map(|it| it.id).collect();
    assert_eq!(in_use, adopted);
    let record = encode(&event()).unwrap();
    let id = u32::from_be_bytes(record[1..5].try_into().unwrap());
    let written = schema_of(id).unwrap();
    assert!(adopted.contains(&id) && written.subject == "okta.events-value");
    assert_eq!(decode::<OktaEvent>(&record), Ok(event()));
    let older = with_lock_id(record, "okta.events-value");
    assert_eq!(decode::<OktaEvent>(&older), Ok(event()));
    assert_eq!(schema_of(1).unwrap().subject, "okta.events-value");
    assert_eq!(schema_of(77), None);
    assert_eq!(adopt(&adopted), Ok(()), "the same ids once more");
    assert_eq!(adopt(&ids(7)), Err(AdoptError::InUse));
}

#[test]
fn where_ids_collide_those_of_the_registry_win() {
    alone("part_that_collides");
}

#[test]
#[ignore = "a process of its own"]
fn part_that_collides() {
    // As an empty registry gives them to who registers the other way round.
    let mut adopted: Vec<u32> = locked().iter().map(|it| it.id).collect();
    adopted.reverse();
    adopt(&adopted).unwrap();
    let record = encode(&event()).unwrap();
    assert_eq!(decode::<OktaEvent>(&record), Ok(event()));
    let id = u32::from_be_bytes(record[1..5].try_into().unwrap());
    assert_eq!(schema_of(id).unwrap().subject, "okta.events-value");
    // A record of one topic is none of the other, whatever its id.
    assert!(decode::<RuntimeEvent>(&record).is_err());
}

#[test]
fn once_a_record_was_written_or_read_it_is_too_late() {
    alone("part_that_is_late");
}

#[test]
#[ignore = "a process of its own"]
fn part_that_is_late() {
    assert_eq!(
        decode::<OktaEvent>(&[0, 0, 0, 3, 231]),
        Err(CodecError::UnknownSchema(999))
    );
    assert_eq!(adopt(&ids(100)), Err(AdoptError::InUse));
    let same: Vec<u32> = locked().iter().map(|it| it.id).collect();
    assert_eq!(adopt(&same), Ok(()));
}

#[test]
fn ids_that_do_not_fit_are_refused_and_change_nothing() {
    alone("part_that_refuses");
}

#[test]
#[ignore = "a process of its own"]
fn part_that_refuses() {
    let wanted = locked().len();
    assert_eq!(adopt(&[]), Err(AdoptError::Count { given: 0, wanted }));
    let shared = adopt(&vec![9; wanted]).unwrap_err();
    assert!(matches!(shared, AdoptError::Shared(_, _, 9)), "{shared}");
    assert_eq!(registered(), locked());
}
