//! Prerequisites: what other features must be for a rule or an experiment to apply.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::evaluation::{Evaluation, Path};
use super::feature::Wire;
use super::reading::Reading;
use super::reason::Reason;
use crate::document::mistake::Place;
use crate::document::reader::suggesting;

/// One of `parentConditions`.
#[derive(Debug)]
pub(super) struct Prerequisite {
    feature: String,
    /// About `value`, the value of that feature.
    condition: Condition,
    /// Whether the feature that asks is off where it does not hold, instead of going on with its next rule.
    gate: bool,
}

/// What it means that a prerequisite does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    /// The next rule may apply.
    Skip,
    /// The feature is off.
    Gate,
    /// The feature depends on itself, and is off.
    Cyclic,
}

impl Prerequisite {
    /// The prerequisites at `place`.
    pub(super) fn read_all(
        value: &Value,
        place: Place<'_>,
        wire: Wire<'_>,
        reading: &mut Reading<'_>,
    ) -> Vec<Self> {
        reading.each(value, place, |value, place, reading| Self::read(value, place, wire, reading))
    }

    fn read(value: &Value, place: Place<'_>, wire: Wire<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let mut object = reading.object(value, place)?;
        let feature = reading.text(&mut object, "id");
        let gate = reading.truth(&mut object, "gate").unwrap_or_default();
        let condition = wire.condition(&mut object, reading).unwrap_or_default();
        reading.finish(&object, "is not a key of a prerequisite");
        match feature {
            None => reading.wrong(place, "must name a feature by its `id`"),
            Some(key) if !wire.features.contains_key(key) => {
                let known = wire.features.keys().map(String::as_str);
                let wrong = suggesting("is not among the features", key, known);
                reading.mistakes.note(object.at("id"), wrong);
            }
            Some(_) => {}
        }
        Some(Self { feature: feature?.to_owned(), condition, gate })
    }

    /// The first of `prerequisites` that does not hold: the key of the feature that it asks.
    pub(super) fn unmet<'p>(
        prerequisites: &'p [Self],
        evaluation: &mut Evaluation<'_>,
        path: Option<&Path<'_>>,
    ) -> Option<(Unmet, &'p str)> {
        prerequisites.iter().find_map(|asked| {
            let decided = evaluation.decide_on(&asked.feature, path);
            let is_cyclic = matches!(decided.reason, Reason::CyclicPrerequisite { .. });
            let mut about = Map::new();
            about.insert("value".to_owned(), decided.value);
            let unmet = match asked.gate {
                _ if is_cyclic => Unmet::Cyclic,
                _ if asked.condition.matches(&about) => return None,
                true => Unmet::Gate,
                false => Unmet::Skip,
            };
            Some((unmet, &*asked.feature))
        })
    }

    /// The key of the feature that it asks.
    pub(super) fn feature(&self) -> &str {
        &self.feature
    }
}
