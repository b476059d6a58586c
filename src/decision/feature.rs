//! Features: compiled from a file once, and decided for each visitor.
//!
//! They stand in GrowthBook's SDK format. A damaged rule is noted and skipped, a damaged feature noted and left out; what is
//! left still decides. It does not know where attributes come from, nor what is done with a decision.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::condition::saved_groups::SavedGroups;
use super::condition::{Attributes, Condition};
use super::reason::{Decision, Reason};
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::Object;

/// The keys of GrowthBook's format that change what a rule does, and that are not understood here yet.
const NOT_SUPPORTED_YET: [&str; 25] = [
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

/// The members of features and rules that are for their authors.
const FOR_AUTHORS: [&str; 2] = ["description", "name"];

/// All features and their keys, in the order of these.
#[derive(Debug, Default, Clone)]
pub struct Features(Vec<(String, Feature)>);

/// A feature: its default value, and the rules that can force another.
#[derive(Debug, Clone)]
pub struct Feature {
    default_value: Value,
    /// With their indices in the file, counted from 0, where rules that are skipped stand too.
    rules: Vec<(usize, Rule)>,
}

#[derive(Debug, Clone)]
struct Rule {
    id: Option<String>,
    condition: Option<Condition>,
    force: Value,
}

impl Features {
    /// Compiles the features in `members`, by feature key, and notes all that is wrong with them.
    #[must_use]
    pub fn compile(
        members: &Map<String, Value>,
        place: Place<'_>,
        groups: &SavedGroups,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut features = Vec::new();
        for (key, value) in members {
            if let Some(feature) = Feature::compile(value, place.member(key), groups, mistakes) {
                features.push((key.clone(), feature));
            }
        }
        Self(features)
    }

    /// The feature `key`, if there is one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Feature> {
        self.0.iter().find(|(other, _)| other == key).map(|(_, feature)| feature)
    }

    /// The features and their keys, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Feature)> {
        self.0.iter().map(|(key, feature)| (key.as_str(), feature))
    }
}

impl Feature {
    fn compile(
        value: &Value,
        place: Place<'_>,
        groups: &SavedGroups,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let must_be = "must be an object with a defaultValue and rules";
        let mut object = Object::read_as(must_be, value, place, mistakes)?;
        let (default_value, rules) = (object.take("defaultValue"), object.take("rules"));
        for name in FOR_AUTHORS {
            object.take(name);
        }
        object.finish_as(|_| "is not a key of a feature", mistakes);
        let rules = Rule::compile_all(rules, place.member("rules"), groups, mistakes);
        Some(Self { default_value: default_value.cloned().unwrap_or_default(), rules })
    }

    /// Decides the feature for a visitor with these attributes: the first rule that applies, or the default value.
    #[must_use]
    pub fn decide<'a>(&self, attributes: impl Into<Attributes<'a>>) -> Decision {
        let attributes = attributes.into();
        match self.rules.iter().find(|(_, rule)| rule.applies(attributes)) {
            Some((index, Rule { id, force, condition: _ })) => {
                Decision { value: force.clone(), reason: Reason::Forced { rule: *index, id: id.clone() } }
            }
            None => Decision { value: self.default_value.clone(), reason: Reason::DefaultValue },
        }
    }

    /// Every value that the feature can have, each with the reason that a decision on it would give.
    pub fn values(&self) -> impl Iterator<Item = (&Value, Reason)> {
        let forced = self
            .rules
            .iter()
            .map(|(index, rule)| (&rule.force, Reason::Forced { rule: *index, id: rule.id.clone() }));
        std::iter::once((&self.default_value, Reason::DefaultValue)).chain(forced)
    }

    /// Adds the names of the attributes that the feature's rules refer to.
    pub fn attributes(&self, into: &mut BTreeSet<String>) {
        for condition in self.rules.iter().filter_map(|(_, rule)| rule.condition.as_ref()) {
            condition.attributes(into);
        }
    }
}

