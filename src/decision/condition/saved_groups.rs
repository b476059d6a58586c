//! Saved groups: lists of values that conditions refer to by id (`$inGroup`), and any list to be looked through.
//!
//! Membership is JavaScript's `===`: text never equals a number, and no array or object equals another.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::coercion::{self, Case};
use crate::document::mistake::{Mistakes, Place};

/// Lists of values and their ids, in the order of these.
#[derive(Debug, Default, Clone)]
pub struct SavedGroups(Vec<(String, Arc<Members>)>);

impl SavedGroups {
    /// The groups in `wire`, an object of ids and arrays; what is wrong with one is noted, and it is left out.
    #[must_use]
    pub fn compile(wire: &Map<String, Value>, place: Place<'_>, mistakes: &mut Mistakes) -> Self {
        let mut groups = Vec::new();
        for (id, list) in wire {
            let place = place.member(id);
            let (members, is_sound) = mistakes.part(|mistakes| match list {
                Value::Array(list) => Members::compile(list, Case::Sensitive, place, mistakes),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    mistakes.note(place, "must be an array of the values that are in the group");
                    Members::default()
                }
            });
            if is_sound {
                groups.push((id.clone(), Arc::new(members)));
            }
        }
        Self(groups)
    }

    /// The ids of all groups.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_str())
    }

    pub(super) fn members(&self, id: &str) -> Option<Arc<Members>> {
        self.0.iter().find(|(other, _)| other == id).map(|(_, members)| Arc::clone(members))
    }
}

/// The values of a list, each as its [`key`]: groups of ids run to many thousands.
#[derive(Debug, Default)]
pub(super) struct Members(BTreeSet<String>);

impl Members {
    pub(super) fn compile(list: &[Value], case: Case, place: Place<'_>, mistakes: &mut Mistakes) -> Self {
        let mut members = Self::default();
        for (index, value) in list.iter().enumerate() {
            match key(value, case) {
                Some(key) => _ = members.0.insert(key),
                None => mistakes.note(
                    place.element(index),
                    "must be text, a number, a boolean or null: nothing else can be in a list",
                ),
            }
        }
        members
    }

    /// Whether `value`, or an element of it when it is an array, is in the list.
    pub(super) fn meet(&self, value: &Value, case: Case) -> bool {
        match value {
            Value::Array(elements) => elements.iter().any(|element| self.contain(element, case)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.contain(value, case)
            }
        }
    }

    fn contain(&self, value: &Value, case: Case) -> bool {
        key(value, case).is_some_and(|key| self.0.contains(&key))
    }
}

/// A text that two values have in common when they are the same to `===`; none for what never is.
fn key(value: &Value, case: Case) -> Option<String> {
    match value {
        Value::Null | Value::Bool(_) => Some(coercion::text(value).into_owned()),
        // The bits of a double, but for -0, which equals 0.
        Value::Number(numeric) => Some(format!("{:016x}", (coercion::double(numeric) + 0.0).to_bits())),
        Value::String(text) => Some("\"".to_owned() + &case.fold(text)),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compile(groups: &Value) -> (SavedGroups, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let groups = SavedGroups::compile(groups.as_object().unwrap(), Place::Root, &mut mistakes);
        (groups, mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_value_is_in_a_group_only_as_its_own_type() {
        let (groups, mistakes) = compile(&json!({"g": [3, "2", 1.5, -0.0, true, null]}));
        let members = groups.members("g").unwrap();
        assert_eq!(mistakes, Vec::<String>::new());
        for value in [json!(3.0), json!("2"), json!(1.5), json!(0), json!(true), json!(null), json!(["x", 3])]
        {
            assert!(members.meet(&value, Case::Sensitive), "{value}");
        }
        for value in [json!("3"), json!(2), json!(false), json!([]), json!([[3]]), json!({})] {
            assert!(!members.meet(&value, Case::Sensitive), "{value}");
        }
    }

    #[test]
    fn a_damaged_group_is_a_mistake_and_left_out() {
        let (groups, mistakes) = compile(&json!({"a": "x", "b": [[1], 2], "c": [2]}));
        assert_eq!(mistakes.len(), 2);
        assert!(mistakes[0].starts_with("$.a: ") && mistakes[1].starts_with("$.b[0]: "), "{mistakes:?}");
        assert!(groups.members("a").is_none() && groups.members("b").is_none());
        assert!(groups.members("c").unwrap().meet(&json!(2), Case::Sensitive));
    }
}
