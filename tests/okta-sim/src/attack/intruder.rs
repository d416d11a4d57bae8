//! Attacks from outside: somebody becomes somebody else.

use super::stage::Stage;
use crate::acts::administer;
use crate::acts::sign_in::{self, Answer};
use crate::dice::okta_id;
use crate::draft::Draft;
use crate::event_kind::{
    ACCOUNT_LOCK, DEVICE_ADD, DEVICE_ENROLL, FACTOR_ACTIVATE, FACTOR_DEACTIVATE, FACTOR_RESET_ALL,
    PASSWORD_RESET, REPORT_SUSPICIOUS,
};
use crate::log_event::Entity;
use crate::novelty::Novelty;
use crate::org::{Factor, Origin};
use crate::session::Session;

/// Nine pushes denied, in both of Okta's spellings, then one approved.
pub(super) fn mfa_fatigue(stage: &mut Stage<'_>) {
    let victim = stage.victim();
    let lair = stage.lair();
    let session = stage.session(victim, &lair);
    let org = stage.org;
    for push in 0..9 {
        if push % 4 == 3 {
            stage.play(sign_in::denied_push(org, &session));
        } else {
            stage.play(sign_in::challenge(
                org,
                &session,
                Factor::Push,
                Answer::DeniedPush,
                Novelty::Stranger,
            ));
        }
        stage.wait(8..25);
    }
    let given_in = Answer::Passed;
    stage.play(sign_in::challenge(
        org,
        &session,
        Factor::Push,
        given_in,
        Novelty::Stranger,
    ));
    stage.wait(1..3);
    stage.play(sign_in::start(org, &session, Novelty::Stranger));
    open_apps(stage, &session, 3, 5..15);
}

/// Sixty accounts from one address; two are tried until they lock, one opens.
pub(super) fn password_spray(stage: &mut Stage<'_>) {
    let mut targets = stage.people(60);
    let lair = stage.lair();
    let org = stage.org;
    for &user in &targets {
        refuse(stage, user, &lair);
        stage.wait(1..4);
    }
    let opened = targets.pop().unwrap_or_default();
    for &user in targets.iter().take(2) {
        for _ in 0..4 {
            refuse(stage, user, &lair);
            stage.wait(1..3);
        }
        let owner = &org.users[user].entity;
        stage.play(
            Draft::new(&ACCOUNT_LOCK, owner, &lair)
                .failed("LOCKED_OUT")
                .rated(Novelty::Stranger)
                .uri("/idp/idx/identify")
                .target(owner),
        );
        stage.wait(2..6);
    }
    let session = stage.session(opened, &lair);
    stage.play(sign_in::start(org, &session, Novelty::Stranger));
    open_apps(stage, &session, 2, 4..12);
}

/// New country, new device; then the factors go, new ones come, and a token is made.
pub(super) fn account_takeover(stage: &mut Stage<'_>) {
    let victim = stage.admin();
    let lair = stage.lair();
    let session = stage.session(victim, &lair);
    let org = stage.org;
    let owner = &org.users[victim];
    stage.play(sign_in::challenge(
        org,
        &session,
        Factor::Sms,
        Answer::Passed,
        Novelty::Stranger,
    ));
    stage.wait(1..3);
    stage.play(sign_in::start(org, &session, Novelty::Stranger));
    stage.wait(10..30);
    stage.play(administer::open_console(org, &session));
    stage.wait(15..40);
    stage.play(administer::to_person(
        org,
        &FACTOR_RESET_ALL,
        &session,
        owner,
        "lifecycle/reset_factors",
    ));
    stage.wait(8..20);
    enroll(stage, &session, "Google Authenticator");
    stage.wait(20..40);
    let token = administer::create_token(org, stage.dice, &session, "backup-sync", "ANYWHERE");
    stage.play(token);
    stage.wait(30..60);
    stage.play(
        Draft::new(&REPORT_SUSPICIOUS, &owner.entity, &owner.mobile)
            .uri("/api/internal/users/me/report-suspicious-activity")
            .target(&owner.entity)
            .debug(
                "suspiciousActivityEventType",
                "system.email.mfa_reset_notification.sent_message",
            )
            .debug("suspiciousActivityEventIp", lair.ip.clone())
            .debug("suspiciousActivityEventCountry", lair.city.country)
            .debug("suspiciousActivityEventCity", lair.city.name),
    );
}

