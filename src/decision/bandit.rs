//! Contextual bandits: whose weights depend on what is known of the visitor. GrowthBook learns them, here they are only used.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::condition::saved_groups::SavedGroups;
use super::condition::{Attributes, Condition};
use super::reading::{self, Reading};
use super::uses::Uses;
use crate::document::mistake::{Mistakes, Place};

/// The leaf of everybody who is in no context.
const NO_LEAF: i64 = -1;

/// Bandits and their ids, in the order of these.
#[derive(Debug, Default)]
pub struct Bandits(Vec<(String, Arc<Bandit>)>);

#[derive(Debug)]
pub(super) struct Bandit {
    version: Option<f64>,
    contexts: Vec<Context>,
}

#[derive(Debug)]
struct Context {
    leaf: i64,
    condition: Condition,
    weights: Vec<f64>,
}

/// What a bandit says of one visitor.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The number of the context, -1 for none.
    pub id: i64,
    /// The weights of the variations.
    pub weights: Vec<f64>,
    /// Which state of the bandit said so.
    pub version: Option<f64>,
}

impl Bandits {
    /// The bandits in `wire`, an object by their ids; what is wrong with one is noted, and it is left out.
    #[must_use]
    pub fn compile(
        wire: &Map<String, Value>,
        place: Place<'_>,
        groups: &SavedGroups,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut bandits = Vec::new();
        for (id, value) in wire {
            let (bandit, is_sound) = mistakes
                .part(|mistakes| Bandit::read(value, place.member(id), groups, &mut Reading::new(mistakes)));
            bandits.extend(bandit.filter(|_| is_sound).map(|bandit| (id.clone(), Arc::new(bandit))));
        }
        Self(bandits)
    }

    /// The ids of all bandits.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_str())
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Bandit>> {
        self.0.iter().find(|(other, _)| other == id).map(|(_, bandit)| Arc::clone(bandit))
    }
}

impl Bandit {
    fn read(
        value: &Value,
        place: Place<'_>,
        groups: &SavedGroups,
        reading: &mut Reading<'_>,
    ) -> Option<Self> {
        let mut object = reading.object(value, place)?;
        let version = reading.number(&mut object, "banditVersion");
        let contexts = object.take("contexts");
        reading.finish(&object, "is not a key of a bandit");
        let place = object.at("contexts");
        let read = |value: &Value, place: Place<'_>, reading: &mut Reading<'_>| {
            Context::read(value, place, groups, reading)
        };
        let contexts = contexts.map(|contexts| reading.each(contexts, place, read));
        Some(Self { version, contexts: contexts.unwrap_or_default() })
    }

    /// What it says of a visitor; `weights` are those of the experiment, for somebody in no context.
    pub(super) fn leaf(&self, attributes: Attributes<'_>, weights: impl Fn() -> Vec<f64>) -> Leaf {
        let context = self.contexts.iter().find(|context| context.condition.matches(attributes));
        Leaf {
            id: context.map_or(NO_LEAF, |context| context.leaf),
            weights: context.map_or_else(weights, |context| context.weights.clone()),
            version: self.version,
        }
    }

    /// Adds the names of the attributes that its contexts refer to.
    pub(super) fn attributes(&self, into: &mut Uses) {
        self.contexts.iter().for_each(|context| context.condition.attributes(into));
    }
}

impl Context {
    fn read(
        value: &Value,
        place: Place<'_>,
        groups: &SavedGroups,
        reading: &mut Reading<'_>,
    ) -> Option<Self> {
        let mut object = reading.object(value, place)?;
        let leaf = reading.take(&mut object, "leafId", "must be a whole number", Value::as_i64);
        let weights = reading.take(&mut object, "weights", "must be an array of numbers", reading::numbers);
        let condition = object.take("condition").map_or_else(Condition::default, |condition| {
            Condition::compile(condition, object.at("condition"), groups, reading.mistakes)
        });
        reading.finish(&object, "is not a key of a context");
        if leaf.is_none() || weights.is_none() {
            reading.wrong(place, "must have a leafId and weights");
        }
        Some(Self { leaf: leaf?, condition, weights: weights? })
    }
}
