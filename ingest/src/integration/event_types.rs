//! The event types that an integration wants: which of them its hook carries, and which come by the
//! System Log alone.

use std::collections::BTreeSet;

use super::settings::{EventTypeSet, EventTypes};
use super::trouble::Trouble;
use crate::okta::MAX_EVENT_TYPES;
use crate::okta::event_types::{Carrier, DEFAULT, carrier, recommended};

impl EventTypes {
    /// All of them by name.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Set(EventTypeSet::Default) => DEFAULT.map(str::to_owned).to_vec(),
            Self::Set(EventTypeSet::Recommended) => recommended().map(str::to_owned).collect(),
            Self::Own(names) => names.clone(),
        }
    }

    /// Those that the event hook carries.
    pub(crate) fn by_hook(&self) -> Vec<String> {
        let mut names = self.names();
        names.retain(|name| carrier(name) == Some(Carrier::Hook));
        names
    }

    /// Those that come by the System Log alone.
    pub(crate) fn by_system_log(&self) -> Vec<String> {
        let mut names = self.names();
        names.retain(|name| carrier(name) != Some(Carrier::Hook));
        names
    }

    /// Checks that each is an event type of Okta's, that the hook has one to carry and not too many;
    /// sorts them and leaves repeats out.
    pub(crate) fn checked(self) -> Result<Self, Trouble> {
        let Self::Own(names) = self else {
            return Ok(self);
        };
        let unknown = names.iter().find(|name| carrier(name).is_none());
        if let Some(unknown) = unknown {
            let sentence = format!("Okta has no event type {unknown:?}.");
            let remedy =
                "Use the names of Okta's event type catalogue, such as user.session.start.";
            return Err(Trouble::new(sentence, remedy));
        }
        let names: BTreeSet<String> = names.into_iter().collect();
        let wanted = Self::Own(names.into_iter().collect());
        let hooked = wanted.by_hook().len();
        if hooked == 0 {
            let sentence = "None of these event types is carried by event hooks.";
            let remedy = "Add one that is, such as user.session.start.";
            return Err(Trouble::new(sentence, remedy));
        }
        if hooked > MAX_EVENT_TYPES {
            let sentence = format!(
                "An event hook takes {MAX_EVENT_TYPES} event types, and these are {hooked}."
            );
            let remedy = "Leave some out, or choose the recommended set.";
            return Err(Trouble::new(sentence, remedy));
        }
        Ok(wanted)
    }
}
