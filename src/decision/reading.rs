//! Reading the members of rules and experiments, which are damaged by one that is not as it must be.
//!
//! What is damaged is left out of the decision and the others stay; a member that is only unknown damages no rule unless it was
//! meant to be one that is known. Whoever delivers sees by the mistake that the feature is not what its author meant.

use std::sync::Arc;

use serde_json::Value;

use super::bucket::HashVersion;
use super::hashed::Hashed;
use super::range::Range;
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::Object;

/// What ranges must be.
pub(super) const RANGES: &str = "must be an array of ranges such as [0, 0.5]";

pub(super) struct Reading<'m> {
    pub(super) mistakes: &'m mut Mistakes,
    /// Whether what is being read cannot be used.
    pub(super) is_damaged: bool,
}

impl<'m> Reading<'m> {
    pub(super) fn new(mistakes: &'m mut Mistakes) -> Self {
        Self { mistakes, is_damaged: false }
    }

    /// Notes a mistake that makes it unusable.
    pub(super) fn wrong(&mut self, place: Place<'_>, what: &str) {
        self.mistakes.note(place, what);
        self.is_damaged = true;
    }

    /// The member `name` as `read` has it, if it is there.
    pub(super) fn take<'v, T>(
        &mut self,
        object: &mut Object<'v, '_>,
        name: &'static str,
        must_be: &str,
        read: fn(&'v Value) -> Option<T>,
    ) -> Option<T> {
        let value = read(object.take(name)?);
        if value.is_none() {
            self.wrong(object.at(name), must_be);
        }
        value
    }

    pub(super) fn text<'v>(&mut self, object: &mut Object<'v, '_>, name: &'static str) -> Option<&'v str> {
        self.take(object, name, "must be text", Value::as_str)
    }

    pub(super) fn number(&mut self, object: &mut Object<'_, '_>, name: &'static str) -> Option<f64> {
        self.take(object, name, "must be a number", Value::as_f64)
    }

    pub(super) fn truth(&mut self, object: &mut Object<'_, '_>, name: &'static str) -> Option<bool> {
        self.take(object, name, "must be true or false", Value::as_bool)
    }

    /// By which attribute visitors are put into buckets.
    pub(super) fn hashed(&mut self, object: &mut Object<'_, '_>) -> Hashed {
        let attribute = self.text(object, "hashAttribute");
        Hashed::new(attribute, self.text(object, "fallbackAttribute"))
    }

    pub(super) fn hash_version(&mut self, object: &mut Object<'_, '_>) -> Option<HashVersion> {
        self.take(object, "hashVersion", "must be 1 or 2", |value| match value.as_f64() {
            Some(1.0) => Some(HashVersion::One),
            Some(2.0) => Some(HashVersion::Two),
            _ => None,
        })
    }

    pub(super) fn array<'v>(&mut self, value: &'v Value, place: Place<'_>) -> &'v [Value] {
        if !value.is_array() {
            self.wrong(place, "must be an array");
        }
        value.as_array().map_or(&[][..], Vec::as_slice)
    }

    /// What `read` makes of the elements of an array, without those of which it makes nothing.
    pub(super) fn each<T>(
        &mut self,
        value: &Value,
        place: Place<'_>,
        read: impl Fn(&Value, Place<'_>, &mut Self) -> Option<T>,
    ) -> Vec<T> {
        let each = self.array(value, place).iter().enumerate();
        each.filter_map(|(index, value)| read(value, place.element(index), self)).collect()
    }

    pub(super) fn object<'v, 'p>(&mut self, value: &'v Value, place: Place<'p>) -> Option<Object<'v, 'p>> {
        let object = Object::read(value, place, self.mistakes);
        self.is_damaged |= object.is_none();
        object
    }

    /// Tells the members that nobody took.
    pub(super) fn finish(&mut self, object: &Object<'_, '_>, what: &'static str) {
        self.is_damaged |= object.is_misspelt();
        let told = |name: &str| match object.meant(name) {
            Some(known) => format!("{what}: did you mean `{known}`?"),
            None => what.to_owned(),
        };
        object.finish_as(told, self.mistakes);
    }
}

/// A text that decisions share.
#[inline(never)]
pub(super) fn shared(text: &str) -> Arc<str> {
    text.into()
}

/// `[0, 0.5]`
pub(super) fn range(value: &Value) -> Option<Range> {
    let [start, end] = value.as_array()?.as_slice() else { return None };
    Some(Range(start.as_f64()?, end.as_f64()?))
}

pub(super) fn ranges(value: &Value) -> Option<Vec<Range>> {
    value.as_array()?.iter().map(range).collect()
}

pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}
