//! Who hears of an event: its device, its user, and who it says that somebody was before.
//!
//! Two users are never joined by a device that both have used, whatever comes first: a device is bound to a user at a
//! time, and shares with each only what nobody did by name meanwhile. An id of another type is bound as a device is.

use litemap::LiteMap;

use crate::declaration::Declarations;
use crate::event::{Alias, Event};
use crate::identity::Identity;
use crate::person::{Heard, Message, mark};

/// What of it is worth a request to an object: a message that keeps something, binds a device, or names a user. A device
/// that nobody is bound to, and that did nothing which a feature hears of, has the values of a person not known.
#[must_use]
pub fn matters(to: &Alias, message: &Message) -> bool {
    to.is_user() || message.teaches()
}

/// Who is to be told what of these events.
#[must_use]
pub fn route(events: &[Event], declarations: &Declarations, identity: &Identity) -> LiteMap<Alias, Message> {
    let mut told: LiteMap<Alias, Message> = LiteMap::new();
    for event in events {
        let kept = declarations.keep(event);
        let Some(to) = addressed(event, identity, &mut told) else { continue };
        to.heard.push(heard(event, true));
        to.kept.extend(kept);
    }
    told
}

/// Has everybody hear who belongs to whom, and says who hears of what was done; nobody when no id is somebody's.
fn addressed<'t>(
    event: &Event,
    identity: &Identity,
    told: &'t mut LiteMap<Alias, Message>,
) -> Option<&'t mut Message> {
    let lets = |alias: &Option<Alias>| alias.clone().filter(|alias| identity.lets(alias));
    let (device, user, previous) = (lets(&event.device), lets(&event.user), lets(&event.previous));
    if event.trust < identity.trust {
        // Not believed who somebody is: with a device it is the device's, and a user alone is told nothing about ids.
        return Some(first(device.or(user)?, told));
    }
    let others = identity.named_by(event);
    let Some(user) = user else {
        return Some(first(device.or_else(|| others.into_iter().next())?, told));
    };
    let heard = heard(event, false);
    let binding = (heard.at_ms, user.clone(), heard.mark);
    if let Some(previous) = previous {
        told.entry(previous).or_default().bindings.push(binding.clone());
    }
    for bound in others.into_iter().chain(device.clone()) {
        let bound = told.entry(bound).or_default();
        bound.heard.push(heard.clone());
        bound.bindings.push(binding.clone());
    }
    Some(match device {
        Some(device) => first(device, told).onward.entry(user).or_default(),
        None => first(user, told),
    })
}

/// Who hears of the event first, and counts it.
fn first(alias: Alias, told: &mut LiteMap<Alias, Message>) -> &mut Message {
    let first = told.entry(alias).or_default();
    first.events += 1;
    first
}

fn heard(event: &Event, acted: bool) -> Heard {
    let mark = mark(&event.stamp.message_id);
    Heard { at_ms: event.stamp.at_ms, mark, acted, untimed: !event.is_timed() }
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
        let told = route(&[event], &declarations, &Identity::default()).into_iter();
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
