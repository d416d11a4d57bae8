//! What to do about it: one thing.

use crate::okta::{Mode, Problem, SCOPES, Scope};

pub(super) fn remedy(problem: &Problem, host: &str, mode: Option<Mode>) -> String {
    match problem {
        Problem::Key(error) => error.remedy().to_owned(),
        Problem::UnknownHost => format!("Check the spelling of {host}."),
        Problem::PrivateAddress { .. } => {
            format!("Find out why this machine's DNS answers so for {host}, and have it corrected.")
        }
        Problem::Unreachable { .. } => {
            format!("Let this machine open connections to {host} on port 443.")
        }
        Problem::Tls { .. } => {
            format!("If something inspects TLS between here and {host}, make an exception for it.")
        }
        Problem::TimedOut { .. } | Problem::Broken | Problem::Down => {
            "Try again; if it stays so, look at status.okta.com.".to_owned()
        }
        Problem::Redirected { .. } => {
            "Enter the address that the browser shows once you are signed \
                                       in: the org may have been renamed."
                .to_owned()
        }
        Problem::TooLarge | Problem::WebPage | Problem::Unreadable => {
            format!("Check that {host} is the org's address and no proxy answers in its place.")
        }
        Problem::LargePage => {
            "Ask Okta's support why events of the org are so large: fewer and fewer of them are asked \
             for at a time already."
                .to_owned()
        }
        Problem::NoOrg => "Enter the address that stands in the browser when you are in the org's \
                           admin console."
            .to_owned(),
        Problem::ForeignLink { .. } | Problem::LostPlace { .. } => {
            "Start the System Log again from a time; what comes twice does no harm.".to_owned()
        }
        Problem::RateLimited | Problem::TooManyAtATime => {
            "Find out in the org's rate limit dashboard who else calls so often.".to_owned()
        }
        Problem::HookLimit => {
            "Delete an event hook that nobody needs: Workflow > Event Hooks.".to_owned()
        }
        Problem::NotVerified { .. } => {
            "Check that Okta reaches the hook's address from the internet by https, with a \
             certificate of a public authority, and gets an answer within 3 s."
                .to_owned()
        }
        Problem::Rejected { .. } => {
            "Correct what Okta names here, then validate the connection again.".to_owned()
        }
        Problem::NotFound => "Validate the connection again, which sets up a new one.".to_owned(),
        Problem::Unexpected { .. } => {
            "Try again; if it stays so, ask Okta's support and name the error's id.".to_owned()
        }
        Problem::FeatureOff => "Ask Okta's support to switch it on.".to_owned(),
        _ => of_access(problem, host, mode),
    }
}

/// What to do about credentials and rights.
fn of_access(problem: &Problem, host: &str, mode: Option<Mode>) -> String {
    let text = match problem {
        Problem::WrongSecret => {
            "Copy the secret anew, or make another one: Client Credentials of the integration."
        }
        Problem::UnknownClient => {
            return format!("Copy the client id anew, from an application of {host}.");
        }
        Problem::WrongClient => "Check that the application is active, and copy both anew.",
        Problem::NeedsPrivateKey => {
            "Choose a private key here and at Okta: General > Client Credentials > Public key / \
             Private key."
        }
        Problem::NeedsOtherMethod if mode == Some(Mode::ClientSecret) => {
            "Choose the private key here, as the integration was installed."
        }
        Problem::NeedsOtherMethod => {
            "Choose client id and secret here, as the integration was \
                                      installed."
        }
        Problem::NotAService => {
            "Create an application of the kind \"API Services\" and enter its client id."
        }
        Problem::NeedsDpop if mode == Some(Mode::ClientSecret) => {
            "Use a private key with DPoP; a secret does not go with it."
        }
        Problem::NeedsDpop => {
            "Choose \"private key with DPoP\" here, or untick \"Require DPoP\" at the application: \
             General > Proof of possession."
        }
        Problem::UnknownKey => {
            "Add the public key at the application and give its key id (kid) here: General > \
             Client Credentials > Public keys."
        }
        _ => return of_rights(problem, mode),
    };
    text.to_owned()
}

/// What to do about what a client may not.
fn of_rights(problem: &Problem, mode: Option<Mode>) -> String {
    let text = match problem {
        Problem::Clock => "Let this machine set its clock by NTP.",
        Problem::NoScopeGranted => {
            let scopes = SCOPES.map(Scope::name).join(", ");
            return format!("Grant {scopes}: Okta API Scopes of the application.");
        }
        Problem::UnknownScope => {
            "Check that this is the org itself and not one of its other authorization servers."
        }
        Problem::NetworkZone => {
            "Add this machine's public address to the network zone that the application allows."
        }
        Problem::InvalidToken if mode == Some(Mode::ApiToken) => {
            "Create another one, Security > API > Tokens, and enter it here."
        }
        Problem::InvalidToken => {
            "Check that the application is active and its administrator role was not taken away."
        }
        Problem::MissingScope { scope } => {
            return format!("Grant {scope}: Okta API Scopes of the application.");
        }
        Problem::NoPermission if mode == Some(Mode::ApiToken) => {
            "Use the token of a super administrator, or of one whose role may manage event hooks \
             and read the System Log."
        }
        Problem::NoPermission => {
            "Give the application the super administrator role, or one that may manage event hooks \
             and read the System Log: Admin roles of the application."
        }
        _ => "Compare the credentials with those of the application at Okta.",
    };
    text.to_owned()
}
