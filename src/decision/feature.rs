//! Features: compiled from a file once, and decided for each visitor.
//!
//! They stand in GrowthBook's SDK format. A damaged rule is noted and skipped, as the SDK does; whoever delivers asks first
//! whether the feature is sound, and so is all that it asks. It does not know where attributes come from, nor what is done
//! with a decision.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::bandit::Bandits;
use super::condition::Condition;
use super::condition::saved_groups::SavedGroups;
use super::evaluation::{Evaluation, Path};
use super::experiment::Experiment;
use super::prerequisite::Prerequisite;
use super::reading::Reading;
use super::reason::{Decision, MAX_SKIPPED, Reason, Skipped};
use super::rule::{Gives, Rule, Ruled};
use super::uses::Uses;
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::Object;

/// The members of features and rules that are for their authors.
pub(super) const FOR_AUTHORS: [&str; 2] = ["description", "name"];

/// All features and their keys, in the order of these.
#[derive(Debug, Default)]
pub struct Features(Vec<(String, Feature)>);

/// A feature: its default value, and the rules that can give another.
#[derive(Debug)]
pub struct Feature {
    default_value: Value,
    /// With their indices in the file, counted from 0, where rules that are skipped stand too.
    rules: Vec<(usize, Rule)>,
    /// Whether nothing is wrong with it, nor with those that it asks.
    is_sound: bool,
}

/// The file that features stand in.
#[derive(Debug, Clone, Copy)]
pub struct Wire<'w> {
    /// All features by their keys, which others may ask.
    pub features: &'w Map<String, Value>,
    /// The saved groups that conditions refer to.
    pub groups: &'w SavedGroups,
    /// The contextual bandits that experiments refer to.
    pub bandits: &'w Bandits,
}

impl Wire<'_> {
    /// The condition among the members of a rule or an experiment.
    pub(super) fn condition(
        self,
        object: &mut Object<'_, '_>,
        reading: &mut Reading<'_>,
    ) -> Option<Condition> {
        let condition = object.take("condition")?;
        Some(Condition::compile(condition, object.at("condition"), self.groups, reading.mistakes))
    }
}

impl Features {
    /// Compiles the features, by feature key, and notes all that is wrong with them.
    #[must_use]
    pub fn compile(wire: Wire<'_>, place: Place<'_>, mistakes: &mut Mistakes) -> Self {
        let mut features = Vec::new();
        for (key, value) in wire.features {
            let (feature, is_sound) =
                mistakes.part(|mistakes| Feature::compile(value, key, place.member(key), wire, mistakes));
            if let Some(mut feature) = feature {
                feature.is_sound = is_sound;
                features.push((key.clone(), feature));
            }
        }
        let mut features = Self(features);
        features.spread_damage();
        features
    }

    /// What asks a feature with a mistake, or one that is not there, is not sound either.
    fn spread_damage(&mut self) {
        let mut is_done = false;
        while !is_done {
            is_done = true;
            for at in 0..self.0.len() {
                let Some((_, feature)) = self.0.get(at) else { continue };
                let mut asked = feature.rules.iter().flat_map(|(_, rule)| &rule.prerequisites);
                if feature.is_sound && asked.any(|asked| !self.is_sound(asked.feature())) {
                    self.0.get_mut(at).into_iter().for_each(|(_, feature)| feature.is_sound = false);
                    is_done = false;
                }
            }
        }
    }

    /// Whether a decision on the feature `key` is what its author meant: it is there, and nothing is wrong with it, nor with
    /// those that it asks.
    #[must_use]
    pub fn is_sound(&self, key: &str) -> bool {
        self.get(key).is_some_and(|feature| feature.is_sound)
    }

    /// The feature `key`, if there is one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Feature> {
        let index = self.0.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
        self.0.get(index).map(|(_, feature)| feature)
    }

    /// The features and their keys, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Feature)> {
        self.0.iter().map(|(key, feature)| (key.as_str(), feature))
    }

    /// The names of the attributes that the features `keys` refer to, and all those that they ask.
    #[must_use]
    pub fn attributes<'k>(&'k self, keys: impl Iterator<Item = &'k str>) -> Uses {
        let mut names = Uses::default();
        let mut asked: Vec<&str> = keys.collect();
        let mut next = 0;
        while let Some(key) = asked.get(next) {
            next += 1;
            for (_, rule) in self.get(key).into_iter().flat_map(|feature| &feature.rules) {
                rule.attributes(&mut names);
                for key in rule.prerequisites.iter().map(Prerequisite::feature) {
                    if !asked.contains(&key) {
                        asked.push(key);
                    }
                }
            }
        }
        names
    }

    /// Whether an experiment asks for sticky buckets.
    #[must_use]
    pub fn ask_to_be_sticky(&self) -> bool {
        self.experiments().any(Experiment::asks_to_be_sticky)
    }

    /// The experiments of all rules.
    pub(super) fn experiments(&self) -> impl Iterator<Item = &Experiment> {
        self.0.iter().flat_map(|(_, feature)| &feature.rules).filter_map(|(_, rule)| match &rule.gives {
            Gives::Variation(experiment) => Some(&**experiment),
            Gives::Forced { .. } | Gives::Nothing => None,
        })
    }
}

