//! What an alias keeps of events: the latest, whole as far as they matter, and of older ones the last write of each
//! trait.
//!
//! What is kept is a function of the set of all events that ever came: the latest of them, up to the bounds. So a log
//! is the same whatever came first, and joining two is taking both sets together.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::{Kind, Stamp, Trust};

/// How many events are kept.
pub const MAX_EVENTS: usize = 1_000;
/// How many bytes of JSON they may have together: a row of Cloudflare's SQLite holds 2 MB.
pub const MAX_BYTES: usize = 512 * 1024;
/// How many last writes of traits are kept beside them, and how many bytes they may have together.
pub const MAX_FOLDED: usize = 500;
const MAX_FOLDED_BYTES: usize = 256 * 1024;

/// What is kept of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its kind.
    pub kind: Kind,
    /// Its place among all events.
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
    pub stamp: Stamp,
    /// By whom.
    #[serde(default)]
    pub trust: Trust,
    /// An object of this one trait, nested as it came, down to one value.
    pub traits: Map<String, Value>,
}

/// The events of an alias.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Log {
    /// By what two deliveries of one event have in common.
    events: LiteMap<(String, Kind), Kept>,
    /// By the names down to the value, and the level of trust.
    folded: LiteMap<(Vec<String>, Trust), Write>,
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
        self.extend(vec![event]);
    }

    /// Takes events in.
    pub fn extend(&mut self, events: Vec<Kept>) {
        if !events.is_empty() {
            events.into_iter().for_each(|event| self.put(event));
            self.bound();
        }
    }

    /// Takes in all that another log has.
    pub fn join(&mut self, other: Self) {
        other.folded.into_iter().for_each(|(_, write)| self.fold(write));
        if other.floor > self.floor {
            self.floor = other.floor;
        }
        other.events.into_iter().for_each(|(_, event)| self.put(event));
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

    /// Whether an event comes when those of its time are not kept any more: then its traits alone count.
    #[must_use]
    pub fn is_late(&self, event: &Kept) -> bool {
        Some(&event.stamp) <= self.floor.as_ref()
    }

    /// The part of it whose events happened when `belongs` says so; what is only folded goes with `folded`.
    #[must_use]
    pub fn part(&self, belongs: impl Fn(i64) -> bool, folded: bool) -> Self {
        let mut part = Self {
            folded: if folded { self.folded.clone() } else { LiteMap::new() },
            floor: self.floor.clone(),
            ..Self::default()
        };
        for (key, event) in self.events.iter().filter(|(_, event)| belongs(event.stamp.at_ms)) {
            part.events.insert(key.clone(), event.clone());
        }
        part
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.folded.is_empty()
    }

    /// At least the bytes that it has as it is stored.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let floor = self.floor.as_ref().map_or(0, stamp);
        floor + self.events.values().map(size).chain(self.folded.values().map(written)).sum::<usize>()
    }

    /// When the latest of what is kept was said.
    #[must_use]
    pub fn last_ms(&self) -> Option<i64> {
        let folded = self.folded.values().map(|write| write.stamp.at_ms);
        self.events.values().map(|event| event.stamp.at_ms).chain(folded).max()
    }

    /// Keeps only what was said at a time, and in an event, that `stays`.
    pub fn retain(&mut self, stays: impl Fn(i64, &str) -> bool) {
        let stays = |stamp: &Stamp| stays(stamp.at_ms, &stamp.message_id);
        self.events.retain(|_, event| stays(&event.stamp));
        self.folded.retain(|_, write| stays(&write.stamp));
    }

    /// Loses the part whose events happened when `is_lost` says so; of what is only folded what was said up to then.
    pub fn lose(&mut self, is_lost: impl Fn(i64) -> bool, folded_until_ms: Option<i64>) {
        self.events.retain(|_, event| !is_lost(event.stamp.at_ms));
        self.folded.retain(|_, write| Some(write.stamp.at_ms) > folded_until_ms);
    }

    fn put(&mut self, event: Kept) {
        let key = (event.stamp.message_id.clone(), event.kind);
        let comes_again = |there: &Kept| (&there.stamp, text(there)) <= (&event.stamp, text(&event));
        match self.events.get(&key) {
            Some(there) if comes_again(there) => {}
            _ => _ = self.events.insert(key, event),
        }
    }

    /// Folds what is beyond the bounds, and what came too late to be kept.
    fn bound(&mut self) {
        let late = self.events.iter().filter(|(_, event)| self.is_late(event));
        for key in late.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.let_go(&key);
        }
        let mut bytes: usize = self.events.values().map(size).sum();
        while self.events.len() > MAX_EVENTS || bytes > MAX_BYTES {
            let oldest = self.events.iter().min_by_key(|(key, event)| (&event.stamp, *key));
            let Some((key, event)) = oldest else { return };
            bytes = bytes.saturating_sub(size(event));
            let key = key.clone();
            self.let_go(&key);
        }
        let mut bytes: usize = self.folded.values().map(written).sum();
        while bytes > MAX_FOLDED_BYTES {
            bytes = bytes.saturating_sub(self.forget_oldest().as_ref().map_or(bytes, written));
        }
    }

    fn let_go(&mut self, key: &(String, Kind)) {
        if let Some(event) = self.events.remove(key) {
            self.floor = self.floor.take().max(Some(event.stamp.clone()));
            self.fold_event(event);
        }
    }

    fn fold_event(&mut self, event: Kept) {
        for traits in leaves(event.traits) {
            self.fold(Write { stamp: event.stamp.clone(), trust: event.trust, traits });
        }
    }

    fn fold(&mut self, write: Write) {
        let key = (names(&write.traits), write.trust);
        if self.folded.get(&key).is_none_or(|there| there.stamp < write.stamp) {
            self.folded.insert(key, write);
        }
        if self.folded.len() > MAX_FOLDED {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> Option<Write> {
        let oldest = self.folded.iter().min_by_key(|(key, write)| (&write.stamp, *key));
        let oldest = oldest.map(|(key, _)| key.clone())?;
        self.folded.remove(&oldest)
    }
}

/// Each value of nested traits in an object of its own.
fn leaves(traits: Map<String, Value>) -> Vec<Map<String, Value>> {
    let mut leaves = Vec::new();
    for (name, value) in traits {
        let members = value.as_object().filter(|members| !members.is_empty());
        let under = members.map(|members| self::leaves(members.clone()));
        let values = under.map_or_else(|| vec![value], |under| under.into_iter().map(Value::from).collect());
        leaves.extend(values.into_iter().map(|value| singleton(&name, value)));
    }
    leaves
}

fn singleton(name: &str, value: Value) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert(name.to_owned(), value);
    object
}

