//! Conditions: what must be true of a visitor's attributes for a rule to apply.
//!
//! A condition is checked and compiled once, and then only asked. What is damaged in it is noted as a mistake
//! and compiled to what the specification evaluates it to, mostly to what never holds. The comparisons
//! themselves are in `expectation` and `operator`.

pub(super) mod coercion;
mod compiler;
mod expectation;
mod operator;
mod path;
mod pattern;
pub mod saved_groups;
mod version;

use serde_json::{Map, Value};

use super::uses::Uses;
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::suggesting;
use compiler::Compiler;
use expectation::Expectation;
pub use operator::NAMES as OPERATORS;
use path::{Path, Root};
use saved_groups::SavedGroups;

/// What joins conditions: it stands where an attribute may.
pub const JOINS: [&str; 4] = ["$and", "$not", "$nor", "$or"];

/// What is known of a visitor, each attribute looked up where it stands: a fact of the request comes before a feature
/// of the profile by the same name, and `id` is the profile's, or else their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attributes<'a> {
    /// The facts of the request.
    pub facts: Option<&'a Map<String, Value>>,
    /// The features of the profile; none for a visitor whom no source knows.
    pub profile: Option<&'a Map<String, Value>>,
    /// What `id` is where nothing else says: by that visitors are put into buckets.
    pub id: Option<&'a Value>,
}

impl<'a> Attributes<'a> {
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        let fact = self.facts.and_then(|facts| facts.get(name));
        let found = fact.or_else(|| self.profile.and_then(|profile| profile.get(name)));
        match found {
            None | Some(Value::Null) if name == "id" => self.id.or(found),
            _ => found,
        }
    }
}

impl<'a> From<&'a Map<String, Value>> for Attributes<'a> {
    fn from(profile: &'a Map<String, Value>) -> Self {
        Self { profile: Some(profile), ..Self::default() }
    }
}

/// A compiled condition: all of its clauses must hold.
#[derive(Debug, Default, Clone)]
pub struct Condition(Vec<Clause>);

#[derive(Debug, Clone)]
enum Clause {
    /// `$and`
    All(Vec<Condition>),
    /// `$or`, and `$nor` inside of `Not`.
    Any(Vec<Condition>),
    /// `$not`
    Not(Condition),
    Attribute(Path, Expectation),
    /// Damaged.
    Never,
}

impl Condition {
    /// Compiles the condition `value`, which stands at `place`, and notes what is wrong with it.
    #[must_use]
    pub fn compile(value: &Value, place: Place<'_>, groups: &SavedGroups, mistakes: &mut Mistakes) -> Self {
        Self::compile_in(value, place, &mut Compiler::new(groups, mistakes))
    }

    fn compile_in(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        let Value::Object(members) = value else {
            compiler.mistakes.note(place, "must be an object of attributes and what they must be");
            return Self(vec![Clause::Never]);
        };
        let clauses = compiler.deeper(place, |compiler| {
            let each = members.iter();
            each.map(|(key, value)| Clause::compile(key, value, place.member(key), compiler)).collect()
        });
        Self(clauses.unwrap_or_else(|| vec![Clause::Never]))
    }

    /// Whether the condition holds for a visitor with these attributes.
    #[must_use]
    pub fn matches<'a>(&self, attributes: impl Into<Attributes<'a>>) -> bool {
        self.holds(Root::Attributes(attributes.into()))
    }

    /// What of it does not hold for a visitor, first: an attribute by its name, or an operator.
    #[must_use]
    pub fn failing(&self, attributes: Attributes<'_>) -> Option<&str> {
        let failing = self.0.iter().find(|clause| !clause.holds(Root::Attributes(attributes)))?;
        Some(match failing {
            Clause::All(_) => "$and",
            Clause::Any(_) => "$or",
            Clause::Not(_) => "$not",
            Clause::Attribute(path, _) => path.attribute(),
            Clause::Never => "a damaged condition",
        })
    }

    fn holds(&self, root: Root<'_>) -> bool {
        self.0.iter().all(|clause| clause.holds(root))
    }

    /// Adds the attributes that the condition refers to, `father` for `father.age`, and by what.
    pub fn attributes(&self, into: &mut Uses) {
        for clause in &self.0 {
            match clause {
                Clause::All(conditions) | Clause::Any(conditions) => {
                    conditions.iter().for_each(|condition| condition.attributes(into));
                }
                Clause::Not(condition) => condition.attributes(into),
                Clause::Attribute(path, expectation) => expectation.uses(path, into),
                Clause::Never => {}
            }
        }
    }
}

