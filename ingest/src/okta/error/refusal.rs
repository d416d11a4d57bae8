//! What an answer that is no success says.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use serde::Deserialize;

use super::super::client::Answer;
use super::super::{Mode, OktaError, OrgAddress, Problem};
use super::oauth;

/// How much of what Okta says is passed on, in characters.
const SHOWN: usize = 300;

/// What Okta's APIs write about an error: its own form, or OAuth's.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    error_code: Option<String>,
    error_summary: String,
    error_id: Option<String>,
    error_causes: Vec<Cause>,
    error: Option<String>,
    #[serde(rename = "error_description")]
    error_description: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Cause {
    error_summary: String,
}

/// Understands a refusal; `mode` is how we had shown who we are.
pub(in crate::okta) fn refusal(
    address: &OrgAddress,
    answer: &Answer,
    mode: Option<Mode>,
) -> OktaError {
    let body: Option<Body> = serde_json::from_slice(&answer.body).ok();
    let is_told = body.is_some();
    let body = body.unwrap_or_default();
    let problem = match (&body.error, &body.error_code) {
        _ if let Some(problem) = of_the_way(answer, is_told) => problem,
        _ if let Some(problem) = challenge(&answer.headers) => problem,
        (Some(error), None) => oauth::problem(error, &line(&body.error_description), mode),
        (_, Some(code)) => coded(code, &body, answer),
        _ => by_status(answer),
    };
    let mut error = OktaError::new(address, problem).answered(answer);
    error.0.mode = mode;
    error.0.code = body.error_code.or(body.error).map(|code| line(&code));
    error.0.error_id = body.error_id.map(|id| line(&id));
    error
}

/// What needs no look at the text.
fn of_the_way(answer: &Answer, is_told: bool) -> Option<Problem> {
    match answer.status {
        300..=399 => {
            let to = answer.redirected_to();
            Some(Problem::Redirected { to: line(&to) })
        }
        429 if answer.is_concurrency() => Some(Problem::TooManyAtATime),
        429 => Some(Problem::RateLimited),
        500..=599 => Some(Problem::Down),
        _ if !is_told && answer.is_web_page() => Some(Problem::WebPage),
        _ => None,
    }
}

/// Reads `WWW-Authenticate`: a token without the scope is answered with it and an empty body.
fn challenge(headers: &HeaderMap) -> Option<Problem> {
    let values = headers.get_all(WWW_AUTHENTICATE).into_iter();
    let mut values = values.filter_map(|value| value.to_str().ok());
    values.find_map(|value| match parameter(value, "error")? {
        "insufficient_scope" => {
            let scope = parameter(value, "scope").unwrap_or("that is needed");
            Some(Problem::MissingScope { scope: line(scope) })
        }
        "invalid_token" => Some(Problem::InvalidToken),
        "invalid_dpop_proof" => Some(Problem::NeedsDpop),
        _ => None,
    })
}

/// Returns the value of a parameter such as `scope="…"`.
pub(in crate::okta) fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = challenge;
    // Of `error` and `error_description` the name must end, and begin, here.
    while let Some((before, after)) = rest.split_once(&format!("{name}=\"")) {
        if before.is_empty() || before.ends_with([' ', ',']) {
            return after.split_once('"').map(|(value, _)| value);
        }
        rest = after;
    }
    None
}

/// Understands Okta's own codes ("Okta error codes").
fn coded(code: &str, body: &Body, answer: &Answer) -> Problem {
    let said = line(&body.error_summary);
    let causes: Vec<String> = body
        .error_causes
        .iter()
        .map(|cause| line(&cause.error_summary))
        .filter(|cause| !cause.is_empty())
        .collect();
    match code {
        "E0000004" | "E0000005" | "E0000011" => Problem::InvalidToken,
        "E0000006" => Problem::NoPermission,
        "E0000007" | "E0000008" => Problem::NotFound,
        "E0000015" => Problem::FeatureOff,
        "E0000047" => Problem::RateLimited,
        "E0000009" => Problem::Down,
        "E0000029" | "E0000030" | "E0000031" | "E0000053" => {
            let said = causes.first().cloned().unwrap_or(said);
            // The same codes tell of filters.
            if ["cursor", "since", "after", "paging"]
                .iter()
                .any(|word| said.contains(word))
            {
                Problem::LostPlace { said }
            } else {
                Problem::Rejected { said, causes }
            }
        }
        "E0000001" | "E0000003" => Problem::Rejected { said, causes },
        _ => match by_status(answer) {
            Problem::Unexpected { .. } => Problem::Unexpected { said },
            known => known,
        },
    }
}

fn by_status(answer: &Answer) -> Problem {
    match answer.status {
        400 if let Some(problem) = wants_dpop(&answer.body) => problem,
        401 => Problem::InvalidToken,
        403 => Problem::NoPermission,
        404 => Problem::NotFound,
        _ => Problem::Unexpected {
            said: format!("status {}", answer.status),
        },
    }
}

fn wants_dpop(body: &[u8]) -> Option<Problem> {
    let text = String::from_utf8_lossy(body);
    text.contains("DPoP").then_some(Problem::NeedsDpop)
}

/// Text of a stranger in one line, without what moves a terminal's cursor.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_shown = |c: &char| !c.is_control();
    words
        .join(" ")
        .chars()
        .filter(is_shown)
        .take(SHOWN)
        .collect()
}
