//! Records on the wire.

use nightlatch_schemas::{CodecError, OktaEvent, RuntimeEvent, decode, encode, topics};

pub(crate) fn event() -> OktaEvent {
    OktaEvent {
        kind: "event".to_owned(),
        integration: "i".to_owned(),
        org: "o".to_owned(),
        uuid: "u".to_owned(),
        event_type: None,
        published: None,
        received: 1,
        origin: "hook".to_owned(),
        raw: "{ }".to_owned(),
        complete_to: None,
    }
}

#[test]
fn a_record_begins_with_zero_and_its_schema_id_and_never_changes_shape() {
    let bytes = encode(&event()).unwrap();
    let expected: Vec<u8> = [
        &[0, 0, 0, 0, 1][..],
        b"\x0aevent\x02i\x02o\x02u",
        &[0, 0, 2],
    ]
    .concat();
    assert_eq!(bytes[..expected.len()], expected);
    assert_eq!(decode::<OktaEvent>(&bytes), Ok(event()));
}

#[test]
fn what_is_no_record_is_refused_and_nothing_panics() {
    let good = encode(&event()).unwrap();
    assert_eq!(decode::<OktaEvent>(b""), Err(CodecError::Frame));
    assert_eq!(
        decode::<OktaEvent>(&[1, 0, 0, 0, 1]),
        Err(CodecError::Frame)
    );
    assert_eq!(
        decode::<OktaEvent>(&[0, 0, 0, 3, 231]),
        Err(CodecError::UnknownSchema(999))
    );
    assert_eq!(
        decode::<RuntimeEvent>(&good),
        Err(CodecError::UnknownSchema(1))
    );
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(decode::<OktaEvent>(&longer), Err(CodecError::Trailing(1)));
    for length in 5..good.len() {
        assert!(
            decode::<OktaEvent>(&good[..length]).is_err(),
            "cut at {length}"
        );
    }
    // A length of many gigabytes must not be believed.
    let huge = [
        0, 0, 0, 0, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ];
    assert!(matches!(
        decode::<OktaEvent>(&huge),
        Err(CodecError::Avro(_))
    ));
}

#[test]
fn every_topic_that_has_records_has_a_schema_or_is_raw() {
    let document = nightlatch_schemas::asyncapi();
    for topic in topics::ALL
        .iter()
        .filter(|topic| topic.name.starts_with("okta."))
    {
        let name = topic.name.replace(['.', '-'], "_");
        let message = &document["components"]["messages"][&name];
        let is_raw = message["contentType"] == "application/octet-stream";
        assert!(
            is_raw || message["payload"]["schema"]["type"] == "record",
            "{name}: {message}"
        );
        assert_eq!(document["channels"][&name]["address"], topic.name);
    }
}

#[test]
fn the_headers_of_both_topics_are_described() {
    let document = nightlatch_schemas::asyncapi();
    let headers = |name: &str| &document["components"]["messages"][name]["headers"];
    let names = |name: &str| -> Vec<String> {
        let properties = headers(name)["properties"].as_object().unwrap();
        properties.keys().cloned().collect()
    };
    assert_eq!(names("okta_events"), ["traceparent"]);
    let expected = [
        "ce_id",
        "ce_source",
        "ce_specversion",
        "ce_subject",
        "ce_time",
        "ce_type",
        "content-type",
        "traceparent",
    ];
    assert_eq!(names("okta_runtime_events"), expected);
    let required = headers("okta_runtime_events")["required"]
        .as_array()
        .unwrap();
    assert_eq!(required.len(), expected.len() - 1, "all but ce_time");
    let type_of = &headers("okta_runtime_events")["properties"]["ce_type"]["const"];
    let schema = &document["components"]["messages"]["okta_runtime_events"]["payload"]["schema"];
    let full_name = format!("{}.{}", schema["namespace"], schema["name"]).replace('"', "");
    assert_eq!(*type_of, full_name.as_str());
}

#[test]
fn readers_are_told_what_to_set() {
    let document = nightlatch_schemas::asyncapi();
    let told = document["info"]["description"].as_str().unwrap();
    for setting in [
        "isolation.level=read_committed",
        "auto.offset.reset=earliest",
        "event's id",
    ] {
        assert!(told.contains(setting), "{setting}");
    }
}