impl Clause {
    /// Every key that is not one of the four is an attribute, even when it starts with `$`: but then it is
    /// an operator in the wrong place, or one that is not known here.
    fn compile(key: &str, value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        match key {
            "$and" => Self::list(value, place, compiler).map_or(Self::Never, Self::All),
            "$or" => Self::list(value, place, compiler).map_or(Self::Never, Self::Any),
            "$nor" => Self::list(value, place, compiler)
                .map_or(Self::Never, |conditions| Self::Not(Condition(vec![Self::Any(conditions)]))),
            "$not" if value.is_object() => Self::Not(Condition::compile_in(value, place, compiler)),
            "$not" => {
                compiler.mistakes.note(place, "must be an object: the condition that must not hold");
                Self::Never
            }
            _ => {
                if key.starts_with('$') {
                    let wrong = "is not an operator that can stand here";
                    compiler.mistakes.note(place, suggesting(wrong, key, JOINS.into_iter()));
                }
                Self::Attribute(Path::new(key), Expectation::compile(value, place, compiler))
            }
        }
    }

    fn list(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Vec<Condition>> {
        let Value::Array(values) = value else {
            compiler.mistakes.note(place, "must be an array of conditions");
            return None;
        };
        let mut conditions = Vec::new();
        for (index, value) in values.iter().enumerate() {
            conditions.push(Condition::compile_in(value, place.element(index), compiler));
        }
        Some(conditions)
    }

    fn holds(&self, root: Root<'_>) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(root)),
            // The specification has it that one of none holds.
            Self::Any(conditions) => {
                conditions.is_empty() || conditions.iter().any(|condition| condition.holds(root))
            }
            Self::Not(condition) => !condition.holds(root),
            Self::Attribute(path, expectation) => expectation.met_by(&path.find(root)),
            Self::Never => false,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::compiler::MAX_DEPTH;
    use super::*;

    fn compile(condition: &Value) -> (Condition, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let compiled = Condition::compile(condition, Place::Root, &SavedGroups::default(), &mut mistakes);
        (compiled, mistakes.iter().map(ToString::to_string).collect())
    }

    fn matches(condition: &Value, attributes: &Value) -> bool {
        compile(condition).0.matches(attributes.as_object().unwrap())
    }

    #[test]
    fn plain_values_are_equal_as_javascript_coerces_them() {
        for (expected, actual) in [
            (json!("5"), json!(5.0)),
            (json!("1,2"), json!([1, "2"])),
            (json!("null"), json!(null)),
            (json!("true"), json!(true)),
            (json!(1), json!("1.0")),
            (json!(0), json!(null)),
            (json!(1), json!(true)),
            (json!(7), json!([7])),
            (json!(true), json!("false")),
            (json!(false), json!("")),
            (json!(false), json!(0)),
            (json!({"a": 1.0}), json!({"a": 1})),
            (json!({}), json!({})),
        ] {
            assert!(matches(&json!({"x": expected}), &json!({"x": actual})), "{expected} {actual}");
        }
    }

    #[test]
    fn operators_compare_without_coercion_where_javascript_does_not_coerce() {
        for (operators, actual, expected) in [
            (json!({"$eq": 1}), json!("1"), false),
            (json!({"$eq": 1}), json!(1.0), true),
            (json!({"$in": [1]}), json!("1"), false),
            (json!({"$in": [null]}), json!(null), true),
            (json!({"$ne": 0}), json!(null), true),
            (json!({"$lt": "abc"}), json!(1), false),
            (json!({"$gte": "abc"}), json!(1), false),
            (json!({"$gt": "10"}), json!("9"), true),
            (json!({"$gt": 10}), json!("9"), false),
            (json!({"$lt": 2}), json!([1]), true),
            (json!({"$alli": ["a", 1]}), json!(["A", "1"]), true),
            (json!({"$all": [{"$gt": 2}]}), json!([1, 3]), true),
            (json!({"$size": {"$gt": 1}}), json!([1, 2]), true),
            (json!({"$elemMatch": {"$lt": 1}}), json!([0, null, ""]), false),
            (json!({"$elemMatch": {}}), json!([[]]), true),
            (json!({"$regex": "^null$"}), json!(null), true),
            (json!({"$notRegex": "^a"}), json!("b"), true),
            (json!({"$notRegexi": "^A"}), json!("a"), false),
            (json!({"$exists": false}), json!(null), true),
            (json!({"$vgte": 2}), json!("2"), true),
            (json!({"$type": "null"}), json!(null), true),
            (json!({"$not": "a"}), json!("b"), true),
        ] {
            let holds = matches(&json!({"x": operators}), &json!({"x": actual}));
            assert_eq!(holds, expected, "{operators} {actual}");
        }
    }

    #[test]
    fn in_a_text_that_is_too_long_no_pattern_is_found() {
        let attributes = json!({"x": "a".repeat(60_000)});
        let pattern = "(a{1,10}){1,10}";
        assert!(!matches(&json!({"x": {"$regex": pattern}}), &attributes));
        assert!(matches(&json!({"x": {"$notRegex": pattern}}), &attributes));
    }

    #[test]
    fn every_operator_is_among_the_names_and_one_that_is_misspelt_is_told_with_it() {
        let arms = include_str!("operator.rs").matches("\n            \"$").count();
        assert_eq!(arms, OPERATORS.len());
        for name in OPERATORS {
            let (_, mistakes) = compile(&json!({"x": {name: {"a": 1}}}));
            assert!(!mistakes.iter().any(|mistake| mistake.contains("is not an operator")), "{name}");
        }
        for (wrong, meant) in [(json!({"x": {"$regx": "a"}}), "$regex"), (json!({"$an": []}), "$and")] {
            let (_, mistakes) = compile(&wrong);
            assert!(mistakes[0].ends_with(&format!(": did you mean `{meant}`?")), "{mistakes:?}");
        }
    }

    #[test]
    fn any_of_no_conditions_holds_and_none_of_no_conditions_does_not() {
        assert!(matches(&json!({"$or": []}), &json!({})));
        assert!(matches(&json!({"$and": []}), &json!({})));
        assert!(!matches(&json!({"$nor": []}), &json!({})));
    }

    #[test]
    fn what_is_damaged_is_told_with_its_place_and_does_not_hold() {
        for (condition, place) in [
            (json!([]), "$"),
            (json!({"$and": {}}), "$.$and"),
            (json!({"$or": [1]}), "$.$or[0]"),
            (json!({"$nor": null}), "$.$nor"),
            (json!({"$not": "x"}), "$.$not"),
            (json!({"$savedGroup": "g"}), "$.$savedGroup"),
            (json!({"x": {"$regx": "a"}}), "$.x.$regx"),
            (json!({"x": {"$nin": 1}}), "$.x.$nin"),
            (json!({"x": {"$nini": "a"}}), "$.x.$nini"),
            (json!({"x": {"$all": "a"}}), "$.x.$all"),
            (json!({"x": {"$regex": "("}}), "$.x.$regex"),
            (json!({"x": {"$notRegexi": "(a{1,100}){1,10}b"}}), "$.x.$notRegexi"),
            (json!({"x": {"$notRegex": 1}}), "$.x.$notRegex"),
            (json!({"x": {"$type": "text"}}), "$.x.$type"),
            (json!({"x": {"$elemMatch": 1}}), "$.x.$elemMatch"),
            (json!({"a.b": {"$inGroup": "g"}}), "$[\"a.b\"].$inGroup"),
            (json!({"x": {"$eq": [1]}}), "$.x.$eq"),
            (json!({"x": {"$gt": 1, "y": 1}}), "$.x"),
        ] {
            let (compiled, mistakes) = compile(&condition);
            assert_eq!(mistakes.len(), 1, "{condition} {mistakes:?}");
            assert!(mistakes[0].starts_with(&format!("{place}: ")), "{condition} {mistakes:?}");
            assert!(!compiled.matches(json!({"x": [1]}).as_object().unwrap()), "{condition}");
        }
    }

    #[test]
    fn conditions_are_nested_up_to_a_depth_and_no_deeper() {
        type Nest = fn(Value) -> Value;
        let nests: [Nest; 4] = [
            |inner| json!({"$not": inner}),
            |inner| json!({"$and": [inner]}),
            |inner| json!({"x": {"$elemMatch": inner}}),
            |inner| json!({"x": {"$not": {"$all": [inner]}}}),
        ];
        for nest in nests {
            let shallow = (0..10).fold(json!({"x": {"$gt": 1}}), |inner, _| nest(inner));
            assert_eq!(compile(&shallow).1, Vec::<String>::new());
            let deep = (0..200).fold(json!({}), |inner, _| nest(inner));
            assert!(compile(&deep).1[0].ends_with("is nested deeper than 64 levels"));
        }
        for plain in ["$eq", "$gt", "y"] {
            let deep = (0..100).fold(json!([]), |inner, _| json!([inner]));
            let mistakes = compile(&json!({"x": {plain: deep}})).1.join("; ");
            assert!(mistakes.contains(&format!("deeper than {MAX_DEPTH} levels")), "{plain} {mistakes}");
        }
    }

    /// JSON that looks like a condition more often than chance would have it.
    pub(in crate::decision) fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3..4_i32).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a1v.+ (*-]{0,4}".prop_map(Value::from),
        ];
        let keys = "$and $or $nor $not $in $nini $gt $eq $all $alli $size $elemMatch $regex $notRegexi $vgt $type \
                    $exists $inGroup $none a b.a length";
        let key = prop::sample::select(keys.split(' ').collect::<Vec<_>>());
        leaf.prop_recursive(5, 40, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_compiles_and_can_be_asked(condition in json(), attribute in json()) {
            _ = matches(&condition, &json!({"a": attribute, "b": attribute}));
        }

        #[test]
        fn not_is_the_opposite(condition in json(), attribute in json()) {
            let attributes = json!({"a": attribute, "b": attribute});
            prop_assume!(condition.is_object());
            let opposite = json!({"$not": condition});
            prop_assert_eq!(matches(&opposite, &attributes), !matches(&condition, &attributes));
            let (expected, opposite) = (json!({"a": condition}), json!({"a": opposite}));
            prop_assert_eq!(matches(&opposite, &attributes), !matches(&expected, &attributes));
        }

        #[test]
        fn every_value_is_equal_to_itself(value in json()) {
            let plain = value.as_object().is_none_or(|members| members.keys().all(|key| !key.starts_with('$')));
            prop_assume!(plain);
            let both = json!({"a": value});
            prop_assert!(matches(&both, &both));
        }
    }
}
