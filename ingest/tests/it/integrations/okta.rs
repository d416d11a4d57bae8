//! Integrations with a simulated org.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use nightlatch_chassis::Secret;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::http::{ServeLimits, Tls, TlsFiles, TlsMetrics, serve, serve_tls};
use nightlatch_chassis::shutdown::Shutdown;
use nightlatch_ingest::okta::{Credentials, Okta, OrgAddress, Outbound};
use nightlatch_okta_sim::{DeliveryOptions, LogOptions, Options, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::INTEGRATIONS;
use super::client::Client;
use crate::bench::{Bench, config};

/// What we need at Okta.
pub(super) const SCOPES: [&str; 3] = [
    "okta.eventHooks.manage",
    "okta.eventHooks.read",
    "okta.logs.read",
];
/// What people do who sign in.
pub(super) const SIGN_IN: &str =
    r#"{"eventType":"user.session.start","displayMessage":"User login"}"#;
const DEADLINE: Duration = Duration::from_secs(20);

/// A simulated org, and ingest with its listener.
pub(super) struct World {
    pub(super) org: Simulator,
    pub(super) bench: Bench,
    pub(super) listener: SocketAddr,
    settings: String,
    pub(super) shutdown: Shutdown,
    files: tempfile::TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with("", "").await
    }

    /// With more settings of `[ingest]` and of `[ingest.okta]`; those of the latter in front of ours.
    pub(super) async fn with(ingest: &str, okta: &str) -> Self {
        Self::made(ingest, okta, false).await
    }

    /// With TLS on the listener, by a certificate of the org's own authority.
    async fn secured() -> Self {
        Self::made("", "", true).await
    }

    async fn made(ingest: &str, okta: &str, is_secured: bool) -> Self {
        Self::of(options(), ingest, okta, is_secured).await
    }

    /// As [`World::with`], of an org that is as these say.
    pub(super) async fn of(options: Options, ingest: &str, okta: &str, is_secured: bool) -> Self {
        let org = Simulator::start(options).await.unwrap();
        let files = tempfile::tempdir().unwrap();
        let ca = files.path().join("ca.pem");
        std::fs::write(&ca, org.ca_pem().unwrap()).unwrap();
        let listening = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listener = listening.local_addr().unwrap();
        let own = if ingest.is_empty() {
            let scheme = if is_secured { "https" } else { "http" };
            format!("public_url = \"{scheme}://{listener}\"\nhook_watch = \"100ms\"")
        } else {
            ingest.replace("{listener}", &listener.to_string())
        };
        let trust = if okta.is_empty() {
            format!("ca_file = '{}'", ca.display())
        } else {
            okta.to_owned()
        };
        let settings = format!("[ingest]\n{own}\n[ingest.okta]\nallow_loopback = true\n{trust}\n");
        let bench = Bench::with(&settings).await;
        let shutdown = Shutdown::new();
        let (hooks, limits) = (bench.hooks(), ServeLimits::default());
        if is_secured {
            certify(&org, files.path());
            let metrics = TlsMetrics::new(&bench.metrics).unwrap();
            let readiness = Readiness::new(shutdown.clone());
            let tls = Tls::open(tls_files(files.path()), "hooks", &metrics, &readiness).unwrap();
            tokio::spawn(tls.clone().follow(shutdown.clone()));
            tokio::spawn(serve_tls(listening, tls, hooks, limits, shutdown.clone()));
        } else {
            tokio::spawn(serve(listening, hooks, limits, shutdown.clone()));
        }
        Self {
            org,
            bench,
            listener,
            settings,
            shutdown,
            files,
        }
    }

    /// The API of a further replica, on the same log.
    pub(super) async fn replica(&self) -> Router {
        self.bench.replica(&self.settings).await.routes()
    }

    pub(super) fn api(&self) -> Client<'_> {
        self.bench.client()
    }

    /// The org's address as somebody enters it.
    pub(super) fn domain(&self) -> String {
        self.org.address().to_string()
    }

    /// Connects the org as a catalogue's integration that is granted these scopes.
    pub(super) async fn connect(&self, scopes: &[&str]) -> String {
        let client = self.org.install_integration(scopes);
        let credentials = json!({
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        });
        self.connect_with(&credentials).await
    }

    pub(super) async fn connect_with(&self, credentials: &Value) -> String {
        let new = json!({"domain": self.domain(), "name": "sim", "credentials": credentials});
        super::connect(&self.api(), &new).await
    }

    /// Connects the org with all that is needed, and validates it.
    pub(super) async fn connected(&self) -> String {
        let path = self.connect(&SCOPES).await;
        let answer = self.api().post(&format!("{path}/validate?wait=0s")).await;
        assert!(answer.text.contains("{\"passed\":true}"), "{}", answer.text);
        path
    }

    /// A client of the org's own administrator.
    pub(super) fn administrator(&self) -> Okta {
        let token = Credentials::ApiToken(Secret::new(self.org.create_api_token().token));
        let config = config(&self.settings).unwrap();
        let outbound = Outbound::from_config(&config).unwrap();
        let address = OrgAddress::read(&self.domain(), outbound.settings()).unwrap();
        Okta::new(&address, token, &outbound).unwrap()
    }
}

