//! Experiments: variations, of which a visitor is given one by their bucket, and the same one each time.
//!
//! The steps stand in the order of GrowthBook's SDK: it matters, as what is forced in a preview goes before what is not met,
//! and what somebody had before goes before conditions. What becomes of the value is not decided here.

use std::sync::Arc;

use serde_json::Value;

use super::bandit::{Bandit, Leaf};
use super::bucket::{Bucket, HashVersion};
use super::condition::{Attributes, Condition};
use super::evaluation::{Context, Evaluation, Path};
use super::feature::Wire;
use super::hashed::{Hashed, Who};
use super::namespace::{Filter, Namespace};
use super::page_experiment::Own;
use super::prerequisite::{Prerequisite, Unmet};
use super::range::{self, Range};
use super::reading::{self, Reading, shared};
use super::reason::{Assigned, By, NotIn, Why};
use super::sticky::{Remembered, Versions};
use super::uses::Uses;
use crate::document::reader::{Object, suggesting};

/// An experiment.
#[derive(Debug)]
pub(super) struct Experiment {
    pub(super) key: Arc<str>,
    variations: Vec<Variation>,
    /// The buckets of each variation, as far as no bandit says otherwise.
    ranges: Vec<Range>,
    /// Whether they were given, and not made of weights.
    has_ranges: bool,
    coverage: f64,
    weights: Option<Vec<f64>>,
    pub(super) hashed: Hashed,
    seed: Arc<str>,
    version: HashVersion,
    /// Where there are any, even none, the namespace does not count.
    filters: Option<Vec<Filter>>,
    namespace: Option<Namespace>,
    condition: Option<Condition>,
    versions: Versions,
    bandit: Option<Arc<Bandit>>,
}

#[derive(Debug)]
struct Variation {
    value: Value,
    key: Arc<str>,
    /// Whether the key is not only its index: others are not known again.
    has_key: bool,
    name: Option<Arc<str>>,
    passes: bool,
}

impl Experiment {
    /// The experiment that the members of a rule say, if they do; `key` is that of the feature.
    pub(super) fn read(
        object: &mut Object<'_, '_>,
        key: &str,
        wire: Wire<'_>,
        reading: &mut Reading<'_>,
    ) -> Option<Self> {
        let contextual = object.take("contextualVariations");
        let values = object.take("variations");
        let values = contextual.or(values)?;
        let own_key = reading.text(object, "key").filter(|key| !key.is_empty());
        let key = shared(own_key.unwrap_or(key));
        let variations = Self::variations(values, object, reading);
        let coverage = reading.number(object, "coverage").unwrap_or(1.0);
        let weights = reading.take(object, "weights", "must be an array of numbers", reading::numbers);
        if let Some(wrong) = weights.as_ref().and_then(|weights| range::wrong(weights, variations.len())) {
            reading.mistakes.note(object.at("weights"), wrong);
        }
        let ranges = reading.take(object, "ranges", reading::RANGES, reading::ranges);
        let bandit = reading.text(object, "contextualBanditRef").and_then(|id| {
            let bandit = wire.bandits.get(id);
            if bandit.is_none() {
                let wrong = suggesting("is not among the contextualBandits", id, wire.bandits.ids());
                reading.mistakes.note(object.at("contextualBanditRef"), wrong);
            }
            bandit
        });
        let seed = reading.text(object, "seed").filter(|seed| !seed.is_empty());
        Some(Self {
            has_ranges: ranges.is_some(),
            ranges: ranges
                .unwrap_or_else(|| range::bucket_ranges(variations.len(), coverage, weights.as_deref())),
            coverage,
            weights,
            hashed: reading.hashed(object),
            seed: seed.map_or_else(|| Arc::clone(&key), shared),
            version: reading.hash_version(object).unwrap_or(HashVersion::One),
            filters: None,
            namespace: reading.take(
                object,
                "namespace",
                "must be a name and a range, such as [\"pricing\", 0, 0.5]",
                Namespace::read,
            ),
            condition: wire.condition(object, reading),
            versions: Self::versions(object, reading),
            bandit,
            key,
            variations,
        })
    }

