//! The kinds of event that the org emits: type, message, old name, and whether hooks carry it.
//!
//! Eligibility is Okta's own (its catalogue of event types, tag `event-hook-eligible`). An old
//! name is given where Okta still sends one.

/// One of Okta's event types, with what each of its events says alike.
#[derive(Debug)]
pub(crate) struct EventKind {
    pub(crate) name: &'static str,
    pub(crate) message: &'static str,
    pub(crate) legacy: Option<&'static str>,
    pub(crate) severity: &'static str,
    pub(crate) hook_eligible: bool,
}

const fn kind(name: &'static str, message: &'static str, legacy: &'static str) -> EventKind {
    EventKind {
        name,
        message,
        legacy: Some(legacy),
        severity: "INFO",
        hook_eligible: true,
    }
}

impl EventKind {
    const fn warn(self) -> Self {
        Self {
            severity: "WARN",
            ..self
        }
    }

    /// Only the System Log shows it.
    const fn poll_only(self) -> Self {
        Self {
            hook_eligible: false,
            ..self
        }
    }

    /// Came with Identity Engine: there is no old name.
    const fn modern(self) -> Self {
        Self {
            legacy: None,
            ..self
        }
    }
}

macro_rules! kinds {
    ($($id:ident = $kind:expr;)*) => {
        $(pub(crate) static $id: EventKind = $kind;)*
        static ALL: &[&EventKind] = &[$(&$id),*];
    };
}

