//! Who hears of an event: its device, its user, and who it says that somebody was before.
//!
//! Two users are never joined by a device that both have used, whatever comes first: a device is bound to a user at a
//! time, and shares with each only what nobody did by name meanwhile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::log::Kept;
use super::state::Share;
use crate::declaration::Declarations;
use crate::event::{Alias, Event};

/// What an alias is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// That somebody was seen by this alias.
    pub seen: bool,
    /// That something was done by this alias alone.
    pub acted: bool,
    /// What is kept of events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// To a device: whose it was, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<(i64, Alias)>,
    /// To a user: what a device shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<(Alias, Share)>,
    /// To a device: what its users are to be told by it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub onward: BTreeMap<Alias, Message>,
}

/// Who is to be told what of these events.
#[must_use]
pub fn route(events: Vec<Event>, declarations: &Declarations) -> BTreeMap<Alias, Message> {
    let mut told: BTreeMap<Alias, Message> = BTreeMap::new();
    for event in events {
        let kept = declarations.keep(&event);
        let Event { stamp, device, user, previous, .. } = event;
        if let (Some(previous), Some(user)) = (previous, &user) {
            told.entry(previous).or_default().bindings.push((stamp.at_ms, user.clone()));
        }
        let to = match (device, user) {
            (Some(device), Some(user)) => {
                let of_device = told.entry(device).or_default();
                of_device.seen = true;
                of_device.bindings.push((stamp.at_ms, user.clone()));
                of_device.onward.entry(user).or_default()
            }
            (Some(alias), None) | (None, Some(alias)) => told.entry(alias).or_default(),
            // Such an event is refused when it is read.
            (None, None) => continue,
        };
        to.seen = true;
        to.acted = true;
        to.kept.extend(kept);
    }
    told
}
