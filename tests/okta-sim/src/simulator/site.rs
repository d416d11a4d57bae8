//! Under which address a client has called: what links in answers begin with.

use hyper::header::{HOST, HeaderMap};

/// The org's address as the client of a request wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// Such as `https://acme.okta.com`, with a port unless it is the usual one.
    pub(crate) base: String,
    host: String,
}

impl Site {
    /// Reads the `Host` header; `None` if it names no host that this org answers for.
    pub(crate) fn of(headers: &HeaderMap, scheme: &str, hosts: &[String]) -> Option<Self> {
        let authority = headers.get(HOST)?.to_str().ok()?;
        let host = host_of(authority).to_ascii_lowercase();
        hosts.contains(&host).then(|| Self {
            base: format!("{scheme}://{}", authority.to_ascii_lowercase()),
            host,
        })
    }

    /// Returns whether a URL is that of a path here. A port does not matter: a real org has none,
    /// and a simulated one is reached by several ways.
    pub(crate) fn is_url_of(&self, url: &str, path: &str) -> bool {
        let Some((scheme, rest)) = url.split_once("://") else {
            return false;
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, found) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        self.base.starts_with(&format!("{scheme}://"))
            && host_of(authority).eq_ignore_ascii_case(&self.host)
            && found == path
    }
}

fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_ours_by_scheme_host_and_path_whatever_the_port() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "Acme.okta.com:4433".parse().unwrap());
        let site = Site::of(&headers, "https", &["acme.okta.com".to_owned()]).unwrap();
        assert_eq!(site.base, "https://acme.okta.com:4433");
        assert!(site.is_url_of("https://acme.okta.com/oauth2/v1/token", "/oauth2/v1/token"));
        assert!(site.is_url_of("https://acme.okta.com:4433/x?y=1", "/x"));
        assert!(!site.is_url_of("http://acme.okta.com/x", "/x"));
        assert!(!site.is_url_of("https://acme.okta.com.evil.example/x", "/x"));
        assert!(!site.is_url_of("https://acme.okta.com/y", "/x"));
        assert!(Site::of(&headers, "https", &["other.okta.com".to_owned()]).is_none());
    }
}
