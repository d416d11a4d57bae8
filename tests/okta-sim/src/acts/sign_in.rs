//! Signing in and out, answering challenges, opening apps.

use crate::dice::{Dice, okta_id};
use crate::draft::Draft;
use crate::event_kind::{DENY_PUSH, MFA, SESSION_END, SESSION_START, SSO, VIA_IDP};
use crate::log_event::{AuthenticationContext, Entity, Issuer};
use crate::novelty::Novelty;
use crate::org::people::SignOn;
use crate::org::{App, Factor, Org, Origin, User};
use crate::session::Session;

/// How a challenge for a second factor ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Passed,
    WrongCode,
    /// The person pressed "No, it's not me".
    DeniedPush,
}

/// A session begins.
pub(crate) fn start<'a>(org: &Org, session: &'a Session, novelty: Novelty) -> Draft<'a> {
    with_widget(
        Draft::new(&SESSION_START, &session.owner(org).entity, &session.origin)
            .session(&session.id)
            .transaction(&session.transaction)
            .rated(novelty)
            .uri("/idp/idx/challenge/answer")
            .target(&enrollment("Password", &session.origin))
            .authenticated(by_password()),
        org,
    )
    .debug("loginResult", "SUCCESS")
}

/// Okta refuses a sign-in: there is no session.
pub(crate) fn refused<'a>(
    org: &Org,
    user: &User,
    origin: &'a Origin,
    novelty: Novelty,
    reason: &'static str,
) -> Draft<'a> {
    with_widget(
        Draft::new(&SESSION_START, &user.entity, origin)
            .failed(reason)
            .legacy("core.user_auth.login_failed")
            .rated(novelty)
            .uri("/idp/idx/identify")
            .authenticated(by_password()),
        org,
    )
    .debug("loginResult", reason)
}

/// A second factor is asked for and answered.
pub(crate) fn challenge<'a>(
    org: &Org,
    session: &'a Session,
    factor: Factor,
    answer: Answer,
    novelty: Novelty,
) -> Draft<'a> {
    let user = session.owner(org);
    let mut draft = Draft::new(&MFA, &user.entity, &session.origin)
        .session(&session.id)
        .transaction(&session.transaction)
        .rated(novelty)
        .uri("/idp/idx/challenge/answer")
        .target(&enrollment(factor.authenticator(), &session.origin))
        .authenticated(AuthenticationContext {
            authentication_provider: Some("FACTOR_PROVIDER"),
            credential_provider: Some("OKTA_CREDENTIAL_PROVIDER"),
            credential_type: matches!(factor, Factor::Totp | Factor::Sms).then_some("OTP"),
            ..AuthenticationContext::default()
        })
        .debug("factor", factor.code())
        .debug("factorIntent", "LOGIN")
        .debug("promptingPolicyTypes", "OKTA_SIGN_ON, ACCESS");
    if factor == Factor::FastPass {
        draft = draft.debug("keyTypeUsedForAuthentication", "USER_VERIFYING_BIO_OR_PIN");
    }
    if factor == Factor::Push {
        let denied = answer == Answer::DeniedPush;
        let response = if denied {
            "OV_RESPONSE_DENY"
        } else {
            "OV_RESPONSE_APPROVE"
        };
        let number = if denied { "NOT_APPLICABLE" } else { "VALID" };
        draft = draft.debug("pushOnlyResponseType", response).debug(
            "pushWithNumberChallengeResponseType",
            format!("OV_WITH_CHALLENGE_RESPONSE_{number}"),
        );
    }
    if answer == Answer::Passed {
        draft
    } else {
        draft
            .failed("INVALID_CREDENTIALS")
            .legacy("core.user.factor.attempt_fail")
    }
}

/// A push was denied, in the older of Okta's two spellings.
pub(crate) fn denied_push<'a>(org: &Org, session: &'a Session) -> Draft<'a> {
    let user = session.owner(org);
    Draft::new(&DENY_PUSH, &user.entity, &session.origin)
        .failed("User rejected Okta push verify")
        .session(&session.id)
        .transaction(&session.transaction)
        .uri("/api/v1/authn/factors/verify/poll")
        .target(&user.entity)
        .debug("factor", Factor::Push.code())
}

