//! What is wrong, in a sentence.

use crate::okta::system_log::MAX_PAGE_BYTES;
use crate::okta::{MAX_HOOKS, Mode, Problem};

pub(super) fn sentence(problem: &Problem, host: &str, mode: Option<Mode>) -> String {
    match problem {
        Problem::Key(error) => error.to_string(),
        Problem::UnknownHost
        | Problem::PrivateAddress { .. }
        | Problem::Unreachable { .. }
        | Problem::Tls { .. }
        | Problem::TimedOut { .. }
        | Problem::Broken
        | Problem::Redirected { .. }
        | Problem::TooLarge
        | Problem::LargePage
        | Problem::WebPage
        | Problem::Unreadable
        | Problem::NoOrg
        | Problem::ForeignLink { .. } => of_the_way(problem, host),
        Problem::WrongSecret
        | Problem::UnknownClient
        | Problem::WrongClient
        | Problem::NeedsPrivateKey
        | Problem::NeedsOtherMethod
        | Problem::NotAService
        | Problem::NeedsDpop
        | Problem::UnknownKey
        | Problem::Clock
        | Problem::NoScopeGranted
        | Problem::UnknownScope
        | Problem::NetworkZone
        | Problem::NoToken { .. } => of_the_token(problem, host, mode),
        _ => of_the_call(problem, host, mode),
    }
}

fn of_the_way(problem: &Problem, host: &str) -> String {
    match problem {
        Problem::UnknownHost => format!("There is no host {host}."),
        Problem::PrivateAddress { address } => {
            format!("{host} leads to {address}, where Okta is not: that is no public address.")
        }
        Problem::Unreachable { problem } => format!("{host} cannot be reached: {problem}."),
        Problem::Tls { problem } => format!("No secure connection to {host}: {problem}."),
        Problem::TimedOut { seconds } => format!("{host} gave no answer within {seconds} s."),
        Problem::Broken => format!("The connection to {host} ended in the middle of the answer."),
        Problem::Redirected { to } => {
            format!("{host} sends us on to {to}, where we do not follow.")
        }
        Problem::TooLarge => format!("{host} answers with more than Okta ever does at a time."),
        Problem::LargePage => {
            let most = MAX_PAGE_BYTES / (1024 * 1024);
            format!("A page of the System Log of {host} has more than {most} MiB.")
        }
        Problem::WebPage => format!("{host} answers with a web page where Okta's API has data."),
        Problem::ForeignLink { to } => {
            format!("{host} says that its System Log goes on at {to}, which is no page of one.")
        }
        Problem::NoOrg => format!("There is no Okta org at {host}."),
        _ => format!("The answer of {host} is not what Okta's API answers."),
    }
}

fn of_the_token(problem: &Problem, host: &str, mode: Option<Mode>) -> String {
    let text = match problem {
        Problem::WrongSecret => "Okta knows the client, and the secret is not its own.",
        Problem::UnknownClient => return format!("{host} has no client of this id."),
        Problem::WrongClient if mode == Some(Mode::ClientSecret) => {
            "Okta does not let this client in: the id or the secret is wrong, or the client is \
             switched off."
        }
        Problem::WrongClient => {
            "Okta does not let this client in: the id or the key is wrong, or the client is \
             switched off."
        }
        Problem::NeedsPrivateKey => {
            "This is the client of an \"API Services\" application, and Okta lets those in with a \
             private key only, never with a secret."
        }
        Problem::NeedsOtherMethod => {
            "This is the client of an integration from Okta's catalogue, and it authenticates in \
             another way than the one chosen here."
        }
        Problem::NotAService => {
            "This is the client of an application that people sign in to, and Okta gives those no \
             access to its API by themselves."
        }
        Problem::NeedsDpop if mode == Some(Mode::PrivateKeyDpop) => {
            "Okta does not take the DPoP proof that goes with the token."
        }
        Problem::NeedsDpop => {
            "The application demands DPoP, and the credentials here are without it."
        }
        Problem::UnknownKey => {
            "Okta does not know this key: its public half is not among the client's keys."
        }
        Problem::Clock => {
            return format!("The clocks of this machine and of {host} are minutes apart.");
        }
        Problem::NoScopeGranted => "The client is granted none of the scopes that are needed.",
        Problem::UnknownScope => {
            return format!("{host} does not know the scopes that are needed.");
        }
        Problem::NetworkZone => {
            "The client may be used from certain networks only, and this machine is in none of them."
        }
        Problem::NoToken { error, said } => {
            return format!("Okta gives no token: {said} ({error}).");
        }
        _ => "Okta gives no token.",
    };
    text.to_owned()
}

fn of_the_call(problem: &Problem, host: &str, mode: Option<Mode>) -> String {
    let text = match problem {
        Problem::InvalidToken if mode == Some(Mode::ApiToken) => {
            "Okta does not take the API token: it is wrong, revoked, or was unused for 30 days."
        }
        Problem::InvalidToken => "Okta does not take the token that it has just given.",
        Problem::MissingScope { scope } => return format!("The scope {scope} is not granted."),
        Problem::NoPermission if mode == Some(Mode::ApiToken) => {
            "The administrator whose API token this is may not do this."
        }
        Problem::NoPermission => "The client's administrator role does not allow this.",
        Problem::NotFound => return format!("{host} has no such event hook any more."),
        Problem::FeatureOff => return format!("{host} does not have this feature switched on."),
        Problem::RateLimited => {
            return format!("{host} gets more calls of this kind than its limit allows.");
        }
        Problem::TooManyAtATime => {
            return format!("{host} gets more calls at the same time than its limit allows.");
        }
        Problem::HookLimit => {
            return format!("{host} has {MAX_HOOKS} verified event hooks, as many as Okta allows.");
        }
        Problem::NotVerified { causes } => {
            return format!("Okta could not verify our event hook{}.", because(causes));
        }
        Problem::Rejected { said, causes } if causes.is_empty() => {
            return format!("Okta does not take this: {}.", bare(said));
        }
        Problem::Rejected { causes, .. } => {
            return format!("Okta does not take this{}.", because(causes));
        }
        Problem::LostPlace { said } => {
            return format!(
                "Okta does not know this place in the System Log: {}.",
                bare(said)
            );
        }
        Problem::Unexpected { said } if !said.is_empty() => {
            return format!("Okta refuses: {}.", bare(said));
        }
        Problem::Down => return format!("{host} is in trouble and cannot answer."),
        _ => "Okta refuses and does not say why.",
    };
    text.to_owned()
}

/// What Okta said, to be put after a sentence of ours.
fn because(causes: &[String]) -> String {
    let causes: Vec<&str> = causes.iter().map(|cause| bare(cause)).collect();
    if causes.is_empty() {
        return String::new();
    }
    format!(": {}", causes.join("; "))
}

/// A sentence without its full stop.
fn bare(said: &str) -> &str {
    said.trim().trim_end_matches('.')
}
