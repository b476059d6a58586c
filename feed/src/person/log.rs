//! What an alias keeps of events: the latest, whole as far as they matter, and of older ones the last write of each
//! trait.
//!
//! What is kept is a function of the set of all events that ever came: the latest of them, up to the bounds. So a log
//! is the same whatever came first, and joining two is taking both sets together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::{Kind, Stamp, Trust};

/// How many events are kept.
pub const MAX_EVENTS: usize = 1_000;
/// How many bytes of JSON they may have together: a row of Cloudflare's SQLite holds 2 MB.
pub const MAX_BYTES: usize = 512 * 1024;

/// What is kept of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its kind.
    pub kind: Kind,
    /// Its place among all events.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// Who said so.
    #[serde(default)]
    pub trust: Trust,
    /// Of a track: what was done.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The traits that it writes and that are referred to.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub traits: Map<String, Value>,
    /// What features look at, where it stood.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub whole: Map<String, Value>,
}

/// The last write of a trait by somebody of one level of trust, of an event that is not kept any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// When.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// By whom.
    #[serde(default)]
    pub trust: Trust,
    /// An object of this one trait.
    pub traits: Map<String, Value>,
}

/// The events of an alias.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Log {
    /// By what two deliveries of one event have in common.
    events: BTreeMap<(String, Kind), Kept>,
    /// By the trait's name and the level of trust.
    folded: BTreeMap<(String, Trust), Write>,
    /// The latest event that is not kept any more; everything up to it is only folded.
    floor: Option<Stamp>,
}

/// A log as it is stored.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Wire {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Kept>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    folded: Vec<Write>,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<Stamp>,
}

impl Log {
    /// Takes an event in. One that came before, or comes again with another time, is the earlier of the two.
    pub fn insert(&mut self, event: Kept) {
        self.put(event);
        self.bound();
    }

    /// Takes in all that another log has.
    pub fn join(&mut self, other: Self) {
        other.folded.into_values().for_each(|write| self.fold(write));
        if other.floor > self.floor {
            self.floor = other.floor;
        }
        other.events.into_values().for_each(|event| self.put(event));
        self.bound();
    }

    /// The events that are kept.
    pub fn events(&self) -> impl Iterator<Item = &Kept> {
        self.events.values()
    }

    /// The last writes of traits by events that are not kept any more.
    pub fn folded(&self) -> impl Iterator<Item = &Write> {
        self.folded.values()
    }

    /// From when on everything is kept; nothing when nothing was ever left out.
    #[must_use]
    pub fn complete_since_ms(&self) -> Option<i64> {
        self.floor.as_ref().map(|floor| floor.at_ms)
    }

    /// The part of it whose events happened when `belongs` says so; what is only folded goes with `folded`.
    #[must_use]
    pub fn part(&self, belongs: impl Fn(i64) -> bool, folded: bool) -> Self {
        let events = self.events.iter().filter(|(_, event)| belongs(event.stamp.at_ms));
        Self {
            events: events.map(|(key, event)| (key.clone(), event.clone())).collect(),
            folded: if folded { self.folded.clone() } else { BTreeMap::new() },
            floor: self.floor.clone(),
        }
    }

    fn put(&mut self, event: Kept) {
        let key = (event.stamp.message_id.clone(), event.kind);
        match self.events.get(&key) {
            Some(there) if (&there.stamp, text(there)) <= (&event.stamp, text(&event)) => {}
            _ => _ = self.events.insert(key, event),
        }
    }

    /// Folds what is beyond the bounds.
    fn bound(&mut self) {
        let mut latest: Vec<_> = self.events.iter().map(|(key, event)| (event.stamp.clone(), key.clone())).collect();
        latest.sort_by(|one, other| other.cmp(one));
        let mut bytes = 0;
        for (index, (stamp, key)) in latest.into_iter().enumerate() {
            bytes += self.events.get(&key).map_or(0, |event| text(event).len());
            let is_beyond = index >= MAX_EVENTS || bytes > MAX_BYTES;
            if (is_beyond || self.floor.as_ref().is_some_and(|floor| stamp <= *floor))
                && let Some(event) = self.events.remove(&key)
            {
                self.floor = self.floor.take().max(Some(stamp));
                self.fold_event(event);
            }
        }
    }

    fn fold_event(&mut self, event: Kept) {
        for (name, value) in event.traits {
            let traits = Map::from_iter([(name, value)]);
            self.fold(Write { stamp: event.stamp.clone(), trust: event.trust, traits });
        }
    }

    fn fold(&mut self, write: Write) {
        let Some(name) = write.traits.keys().next().cloned() else { return };
        let key = (name, write.trust);
        if self.folded.get(&key).is_none_or(|there| there.stamp < write.stamp) {
            self.folded.insert(key, write);
        }
    }
}

fn text(event: &Kept) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

impl From<Log> for Wire {
    fn from(log: Log) -> Self {
        Self {
            events: log.events.into_values().collect(),
            folded: log.folded.into_values().collect(),
            floor: log.floor,
        }
    }
}

impl From<Wire> for Log {
    fn from(wire: Wire) -> Self {
        let mut log = Self { floor: wire.floor, ..Self::default() };
        wire.folded.into_iter().for_each(|write| log.fold(write));
        wire.events.into_iter().for_each(|event| log.put(event));
        log
    }
}
