//! The transaction that writes events to the file of their day: one row a uuid, the richer copy.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior, named_params, params,
};

use super::day::Day;
use super::row::Row;
use crate::list::keys;
use crate::store::StoreError;

/// Numbers of names that are remembered; of more of them the file is asked.
const MAX_NAMES: usize = 4096;
/// Milliseconds of a minute.
pub(super) const MINUTE_MS: i64 = 60_000;

/// The numbers of the names of a file, as far as they are known.
pub(super) type Names = HashMap<String, i64>;

/// What became of rows.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The places of those that were not there before.
    pub(super) new: Vec<usize>,
    /// How many took the place of a copy that tells less.
    pub(super) richer: usize,
}

/// What stands under a uuid.
struct Known {
    key: i64,
    occurred_at: i64,
    richness: i64,
    severity: i64,
    outcome: i64,
}

/// Writes the rows of one day; each comes with its place in the batch.
pub(super) fn write(
    connection: &mut Connection,
    names: &mut Names,
    rows: &[(usize, &Row)],
) -> Result<Outcome, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcome = Outcome::default();
    let mut minutes = BTreeMap::<(i64, i64, i64), i64>::new();
    let (mut gone, mut written) = (Vec::new(), Vec::with_capacity(rows.len()));
    for (place, row) in richest(rows) {
        let known = known(&transaction, row)?;
        let severity = name(&transaction, names, row.facts.severity.as_deref())?;
        let result = name(&transaction, names, row.facts.outcome.as_deref())?;
        let (key, occurred_at) = match &known {
            Some(known) if known.richness >= row.facts.richness => continue,
            Some(known) => {
                outcome.richer += 1;
                gone.push(known.key);
                let minute = known.occurred_at.div_euclid(MINUTE_MS);
                *minutes
                    .entry((minute, known.severity, known.outcome))
                    .or_default() -= 1;
                for delete in [
                    "DELETE FROM event WHERE key = ?1",
                    "DELETE FROM record WHERE key = ?1",
                ] {
                    transaction.prepare_cached(delete)?.execute([known.key])?;
                }
                (known.key, known.occurred_at)
            }
            None => {
                outcome.new.push(place);
                free_key(&transaction, row.occurred_at)?
            }
        };
        insert(&transaction, names, key, occurred_at, row)?;
        written.push((key, row));
        let minute = occurred_at.div_euclid(MINUTE_MS);
        *minutes
            .entry((minute, severity.unwrap_or(0), result.unwrap_or(0)))
            .or_default() += 1;
    }
    index(&transaction, gone, written)?;
    count(&transaction, &minutes)?;
    transaction.commit()?;
    Ok(outcome)
}

/// Returns the richest copy of each event among the rows, with the place of the first.
fn richest<'a>(rows: &[(usize, &'a Row)]) -> Vec<(usize, &'a Row)> {
    let mut places = HashMap::with_capacity(rows.len());
    let mut richest: Vec<(usize, &Row)> = Vec::with_capacity(rows.len());
    for (place, row) in rows {
        let at = *places.entry(row.id).or_insert(richest.len());
        match richest.get_mut(at) {
            Some((_, known)) if known.facts.richness < row.facts.richness => *known = row,
            Some(_) => {}
            None => richest.push((*place, row)),
        }
    }
    richest
}

fn known(transaction: &Transaction<'_>, row: &Row) -> Result<Option<Known>, StoreError> {
    let mut known = transaction.prepare_cached(
        "SELECT key, occurred_at, richness, coalesce(severity, 0), coalesce(outcome, 0)
         FROM event WHERE id = ?1",
    )?;
    let known = known.query_row([row.id.as_bytes()], |row| {
        Ok(Known {
            key: row.get(0)?,
            occurred_at: row.get(1)?,
            richness: row.get(2)?,
            severity: row.get(3)?,
            outcome: row.get(4)?,
        })
    });
    Ok(known.optional()?)
}

