//! Rules: whom a rule is for, and what it gives them: a value that it forces, or a variation of its experiment.

use std::sync::Arc;

use serde_json::Value;

use super::bucket::{Bucket, HashVersion};
use super::condition::{Attributes, Condition};
use super::evaluation::{Evaluation, Path};
use super::experiment::Experiment;
use super::feature::{FOR_AUTHORS, Wire};
use super::hashed::Hashed;
use super::holdout;
use super::namespace::Filter;
use super::prerequisite::{Prerequisite, Unmet};
use super::range::Range;
use super::reading::{self, Reading, shared};
use super::reason::{NotIn, Reason, Why};
use super::uses::Uses;
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::Object;

/// The members of rules that may stand in each, whether they change anything there or not: some are for authors, for reports,
/// or for SDKs whose rules are decided elsewhere.
const MEMBERS: [&str; 22] = [
    "banditVersion",
    "bucketVersion",
    "condition",
    "contextualBanditRef",
    "contextualVariations",
    "coverage",
    "disableStickyBucketing",
    "fallbackAttribute",
    "hashAttribute",
    "hashVersion",
    "key",
    "meta",
    "minBucketVersion",
    "namespace",
    "phase",
    "range",
    "ranges",
    "seed",
    "tracks",
    "type",
    "variations",
    "weights",
];

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: Option<String>,
    pub(super) prerequisites: Vec<Prerequisite>,
    filters: Vec<Filter>,
    pub(super) gives: Gives,
}

#[derive(Debug)]
pub(super) enum Gives {
    Forced {
        value: Value,
        condition: Option<Condition>,
        rollout: Option<Rollout>,
    },
    Variation(Box<Experiment>),
    /// It only asks for prerequisites.
    Nothing,
}

/// The part of the visitors that a rule is for.
#[derive(Debug)]
pub(super) struct Rollout {
    hashed: Hashed,
    is_sticky: bool,
    seed: Arc<str>,
    version: HashVersion,
    part: Part,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Range(Range),
    Coverage(f64),
}

/// What a rule comes to for a visitor.
pub(super) enum Ruled {
    /// The feature has this value.
    Value(Value, Reason),
    /// The feature is off.
    Off(Reason),
    /// The next rule may apply.
    Next(Option<NotIn>),
}

impl Rule {
    /// The rules of the feature `key` that can be used, with their indices.
    pub(super) fn compile_all(
        rules: Option<&Value>,
        place: Place<'_>,
        key: &str,
        wire: Wire<'_>,
        mistakes: &mut Mistakes,
    ) -> Vec<(usize, Self)> {
        let list = rules.and_then(Value::as_array);
        if rules.is_some() && list.is_none() {
            mistakes.note(place, "must be an array of rules");
        }
        let mut compiled = Vec::new();
        for (index, rule) in list.into_iter().flatten().enumerate() {
            let mut reading = Reading::new(mistakes);
            let rule = Self::compile(rule, place.element(index), key, wire, &mut reading);
            compiled.extend(rule.filter(|_| !reading.is_damaged).map(|rule| (index, rule)));
        }
        compiled
    }

    /// The rule, unless it is switched off. A member that is there may hold null: `"force": null` forces null.
    fn compile(
        value: &Value,
        place: Place<'_>,
        key: &str,
        wire: Wire<'_>,
        reading: &mut Reading<'_>,
    ) -> Option<Self> {
        let must_be = "must be an object with a condition and what to force";
        let object = Object::read_as(must_be, value, place, reading.mistakes);
        reading.is_damaged |= object.is_none();
        let mut object = object?;
        for name in FOR_AUTHORS {
            object.take(name);
        }
        let id = reading.text(&mut object, "id").map(str::to_owned);
        let enabled = reading.truth(&mut object, "enabled").unwrap_or(true);
        let prerequisites = object.take("parentConditions").map_or_else(Vec::new, |value| {
            Prerequisite::read_all(value, object.at("parentConditions"), wire, reading)
        });
        let filters = object.take("filters");
        let has_filters = filters.is_some();
        let filters =
            filters.map_or_else(Vec::new, |value| Filter::read_all(value, object.at("filters"), reading));
        let gives = Gives::read(&mut object, key, wire, reading, has_filters);
        if matches!(gives, Gives::Nothing) && prerequisites.is_empty() {
            reading.wrong(place, "must say what to force: it has no force and no variations");
        }
        for name in MEMBERS {
            object.take(name);
        }
        reading.finish(&object, "is not a key of a rule");
        enabled.then_some(Self { id, prerequisites, filters, gives })
    }

