//! Serving with TLS: who is served, who is not, and a certificate that changes.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use nightlatch_chassis::admin::Readiness;
use nightlatch_chassis::http::{ServeLimits, Tls, TlsFiles, TlsMetrics, serve_tls};
use nightlatch_chassis::metrics::Metrics;
use nightlatch_chassis::shutdown::Shutdown;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};
use openssl::symm::Cipher;
use openssl::x509::{X509, X509Name};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_openssl::SslStream;

/// No test waits longer; a wait this long is a failure.
const DEADLINE: Duration = Duration::from_secs(20);
/// Within it a changed certificate is in force.
const RELOAD: Duration = Duration::from_secs(5);
const HOUR: i64 = 3600;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// A server with files of its own.
struct Server {
    address: SocketAddr,
    folder: TempDir,
    metrics: Metrics,
    readiness: Readiness,
}

impl Server {
    /// Its certificate is called `first`.
    async fn new(limits: ServeLimits) -> Self {
        let (folder, metrics) = (tempfile::tempdir().unwrap(), Metrics::new().unwrap());
        let (shutdown, key) = (Shutdown::new(), key());
        let readiness = Readiness::new(shutdown.clone());
        write(folder.path(), &certificate("first", &key, HOUR), &key);
        let tls_metrics = TlsMetrics::new(&metrics).unwrap();
        let files = files(folder.path());
        let tls = Tls::open(files, "hooks", &tls_metrics, &readiness).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "hello"));
        tokio::spawn(tls.clone().follow(shutdown.clone()));
        tokio::spawn(serve_tls(listener, tls, router, limits, shutdown));
        Self {
            address,
            folder,
            metrics,
            readiness,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Asks over TLS; returns the name of the certificate and the answer.
    async fn ask(&self) -> Result<(String, String), String> {
        self.ask_with(SslVersion::TLS1_3).await
    }

    async fn ask_with(&self, version: SslVersion) -> Result<(String, String), String> {
        let asked = async {
            let mut stream = shake(self.connect().await, version).await?;
            let name = name(&stream);
            stream.write_all(REQUEST).await.map_err(|e| e.to_string())?;
            let mut answer = String::new();
            let read = stream.read_to_string(&mut answer).await;
            read.map_err(|error| error.to_string())?;
            Ok((name, answer))
        };
        timeout(DEADLINE, asked).await.unwrap()
    }

    fn metric(&self, name: &str) -> f64 {
        let page = self.metrics.render().unwrap();
        let line = page.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

async fn shake(stream: TcpStream, version: SslVersion) -> Result<SslStream<TcpStream>, String> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    connector.set_min_proto_version(None).unwrap();
    connector.set_max_proto_version(Some(version)).unwrap();
    connector.set_cipher_list("DEFAULT:@SECLEVEL=0").unwrap();
    let ssl = connector.build().configure().unwrap();
    let ssl = ssl.into_ssl("localhost").unwrap();
    let mut stream = SslStream::new(ssl, stream).unwrap();
    let shaken = Pin::new(&mut stream).connect().await;
    shaken.map_err(|error| error.to_string())?;
    Ok(stream)
}

/// The name in the certificate that the server has shown.
fn name(stream: &SslStream<TcpStream>) -> String {
    let certificate = stream.ssl().peer_certificate().unwrap();
    let entry = certificate.subject_name().entries().next().unwrap();
    String::from_utf8_lossy(entry.data().as_slice()).into_owned()
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// Vouches for itself; valid for so many seconds from now on, or until so many ago.
fn certificate(called: &str, key: &PKey<Private>, seconds: i64) -> X509 {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, called).unwrap();
    let name = name.build();
    let now = jiff::Timestamp::now().as_second();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(key).unwrap();
    let begin = Asn1Time::from_unix(now - 2 * HOUR).unwrap();
    let end = Asn1Time::from_unix(now + seconds).unwrap();
    builder.set_not_before(&begin).unwrap();
    builder.set_not_after(&end).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build()
}

fn files(folder: &Path) -> TlsFiles {
    TlsFiles {
        certificate: folder.join("tls.crt"),
        key: folder.join("tls.key"),
    }
}

fn write(folder: &Path, certificate: &X509, key: &PKey<Private>) {
    let files = files(folder);
    fs::write(files.certificate, certificate.to_pem().unwrap()).unwrap();
    fs::write(files.key, key.private_key_to_pem_pkcs8().unwrap()).unwrap();
}

/// Why files like these are refused at a start.
fn refusal(files: TlsFiles) -> String {
    let metrics = TlsMetrics::new(&Metrics::new().unwrap()).unwrap();
    let readiness = Readiness::new(Shutdown::new());
    let opened = Tls::open(files, "hooks", &metrics, &readiness);
    opened.unwrap_err().to_string()
}

fn patient() -> ServeLimits {
    ServeLimits {
        header_read_timeout: DEADLINE * 2,
        ..ServeLimits::default()
    }
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_served_and_older_ones_are_not() {
    let server = Server::new(ServeLimits::default()).await;
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let (name, answer) = server.ask_with(version).await.unwrap();
        assert_eq!(name, "first");
        assert!(answer.ends_with("hello"), "{answer}");
    }
    for version in [SslVersion::TLS1, SslVersion::TLS1_1] {
        server.ask_with(version).await.unwrap_err();
    }
}

#[tokio::test]
async fn plain_http_is_told_to_use_https_and_noise_is_hung_up_on() {
    let server = Server::new(patient()).await;
    let large = format!("POST / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(9 << 10));
    for (said, answered) in [
        (REQUEST, true),
        (large.as_bytes(), true),
        (b"\x00\x01", false),
    ] {
        let mut stream = server.connect().await;
        stream.write_all(said).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        let read = timeout(DEADLINE, stream.read_to_string(&mut answer)).await;
        assert!(read.unwrap().is_ok() || !answered, "{answer}");
        let is_told = answer.starts_with("HTTP/1.1 400") && answer.contains("HTTPS only");
        assert_eq!(is_told, answered, "{answer}");
        if let Some((_, body)) = answer.split_once("\r\n\r\n") {
            assert!(answer.contains(&format!("Content-Length: {}\r\n", body.len())));
        }
    }
    assert!(server.ask().await.is_ok());
}

#[tokio::test]
async fn handshakes_that_never_end_hold_nobody_up() {
    let server = Server::new(patient()).await;
    let mut slow = Vec::new();
    for said in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00"].repeat(8) {
        let mut stream = server.connect().await;
        stream.write_all(said).await.unwrap();
        slow.push(stream);
    }
    assert!(server.ask().await.unwrap().1.ends_with("hello"));
}

#[tokio::test]
async fn a_handshake_has_the_time_of_a_head_and_then_gives_its_place_away() {
    let server = Server::new(ServeLimits {
        header_read_timeout: Duration::from_millis(200),
        max_connections: 1,
        ..ServeLimits::default()
    })
    .await;
    let mut slow = server.connect().await;
    slow.write_all(b"\x16\x03\x01").await.unwrap();
    let began = Instant::now();
    assert!(server.ask().await.is_ok());
    assert!(
        began.elapsed() >= Duration::from_millis(100),
        "beside a full house"
    );
    let mut end = [0; 1];
    let closed = timeout(DEADLINE, slow.read(&mut end)).await.unwrap();
    assert!(!matches!(closed, Ok(1)), "{closed:?}");
}

#[tokio::test]
async fn a_new_certificate_is_in_force_within_seconds_and_nobody_is_refused_meanwhile() {
    let server = Server::new(patient()).await;
    let before = server.metric("nightlatch_tls_certificate_expiry");
    let mut old = shake(server.connect().await, SslVersion::TLS1_3)
        .await
        .unwrap();
    let key = key();
    write(
        server.folder.path(),
        &certificate("second", &key, 2 * HOUR),
        &key,
    );
    let began = Instant::now();
    loop {
        let (name, answer) = server.ask().await.unwrap();
        assert!(answer.ends_with("hello"), "{answer}");
        if name == "second" {
            break;
        }
        assert!(began.elapsed() < RELOAD, "still the first");
    }
    assert!(server.metric("nightlatch_tls_certificate_expiry") > before);
    old.write_all(REQUEST).await.unwrap();
    let mut answer = String::new();
    old.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("hello"), "a connection from before ended");
}

