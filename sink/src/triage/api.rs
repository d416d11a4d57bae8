//! The addresses of triage.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_chassis::http::request::bad;
use nightlatch_chassis::settings::SettingsError;
use serde::Serialize;
use serde_json::{Value, json};
use tracing::error;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::action::{Action, Deed, Disposition, State, Status};
use super::log::NotRead;
use super::request::{self, MAX_EVENTS, TriageRequest, Wanted};
use crate::feed::{Feed, FilterParameters, event_id, filter, no_event};
use crate::list::Pairs;
use crate::openapi::ProblemDocument;
use crate::store::Selection;

/// Ids that a problem names.
const MAX_NAMED: usize = 10;

/// Where an event stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Triage)]
pub(crate) struct StateDocument {
    /// `open` until somebody does something.
    status: Status,
    /// What it turned out to be, once it is resolved.
    disposition: Option<Disposition>,
    /// Whose it is.
    assignee: Option<String>,
    /// The last note.
    note: Option<String>,
    /// Who did something last.
    by: Option<String>,
    /// When that was.
    #[schema(format = DateTime)]
    at: Option<String>,
}

/// Something that somebody did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriageAction)]
struct ActionDocument {
    /// Its id.
    id: String,
    /// What was done.
    deed: Deed,
    /// What the events turned out to be.
    disposition: Option<Disposition>,
    /// Whose they are since.
    assignee: Option<String>,
    /// What there was to say.
    note: Option<String>,
    /// Who did it.
    by: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// Where an event stands, and how it came there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriageHistory)]
struct HistoryDocument {
    /// Where it stands.
    triage: StateDocument,
    /// Everything that was done with it, the newest first.
    actions: Vec<ActionDocument>,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
struct TriageResult {
    /// The action's id; null when there was nothing to change, or of a preview.
    action: Option<String>,
    /// How many events were named, or let through by the filter.
    matched: u64,
    /// How many of them it changed, or would change; the others stand there already.
    changed: u64,
    /// Whether the feed shows it already; if not, it will within moments.
    shows: bool,
}

/// Returns the addresses of triage.
pub(crate) fn router() -> OpenApiRouter<Feed> {
    OpenApiRouter::new()
        .routes(routes!(act))
        .routes(routes!(history))
}

/// Acknowledges, resolves, reopens, assigns or comments on runtime events.
///
/// The events are named by their ids, or are all that a filter in the address lets through (as in the
/// list, at most 10,000 at a time); then ask for a preview first, and send what it `matched` as
/// `expected`. It is one action: all of it is done or nothing. What an event has already is not done
/// again, so that a request can be sent twice. An acknowledgement leaves resolved events as they are.
#[utoipa::path(
    post,
    path = "/api/v1/events/triage",
    operation_id = "triage_events",
    tag = "feed",
    params(
        FilterParameters,
        ("Nightlatch-Author" = Option<String>, Header, description = "Who does it, unless the body says so."),
    ),
    request_body = TriageRequest,
    responses(
        (status = 200, description = "What was done.", body = TriageResult),
        (status = 400, description = "The request is malformed, or it is about too many events.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "Some of the events are not in the feed; nothing was done.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The filter lets more or fewer events through than were expected; nothing was done.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "It can't be written at the moment.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn act(
    Shared(feed): Shared<Feed>,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<TriageResult>, Problem> {
    let body = body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let mut wanted = request::read(&body, &headers)?;
    let settings = feed.triage.settings().map_err(unread)?;
    let matched = select(&feed, &pairs, &mut wanted).await?;
    let action = action_of(&wanted);
    let events = std::mem::take(&mut wanted.record.events);
    let changed = feed.store.changed_by(events, action);
    let (changed, missing) = feed.timed("triage", changed).await?;
    // What retention took since is not missed.
    if !missing.is_empty() && !wanted.is_filtered {
        return Err(not_there(&missing));
    }
    let count = changed.len() as u64;
    if wanted.is_preview || changed.is_empty() {
        return Ok(Json(TriageResult {
            action: None,
            matched,
            changed: count,
            shows: true,
        }));
    }
    wanted.record.events = changed;
    let written = feed.triage.act(settings, &wanted.record, wanted.by).await;
    Ok(Json(TriageResult {
        action: Some(written.map_err(|error| unwritten(&error))?),
        matched,
        changed: count,
        shows: feed.triage.shows(settings).await,
    }))
}

/// Finds the events that a filter lets through, if one says which; returns how many it is about.
async fn select(feed: &Feed, pairs: &Pairs, wanted: &mut Wanted) -> Result<u64, Problem> {
    if !wanted.is_filtered {
        if let Some((name, _)) = pairs.first() {
            let detail =
                "the body names events, and the address has a filter; leave one of them out";
            return Err(bad(detail).with("parameter", name.as_str()));
        }
        return Ok(wanted.record.events.len() as u64);
    }
    let filter = filter(pairs, Timestamp::now())?;
    let selected = feed
        .timed("triage", feed.store.select(filter, MAX_EVENTS))
        .await?;
    let Selection { ids, count } = selected;
    if let Some(expected) = wanted.expected
        && expected != count
    {
        let detail = format!(
            "the filter lets {count} events through, not {expected} as it was seen to; look at them \
             again"
        );
        let problem = Problem::new(StatusCode::CONFLICT, detail);
        let problem = problem.of_type("changed-since", "Changed since");
        return Err(problem.with("count", count));
    }
    if count > MAX_EVENTS as u64 && !wanted.is_preview {
        let detail = format!(
            "the filter lets {count} events through, and one action is about {MAX_EVENTS} at the \
             most; narrow it down, by time best"
        );
        let problem = bad(detail).of_type("too-many-events", "Too many events");
        return Err(problem.with("count", count).with("limit", MAX_EVENTS));
    }
    wanted.record.events = ids;
    Ok(count)
}

/// The action as it would be, to see what it changes.
fn action_of(wanted: &Wanted) -> Action {
    let record = wanted.record.clone();
    let (action, _) = Action::of_record("", record, wanted.by.clone(), Timestamp::now());
    action
}

/// Returns where a runtime event stands, and everything that was done with it.
#[utoipa::path(
    get,
    path = "/api/v1/events/{id}/triage",
    operation_id = "get_event_triage",
    tag = "feed",
    params(("id" = String, Path, format = "uuid", description = "The event's id.")),
    responses(
        (status = 200, description = "Where it stands.", body = HistoryDocument),
        (status = 400, description = "This is no id.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no event of this id.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn history(
    Shared(feed): Shared<Feed>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<HistoryDocument>, Problem> {
    let id = event_id(id)?;
    let history = feed.timed("triage", feed.store.triage_history(id)).await?;
    let actions = history.ok_or_else(|| no_event(id))?;
    let begin = State::default();
    let state = actions
        .iter()
        .fold(begin, |state, action| state.after(action));
    Ok(Json(HistoryDocument {
        triage: StateDocument::of(&state),
        actions: actions.into_iter().rev().map(ActionDocument::of).collect(),
    }))
}

/// Returns what the live stream tells of an action.
pub(crate) fn action_json(action: Action, events: &[Uuid]) -> Value {
    let action = ActionDocument::of(action);
    json!({"action": action, "events": events})
}

impl StateDocument {
    pub(crate) fn of(state: &State) -> Self {
        let (by, at) = state.last.clone().unzip();
        Self {
            status: state.status,
            disposition: state.disposition,
            assignee: state.assignee.clone(),
            note: state.note.clone(),
            by,
            at: at.map(text),
        }
    }
}

impl ActionDocument {
    fn of(action: Action) -> Self {
        Self {
            id: action.id,
            deed: action.deed,
            disposition: action.disposition,
            assignee: action.assignee,
            note: action.note,
            by: action.by,
            at: text(action.at),
        }
    }
}

fn text(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn not_there(missing: &[Uuid]) -> Problem {
    let named: Vec<_> = missing
        .iter()
        .take(MAX_NAMED)
        .map(Uuid::to_string)
        .collect();
    let detail = format!(
        "{} of the events are not in the feed, such as {}; nothing was done. Retention may have taken \
         them, or they have yet to arrive here",
        missing.len(),
        named.join(", ")
    );
    Problem::new(StatusCode::NOT_FOUND, detail).with("missing", named)
}

/// The problem that the log of triage is yet to be read.
pub(crate) fn unread(_: NotRead) -> Problem {
    let detail = "nightlatch.triage is yet to be read; try again in a moment";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}

/// The problem that the log of triage can't be written.
pub(crate) fn unwritten(error: &SettingsError) -> Problem {
    error!(%error, "triage cannot be written");
    let detail = "it could not be written to nightlatch.triage; the log says why. Try again";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}
