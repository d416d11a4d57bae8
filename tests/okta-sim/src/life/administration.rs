//! Administrators look after people, groups, apps and policies.

use rand::RngExt;

use super::{Life, Moment, sessions};
use crate::acts::administer;
use crate::dice::{Dice, okta_id, pick};
use crate::draft::Draft;
use crate::event_kind::{
    ACCOUNT_LOCK, ACCOUNT_UNLOCK_BY_ADMIN, APP_ASSIGN, APP_CREATE, APP_MEMBER_UPDATE, APP_UNASSIGN,
    APP_UPDATE, EventKind, FACTOR_DEACTIVATE, GROUP_ADD, GROUP_REMOVE, PASSWORD_RESET,
    POLICY_UPDATE, SESSION_CLEAR, USER_ACTIVATE, USER_CREATE, USER_DEACTIVATE, USER_REACTIVATE,
    USER_SUSPEND, USER_UNSUSPEND,
};
use crate::log_event::Entity;
use crate::novelty::Novelty;
use crate::org::{App, Org, User};
use crate::session::Session;
use crate::traffic::SimEvent;

/// Too many wrong passwords: Okta locks the account by itself.
pub(super) fn lock_out(_: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let user = person(moment.org, moment.dice);
    let draft = Draft::new(&ACCOUNT_LOCK, &user.entity, &user.mobile)
        .failed("LOCKED_OUT")
        .rated(Novelty::Usual)
        .uri("/idp/idx/identify")
        .target(&user.entity);
    moment.stamp(draft)
}

/// Does something to a person: each is an event kind and the last part of the API's path.
macro_rules! to_person {
    ($($name:ident = $kind:ident, $action:literal;)*) => {
        $(pub(super) fn $name(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
            administer(life, moment, |org, dice, session| {
                administer::to_person(org, &$kind, session, person(org, dice), $action)
            })
        })*
    };
}

to_person! {
    unlock_by_admin = ACCOUNT_UNLOCK_BY_ADMIN, "lifecycle/unlock";
    reset_password = PASSWORD_RESET, "lifecycle/reset_password";
    deactivate_factor = FACTOR_DEACTIVATE, "factors/reset";
    clear_sessions = SESSION_CLEAR, "sessions";
    reactivate_user = USER_REACTIVATE, "lifecycle/reactivate";
    deactivate_user = USER_DEACTIVATE, "lifecycle/deactivate";
    suspend_user = USER_SUSPEND, "lifecycle/suspend";
    unsuspend_user = USER_UNSUSPEND, "lifecycle/unsuspend";
}

pub(super) fn create_user(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    hire(life, moment, &USER_CREATE, "")
}

pub(super) fn activate_user(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    hire(life, moment, &USER_ACTIVATE, "lifecycle/activate")
}

pub(super) fn add_to_group(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    administer(life, moment, |org, dice, session| {
        let (user, group) = (person(org, dice), pick(dice, &org.groups));
        administer::membership(org, &GROUP_ADD, session, user, group)
    })
}

pub(super) fn remove_from_group(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    administer(life, moment, |org, dice, session| {
        let (user, group) = (person(org, dice), pick(dice, &org.groups));
        administer::membership(org, &GROUP_REMOVE, session, user, group)
    })
}

pub(super) fn assign_app(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    assignment(life, moment, &APP_ASSIGN)
}

pub(super) fn unassign_app(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    assignment(life, moment, &APP_UNASSIGN)
}

pub(super) fn update_app_user(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    assignment(life, moment, &APP_MEMBER_UPDATE)
}

pub(super) fn update_app(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    administer(life, moment, |org, dice, session| {
        administer::to_app(org, &APP_UPDATE, session, app(org, dice), "")
    })
}

pub(super) fn create_app(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    administer(life, moment, |org, dice, session| {
        administer::to_app(org, &APP_CREATE, session, app(org, dice), "")
    })
}

/// A policy's description or one of its rules is changed; neither gets weaker.
pub(super) fn change_policy(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    const TWO_FACTORS: &str = r#"{"verificationMethod":{"factorMode":"2FA","type":"ASSURANCE","reauthenticateIn":"PT12H"}}"#;
    const SOONER: &str = r#"{"verificationMethod":{"factorMode":"2FA","type":"ASSURANCE","reauthenticateIn":"PT2H"}}"#;
    let rule = moment.dice.random_bool(0.6);
    administer(life, moment, |org, _, session| {
        if rule {
            return administer::change_policy_rule(org, session, (TWO_FACTORS, SOONER));
        }
        let policy = Entity::new(
            "00ppolicyedge00000005d7",
            "PolicyEntity",
            "unknown",
            "Any two factors",
        );
        Draft::new(&POLICY_UPDATE, &session.owner(org).entity, &session.origin)
            .session(&session.id)
            .uri(format!("/api/v1/policies/{}", policy.id))
            .target(&policy)
            .debug("policyType", "ACCESS_POLICY")
            .debug("newPolicyDescription", "Reviewed by the security team")
    })
}

fn assignment(life: &mut Life, moment: &mut Moment<'_>, kind: &'static EventKind) -> SimEvent {
    administer(life, moment, |org, dice, session| {
        let (user, app) = (person(org, dice), app(org, dice));
        administer::assignment(org, kind, session, user, app)
    })
}

/// Somebody new: not one of those who work here already.
fn hire(
    life: &mut Life,
    moment: &mut Moment<'_>,
    kind: &'static EventKind,
    action: &str,
) -> SimEvent {
    administer(life, moment, |org, dice, session| {
        let known = person(org, dice);
        let number = dice.random_range(2..1000);
        let login = known
            .entity
            .alternate_id
            .replace('@', &format!("{number}@"));
        let id = okta_id(dice, "00u");
        let entity = Entity::new(&id, "User", &login, &known.entity.display_name);
        Draft::new(kind, &session.owner(org).entity, &session.origin)
            .session(&session.id)
            .uri(format!("/api/v1/users/{id}/{action}"))
            .target(&entity)
    })
}

/// An administrator who is signed in does something; if none is, somebody signs in.
fn administer(
    life: &mut Life,
    moment: &mut Moment<'_>,
    act: impl for<'a> FnOnce(&Org, &mut Dice, &'a Session) -> Draft<'a>,
) -> SimEvent {
    let admins = &moment.org.admins;
    let Some(index) = life.live_session(moment.dice, |session| admins.contains(&session.user))
    else {
        return sessions::start(life, moment);
    };
    let draft = act(moment.org, moment.dice, &life.live[index]);
    moment.stamp(draft)
}

fn person<'org>(org: &'org Org, dice: &mut Dice) -> &'org User {
    pick(dice, &org.users)
}

fn app<'org>(org: &'org Org, dice: &mut Dice) -> &'org App {
    pick(dice, &org.apps)
}
