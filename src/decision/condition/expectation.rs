//! What one value must be: a plain value to equal, or an object of operators.
//!
//! Plain text, numbers and booleans are equal as JavaScript coerces them (`value + "" === expected`); arrays
//! and objects as JSON. It does not say which attribute the value comes from.

use serde_json::{Map, Value};

use super::coercion::{self, Case};
use super::compiler::Compiler;
use super::operator::Operator;
use super::path::Path;
use crate::decision::uses::{EACH_CHANGE, Uses};
use crate::document::mistake::Place;

#[derive(Debug, Clone)]
pub(super) enum Expectation {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    /// Text in which capitals do not count, in lower case.
    TextInAnyCase(String),
    /// An array or an object.
    Json(Value),
    /// All of them must hold.
    Operators(Vec<Operator>),
    /// Damaged.
    Never,
}

impl Expectation {
    pub(super) fn compile(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Boolean(*truth),
            Value::Number(numeric) => Self::Number(coercion::double(numeric)),
            Value::String(text) => Self::Text(text.clone()),
            Value::Object(members) if has_operators_only(members) => {
                Self::operators(members, place, compiler)
            }
            Value::Array(_) | Value::Object(_) => Self::json(value, place, compiler),
        }
    }

    /// An element of `$alli`, which compares text in any case and everything else as ever.
    pub(super) fn compile_in_any_case(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        match Self::compile(value, place, compiler) {
            Self::Text(text) => Self::TextInAnyCase(Case::Insensitive.fold(&text).into_owned()),
            other @ (Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::TextInAnyCase(_)
            | Self::Json(_)
            | Self::Operators(_)
            | Self::Never) => other,
        }
    }

    fn operators(members: &Map<String, Value>, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        let operators = compiler.deeper(place, |compiler| {
            let each = members.iter();
            each.map(|(name, value)| Operator::compile(name, value, place.member(name), compiler)).collect()
        });
        operators.map_or(Self::Never, Self::Operators)
    }

    fn json(value: &Value, place: Place<'_>, compiler: &mut Compiler<'_>) -> Self {
        if value.as_object().is_some_and(|members| members.keys().any(|name| name.starts_with('$'))) {
            compiler
                .mistakes
                .note(place, "mixes operators with other names, so it is compared as plain JSON");
        }
        compiler.keep(value, place).map_or(Self::Never, Self::Json)
    }

    /// Adds what it asks of the attribute at the beginning of `path`.
    pub(super) fn uses(&self, path: &Path, into: &mut Uses) {
        match self {
            Self::Operators(operators) if path.is_attribute() => {
                operators.iter().for_each(|operator| operator.uses(path, into));
            }
            // What a number never is.
            Self::Never => into.put(path.attribute(), f64::INFINITY),
            Self::Operators(_)
            | Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::TextInAnyCase(_)
            | Self::Json(_) => into.put(path.attribute(), EACH_CHANGE),
        }
    }

    pub(super) fn met_by(&self, actual: &Value) -> bool {
        match self {
            Self::Null => actual.is_null(),
            Self::Boolean(truth) => !actual.is_null() && coercion::truthy(actual) == *truth,
            Self::Number(number) => coercion::number(actual) == *number,
            Self::Text(text) => coercion::text(actual) == text.as_str(),
            Self::TextInAnyCase(text) => Case::Insensitive.fold(&coercion::text(actual)) == text.as_str(),
            Self::Json(json) => coercion::same(actual, json),
            Self::Operators(operators) => operators.iter().all(|operator| operator.holds(actual)),
            Self::Never => false,
        }
    }
}

/// Whether an object is one of operators: it has members and all their names start with `$`.
pub(super) fn has_operators_only(members: &Map<String, Value>) -> bool {
    !members.is_empty() && members.keys().all(|name| name.starts_with('$'))
}
