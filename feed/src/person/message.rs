//! What one alias is told: by events, by its devices, and by nobody else.
//!
//! Messages are what a crash may lose or send again; nothing of them counts twice.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::kept_since::Declared;
use super::log::Kept;
use super::state::Share;
use crate::event::Alias;

/// That somebody did something by an alias, or was named by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// When, in milliseconds since 1970.
    #[serde(rename = "t")]
    pub at_ms: i64,
    /// What tells the event again, once nothing of it is kept.
    pub mark: u64,
    /// Whether it was done by this alias alone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub acted: bool,
    /// Whether the event has no time of its own, but is of whenever it comes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub untimed: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde has it so")]
fn is_false(it: &bool) -> bool {
    !it
}

/// What an alias is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// That somebody was seen by this alias, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<Heard>,
    /// How many events they sent that these are of: an object takes only so many in a time.
    pub events: u32,
    /// What is kept of events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// To a device: when it was whose, and the mark of the event that says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<(i64, Alias, u64)>,
    /// To a user: what a device shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<(Alias, Share)>,
    /// What is kept of events at this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
    /// Who is gone, and up to when nothing of them is known any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<(Alias, i64)>,
    /// To a device: what its users are to be told by it.
    #[serde(with = "crate::sorted", skip_serializing_if = "LiteMap::is_empty")]
    pub onward: LiteMap<Alias, Message>,
}

impl Message {
    /// Whether it says more than that there is somebody.
    #[must_use]
    pub fn teaches(&self) -> bool {
        !(self.kept.is_empty()
            && self.bindings.is_empty()
            && self.shares.is_empty()
            && self.gone.is_empty()
            && self.onward.is_empty())
    }
}
