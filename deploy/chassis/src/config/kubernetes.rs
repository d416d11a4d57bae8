//! Variables that Kubernetes sets in every container and that only look like settings.
//!
//! A Service named `nightlatch-ingest` makes it set `NIGHTLATCH_INGEST_SERVICE_HOST`,
//! `NIGHTLATCH_INGEST_PORT=tcp://…`, `NIGHTLATCH_INGEST_PORT_8080_TCP_ADDR` and more.

/// Whether a variable, its name without the prefix, describes a Service.
pub(super) fn describes_a_service(name: &str, text: &str) -> bool {
    let is_address = text.starts_with("tcp://") || text.starts_with("udp://");
    name.ends_with("SERVICE_HOST")
        || name.contains("SERVICE_PORT")
        || (name.contains("PORT") && is_address)
        || (name.contains("PORT_") && (name.contains("_TCP") || name.contains("_UDP")))
}
