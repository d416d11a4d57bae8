//! The addresses of users and addresses, below `/api/v1/entities`.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use serde::Serialize;
use utoipa::openapi::path::ParameterIn;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::{self, EntitySummary};
use super::timeline::{self, Entry};
use crate::activity::{Activity, ActivityEvent, ActivityFilter, Center};
use crate::feed::Feed;
use crate::feed::cursor::ListCursor;
use crate::feed::parameter::{CURSOR, FROM, LIMIT, Parameter, TO};
use crate::list::{Pairs, Query as Pairwise, QueryProblems};
use crate::openapi::ProblemDocument;
use crate::search::{Comparison, Expression, Meaning, Network};
use crate::store::Filter;

/// How many changes of factors are told of.
const MAX_FACTOR_CHANGES: usize = 50;
/// Changes of a user's MFA factors.
const FACTOR_CHANGES: [&str; 6] = [
    "user.mfa.factor.activate",
    "user.mfa.factor.deactivate",
    "user.mfa.factor.reset_all",
    "user.mfa.factor.suspend",
    "user.mfa.factor.unsuspend",
    "user.mfa.factor.update",
];

/// What these addresses work with.
#[derive(Debug, Clone)]
pub(crate) struct Entities {
    pub(crate) activity: Activity,
    pub(crate) feed: Feed,
}

/// A page of a time line.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Timeline {
    /// Newest first.
    entries: Vec<Entry>,
    /// `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
}

static TIMES: [&Parameter; 2] = [&FROM, &TO];
static PAGE: [&Parameter; 4] = [&FROM, &TO, &LIMIT, &CURSOR];

/// The parameters of a summary.
struct SummaryParameters;

impl IntoParams for SummaryParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<utoipa::openapi::path::Parameter> {
        TIMES.iter().map(|parameter| parameter.document()).collect()
    }
}

/// The parameters of a time line.
struct TimelineParameters;

impl IntoParams for TimelineParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<utoipa::openapi::path::Parameter> {
        PAGE.iter().map(|parameter| parameter.document()).collect()
    }
}

/// Returns the addresses.
pub(crate) fn router() -> OpenApiRouter<Entities> {
    OpenApiRouter::new()
        .routes(routes!(summary))
        .routes(routes!(entries))
}

/// Tells what is seen around a user or an address.
///
/// Of a user: where from, by what and when they did something, and changes of their MFA factors. Of an
/// address: who came from there.
#[utoipa::path(
    get,
    path = "/api/v1/entities/{kind}/{value}",
    operation_id = "get_entity",
    tag = "entities",
    params(
        ("kind" = String, Path, description = "`user` or `ip`."),
        ("value" = String, Path, description = "A user's login (in any case) or Okta id; an address."),
        SummaryParameters,
    ),
    responses(
        (status = 200, description = "What is seen around it; of one that was never seen, nothing.", body = EntitySummary),
        (status = 404, description = "There is no such kind.", body = ProblemDocument, content_type = "application/problem+json"),
        QueryProblems,
    ),
)]
async fn summary(
    State(entities): State<Entities>,
    Path((kind, value)): Path<(String, String)>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<EntitySummary>, Problem> {
    let entity = Entity::read(&kind, &value)?;
    let query = Pairwise::of(&pairs, &TIMES)?;
    let (activity, feed) = entity.filters(query.times(Timestamp::now())?);
    let Entities {
        activity: of_activity,
        feed: of_feed,
    } = &entities;
    let changes = ActivityFilter {
        query: activity.query.clone().map(|query| {
            let types = FACTOR_CHANGES.map(|name| field("event_type", text(name)));
            Expression::All(vec![query, Expression::Any(types.into())])
        }),
        ..activity.clone()
    };
    let center = entity.center();
    let found = of_activity.store.around(activity, center);
    let found = of_activity.timed("entity", found).await?;
    let changes = of_activity.store.page(changes, None, MAX_FACTOR_CHANGES);
    let (changes, _) = of_activity.timed("entity", changes).await?;
    let detections = of_feed.store.facets(feed);
    let detections = of_activity.timed("entity", detections).await?;
    let changes = changes.iter().map(ActivityEvent::from).collect();
    let summary = document::summary(entity.kind(), value, found, detections, changes);
    Ok(Json(summary))
}

/// Lists what a user did and what was done to them, or what came from an address: Okta's events and
/// detections in one time line.
#[utoipa::path(
    get,
    path = "/api/v1/entities/{kind}/{value}/timeline",
    operation_id = "list_entity_timeline",
    tag = "entities",
    params(
        ("kind" = String, Path, description = "`user` or `ip`."),
        ("value" = String, Path, description = "A user's login (in any case) or Okta id; an address."),
        TimelineParameters,
    ),
    responses(
        (status = 200, description = "A page of the time line.", body = Timeline),
        (status = 404, description = "There is no such kind.", body = ProblemDocument, content_type = "application/problem+json"),
        QueryProblems,
    ),
)]
async fn entries(
    State(entities): State<Entities>,
    Path((kind, value)): Path<(String, String)>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<Timeline>, Problem> {
    let entity = Entity::read(&kind, &value)?;
    let query = Pairwise::of(&pairs, &PAGE)?;
    let (activity, feed) = entity.filters(query.times(Timestamp::now())?);
    let (after, limit) = (query.after()?, query.limit()?);
    let page = timeline::page(&entities, activity, feed, after, limit);
    let (entries, next) = entities.activity.timed("entity", page).await?;
    Ok(Json(Timeline {
        entries,
        next_cursor: next.map(|place| ListCursor(place).to_string()),
    }))
}

/// Who is asked about.
enum Entity {
    User(String),
    Ip(Network),
}

impl Entity {
    fn read(kind: &str, value: &str) -> Result<Self, Problem> {
        match kind {
            "user" => Ok(Self::User(value.trim().to_owned())),
            "ip" => match Network::parse(value) {
                Some(network) if network.first == network.last => Ok(Self::Ip(network)),
                _ => {
                    let detail =
                        format!("{value:?} is no address; it takes an IPv4 or IPv6 address");
                    let problem = Problem::new(StatusCode::BAD_REQUEST, detail);
                    Err(problem
                        .of_type("malformed-parameter", "Malformed parameter")
                        .with("parameter", "value"))
                }
            },
            kind => {
                let detail = format!("{kind:?} is no kind of entity; there are user and ip");
                Err(Problem::new(StatusCode::NOT_FOUND, detail))
            }
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Ip(_) => "ip",
        }
    }

    fn center(&self) -> Center {
        match self {
            Self::User(user) => Center::User(user.clone()),
            Self::Ip(_) => Center::Ip,
        }
    }

    /// Returns what finds it in the activity and in the feed.
    fn filters(&self, (from, to): (Option<i64>, Option<i64>)) -> (ActivityFilter, Filter) {
        let wanted = match self {
            Self::User(user) => {
                let fields = ["actor", "target"].map(|name| field(name, text(user)));
                Expression::Any(fields.into())
            }
            Self::Ip(network) => field("ip", Meaning::Network(*network)),
        };
        let query = Some(wanted);
        let feed = Filter {
            from,
            to,
            query: query.clone(),
            ..Filter::default()
        };
        (ActivityFilter { from, to, query }, feed)
    }
}

fn field(field: &'static str, meaning: Meaning) -> Expression {
    Expression::Field(Comparison { field, meaning })
}

fn text(text: &str) -> Meaning {
    Meaning::Text(text.to_owned())
}
