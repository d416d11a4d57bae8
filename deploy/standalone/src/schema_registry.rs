//! The schema ids of this process: built in, or from the schema registry that is configured.

use anyhow::Context;
use nightlatch_chassis::config::Config;
use nightlatch_chassis::schema_registry::SchemaRegistry;
use nightlatch_schemas::{adopt, locked};

/// Takes the ids of the schema registry, if one is configured, for the whole process. Subjects have
/// the prefix that topics have. Must come before any record is written or read.
pub(crate) async fn adopt_ids(config: &Config) -> anyhow::Result<()> {
    let Some(registry) = SchemaRegistry::from_config(config)? else {
        return Ok(());
    };
    let prefix: String = config.section("kafka.topic_prefix")?;
    let schemas: Vec<(String, &str)> = locked()
        .iter()
        .map(|version| (format!("{prefix}{}", version.subject), version.schema))
        .collect();
    let ids = registry.ids(&schemas).await?;
    adopt(&ids).context("the schema registry's ids cannot be used")?;
    tracing::info!(?ids, "schema ids are those of the registry");
    Ok(())
}
