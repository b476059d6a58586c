//! Who hears of an event: its device, its user, and who it says that somebody was before.
//!
//! Two users are never joined by a device that both have used, whatever comes first: a device is bound to a user at a
//! time, and shares with each only what nobody did by name meanwhile.

use std::collections::BTreeMap;

use crate::declaration::Declarations;
use crate::event::{Alias, Event};
use crate::person::Message;

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
