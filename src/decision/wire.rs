//! Features as they stand in a file, in GrowthBook's SDK format: lenient, so that one bad rule damages only itself.
//!
//! Nothing is checked here but which keys are there; `feature` compiles these into checked types.

use serde_json::{Map, Value};

/// A feature.
#[derive(Debug)]
pub(super) struct Feature<'v> {
    pub(super) default_value: Option<&'v Value>,
    pub(super) rules: Option<&'v Value>,
    /// The keys that mean nothing in a feature.
    pub(super) others: Vec<&'v str>,
}

/// A rule of a feature. A key that is there may hold null: `"force": null` forces null.
#[derive(Debug)]
pub(super) struct Rule<'v> {
    pub(super) id: Option<&'v Value>,
    pub(super) condition: Option<&'v Value>,
    pub(super) force: Option<&'v Value>,
    pub(super) enabled: Option<&'v Value>,
    /// The keys that mean nothing in a rule, or nothing yet.
    pub(super) others: Vec<&'v str>,
}

impl<'v> Feature<'v> {
    /// The feature in `value`, if that is an object.
    pub(super) fn of(value: &'v Value) -> Option<Self> {
        let members = value.as_object()?;
        Some(Self {
            default_value: members.get("defaultValue"),
            rules: members.get("rules"),
            others: others(members, &["defaultValue", "rules"]),
        })
    }
}

impl<'v> Rule<'v> {
    /// The rule in `value`, if that is an object.
    pub(super) fn of(value: &'v Value) -> Option<Self> {
        let members = value.as_object()?;
        Some(Self {
            id: members.get("id"),
            condition: members.get("condition"),
            force: members.get("force"),
            enabled: members.get("enabled"),
            others: others(members, &["id", "condition", "force", "enabled"]),
        })
    }
}

/// The keys that are neither `known` nor for the authors.
fn others<'v>(members: &'v Map<String, Value>, known: &[&str]) -> Vec<&'v str> {
    const FOR_AUTHORS: [&str; 2] = ["description", "name"];
    let keys = members.keys().map(String::as_str);
    keys.filter(|key| !known.contains(key) && !FOR_AUTHORS.contains(key)).collect()
}

/// The keys of GrowthBook's format that change what a rule does, and that are not understood here yet.
pub(super) const NOT_SUPPORTED_YET: [&str; 25] = [
    "blockedVariations",
    "bucketVersion",
    "contextualBanditRef",
    "contextualVariations",
    "coverage",
    "disableStickyBucketing",
    "fallbackAttribute",
    "filters",
    "hashAttribute",
    "hashVersion",
    "key",
    "meta",
    "minBucketVersion",
    "namespace",
    "parentConditions",
    "persistQueryString",
    "phase",
    "range",
    "ranges",
    "seed",
    "tracks",
    "type",
    "urlPatterns",
    "variations",
    "weights",
];
