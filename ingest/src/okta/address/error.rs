//! Why a text is no address, and what to enter instead.

/// Why a text is no address of an org.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say what the variants are")]
pub enum AddressError {
    #[error("The address is empty.")]
    Empty,
    #[error("The address is longer than any of Okta's.")]
    TooLong,
    #[error("The address holds a blank or a control character.")]
    Blank,
    #[error("The address begins with {0}, and Okta is reached by https only.")]
    Scheme(String),
    #[error("The address holds an @, so that it would lead to what stands after it.")]
    UserInfo,
    #[error("The address holds a backslash, which programs read in different ways.")]
    Backslash,
    #[error("The address names the port {0}, and Okta is on none but that of https.")]
    Port(String),
    #[error("{0} is a number on a network, not a name.")]
    Numeric(String),
    #[error("{0} ends with a dot.")]
    TrailingDot(String),
    #[error("{0} holds letters that can look like others, and no Okta domain does.")]
    Lookalike(String),
    #[error("{0} is no host name.")]
    NoHost(String),
    #[error("{0} is this machine.")]
    ThisMachine(String),
    #[error("{host} is Okta's own site, not an org.")]
    OktaItself { host: String, domain: &'static str },
    #[error("{host} has too many parts for an org's address.")]
    BelowAnOrg { host: String, org: String },
    #[error("{host} only looks like an Okta address: it belongs to {owner}.")]
    Disguised { host: String, owner: String },
    #[error("{0} is not below a domain of Okta's.")]
    NotAllowed(String),
}

impl AddressError {
    /// Returns what is wrong, as a sentence for a person.
    pub fn sentence(&self) -> String {
        self.to_string()
    }

    /// Returns the one thing to do about it.
    pub fn remedy(&self) -> String {
        let text = match self {
            Self::Scheme(_) => "Begin it with https://.",
            Self::Backslash => "Write / instead.",
            Self::Port(_) => "Leave out the colon and the number.",
            Self::TrailingDot(_) => "Leave out the dot.",
            Self::Lookalike(_) => "Type the address by hand instead of pasting it.",
            Self::OktaItself { domain, .. } => {
                return format!("Put your org's name in front, such as acme.{domain}.");
            }
            Self::BelowAnOrg { org, .. } => {
                return format!("Enter {org} if that is your org.");
            }
            Self::Disguised { .. } => "Check where you have it from, and enter your org's own.",
            Self::NotAllowed(host) => {
                return format!(
                    "Enter the org's address that ends with okta.com or the like; if {host} is the \
                     org's custom domain, have it added to ingest.okta.allowed_domains."
                );
            }
            Self::Empty
            | Self::TooLong
            | Self::Blank
            | Self::UserInfo
            | Self::Numeric(_)
            | Self::NoHost(_)
            | Self::ThisMachine(_) => "Enter only the org's address, such as acme.okta.com.",
        };
        text.to_owned()
    }
}
