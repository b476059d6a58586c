//! What of a profile changes with time alone: windows that pass, and counts of seconds.
//!
//! Beside its views the feed's `data` object may have the member [`MEMBER`]:
//! `{"steps": {"FEATURE": [[t_ms, value], …]}, "since": {"FEATURE": t_ms}}`. From the instant `t_ms` on (milliseconds since
//! 1970) a feature of `steps` has that value, and one of `since` is the whole seconds that passed since then. So a window
//! passes without anybody writing. A name with a colon and no capital is no view of RudderStack's.

use serde_json::{Map, Value};

use crate::decision::Uses;
use crate::document::json;

/// The reserved member of a `data` object.
pub const MEMBER: &str = "pintle:later";

/// What holds at `now_ms`, if anything does, and when the next thing will.
type Holds = (Option<Value>, Option<u64>);
/// Reads it of what is told of one feature, where so many seconds decide next; nothing when that is not what it should be.
type Read = fn(&Value, u64, &dyn Fn(u64) -> Option<u64>) -> Option<Holds>;

/// Brings the `wanted` ones of `features` to what they are at `now_ms`, by the JSON text of the member. The outer `None` is a
/// text that is not what it should be; the inner one, that nothing which decides changes any more, else the next instant at
/// which something does. What is not wanted need not be understood. Without `wanted` all are.
#[inline(never)]
pub fn apply(
    later: &str,
    wanted: Option<&Uses>,
    features: &mut Map<String, Value>,
    now_ms: u64,
) -> Option<Option<u64>> {
    let later = json::members(later).ok()?;
    let mut until_ms: Option<u64> = None;
    let kinds: [(&str, Read); 2] = [("since", since), ("steps", steps)];
    for (kind, read) in kinds {
        let Some(of_kind) = later.get(kind) else { continue };
        for (name, told) in json::members(of_kind.get()).ok()?.iter() {
            if wanted.is_none_or(|wanted| wanted.contains(name)) {
                let next = |passed| wanted.and_then(|wanted| wanted.next(name, passed));
                let (value, next_ms) = read(&serde_json::from_str(told.get()).ok()?, now_ms, &next)?;
                features.extend(value.map(|value| (name.to_owned(), value)));
                until_ms = until_ms.into_iter().chain(next_ms).min();
            }
        }
    }
    Some(until_ms)
}

/// The last step that was taken holds.
fn steps(told: &Value, now_ms: u64, _: &dyn Fn(u64) -> Option<u64>) -> Option<Holds> {
    let (mut value, mut next_ms) = (None, None);
    for step in told.as_array()? {
        let [at_ms, then] = step.as_array()?.as_slice() else { return None };
        let at_ms = at_ms.as_u64()?;
        if at_ms <= now_ms {
            value = Some(then.clone());
        } else {
            next_ms = next_ms.or(Some(at_ms));
        }
    }
    Some((value, next_ms))
}

/// Whole seconds, and none before its time.
fn since(told: &Value, now_ms: u64, next: &dyn Fn(u64) -> Option<u64>) -> Option<Holds> {
    let at_ms = told.as_u64()?;
    let passed_s = now_ms.saturating_sub(at_ms) / 1_000;
    let next_ms = next(passed_s).map(|next_s| at_ms.saturating_add(next_s.saturating_mul(1_000)));
    Some((Some(passed_s.into()), next_ms))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decision::uses::EACH_CHANGE;

    fn of(name: &str, limits: &[f64]) -> Uses {
        let mut uses = Uses::default();
        limits.iter().for_each(|limit| uses.put(name, *limit));
        uses
    }

    /// What holds of the feature `F` that was 1, and until when.
    fn at(later: &Value, now_ms: u64) -> Option<(Value, Option<u64>)> {
        let mut features = Map::from_iter([("F".to_owned(), json!(1))]);
        let until_ms = apply(&later.to_string(), Some(&of("F", &[EACH_CHANGE])), &mut features, now_ms)?;
        Some((Value::Object(features), until_ms))
    }

    #[test]
    fn from_its_instant_on_a_step_holds_until_the_next() {
        let later = json!({ "steps": { "F": [[1_000, 2], [3_000, null]], "G": [[1_500, 9]] } });
        assert_eq!(at(&later, 999), Some((json!({ "F": 1 }), Some(1_000))));
        assert_eq!(at(&later, 1_000), Some((json!({ "F": 2 }), Some(3_000))));
        assert_eq!(at(&later, 2_999), Some((json!({ "F": 2 }), Some(3_000))));
        assert_eq!(at(&later, 3_000), Some((json!({ "F": null }), None)));
    }

    #[test]
    fn seconds_since_an_instant_are_whole_and_change_with_the_next() {
        let later = json!({ "since": { "F": 1_500 } });
        assert_eq!(at(&later, 1_000), Some((json!({ "F": 0 }), Some(2_500))));
        assert_eq!(at(&later, 2_499), Some((json!({ "F": 0 }), Some(2_500))));
        assert_eq!(at(&later, 2_500), Some((json!({ "F": 1 }), Some(3_500))));
        let both = json!({ "since": { "F": 1_500 }, "steps": { "F": [[2_000, 7]] } });
        assert_eq!(at(&both, 1_600), Some((json!({ "F": 0 }), Some(2_000))));
    }

    #[test]
    fn seconds_that_only_decide_by_how_many_they_are_change_something_at_those_numbers() {
        let later = json!({ "since": { "F": 1_500 }, "steps": { "F": [[99_000, null]] } }).to_string();
        let until = |limits: &[f64], now_ms| {
            let mut features = Map::new();
            let until_ms = apply(&later, Some(&of("F", limits)), &mut features, now_ms).unwrap();
            (features["F"].clone(), until_ms)
        };
        assert_eq!(until(&[60.0], 2_500), (json!(1), Some(61_500)));
        assert_eq!(until(&[60.0], 61_500), (json!(60), Some(62_500)));
        assert_eq!(until(&[60.0], 62_500), (json!(61), Some(99_000)));
        assert_eq!(until(&[60.0, EACH_CHANGE], 2_500), (json!(1), Some(3_500)));
    }

    #[test]
    fn what_is_not_wanted_changes_nothing_and_need_not_be_understood() {
        let later = json!({ "steps": { "G": 7 }, "since": { "G": "soon" }, "more": [] });
        assert_eq!(at(&later, 0), Some((json!({ "F": 1 }), None)));
        assert_eq!(at(&json!({}), 0), Some((json!({ "F": 1 }), None)));
    }

    #[test]
    fn what_is_not_in_this_form_is_told_to_be_broken() {
        for later in [
            json!(null),
            json!([]),
            json!({ "steps": [] }),
            json!({ "since": null }),
            json!({ "steps": { "F": {} } }),
            json!({ "steps": { "F": [1] } }),
            json!({ "steps": { "F": [[1]] } }),
            json!({ "steps": { "F": [[1, 2, 3]] } }),
            json!({ "steps": { "F": [["1", 2]] } }),
            json!({ "steps": { "F": [[-1, 2]] } }),
            json!({ "since": { "F": 1.5 } }),
        ] {
            assert_eq!(at(&later, 5_000), None, "{later}");
        }
        assert_eq!(apply("{", None, &mut Map::new(), 0), None);
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        let later = json!({ "steps": { "F": [[u64::MAX, 2]] }, "since": { "F": 0 } });
        assert!(at(&later, u64::MAX).is_some() && at(&later, 0).is_some());
    }
}
