//! Reads the System Log of every integration that this replica looks after, so that nothing is missed:
//! neither what hooks lose nor what they cannot carry.
//!
//! A walk follows Okta's next links and notes where it stands in `nightlatch.cursors` only when what
//! it has read is durable; so it begins again where it was, whatever happened, and reads some of it
//! twice perhaps, which does no harm.

pub(crate) mod catch_up;
pub(crate) mod expected;
pub(crate) mod gap;
pub(crate) mod notable;
mod pace;
pub(crate) mod standing;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nightlatch_chassis::shutdown::Shutdown;
use tokio::task::JoinSet;

use crate::integration::desk::Desk;
use crate::integration::settings::IntegrationSettings;
use crate::service::Service;
use walk::Walk;

/// How often is looked which integrations there are, and which are ours.
const LOOK: Duration = Duration::from_millis(500);
/// A walk that has read nothing for so long may be held up.
const HELD_UP: Duration = Duration::from_mins(1);

/// A walk under way; dropping it ends it.
struct Walking {
    settings: IntegrationSettings,
    task: JoinSet<()>,
}

impl Walking {
    fn is_over(&mut self) -> bool {
        self.task.try_join_next().is_some()
    }
}

/// Reads until the stop begins.
pub(crate) async fn run(service: Arc<Service>, desk: Arc<Desk>, shutdown: Shutdown) {
    let mut walks: BTreeMap<String, Walking> = BTreeMap::new();
    loop {
        let mut due = due(&desk);
        walks.retain(|id, walking| {
            let goes_on = due.get(id) == Some(&walking.settings) && !walking.is_over();
            if goes_on {
                due.remove(id);
            } else {
                service.metrics.system_log_left(&walking.settings.name);
            }
            goes_on
        });
        for (id, settings) in due {
            let walk = Walk::new(&service, &desk, &id, &settings);
            let mut task = JoinSet::new();
            task.spawn(walk.run());
            walks.insert(id, Walking { settings, task });
        }
        for (id, walking) in &walks {
            tell_lag(&service, &desk, id, &walking.settings);
        }
        tokio::select! {
            () = shutdown.begun() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Has the metric grow of a walk that is held up: it tells of itself only when it has read something.
fn tell_lag(service: &Service, desk: &Desk, id: &str, settings: &IntegrationSettings) {
    let standing = desk.standings.of(id, settings);
    let lag = standing.and_then(|standing| standing.lag(Timestamp::now()));
    // In a quiet log the place is noted seldom.
    if lag.is_some_and(|lag| lag >= HELD_UP) {
        service.metrics.system_log(&settings.name, lag);
    }
}

/// The integrations whose log is to be read here, now.
fn due(desk: &Desk) -> BTreeMap<String, IntegrationSettings> {
    let table = desk.directory.table();
    let ours = table.entries.iter().filter_map(|(id, entry)| {
        let settings = entry.settings()?;
        let is_due = settings.paused.is_none() && desk.owns(id);
        is_due.then(|| (id.clone(), settings.clone()))
    });
    ours.collect()
}