impl Feature {
    fn compile(
        value: &Value,
        key: &str,
        place: Place<'_>,
        wire: Wire<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let must_be = "must be an object with a defaultValue and rules";
        let mut object = Object::read_as(must_be, value, place, mistakes)?;
        let (default_value, rules) = (object.take("defaultValue"), object.take("rules"));
        for name in FOR_AUTHORS {
            object.take(name);
        }
        Reading::new(mistakes).finish(&object, "is not a key of a feature");
        let rules = Rule::compile_all(rules, place.member("rules"), key, wire, mistakes);
        Some(Self { default_value: default_value.cloned().unwrap_or_default(), rules, is_sound: true })
    }

    /// Decides the feature for a visitor: the first rule that applies, or the default value.
    pub(super) fn decide(&self, evaluation: &mut Evaluation<'_>, path: &Path<'_>) -> Decision {
        let mut skipped = Vec::new();
        for (index, rule) in &self.rules {
            match rule.apply(*index, evaluation, path) {
                Ruled::Value(value, reason) => return Decision { value, reason, skipped },
                Ruled::Off(reason) => return Decision { skipped, ..Decision::off(reason) },
                Ruled::Next(Some(why)) if skipped.len() < MAX_SKIPPED => {
                    skipped.push(Skipped { rule: *index, why });
                }
                Ruled::Next(_) => {}
            }
        }
        Decision { value: self.default_value.clone(), reason: Reason::DefaultValue, skipped }
    }

