//! The one transaction that writes: rows, refused records and positions, all or nothing.

use nightlatch_chassis::topic::Positions;
use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior, named_params, params,
};

use super::StoreError;
use super::episode;
use super::letters::{self, Letter};
use super::read::is_here;
use super::row::Row;
use super::triage;
use crate::list::keys;

/// What was read from the topic in one go.
#[derive(Debug)]
pub(crate) struct Batch<R = Row> {
    pub(crate) rows: Vec<R>,
    pub(crate) letters: Vec<Letter>,
    /// The positions that it was read from.
    pub(crate) from: Positions,
    /// The positions after it.
    pub(crate) to: Positions,
}

impl<R> Batch<R> {
    /// Returns one without records, read between these positions.
    pub(crate) const fn between(from: Positions, to: Positions) -> Self {
        Self {
            rows: Vec::new(),
            letters: Vec::new(),
            from,
            to,
        }
    }
}

/// How a write ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// All of it is in the store.
    Done {
        /// Which of the rows are new, by their place in the batch; the others were there already.
        new: Vec<usize>,
        /// How many records are to become dead letters.
        letters: usize,
    },
    /// None of it is: the stored positions are not those that the batch was read from.
    TakenOver,
}

/// Returns the id of the log that the positions are of; it becomes `id` if none was known.
pub(crate) fn log(connection: &mut Connection, id: String) -> Result<String, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let known = transaction.query_row("SELECT id FROM log", [], |row| row.get(0));
    if let Some(known) = known.optional()? {
        return Ok(known);
    }
    transaction.execute("INSERT INTO log VALUES (?1)", [&id])?;
    transaction.commit()?;
    Ok(id)
}

/// Writes `batch` in one transaction.
pub(super) fn write(connection: &mut Connection, batch: &Batch) -> Result<Written, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !advance(&transaction, &batch.from, &batch.to)? {
        return Ok(Written::TakenOver);
    }
    let transaction = if nightlatch_chassis::seeded_bug("sink-position-first") {
        transaction.commit()?;
        nightlatch_chassis::dawdle();
        connection.transaction_with_behavior(TransactionBehavior::Immediate)?
    } else {
        transaction
    };
    let mut letters = batch.letters.len();
    for letter in &batch.letters {
        letters::keep(&transaction, letter)?;
    }
    let mut new = Vec::with_capacity(batch.rows.len());
    for (at, row) in batch.rows.iter().enumerate() {
        if is_here(&transaction, row.id)? {
            continue;
        }
        let Some(key) = free_key(&transaction, row.event.occurred_at)? else {
            letters::keep(&transaction, &Letter::crowded_out(row)?)?;
            letters += 1;
            continue;
        };
        insert(&transaction, key, row)?;
        new.push((key, at));
    }
    // The index takes keys in ascending order at once; else it flushes between them.
    new.sort_unstable();
    let mut index = transaction
        .prepare_cached("INSERT INTO search (rowid, words, parts) VALUES (?1, ?2, ?3)")?;
    for (key, at) in &new {
        if let Some(row) = batch.rows.get(*at) {
            index.execute(params![key, row.text.words, row.text.parts])?;
        }
    }
    drop(index);
    transaction.commit()?;
    Ok(Written::Done {
        new: new.into_iter().map(|(_, at)| at).collect(),
        letters,
    })
}

/// Moves the positions on; false when they are not those that the batch was read from.
pub(crate) fn advance(
    transaction: &Transaction<'_>,
    from: &Positions,
    to: &Positions,
) -> Result<bool, StoreError> {
    for (partition, next) in to {
        let changed = match from.get(partition) {
            Some(read) if read == next => continue,
            Some(read) => transaction
                .prepare_cached(
                    "UPDATE position SET next = ?3 WHERE topic_partition = ?1 AND next = ?2",
                )?
                .execute(params![partition, read, next])?,
            None => transaction
                .prepare_cached("INSERT OR IGNORE INTO position VALUES (?1, ?2)")?
                .execute(params![partition, next])?,
        };
        if changed == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the next free key of a millisecond; none when it is full (a million events).
fn free_key(transaction: &Transaction<'_>, occurred_at: i64) -> Result<Option<i64>, StoreError> {
    let (first, last) = keys(occurred_at);
    let taken: Option<i64> = transaction
        .prepare_cached("SELECT max(key) FROM runtime_event WHERE key BETWEEN ?1 AND ?2")?
        .query_row([first, last], |row| row.get(0))
        .optional()?
        .flatten();
    Ok(match taken {
        None => Some(first),
        Some(taken) => (taken < last).then_some(taken + 1),
    })
}

fn insert(transaction: &Transaction<'_>, key: i64, row: &Row) -> Result<(), StoreError> {
    let event = &row.event;
    let actor = event.actor.as_ref();
    let first_key = episode::first_key(transaction, &event.integration, &event.dedup_key, key)?;
    transaction
        .prepare_cached(
            "INSERT INTO runtime_event (
                key, id, occurred_at, detected_at, arrived_at, topic_partition, topic_offset,
                integration, org, policy_id, policy_name, rule, severity, event_type,
                actor_id, actor_login, actor_name, ip, country, dedup_key, first_key)
             VALUES (
                :key, :id, :occurred_at, :detected_at, :arrived_at, :partition, :offset,
                :integration, :org, :policy_id, :policy_name, :rule, :severity, :event_type,
                :actor_id, :actor_login, :actor_name, :ip, :country, :dedup_key, :first_key)",
        )?
        .execute(named_params! {
            ":key": key,
            ":id": row.id.as_bytes(),
            ":occurred_at": event.occurred_at,
            ":detected_at": event.detected_at,
            ":arrived_at": row.arrival.timestamp_ms,
            ":partition": row.arrival.partition,
            ":offset": row.arrival.offset,
            ":integration": event.integration,
            ":org": event.org,
            ":policy_id": event.policy.id,
            ":policy_name": event.policy.name,
            ":rule": event.rule.name,
            ":severity": event.severity,
            ":event_type": event.event.as_ref().and_then(|event| event.event_type.as_ref()),
            ":actor_id": actor.and_then(|actor| actor.id.as_ref()),
            ":actor_login": actor.and_then(|actor| actor.login.as_ref()).map(|it| it.to_lowercase()),
            ":actor_name": actor.and_then(|actor| actor.name.as_ref()),
            ":ip": row.ip,
            ":country": event.client.as_ref().and_then(|client| client.country.as_ref()),
            ":dedup_key": event.dedup_key,
            ":first_key": first_key,
        })?;
    transaction
        .prepare_cached("INSERT INTO record VALUES (?1, ?2)")?
        .execute(params![key, row.body])?;
    // What people did may be known before the event is.
    triage::mark(transaction, row.id)
}
