//! The section `profile` of `personalization.json`: which features a person has, checked and compiled.
//!
//! A feature is an operator over a trait or over events, and how its value looks. Every mistake is told with its place.
//! What no feature refers to is not kept of an event: [`Declarations::keep`] says what is.

mod feature;
mod operator;
mod path;
mod recommend;
mod source;

use std::collections::BTreeSet;

use litemap::LiteMap;
use pintle::document::mistake::{Mistakes, Place};
use serde_json::{Map, Value};

pub use feature::Feature;
pub use operator::Operator;
pub use source::{Contribution, Source};

use crate::event::Event;
use crate::person::log::Kept;
use crate::person::{Declared, Person};
use crate::recommendation::table;
use crate::sorted::put;
use path::Path;

/// The features that a person has.
#[derive(Debug, Default)]
pub struct Declarations {
    /// The features that are declared, by name.
    pub features: LiteMap<String, Feature>,
    /// The traits that decisions refer to by their own name.
    pub plain: BTreeSet<String>,
    /// What is kept of events for them, by fingerprints.
    kept: Vec<u32>,
}

impl Declarations {
    /// Checks the section `value` at `place`. `attributes` are the names that decisions refer to: a name that nobody
    /// declares is the person's trait of that name.
    pub fn compile(
        value: Option<&Value>,
        place: Place<'_>,
        attributes: BTreeSet<String>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut features: LiteMap<String, Feature> = LiteMap::new();
        match value {
            None => {}
            Some(Value::Object(declared)) => {
                for (name, value) in declared {
                    if let Some(feature) = Feature::compile(value, place.member(name), mistakes) {
                        features.insert(name.clone(), feature);
                    }
                }
            }
            Some(_) => mistakes.note(place, "must be an object of features"),
        }
        let mut plain = attributes;
        for (name, feature) in &features {
            let of = feature.refers_to();
            let is_none = |name: &&String| {
                features.get(*name).is_some_and(|other| other.is_recommended() || other.counts_seconds())
            };
            if let Some(other) = of.iter().find(is_none) {
                let what = format!(
                    "refers to `{other}`, and can to no feature that counts seconds or is recommended itself"
                );
                mistakes.note(place.member(name).member("recommend").member("boost"), what);
            }
            plain.extend(of);
        }
        plain.retain(|name| !features.contains_key(name));
        let of_features = features.values().flat_map(|feature: &Feature| feature.source.kept.iter().copied());
        let mut kept: Vec<u32> = Vec::new();
        for each in of_features.chain(plain.iter().map(|name| of_trait(name))) {
            if !kept.contains(&each) {
                kept.push(each);
            }
        }
        Self { features, plain, kept }
    }

    /// What is kept of events, as of `at_ms`.
    #[must_use]
    pub fn declared(&self, at_ms: i64) -> Declared {
        Declared { at_ms, kept: self.kept.clone() }
    }

    /// The keys in KV of what features need at hand of tables, whatever time passes.
    #[must_use]
    pub fn wants(&self, person: &Person<'_>) -> Vec<String> {
        let mut wanted = Vec::new();
        self.features.values().for_each(|feature| feature.wants(person, person.begin_ms(), &mut wanted));
        wanted
    }

    /// The keys in KV of the heads of the tables that something is recommended by.
    #[must_use]
    pub fn tables(&self) -> Vec<String> {
        let mut tables = Vec::new();
        self.features
            .values()
            .filter_map(Feature::table)
            .for_each(|table| put(&mut tables, table::key(table)));
        tables
    }

    /// Since when the features are exact that are not from the beginning.
    #[must_use]
    pub fn exact(&self, person: &Person<'_>, now_ms: i64) -> Map<String, Value> {
        let mut exact = Map::new();
        for (name, feature) in &self.features {
            let since_ms = feature.exact_since_ms(person, now_ms);
            exact.extend(since_ms.map(|since_ms| (name.clone(), since_ms.into())));
        }
        for name in &self.plain {
            let since_ms = person.kept_since_ms(of_trait(name));
            exact.extend(since_ms.map(|since_ms| (name.clone(), since_ms.into())));
        }
        exact
    }

    /// What is kept of an event; nothing when no feature and no trait that is referred to is touched by it.
    #[must_use]
    pub fn keep(&self, event: &Event) -> Option<Kept> {
        let mut paths: Vec<&Path> = Vec::new();
        let mut is_asked_for = false;
        for feature in self.features.values().filter(|feature| feature.source.hears(event)) {
            is_asked_for = true;
            feature.source.paths().for_each(|path| put(&mut paths, path));
        }
        let mut traits = event.traits.clone();
        traits.retain(|name, _| self.refers_to(name));
        if !is_asked_for && traits.is_empty() {
            return None;
        }
        let mut whole = Map::new();
        for path in paths {
            path.copy(&event.whole, &mut whole);
        }
        let name = event.whole.get("event").and_then(Value::as_str).filter(|_| is_asked_for);
        Some(Kept {
            kind: event.kind,
            stamp: event.stamp.clone(),
            trust: event.trust,
            name: name.map(str::to_owned),
            traits,
            whole,
        })
    }

    fn refers_to(&self, of_trait: &str) -> bool {
        let declared = || self.features.values().any(|feature| feature.source.of_trait() == Some(of_trait));
        self.plain.contains(of_trait) || declared()
    }
}

fn of_trait(name: &str) -> u32 {
    source::fingerprint("trait", name, "")
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
