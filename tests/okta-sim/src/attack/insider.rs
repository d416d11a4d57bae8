//! Attacks from inside: an administrator, or a program with an administrator's token.

use super::stage::Stage;
use crate::acts::{administer, sign_in};
use crate::event_kind::{
    APP_DEACTIVATE, GROUP_REMOVE, RATE_VIOLATION, RATE_WARNING, USER_DEACTIVATE, USER_SUSPEND,
};
use crate::novelty::Novelty;
use crate::org::equipment::SCRIPTS;

const TWO_FACTORS: &str =
    r#"{"verificationMethod":{"factorMode":"2FA","type":"ASSURANCE","reauthenticateIn":"PT2H"}}"#;
const ONE_FACTOR: &str = r#"{"verificationMethod":{"factorMode":"1FA","type":"ASSURANCE","reauthenticateIn":"PT43800H"}}"#;

/// An API token that nobody remembers.
const TOKEN: &str = "00Tforgotten000000005d7";

/// Super administrator, a weaker policy, a token for any network, and a colleague's identity.
pub(super) fn helps_himself(stage: &mut Stage<'_>) {
    let (admin, colleague) = (stage.admin(), stage.victim());
    let desk = stage.at_desk(admin);
    let org = stage.org;
    stage.play(sign_in::start(org, &desk, Novelty::Usual));
    stage.wait(5..15);
    stage.play(administer::open_console(org, &desk));
    stage.wait(15..40);
    stage.play(administer::grant(
        org,
        &desk,
        &org.users[admin],
        "Super administrator",
    ));
    stage.wait(20..50);
    stage.play(administer::change_policy_rule(
        org,
        &desk,
        (TWO_FACTORS, ONE_FACTOR),
    ));
    stage.wait(15..40);
    let token = administer::create_token(org, stage.dice, &desk, "migration", "ANYWHERE");
    stage.play(token);
    stage.wait(20..40);
    for step in administer::impersonation(org, &desk, &org.users[colleague]) {
        stage.play(step);
        stage.wait(2..6);
    }
}

/// Two dozen people are suspended or deactivated, their groups cleared, three apps switched off.
pub(super) fn sabotages(stage: &mut Stage<'_>) {
    let admin = stage.admin();
    let desk = stage.at_desk(admin);
    let org = stage.org;
    stage.play(sign_in::start(org, &desk, Novelty::Usual));
    for (number, user) in stage.people(24).into_iter().enumerate() {
        let person = &org.users[user];
        stage.wait(2..7);
        let (kind, action) = if number % 2 == 0 {
            (&USER_SUSPEND, "lifecycle/suspend")
        } else {
            (&USER_DEACTIVATE, "lifecycle/deactivate")
        };
        stage.play(administer::to_person(org, kind, &desk, person, action));
        let group = &org.groups[1];
        stage.play(administer::membership(
            org,
            &GROUP_REMOVE,
            &desk,
            person,
            group,
        ));
    }
    for app in org.apps.iter().take(3) {
        stage.wait(3..9);
        stage.play(administer::to_app(
            org,
            &APP_DEACTIVATE,
            &desk,
            app,
            "/lifecycle/deactivate",
        ));
    }
}

/// A warning, then one violation after another on the paths it reads.
pub(super) fn abuses_the_api(stage: &mut Stage<'_>) {
    let admin = stage.admin();
    let org = stage.org;
    let owner = &org.users[admin].entity;
    let lair = stage.lair_with(&SCRIPTS[0]);
    let warning = administer::rate_limit(
        stage.dice,
        &RATE_WARNING,
        owner,
        &lair,
        ("/api/v1/users", "600"),
    );
    stage.play(warning.api_token(TOKEN));
    for round in 0..8 {
        stage.wait(5..20);
        let bucket = [
            ("/api/v1/users", "600"),
            ("/api/v1/users/{id}/factors", "600"),
            ("/api/v1/groups", "500"),
            ("/api/v1/logs", "120"),
        ][round % 4];
        let violation = administer::rate_limit(stage.dice, &RATE_VIOLATION, owner, &lair, bucket);
        stage.play(violation.api_token(TOKEN));
    }
}
