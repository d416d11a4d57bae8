//! API service integrations and the two secrets of an app.

use nightlatch_okta_sim::Options;
use reqwest::Method;
use serde_json::json;

use super::client::{basic, start};

const SERVICES: &str = "/integrations/api/v1/api-services";
const FORM: [(&str, &str); 2] = [
    ("grant_type", "client_credentials"),
    ("scope", "okta.logs.read"),
];

#[tokio::test]
async fn an_instance_is_made_used_rotated_and_deleted() {
    let (org, caller) = start(Options::default()).await;
    let caller = caller.as_administrator(&org);
    let wish = json!({"type": "anapiservice", "grantedScopes": ["okta.logs.read"]});
    let made = caller.send(Method::POST, SERVICES, Some(&wish)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let (id, first) = (
        made.text("/id").to_owned(),
        made.text("/clientSecret").to_owned(),
    );
    assert_eq!((first.len(), made.text("/type")), (64, "anapiservice"));
    let path = format!("{SERVICES}/{id}");
    let shown = caller.get(&path).await;
    assert_eq!((shown.status, shown.text("/clientSecret")), (200, ""));
    assert_eq!(caller.get(SERVICES).await.body.as_array().unwrap().len(), 1);

    let nobody = caller.with("");
    let works = async |secret: &str| {
        let header = basic(&id, secret);
        let mut plain = nobody.clone();
        plain.authorization = None;
        plain
            .token(&FORM, &[("Authorization", &header)])
            .await
            .status
            == 200
    };
    assert!(works(&first).await);
    let secrets = format!("{path}/credentials/secrets");
    let added = caller.send(Method::POST, &secrets, None).await;
    assert_eq!((added.status, added.text("/status")), (201, "ACTIVE"));
    let second = added.text("/client_secret").to_owned();
    assert!(works(&first).await && works(&second).await, "both are good");
    let third = caller.send(Method::POST, &secrets, None).await;
    assert_eq!((third.status, third.text("/errorCode")), (400, "E0000001"));

    let listed = caller.get(&secrets).await;
    let masked = listed.text("/0/client_secret");
    assert_eq!((masked.len(), masked.starts_with("***")), (7, true));
    let old = format!("{secrets}/{}", listed.text("/0/id"));
    assert_eq!(caller.send(Method::DELETE, &old, None).await.status, 400);
    let ended = caller
        .send(Method::POST, &format!("{old}/lifecycle/deactivate"), None)
        .await;
    assert_eq!(ended.text("/status"), "INACTIVE");
    assert!(!works(&first).await && works(&second).await);
    assert_eq!(caller.send(Method::DELETE, &old, None).await.status, 204);
    assert_eq!(org.secrets(&id).len(), 1);

    assert_eq!(caller.send(Method::DELETE, &path, None).await.status, 204);
    assert!(!works(&second).await);
    assert_eq!(caller.get(&path).await.status, 404);
}

#[tokio::test]
async fn an_administrator_rotates_a_secret_in_the_console() {
    let (org, _) = start(Options::default()).await;
    let client = org.install_integration(&["okta.logs.read"]);
    let second = org.add_secret(&client.client_id).unwrap();
    assert!(org.add_secret(&client.client_id).is_none());
    let first = org.secrets(&client.client_id)[0].0.clone();
    assert!(org.set_secret_active(&client.client_id, &first, false));
    org.delete_secret(&client.client_id, &first);
    assert_eq!(org.secrets(&client.client_id), [(second.id, true)]);
}
