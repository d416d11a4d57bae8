//! The documents that describe all services together.
//!
//! The sink serves them also where it runs apart: the services are one API under one origin, joined
//! by a gateway then, and clients shall not see how it is deployed.

use serde_json::Value;

/// Returns the OpenAPI document of the whole API.
pub(crate) fn openapi() -> Value {
    let mut whole = nightlatch_sink::openapi();
    merge(&mut whole, nightlatch_ingest::openapi());
    merge(&mut whole, nightlatch_detector::openapi());
    merge(&mut whole, nightlatch_chassis::health::openapi());
    whole
}

fn merge(whole: &mut Value, part: Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                merge(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (whole, part) => *whole = part,
    }
}
