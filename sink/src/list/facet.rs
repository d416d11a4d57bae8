//! Counts by value: the facets.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

/// How many values a facet shows.
const TOP: usize = 10;

/// A value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FacetValue {
    /// As the filter of the facet's name takes it.
    pub(crate) value: String,
    /// What people call it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// How many events have it.
    pub(crate) count: u64,
}

/// Returns the values with the highest counts; equal ones by name. Each comes with its count and label.
pub(crate) fn top(values: HashMap<String, (u64, Option<String>)>) -> Vec<FacetValue> {
    let values = values.into_iter();
    let mut top: Vec<_> = values
        .map(|(value, (count, label))| FacetValue {
            value,
            label,
            count,
        })
        .collect();
    top.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    top.truncate(TOP);
    top
}
