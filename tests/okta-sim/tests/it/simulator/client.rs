//! A client of a simulated org, as an integration would write one.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nightlatch_okta_sim::{KeyCredential, Options, Simulator};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use openssl::sign::Signer;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn text(&self, pointer: &str) -> &str {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

pub(super) async fn read(response: Response) -> Answer {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let bytes = response.bytes().await.unwrap();
    Answer {
        status,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}

/// Starts an org and a client that trusts it.
pub(super) async fn start(options: Options) -> (Simulator, Caller) {
    let org = Simulator::start(options).await.unwrap();
    let caller = Caller::new(&org);
    (org, caller)
}

/// Sends requests to an org.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) client: Client,
    pub(super) url: String,
    /// The `Authorization` header.
    pub(super) authorization: Option<String>,
}

impl Caller {
    pub(super) fn new(org: &Simulator) -> Self {
        let ca = reqwest::Certificate::from_pem(org.ca_pem().unwrap().as_bytes()).unwrap();
        let client = Client::builder()
            .tls_certs_only([ca])
            .redirect(reqwest::redirect::Policy::none())
            .resolve(org.domain(), org.address())
            .build()
            .unwrap();
        Self {
            client,
            url: org.url(),
            authorization: None,
        }
    }

    /// The same with an API token of the administrator.
    pub(super) fn as_administrator(&self, org: &Simulator) -> Self {
        self.with(&format!("SSWS {}", org.create_api_token().token))
    }

    pub(super) fn with(&self, authorization: &str) -> Self {
        Self {
            authorization: Some(authorization.to_owned()),
            ..self.clone()
        }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("https:") {
            path.to_owned()
        } else {
            format!("{}{path}", self.url)
        };
        let request = self.client.request(method, url);
        match &self.authorization {
            Some(text) => request.header("Authorization", text),
            None => request,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request
                .header("Content-Type", "application/json")
                .body(body.to_string()),
            None => request,
        };
        read(request.send().await.unwrap()).await
    }

    /// Asks for a token with these form fields and headers.
    pub(super) async fn token(&self, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let form: Vec<String> = fields
            .iter()
            .map(|(name, text)| format!("{name}={}", escape(text)))
            .collect();
        let mut request = self
            .request(Method::POST, "/oauth2/v1/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.join("&"));
        for (name, text) in headers {
            request = request.header(*name, *text);
        }
        read(request.send().await.unwrap()).await
    }

    /// Gets a token by client id and secret.
    pub(super) async fn token_of(&self, org: &Simulator, scopes: &[&str]) -> Self {
        let client = org.install_integration(scopes);
        let basic = basic(&client.client_id, &client.client_secret);
        let scope = scopes.join(" ");
        let answer = self
            .token(
                &[("grant_type", "client_credentials"), ("scope", &scope)],
                &[("Authorization", &basic)],
            )
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.with(&format!("Bearer {}", answer.text("/access_token")))
    }
}

pub(super) fn basic(id: &str, secret: &str) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
    format!("Basic {text}")
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

pub(super) fn now_s() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs()
}

fn sign(key: &PKey<Private>, header: &Value, claims: &Value) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(header.to_string());
    text.push('.');
    text.push_str(&URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signer = Signer::new(MessageDigest::sha256(), key).unwrap();
    let signature = signer.sign_oneshot_to_vec(text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Signs an assertion, after a change to its claims.
pub(super) fn assertion(
    credential: &KeyCredential,
    url: &str,
    change: impl FnOnce(&mut Value),
) -> String {
    let key = PKey::private_key_from_pem(credential.private_key_pem.as_bytes()).unwrap();
    let header = json!({"alg": "RS256", "kid": credential.kid});
    let mut claims = json!({
        "iss": credential.client_id, "sub": credential.client_id,
        "aud": format!("{url}/oauth2/v1/token"),
        "iat": now_s(), "exp": now_s() + 300, "jti": uuid::Uuid::new_v4().to_string(),
    });
    change(&mut claims);
    sign(&key, &header, &claims)
}

/// A key that proofs are signed with.
pub(super) struct Prover {
    key: PKey<Private>,
    jwk: Value,
}

impl Prover {
    pub(super) fn new() -> Self {
        let rsa = Rsa::generate(2048).unwrap();
        let jwk = json!({
            "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode(rsa.n().to_vec()),
            "e": URL_SAFE_NO_PAD.encode(rsa.e().to_vec()),
        });
        Self {
            key: PKey::from_rsa(rsa).unwrap(),
            jwk,
        }
    }

    /// Makes a proof for a request, after a change to its claims.
    pub(super) fn proof(&self, method: &str, url: &str, change: impl FnOnce(&mut Value)) -> String {
        let header = json!({"typ": "dpop+jwt", "alg": "RS256", "jwk": self.jwk});
        let mut claims = json!({
            "htm": method, "htu": url, "iat": now_s(), "jti": uuid::Uuid::new_v4().to_string(),
        });
        change(&mut claims);
        sign(&self.key, &header, &claims)
    }

    pub(super) fn hash(token: &str) -> String {
        URL_SAFE_NO_PAD.encode(sha256(token.as_bytes()))
    }
}
