//! What is wrong with a setting, and where: collected, so that all of it is told at once.
//!
//! A place is the name of a variable (`LOOKUP_BUDGET_MS`) or a JSON path into `personalization.json`
//! (`$.features.signed_up.rules[0].condition`). A mistake never quotes a secret.

use std::fmt;

use serde_json::Value;

use crate::document::json;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The variable's name, or a JSON path that starts with `$`.
    pub at: String,
    /// What is wrong there and what would be right: one lower-case sentence without a full stop.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// The mistakes found so far.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Notes that `what` is wrong at `at`.
    pub fn note(&mut self, at: impl fmt::Display, what: impl Into<String>) {
        self.0.push(Mistake { at: at.to_string(), what: what.into() });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.0.iter()
    }

    /// The mistakes as JSON: `[{"at": "…", "what": "…"}]`.
    #[must_use]
    pub fn json(&self) -> Value {
        let each = self.iter().map(|Mistake { at, what }| {
            json::object([("at", at.as_str().into()), ("what", what.as_str().into())])
        });
        Value::Array(each.collect())
    }
}

/// A place inside `personalization.json`, written as a JSON path.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The whole document.
    Root,
    /// A member of an object.
    Member(&'a Place<'a>, &'a str),
    /// An element of an array, counted from 0.
    Element(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    /// The member `name` of the object at this place.
    #[must_use]
    pub fn member(&'a self, name: &'a str) -> Place<'a> {
        Place::Member(self, name)
    }

    /// The element at `index` of the array at this place.
    #[must_use]
    pub fn element(&'a self, index: usize) -> Place<'a> {
        Place::Element(self, index)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => f.write_str("$"),
            Place::Member(parent, name) if is_plain(name) => write!(f, "{parent}.{name}"),
            Place::Member(parent, name) => write!(f, "{parent}[{}]", json::text(&(*name).into())),
            Place::Element(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Names that need no quotes in a JSON path; `$in` and `father.age` are told apart by quoting the latter.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_a_json_path() {
        let features = Place::Root.member("features");
        let rules = features.member("signed up").member("rules").to_string();
        assert_eq!(rules, r#"$.features["signed up"].rules"#);
        assert_eq!(features.element(2).member("$in").to_string(), "$.features[2].$in");
    }
}
