//! A session: who is signed in, where from, and the ids that its events share.

use crate::dice::{Dice, letters};
use crate::org::{Org, Origin, User};

/// A sign-in that was allowed, or is about to be.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Index of the user in the org.
    pub(crate) user: usize,
    pub(crate) origin: Origin,
    pub(crate) id: String,
    /// The transaction of the sign-in itself, which its challenge and its start share.
    pub(crate) transaction: String,
}

impl Session {
    pub(crate) fn new(dice: &mut Dice, user: usize, origin: Origin) -> Self {
        let id = format!("idx{}", letters(dice, 22));
        Self {
            user,
            origin,
            id,
            transaction: letters(dice, 27),
        }
    }

    /// The same session as seen from elsewhere: somebody took the cookie.
    pub(crate) fn carried_to(&self, origin: Origin) -> Self {
        Self {
            origin,
            ..self.clone()
        }
    }

    pub(crate) fn owner<'org>(&self, org: &'org Org) -> &'org User {
        &org.users[self.user]
    }
}