impl Rule {
    /// The rules that are understood, with their indices.
    fn compile_all(
        rules: Option<&Value>,
        place: Place<'_>,
        groups: &SavedGroups,
        mistakes: &mut Mistakes,
    ) -> Vec<(usize, Self)> {
        let rules = match rules {
            None => &[][..],
            Some(Value::Array(rules)) => rules,
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                mistakes.note(place, "must be an array of rules");
                &[]
            }
        };
        let each = rules.iter().enumerate().filter_map(|(index, rule)| {
            Some((index, Self::compile(rule, place.element(index), groups, mistakes)?))
        });
        each.collect()
    }

    /// The rule, unless it is damaged, switched off or not understood. A member that is there may hold null: `"force":
    /// null` forces null.
    fn compile(
        value: &Value,
        place: Place<'_>,
        groups: &SavedGroups,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let must_be = "must be an object with a condition and what to force";
        let mut object = Object::read_as(must_be, value, place, mistakes)?;
        let [id, enabled, condition, force] =
            ["id", "enabled", "condition", "force"].map(|name| object.take(name));
        for name in FOR_AUTHORS {
            object.take(name);
        }
        let is_understood = object.finish_as(
            |name| {
                let comes_later = NOT_SUPPORTED_YET.contains(&name);
                if comes_later { "is not supported yet" } else { "is not a key of a rule" }
            },
            mistakes,
        );
        let id = self::id(id, place.member("id"), mistakes);
        let enabled = self::enabled(enabled, place.member("enabled"), mistakes);
        let condition = condition
            .map(|condition| Condition::compile(condition, place.member("condition"), groups, mistakes));
        if force.is_none() {
            mistakes.note(place, "must say what to force: it has no force");
        }
        match (id, enabled, force) {
            (Ok(id), Ok(true), Some(force)) if is_understood => {
                Some(Self { id, condition, force: force.clone() })
            }
            _ => None,
        }
    }

    fn applies(&self, attributes: Attributes<'_>) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.matches(attributes))
    }
}

/// It was damaged, and that was noted as a mistake.
struct Noted;

fn id(value: Option<&Value>, place: Place<'_>, mistakes: &mut Mistakes) -> Result<Option<String>, Noted> {
    match value {
        None => Ok(None),
        Some(Value::String(id)) => Ok(Some(id.clone())),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            mistakes.note(place, "must be text");
            Err(Noted)
        }
    }
}

