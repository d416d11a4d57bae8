//! What administrators do to people, apps and the org, at the console or by an API token.

use crate::dice::{Dice, letters, okta_id};
use crate::draft::Draft;
use crate::event_kind::{
    ADMIN_CONSOLE, API_TOKEN_CREATE, EventKind, IMPERSONATION_GRANT, IMPERSONATION_START,
    POLICY_RULE_UPDATE, PRIVILEGE_GRANT,
};
use crate::log_event::Entity;
use crate::org::{App, Org, Origin, User};
use crate::session::Session;

/// An administrator does `kind` to a person; `action` is the last part of the API's path.
pub(crate) fn to_person<'a>(
    org: &Org,
    kind: &'static EventKind,
    session: &'a Session,
    person: &User,
    action: &str,
) -> Draft<'a> {
    Draft::new(kind, &session.owner(org).entity, &session.origin)
        .session(&session.id)
        .uri(format!("/api/v1/users/{}/{action}", person.entity.id))
        .target(&person.entity)
}

/// A person is put into a group, or taken out of it.
pub(crate) fn membership<'a>(
    org: &Org,
    kind: &'static EventKind,
    session: &'a Session,
    person: &User,
    group: &Entity,
) -> Draft<'a> {
    Draft::new(kind, &session.owner(org).entity, &session.origin)
        .session(&session.id)
        .uri(format!(
            "/api/v1/groups/{}/users/{}",
            group.id, person.entity.id
        ))
        .target(&person.entity)
        .target(group)
        .debug("triggeredByGroupRuleId", "null")
}

/// An app is given to a person, taken away, or changed for the person.
pub(crate) fn assignment<'a>(
    org: &Org,
    kind: &'static EventKind,
    session: &'a Session,
    person: &User,
    app: &App,
) -> Draft<'a> {
    let (id, user) = (&app.instance.id, &person.entity);
    let app_user = Entity::new(
        &format!("0ua{}", user.id),
        "AppUser",
        &user.alternate_id,
        &user.display_name,
    );
    Draft::new(kind, &session.owner(org).entity, &session.origin)
        .session(&session.id)
        .uri(format!("/api/v1/apps/{id}/users/{}", user.id))
        .target(&app_user)
        .target(&app.instance)
        .target(user)
        .debug("appname", app.name)
}

/// Rights of administration are granted; `roles` is Okta's comma list of labels.
pub(crate) fn grant<'a>(
    org: &Org,
    session: &'a Session,
    person: &User,
    roles: &'static str,
) -> Draft<'a> {
    to_person(org, &PRIVILEGE_GRANT, session, person, "roles").debug("privilegeGranted", roles)
}

/// An API token is made.
pub(crate) fn create_token<'a>(
    org: &Org,
    dice: &mut Dice,
    session: &'a Session,
    name: &'static str,
    network: &'static str,
) -> Draft<'a> {
    Draft::new(
        &API_TOKEN_CREATE,
        &session.owner(org).entity,
        &session.origin,
    )
    .session(&session.id)
    .uri("/api/internal/tokens")
    .query("expand=user")
    .target(&Entity::new(
        &okta_id(dice, "00T"),
        "Token",
        "unknown",
        name,
    ))
    .debug("networkConnection", network)
    .debug("rateLimitPercentage", "50")
}

/// The Admin Console is opened.
pub(crate) fn open_console<'a>(org: &Org, session: &'a Session) -> Draft<'a> {
    let console = Entity::new(
        "0oaconsole0000000005d7",
        "AppInstance",
        "Okta Admin Console",
        "Okta Admin Console",
    );
    Draft::new(&ADMIN_CONSOLE, &session.owner(org).entity, &session.origin)
        .session(&session.id)
        .uri("/admin/sso/callback")
        .target(&console)
        .target(&session.owner(org).entity)
        .debug("idpType", "OKTA")
        .debug("idpOktaHosted", "true")
}

/// The rule of a sign-on policy is changed; `before` and `after` are its requirements as JSON.
pub(crate) fn change_policy_rule<'a>(
    org: &Org,
    session: &'a Session,
    (before, after): (&'static str, &'static str),
) -> Draft<'a> {
    let policy = Entity::new(
        "00ppolicyedge00000005d7",
        "PolicyEntity",
        "unknown",
        "Any two factors",
    );
    let rule = Entity::new(
        "0prruleedge0000000005d7",
        "PolicyRule",
        "unknown",
        "Catch-all Rule",
    );
    Draft::new(
        &POLICY_RULE_UPDATE,
        &session.owner(org).entity,
        &session.origin,
    )
    .session(&session.id)
    .uri(format!("/api/v1/policies/{}/rules/{}", policy.id, rule.id))
    .target(&policy)
    .target(&rule)
    .debug("policyType", "ACCESS_POLICY")
    .debug("oldPolicyRuleRequirementsJson", before)
    .debug("newPolicyRuleRequirementsJson", after)
    .debug("newPolicyRuleName", "Catch-all Rule")
    .debug("oldPolicyRuleName", "Catch-all Rule")
}

/// An app is made, changed or switched off; `action` is the last part of the API's path.
pub(crate) fn to_app<'a>(
    org: &Org,
    kind: &'static EventKind,
    session: &'a Session,
    app: &App,
    action: &str,
) -> Draft<'a> {
    Draft::new(kind, &session.owner(org).entity, &session.origin)
        .session(&session.id)
        .uri(format!("/api/v1/apps/{}{action}", app.instance.id))
        .target(&app.instance)
        .debug("appVersion", "5f1c2a5e-8d0b-4d5e-9a45-2f7f4f0c9d11")
        .debug(
            "customMessage",
            "Label changed, Pushing user profile changes",
        )
}

/// The org opens itself to somebody who acts as another: access is granted, then used.
pub(crate) fn impersonation<'a>(org: &Org, session: &'a Session, person: &User) -> [Draft<'a>; 2] {
    [
        to_person(
            org,
            &IMPERSONATION_GRANT,
            session,
            person,
            "impersonation/grant",
        )
        .debug("caseNumber", "10420117"),
        to_person(
            org,
            &IMPERSONATION_START,
            session,
            person,
            "impersonation/initiate",
        )
        .debug("caseNumber", "10420117"),
    ]
}

/// A limit of requests is near (`RATE_WARNING`) or hit (`RATE_VIOLATION`).
pub(crate) fn rate_limit<'a>(
    dice: &mut Dice,
    kind: &'static EventKind,
    actor: &Entity,
    origin: &'a Origin,
    (path, threshold): (&'static str, &'static str),
) -> Draft<'a> {
    let draft = Draft::new(kind, actor, origin).query("limit=200");
    limited(dice, draft, path, threshold).debug("userId", actor.id.clone())
}

/// Says of an event which limit it is about.
pub(crate) fn limited<'a>(
    dice: &mut Dice,
    draft: Draft<'a>,
    path: &str,
    threshold: &str,
) -> Draft<'a> {
    let bucket = letters(dice, 12);
    draft
        .uri(path)
        .target(&Entity::new(path, "URL Pattern", "unknown", path))
        .target(&Entity::new(&bucket, "Bucket Uuid", "unknown", &bucket))
        .debug("rateLimitBucketUuid", bucket.clone())
        .debug("rateLimitScopeType", "ORG")
        .debug("rateLimitSecondsToReset", "17")
        .debug("threshold", threshold)
        .debug("timeSpan", "1")
        .debug("timeUnit", "MINUTES")
        .debug("warningPercent", "60")
}