/// Returns a free key and its millisecond: the event's own, or the next one when a million events
/// share that.
fn free_key(transaction: &Transaction<'_>, occurred_at: i64) -> Result<(i64, i64), StoreError> {
    let mut newest =
        transaction.prepare_cached("SELECT max(key) FROM event WHERE key BETWEEN ?1 AND ?2")?;
    let mut millisecond = occurred_at;
    loop {
        let (first, last) = keys(millisecond);
        let taken: Option<i64> = newest.query_row([first, last], |row| row.get(0))?;
        match taken {
            None => return Ok((first, millisecond)),
            Some(taken) if taken < last => return Ok((taken + 1, millisecond)),
            // The day's last millisecond must not spill into the next day.
            Some(_) if millisecond + 1 == Day::of(occurred_at).end() => {
                millisecond = Day::of(occurred_at).start();
            }
            Some(_) => millisecond += 1,
        }
    }
}

/// Returns the number of a name, a new one if need be.
fn name(
    transaction: &Transaction<'_>,
    names: &mut Names,
    text: Option<&str>,
) -> Result<Option<i64>, StoreError> {
    let Some(text) = text else { return Ok(None) };
    if let Some(number) = names.get(text) {
        return Ok(Some(*number));
    }
    let number = transaction
        .prepare_cached("SELECT id FROM name WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()?;
    let number = match number {
        Some(number) => number,
        None => transaction
            .prepare_cached("INSERT INTO name (text) VALUES (?1) RETURNING id")?
            .query_row([text], |row| row.get(0))?,
    };
    if names.len() < MAX_NAMES {
        names.insert(text.to_owned(), number);
    }
    Ok(Some(number))
}

fn insert(
    transaction: &Transaction<'_>,
    names: &mut Names,
    key: i64,
    occurred_at: i64,
    row: &Row,
) -> Result<(), StoreError> {
    let facts = &row.facts;
    let actor = facts.actor.as_ref();
    let mut name = |text: Option<&str>| name(transaction, names, text);
    transaction
        .prepare_cached(
            "INSERT INTO event VALUES (
                :key, :id, :occurred_at, :received_at, :partition, :offset, :richness,
                :integration, :org, :origin, :event_type, :severity, :outcome, :country, :as_org,
                :as_number, :actor_id, :actor_login, :actor_name, :ip, :session, :device)",
        )?
        .execute(named_params! {
            ":key": key,
            ":id": row.id.as_bytes(),
            ":occurred_at": occurred_at,
            ":received_at": row.received_at,
            ":partition": row.partition,
            ":offset": row.offset,
            ":richness": facts.richness,
            ":integration": name(Some(&row.integration))?,
            ":org": name(Some(&row.org))?,
            ":origin": name(Some(&row.origin))?,
            ":event_type": name(row.event_type.as_deref())?,
            ":severity": name(facts.severity.as_deref())?,
            ":outcome": name(facts.outcome.as_deref())?,
            ":country": name(facts.country.as_deref())?,
            ":as_org": name(facts.as_org.as_deref())?,
            ":as_number": facts.as_number,
            ":actor_id": actor.and_then(|actor| actor.id.as_ref()),
            ":actor_login": facts.actor_login(),
            ":actor_name": actor.and_then(|actor| actor.name.as_ref()),
            ":ip": row.ip,
            ":session": facts.session,
            ":device": facts.device,
        })?;
    transaction
        .prepare_cached("INSERT INTO record VALUES (?1, ?2)")?
        .execute(params![key, row.body])?;
    Ok(())
}

/// Brings the index of words up to date. It takes keys in ascending order at once; else it flushes
/// between them.
fn index(
    transaction: &Transaction<'_>,
    mut gone: Vec<i64>,
    mut written: Vec<(i64, &Row)>,
) -> Result<(), StoreError> {
    gone.sort_unstable();
    let mut delete = transaction.prepare_cached("DELETE FROM search WHERE rowid = ?1")?;
    for key in gone {
        delete.execute([key])?;
    }
    written.sort_unstable_by_key(|(key, _)| *key);
    let mut insert = transaction
        .prepare_cached("INSERT INTO search (rowid, words, parts) VALUES (?1, ?2, ?3)")?;
    for (key, row) in written {
        insert.execute(params![key, row.text.words, row.text.parts])?;
    }
    Ok(())
}

/// Adds to the counts of minutes.
fn count(
    transaction: &Transaction<'_>,
    minutes: &BTreeMap<(i64, i64, i64), i64>,
) -> Result<(), StoreError> {
    let mut add = transaction.prepare_cached(
        "INSERT INTO minute VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
    )?;
    for ((minute, severity, outcome), count) in minutes {
        add.execute([minute, severity, outcome, count])?;
    }
    Ok(())
}
