//! The address of an Okta org, out of what people paste: `acme`, `acme.okta.com`, the address of a
//! page of its admin console. What could lead anywhere else than to Okta is refused.

mod error;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::OktaConfig;

pub use error::AddressError;

/// Okta's domains; an org is one name below one of them ("Okta domains", okta-developer-docs).
const OKTA_DOMAINS: [&str; 6] = [
    "okta.com",
    "oktapreview.com",
    "okta-emea.com",
    "okta-gov.com",
    "okta.mil",
    "trex-govcloud.com",
];
/// Names below `okta.com` that are Okta's own pages, not orgs.
const OKTA_PAGES: [&str; 11] = [
    "www",
    "login",
    "developer",
    "help",
    "support",
    "status",
    "trust",
    "docs",
    "learning",
    "signup",
    "iamse",
];
/// What the admin console adds to the org's name.
const ADMIN: &str = "-admin";
/// The longest that is looked at: a page of the admin console has a few hundred characters.
const MAX_PASTED: usize = 2048;
/// The longest name in DNS, and the longest part of one.
const MAX_HOST: usize = 253;
const MAX_LABEL: usize = 63;

/// Where an org is reached: always by https, on port 443 unless it is on this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgAddress {
    host: String,
    /// Another one than 443: on this machine only.
    port: Option<u16>,
}

impl OrgAddress {
    /// Reads what somebody pasted. `http://` is taken for a typing error: nothing is ever sent
    /// without TLS.
    ///
    /// # Errors
    /// What is wrong with it and what to enter instead.
    pub fn read(pasted: &str, settings: &OktaConfig) -> Result<Self, AddressError> {
        let authority = authority(pasted)?;
        let (host, port) = split_port(&authority)?;
        if host.is_empty() {
            return Err(AddressError::Empty);
        }
        if settings.allow_loopback && is_this_machine(host) {
            let host = host.to_owned();
            return match port.map(str::parse).transpose() {
                Ok(port) => Ok(Self { host, port }),
                Err(_) => Err(AddressError::Port(port.unwrap_or_default().to_owned())),
            };
        }
        check_name(host)?;
        if let Some(port) = port {
            return Err(AddressError::Port(port.to_owned()));
        }
        let host = if host.contains('.') {
            host.to_owned()
        } else {
            format!("{host}.okta.com")
        };
        if settings.allows(&host) {
            return Ok(Self { host, port: None });
        }
        let host = below_okta(&host)?;
        Ok(Self { host, port: None })
    }

    /// Returns the host alone, such as `acme.okta.com`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the address of `path`, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("https://{self}{path}")
    }

    /// Returns the page of the admin console that lists the org's applications, where access for us is
    /// created. With a custom domain Okta leads on to the console by itself.
    pub fn admin_link(&self) -> String {
        const PAGE: &str = "/admin/apps/active";
        match self.host.split_once('.') {
            Some((org, domain)) if OKTA_DOMAINS.contains(&domain) => {
                format!("https://{org}{ADMIN}.{domain}{PAGE}")
            }
            _ => self.url(PAGE),
        }
    }

    /// Whether this is one of Okta's own domains, not a custom one.
    pub fn is_okta_domain(&self) -> bool {
        let below = self.host.split_once('.').map(|(_, domain)| domain);
        below.is_some_and(|domain| OKTA_DOMAINS.contains(&domain))
    }
}

