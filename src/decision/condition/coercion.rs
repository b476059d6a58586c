//! How JavaScript turns one type into another and compares what it gets (ECMA-262), for JSON values.
//!
//! GrowthBook's conditions mean what JavaScript's operators mean. It does not decide which operator is asked.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use crate::ecmascript;

/// `value + ""`.
pub(in crate::decision) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Number(numeric) => ecmascript::text_of(double(numeric)).into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(elements) => elements.iter().map(joined).collect::<Vec<_>>().join(",").into(),
        Value::Object(_) => "[object Object]".into(),
    }
}

/// An element of an array that becomes text: JavaScript writes nothing for null there.
fn joined(element: &Value) -> Cow<'_, str> {
    if element.is_null() { "".into() } else { text(element) }
}

/// `value * 1`.
pub(super) fn number(value: &Value) -> f64 {
    match Primitive::of(value) {
        Primitive::Text(text) => ecmascript::number_of(&text),
        Primitive::Number(number) => number,
    }
}

/// `!!value`.
pub(in crate::decision) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(numeric) => double(numeric) != 0.0,
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// Whether two values are the same JSON; 1 is 1.0, and the order of members does not count.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => double(one) == double(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// A number of JSON as JavaScript holds it.
pub(super) fn double(numeric: &serde_json::Number) -> f64 {
    numeric.as_f64().unwrap_or(f64::NAN)
}

/// Whether capitals count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Sensitive,
    Insensitive,
}

impl Case {
    /// The text by which to compare: `text.toLowerCase()` where capitals do not count.
    pub(super) fn fold(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Sensitive => text.into(),
            Self::Insensitive => ecmascript::lower(text).into(),
        }
    }
}

/// What a value is to `<` and `>`: text, or else a number.
#[derive(Debug, Clone)]
pub(super) enum Primitive<'v> {
    Text(Cow<'v, str>),
    Number(f64),
}

impl<'v> Primitive<'v> {
    pub(super) fn of(value: &'v Value) -> Self {
        match value {
            Value::Null => Self::Number(0.0),
            Value::Bool(truth) => Self::Number(f64::from(u8::from(*truth))),
            Value::Number(numeric) => Self::Number(double(numeric)),
            Value::String(_) | Value::Array(_) | Value::Object(_) => Self::Text(text(value)),
        }
    }

    /// The same, independent of the value that it was made of.
    pub(super) fn into_owned(self) -> Primitive<'static> {
        match self {
            Self::Text(text) => Primitive::Text(text.into_owned().into()),
            Self::Number(number) => Primitive::Number(number),
        }
    }

    /// How the two compare; nothing where one of them is not a number and so no comparison holds.
    pub(super) fn order(&self, other: &Primitive<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(one), Primitive::Text(other)) => Some(order_text(one, other)),
            (Self::Number(one), Primitive::Number(other)) => one.partial_cmp(other),
            (Self::Text(one), Primitive::Number(other)) => ecmascript::number_of(one).partial_cmp(other),
            (Self::Number(one), Primitive::Text(other)) => one.partial_cmp(&ecmascript::number_of(other)),
        }
    }
}

/// The order of two texts by UTF-16 code units, which is not that of their bytes beyond U+FFFF.
pub(super) fn order_text(one: &str, other: &str) -> Ordering {
    one.encode_utf16().cmp(other.encode_utf16())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_the_text_that_javascript_makes_of_them() {
        assert_eq!(text(&json!([1.0, null, ["a", true], {}])), "1,,a,true,[object Object]");
        assert_eq!(text(&json!(null)), "null");
    }

    #[test]
    fn values_become_the_numbers_that_javascript_makes_of_them() {
        for (value, expected) in [
            (json!(null), 0.0),
            (json!(true), 1.0),
            (json!([]), 0.0),
            (json!(["0x10"]), 16.0),
            (json!(" 7 "), 7.0),
        ] {
            assert_eq!(number(&value), expected, "{value}");
        }
        assert!(number(&json!({})).is_nan());
        assert!(number(&json!([1, 2])).is_nan());
    }

    #[test]
    fn text_is_ordered_by_utf_16_code_units() {
        assert_eq!(order_text("\u{1f600}", "\u{ffee}"), Ordering::Less);
        assert_eq!(order_text("Z", "a"), Ordering::Less);
    }

    #[test]
    fn a_text_that_is_no_number_has_no_order_beside_a_number() {
        assert_eq!(Primitive::of(&json!("abc")).order(&Primitive::Number(1.0)), None);
    }

    #[test]
    fn values_are_the_same_when_their_json_means_the_same() {
        assert!(same(&json!({"a": [1, 2.0], "b": null}), &json!({"b": null, "a": [1.0, 2]})));
        assert!(!same(&json!({"a": 1}), &json!({"b": 1})));
        assert!(!same(&json!([1]), &json!(["1"])));
    }
}