    fn variations(values: &Value, object: &mut Object<'_, '_>, reading: &mut Reading<'_>) -> Vec<Variation> {
        let values = reading.array(values, object.at("variations"));
        let meta = object.take("meta").map_or(&[][..], |meta| reading.array(meta, object.at("meta")));
        let mut variations = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let text = |name| meta.get(index)?.get(name)?.as_str().filter(|text| !text.is_empty());
            let key = text("key").map(shared);
            variations.push(Variation {
                value: value.clone(),
                has_key: key.is_some(),
                key: key.unwrap_or_else(|| shared(&index.to_string())),
                name: text("name").map(shared),
                passes: meta.get(index).and_then(|meta| meta.get("passthrough")) == Some(&Value::Bool(true)),
            });
        }
        variations
    }

    fn versions(object: &mut Object<'_, '_>, reading: &mut Reading<'_>) -> Versions {
        let mut version = |name| {
            let read =
                |value: &Value| u32::try_from(value.as_u64()?).ok().filter(|version| *version <= 1_000);
            reading.take(object, name, "must be a whole number up to 1000", read)
        };
        let (bucket, least) = (version("bucketVersion"), version("minBucketVersion"));
        let (disabled, fallback) =
            (reading.truth(object, "disableStickyBucketing"), object.take("fallbackAttribute"));
        Versions {
            bucket: bucket.unwrap_or_default(),
            least: least.unwrap_or_default(),
            disabled: disabled.unwrap_or_default(),
            is_asked_for: bucket.is_some() || least.is_some() || fallback.is_some(),
        }
    }

    /// Gives the visitor a variation, or says why not. `path` is the feature that is being decided, `own` what only an
    /// experiment of pages has.
    pub(super) fn run(
        &self,
        evaluation: &mut Evaluation<'_>,
        path: Option<&Path<'_>>,
        own: Option<&Own>,
    ) -> Result<Arc<Assigned>, NotIn> {
        let Context { attributes, preview, ref sticky, .. } = evaluation.context;
        if self.variations.len() < 2 || preview.is_some_and(|preview| preview.is_disabled) {
            return Err(Why::Inactive.into());
        }
        let is_sticky = sticky.is_some() && !self.versions.disabled;
        let who = self.hashed.find(attributes, is_sticky);
        let asked = preview.and_then(|preview| (preview.asked)(&self.key, self.variations.len()));
        if let Some(index) = asked {
            return self.assigned(index, who.as_ref(), By::Preview, None);
        }
        if own.is_some_and(|own| own.is_inactive) {
            return Err(Why::Inactive.into());
        }
        let who = who.ok_or_else(|| NotIn::of(Why::NoValue, self.hashed.attribute()))?;
        let bucket = Bucket::of(&self.seed, &who.value, self.version);
        let remembered = match sticky {
            Some(sticky) if is_sticky => sticky.of(&self.key, self.versions, &self.hashed, attributes),
            Some(_) | None => Remembered::Nothing,
        };
        let is_blocked = matches!(remembered, Remembered::Blocked);
        let before = match remembered {
            Remembered::Variation(key) => self.variations.iter().position(|it| it.has_key && *it.key == *key),
            Remembered::Nothing | Remembered::Blocked => None,
        };
        if before.is_none() {
            self.admit(&who, evaluation, path, own)?;
        }
        if is_blocked {
            return Err(Why::Blocked.into());
        }
        let leaf = self.leaf(attributes);
        let Some(index) = before.or_else(|| self.choose(bucket, leaf.as_ref())) else {
            return Err(NotIn { bucket: Some(bucket), ..Why::Outside.into() });
        };
        if let Some(force) = own.and_then(|own| own.force) {
            return self.assigned(force, Some(&who), By::Force, None);
        }
        if preview.is_some_and(|preview| preview.is_qa) || own.is_some_and(|own| own.is_stopped) {
            return Err(Why::Inactive.into());
        }
        let by = if before.is_some() { By::Sticky(bucket) } else { By::Bucket(bucket) };
        let assigned = self.assigned(i64::try_from(index).unwrap_or_default(), Some(&who), by, leaf)?;
        if let Some(sticky) = evaluation.context.sticky.as_mut().filter(|_| is_sticky) {
            sticky.remember(&who, &self.key, self.versions, &assigned.key);
        }
        evaluation.viewed.push(Arc::clone(&assigned));
        Ok(assigned)
    }

    /// Whether somebody may be in it who was not before.
    fn admit(
        &self,
        who: &Who<'_>,
        evaluation: &mut Evaluation<'_>,
        path: Option<&Path<'_>>,
        own: Option<&Own>,
    ) -> Result<(), NotIn> {
        let attributes = evaluation.context.attributes;
        match (&self.filters, &self.namespace) {
            (Some(filters), _) => Filter::admit(filters, attributes)?,
            (None, Some(namespace)) if !namespace.holds(&who.value) => {
                return Err(NotIn::of(Why::Namespace, &namespace.name));
            }
            (None, _) => {}
        }
        if let Some(failing) = self.condition.as_ref().and_then(|condition| condition.failing(attributes)) {
            return Err(NotIn::of(Why::Condition, failing));
        }
        let Some(own) = own else { return Ok(()) };
        match Prerequisite::unmet(&own.prerequisites, evaluation, path) {
            None => Ok(()),
            Some((Unmet::Cyclic, feature)) => Err(NotIn::of(Why::Cyclic, feature)),
            Some((Unmet::Skip | Unmet::Gate, feature)) => Err(NotIn::of(Why::Prerequisite, feature)),
        }
    }

    fn leaf(&self, attributes: Attributes<'_>) -> Option<Leaf> {
        let weights = || self.weights.clone().unwrap_or_else(|| range::equal_weights(self.variations.len()));
        Some(self.bandit.as_ref()?.leaf(attributes, weights))
    }

    fn choose(&self, bucket: Bucket, leaf: Option<&Leaf>) -> Option<usize> {
        match leaf.filter(|_| !self.has_ranges) {
            None => range::choose(bucket.value(), &self.ranges),
            Some(Leaf { weights, .. }) => {
                let ranges = range::bucket_ranges(self.variations.len(), self.coverage, Some(weights));
                range::choose(bucket.value(), &ranges)
            }
        }
    }

    fn assigned(
        &self,
        index: i64,
        who: Option<&Who<'_>>,
        by: By,
        leaf: Option<Leaf>,
    ) -> Result<Arc<Assigned>, NotIn> {
        let variation = usize::try_from(index).ok();
        let variation = variation.filter(|index| *index < self.variations.len()).ok_or(Why::Inactive)?;
        Ok(Arc::new(Assigned { leaf, ..self.told(variation, who, by) }))
    }

    fn told(&self, variation: usize, who: Option<&Who<'_>>, by: By) -> Assigned {
        let it = self.variations.get(variation);
        Assigned {
            experiment: Arc::clone(&self.key),
            variation,
            key: it.map(|it| Arc::clone(&it.key)).unwrap_or_default(),
            name: it.and_then(|it| it.name.clone()),
            attribute: Arc::clone(who.map_or_else(|| self.hashed.attribute(), |who| &who.attribute)),
            value: who.map(|who| who.value.to_string()).unwrap_or_default(),
            by,
            leaf: None,
            passes: it.is_some_and(|it| it.passes),
        }
    }

    /// The same for those whom the filters let pass.
    pub(super) fn filtered(mut self, filters: Option<Vec<Filter>>) -> Self {
        self.filters = filters;
        self
    }

    /// The value of a variation.
    #[must_use]
    pub(super) fn value(&self, variation: usize) -> &Value {
        self.variations.get(variation).map_or(&Value::Null, |it| &it.value)
    }

    /// Every value that it can give, with how that would be told.
    pub(super) fn values(&self) -> impl Iterator<Item = (&Value, Assigned)> {
        let each = self.variations.iter().enumerate();
        each.map(|(variation, it)| (&it.value, self.told(variation, None, By::Possible)))
    }

    /// Whether it asks for sticky buckets.
    pub(super) fn asks_to_be_sticky(&self) -> bool {
        self.versions.is_asked_for && !self.versions.disabled
    }

    /// Adds the names of the attributes that it refers to.
    pub(super) fn attributes(&self, into: &mut Uses) {
        self.hashed.attributes(into);
        self.filters.iter().flatten().for_each(|filter| filter.attributes(into));
        self.condition.iter().for_each(|condition| condition.attributes(into));
        self.bandit.iter().for_each(|bandit| bandit.attributes(into));
    }
}
