//! What no person does: provisioning, imports by the directory agent, programs with API tokens.

use rand::RngExt;

use super::{Life, Moment};
use crate::acts::administer;
use crate::dice::{hex, pick};
use crate::draft::Draft;
use crate::event_kind::{
    APP_PUSH_PROFILE, APP_SYNC_USER, EventKind, IMPORT_COMPLETE, RATE_WARNING,
};
use crate::log_event::Entity;
use crate::org::Origin;
use crate::org::equipment::{Fingerprints, SCRIPTS};
use crate::org::place::HOMES;
use crate::traffic::SimEvent;

/// A profile is pushed to an app.
pub(super) fn push_profile(_: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    provision(moment, &APP_PUSH_PROFILE)
}

/// A user is brought in line with an app.
pub(super) fn sync_user(_: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    provision(moment, &APP_SYNC_USER)
}

/// The directory agent has finished an import.
pub(super) fn import_complete(_: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let directory = Entity::new(
        "0oadirectory000000005d7",
        "AppInstance",
        "corp.example",
        "corp.example",
    );
    let updated = moment.dice.random_range(0..40);
    let draft = Draft::job(&IMPORT_COMPLETE, system())
        .target(&directory)
        .debug("importType", "INCREMENTAL")
        .debug("importTrigger", "SCHEDULED")
        .debug("instanceId", directory.id.clone())
        .debug("totalObjects", "214")
        .debug("addedObjects", "0")
        .debug("updatedObjects", updated.to_string())
        .debug("unchangedObjects", (214 - updated).to_string())
        .debug("deletedObjects", "0")
        .debug("totalTime", moment.dice.random_range(900..9000).to_string())
        .debug("jobId", format!("jid{}", hex(moment.dice, 17)));
    moment.stamp(draft)
}

/// A nightly report reads a little too fast.
pub(super) fn rate_warning(_: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let owner = &moment.org.users[moment.org.admins[0]].entity;
    let origin = Origin {
        ip: "198.51.100.60".to_owned(),
        city: &HOMES[0],
        browser: pick(moment.dice, &SCRIPTS),
        device: None,
        zone: "Data Centre",
        prints: Fingerprints::new(moment.dice),
    };
    let draft = administer::rate_limit(
        moment.dice,
        &RATE_WARNING,
        owner,
        &origin,
        ("/api/v1/users", "600"),
    )
    .api_token("00Treporting000000005d7");
    moment.stamp(draft)
}

fn provision(moment: &mut Moment<'_>, kind: &'static EventKind) -> SimEvent {
    let user = pick(moment.dice, &moment.org.users);
    let app = &moment.org.apps[*pick(moment.dice, &user.apps)];
    let app_user = Entity::new(
        &format!("0ua{}", user.entity.id),
        "AppUser",
        &user.entity.alternate_id,
        &user.entity.display_name,
    );
    let draft = Draft::job(kind, system())
        .target(&app_user)
        .target(&app.instance)
        .target(&user.entity)
        .debug("appname", app.name)
        .debug("changedAttributes", "department,manager,title")
        .debug("jobId", format!("jid{}", hex(moment.dice, 17)));
    moment.stamp(draft)
}

fn system() -> Entity {
    Entity::new(
        "okta.system",
        "SystemPrincipal",
        "system@okta.com",
        "Okta System",
    )
}
