//! No secret is to be found anywhere outside: neither in what is logged, told or measured, nor in what is
//! kept, nor in what a crash leaves.

mod evidence;
mod mistakes;
mod needles;
#[cfg(feature = "seeded-bugs")]
mod panics;

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use nightlatch_okta_sim::{Endpoint, Fault, Harm, KeyCredential, Simulator};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::gateway::Gateway;
use super::wizard::{Api, NAME};
use super::{SCOPES, facing, options};
use crate::cluster::given;
use crate::deadline::until;
use crate::fleet::Service;
use crate::installation::Installation;
use crate::kafka::all_records;
use crate::services::Services;
use evidence::evidence;
use needles::Needles;

/// The value of the master key: hexadecimal digits.
const MASTER_KEY: &str = "ca9a47f15ec2e7b18d04c3aa5e60f97712d8b35ac4e1907f66d2b8135e0c94af";
const HEADER: &str = "authorization";
/// No secret: where it is not found, nothing would be.
const CONTROL: &str = "client id";

/// An org, and an installation whose secrets are looked for.
struct World {
    org: Simulator,
    gateway: Gateway,
    installation: Installation,
    services: Services,
    api: Api,
    secrets: Vec<(String, Vec<u8>)>,
}

impl World {
    /// With variables of our processes.
    async fn with(variables: &[(&str, &str)]) -> Self {
        let org = Simulator::start(options(13)).await.unwrap();
        let gateway = Gateway::listening().await;
        let mut installation = facing(Installation::watching_everything(), &org, &gateway)
            .with("master_key", &format!("'{MASTER_KEY}'"))
            .with("log.level", "'trace'")
            .with_variable("RUST_BACKTRACE", "full");
        for (name, value) in variables {
            installation = installation.with_variable(name, value);
        }
        let services = installation.start().await;
        gateway.lead_to(services.all_hooks());
        let api = Api::at(services.running(Service::Ingest)[0].api);
        let digit = |digit: u8| char::from(digit).to_digit(16).unwrap();
        let digits = MASTER_KEY.as_bytes().chunks(2);
        let key = digits.map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).unwrap());
        let secrets = vec![
            ("master key".to_owned(), MASTER_KEY.into()),
            ("bytes of the master key".to_owned(), key.collect()),
        ];
        Self {
            org,
            gateway,
            installation,
            services,
            api,
            secrets,
        }
    }

    fn keep_secret(&mut self, name: &str, secret: &str) {
        self.secrets.push((name.to_owned(), secret.into()));
    }

    /// Waits until the System Log was read with the credentials that are in force now.
    async fn read(&self) {
        let read = || self.org.request_count(Endpoint::Logs, 200);
        let before = read();
        until("the system log is read", async || {
            (read() > before + 1).then_some(())
        })
        .await;
    }

    async fn set_credentials(&self, path: &str, credentials: &Value) {
        let etag = self.api.get(path).await.etag;
        let at = format!("{path}/credentials");
        let set = self.api.ask(Method::PUT, &at, etag.as_deref(), credentials);
        let set = set.await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.text);
        self.read().await;
    }

    /// Connects the org, uses credentials of each kind and rotates the hook's secret.
    async fn use_all_secrets(&mut self) -> String {
        let client = self.org.install_integration(&SCOPES);
        self.keep_secret("client secret", &client.client_secret);
        self.keep_secret(CONTROL, &client.client_id);
        let credentials =
            json!({"client_id": client.client_id, "client_secret": client.client_secret});
        let start = Timestamp::now().to_string();
        let path = self.api.create(&self.org, credentials, &start).await;
        self.api.validate(&path).await;
        self.org.set_pace(50.0);
        self.read().await;
        let hook_secret = format!("{path}/hook-secret");
        let rotated = self.api.post(&hook_secret, &Value::Null).await;
        assert_eq!(rotated.body.get("problems"), None, "{}", rotated.text);
        let app = self.org.create_service_app(&SCOPES, true).unwrap();
        self.keep_key(&app);
        let key = json!({
            "client_id": app.client_id, "private_key": app.private_key_pem, "key_id": app.kid,
            "dpop": true,
        });
        self.set_credentials(&path, &key).await;
        self.go_wrong(&path).await;
        let token = self.org.create_api_token().token;
        self.keep_secret("API token", &token);
        self.set_credentials(&path, &json!({"api_token": token}))
            .await;
        self.go_wrong(&path).await;
        self.org.set_pace(0.0);
        self.org.settle().await;
        self.keep_what_hooks_show();
        path
    }

    fn keep_key(&mut self, app: &KeyCredential) {
        let lines: Vec<&str> = app.private_key_pem.lines().collect();
        let body = &lines[1..lines.len() - 1];
        let whole = STANDARD.decode(body.concat()).unwrap();
        self.keep_secret("a line of the private key", body[10]);
        // Within the private exponent, whatever it is wrapped in.
        let part = whole[350..390].to_vec();
        self.secrets.push(("private exponent".to_owned(), part));
    }

    /// The hook's secrets, the old one and the new one, and the key in its address are made by us: Okta
    /// shows them when it calls.
    fn keep_what_hooks_show(&mut self) {
        let (mut secrets, mut paths) = self.gateway.heard(HEADER);
        secrets.sort();
        secrets.dedup();
        paths.dedup();
        assert_eq!((secrets.len(), paths.len()), (2, 1), "what Okta has shown");
        for secret in secrets {
            self.keep_secret("hook secret", &secret);
        }
        let key = paths[0].rsplit('/').next().unwrap();
        self.keep_secret("path key", key);
    }

    /// Everything that can fail at Okta fails, and callers make mistakes.
    async fn go_wrong(&self, path: &str) {
        let harms = [
            Harm::Status(500),
            Harm::Status(401),
            Harm::Html(200),
            Harm::Dropped,
            Harm::Truncated,
            Harm::Redirect("https://elsewhere.example/".to_owned()),
        ];
        for harm in harms {
            for endpoint in [Endpoint::EventHooks, Endpoint::Token, Endpoint::Logs] {
                self.org.add_fault(Fault::at(endpoint, harm.clone()));
            }
            let validate = format!("{path}/validate?wait=0s");
            let checklist = self.api.post(&validate, &Value::Null).await;
            assert!(checklist.text.contains("\"failed\""), "{}", checklist.text);
            self.org.clear_faults();
        }
    }

    /// What every path that can be read answers, with each service.
    async fn everything_that_is_served(&self, path: &str) -> Vec<(String, String)> {
        let feed = Api::at(self.services.feeds()[0]);
        let document = feed.get("/openapi.json").await.body;
        let id = path.rsplit('/').next().unwrap();
        let mut paths: Vec<String> = vec![format!("{path}x"), "/".to_owned()];
        for (template, methods) in document["paths"].as_object().unwrap() {
            if methods.get("get").is_some() && !template.ends_with("/stream") {
                let named = template
                    .replace("{id}", id)
                    .replace("{policy}", "everything");
                paths.push(named.replace("{rule}", "Every%20event"));
            }
        }
        assert!(paths.len() > 15, "{paths:?}");
        let mut texts = Vec::new();
        for service in Service::ALL {
            for running in self.services.running(service) {
                for path in &paths {
                    let text = Api::at(running.api).get(path).await.text;
                    texts.push((path.clone(), text));
                }
                for path in ["/metrics", "/readyz?verbose", "/livez", "/nothing"] {
                    let text = Api::at(running.admin).get(path).await.text;
                    texts.push((path.to_owned(), text));
                }
            }
        }
        texts
    }

    async fn commands(&self) -> Vec<(String, String)> {
        let api = format!("http://{}", self.services.running(Service::Ingest)[0].api);
        let mut said = Vec::new();
        for words in [vec!["list"], vec!["show", NAME], vec!["test", NAME]] {
            let words = [&["integrations", "--api", &api], &words[..]].concat();
            let ended = self.installation.run(&words).await;
            said.push((words.join(" "), ended.stdout + &ended.stderr));
        }
        for topic in ["okta.events", "okta.runtime-events", "okta.dead-letters"] {
            let words = crate::records::printing(topic);
            let ended = self.installation.run(&words).await;
            assert!(ended.status.success(), "{}", ended.stderr);
            said.push((topic.to_owned(), ended.stdout));
        }
        said
    }

    /// Ends all processes as if they had found a mistake of their own.
    async fn crash(&self) {
        self.services.signal("ABRT");
        for admin in self.services.admins() {
            until("the process has crashed", async || {
                TcpStream::connect(admin).await.is_err().then_some(())
            })
            .await;
        }
    }
}