fn enabled(value: Option<&Value>, place: Place<'_>, mistakes: &mut Mistakes) -> Result<bool, Noted> {
    match value {
        None => Ok(true),
        Some(Value::Bool(enabled)) => Ok(*enabled),
        Some(Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
            mistakes.note(place, "must be true or false");
            Err(Noted)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn compile(features: &Value) -> (Features, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let wire = features.as_object().unwrap();
        let features = Features::compile(wire, Place::Root, &SavedGroups::default(), &mut mistakes);
        (features, mistakes.iter().map(ToString::to_string).collect())
    }

    fn decide(features: &Features, key: &str, attributes: &Value) -> (Value, String) {
        let Decision { value, reason } = features.get(key).unwrap().decide(attributes.as_object().unwrap());
        (value, reason.to_string())
    }

    #[test]
    fn the_first_rule_that_applies_decides_and_is_named() {
        let (features, mistakes) = compile(&json!({"hero": {"defaultValue": "plain", "rules": [
            {"condition": {"plan": "pro"}, "force": {"title": [1, null]}, "description": "for pros"},
            {"id": "buyers", "condition": {"orders": {"$gt": 0}}, "force": null},
        ]}}));
        assert_eq!(mistakes, Vec::<String>::new());
        for (attributes, value, reason) in [
            (json!({"plan": "pro", "orders": 2}), json!({"title": [1, null]}), "rule 1 forces it"),
            (json!({"orders": 2}), json!(null), "rule 2 (buyers) forces it"),
            (json!({}), json!("plain"), "no rule applies, it is the default value"),
        ] {
            assert_eq!(decide(&features, "hero", &attributes), (value, reason.to_owned()));
        }
    }

    #[test]
    fn a_feature_without_anything_is_null() {
        let (features, mistakes) = compile(&json!({"empty": {}}));
        assert_eq!(mistakes, Vec::<String>::new());
        assert_eq!(decide(&features, "empty", &json!({})).0, json!(null));
        assert!(features.get("other").is_none());
    }

    #[test]
    fn a_rule_that_is_not_understood_is_skipped_and_the_others_still_decide() {
        let (features, mistakes) = compile(&json!({"f": {"defaultValue": 0, "rules": [
            {"force": 1, "coverage": 0.5},
            {"force": 2, "conditon": {}},
            {"condition": {}},
            {"force": 4, "id": 4},
            {"force": 5, "enabled": "no"},
            {"force": 6, "enabled": false},
            [7],
            {"force": 8, "enabled": true, "name": "eight"},
        ]}}));
        assert_eq!(
            mistakes,
            [
                "$.f.rules[0].coverage: is not supported yet",
                "$.f.rules[1].conditon: is not a key of a rule",
                "$.f.rules[2]: must say what to force: it has no force",
                "$.f.rules[3].id: must be text",
                "$.f.rules[4].enabled: must be true or false",
                "$.f.rules[6]: must be an object with a condition and what to force",
            ]
        );
        assert_eq!(decide(&features, "f", &json!({})), (json!(8), "rule 8 forces it".to_owned()));
    }

    #[test]
    fn a_damaged_feature_is_left_out_and_the_others_stay() {
        let (features, mistakes) =
            compile(&json!({"a": [], "b": {"rules": {}}, "c": {"defaultValue": 1, "x": 2}}));
        assert_eq!(
            mistakes,
            [
                "$.a: must be an object with a defaultValue and rules",
                "$.b.rules: must be an array of rules",
                "$.c.x: is not a key of a feature",
            ]
        );
        assert_eq!(features.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(decide(&features, "c", &json!({})).0, json!(1));
    }

    #[test]
    fn a_rule_whose_condition_is_damaged_does_not_apply_to_everybody() {
        let (features, mistakes) = compile(&json!({"f": {"rules": [{"condition": null, "force": 1}]}}));
        assert!(mistakes[0].starts_with("$.f.rules[0].condition: "), "{mistakes:?}");
        assert_eq!(decide(&features, "f", &json!({})).0, json!(null));
    }

    #[test]
    fn a_feature_names_the_attributes_that_its_rules_refer_to() {
        let (features, _) = compile(&json!({"f": {"rules": [
            {"condition": {"a.b": 1, "$not": {"$or": [{"c": 1}, {"$nor": [{"d": {"$elemMatch": {"e": 1}}}]}]}}, "force": 1},
            {"condition": {"$and": [{"g": {"$not": {"$gt": 1}}}]}, "force": 2},
        ]}}));
        let mut names = BTreeSet::new();
        features.get("f").unwrap().attributes(&mut names);
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "c", "d", "g"]);
    }

    #[test]
    fn a_feature_names_every_value_that_it_can_have() {
        let (features, _) = compile(&json!({"f": {"defaultValue": 0, "rules": [
            {"force": 1, "coverage": 0.5},
            {"force": 2, "enabled": false},
            {"id": "c", "force": [3]},
        ]}}));
        let values: Vec<_> = features.get("f").unwrap().values().collect();
        let forced = Reason::Forced { rule: 2, id: Some("c".to_owned()) };
        assert_eq!(values, [(&json!(0), Reason::DefaultValue), (&json!([3]), forced)]);
    }

    proptest! {
        #[test]
        fn any_json_compiles_and_decides(value in crate::decision::condition::tests::json()) {
            let (features, _) = compile(&json!({"f": {"rules": [{"condition": value, "force": 1}]}, "g": value, "h": {"rules": value}}));
            for (_, feature) in features.iter() {
                _ = feature.decide(&Map::new());
            }
        }
    }
}
