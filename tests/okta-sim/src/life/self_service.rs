//! People look after their own accounts.

use super::{Life, Moment, sessions};
use crate::dice::okta_id;
use crate::draft::Draft;
use crate::event_kind::{
    ACCOUNT_UNLOCK, DEVICE_ADD, DEVICE_ENROLL, EventKind, FACTOR_ACTIVATE, FACTOR_UPDATE,
    PASSWORD_UPDATE, PROFILE_UPDATE, SMS_CODE,
};
use crate::log_event::Entity;
use crate::org::User;
use crate::traffic::SimEvent;

pub(super) fn change_password(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    own(
        life,
        moment,
        &PASSWORD_UPDATE,
        "/idp/idx/challenge/answer",
        |draft, user| {
            draft
                .target(&user.entity)
                .debug("isSelfInitiated", "true")
                .debug("userStatus", "ACTIVE")
        },
    )
}

pub(super) fn change_profile(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    own(
        life,
        moment,
        &PROFILE_UPDATE,
        "/idp/myaccount/profile",
        |draft, user| {
            draft
                .target(&user.entity)
                .debug("changedAttributes", "mobilePhone,preferredLanguage")
        },
    )
}

pub(super) fn unlock(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    own(
        life,
        moment,
        &ACCOUNT_UNLOCK,
        "/idp/idx/unlock-account",
        |draft, user| draft.target(&user.entity).debug("userStatus", "LOCKED_OUT"),
    )
}

pub(super) fn activate_factor(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    own(
        life,
        moment,
        &FACTOR_ACTIVATE,
        "/idp/idx/challenge/answer",
        factor,
    )
}

pub(super) fn update_factor(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    own(
        life,
        moment,
        &FACTOR_UPDATE,
        "/idp/myaccount/authenticators",
        factor,
    )
}

pub(super) fn enroll_device(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let id = okta_id(moment.dice, "guo");
    own(
        life,
        moment,
        &DEVICE_ENROLL,
        "/idp/authenticators",
        |draft, user| draft.target(&device(&id, user)),
    )
}

pub(super) fn join_device(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    let id = okta_id(moment.dice, "guo");
    own(
        life,
        moment,
        &DEVICE_ADD,
        "/idp/authenticators",
        |draft, user| draft.target(&user.entity).target(&device(&id, user)),
    )
}

pub(super) fn send_code(life: &mut Life, moment: &mut Moment<'_>) -> SimEvent {
    own(
        life,
        moment,
        &SMS_CODE,
        "/idp/idx/challenge",
        |draft, user| {
            draft
                .target(&user.entity)
                .debug("phoneNumber", user.phone.clone())
                .debug("countryCallingCode", "+1")
                .debug("messageType", "SMS")
        },
    )
}

fn factor<'a>(draft: Draft<'a>, user: &User) -> Draft<'a> {
    let enrollment = Entity::new(
        "pfdnew0000000000005d7",
        "AuthenticatorEnrollment",
        "unknown",
        user.factor.authenticator(),
    );
    draft
        .target(&user.entity)
        .target(&enrollment)
        .debug("factor", user.factor.code())
        .debug("factorIntent", "CREDENTIAL_ENROLLMENT")
}

fn device(id: &str, user: &User) -> Entity {
    let name = user
        .mobile
        .device
        .as_ref()
        .map_or("Phone", |device| device.name.as_str());
    Entity::new(id, "UDDevice", "unknown", name).with_detail(vec![
        ("oktaDeviceId", id.to_owned()),
        ("platform", "MOBILE".to_owned()),
    ])
}

/// Somebody signed in does something to their own account.
fn own(
    life: &mut Life,
    moment: &mut Moment<'_>,
    kind: &'static EventKind,
    path: &str,
    detail: impl for<'a> Fn(Draft<'a>, &User) -> Draft<'a>,
) -> SimEvent {
    let Some(index) = life.live_session(moment.dice, |_| true) else {
        return sessions::start(life, moment);
    };
    let session = &life.live[index];
    let user = session.owner(moment.org);
    let draft = Draft::new(kind, &user.entity, &session.origin)
        .session(&session.id)
        .uri(path);
    moment.stamp(detail(draft, user))
}
