//! The way to an org: what is not called, and what answers and is not believed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use nightlatch_ingest::okta::{Names, OktaError, OrgAddress, Organization, Outbound, Problem};
use nightlatch_okta_sim::{Endpoint, Fault, Harm};
use tokio::net::TcpListener;

use super::stranger::{HOST, Stranger, json};
use super::{Bench, outbound, settings, told};

/// Asks an org whose host has these addresses.
async fn ask(text: &str, addresses: &[&str]) -> OktaError {
    let addresses: Vec<SocketAddr> = addresses
        .iter()
        .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
        .collect();
    let table = BTreeMap::from([(HOST.to_owned(), addresses)]);
    let outbound = Outbound::new(settings(text), Names::Fixed(table)).unwrap();
    let address = OrgAddress::read(HOST, outbound.settings()).unwrap();
    Organization::ask(&address, &outbound).await.unwrap_err()
}

#[tokio::test]
async fn a_name_that_leads_into_a_network_is_not_called() {
    for address in [
        "127.0.0.1",
        "10.0.0.5",
        "172.16.3.4",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "0.0.0.0",
        "::1",
        "::ffff:169.254.169.254",
        "::ffff:127.0.0.1",
        "fd00:ec2::254",
        "fe80::1",
        "64:ff9b::a9fe:a9fe",
    ] {
        let error = ask("", &[address]).await;
        let address = address.parse().unwrap();
        assert_eq!(*error.problem(), Problem::PrivateAddress { address });
        // One good address among them helps nothing: the next look-up could give the other.
        let error = ask("", &["8.8.8.8", &address.to_string()]).await;
        assert_eq!(*error.problem(), Problem::PrivateAddress { address });
    }
    let error = ask("allow_loopback = true", &["10.0.0.5"]).await;
    assert!(matches!(error.problem(), Problem::PrivateAddress { .. }));
    insta::assert_snapshot!(told(&error));
}

#[tokio::test]
async fn a_name_without_an_address_is_told() {
    insta::assert_snapshot!(told(&ask("", &[]).await));
}

#[tokio::test]
async fn redirections_are_not_followed() {
    let bench = Bench::start().await;
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "https://evil.example/?token=x",
        "/elsewhere",
    ] {
        let harm = Harm::Redirect(target.to_owned());
        bench.org.clear_faults();
        bench.org.add_fault(Fault::at(Endpoint::WellKnown, harm));
        let error = Organization::ask(&bench.address, &bench.outbound).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error.problem(), Problem::Redirected { .. }),
            "{error}"
        );
        assert!(!error.to_string().contains("token"), "{error}");
    }
    bench.org.clear_faults();
    let harm = Harm::Redirect("http://169.254.169.254/latest/meta-data/".to_owned());
    bench.org.add_fault(Fault::at(Endpoint::Token, harm));
    let error = bench.integration().granted().await.unwrap_err();
    insta::assert_snapshot!(told(&error));
}

#[tokio::test]
async fn what_answers_and_is_no_org_is_told_by_what_it_answers() {
    let too_large = [
        &b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n\""[..],
        &vec![b'a'; 11 * 1024 * 1024],
    ]
    .concat();
    let page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";
    let truncated = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":\"00o1\"";
    let mut said = Vec::new();
    for (case, answer) in [
        ("too large", too_large),
        ("a web page", page.to_vec()),
        ("cut off", truncated.to_vec()),
        ("nothing", Vec::new()),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        ("no JSON", json(200, &[], "hello")),
        ("other JSON", json(200, &[], "{\"id\":[]}")),
        ("no id", json(200, &[], "{}")),
        ("no org", json(404, &[], "{}")),
        ("in trouble", json(503, &[], "")),
    ] {
        let stranger = Stranger::start(vec![answer]).await;
        let error = Organization::ask(&stranger.address, &stranger.outbound).await;
        said.push(format!("{case}: {}", told(&error.unwrap_err())));
    }
    insta::assert_snapshot!(said.concat());
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let bench = Bench::start().await;
    let folder = tempfile::tempdir().unwrap();
    // Another authority than the org's is trusted.
    let other = nightlatch_okta_sim::Authority::new().unwrap();
    let ca_pem = other.certificate_pem().unwrap();
    let outbound_of = |host| outbound(&folder, &ca_pem, host, bench.org.address());
    let error = Organization::ask(&bench.address, &outbound_of(HOST)).await;
    let error = error.unwrap_err();
    assert!(matches!(error.problem(), Problem::Tls { .. }), "{error}");
    insta::assert_snapshot!(told(&error));
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused() {
    let bench = Bench::start().await;
    let folder = tempfile::tempdir().unwrap();
    let ca_pem = bench.org.ca_pem().unwrap();
    let outbound = outbound(&folder, &ca_pem, "other.okta.com", bench.org.address());
    let address = OrgAddress::read("other.okta.com", outbound.settings()).unwrap();
    let error = Organization::ask(&address, &outbound).await.unwrap_err();
    assert!(matches!(error.problem(), Problem::Tls { .. }), "{error}");
    insta::assert_snapshot!(told(&error));
}

#[tokio::test]
async fn what_speaks_no_tls_is_told() {
    let org = nightlatch_okta_sim::Simulator::start(nightlatch_okta_sim::Options {
        tls: false,
        ..nightlatch_okta_sim::Options::default()
    });
    let org = org.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_pem = org.ca_pem().unwrap();
    let outbound = outbound(&folder, &ca_pem, HOST, org.address());
    let address = OrgAddress::read(HOST, outbound.settings()).unwrap();
    let error = Organization::ask(&address, &outbound).await.unwrap_err();
    insta::assert_snapshot!(told(&error));
}

#[tokio::test]
async fn a_closed_port_and_a_silent_server_are_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let text = "allow_loopback = true\ntimeout = \"1s\"";
    let table = BTreeMap::from([(HOST.to_owned(), vec![at])]);
    let outbound = Outbound::new(settings(text), Names::Fixed(table)).unwrap();
    let address = OrgAddress::read(HOST, outbound.settings()).unwrap();
    // It takes the connection and says nothing.
    let silent = Organization::ask(&address, &outbound).await.unwrap_err();
    drop(listener);
    let closed = Organization::ask(&address, &outbound).await.unwrap_err();
    insta::assert_snapshot!(told(&silent) + &told(&closed));
    assert!(silent.is_passing() && closed.is_passing());
}

#[tokio::test]
async fn answers_that_break_off_are_told_and_pass() {
    let bench = Bench::start().await;
    let okta = bench.integration();
    okta.event_hooks().await.unwrap();
    for harm in [Harm::Dropped, Harm::Truncated, Harm::Unanswered] {
        let fault = Fault::at(Endpoint::EventHooks, harm.clone());
        bench.org.add_fault(fault.times(1));
        let error = okta.event_hooks().await.unwrap_err();
        assert_eq!(*error.problem(), Problem::Broken, "{harm:?}");
        assert!(error.is_passing());
        okta.event_hooks().await.unwrap();
    }
}

#[test]
fn a_file_of_certificates_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let text = format!("[ingest.okta]\nca_file = {:?}", file.to_str().unwrap());
    let config = crate::bench::config(&text).unwrap();
    let error = Outbound::from_config(&config).unwrap_err().to_string();
    assert!(error.contains("ingest.okta.ca_file"), "{error}");
    let text = "[ingest.okta]\nca_file = \"/nowhere/ca.pem\"";
    let error = Outbound::from_config(&crate::bench::config(text).unwrap());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("cannot be read"), "{error}");
}
