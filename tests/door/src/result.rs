//! Decisions in the words of GrowthBook's SDK.

use pintle::decision::bandit::Leaf;
use pintle::decision::reason::{Assigned, By};
use pintle::decision::{Decision, Reason};
use serde_json::{Map, Value, json};

/// A number as JavaScript has it: 1 and not 1.0.
fn number(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "what is whole and small stays what it is")]
    let whole = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let is_whole = whole as f64 == number && whole.abs() < 1 << 50;
    if is_whole { whole.into() } else { number.into() }
}

fn leaf(leaf: &Leaf) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("leafId".to_owned(), leaf.id.into());
    members
        .insert("variationWeights".to_owned(), leaf.weights.iter().map(|weight| number(*weight)).collect());
    members.extend(leaf.version.map(|version| ("banditVersion".to_owned(), number(version))));
    members
}

/// What `run` tells; `feature` is the key of the feature that asked, null for none.
pub(crate) fn of_experiment(assigned: &Assigned, value: &Value, feature: Option<&str>) -> Value {
    let Assigned { variation, key, name, attribute, value: hash_value, by, leaf: found, passes, .. } =
        assigned;
    let (bucket, is_sticky) = match by {
        By::Bucket(bucket) => (Some(*bucket), false),
        By::Sticky(bucket) => (Some(*bucket), true),
        By::Preview | By::Force | By::Possible => (None, false),
    };
    let mut result = json!({
        "key": **key,
        "featureId": feature,
        "inExperiment": true,
        "hashUsed": bucket.is_some(),
        "variationId": variation,
        "value": value,
        "hashAttribute": **attribute,
        "hashValue": hash_value,
        "stickyBucketUsed": is_sticky,
    });
    if let Some(members) = result.as_object_mut() {
        members.extend(name.as_ref().map(|name| ("name".to_owned(), (**name).into())));
        members.extend(bucket.map(|bucket| ("bucket".to_owned(), bucket.value().into())));
        members.extend(passes.then(|| ("passthrough".to_owned(), true.into())));
        members.extend(found.iter().flat_map(leaf));
    }
    result
}

/// What `evalFeature` tells. Of the experiment there is what was decided: its key, its variations and what a bandit says.
pub(crate) fn of_feature(given: &Value, key: &str, decision: Decision) -> Value {
    let Decision { value, reason, skipped: _ } = decision;
    let (source, id) = match &reason {
        Reason::Forced { id, .. } => ("force", id.as_deref()),
        Reason::Experiment { id, .. } => ("experiment", id.as_deref()),
        Reason::DefaultValue => ("defaultValue", None),
        Reason::UnknownFeature => ("unknownFeature", None),
        Reason::Prerequisite { .. } => ("prerequisite", None),
        Reason::CyclicPrerequisite { .. } => ("cyclicPrerequisite", None),
    };
    let is_on = match &value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    };
    let mut result = json!({
        "value": value,
        "on": is_on,
        "off": !is_on,
        "source": source,
        "ruleId": id.unwrap_or_default(),
    });
    if let (Reason::Experiment { rule, assigned, .. }, Some(members)) = (&reason, result.as_object_mut()) {
        let rule = given.get("features").and_then(|features| features.get(key)?.get("rules")?.get(rule));
        let variations =
            rule.and_then(|rule| rule.get("contextualVariations").or_else(|| rule.get("variations")));
        let mut experiment = json!({"key": *assigned.experiment, "variations": variations});
        if let (Some(found), Some(members)) = (&assigned.leaf, experiment.as_object_mut()) {
            members.insert("contextualBandit".to_owned(), leaf(found).into());
        }
        members.insert("experiment".to_owned(), experiment);
        let mut told = of_experiment(assigned, &value, Some(key));
        // The SDK tells the attribute as it is, and here it is the text that was hashed, if there was any.
        let attribute = Some(&assigned.value).filter(|value| !value.is_empty());
        let attribute = attribute
            .and(given.get("attributes").and_then(|attributes| attributes.get(&*assigned.attribute)));
        if let (Some(attribute), Some(told)) = (attribute, told.as_object_mut()) {
            told.insert("hashValue".to_owned(), attribute.clone());
        }
        members.insert("experimentResult".to_owned(), told);
    }
    result
}
