//! What a visitor was shown, told to RudderStack: which variation of which experiment, and the trait of RudderStack's guide
//! (`activation_api_experience`). Once per visitor, experiment and variation: the ticket remembers which were told.
//!
//! An event of the same thing has the same `messageId`, so that what is told again, because there was no ticket, is known
//! again. When and how events are sent is the shell's.

use std::sync::Arc;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::decision::reason::Assigned;
use crate::document::json::{self, object};
use crate::seal::base64url;

/// The most of which a ticket remembers that they were told: the last.
const MOST: usize = 32;

/// A feature whose value is a trait of its visitors: `"track": "activation_api_experience"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The feature's key.
    pub feature: String,
    /// The trait's name.
    pub name: String,
}

impl Track {
    /// What `track` of a checked delivery of `feature` says.
    pub(super) fn of(delivery: &Value, feature: &str) -> Option<Self> {
        let name = delivery.get("track")?.as_str()?;
        Some(Self { feature: feature.to_owned(), name: name.to_owned() })
    }
}

/// The events of one visit.
#[derive(Debug)]
pub struct Exposures<'v> {
    id: &'v str,
    /// Which `personalization.json` decided.
    version: &'v str,
    /// Fingerprints of what was told before, and now.
    pub told: Vec<u32>,
    /// What is to be told.
    pub events: Vec<Value>,
}

impl<'v> Exposures<'v> {
    /// Nothing is to be told yet to whom `told` was told.
    #[must_use]
    pub fn new(id: &'v str, version: &'v str, told: Vec<u32>) -> Self {
        Self { id, version, told, events: Vec::new() }
    }

    /// Tells of the variations that a visitor was given, and of the traits that they have by what was decided.
    pub fn tell(&mut self, viewed: &[Arc<Assigned>], traits: &Map<String, Value>) {
        for assigned in viewed {
            let Assigned { experiment, key, .. } = &**assigned;
            let Some(id) = self.news("Experiment Viewed", experiment, key) else { continue };
            let name = assigned.name.as_deref().map(|name| ("variation_name", name.into()));
            let properties = [
                ("experiment_id", (**experiment).into()),
                ("variation_id", (**key).into()),
                ("version", self.version.into()),
            ];
            let properties = object(properties.into_iter().chain(name));
            let event =
                [("type", "track".into()), ("event", "Experiment Viewed".into()), ("properties", properties)];
            self.push(&event, id, traits);
        }
        let mut news = None;
        for (name, value) in traits {
            news = self.news("trait", name, &json::text(value)).or(news);
        }
        if let Some(id) = news {
            self.push(&[("type", "identify".into())], id, traits);
        }
    }

    /// The `messageId` of what was not told yet.
    fn news(&mut self, what: &str, name: &str, value: &str) -> Option<String> {
        let fingerprint = digest(&[what, name, value]);
        let [a, b, c, d, ..] = fingerprint;
        let known = u32::from_be_bytes([a, b, c, d]);
        if self.told.contains(&known) {
            return None;
        }
        if self.told.len() >= MOST {
            self.told.remove(0);
        }
        self.told.push(known);
        let id = digest(&[self.id, what, name, value, self.version]);
        Some("pintle-".to_owned() + &base64url(id.get(..16)?)?)
    }

    fn push(&mut self, members: &[(&str, Value)], id: String, traits: &Map<String, Value>) {
        let library =
            object([("name", env!("CARGO_PKG_NAME").into()), ("version", env!("CARGO_PKG_VERSION").into())]);
        let context = object([("library", library), ("traits", Value::Object(traits.clone()))]);
        let all = [("anonymousId", self.id.into()), ("messageId", id.into()), ("context", context)];
        self.events.push(object(members.iter().cloned().chain(all)));
    }
}

/// SHA-256 of texts, of which none is taken for the end of the one before.
fn digest(texts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decision::reason::By;

    fn assigned(experiment: &str, key: &str) -> Arc<Assigned> {
        Arc::new(Assigned {
            experiment: experiment.into(),
            variation: 0,
            key: key.into(),
            name: None,
            attribute: "id".into(),
            value: "a1".to_owned(),
            by: By::Force,
            leaf: None,
            passes: false,
        })
    }

    fn traits(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_was_told_is_not_told_again_and_is_known_again_by_its_message() {
        let (viewed, traits) =
            ([assigned("cta", "1"), assigned("cta", "1")], traits(&json!({ "seen": true })));
        let mut first = Exposures::new("a1", "v", Vec::new());
        first.tell(&viewed, &traits);
        let kinds: Vec<_> = first.events.iter().map(|event| event["type"].clone()).collect();
        assert_eq!(kinds, ["track", "identify"]);
        assert_eq!(first.events[0]["context"]["traits"], json!({ "seen": true }));
        let mut second = Exposures::new("a1", "v", first.told.clone());
        second.tell(&viewed, &traits);
        assert_eq!((second.events.len(), &second.told), (0, &first.told));
        let mut without_ticket = Exposures::new("a1", "v", Vec::new());
        without_ticket.tell(&viewed, &traits);
        assert_eq!(without_ticket.events, first.events);
        let mut other = Exposures::new("a2", "v", Vec::new());
        other.tell(&viewed, &traits);
        assert_ne!(other.events[0]["messageId"], first.events[0]["messageId"]);
    }

    #[test]
    fn another_variation_and_another_value_are_news() {
        let mut exposures = Exposures::new("a1", "v", Vec::new());
        exposures.tell(&[assigned("cta", "0")], &traits(&json!({ "seen": false })));
        exposures.tell(&[assigned("cta", "1")], &traits(&json!({ "seen": true })));
        assert_eq!(exposures.events.len(), 4);
    }

    #[test]
    fn a_ticket_remembers_the_last() {
        let mut exposures = Exposures::new("a1", "v", Vec::new());
        for n in 0..2 * MOST {
            exposures.tell(&[assigned(&n.to_string(), "0")], &Map::new());
        }
        assert_eq!(exposures.told.len(), MOST);
    }
}