/// The names down to the one value of such an object.
fn names(leaf: &Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    let mut within = Some(leaf);
    while let Some((name, value)) = within.and_then(|object| object.iter().next()) {
        names.push(name.clone());
        within = value.as_object();
    }
    names
}

/// At least the bytes that it has as JSON, whatever stands in it: a row that is too large is refused for ever.
fn size(event: &Kept) -> usize {
    const AROUND: usize = 80;
    let name = event.name.as_deref().map_or(0, text_size);
    AROUND + stamp(&event.stamp) + name + members(&event.traits) + members(&event.whole)
}

fn written(write: &Write) -> usize {
    const AROUND: usize = 48;
    AROUND + stamp(&write.stamp) + members(&write.traits)
}

fn stamp(stamp: &Stamp) -> usize {
    const AROUND: usize = 32;
    AROUND + text_size(&stamp.message_id)
}

fn members(object: &Map<String, Value>) -> usize {
    object.iter().map(|(name, value)| 2 + text_size(name) + size_of(value)).sum()
}

fn size_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 6,
        // The longest is as `-1.2345678901234567e-100`.
        Value::Number(_) => 25,
        Value::String(text) => 1 + text_size(text),
        Value::Array(elements) => 3 + elements.iter().map(size_of).sum::<usize>(),
        Value::Object(object) => 3 + members(object),
    }
}

/// With its quotes, and each control character as six.
pub(super) fn text_size(text: &str) -> usize {
    let escaped = |byte| match byte {
        b'"' | b'\\' => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    2 + text.bytes().map(escaped).sum::<usize>()
}

fn text(event: &Kept) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

impl From<Log> for Wire {
    fn from(log: Log) -> Self {
        Self {
            events: log.events.into_iter().map(|(_, event)| event).collect(),
            folded: log.folded.into_iter().map(|(_, write)| write).collect(),
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
