//! What people paste, and what others would have them paste.

use nightlatch_ingest::okta::{AddressError, OrgAddress};

use super::settings;

/// What leads elsewhere, or might for some program.
const TRICKS: [&str; 51] = [
    "",
    " \t",
    "https://",
    "acme okta.com",
    "acme.okta.com\r\nHost: evil.com",
    "ftp://acme.okta.com",
    "javascript://acme.okta.com/%0Aalert(1)",
    "https://acme.okta.com@evil.com",
    "https://acme.okta.com:x@evil.com/",
    "joe@acme.com",
    "https://evil.com\\@acme.okta.com",
    "acme.okta.com:443",
    "acme.okta.com:8443",
    "acme.okta.com.",
    "acme.",
    "10.0.0.1",
    "169.254.169.254/latest/meta-data",
    "http://2130706433/",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "1.2.3.4.",
    "[::1]",
    "[::ffff:169.254.169.254]",
    "::ffff:10.0.0.1",
    "[::1",
    "\u{430}cme.okta.com",
    "\u{ff41}cme.okta.com",
    "acme\u{3002}okta.com",
    "acme.o\u{212a}ta.com",
    "ac\u{200b}me.okta.com",
    "xn--cme-7cd.okta.com",
    "acme.xn--kta-jua.com",
    "acme.okta.com.evil.com",
    "evil-okta.com",
    "acme.okta.com-login.net",
    "okta.com",
    "www.okta.com",
    "login.okta.com",
    "sub.acme.okta.com",
    "sub.acme-admin.okta.com",
    "-admin.okta.com",
    "acme..okta.com",
    "acme_x.okta.com",
    "acme%2eokta.com",
    "https://acme.okta.com%00.evil.com",
    "evil.com",
    "x.login.acme.com",
    "localhost",
    "acme.localhost",
    "localhost:8443",
];

fn read(pasted: &str) -> Result<String, AddressError> {
    let settings = settings("allowed_domains = [\"login.acme.com\", \"okta.acme.com\"]");
    OrgAddress::read(pasted, &settings).map(|address| address.to_string())
}

#[test]
fn every_spelling_of_an_org_is_its_host() {
    for pasted in [
        "acme",
        "ACME",
        "  acme  ",
        "acme-admin",
        "acme.okta.com",
        "acme.okta.com/",
        "Acme.Okta.COM",
        "\tacme.okta.com\n",
        "https://acme.okta.com",
        "HTTPS://acme.okta.com/",
        "http://acme.okta.com",
        "//acme.okta.com/x",
        "acme-admin.okta.com",
        "https://acme-admin.okta.com/admin/dashboard?x",
        "https://acme-admin.okta.com/admin/dashboard#a@b:c",
        "https://acme.okta.com?fromURI=https://evil.com/",
        "acme.okta.com/app/UserHome?iss=https%3A%2F%2Facme.okta.com",
        "acme.okta.com:",
    ] {
        assert_eq!(read(pasted).as_deref(), Ok("acme.okta.com"), "{pasted}");
    }
    for (pasted, host) in [
        ("acme.oktapreview.com", "acme.oktapreview.com"),
        (
            "https://acme-admin.oktapreview.com/",
            "acme.oktapreview.com",
        ),
        ("acme.okta-emea.com", "acme.okta-emea.com"),
        ("acme.okta-gov.com", "acme.okta-gov.com"),
        ("acme.okta.mil", "acme.okta.mil"),
        ("acme.trex-govcloud.com", "acme.trex-govcloud.com"),
        ("dev-123456", "dev-123456.okta.com"),
        ("https://Login.Acme.com/", "login.acme.com"),
        ("okta.acme.com", "okta.acme.com"),
    ] {
        assert_eq!(read(pasted).as_deref(), Ok(host), "{pasted}");
    }
}

#[test]
fn what_leads_elsewhere_is_refused_each_with_its_own_sentence() {
    let refuse = |pasted: &str| {
        let error = read(pasted).unwrap_err();
        let (sentence, remedy) = (error.sentence(), error.remedy());
        format!("{}\n  {sentence}\n  -> {remedy}\n", pasted.escape_debug())
    };
    insta::assert_snapshot!(TRICKS.map(refuse).concat());
    assert_eq!(read(&"a".repeat(3000)), Err(AddressError::TooLong));
}

#[test]
fn this_machine_is_an_org_only_where_that_is_allowed() {
    let settings = settings("allow_loopback = true");
    let read = |pasted: &str| {
        let address = OrgAddress::read(pasted, &settings);
        address.map(|address| address.to_string())
    };
    for (pasted, address) in [
        ("https://127.0.0.1:4433/x", "127.0.0.1:4433"),
        ("localhost:4433", "localhost:4433"),
        ("acme.localhost", "acme.localhost"),
        ("[::1]:4433", "[::1]:4433"),
        ("acme", "acme.okta.com"),
    ] {
        assert_eq!(read(pasted).as_deref(), Ok(address), "{pasted}");
    }
    for pasted in [
        "10.0.0.1:4433",
        "[::ffff:127.0.0.1]",
        "127.0.0.1.evil.com",
        "localhost.evil.com",
        "localhost:99999",
        "localhost:x",
        "acme.okta.com:4433",
    ] {
        assert!(read(pasted).is_err(), "{pasted}");
    }
}

#[test]
fn the_admin_link_is_that_of_the_admin_console() {
    let settings = settings("allowed_domains = [\"login.acme.com\"]");
    let link = |pasted| OrgAddress::read(pasted, &settings).unwrap().admin_link();
    assert_eq!(
        link("acme.oktapreview.com"),
        "https://acme-admin.oktapreview.com/admin/apps/active"
    );
    assert_eq!(
        link("login.acme.com"),
        "https://login.acme.com/admin/apps/active"
    );
}
