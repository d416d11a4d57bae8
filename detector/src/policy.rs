//! Where policies come from: those we ship, files, and the last good text of each file.

pub(crate) mod files;
pub(crate) mod in_force;
pub(crate) mod last_good;
pub(crate) mod load;

use nightlatch_engine::SourceFile;

/// The policies that we ship: file name and text. Their tests stand beside them.
pub const MANAGED: [(&str, &str); 1] = [(
    "okta-activity.yaml",
    include_str!("../rules/okta-activity.yaml"),
)];

/// Returns the shipped policies as source files.
pub(crate) fn managed() -> impl Iterator<Item = SourceFile> {
    MANAGED.into_iter().map(|(name, text)| SourceFile {
        name: name.to_owned(),
        text: text.to_owned(),
    })
}
