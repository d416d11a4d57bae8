//! Secrets in every form in which somebody might find them: as they are, in hexadecimal digits, in base64
//! at any place of a longer text, percent-encoded, in JSON.

use std::collections::BTreeSet;
use std::fmt::Write;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter ones are found by chance.
const SHORTEST: usize = 16;

/// What is looked for, and where it was found.
#[derive(Debug)]
pub(super) struct Needles {
    names: Vec<String>,
    forms: AhoCorasick,
    searched: usize,
    found: BTreeSet<String>,
}

impl Needles {
    /// Looks for secrets, each with its name.
    pub(super) fn new(secrets: &[(String, Vec<u8>)]) -> Self {
        let (mut names, mut patterns) = (Vec::new(), Vec::new());
        for (name, secret) in secrets {
            assert!(secret.len() >= SHORTEST, "{name} is too short");
            for (form, pattern) in forms(secret) {
                names.push(format!("{name}, {form}"));
                patterns.push(pattern);
            }
        }
        Self {
            names,
            forms: AhoCorasick::new(patterns).unwrap(),
            searched: 0,
            found: BTreeSet::new(),
        }
    }

    /// Searches what is named so.
    pub(super) fn search(&mut self, what: &str, bytes: &[u8]) {
        self.searched += bytes.len();
        for found in self.forms.find_overlapping_iter(bytes) {
            let name = &self.names[found.pattern().as_usize()];
            self.found.insert(format!("{what}: {name}"));
        }
    }

    /// As [`Needles::search`], for text that people read: no keys and tokens of any kind.
    pub(super) fn search_text(&mut self, what: &str, text: &str) {
        self.search(what, text.as_bytes());
        for sign in ["PRIVATE KEY", "\"d\":\"", "SSWS ", "Basic ", "Bearer ey"] {
            if text.contains(sign) {
                self.found.insert(format!("{what}: {sign}"));
            }
        }
    }

    /// Panics when anything was found, or when what is no secret and must be there was not.
    pub(super) fn assert_only_found(mut self, control: &str) {
        let before = self.found.len();
        self.found.retain(|found| !found.contains(control));
        println!(
            "{} bytes searched, {} places with the {control}",
            self.searched,
            before - self.found.len()
        );
        assert!(self.found.is_empty(), "secrets: {:#?}", self.found);
        assert!(before > 0, "not even the {control} is found");
    }
}

fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex = |upper: bool| {
        secret.iter().fold(String::new(), |mut text, byte| {
            let written = if upper {
                write!(text, "{byte:02X}")
            } else {
                write!(text, "{byte:02x}")
            };
            written.unwrap();
            text
        })
    };
    let percent = |all: bool| {
        secret.iter().fold(String::new(), |mut text, byte| {
            if !all && (byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
                text.push(char::from(*byte));
            } else {
                write!(text, "%{byte:02X}").unwrap();
            }
            text
        })
    };
    let mut forms = vec![
        ("as it is", secret.to_vec()),
        ("hex", hex(false).into_bytes()),
        ("hex", hex(true).into_bytes()),
        ("percent-encoded", percent(false).into_bytes()),
        ("percent-encoded", percent(true).into_bytes()),
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::to_string(text).unwrap();
        forms.push(("JSON", json.trim_matches('"').as_bytes().to_vec()));
    }
    for before in 0..3 {
        forms.push(("base64", base64(&STANDARD_NO_PAD, secret, before)));
        forms.push(("base64 of URLs", base64(&URL_SAFE_NO_PAD, secret, before)));
    }
    forms
}

/// What of a secret's base64 does not depend on what stands around it, when so many bytes beyond a
/// multiple of three stand before it.
fn base64(engine: &GeneralPurpose, secret: &[u8], before: usize) -> Vec<u8> {
    let whole = [&vec![0; before], secret].concat();
    let (first, last) = ((before * 8).div_ceil(6), whole.len() * 8 / 6);
    engine.encode(whole).as_bytes()[first..last].to_vec()
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = "a canary / of 30+ bytes & more";
    let text = |engine: &GeneralPurpose, before: &str| {
        engine.encode(format!("{before}{secret} and what follows"))
    };
    let mut haystacks = vec![
        format!("x{secret}x"),
        "612063616e617279202f206f662033302b206279746573202620 6d6f7265".replace(' ', "") + "20",
        "a%20canary%20%2F%20of%2030%2B%20bytes%20%26%20more".to_owned(),
    ];
    for before in ["", "i", "id", "id:", "0oa1234:"] {
        haystacks.push(text(&STANDARD_NO_PAD, before));
        haystacks.push(text(&URL_SAFE_NO_PAD, before));
    }
    for haystack in haystacks {
        let mut needles = Needles::new(&[("canary".to_owned(), secret.into())]);
        needles.search("it", haystack.as_bytes());
        assert!(!needles.found.is_empty(), "{haystack}");
    }
    let mut needles = Needles::new(&[("canary".to_owned(), secret.into())]);
    needles.search("it", b"a canary / of 30 bytes");
    needles.search_text("it", "{\"kty\":\"EC\",\"d\":\"AA\"}");
    assert_eq!(needles.found.len(), 1);
}