/// A partner's identity provider vouches for the user.
pub(crate) fn via_partner<'a>(org: &Org, session: &'a Session) -> Draft<'a> {
    let user = session.owner(org);
    Draft::new(&VIA_IDP, &user.entity, &session.origin)
        .session(&session.id)
        .transaction(&session.transaction)
        .rated(Novelty::Usual)
        .uri("/oauth2/v1/authorize/callback")
        .target(&user.entity)
        .authenticated(AuthenticationContext {
            authentication_provider: Some("FEDERATION"),
            credential_type: Some("ASSERTION"),
            issuer: Some(Issuer {
                id: "https://idp.partner.example/saml2".to_owned(),
                kind: "https://idp.partner.example",
            }),
            ..AuthenticationContext::default()
        })
}

/// The user opens an app.
pub(crate) fn open_app<'a>(
    org: &Org,
    dice: &mut Dice,
    session: &'a Session,
    app: &App,
) -> Draft<'a> {
    let user = session.owner(org);
    let (mode, uri) = match app.sign_on {
        SignOn::Saml => (
            "SAML 2.0",
            format!("/app/{}/exk{}/sso/saml", app.name, suffix(&app.instance.id)),
        ),
        SignOn::Oidc => ("OpenID Connect", "/oauth2/v1/authorize".to_owned()),
        SignOn::Swa => (
            "Secure Web Authentication",
            format!("/app/{}/{}/login", app.name, app.instance.id),
        ),
    };
    let app_user = Entity::new(
        &okta_id(dice, "0ua"),
        "AppUser",
        &user.entity.alternate_id,
        &user.entity.display_name,
    );
    let draft = Draft::new(&SSO, &user.entity, &session.origin)
        .session(&session.id)
        .noted(Novelty::Usual)
        .uri(uri)
        .query("fromHome=true")
        .target(
            &app.instance
                .clone()
                .with_detail(vec![("signOnModeType", mode_type(app.sign_on))]),
        )
        .target(&app_user)
        .debug("signOnMode", mode)
        .debug("initiationType", "IDP_INITIATED")
        .debug("issuer", format!("https://{}", org.domain))
        .debug("nameId", user.entity.alternate_id.clone())
        .debug("fedBrokerMode", "false");
    if app.sign_on == SignOn::Saml {
        draft.debug(
            "qualifiedName",
            "{urn:oasis:names:tc:SAML:2.0:protocol}AuthnRequest",
        )
    } else {
        draft
    }
}

/// The user signs out.
pub(crate) fn end<'a>(org: &Org, session: &'a Session) -> Draft<'a> {
    let user = session.owner(org);
    Draft::new(&SESSION_END, &user.entity, &session.origin)
        .session(&session.id)
        .uri("/login/signout")
        .target(&user.entity)
        .debug("endedSessionId", session.id.clone())
        .debug("totalOidcLogoutRequests", "0")
        .debug("totalSamlLogoutRequests", "0")
}

fn mode_type(sign_on: SignOn) -> String {
    match sign_on {
        SignOn::Saml => "SAML_2_0",
        SignOn::Oidc => "OPENID_CONNECT",
        SignOn::Swa => "BROWSER_PLUGIN",
    }
    .to_owned()
}

/// What the sign-in page says of itself.
fn with_widget<'a>(draft: Draft<'a>, org: &Org) -> Draft<'a> {
    draft
        .debug(
            "oktaUserAgentExtended",
            "okta-auth-js/7.13.0 okta-signin-widget-7.33.1",
        )
        .debug("origin", format!("https://{}", org.domain))
        .debug("usernameTypingPattern", "1,3|2,8")
}

fn by_password() -> AuthenticationContext {
    AuthenticationContext {
        authentication_provider: Some("OKTA_AUTHENTICATION_PROVIDER"),
        credential_provider: Some("OKTA_CREDENTIAL_PROVIDER"),
        credential_type: Some("PASSWORD"),
        ..AuthenticationContext::default()
    }
}

/// The enrolment is the device's own: it keeps one id for as long as the browser is the same.
fn enrollment(name: &str, origin: &Origin) -> Entity {
    let mark: String = origin.prints.dt_hash.chars().take(14).collect();
    Entity::new(
        &format!("pfd{mark}5d7"),
        "AuthenticatorEnrollment",
        "unknown",
        name,
    )
}

fn suffix(id: &str) -> &str {
    id.strip_prefix("0oa").unwrap_or(id)
}
