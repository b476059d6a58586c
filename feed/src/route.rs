//! Who hears of an event: its device, its user, and who it says that somebody was before.
//!
//! Two users are never joined by a device that both have used, whatever comes first: a device is bound to a user at a
//! time, and shares with each only what nobody did by name meanwhile.

use std::collections::BTreeMap;

use crate::declaration::Declarations;
use crate::event::{Alias, Event};
use crate::person::Message;

/// What of it is worth a request to an object: a message that keeps something, binds a device, or names a user. A device
/// that nobody is bound to, and that did nothing which a feature hears of, has the values of a person not known.
#[must_use]
pub fn matters(to: &Alias, message: &Message) -> bool {
    to.is_user() || message.teaches()
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
                of_device.events += 1;
                of_device.bindings.push((stamp.at_ms, user.clone()));
                of_device.onward.entry(user).or_default()
            }
            (Some(alias), None) | (None, Some(alias)) => {
                let of_alias = told.entry(alias).or_default();
                of_alias.events += 1;
                of_alias
            }
            // Such an event is refused when it is read.
            (None, None) => continue,
        };
        to.seen = true;
        to.acted = true;
        to.kept.extend(kept);
    }
    told
}

#[cfg(test)]
mod tests {
    use pintle::document::mistake::{Mistakes, Place};
    use serde_json::{Value, json};

    use super::*;
    use crate::event::Trust;

    fn asked(event: &Value) -> Vec<String> {
        let profile = json!({ "ORDERS": { "count": { "event": "Buy" } } });
        let mut mistakes = Mistakes::default();
        let plain = ["plan".to_owned()].into();
        let declarations = Declarations::compile(Some(&profile), Place::Root, plain, &mut mistakes);
        let event = Event::read(event, 0, Trust::Browser).unwrap();
        let told = route(vec![event], &declarations).into_iter();
        told.filter(|(to, message)| matters(to, message)).map(|(to, _)| to.as_str().to_owned()).collect()
    }

    #[test]
    fn only_who_may_learn_something_is_asked() {
        for (event, right) in [
            (json!({"type": "page", "anonymousId": "a"}), vec![]),
            (json!({"type": "track", "event": "Look", "anonymousId": "a"}), vec![]),
            (json!({"type": "identify", "anonymousId": "a", "traits": {"age": 7}}), vec![]),
            (
                json!({"type": "identify", "anonymousId": "a", "traits": {"plan": null}}),
                vec!["anonymous_id:a"],
            ),
            (json!({"type": "track", "event": "Buy", "anonymousId": "a"}), vec!["anonymous_id:a"]),
            (json!({"type": "page", "anonymousId": "a", "userId": "u"}), vec!["anonymous_id:a"]),
            (json!({"type": "page", "userId": "u"}), vec!["user_id:u"]),
            (json!({"type": "alias", "previousId": "b", "userId": "u"}), vec!["anonymous_id:b", "user_id:u"]),
        ] {
            assert_eq!(asked(&event), right, "{event}");
        }
    }
}
