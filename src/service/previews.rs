//! Drafts while they are being written: kept in memory only, as the store keeps whole
//! drafts. A notice says that there is more; whoever wants it looks here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::SuggestionId;

/// The texts so far.
#[derive(Clone, Default)]
pub struct Previews(Arc<Mutex<HashMap<SuggestionId, String>>>);

impl Previews {
    /// The text so far, if the draft is being written in this process.
    #[must_use]
    pub fn get(&self, id: SuggestionId) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    pub(crate) fn set(&self, id: SuggestionId, body: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, body.to_owned());
    }

    pub(crate) fn forget(&self, id: SuggestionId) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }
}
