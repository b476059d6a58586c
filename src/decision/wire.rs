//! Features as they stand in a file, in GrowthBook's SDK format: lenient, so that one bad rule damages only itself.
//!
//! Nothing is checked here but which keys are there; `feature` compiles these into checked types.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A feature.
#[derive(Debug, Deserialize)]
pub(super) struct Feature {
    #[serde(rename = "defaultValue", default)]
    pub(super) default_value: Value,
    #[serde(default, deserialize_with = "present")]
    pub(super) rules: Option<Value>,
    /// For its authors.
    #[serde(rename = "description", default)]
    _description: Value,
    /// For its authors.
    #[serde(rename = "name", default)]
    _name: Value,
    /// The keys that are none of the above.
    #[serde(flatten)]
    pub(super) others: Map<String, Value>,
}

/// A rule of a feature.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    #[serde(default, deserialize_with = "present")]
    pub(super) id: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) condition: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) force: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) enabled: Option<Value>,
    /// For its authors.
    #[serde(rename = "description", default)]
    _description: Value,
    /// For its authors.
    #[serde(rename = "name", default)]
    _name: Value,
    /// The keys that are none of the above.
    #[serde(flatten)]
    pub(super) others: Map<String, Value>,
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

/// A key that is there, even if it holds null: `"force": null` forces null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
