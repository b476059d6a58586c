//! Prerequisites: what other features must be for a rule or an experiment to apply.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::evaluation::{Evaluation, Path};
use super::feature::Wire;
use super::reading::Reading;
use super::reason::Reason;
use crate::document::mistake::Place;

/// One of `parentConditions`.
#[derive(Debug)]
pub(super) struct Prerequisite {
    feature: String,
    /// About `value`, the value of that feature.
    condition: Condition,
    /// Whether the feature that asks is off where it does not hold, instead of going on with its next rule.
    gate: bool,
}

/// Why the prerequisites do not hold, each with the key of the feature that was asked.
pub(super) enum Unmet {
    /// The next rule may apply.
    Skip(String),
    /// The feature is off.
    Gate(String),
    /// The feature depends on itself.
    Cyclic(String),
}

impl Prerequisite {
    /// The prerequisites at `place`.
    pub(super) fn read_all(
        value: &Value,
        place: Place<'_>,
        wire: Wire<'_>,
        reading: &mut Reading<'_>,
    ) -> Vec<Self> {
        let each = reading.array(value, place).iter().enumerate();
        each.filter_map(|(index, value)| Self::read(value, place.element(index), wire, reading)).collect()
    }

    fn read(value: &Value, place: Place<'_>, wire: Wire<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let mut object = reading.object(value, place)?;
        let feature = reading.text(&mut object, "id");
        let gate = reading.truth(&mut object, "gate").unwrap_or_default();
        let condition = object.take("condition").map_or_else(Condition::default, |condition| {
            Condition::compile(condition, object.at("condition"), wire.groups, reading.mistakes)
        });
        reading.finish(&object, "is not a key of a prerequisite");
        match feature {
            None => reading.wrong(place, "must name a feature by its `id`"),
            Some(key) if !wire.features.contains_key(key) => {
                reading.mistakes.note(object.at("id"), "is not among the features");
            }
            Some(_) => {}
        }
        Some(Self { feature: feature?.to_owned(), condition, gate })
    }

    /// The first of `prerequisites` that does not hold.
    pub(super) fn unmet(
        prerequisites: &[Self],
        evaluation: &mut Evaluation<'_>,
        path: Option<&Path<'_>>,
    ) -> Option<Unmet> {
        prerequisites.iter().find_map(|asked| {
            let decided = evaluation.decide_on(&asked.feature, path);
            if matches!(decided.reason, Reason::CyclicPrerequisite { .. }) {
                return Some(Unmet::Cyclic(asked.feature.clone()));
            }
            let mut about = Map::new();
            about.insert("value".to_owned(), decided.value);
            let name = || asked.feature.clone();
            match asked.condition.matches(&about) {
                true => None,
                false if asked.gate => Some(Unmet::Gate(name())),
                false => Some(Unmet::Skip(name())),
            }
        })
    }

    /// The key of the feature that it asks.
    pub(super) fn feature(&self) -> &str {
        &self.feature
    }
}
