//! Policies: where they come from (those we ship, files, the settings log), how they are tuned, and
//! which of them judge.

pub(crate) mod files;
pub(crate) mod in_force;
pub(crate) mod last_good;
pub(crate) mod load;
pub(crate) mod overlay;
pub(crate) mod settings;
pub(crate) mod store;
pub(crate) mod table;
pub(crate) mod tuned;

use nightlatch_engine::SourceFile;

/// A policy file of ours with its text.
macro_rules! shipped {
    ($name:literal) => {
        ($name, include_str!(concat!("../rules/", $name)))
    };
}

/// The policies that we ship: file name and text. Their tests stand beside them.
pub const MANAGED: [(&str, &str); 10] = [
    shipped!("okta-sign-in.yaml"),
    shipped!("okta-mfa.yaml"),
    shipped!("okta-privileged-access.yaml"),
    shipped!("okta-api-oauth.yaml"),
    shipped!("okta-applications.yaml"),
    shipped!("okta-policies-network.yaml"),
    shipped!("okta-devices.yaml"),
    shipped!("okta-directory.yaml"),
    shipped!("okta-platform.yaml"),
    shipped!("okta-connection.yaml"),
];

/// The tests of one of ours.
macro_rules! tested {
    ($id:literal) => {
        ($id, include_str!(concat!("../rules/", $id, ".test.yaml")))
    };
}

/// The tests of the policies that we ship, by the policy's id.
const TESTS: [(&str, &str); MANAGED.len()] = [
    tested!("okta-sign-in"),
    tested!("okta-mfa"),
    tested!("okta-privileged-access"),
    tested!("okta-api-oauth"),
    tested!("okta-applications"),
    tested!("okta-policies-network"),
    tested!("okta-devices"),
    tested!("okta-directory"),
    tested!("okta-platform"),
    tested!("okta-connection"),
];

/// Returns the tests of a policy that we ship.
pub(crate) fn managed_tests(id: &str) -> Option<&'static str> {
    let mut known = TESTS.into_iter();
    known.find(|(known, _)| *known == id).map(|(_, text)| text)
}

/// Returns the shipped policies as source files.
pub(crate) fn managed() -> impl Iterator<Item = SourceFile> {
    MANAGED.into_iter().map(|(name, text)| SourceFile {
        name: name.to_owned(),
        text: text.to_owned(),
    })
}
