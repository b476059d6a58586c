//! What is known of a person, as a set that only grows: joining two of them is commutative, associative and
//! idempotent, so disorder, repetition, and whatever is done again after a crash change nothing.
//!
//! [`State`] is what one alias keeps: a device what nobody did by name and which users it was bound to when, a user what
//! was done by their name and what each of their devices shares with them. [`Person`] is what features are made of.

mod bindings;
mod forgetting;
mod grave;
mod kept_since;
pub mod log;
mod message;
mod state;

use litemap::LiteMap;
use serde_json::{Map, Value};

pub use bindings::Bindings;
pub use forgetting::SILENT_S;
pub use grave::{Grave, mark};
pub use kept_since::{Declared, KeptSince};
pub use message::{Heard, Message};
pub use state::{Share, Shared, State, too_many};

use crate::event::{Kind, Stamp, Trust};
use crate::recommendation::table::Tables;
use log::{Kept, Log, Write};

/// All that is known of somebody, in the order in which it was said.
#[derive(Debug, Default)]
pub struct Person<'l> {
    events: LiteMap<(&'l Stamp, Kind), &'l Kept>,
    /// Of what is not kept any more: the last write of each trait.
    folded: Vec<&'l Write>,
    /// Up to when some of the events are not kept any more.
    floor_ms: Option<i64>,
    /// Since when what features look at is kept, by each who keeps it.
    kept_since: Vec<&'l KeptSince>,
    /// What is at hand of tables of which goods go with which.
    tables: Option<&'l Tables>,
}

/// Nothing at hand.
static NO_TABLES: Tables = Tables::none();

impl<'l> Person<'l> {
    /// A person of these logs.
    pub fn of(logs: impl IntoIterator<Item = &'l Log>) -> Self {
        let mut person = Self::default();
        for log in logs {
            for event in log.events() {
                person.events.entry((&event.stamp, event.kind)).or_insert(event);
            }
            person.folded.extend(log.folded());
            person.floor_ms = person.floor_ms.max(log.complete_since_ms());
        }
        person
    }

    /// The same person, with this at hand of tables.
    #[must_use]
    pub fn with(mut self, tables: &'l Tables) -> Self {
        self.tables = Some(tables);
        self
    }

    /// What is at hand of tables.
    #[must_use]
    pub fn tables(&self) -> &'l Tables {
        self.tables.unwrap_or(&NO_TABLES)
    }

    /// Up to when some of the events are not kept any more.
    #[must_use]
    pub fn floor_ms(&self) -> Option<i64> {
        self.floor_ms
    }

    /// Since when everything of this fingerprint is kept; nothing when it is from the beginning.
    #[must_use]
    pub fn kept_since_ms(&self, kept: u32) -> Option<i64> {
        self.kept_since
            .iter()
            .filter_map(|since| since.since_ms(kept))
            .filter(|since_ms| *since_ms != 0)
            .max()
    }

    /// The events, in their order.
    pub fn events(&self) -> impl Iterator<Item = &'l Kept> {
        self.events.values().copied()
    }

    /// When the last event was: what is told as of then changes with time alone.
    #[must_use]
    pub fn begin_ms(&self) -> i64 {
        self.events().last().map_or(0, |event| event.stamp.at_ms)
    }

    /// What was ever said of the trait `name` by those who may be heard, in its order.
    pub fn writes(
        &self,
        name: &str,
        trust: Trust,
    ) -> impl Iterator<Item = (&'l Stamp, &'l Map<String, Value>)> {
        let folded = self.folded.iter().map(|write| (write.trust, &write.stamp, &write.traits));
        let events = self.events().map(|event| (event.trust, &event.stamp, &event.traits));
        let mut writes: LiteMap<_, _> = LiteMap::new();
        for (index, (by, stamp, traits)) in folded.chain(events).enumerate() {
            if by >= trust && traits.contains_key(name) {
                writes.insert((stamp, by, index), traits);
            }
        }
        writes.into_iter().map(|((stamp, ..), traits)| (stamp, traits))
    }

    /// The trait `name` as it is now, in an object of that member; only what was said after `since_ms`.
    #[must_use]
    pub fn traits(&self, name: &str, trust: Trust, since_ms: Option<i64>) -> Map<String, Value> {
        let mut present = Map::new();
        for (stamp, traits) in self.writes(name, trust) {
            if let Some(value) =
                traits.get(name).filter(|_| since_ms.is_none_or(|since_ms| stamp.at_ms > since_ms))
            {
                write(&mut present, name, value);
            }
        }
        present
    }
}

/// Null takes away; an object writes its members, and anything else takes the place of what was there.
fn write(into: &mut Map<String, Value>, name: &str, value: &Value) {
    match (value, into.get_mut(name)) {
        (Value::Null, _) => _ = into.remove(name),
        (Value::Object(over), Some(Value::Object(under))) => {
            over.iter().for_each(|(name, value)| write(under, name, value));
        }
        (Value::Object(over), _) => {
            let mut fresh = Map::new();
            over.iter().for_each(|(name, value)| write(&mut fresh, name, value));
            into.insert(name.to_owned(), fresh.into());
        }
        (value, _) => _ = into.insert(name.to_owned(), value.clone()),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