/// The host, and the port if it is not that of https: what a URL has between `//` and the next `/`.
impl fmt::Display for OrgAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Returns what stands between the scheme and the path, in lower case.
fn authority(pasted: &str) -> Result<String, AddressError> {
    if pasted.len() > MAX_PASTED {
        return Err(AddressError::TooLong);
    }
    let text = pasted.trim();
    let has_blank = |c: char| c.is_whitespace() || c.is_control();
    let rest = match text.split_once("://") {
        // Behind a ? or / it is not the scheme that ends there.
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#', '@', '.']) => {
            match scheme.to_ascii_lowercase().as_str() {
                "https" | "http" => rest,
                _ if scheme.contains(has_blank) => return Err(AddressError::Blank),
                other => return Err(AddressError::Scheme(shown(&format!("{other}://")))),
            }
        }
        _ => text.strip_prefix("//").unwrap_or(text),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(end);
    if authority.contains('\\') {
        return Err(AddressError::Backslash);
    }
    if authority.contains('@') {
        return Err(AddressError::UserInfo);
    }
    if authority.contains(has_blank) {
        return Err(AddressError::Blank);
    }
    Ok(authority.to_ascii_lowercase())
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some((host, rest)) = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return if host.parse::<Ipv6Addr>().is_err() {
            Err(AddressError::NoHost(shown(authority)))
        } else {
            // The brackets stay: a URL wants them.
            let (host, _) = authority.split_at(host.len() + 2);
            Ok((host, rest.strip_prefix(':')))
        };
    }
    if authority.parse::<Ipv6Addr>().is_ok() {
        return Err(AddressError::Numeric(shown(authority)));
    }
    match authority.split_once(':') {
        Some((host, "")) => Ok((host, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

/// Whether this is a name or an address of this machine, as tests and the demo use them.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = |ip: IpAddr| ip.is_loopback();
    bare.parse().is_ok_and(is_loopback) || host == "localhost" || host.ends_with(".localhost")
}

/// Whether a text is the name of a host elsewhere.
pub(crate) fn is_host_name(text: &str) -> bool {
    check_name(&text.to_ascii_lowercase()).is_ok()
}

/// Checks that the host is a name, and one that all programs read alike.
fn check_name(host: &str) -> Result<(), AddressError> {
    let text = || shown(host);
    if host.ends_with(']') || is_numeric(host) {
        return Err(AddressError::Numeric(text()));
    }
    if host.ends_with('.') {
        return Err(AddressError::TrailingDot(text()));
    }
    if !host.is_ascii() || host.split('.').any(|label| label.starts_with("xn--")) {
        return Err(AddressError::Lookalike(text()));
    }
    let is_label = |label: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(is_part)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > MAX_HOST || !host.split('.').all(is_label) {
        return Err(AddressError::NoHost(text()));
    }
    if is_this_machine(host) {
        return Err(AddressError::ThisMachine(text()));
    }
    Ok(())
}

/// Whether some program takes the host for an IPv4 address: also `127.1`, `0x7f.1`, `2130706433` and
/// `0177.0.0.1` are, by the URL standard ("ends in a number").
fn is_numeric(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x");
    let is_hex = hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_hex || !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the org's host below a domain of Okta's, without what the admin console adds.
fn below_okta(host: &str) -> Result<String, AddressError> {
    let text = || shown(host);
    for domain in OKTA_DOMAINS {
        if host == domain {
            let host = text();
            return Err(AddressError::OktaItself { host, domain });
        }
        let below = host.strip_suffix(domain);
        let Some(below) = below.and_then(|below| below.strip_suffix('.')) else {
            continue;
        };
        let (outer, org) = below.rsplit_once('.').map_or(("", below), |both| both);
        let org = org.strip_suffix(ADMIN).unwrap_or(org);
        if !outer.is_empty() {
            let (host, org) = (text(), format!("{org}.{domain}"));
            return Err(AddressError::BelowAnOrg { host, org });
        }
        if org.is_empty() {
            return Err(AddressError::NoHost(text()));
        }
        if OKTA_PAGES.contains(&org) {
            let host = text();
            return Err(AddressError::OktaItself { host, domain });
        }
        return Ok(format!("{org}.{domain}"));
    }
    // Such as acme.okta.com.evil.com, okta.com-acme.net or acmeokta.com; but okta.acme.com may be an
    // honest custom domain.
    let is_like = |domain: &str| {
        let goes_on = |mark: char| host.contains(&format!("{domain}{mark}"));
        host.ends_with(domain) || goes_on('.') || goes_on('-')
    };
    if OKTA_DOMAINS.iter().any(|domain| is_like(domain)) {
        let mut parts: Vec<&str> = host.rsplit('.').take(2).collect();
        parts.reverse();
        let (host, owner) = (text(), parts.join("."));
        return Err(AddressError::Disguised { host, owner });
    }
    Err(AddressError::NotAllowed(text()))
}

/// What is wrong, as it can be shown: not more than a host may have.
fn shown(text: &str) -> String {
    let is_shown = |c: &char| !c.is_control();
    text.chars().filter(is_shown).take(MAX_HOST).collect()
}
