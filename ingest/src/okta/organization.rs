//! What an org says of itself to everybody (`/.well-known/okta-organization`).

use reqwest::Method;
use serde::Deserialize;

use super::client::{Answer, Call};
use super::outbound::MAX_ANSWER;
use super::{Bucket, Okta, OktaError, OrgAddress, Outbound, Problem};

const WELL_KNOWN: &str = "/.well-known/okta-organization";

/// An org, as it presents itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Okta's id of the org, such as `00o…`. It stays when the org is renamed.
    pub id: String,
    /// The org's own host below one of Okta's domains, also when it was asked at a custom one.
    pub okta_host: Option<String>,
    /// Whether it runs Identity Engine; else Classic Engine.
    pub is_identity_engine: bool,
}

impl Organization {
    /// Asks the org at `address`; needs no credentials.
    pub async fn ask(address: &OrgAddress, outbound: &Outbound) -> Result<Self, OktaError> {
        let request = outbound.request(Method::GET, &address.url(WELL_KNOWN));
        let answer = outbound.answer(address, request, MAX_ANSWER).await?;
        Self::read(address, &answer)
    }

    fn read(address: &OrgAddress, answer: &Answer) -> Result<Self, OktaError> {
        let no_org = || OktaError::new(address, Problem::NoOrg).answered(answer);
        if answer.status == 404 {
            return Err(no_org());
        }
        answer.refusal(address, None)?;
        let wire: Wire = answer.read(address)?;
        if wire.id.is_empty() {
            return Err(no_org());
        }
        let href = wire.links.and_then(|links| links.organization?.href);
        let host =
            href.and_then(|href| Some(reqwest::Url::parse(&href).ok()?.host_str()?.to_owned()));
        Ok(Self {
            id: wire.id,
            okta_host: host,
            is_identity_engine: wire.pipeline.as_deref() == Some("idx"),
        })
    }
}

impl Okta {
    /// Returns what the org says of itself.
    pub async fn organization(&self) -> Result<Organization, OktaError> {
        let call = Call::new(Bucket::Organization, Method::GET, WELL_KNOWN);
        let answer = self.exchange(&call, None).await?;
        Organization::read(self.address(), &answer)
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    id: String,
    pipeline: Option<String>,
    #[serde(rename = "_links")]
    links: Option<Links>,
}

#[derive(Deserialize)]
struct Links {
    organization: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: Option<String>,
}