#[tokio::test]
async fn broken_new_files_leave_the_old_certificate_in_force_and_are_told() {
    let server = Server::new(patient()).await;
    let key_file = files(server.folder.path()).key;
    let good = fs::read(&key_file).unwrap();
    let other = key().private_key_to_pem_pkcs8().unwrap();
    fs::write(&key_file, other).unwrap();
    let began = Instant::now();
    while !server.readiness.report().contains("does not fit") {
        assert!(began.elapsed() < DEADLINE, "{}", server.readiness.report());
        sleep(Duration::from_millis(50)).await;
    }
    assert!(server.metric("nightlatch_tls_reload_failures_total") >= 1.0);
    assert!(server.readiness.is_ready());
    assert_eq!(server.ask().await.unwrap().0, "first");
    fs::write(&key_file, good).unwrap();
    while server.readiness.report().contains("does not fit") {
        assert!(began.elapsed() < DEADLINE, "{}", server.readiness.report());
        sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn files_that_cannot_be_used_are_refused_each_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    let own = key();
    write(folder.path(), &certificate("first", &own, HOUR), &own);
    let right = files(folder.path());
    let encrypted = own.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"canary");
    fs::write(at("encrypted"), encrypted.unwrap()).unwrap();
    fs::write(at("other"), key().private_key_to_pem_pkcs8().unwrap()).unwrap();
    fs::write(at("empty"), "").unwrap();
    for (certificate, key, says) in [
        ("absent", "tls.key", "absent cannot be read: No such file"),
        ("tls.crt", "absent", "absent cannot be read: No such file"),
        ("empty", "tls.key", "empty holds no certificate"),
        ("tls.key", "tls.key", "tls.key holds no certificate"),
        ("tls.crt", "empty", "empty holds no private key"),
        ("tls.crt", "tls.crt", "tls.crt holds no private key"),
        ("tls.crt", "encrypted", "encrypted is encrypted. Decrypt it"),
        ("tls.crt", "other", "other does not fit the certificate"),
    ] {
        let (certificate, key) = (at(certificate), at(key));
        let said = refusal(TlsFiles { certificate, key });
        assert!(said.contains(says), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
    let key = PKey::private_key_from_pem(&fs::read(&right.key).unwrap()).unwrap();
    write(folder.path(), &certificate("first", &key, -HOUR), &key);
    let readiness = Readiness::new(Shutdown::new());
    let metrics = TlsMetrics::new(&Metrics::new().unwrap()).unwrap();
    Tls::open(right, "hooks", &metrics, &readiness).unwrap();
    assert!(
        readiness.report().contains("expired"),
        "{}",
        readiness.report()
    );
}
