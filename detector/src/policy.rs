//! Where policies come from: those we ship, files, and the last good text of each file.

pub(crate) mod files;
pub(crate) mod in_force;
pub(crate) mod last_good;
pub(crate) mod load;

use nightlatch_engine::SourceFile;

/// A policy file of ours with its text.
macro_rules! shipped {
    ($name:literal) => {
        ($name, include_str!(concat!("../rules/", $name)))
    };
}

/// The policies that we ship: file name and text. Their tests stand beside them.
pub const MANAGED: [(&str, &str); 9] = [
    shipped!("okta-sign-in.yaml"),
    shipped!("okta-mfa.yaml"),
    shipped!("okta-privileged-access.yaml"),
    shipped!("okta-api-oauth.yaml"),
    shipped!("okta-applications.yaml"),
    shipped!("okta-policies-network.yaml"),
    shipped!("okta-devices.yaml"),
    shipped!("okta-directory.yaml"),
    shipped!("okta-platform.yaml"),
];

/// Returns the shipped policies as source files.
pub(crate) fn managed() -> impl Iterator<Item = SourceFile> {
    MANAGED.into_iter().map(|(name, text)| SourceFile {
        name: name.to_owned(),
        text: text.to_owned(),
    })
}
