//! The log of triage, folded: each action with the events that it is about, and what comes of it in
//! the rows of those events.

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, named_params, params};
use uuid::Uuid;

use super::StoreError;
use super::filter::Filter;
use super::read;
use crate::list::Lead;
use crate::triage::{Action, Deed, Disposition, State, Status};

/// A change of the log.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Its number, from 1.
    pub(crate) revision: u64,
    /// The action that it is, and the events that this is about; none when it is of another kind.
    pub(crate) action: Option<(Action, Vec<Uuid>)>,
}

/// The events that a filter lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Their ids; no more than were asked for.
    pub(crate) ids: Vec<Uuid>,
    /// How many there are.
    pub(crate) count: u64,
}

/// Returns how many changes of the log are folded.
pub(super) fn position(connection: &Connection) -> Result<u64, StoreError> {
    let mut position = connection.prepare_cached("SELECT revision FROM triage_position")?;
    Ok(position.query_row([], |row| row.get(0))?)
}

/// Folds the next changes.
pub(super) fn fold(connection: &mut Connection, changes: &[Change]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let seen = position(&transaction)?;
    let mut last = seen;
    for change in changes.iter().filter(|change| change.revision > seen) {
        last = change.revision;
        let Some((action, events)) = &change.action else {
            continue;
        };
        insert(&transaction, change.revision, action)?;
        for event in events {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO triage_event VALUES (?1, ?2)")?
                .execute(params![event.as_bytes(), change.revision])?;
            mark(&transaction, *event)?;
        }
    }
    transaction.execute("UPDATE triage_position SET revision = ?1", [last])?;
    transaction.commit()?;
    Ok(())
}

/// Forgets all that was folded, to fold another log.
pub(super) fn forget(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "DELETE FROM triage_action;
         DELETE FROM triage_event;
         UPDATE triage_position SET revision = 0;
         UPDATE runtime_event SET status = 0, disposition = NULL, assignee = NULL
         WHERE status <> 0 OR assignee IS NOT NULL;",
    )?;
    transaction.commit()?;
    Ok(())
}

fn insert(connection: &Connection, revision: u64, action: &Action) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO triage_action VALUES (
                :revision, :id, :deed, :disposition, :assignee, :note, :by, :at)",
        )?
        .execute(named_params! {
            ":revision": revision,
            ":id": action.id,
            ":deed": action.deed.name(),
            ":disposition": action.disposition.map(Disposition::name),
            ":assignee": action.assignee,
            ":note": action.note,
            ":by": action.by,
            ":at": action.at.as_millisecond(),
        })?;
    Ok(())
}

/// Brings the row of an event, if it is here, to what has come of all actions on it.
pub(super) fn mark(connection: &Connection, event: Uuid) -> Result<(), StoreError> {
    let actions = history(connection, event)?;
    if actions.is_empty() {
        return Ok(());
    }
    let state = state_after(&actions);
    connection
        .prepare_cached(
            "UPDATE runtime_event SET status = ?2, disposition = ?3, assignee = ?4 WHERE id = ?1",
        )?
        .execute(params![
            event.as_bytes(),
            code(state.status),
            state.disposition.map(Disposition::name),
            state.assignee,
        ])?;
    Ok(())
}

/// Returns the number that stands for a status in a row.
pub(super) const fn code(status: Status) -> u8 {
    match status {
        Status::Open => 0,
        Status::Acknowledged => 1,
        Status::Resolved => 2,
    }
}

/// Returns the status that a number stands for.
pub(super) const fn status(code: i64) -> Status {
    match code {
        1 => Status::Acknowledged,
        2 => Status::Resolved,
        _ => Status::Open,
    }
}

/// Returns what has come of all actions on an event.
pub(super) fn state(connection: &Connection, event: Uuid) -> Result<State, StoreError> {
    Ok(state_after(&history(connection, event)?))
}

fn state_after(actions: &[Action]) -> State {
    let begin = State::default();
    actions
        .iter()
        .fold(begin, |state, action| state.after(action))
}

/// Returns all actions on an event, the oldest first.
pub(super) fn history(connection: &Connection, event: Uuid) -> Result<Vec<Action>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT a.id, a.deed, a.disposition, a.assignee, a.note, a.done_by, a.done_at
         FROM triage_event e JOIN triage_action a USING (revision)
         WHERE e.event = ?1 ORDER BY e.revision",
    )?;
    let actions = query.query_map([event.as_bytes()], action)?;
    Ok(actions.collect::<Result<_, _>>()?)
}

/// Returns the next action after change number `seen`, with its number and the events it is about.
pub(super) fn after(
    connection: &Connection,
    seen: u64,
) -> Result<Option<(u64, Action, Vec<Uuid>)>, StoreError> {
    let next = connection
        .prepare_cached(
            "SELECT id, deed, disposition, assignee, note, done_by, done_at, revision
             FROM triage_action WHERE revision > ?1 ORDER BY revision LIMIT 1",
        )?
        .query_row([seen], |row| Ok((row.get::<_, u64>(7)?, action(row)?)))
        .optional()?;
    let Some((revision, action)) = next else {
        return Ok(None);
    };
    let mut events =
        connection.prepare_cached("SELECT event FROM triage_event WHERE revision = ?1")?;
    let events = events.query_map([revision], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
    Ok(Some((revision, action, events.collect::<Result<_, _>>()?)))
}

/// Returns the ids of the events that a filter lets through, at most `max`, and how many there are.
pub(super) fn select(
    connection: &Connection,
    filter: &Filter,
    max: usize,
) -> Result<Selection, StoreError> {
    let condition = filter.condition(Lead::Search);
    let sql = format!("SELECT e.id {}", condition.tables_where());
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(rusqlite::params_from_iter(condition.values()))?;
    let mut selection = Selection {
        ids: Vec::new(),
        count: 0,
    };
    while let Some(row) = rows.next()? {
        selection.count += 1;
        if selection.ids.len() < max {
            selection.ids.push(Uuid::from_bytes(row.get(0)?));
        }
    }
    Ok(selection)
}

/// Returns those of the events that are here and that an action would change, and those that are
/// not here.
pub(super) fn changed_by(
    connection: &Connection,
    events: &[Uuid],
    action: &Action,
) -> Result<(Vec<Uuid>, Vec<Uuid>), StoreError> {
    let (mut changed, mut missing) = (Vec::new(), Vec::new());
    for event in events {
        if !read::is_here(connection, *event)? {
            missing.push(*event);
        } else if state(connection, *event)?.would_change(action) {
            changed.push(*event);
        }
    }
    Ok((changed, missing))
}

fn action(row: &Row<'_>) -> rusqlite::Result<Action> {
    let unknown = |column: usize| {
        let problem = "it is none of ours".into();
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, problem)
    };
    let deed = Deed::of_name(row.get_ref(1)?.as_str()?).ok_or_else(|| unknown(1))?;
    let disposition: Option<String> = row.get(2)?;
    let at = Timestamp::from_millisecond(row.get(6)?).map_err(|_| unknown(6))?;
    Ok(Action {
        id: row.get(0)?,
        deed,
        disposition: disposition.and_then(|name| Disposition::of_name(&name)),
        assignee: row.get(3)?,
        note: row.get(4)?,
        by: row.get(5)?,
        at,
    })
}