    /// Every value that the feature can have, each with the reason that a decision on it would give.
    pub fn values(&self) -> Vec<(&Value, Reason)> {
        let mut values = vec![(&self.default_value, Reason::DefaultValue)];
        for (index, rule) in &self.rules {
            match &rule.gives {
                Gives::Forced { value, .. } => values.push((value, rule.forced(*index, None))),
                Gives::Variation(experiment) => {
                    let reason = |assigned| Reason::Experiment {
                        rule: *index,
                        id: rule.id.clone(),
                        assigned: Arc::new(assigned),
                    };
                    values.extend(experiment.values().map(|(value, assigned)| (value, reason(assigned))));
                }
                Gives::Nothing => {}
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::decision::Context;

    fn compile(features: &Value) -> (Features, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let (groups, bandits) = (SavedGroups::default(), Bandits::default());
        let wire = Wire { features: features.as_object().unwrap(), groups: &groups, bandits: &bandits };
        let features = Features::compile(wire, Place::Root, &mut mistakes);
        (features, mistakes.iter().map(ToString::to_string).collect())
    }

    fn decide(features: &Features, key: &str, attributes: &Value) -> (Value, String) {
        let attributes = attributes.as_object().unwrap().into();
        let decision = Evaluation::new(features, Context { attributes, ..Context::default() }).decide(key);
        (decision.value.clone(), decision.to_string())
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
            (
                json!({"orders": 2}),
                json!(null),
                "rule 2 (buyers) forces it (rule 1: plan is not as it must be)",
            ),
            (
                json!({}),
                json!("plain"),
                "no rule applies, it is the default value (rule 1: plan is not as it must be, rule 2: orders is not as it must be)",
            ),
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
            {"force": 1, "coverage": "all"},
            {"force": 2, "conditon": {}},
            {"condition": {}},
            {"force": 4, "id": 4},
            {"force": 5, "enabled": "no"},
            {"force": 6, "enabled": false},
            [7],
            {"force": 8, "enabled": true, "name": "eight", "foo": "bar"},
        ]}}));
        assert_eq!(
            mistakes,
            [
                "$.f.rules[0].coverage: must be a number",
                "$.f.rules[1].conditon: is not a key of a rule: did you mean `condition`?",
                "$.f.rules[2]: must say what to force: it has no force and no variations",
                "$.f.rules[3].id: must be text",
                "$.f.rules[4].enabled: must be true or false",
                "$.f.rules[6]: must be an object with a condition and what to force",
                "$.f.rules[7].foo: is not a key of a rule",
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
    fn a_mistake_damages_all_that_ask_it_through_however_many_others() {
        const CHAIN: usize = 1_000;
        let asking = |asked: String| json!({"rules": [{"parentConditions": [{"id": asked, "condition": {}}], "force": 1}]});
        let mut wire = Map::new();
        for at in 1..CHAIN {
            wire.insert(format!("up{at:04}"), asking(format!("up{:04}", at - 1)));
            wire.insert(format!("down{:04}", CHAIN - at), asking(format!("down{:04}", CHAIN - at + 1)));
            wire.insert(format!("sound{at:04}"), asking(format!("sound{:04}", at - 1)));
        }
        wire.insert("up0000".to_owned(), json!({"rules": 7}));
        wire.insert(format!("down{CHAIN:04}"), json!({"rules": 7}));
        wire.insert("sound0000".to_owned(), json!({}));
        wire.insert("a".to_owned(), asking("b".to_owned()));
        wire.insert("b".to_owned(), asking("a".to_owned()));
        let (features, _) = compile(&wire.into());
        let sound = ["up0999", "down0001", "sound0999", "a", "none"].map(|key| features.is_sound(key));
        assert_eq!(sound, [false, false, true, true, false]);
    }

    #[test]
    fn a_feature_names_the_attributes_that_its_rules_refer_to() {
        let (features, _) = compile(&json!({"f": {"rules": [
            {"condition": {"a.b": 1, "$not": {"$or": [{"c": 1}, {"$nor": [{"d": {"$elemMatch": {"e": 1}}}]}]}}, "force": 1},
            {"condition": {"$and": [{"g": {"$not": {"$gt": 1}}}]}, "force": 2},
        ]}}));
        let names = features.attributes(["f"].into_iter());
        assert_eq!(names.names().collect::<Vec<_>>(), ["a", "c", "d", "g"]);
    }

    #[test]
    fn a_feature_tells_the_numbers_that_an_attribute_is_compared_with_where_nothing_else_is_asked_of_it() {
        let (features, _) = compile(&json!({"f": {"rules": [
            {"condition": {"ago": {"$gt": 60, "$not": {"$gte": 3600}, "$exists": true}}, "force": 1},
            {"condition": {"$or": [{"ago": {"$lt": 60}}, {"bare": 7}, {"text": {"$gt": "7"}}]}, "force": 2},
            {"condition": {"a.length": {"$gt": 7}}, "hashAttribute": "who", "coverage": 0.5, "force": 3},
        ]}}));
        let uses = features.attributes(["f"].into_iter());
        let next = |name, passed| uses.next(name, passed);
        let of_ago = [0, 60, 61, 3_600].map(|passed| next("ago", passed));
        assert_eq!(of_ago, [Some(60), Some(61), Some(3_600), Some(3_601)]);
        assert_eq!(next("ago", 3_601), None);
        assert_eq!(["bare", "text", "a", "who"].map(|name| next(name, 9)), [Some(10); 4]);
    }

    #[test]
    fn a_feature_names_every_value_that_it_can_have() {
        let (features, _) = compile(&json!({"f": {"defaultValue": 0, "rules": [
            {"force": 1, "coverage": "all"},
            {"force": 2, "enabled": false},
            {"id": "c", "force": [3]},
            {"key": "k", "variations": ["a", "b"], "meta": [{}, {"key": "blue"}]},
        ]}}));
        let values = features.get("f").unwrap().values();
        let told: Vec<_> = values.iter().map(|(value, why)| (value.to_string(), why.to_string())).collect();
        let expected = [
            ("0", "no rule applies, it is the default value"),
            ("[3]", "rule 3 (c) forces it"),
            ("\"a\"", "rule 4 gives it variation 0 of k"),
            ("\"b\"", "rule 4 gives it variation blue of k"),
        ];
        assert_eq!(told, expected.map(|(value, why)| (value.to_owned(), why.to_owned())));
    }

    proptest! {
        #[test]
        fn any_json_compiles_and_decides(value in crate::decision::condition::tests::json()) {
            let (features, _) = compile(&json!({"f": {"rules": [{"condition": value, "force": 1}]}, "g": value, "h": {"rules": value}}));
            let mut evaluation = Evaluation::new(&features, Context::default());
            for (key, _) in features.iter() {
                _ = evaluation.decide(key);
            }
        }
    }
}
