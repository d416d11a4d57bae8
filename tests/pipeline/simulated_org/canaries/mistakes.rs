//! People make mistakes with secrets; what they are answered does not show them.

use super::{HEADER, World};
use crate::deadline::SOON;
use crate::fleet::Service;
use crate::load::client;

impl World {
    /// Sends secrets where they do not belong, as somebody might who is mistaken; returns the answers.
    pub(super) async fn mistakes(&self, path: &str) -> Vec<(String, String)> {
        let secret = |name: &str| {
            let mut secrets = self.secrets.iter();
            let found = secrets.find(|(known, _)| known == name).unwrap();
            String::from_utf8(found.1.clone()).unwrap()
        };
        let client = client(SOON);
        let (key, hook_secret) = (secret("path key"), secret("hook secret"));
        let api = self.services.running(Service::Ingest)[0].api;
        let (hooks, token) = (self.services.hooks(), secret("API token"));
        let hook = |key: &str| format!("http://{hooks}/hooks/okta/{key}");
        let set = format!("http://{api}{path}/credentials");
        let requests = [
            client
                .post(hook(&key))
                .header(HEADER, format!("{hook_secret} x")),
            client
                .post(hook(&key))
                .header(HEADER, &hook_secret)
                .body("{"),
            client.get(hook(&key)).header(HEADER, &hook_secret),
            client
                .post(hook("unknown-path-key"))
                .header(HEADER, &hook_secret),
            client
                .put(&set)
                .body(format!("{{\"api_token\": \"{token}\" oops")),
            client
                .put(&set)
                .body(format!("{{\"api_tokn\": \"{token}\"}}")),
            client.put(&set).header("If-Match", "\"1\"").body(format!(
                "{{\"client_id\": \"x\", \"private_key\": \"{token}\"}}"
            )),
            client
                .post(format!("http://{api}/api/v1/integrations/start"))
                .body(format!(
                    "{{\"org\": \"https://ann:{token}@acme.okta.com\"}}"
                )),
        ];
        let mut answers = Vec::new();
        for (number, request) in requests.into_iter().enumerate() {
            let answer = request.send().await.unwrap();
            assert!(!answer.status().is_success(), "mistake {number} is taken");
            let text = answer.text().await.unwrap();
            answers.push((format!("the answer to mistake {number}"), text));
        }
        answers
    }
}