    /// What it comes to for a visitor; `index` is its own.
    pub(super) fn apply(&self, index: usize, evaluation: &mut Evaluation<'_>, path: &Path<'_>) -> Ruled {
        if let Some((unmet, feature)) = Prerequisite::unmet(&self.prerequisites, evaluation, Some(path)) {
            return match unmet {
                Unmet::Skip => Ruled::Next(Some(NotIn::of(Why::Prerequisite, feature))),
                Unmet::Gate => Ruled::Off(Reason::Prerequisite { rule: index, feature: feature.to_owned() }),
                Unmet::Cyclic => Ruled::Off(Reason::CyclicPrerequisite { feature: feature.to_owned() }),
            };
        }
        match self.give(index, evaluation, path) {
            Ok(Some((value, reason))) => Ruled::Value(value, reason),
            Ok(None) => Ruled::Next(None),
            Err(why) => Ruled::Next(Some(why)),
        }
    }

    fn give(
        &self,
        index: usize,
        evaluation: &mut Evaluation<'_>,
        path: &Path<'_>,
    ) -> Result<Option<(Value, Reason)>, NotIn> {
        let attributes = evaluation.context.attributes;
        Filter::admit(&self.filters, attributes)?;
        Ok(Some(match &self.gives {
            Gives::Nothing => return Ok(None),
            Gives::Forced { value, condition, rollout } => {
                if let Some(failing) = condition.as_ref().and_then(|condition| condition.failing(attributes))
                {
                    return Err(NotIn::of(Why::Condition, failing));
                }
                let is_sticky = evaluation.context.sticky.is_some();
                let bucket =
                    rollout.as_ref().map(|rollout| rollout.admit(attributes, is_sticky)).transpose()?;
                (value.clone(), self.forced(index, bucket))
            }
            Gives::Variation(experiment) => {
                let assigned = experiment.run(evaluation, Some(path), None)?;
                if assigned.passes {
                    return Err(NotIn::of(Why::Passes, &assigned.experiment));
                }
                let value = experiment.value(assigned.variation).clone();
                (value, Reason::Experiment { rule: index, id: self.id.clone(), assigned })
            }
        }))
    }

    pub(super) fn forced(&self, rule: usize, bucket: Option<Bucket>) -> Reason {
        let holdout = holdout::asked(&self.prerequisites).map(str::to_owned);
        Reason::Forced { rule, id: self.id.clone(), bucket, holdout }
    }

    /// Adds the names of the attributes that it refers to itself.
    pub(super) fn attributes(&self, into: &mut Uses) {
        self.filters.iter().for_each(|filter| filter.attributes(into));
        match &self.gives {
            Gives::Forced { condition, rollout, value: _ } => {
                condition.iter().for_each(|condition| condition.attributes(into));
                rollout.iter().for_each(|rollout| rollout.hashed.attributes(into));
            }
            Gives::Variation(experiment) => experiment.attributes(into),
            Gives::Nothing => {}
        }
    }
}

impl Gives {
    fn read(
        object: &mut Object<'_, '_>,
        key: &str,
        wire: Wire<'_>,
        reading: &mut Reading<'_>,
        has_filters: bool,
    ) -> Self {
        let Some(value) = object.take("force") else {
            let experiment = Experiment::read(object, key, wire, reading);
            // The rule itself has looked at its filters.
            return experiment.map_or(Self::Nothing, |experiment| {
                Self::Variation(Box::new(experiment.filtered(has_filters.then(Vec::new))))
            });
        };
        let rollout = Rollout::read(object, key, reading);
        Self::Forced { value: value.clone(), condition: wire.condition(object, reading), rollout }
    }
}

impl Rollout {
    fn read(object: &mut Object<'_, '_>, key: &str, reading: &mut Reading<'_>) -> Option<Self> {
        let hashed = reading.hashed(object);
        let disabled = reading.truth(object, "disableStickyBucketing").unwrap_or_default();
        let seed = reading.text(object, "seed").filter(|seed| !seed.is_empty()).unwrap_or(key);
        let version = reading.hash_version(object).unwrap_or(HashVersion::One);
        let range = reading.take(object, "range", "must be a range such as [0, 0.5]", reading::range);
        let coverage = reading.number(object, "coverage");
        let part = range.map(Part::Range).or(coverage.map(Part::Coverage))?;
        Some(Self { hashed, is_sticky: !disabled, seed: shared(seed), version, part })
    }

    /// The bucket of a visitor who is in the part.
    fn admit(&self, attributes: Attributes<'_>, is_sticky: bool) -> Result<Bucket, NotIn> {
        if matches!(self.part, Part::Coverage(0.0)) {
            return Err(Why::Nobody.into());
        }
        let who = self.hashed.find(attributes, is_sticky && self.is_sticky);
        let who = who.ok_or_else(|| NotIn::of(Why::NoValue, self.hashed.attribute()))?;
        let bucket = Bucket::of(&self.seed, &who.value, self.version);
        let is_in = match self.part {
            Part::Range(range) => range.holds(bucket.value()),
            Part::Coverage(coverage) => bucket.value() <= coverage,
        };
        if is_in { Ok(bucket) } else { Err(NotIn { bucket: Some(bucket), ..Why::Outside.into() }) }
    }
}