/// Searches every file below a folder but those that the test itself has put there.
fn search_files(needles: &mut Needles, folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_ours = path.extension().is_some_and(|is| is == "toml");
        if path.is_dir() {
            search_files(needles, &path);
        } else if !is_ours {
            let bytes = fs::read(&path).unwrap();
            let is_log = path.extension().is_some_and(|is| is == "err");
            let name = path.display().to_string();
            if is_log {
                assert!(!bytes.contains(&0), "{name} is text");
                needles.search_text(&name, &String::from_utf8_lossy(&bytes));
            } else {
                needles.search(&name, &bytes);
            }
        }
    }
}

/// Uses every secret, lets everything fail and end badly, and looks for secrets wherever somebody could
/// find them. Returns what the ingests have logged.
async fn logs_of_a_search(variables: &[(&str, &str)]) -> String {
    let mut world = World::with(variables).await;
    let path = world.use_all_secrets().await;
    let mut texts = world.mistakes(&path).await;
    texts.extend(world.everything_that_is_served(&path).await);
    texts.extend(world.commands().await);
    let logs = world.services.logs(Service::Ingest).concat();

    world.crash().await;

    world.secrets.extend(evidence(&world.org));
    let mut needles = Needles::new(&world.secrets);
    for (what, text) in texts {
        needles.search_text(&what, &text);
    }
    search_files(&mut needles, world.installation.folder());
    if given().is_some() {
        for (topic, bytes) in all_records(&world.installation) {
            needles.search(&topic, &bytes);
        }
    }
    needles.assert_only_found(CONTROL);
    logs
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged_told_measured_or_kept_and_a_crash_shows_none() {
    let logs = logs_of_a_search(&[]).await;
    assert!(logs.contains("\"TRACE\""), "traces are logged");
}
