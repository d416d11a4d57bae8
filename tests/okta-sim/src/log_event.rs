//! The shape of a `LogEvent` as Okta's event hook sends it, key for key in Okta's order.
//!
//! The System Log's own API sends nearly the same: there the chain of addresses stands in
//! `request.ipChain`, and `insertionTimestamp` is absent. What Okta sends as null is an `Option`
//! here; what it leaves out when it has nothing is skipped.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogEvent {
    pub(crate) uuid: String,
    pub(crate) published: String,
    pub(crate) event_type: &'static str,
    pub(crate) version: &'static str,
    pub(crate) display_message: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) client: Client,
    pub(crate) device: Option<Device>,
    pub(crate) actor: Entity,
    pub(crate) outcome: Outcome,
    pub(crate) target: Option<Vec<Entity>>,
    pub(crate) transaction: Transaction,
    pub(crate) debug_context: DebugContext,
    pub(crate) legacy_event_type: Option<&'static str>,
    pub(crate) authentication_context: AuthenticationContext,
    pub(crate) security_context: SecurityContext,
    pub(crate) insertion_timestamp: Option<String>,
}

/// Where a request came from, as Okta saw it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Client {
    pub(crate) user_agent: Option<UserAgent>,
    /// The name of the network zone; Okta writes the text "null" for none.
    pub(crate) zone: &'static str,
    pub(crate) device: &'static str,
    pub(crate) id: Option<String>,
    pub(crate) ip_address: Option<String>,
    pub(crate) geographical_context: Option<Geography>,
    pub(crate) ip_chain: Vec<Hop>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct UserAgent {
    #[serde(rename = "rawUserAgent")]
    pub(crate) raw: &'static str,
    pub(crate) os: &'static str,
    pub(crate) browser: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Geography {
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) country: &'static str,
    pub(crate) postal_code: &'static str,
    pub(crate) geolocation: Geolocation,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Geolocation {
    pub(crate) lat: f64,
    pub(crate) lon: f64,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hop {
    pub(crate) ip: String,
    pub(crate) geographical_context: Geography,
    pub(crate) version: &'static str,
    pub(crate) source: Option<&'static str>,
}

/// A device known to Okta; Okta itself writes these keys in snake case.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) os_platform: &'static str,
    pub(crate) os_version: &'static str,
    pub(crate) managed: bool,
    pub(crate) registered: bool,
    #[serde(rename = "device_integrator")]
    pub(crate) integrator: Option<&'static str>,
    pub(crate) disk_encryption_type: &'static str,
    pub(crate) screen_lock_type: &'static str,
    pub(crate) jailbreak: Option<bool>,
    pub(crate) secure_hardware_present: bool,
}

/// An actor or a target.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entity {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) alternate_id: String,
    pub(crate) display_name: String,
    pub(crate) detail_entry: Option<Texts>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    pub(crate) result: &'static str,
    pub(crate) reason: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Transaction {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) detail: Texts,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DebugContext {
    pub(crate) debug_data: Texts,
}

/// An object of texts in a given order; Okta's `debugData` holds nothing but texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts(pub(crate) Vec<(&'static str, String)>);

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, text) in &self.0 {
            map.serialize_entry(key, text)?;
        }
        map.end()
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthenticationContext {
    pub(crate) authentication_provider: Option<&'static str>,
    pub(crate) credential_provider: Option<&'static str>,
    pub(crate) credential_type: Option<&'static str>,
    pub(crate) issuer: Option<Issuer>,
    pub(crate) interface: Option<&'static str>,
    pub(crate) authentication_step: u8,
    pub(crate) root_session_id: Option<String>,
    pub(crate) external_session_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Issuer {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecurityContext {
    pub(crate) as_number: Option<u32>,
    pub(crate) as_org: Option<&'static str>,
    pub(crate) isp: Option<&'static str>,
    pub(crate) domain: Option<&'static str>,
    pub(crate) is_proxy: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip_details: Option<IpDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) risk: Option<Risk>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) user_behaviors: Vec<UserBehavior>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot_protection: Option<BotProtection>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IpDetails {
    pub(crate) as_number: u32,
    pub(crate) as_org: &'static str,
    pub(crate) isp: &'static str,
    pub(crate) domain: &'static str,
    pub(crate) ip_service_categories: Vec<IpService>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IpService {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) operator: &'static str,
    pub(crate) is_anonymous: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Risk {
    pub(crate) level: &'static str,
    pub(crate) reasons: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct UserBehavior {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) result: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct BotProtection {
    pub(crate) level: &'static str,
}
