//! What is wrong with a connection, for a person: one sentence, and one thing to do.

use nightlatch_chassis::settings::SealError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::okta::{AddressError, OktaError};

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Trouble {
    /// What is wrong.
    pub(crate) sentence: String,
    /// The one thing to do.
    pub(crate) remedy: String,
    /// Okta's code of the error, such as `E0000006`, or OAuth's, such as `invalid_client`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Okta's id of this one error, which its support asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error_id: Option<String>,
}

impl Trouble {
    pub(crate) fn new(sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            remedy: remedy.into(),
            code: None,
            error_id: None,
        }
    }

    /// Both in one text.
    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.sentence, self.remedy)
    }
}

impl From<OktaError> for Trouble {
    fn from(error: OktaError) -> Self {
        Self {
            code: error.code().map(str::to_owned),
            error_id: error.error_id().map(str::to_owned),
            ..Self::new(error.sentence(), error.remedy())
        }
    }
}

impl From<AddressError> for Trouble {
    fn from(error: AddressError) -> Self {
        Self::new(error.sentence(), error.remedy())
    }
}

impl From<SealError> for Trouble {
    fn from(error: SealError) -> Self {
        let sentence = format!("What is kept of the integration can't be used: {error}.");
        let remedy = "Start this process with the master key that the others have.";
        Self::new(sentence, remedy)
    }
}
