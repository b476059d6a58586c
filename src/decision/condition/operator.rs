//! The operators that compare one value: `$in`, `$gt`, `$regex` and the others.
//!
//! Each is compiled once with what it compares to; one that is unknown or compares to what it cannot is a
//! mistake and, as in the specification, does not hold for any value.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value;

use super::Condition;
use super::coercion::{self, Case, Primitive};
use super::compiler::Compiler;
use super::expectation::{Expectation, has_operators_only};
use super::path::{Path, Root};
use super::pattern::Pattern;
use super::saved_groups::Members;
use super::version;
use crate::decision::uses::{EACH_CHANGE, Uses};
use crate::document::mistake::Place;
use crate::document::reader::suggesting;

/// The names of all operators that compare.
pub const NAMES: [&str; 29] = [
    "$eq",
    "$ne",
    "$lt",
    "$lte",
    "$gt",
    "$gte",
    "$veq",
    "$vne",
    "$vlt",
    "$vlte",
    "$vgt",
    "$vgte",
    "$exists",
    "$in",
    "$nin",
    "$ini",
    "$nini",
    "$inGroup",
    "$notInGroup",
    "$not",
    "$size",
    "$elemMatch",
    "$all",
    "$alli",
    "$regex",
    "$regexi",
    "$notRegex",
    "$notRegexi",
    "$type",
];

