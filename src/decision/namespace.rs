//! Who may be in an experiment at all, whatever its variations: namespaces, and filters, which came after them.
//!
//! Experiments of one namespace that have ranges apart are never shown to the same visitor.

use serde_json::Value;

use super::bucket::{Bucket, HashVersion};
use super::condition::Attributes;
use super::hashed::Hashed;
use super::range::{Range, choose};
use super::reading::{self, Reading};
use super::reason::{NotIn, Why};
use super::uses::Uses;
use crate::document::mistake::Place;

/// `["pricing", 0, 0.5]`: the name and the part of its buckets.
#[derive(Debug)]
pub struct Namespace {
    /// Its name.
    pub(super) name: String,
    range: Range,
}

impl Namespace {
    /// The namespace in a JSON value, if it is one.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let [name, start, end] = value.as_array()?.as_slice() else { return None };
        Some(Self { name: name.as_str()?.to_owned(), range: Range(start.as_f64()?, end.as_f64()?) })
    }

    /// Whether somebody is in it.
    #[must_use]
    pub fn holds(&self, hash_value: &str) -> bool {
        let bucket = Bucket::of(&("__".to_owned() + &self.name), hash_value, HashVersion::One);
        self.range.holds(bucket.value())
    }
}

/// One of `filters`: some of the buckets of a seed.
#[derive(Debug)]
pub(super) struct Filter {
    hashed: Hashed,
    seed: String,
    version: HashVersion,
    ranges: Vec<Range>,
}

impl Filter {
    /// The filters at `place`.
    pub(super) fn read_all(value: &Value, place: Place<'_>, reading: &mut Reading<'_>) -> Vec<Self> {
        reading.each(value, place, Self::read)
    }

    fn read(value: &Value, place: Place<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let mut object = reading.object(value, place)?;
        let attribute = reading.text(&mut object, "attribute");
        let seed = reading.text(&mut object, "seed").unwrap_or_default();
        let version = reading.hash_version(&mut object).unwrap_or(HashVersion::Two);
        let ranges = reading.take(&mut object, "ranges", reading::RANGES, reading::ranges);
        if ranges.is_none() {
            reading.wrong(place.member("ranges"), reading::RANGES);
        }
        reading.finish(&object, "is not a key of a filter");
        Some(Self { hashed: Hashed::new(attribute, None), seed: seed.to_owned(), version, ranges: ranges? })
    }

    /// Whether all of them let a visitor pass.
    pub(super) fn admit(filters: &[Self], attributes: Attributes<'_>) -> Result<(), NotIn> {
        match filters.iter().find(|filter| !filter.passes(attributes)) {
            Some(filter) => Err(NotIn::of(Why::Filter, &filter.seed)),
            None => Ok(()),
        }
    }

    fn passes(&self, attributes: Attributes<'_>) -> bool {
        self.hashed.find(attributes, false).is_some_and(|who| {
            choose(Bucket::of(&self.seed, &who.value, self.version).value(), &self.ranges).is_some()
        })
    }

    /// Adds the name of the attribute that it looks at.
    pub(super) fn attributes(&self, into: &mut Uses) {
        self.hashed.attributes(into);
    }
}