kinds! {
    SESSION_START = kind("user.session.start", "User login to Okta", "core.user_auth.login_success");
    SESSION_END = kind("user.session.end", "User logout of Okta", "core.user_auth.logout_success");
    SESSION_CLEAR = kind("user.session.clear", "Clear user session", "core.user.config.session_cleared");
    SESSION_CONTEXT = kind("user.session.context.change", "User session context changed", "").modern();
    SSO = kind("user.authentication.sso", "User single sign on to app", "app.auth.sso");
    MFA = kind("user.authentication.auth_via_mfa", "Authentication of user via MFA", "core.user.factor.attempt_success");
    VIA_IDP = kind("user.authentication.auth_via_IDP", "Authenticate user via IDP", "core.user_auth.idp.login_success");
    DENY_PUSH = kind("user.mfa.okta_verify.deny_push", "User rejected Okta push verify", "core.user.factor.okta_verify.deny_push").poll_only();

    ACCOUNT_LOCK = kind("user.account.lock", "Max sign in attempts exceeded", "core.user_auth.account_locked").warn();
    ACCOUNT_UNLOCK = kind("user.account.unlock", "User account unlock", "core.user_auth.account_unlocked");
    ACCOUNT_UNLOCK_BY_ADMIN = kind("user.account.unlock_by_admin", "Unlock user account by admin", "core.user_auth.account_unlocked_by_admin");
    PASSWORD_UPDATE = kind("user.account.update_password", "User update password for Okta", "core.user.config.password_update.success");
    PASSWORD_RESET = kind("user.account.reset_password", "User reset password for Okta (by admin)", "core.user.config.password_update.success");
    PROFILE_UPDATE = kind("user.account.update_profile", "Update user profile for Okta", "core.user.config.profile_update.success");
    REPORT_SUSPICIOUS = kind("user.account.report_suspicious_activity_by_enduser", "User report suspicious activity", "core.user.account.report_suspicious_activity_by_enduser").warn();
    PRIVILEGE_GRANT = kind("user.account.privilege.grant", "Grant user privilege", "core.user.admin_privilege.granted");

    FACTOR_ACTIVATE = kind("user.mfa.factor.activate", "Activate factor or authenticator enrollment", "core.user.factor.activate");
    FACTOR_UPDATE = kind("user.mfa.factor.update", "Update factor or authenticator enrollment", "core.user.factor.update");
    FACTOR_DEACTIVATE = kind("user.mfa.factor.deactivate", "Reset factor for user", "core.user.factor.reset");
    FACTOR_RESET_ALL = kind("user.mfa.factor.reset_all", "Reset all factors for user", "core.user.factor.reset_all");
    DEVICE_ENROLL = kind("device.enrollment.create", "Enroll new device", "").modern();
    DEVICE_ADD = kind("device.user.add", "Add user to device", "").modern();
    SMS_CODE = kind("system.sms.send_phone_verification_message", "Send phone verification SMS message", "core.user.sms.message_sent.verify");

    USER_CREATE = kind("user.lifecycle.create", "Create Okta user", "core.user.config.user_creation.success");
    USER_ACTIVATE = kind("user.lifecycle.activate", "Activate Okta user", "core.user.config.user_activated");
    USER_REACTIVATE = kind("user.lifecycle.reactivate", "Reactivate Okta user", "core.user.config.user_reactivated");
    USER_DEACTIVATE = kind("user.lifecycle.deactivate", "Deactivate Okta user", "core.user.config.user_deactivated");
    USER_SUSPEND = kind("user.lifecycle.suspend", "Suspend Okta user", "core.user.config.user_status.suspended");
    USER_UNSUSPEND = kind("user.lifecycle.unsuspend", "Unsuspend Okta user", "core.user.config.user_status.unsuspended");

    GROUP_ADD = kind("group.user_membership.add", "Add user to group membership", "core.user_group_member.user_add");
    GROUP_REMOVE = kind("group.user_membership.remove", "Remove user from group membership", "core.user_group_member.user_remove");
    APP_ASSIGN = kind("application.user_membership.add", "Add user to application membership", "app.generic.provision.assign_user_to_app");
    APP_UNASSIGN = kind("application.user_membership.remove", "Remove user's application membership", "app.generic.provision.deassign_user_from_app");
    APP_MEMBER_UPDATE = kind("application.user_membership.update", "Change application user membership", "app.generic.config.app_user_update");
    APP_PUSH_PROFILE = kind("application.provision.user.push_profile", "Push user profile to external application", "app.user_management.push_profile_success");
    APP_SYNC_USER = kind("application.provision.user.sync", "Sync user in external application", "app.user_management.provision_user");
    APP_CREATE = kind("application.lifecycle.create", "Create application", "app.generic.app_instance.created");
    APP_UPDATE = kind("application.lifecycle.update", "Update application", "app.generic.config.app_updated");
    APP_DEACTIVATE = kind("application.lifecycle.deactivate", "Deactivate application", "app.generic.config.app_deactivated");

    POLICY_UPDATE = kind("policy.lifecycle.update", "Update policy", "policy.updated");
    POLICY_RULE_UPDATE = kind("policy.rule.update", "Update policy rule", "policy.rule.updated");
    API_TOKEN_CREATE = kind("system.api_token.create", "Create API token", "api.token.create");
    IMPORT_COMPLETE = kind("system.import.complete", "Import of users and groups complete", "app.user_management.import.complete");
    RATE_WARNING = kind("system.org.rate_limit.warning", "Rate limit warning", "core.framework.ratelimit.warning").warn();
    RATE_VIOLATION = kind("system.org.rate_limit.violation", "Rate limit violation", "core.framework.ratelimit.violation").warn();
    OPERATION_WARNING = kind("system.operation.rate_limit.warning", "Operation rate limit warning", "").modern().warn().poll_only();
    OPERATION_VIOLATION = kind("system.operation.rate_limit.violation", "Operation rate limit violation", "").modern().warn().poll_only();
    HOOK_CREATED = kind("event_hook.created", "Event hook created", "").modern().poll_only();
    HOOK_UPDATED = kind("event_hook.updated", "Event hook updated", "").modern().poll_only();
    HOOK_ACTIVATED = kind("event_hook.activated", "Event hook activated", "").modern().poll_only();
    HOOK_DEACTIVATED = kind("event_hook.deactivated", "Event hook deactivated", "").modern().poll_only();
    HOOK_DELETED = kind("event_hook.deleted", "Event hook deleted", "").modern().poll_only();
    HOOK_VERIFIED = kind("event_hook.verified", "Event hook verified", "").modern().poll_only();
    HOOK_DELIVERY = kind("event_hook.delivery", "Event hook delivery", "").modern().poll_only();
    ADMIN_CONSOLE = kind("user.session.access_admin_app", "User accessing Okta admin app", "app.admin.sso.login.success").poll_only();
    IMPERSONATION_GRANT = kind("user.session.impersonation.grant", "Enable impersonation", "core.user.impersonation.grant.enabled").poll_only();
    IMPERSONATION_START = kind("user.session.impersonation.initiate", "Impersonation session initiated", "core.user.impersonation.session.initiated").poll_only();
}

/// Returns whether event hooks carry this type; false for a type that the org never emits.
pub(crate) fn hook_eligible(name: &str) -> bool {
    ALL.iter()
        .any(|kind| kind.name == name && kind.hook_eligible)
}