#[derive(Debug, Clone)]
pub(super) enum Operator {
    /// `===`; arrays and objects are never that.
    Equal(Value),
    /// JavaScript's `<` and its kin.
    Ordered(Comparison, Primitive<'static>),
    /// By padded version text.
    Version(Comparison, String),
    Exists(bool),
    OneOf(Arc<Members>, Case),
    Not(Box<Expectation>),
    Size(Box<Expectation>),
    /// An element that is not falsy meets the expectation.
    Element(Box<Expectation>),
    /// An element that is not falsy has members that meet the condition.
    ElementWith(Condition),
    All(Vec<Expectation>),
    Regex(Pattern),
    Type(Type),
    /// Damaged.
    Never,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Operator {
    pub(super) fn compile(name: &str, value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        match name {
            "$eq" => Self::equal(value, place, compiler),
            "$ne" => Self::equal(value, place, compiler).negated(),
            "$lt" => Self::ordered(Less, value, place, compiler),
            "$lte" => Self::ordered(LessOrEqual, value, place, compiler),
            "$gt" => Self::ordered(Greater, value, place, compiler),
            "$gte" => Self::ordered(GreaterOrEqual, value, place, compiler),
            "$veq" => Self::version(Equal, value, place, compiler),
            "$vne" => Self::version(NotEqual, value, place, compiler),
            "$vlt" => Self::version(Less, value, place, compiler),
            "$vlte" => Self::version(LessOrEqual, value, place, compiler),
            "$vgt" => Self::version(Greater, value, place, compiler),
            "$vgte" => Self::version(GreaterOrEqual, value, place, compiler),
            "$exists" => Self::exists(value, place, compiler),
            "$in" => Self::one_of(Case::Sensitive, value, place, compiler),
            "$nin" => Self::one_of(Case::Sensitive, value, place, compiler).negated(),
            "$ini" => Self::one_of(Case::Insensitive, value, place, compiler),
            "$nini" => Self::one_of(Case::Insensitive, value, place, compiler).negated(),
            "$inGroup" => Self::in_group(value, place, compiler),
            "$notInGroup" => Self::in_group(value, place, compiler).negated(),
            "$not" => Self::Not(Box::new(Expectation::compile(value, place, compiler))),
            "$size" => Self::Size(Box::new(Expectation::compile(value, place, compiler))),
            "$elemMatch" => Self::element(value, place, compiler),
            "$all" => Self::all(value, place, compiler, Expectation::compile),
            "$alli" => Self::all(value, place, compiler, Expectation::compile_in_any_case),
            "$regex" => Self::regex(Case::Sensitive, value, place, compiler),
            "$regexi" => Self::regex(Case::Insensitive, value, place, compiler),
            "$notRegex" => Self::regex(Case::Sensitive, value, place, compiler).negated(),
            "$notRegexi" => Self::regex(Case::Insensitive, value, place, compiler).negated(),
            "$type" => Self::of_type(value, place, compiler),
            _ => refuse(compiler, place, &suggesting("is not an operator", name, NAMES.into_iter())),
        }
    }

    /// The opposite; of what is damaged the opposite does not hold either.
    fn negated(self) -> Self {
        if matches!(self, Self::Never) {
            self
        } else {
            Self::Not(Box::new(Expectation::Operators(vec![self])))
        }
    }

    fn equal(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        if value.is_array() || value.is_object() {
            compiler.mistakes.note(place, "never equals an array or object: write it without the operator");
        }
        // Not refused: `$ne` holds for it. Kept only when small enough to keep, since nothing equals it.
        Self::Equal(compiler.keep(value, place).unwrap_or(Value::Array(Vec::new())))
    }

    fn ordered(comparison: Comparison, value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        if !value.is_string() && !value.is_number() {
            compiler.mistakes.note(place, "must be text or a number to compare with");
        }
        match compiler.keep(value, place) {
            Some(value) => Self::Ordered(comparison, Primitive::of(&value).into_owned()),
            None => Self::Never,
        }
    }

    fn version(comparison: Comparison, value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        if !value.is_string() && !value.is_number() {
            compiler.mistakes.note(place, "must be a version: text such as \"1.2.3\"");
        }
        Self::Version(comparison, version::padded(value))
    }

    fn exists(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        if !value.is_boolean() {
            compiler.mistakes.note(place, "must be true or false");
        }
        Self::Exists(coercion::truthy(value))
    }

    fn one_of(case: Case, value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        let Value::Array(list) = value else {
            return refuse(compiler, place, "must be an array of values");
        };
        Self::OneOf(Arc::new(Members::compile(list, case, place, compiler.mistakes)), case)
    }

    /// An unknown group is an empty one, so that nobody is in it and everybody is not.
    fn in_group(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        let members = match value {
            Value::String(id) => compiler.groups.members(id),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if members.is_none() {
            let wrong = "must be the id of a saved group that exists, without mistakes";
            let id = value.as_str().unwrap_or_default();
            compiler.mistakes.note(place, suggesting(wrong, id, compiler.groups.ids()));
        }
        Self::OneOf(members.unwrap_or_default(), Case::Sensitive)
    }

    fn element(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        match value {
            Value::Object(members) if has_operators_only(members) => {
                Self::Element(Box::new(Expectation::compile(value, place, compiler)))
            }
            Value::Object(_) => Self::ElementWith(Condition::compile_in(value, place, compiler)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => refuse(
                compiler,
                place,
                "must be an object: operators, or a condition for an element's members",
            ),
        }
    }

    fn all(
        value: &Value,
        place: Place<'_>,
        compiler: &mut Compiler<'_>,
        compile: fn(&Value, Place<'_>, &mut Compiler<'_>) -> Expectation,
    ) -> Self {
        let Value::Array(values) = value else {
            return refuse(compiler, place, "must be an array of values");
        };
        let each = values.iter().enumerate();
        Self::All(each.map(|(index, value)| compile(value, place.element(index), compiler)).collect())
    }

    fn regex(case: Case, value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        let Value::String(regex) = value else {
            return refuse(compiler, place, "must be text: a regular expression");
        };
        match Pattern::compile(regex, case) {
            Ok(pattern) => Self::Regex(pattern),
            Err(why) => {
                refuse(compiler, place, &format!("is not a regular expression that can be used: {why}"))
            }
        }
    }

    fn of_type(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        match value.as_str().and_then(Type::named) {
            Some(named) => Self::Type(named),
            None => refuse(compiler, place, "must be one of null, boolean, number, string, array and object"),
        }
    }

    /// Adds what it asks of the attribute at the beginning of `path`.
    pub(super) fn uses(&self, path: &Path, into: &mut Uses) {
        match self {
            Self::Not(expectation) => expectation.uses(path, into),
            Self::Ordered(_, Primitive::Number(limit)) => into.put(path.attribute(), *limit),
            // The same of every number.
            Self::Exists(_) | Self::Never => into.put(path.attribute(), f64::INFINITY),
            Self::Equal(_)
            | Self::Ordered(_, Primitive::Text(_))
            | Self::Version(..)
            | Self::OneOf(..)
            | Self::Size(_)
            | Self::Element(_)
            | Self::ElementWith(_)
            | Self::All(_)
            | Self::Regex(_)
            | Self::Type(_) => into.put(path.attribute(), EACH_CHANGE),
        }
    }

    pub(super) fn holds(&self, actual: &Value) -> bool {
        match self {
            Self::Equal(value) => strictly_equal(actual, value),
            Self::Ordered(comparison, value) => {
                Primitive::of(actual).order(value).is_some_and(|order| comparison.holds(order))
            }
            Self::Version(comparison, value) => {
                comparison.holds(coercion::order_text(&version::padded(actual), value))
            }
            Self::Exists(expected) => *expected != actual.is_null(),
            Self::OneOf(members, case) => members.meet(actual, *case),
            Self::Not(expectation) => !expectation.met_by(actual),
            Self::Size(expectation) => {
                actual.as_array().is_some_and(|elements| expectation.met_by(&elements.len().into()))
            }
            Self::Element(expectation) => any_element(actual, |element| expectation.met_by(element)),
            Self::ElementWith(condition) => {
                any_element(actual, |element| condition.holds(Root::Element(element)))
            }
            Self::All(expectations) => actual.as_array().is_some_and(|elements| {
                expectations
                    .iter()
                    .all(|expectation| elements.iter().any(|element| expectation.met_by(element)))
            }),
            Self::Regex(pattern) => pattern.matches(&coercion::text(actual)),
            Self::Type(named) => Type::of(actual) == *named,
            Self::Never => false,
        }
    }
}

fn refuse(compiler: &mut Compiler<'_>, place: Place<'_>, what: &str) -> Operator {
    compiler.mistakes.note(place, what);
    Operator::Never
}

/// `===`
fn strictly_equal(one: &Value, other: &Value) -> bool {
    !one.is_array() && !one.is_object() && coercion::same(one, other)
}

/// Elements that are falsy match nothing; version 1.8 of the SDK has come to skip null alone
/// (growthbook/growthbook#6323), which the specification's cases do not show.
fn any_element(actual: &Value, meets: impl Fn(&Value) -> bool) -> bool {
    let mut elements = actual.as_array().into_iter().flatten();
    elements.any(|element| coercion::truthy(element) && meets(element))
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Type {
    fn named(name: &str) -> Option<Self> {
        match name {
            "null" => Some(Self::Null),
            "boolean" => Some(Self::Boolean),
            "number" => Some(Self::Number),
            "string" => Some(Self::String),
            "array" => Some(Self::Array),
            "object" => Some(Self::Object),
            _ => None,
        }
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}