/// The service desk resets a password and all factors; then the caller moves in.
pub(super) fn service_desk_fraud(stage: &mut Stage<'_>) {
    let (admin, victim) = (stage.admin(), stage.victim());
    let desk = stage.at_desk(admin);
    let org = stage.org;
    let owner = &org.users[victim];
    let reset = administer::to_person(
        org,
        &PASSWORD_RESET,
        &desk,
        owner,
        "lifecycle/reset_password",
    );
    stage.play(
        reset
            .debug("isSelfInitiated", "false")
            .debug("tempPasswordSet", "true"),
    );
    stage.wait(10..30);
    let one = administer::to_person(org, &FACTOR_DEACTIVATE, &desk, owner, "factors/reset");
    stage.play(one.debug("factor", owner.factor.code()));
    stage.wait(10..30);
    stage.play(administer::to_person(
        org,
        &FACTOR_RESET_ALL,
        &desk,
        owner,
        "lifecycle/reset_factors",
    ));
    stage.wait(30..70);
    let phone = stage.burner_phone();
    let session = stage.session(victim, &phone);
    stage.play(sign_in::start(org, &session, Novelty::Stranger));
    stage.wait(5..15);
    enroll(stage, &session, "Okta Verify");
    stage.wait(1..3);
    let device = okta_id(stage.dice, "guo");
    for kind in [&DEVICE_ENROLL, &DEVICE_ADD] {
        let added = Entity::new(&device, "UDDevice", "unknown", "SM-S918B");
        stage.play(
            Draft::new(kind, &owner.entity, &session.origin)
                .session(&session.id)
                .uri("/idp/authenticators")
                .target(&owner.entity)
                .target(&added),
        );
    }
    open_apps(stage, &session, 3, 4..12);
}

/// A cookie taken from a live session is used elsewhere, through every app of its owner.
pub(super) fn app_harvest(stage: &mut Stage<'_>) {
    let victim = stage.victim();
    let desk = stage.at_desk(victim);
    let org = stage.org;
    stage.play(sign_in::start(org, &desk, Novelty::Usual));
    stage.wait(2..5);
    let lair = stage.lair();
    let stolen = desk.carried_to(lair);
    for _ in 0..3 {
        stage.play(sign_in::challenge(
            org,
            &stolen,
            Factor::Totp,
            Answer::WrongCode,
            Novelty::Stranger,
        ));
        stage.wait(3..8);
    }
    open_apps(stage, &stolen, 24, 1..6);
}

fn refuse(stage: &mut Stage<'_>, user: usize, lair: &Origin) {
    let org = stage.org;
    let user = &org.users[user];
    stage.play(sign_in::refused(
        org,
        user,
        lair,
        Novelty::Stranger,
        "INVALID_CREDENTIALS",
    ));
}

/// Opens the session's apps in turn, from the first again when they run out.
fn open_apps(stage: &mut Stage<'_>, session: &Session, count: usize, pause: std::ops::Range<i64>) {
    let org = stage.org;
    for app in session.owner(org).apps.iter().cycle().take(count) {
        stage.wait(pause.clone());
        let draft = sign_in::open_app(org, stage.dice, session, &org.apps[*app]);
        stage.play(draft);
    }
}

fn enroll(stage: &mut Stage<'_>, session: &Session, authenticator: &str) {
    let owner = &session.owner(stage.org).entity;
    let enrollment = Entity::new(
        &okta_id(stage.dice, "pfd"),
        "AuthenticatorEnrollment",
        "unknown",
        authenticator,
    );
    stage.play(
        Draft::new(&FACTOR_ACTIVATE, owner, &session.origin)
            .session(&session.id)
            .uri("/idp/idx/challenge/answer")
            .target(owner)
            .target(&enrollment)
            .debug("factorIntent", "CREDENTIAL_ENROLLMENT"),
    );
}
