//! Runtime events by what they have in common.

use axum::Json;
use axum::extract::{Query, State};
use jiff::Timestamp;
use nightlatch_chassis::http::Problem;
use nightlatch_schemas::severity_label;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Feed;
use super::cursor::GroupCursor;
use super::json::time_text;
use super::parameter::GroupParameters;
use super::query::GroupQuery;
use crate::list::{Pairs, QueryProblems};
use crate::store::{Buckets, Group};

/// A page of groups.
#[derive(Debug, Serialize, ToSchema)]
struct GroupPage {
    /// The largest first; equal ones by value. Events without such a value are in none; of more than
    /// 50,000 values those that turn up last, among the oldest events, are not counted.
    groups: Vec<GroupDocument>,
    /// `cursor` of the next page; null on the last one.
    next_cursor: Option<String>,
    /// When the first bucket begins, if there are buckets.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// The width of a bucket in milliseconds.
    bucket_ms: Option<i64>,
}

/// Events that have something in common.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Group)]
struct GroupDocument {
    /// What they have in common, as the filter of that name takes it.
    value: String,
    /// What people call it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Of a rule: the id of its policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    /// How many there are.
    count: u64,
    /// How many of them are open.
    open: u64,
    /// When the first of them occurred.
    #[schema(format = DateTime)]
    first: String,
    /// When the last of them did.
    #[schema(format = DateTime)]
    last: String,
    /// The label of the gravest.
    severity: &'static str,
    /// Counts over time, in the order of time, if there are buckets.
    buckets: Vec<u64>,
}

/// Returns the address of groups.
pub(super) fn router() -> OpenApiRouter<Feed> {
    OpenApiRouter::new().routes(routes!(groups))
}

/// Groups runtime events by what they have in common.
///
/// With `buckets` each group comes with its counts over time, as for the last seven days of each rule:
/// `by=rule&from=-7d&buckets=7&limit=1000`.
#[utoipa::path(
    get,
    path = "/api/v1/events/groups",
    operation_id = "group_events",
    tag = "feed",
    params(GroupParameters),
    responses(
        (status = 200, description = "A page of groups.", body = GroupPage),
        QueryProblems,
    ),
)]
async fn groups(
    State(feed): State<Feed>,
    Query(pairs): Query<Pairs>,
) -> Result<Json<GroupPage>, Problem> {
    let GroupQuery {
        filter,
        by,
        buckets,
        after,
        limit,
    } = GroupQuery::parse(&pairs, Timestamp::now())?;
    let groups = feed.store.groups(filter, by, buckets, after, limit);
    let (groups, next) = feed.timed("groups", groups).await?;
    Ok(Json(GroupPage {
        groups: groups.into_iter().map(GroupDocument::of).collect(),
        next_cursor: next.map(|place| GroupCursor(place).to_string()),
        from: buckets.map(|Buckets { from, .. }| time_text(from)),
        bucket_ms: buckets.map(|Buckets { step, .. }| step),
    }))
}

impl GroupDocument {
    fn of(group: Group) -> Self {
        Self {
            value: group.key.value,
            label: group.label,
            policy: group.key.policy,
            count: group.count,
            open: group.open,
            first: time_text(group.first),
            last: time_text(group.last),
            severity: severity_label(group.severity),
            buckets: group.buckets,
        }
    }
}
