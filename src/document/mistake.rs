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

/// The mistakes found so far, and what they damage: the part that they stand in, or all.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Mistakes {
    all: Vec<Mistake>,
    /// How many of them stand in a part.
    of_parts: usize,
}

impl Mistakes {
    /// Notes that `what` is wrong at `at`.
    pub fn note(&mut self, at: impl fmt::Display, what: impl Into<String>) {
        self.all.push(Mistake { at: at.to_string(), what: what.into() });
    }

    /// Reads a part without which the others can do: what is wrong with it damages it and nothing else. The second value
    /// says whether nothing is.
    pub fn part<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let before = (self.all.len(), self.of_parts);
        let part = read(self);
        (part, self.bound(before))
    }

    /// Says of all mistakes since `before` that they stand in a part, and whether there are none. Apart, so that it is there
    /// once for all parts.
    fn bound(&mut self, (before, of_parts): (usize, usize)) -> bool {
        let found = self.all.len() - before;
        self.of_parts = of_parts + found;
        found == 0
    }

    /// Whether one of them damages more than the part that it stands in.
    #[must_use]
    pub fn damage_all(&self) -> bool {
        self.all.len() > self.of_parts
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The mistakes in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.all.iter()
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
    fn what_is_wrong_with_a_part_damages_that_part_alone() {
        let mut mistakes = Mistakes::default();
        assert_eq!(mistakes.part(|_| 1), (1, true));
        let wrong = mistakes.part(|mistakes| {
            mistakes.note("$.a", "is wrong");
            mistakes.part(|mistakes| mistakes.note("$.a.b", "is wrong"))
        });
        assert_eq!(wrong, (((), false), false));
        assert!(!mistakes.damage_all() && mistakes.iter().len() == 2);
        mistakes.note("$", "is wrong");
        assert!(mistakes.damage_all());
    }

    #[test]
    fn a_place_is_written_as_a_json_path() {
        let features = Place::Root.member("features");
        let rules = features.member("signed up").member("rules").to_string();
        assert_eq!(rules, r#"$.features["signed up"].rules"#);
        assert_eq!(features.element(2).member("$in").to_string(), "$.features[2].$in");
    }
}
