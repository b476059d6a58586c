//! What one alias is told: by events, by its devices, and by nobody else.
//!
//! Messages are what a crash may lose or send again; nothing of them counts twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kept_since::Declared;
use super::log::Kept;
use super::state::Share;
use crate::event::Alias;

/// What an alias is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// That somebody was seen by this alias.
    pub seen: bool,
    /// That something was done by this alias alone.
    pub acted: bool,
    /// How many events they sent that these are of: an object takes only so many in a time.
    pub events: u32,
    /// What is kept of events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// To a device: whose it was, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<(i64, Alias)>,
    /// To a user: what a device shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<(Alias, Share)>,
    /// What is kept of events at this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
    /// To a device: what its users are to be told by it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub onward: BTreeMap<Alias, Message>,
}

impl Message {
    /// Whether it says more than that there is somebody.
    #[must_use]
    pub fn teaches(&self) -> bool {
        !(self.kept.is_empty()
            && self.bindings.is_empty()
            && self.shares.is_empty()
            && self.onward.is_empty())
    }
}
