//! An event of RudderStack's, as much of it as a person is made of: what happened, when, to whom, and who says so.
//!
//! Every event that is refused is refused with what is wrong and where. What an event means for a person is decided in
//! `person`; which of them matter at all, in `declaration`.

mod alias;
mod instant;
mod traits;
mod trust;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use alias::Alias;
pub use trust::Trust;

use crate::digest;

/// How far an event may be ahead of its receipt, in milliseconds: clocks differ.
const AHEAD_MS: i64 = 5 * 60 * 1000;
/// What differs between two deliveries of one event.
const OF_THE_DELIVERY: [&str; 3] = ["receivedAt", "sentAt", "request_ip"];

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Who somebody is, and their traits.
    Identify,
    /// What somebody did.
    Track,
    /// A page that was looked at.
    Page,
    /// A screen of an app that was looked at.
    Screen,
    /// Which group somebody belongs to. Its traits are the group's.
    Group,
    /// That one id was another before.
    Alias,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Identify, Self::Track, Self::Page, Self::Screen, Self::Group, Self::Alias];

    /// As an event's `type` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Track => "track",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }

    /// The kind by the `type` of an event.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// When something was said, and in which event: the order of everything that a person is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// The time, in milliseconds since 1970.
    #[serde(rename = "t")]
    pub at_ms: i64,
    /// The event's `messageId`; of an event without one, a fingerprint.
    #[serde(rename = "id")]
    pub message_id: String,
}

/// An event, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its kind.
    pub kind: Kind,
    /// Its place among all events.
    pub stamp: Stamp,
    /// Who says so.
    pub trust: Trust,
    /// The device, or another id that is no user's own.
    pub device: Option<Alias>,
    /// The user.
    pub user: Option<Alias>,
    /// Of an `alias`: who the user was before.
    pub previous: Option<Alias>,
    /// The traits that it writes, nested.
    pub traits: Map<String, Value>,
    /// The event as it came.
    pub whole: Map<String, Value>,
}

/// Why an event is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is no object.
    NoObject,
    /// Its `type` is none that is known.
    Kind,
    /// It says nothing of whom it is about, or names an id that stands for nobody.
    Nobody,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObject => f.write_str("the event is not an object"),
            Self::Kind => f.write_str("`type` is none of identify, track, page, screen, group, alias"),
            Self::Nobody => f.write_str("neither `anonymousId` nor `userId` is an id of somebody"),
        }
    }
}

impl Event {
    /// Reads an event that was received at `received_at_ms`, from somebody who may claim at most `level`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(value: &Value, received_at_ms: i64, level: Trust) -> Result<Self, Refusal> {
        let whole = value.as_object().ok_or(Refusal::NoObject)?;
        let kind = whole.get("type").and_then(Value::as_str).and_then(Kind::named).ok_or(Refusal::Kind)?;
        let at_ms = instant::of(whole, received_at_ms).min(received_at_ms.saturating_add(AHEAD_MS));
        let (device, user) = alias::of(whole);
        let traits = traits::of(kind, whole);
        // Whether an id of another type is somebody's is declared, and told when it is known who hears of the event.
        let others = whole.get("context").and_then(|context| context.get("externalId"));
        if device.is_none() && user.is_none() && traits.is_empty() && others.is_none() {
            return Err(Refusal::Nobody);
        }
        let previous =
            if kind == Kind::Alias { whole.get("previousId").and_then(Alias::device) } else { None };
        Ok(Self {
            kind,
            stamp: Stamp { at_ms, message_id: message_id(whole) },
            trust: Trust::claimed(whole).min(level),
            device,
            user,
            previous,
            traits,
            whole: whole.clone(),
        })
    }
}

impl Event {
    /// How many ids it names that stand for nobody.
    #[must_use]
    pub fn nobodies(&self) -> usize {
        alias::nobodies(&self.whole)
    }

    /// Whether it tells when it happened, and is not of whenever it comes.
    #[must_use]
    pub fn is_timed(&self) -> bool {
        instant::is_told(&self.whole)
    }
}

/// The `messageId`; without one, a fingerprint of all that two deliveries of the event have in common.
fn message_id(whole: &Map<String, Value>) -> String {
    match whole.get("messageId") {
        Some(Value::String(id)) if !id.trim().is_empty() => id.trim().to_owned(),
        _ => {
            let mut same = whole.clone();
            same.remove("messageId");
            OF_THE_DELIVERY.into_iter().for_each(|name| _ = same.remove(name));
            digest::hex(Value::Object(same).to_string().as_bytes(), 16)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RECEIVED_MS: i64 = 1_790_000_000_000;

    fn read(event: &Value) -> Result<Event, Refusal> {
        Event::read(event, RECEIVED_MS, Trust::Warehouse)
    }

    #[test]
    fn what_is_wrong_with_an_event_is_told() {
        for (event, told) in [
            (json!([]), "the event is not an object"),
            (json!({"anonymousId": "a"}), "`type` is none of"),
            (json!({"type": "record", "anonymousId": "a"}), "`type` is none of"),
            (json!({"type": "page"}), "neither `anonymousId` nor `userId`"),
            (
                json!({"type": "page", "userId": "null", "anonymousId": " "}),
                "neither `anonymousId` nor `userId`",
            ),
        ] {
            let refusal = read(&event).unwrap_err().to_string();
            assert!(refusal.starts_with(told), "{event}: {refusal}");
        }
    }

    #[test]
    fn an_event_without_a_message_id_is_the_same_each_time_it_comes() {
        let event = json!({"type": "page", "userId": "u", "originalTimestamp": "2026-11-01T10:00:00Z"});
        let mut again = event.clone();
        again["receivedAt"] = json!("2026-11-01T10:00:07Z");
        again["messageId"] = json!(" ");
        assert_eq!(read(&event).unwrap().stamp, read(&again).unwrap().stamp);
        again["properties"] = json!({});
        assert_ne!(read(&event).unwrap().stamp, read(&again).unwrap().stamp);
    }

    #[test]
    fn nobody_claims_more_than_their_key_allows() {
        let event = json!({"type": "page", "userId": "u", "channel": "sources"});
        assert_eq!(Event::read(&event, RECEIVED_MS, Trust::Browser).unwrap().trust, Trust::Browser);
        assert_eq!(Event::read(&event, RECEIVED_MS, Trust::Warehouse).unwrap().trust, Trust::Warehouse);
    }

    #[test]
    fn a_clock_that_is_ahead_is_held_back() {
        let event = json!({"type": "page", "userId": "u", "timestamp": "2999-01-01T00:00:00Z"});
        assert_eq!(read(&event).unwrap().stamp.at_ms, RECEIVED_MS + AHEAD_MS);
    }
}
