//! Instances and secrets as Okta shows them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::simulator::apps::{App, Secret};
use crate::simulator::refusal::seconds;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstanceView<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    name: &'a str,
    created_at: String,
    created_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    config_guide_url: &'static str,
    granted_scopes: Vec<&'a str>,
    properties: Map<String, Value>,
    #[serde(rename = "_links")]
    links: Value,
}

impl<'a> InstanceView<'a> {
    pub(super) fn new(app: &'a App, base: &str, secret: Option<&'a str>) -> Self {
        let id = &app.id;
        Self {
            id,
            kind: &app.catalogue_type,
            name: &app.name,
            created_at: seconds(app.created_ms),
            created_by: &app.created_by,
            client_secret: secret,
            config_guide_url: "https://integration.example/guide",
            granted_scopes: app.granted.iter().map(String::as_str).collect(),
            properties: Map::new(),
            links: json!({
                "self": {
                    "href": format!("{base}/integrations/api/v1/api-services/{id}"),
                    "hints": {"allow": ["GET", "DELETE"]},
                },
                "client": {
                    "href": format!("{base}/oauth2/v1/clients/{id}"),
                    "hints": {"allow": ["GET"]},
                },
                "logo": {"name": "medium", "href": "https://integration.example/logo"},
            }),
        }
    }
}

#[derive(Serialize)]
pub(super) struct SecretView<'a> {
    id: &'a str,
    status: &'static str,
    client_secret: String,
    secret_hash: String,
    created: String,
    #[serde(rename = "lastUpdated")]
    last_updated: String,
    #[serde(rename = "_links")]
    links: Value,
}

impl<'a> SecretView<'a> {
    pub(super) fn new(secret: &'a Secret, url: &str, in_clear: bool) -> Self {
        let text = &secret.text;
        let tail: String = text
            .chars()
            .skip(text.chars().count().saturating_sub(4))
            .collect();
        let hash = sha256(text.as_bytes());
        let own = format!("{url}/{}", secret.id);
        let post = |act: &str| json!({"href": format!("{own}/lifecycle/{act}"), "hints": {"allow": ["POST"]}});
        let links = if secret.active {
            json!({"deactivate": post("deactivate")})
        } else {
            json!({
                "activate": post("activate"),
                "delete": {"href": own, "hints": {"allow": ["DELETE"]}},
            })
        };
        Self {
            id: &secret.id,
            status: if secret.active { "ACTIVE" } else { "INACTIVE" },
            client_secret: if in_clear {
                text.clone()
            } else {
                format!("***{tail}")
            },
            secret_hash: URL_SAFE_NO_PAD.encode(hash.get(..16).unwrap_or_default()),
            created: seconds(secret.created_ms),
            last_updated: seconds(secret.updated_ms),
            links,
        }
    }
}