/// An org that delivers soon, and to receivers without TLS, too.
pub(super) fn options() -> Options {
    let delivery = DeliveryOptions {
        warm_up: Duration::ZERO,
        batch_window: Duration::from_millis(20),
        plain_receivers: true,
        ..DeliveryOptions::default()
    };
    let log = LogOptions {
        usual_delay: Duration::from_millis(10),
        ..LogOptions::default()
    };
    Options {
        delivery,
        log,
        ..Options::default()
    }
}

fn tls_files(folder: &Path) -> TlsFiles {
    TlsFiles {
        certificate: folder.join("tls.crt"),
        key: folder.join("tls.key"),
    }
}

/// Writes a certificate of the org's authority for the listener, as if it were renewed.
fn certify(org: &Simulator, folder: &Path) {
    let (identity, files) = (org.authority().issue(&[]).unwrap(), tls_files(folder));
    std::fs::write(files.certificate, identity.chain_pem).unwrap();
    std::fs::write(files.key, identity.key_pem).unwrap();
}

/// Waits until something holds.
pub(super) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    until_within(DEADLINE, what, holds).await;
}

/// The same for what may take longer.
pub(super) async fn until_within<F: Future<Output = bool>>(
    longest: Duration,
    what: &str,
    holds: impl Fn() -> F,
) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < longest, "{what} did not come about");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_start_says_where_to_go_and_what_to_create_there() {
    let world = World::new().await;
    let api = world.api();
    let start = format!("{INTEGRATIONS}/start");
    let there = api
        .ask("POST", &start, None, &json!({"org": world.domain()}))
        .await;
    assert_eq!(there.status, StatusCode::OK, "{there:?}");
    assert!(there.body["org_id"].as_str().unwrap().starts_with("00o"));
    assert_eq!(there.body["connected"], json!(false));
    world.connect(&SCOPES).await;
    let again = api
        .ask("POST", &start, None, &json!({"org": world.domain()}))
        .await;
    assert_eq!(again.body["connected"], json!(true));
    let wrong = api
        .ask("POST", &start, None, &json!({"org": "http://10.0.0.1"}))
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_validated_org_is_connected_and_completed_and_its_hook_goes_with_it() {
    let world = World::new().await;
    let (api, okta) = (world.api(), world.administrator());
    let path = world.connected().await;
    let shown = api.get(&path).await;
    assert_eq!(
        shown.body["status"]["state"],
        json!("connected"),
        "{shown:?}"
    );
    let hooks = okta.event_hooks().await.unwrap();
    let [hook] = hooks.as_slice() else {
        panic!("{hooks:?}")
    };
    assert!(hook.is_active && hook.is_verified);
    assert_eq!(shown.body["hook"]["okta_id"], json!(hook.id));
    assert_eq!(hook.event_types.len(), 18);
    let completed = api.post(&format!("{path}/complete")).await;
    assert!(completed.body["completed"].is_string(), "{completed:?}");
    // Twice makes no second hook, and no further version.
    let again = api.post(&format!("{path}/validate?wait=0s")).await;
    assert!(again.text.contains("{\"passed\":true}"), "{}", again.text);
    assert_eq!(okta.event_hooks().await.unwrap().len(), 1);
    assert_eq!(api.get(&path).await.etag(), completed.etag());
    let gone = api
        .ask("DELETE", &path, Some(&completed.etag()), &Value::Null)
        .await;
    assert_eq!(gone.body, json!({"hook": "deleted", "problem": null}));
    assert!(okta.event_hooks().await.unwrap().is_empty());
}

#[tokio::test]
async fn two_who_validate_at_a_time_make_one_hook() {
    let world = World::new().await;
    let path = format!("{}/validate?wait=0s", world.connect(&SCOPES).await);
    let api = world.api();
    let (one, other) = tokio::join!(api.post(&path), api.post(&path));
    for answer in [one, other] {
        assert!(answer.text.contains("{\"passed\":true}"), "{}", answer.text);
    }
    assert_eq!(world.administrator().event_hooks().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_hook_that_could_not_be_deleted_is_said_to_be_there_still() {
    let world = World::new().await;
    let path = world.connected().await;
    let etag = world.api().get(&path).await.etag();
    world.org.add_fault(nightlatch_okta_sim::Fault::at(
        nightlatch_okta_sim::Endpoint::EventHooks,
        nightlatch_okta_sim::Harm::Status(500),
    ));
    let gone = world
        .api()
        .ask("DELETE", &path, Some(&etag), &Value::Null)
        .await;
    assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
    assert_eq!(gone.body["hook"], json!("left"));
    let problem = &gone.body["problem"];
    assert!(
        problem["sentence"]
            .as_str()
            .unwrap()
            .contains("is still at"),
        "{problem}"
    );
    assert!(
        problem["remedy"]
            .as_str()
            .unwrap()
            .contains("admin console"),
        "{problem}"
    );
    assert_eq!(world.api().get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn chosen_event_types_are_brought_to_okta_and_the_hook_is_verified_anew() {
    let world = World::new().await;
    let (api, okta) = (world.api(), world.administrator());
    let path = world.connected().await;
    let types = json!(["user.session.start", "zone.create", "group.privilege.grant"]);
    let set = api.amend(&path, &json!({"event_types": types})).await;
    assert_eq!(set.body.get("problems"), None, "{set:?}");
    let hooks = okta.event_hooks().await.unwrap();
    assert_eq!(
        hooks[0].event_types,
        ["group.privilege.grant", "user.session.start"]
    );
    assert!(hooks[0].is_active && hooks[0].is_verified);
}

#[tokio::test]
async fn a_pause_rests_the_hook_and_a_resumption_wakes_it() {
    let world = World::new().await;
    let (api, okta) = (world.api(), world.administrator());
    let path = world.connected().await;
    let paused = api.post(&format!("{path}/pause")).await;
    assert_eq!(paused.body.get("problems"), None, "{paused:?}");
    assert!(!okta.event_hooks().await.unwrap()[0].is_active);
    let resumed = api.post(&format!("{path}/resume")).await;
    assert_eq!(resumed.body.get("problems"), None, "{resumed:?}");
    let hooks = okta.event_hooks().await.unwrap();
    assert!(hooks[0].is_active && hooks[0].is_verified);
}

#[tokio::test]
async fn a_rotated_hook_secret_is_verified_and_the_old_one_ends() {
    let world = World::new().await;
    let api = world.api();
    let path = world.connected().await;
    let rotated = api.post(&format!("{path}/hook-secret")).await;
    assert_eq!(rotated.body.get("problems"), None, "{rotated:?}");
    let secrets = rotated.body["hook"]["secrets"].as_array().unwrap();
    let states: Vec<&Value> = secrets.iter().map(|secret| &secret["state"]).collect();
    assert_eq!(states, ["current", "previous"]);
    assert!(secrets[1]["until"].is_string());
    assert!(world.administrator().event_hooks().await.unwrap()[0].is_verified);
    let shown = api.get(&path).await;
    assert_eq!(shown.body["status"]["state"], json!("connected"));
}

#[tokio::test]
async fn credentials_that_okta_does_not_take_leave_the_old_ones_in_force() {
    let world = World::new().await;
    let api = world.api();
    let path = world.connected().await;
    let at = format!("{path}/credentials");
    let before = api.get(&path).await;
    let wrong = json!({"client_id": "0oa1", "client_secret": "wrong"});
    let refused = api.ask("PUT", &at, Some(&before.etag()), &wrong).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{refused:?}"
    );
    assert!(refused.body["remedy"].is_string());
    assert_eq!(api.get(&path).await.etag(), before.etag());
    let token = json!({"api_token": world.org.create_api_token().token});
    let set = api.ask("PUT", &at, Some(&before.etag()), &token).await;
    assert_eq!(set.status, StatusCode::OK, "{set:?}");
    assert_eq!(set.body["credentials"]["mode"], json!("api_token"));
    let again = api.post(&format!("{path}/validate?wait=0s")).await;
    assert!(again.text.contains("{\"passed\":true}"), "{}", again.text);
}

#[tokio::test]
async fn a_hook_that_somebody_switched_off_or_deleted_is_mended() {
    let world = World::new().await;
    let (api, okta) = (world.api(), world.administrator());
    let path = world.connected().await;
    let running = tokio::spawn(world.bench.ingest.clone().run(world.shutdown.clone()));
    let is_right = || async {
        let hooks = okta.event_hooks().await.unwrap();
        hooks.len() == 1 && hooks[0].is_active && hooks[0].is_verified
    };
    let hook = okta.event_hooks().await.unwrap().remove(0).id;
    okta.deactivate_event_hook(&hook).await.unwrap();
    until("an active hook", is_right).await;
    world.org.reset_hook(&hook);
    until("a verified hook", is_right).await;
    okta.deactivate_event_hook(&hook).await.unwrap();
    okta.delete_event_hook(&hook).await.unwrap();
    until("another hook", is_right).await;
    let id_is_noted = || async {
        let shown = api.get(&path).await;
        shown.body["hook"]["okta_id"] != json!(hook)
    };
    until("its id", id_is_noted).await;
    let is_told = || async {
        let hook = &api.get(&path).await.body["hook"];
        hook["active"] == json!(true) && hook["verified"] == json!(true)
    };
    until("its state", is_told).await;
    world.shutdown.begin();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_validation_tells_how_the_hook_is_before_anybody_looks_at_it() {
    let world = World::new().await;
    let path = world.connected().await;
    let shown = world.api().get(&path).await.body;
    let hook = &shown["hook"];
    assert_eq!(
        (&hook["active"], &hook["verified"]),
        (&json!(true), &json!(true))
    );
}

#[tokio::test]
async fn the_first_event_is_waited_for_and_told_of() {
    let world = World::new().await;
    let path = world.connected().await;
    world.org.emit(SIGN_IN).unwrap();
    let answer = world.api().post(&format!("{path}/validate?wait=20s")).await;
    assert!(
        answer.text.contains("The hook delivered last at"),
        "{}",
        answer.text
    );
    let types = world.api().get(&format!("{path}/event-types")).await;
    let types = types.body["event_types"].as_array().unwrap();
    let sign_in = types
        .iter()
        .find(|one| one["name"] == "user.session.start")
        .unwrap();
    assert_eq!(sign_in["count_24h"], json!(1));
}

#[tokio::test]
async fn secrets_are_rotated_while_events_come_and_none_is_refused() {
    let world = World::new().await;
    let path = world.connected().await;
    let is_over = std::cell::Cell::new(false);
    let events = async {
        while !is_over.get() {
            world.org.emit(SIGN_IN).unwrap();
            sleep(Duration::from_millis(2)).await;
        }
    };
    let rotations = async {
        for _ in 0..5 {
            let rotated = world.api().post(&format!("{path}/hook-secret")).await;
            assert_eq!(rotated.body.get("problems"), None, "{rotated:?}");
            sleep(Duration::from_millis(100)).await;
        }
        is_over.set(true);
    };
    tokio::join!(events, rotations);
    world.org.settle().await;
    let counts = world.org.delivery_counts();
    assert!(counts.accepted > 0 && counts.failed == 0, "{counts:?}");
    let page = world.bench.metrics.render().unwrap();
    let refused = "ingest_hook_rejected_total{integration=\"sim\",reason=\"auth\"} 0";
    assert!(page.contains(refused), "{page}");
}

#[tokio::test]
async fn okta_verifies_and_delivers_over_tls_while_the_certificate_is_renewed() {
    let world = World::secured().await;
    world.connected().await;
    let expiry = || {
        let page = world.bench.metrics.render().unwrap();
        let of_it = |line: &&str| line.starts_with("nightlatch_tls_certificate_expiry");
        page.lines().find(of_it).unwrap().to_owned()
    };
    let first = expiry();
    let is_over = std::cell::Cell::new(false);
    let events = async {
        while !is_over.get() {
            world.org.emit(SIGN_IN).unwrap();
            sleep(Duration::from_millis(5)).await;
        }
    };
    let renewal = async {
        sleep(Duration::from_millis(1100)).await;
        certify(&world.org, world.files.path());
        until("the new certificate", || async { expiry() != first }).await;
        sleep(Duration::from_millis(200)).await;
        is_over.set(true);
    };
    tokio::join!(events, renewal);
    world.org.settle().await;
    let counts = world.org.delivery_counts();
    assert!(counts.accepted > 0 && counts.failed == 0, "{counts:?}");
}
