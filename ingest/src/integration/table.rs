//! The table of integrations: found by path key, by id or by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{IMPORT, Integration};

/// Compared instead of what it is of: it has one length, and comparing it tells nothing.
pub(crate) type Sha256Digest = [u8; 32];

/// The digest of a path key or a secret.
pub(crate) fn digest(text: &str) -> Sha256Digest {
    Sha256::digest(text).into()
}

/// All integrations, found by path key, by id or by name.
#[derive(Debug, Clone, Default)]
pub struct Integrations {
    path_keys: BTreeMap<Sha256Digest, Arc<Integration>>,
    names: BTreeMap<String, Arc<Integration>>,
    ids: BTreeMap<String, Arc<Integration>>,
}

/// What of an integration another one has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) path_key: bool,
    pub(crate) name: bool,
}

impl Integrations {
    /// Takes an integration in. One of the same name or id that is there already stays in front.
    pub(crate) fn insert(
        &mut self,
        integration: Integration,
        path_key: Option<Sha256Digest>,
    ) -> Taken {
        let integration = Arc::new(integration);
        let held = path_key.map(|key| self.path_keys.insert(key, Arc::clone(&integration)));
        let taken = Taken {
            path_key: held.flatten().is_some(),
            name: self.names.contains_key(&integration.name),
        };
        let (id, name) = (integration.id.clone(), integration.name.clone());
        self.ids
            .entry(id)
            .or_insert_with(|| Arc::clone(&integration));
        self.names.entry(name).or_insert(integration);
        taken
    }

    /// Returns the integration whose hook address ends in `key`. The look-up goes by digest, so its
    /// time tells nothing of keys that exist.
    pub(crate) fn by_path_key(&self, key: &str) -> Option<&Arc<Integration>> {
        self.path_keys.get(&digest(key))
    }

    /// Returns the integration of an id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Arc<Integration>> {
        self.ids.get(id)
    }

    /// Returns the integration that imported events belong to: the named one, else the only one,
    /// else one named `import`.
    ///
    /// # Errors
    /// The names there are, when `name` is none of them.
    pub(crate) fn for_import(&self, name: Option<&str>) -> Result<Arc<Integration>, Vec<String>> {
        match name {
            Some(name) if name != IMPORT => {
                self.names.get(name).cloned().ok_or_else(|| self.names())
            }
            Some(name) => {
                let known = self.names.get(name).cloned();
                Ok(known.unwrap_or_else(|| Arc::new(Integration::imported(IMPORT))))
            }
            None => match self.names.values().next() {
                Some(only) if self.names.len() == 1 => Ok(Arc::clone(only)),
                _ => Ok(Arc::new(Integration::imported(IMPORT))),
            },
        }
    }

    /// Returns their names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.names.keys().cloned().collect()
    }

    /// Returns all of them, by id.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Integration>> {
        self.ids.values()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
