//! The program, and what can be done to its org from another process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::{Client, Method};
use serde_json::{Value, json};

struct Program {
    child: Child,
    url: String,
    client: Client,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_okta-sim"))
}

impl Program {
    fn start(words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        let mut child = command()
            .args(words)
            .arg("--ca")
            .arg(&ca)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines: Vec<String> = lines.take(3).map(Result::unwrap).collect();
        let (_, url) = lines[0].split_once(" at ").unwrap();
        assert!(lines[0].starts_with("org      acme.okta.com at https://127.0.0.1:"));
        assert_eq!(lines[1], format!("control  {url}/sim"));
        assert_eq!(lines[2], format!("trust    {}", ca.display()));
        let pem = std::fs::read(&ca).unwrap();
        let client = Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            .build()
            .unwrap();
        Self {
            child,
            url: url.to_owned(),
            client,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = if body.is_null() {
            request
        } else {
            request.body(body.to_string())
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

#[test]
fn the_program_says_what_it_can_do() {
    let output = command().arg("--help").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for word in ["--port", "--speed", "--events-per-second", "/sim"] {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn the_program_refuses_to_call_strangers() {
    let output = command()
        .args(["--receiver", "hooks.example=192.0.2.1:443"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("not on this machine"), "{text}");
}

#[tokio::test]
async fn another_process_makes_clients() {
    let program = Program::start(&["--events-per-second", "0"]);
    let put = async |path: &str, body| program.call(Method::PUT, path, body).await;
    let post = async |path: &str, body| program.call(Method::POST, path, body).await;
    let wish = json!({"scopes": ["okta.logs.read"]});
    let (_, made) = post("/sim/integrations", wish.clone()).await;
    let id = made["client_id"].as_str().unwrap();
    assert!(!made["client_secret"].as_str().unwrap().is_empty());
    let path = format!("/sim/apps/{id}");
    assert_eq!(put(&path, json!({"scopes": []})).await.0, 204);
    let (_, app) = post("/sim/service_apps", wish).await;
    let pem = app["private_key_pem"].as_str().unwrap();
    assert!(pem.contains("PRIVATE KEY"));
    let (_, secret) = post(&format!("{path}/secrets"), Value::Null).await;
    let secret = format!("{path}/secrets/{}", secret["id"].as_str().unwrap());
    assert_eq!(put(&secret, json!({"active": false})).await.0, 204);
    assert_eq!(
        program.call(Method::DELETE, &path, Value::Null).await.0,
        204
    );

    let (_, token) = post("/sim/api_tokens", Value::Null).await;
    let with_token = async || {
        let header = format!("SSWS {}", token["token"].as_str().unwrap());
        let request = program.client.get(format!("{}/api/v1/logs", program.url));
        let response = request.header("Authorization", header).send().await;
        response.unwrap().status().as_u16()
    };
    let fault = json!({"endpoint": "logs", "harm": {"status": 500}, "times": 1});
    assert_eq!(post("/sim/faults", fault).await.0, 204);
    assert_eq!(with_token().await, 500);
    assert_eq!(with_token().await, 200);
    let revoke = format!("/sim/api_tokens/{}", token["id"].as_str().unwrap());
    assert_eq!(
        program.call(Method::DELETE, &revoke, Value::Null).await.0,
        204
    );
    assert_eq!(with_token().await, 401);
}

#[tokio::test]
async fn another_process_directs_the_org() {
    let program = Program::start(&["--events-per-second", "0", "--hours-ago", "24"]);
    let put = async |path: &str, body| program.call(Method::PUT, path, body).await;
    let post = async |path: &str, body| program.call(Method::POST, path, body).await;
    let (status, event) = post("/sim/events", json!({"eventType": "user.session.start"})).await;
    assert_eq!(status, 200, "{event}");
    for (path, body) in [
        ("/sim/pace", json!({"events_per_second": 1})),
        ("/sim/log", json!({"usual_delay_s": 0.5})),
        ("/sim/mishaps", json!({"lost": 0.05})),
        ("/sim/limits", json!({"logs": 6000})),
        ("/sim/quota", json!({"used": 280_000})),
    ] {
        assert_eq!(put(path, body).await.0, 204, "{path}");
    }
    assert_eq!(
        post("/sim/attacks", json!({"scenario": "mfa_fatigue"}))
            .await
            .0,
        204
    );
    assert_eq!(put("/sim/clock", json!({"skip_s": 600})).await.0, 200);
    assert_eq!(post("/sim/forget/cursors", Value::Null).await.0, 204);
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let (_, told) = program.call(Method::GET, "/sim", Value::Null).await;
        assert_eq!(told["limits"]["logs"], 6000);
        if told["events"].as_u64().unwrap() > 600 {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{told}");
    }
    let (_, events) = program.call(Method::GET, "/sim/events", Value::Null).await;
    assert_eq!(events[0]["uuid"], event["uuid"]);
    for (path, body) in [
        ("/sim/attacks", json!({"scenario": "coffee"})),
        ("/sim/events", json!({})),
        ("/sim/faults", json!({"harm": "none"})),
    ] {
        let (status, told) = post(path, body).await;
        let is_told = !told["error"].as_str().unwrap().is_empty();
        assert!(status == 400 && is_told, "{told}");
    }
}
