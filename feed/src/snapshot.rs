//! A person as pages read them: the Activation API's `data` object of an alias, and what in it changes with time alone.
//!
//! Windows are judged when the snapshot is read. `pintle:later` says from which instant on a feature has which value, and
//! since when a feature counts seconds: no alarm and no write is needed when a window passes.

use litemap::LiteMap;
use pintle::profile::later;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::declaration::Declarations;
use crate::event::Trust;
use crate::person::Person;
use crate::sorted::put;

/// The reserved member of a `data` object that says since when features are exact that are not from the beginning:
/// `{"FEATURE": t_ms}`. Whoever looks into KV reads it; pages do not, and the Activation API leaves it out.
pub const EXACT: &str = "pintle:exact";
/// How many changes with time a feature may have in a snapshot.
const MAX_STEPS: usize = 128;

/// What changes with time.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Later {
    /// From which instant on, in milliseconds since 1970, a feature has which value.
    #[serde(serialize_with = "crate::sorted::serialize", skip_serializing_if = "LiteMap::is_empty")]
    pub steps: LiteMap<String, Vec<(i64, Value)>>,
    /// Since when a feature counts seconds.
    #[serde(serialize_with = "crate::sorted::serialize", skip_serializing_if = "LiteMap::is_empty")]
    pub since: LiteMap<String, i64>,
}

/// The features of a person at `now_ms`, in milliseconds since 1970.
#[must_use]
pub fn features(declarations: &Declarations, person: &Person<'_>, now_ms: i64) -> Map<String, Value> {
    let plain = declarations.plain.iter().filter_map(|name| {
        let value = person.traits(name, Trust::Browser, None).remove(name)?;
        Some((name.clone(), value))
    });
    let mut features = Map::new();
    features.extend(plain);
    // What is recommended is made of the others, too.
    for is_recommended in [false, true] {
        let each =
            declarations.features.iter().filter(|(_, feature)| feature.is_recommended() == is_recommended);
        let valued = each.filter_map(|(name, feature)| {
            Some((name.clone(), feature.value(person, now_ms, &features).ok()?))
        });
        let valued: Vec<_> = valued.collect();
        features.extend(valued);
    }
    features
}

/// The tables that features cannot be made of, and why, each once.
#[must_use]
pub fn troubles(declarations: &Declarations, person: &Person<'_>, now_ms: i64) -> LiteMap<String, String> {
    let nothing = Map::new();
    let recommended = declarations.features.values().filter(|feature| feature.is_recommended());
    let failed = recommended.filter_map(|feature| feature.value(person, now_ms, &nothing).err());
    failed.map(|(table, why)| (table.to_owned(), why.to_string())).collect()
}

/// What of them changes after `now_ms` though nothing more happens.
#[must_use]
pub fn later(declarations: &Declarations, person: &Person<'_>, now_ms: i64) -> Later {
    let mut later = Later::default();
    for (name, feature) in &declarations.features {
        let since_ms = feature.since_ms(person, now_ms);
        let others = feature.refers_to();
        let value_at = |at_ms| {
            let of_others =
                if others.is_empty() { Map::new() } else { features(declarations, person, at_ms) };
            feature.value(person, at_ms, &of_others).unwrap_or_default()
        };
        let mut turns = feature.turns(person, now_ms);
        for other in &others {
            let of_other = declarations.features.get(other).map(|other| other.turns(person, now_ms));
            of_other.into_iter().flatten().for_each(|at_ms| put(&mut turns, at_ms));
        }
        let mut value = if turns.is_empty() { Value::Null } else { value_at(now_ms) };
        let mut steps = Vec::new();
        for at_ms in turns {
            // As long as it counts seconds it is told since when, and not how many there are.
            if feature.since_ms(person, at_ms).is_some() {
                continue;
            }
            let next = value_at(at_ms);
            if next != value {
                steps.push((at_ms, next.clone()));
                value = next;
            }
        }
        steps.truncate(MAX_STEPS);
        if !steps.is_empty() {
            later.steps.insert(name.clone(), steps);
        }
        if let Some(since_ms) = since_ms {
            later.since.insert(name.clone(), since_ms);
        }
    }
    later
}

/// What of a person stays as it is until something happens: values and changes with time, told from the beginning of it.
#[must_use]
pub fn lasting(declarations: &Declarations, person: &Person<'_>) -> (Map<String, Value>, Later) {
    let begin_ms = person.begin_ms();
    (features(declarations, person, begin_ms), later(declarations, person, begin_ms))
}

/// The `data` object of an alias, in the view of this name.
#[must_use]
pub fn data(view: &str, declarations: &Declarations, person: &Person<'_>, now_ms: i64) -> String {
    let mut data = json!({ view: features(declarations, person, now_ms) });
    let later = later(declarations, person, now_ms);
    if let (true, Some(data)) = (later != Later::default(), data.as_object_mut()) {
        data.insert(later::MEMBER.to_owned(), serde_json::to_value(&later).unwrap_or_default());
    }
    let exact = declarations.exact(person, now_ms);
    if let (false, Some(data)) = (exact.is_empty(), data.as_object_mut()) {
        data.insert(EXACT.to_owned(), exact.into());
    }
    data.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pintle::document::mistake::{Mistakes, Place};

    use super::*;
    use crate::event::Event;
    use crate::person::log::Log;

    const HOUR_MS: i64 = 3_600_000;

    fn declarations(profile: &Value) -> Declarations {
        Declarations::compile(Some(profile), Place::Root, BTreeSet::new(), &mut Mistakes::default())
    }

    /// Bought at each of these hours, for as much as the hour.
    fn bought(at_h: &[i64], declarations: &Declarations) -> Log {
        let mut log = Log::default();
        for at_h in at_h {
            let event = json!({"type": "track", "event": "Buy", "userId": "u", "messageId": at_h.to_string(),
                "properties": {"total": at_h}});
            let mut event = Event::read(&event, 0, Trust::Browser).unwrap();
            event.stamp.at_ms = at_h * HOUR_MS;
            log.insert(declarations.keep(&event).unwrap());
        }
        log
    }

    #[test]
    fn a_window_that_passes_is_told_beforehand_and_ends_where_the_value_at_that_time_would() {
        let declarations = declarations(&json!({
            "WEEKLY": {"count": {"event": "Buy", "window": "10h"}},
            "LAST": {"last": {"event": "Buy", "value": "properties.total", "window": "10h"}},
            "EVER": {"count": {"event": "Buy"}},
        }));
        let log = bought(&[1, 3, 7], &declarations);
        let person = Person::of([&log]);
        let later = later(&declarations, &person, 8 * HOUR_MS);
        let steps = json!({
            "LAST": [[17 * HOUR_MS, null]],
            "WEEKLY": [[11 * HOUR_MS, 2], [13 * HOUR_MS, 1], [17 * HOUR_MS, 0]],
        });
        assert_eq!(serde_json::to_value(&later).unwrap(), json!({ "steps": steps }));
        for (name, steps) in later.steps {
            for (at_ms, value) in steps {
                assert_eq!(features(&declarations, &person, at_ms)[&name], value, "{name} at {at_ms}");
                assert_ne!(
                    features(&declarations, &person, at_ms - 1)[&name],
                    value,
                    "{name} before {at_ms}"
                );
            }
        }
    }

    #[test]
    fn a_feature_that_counts_seconds_tells_since_when_and_when_it_ends() {
        let declarations = declarations(&json!({
            "AGO": {"timeSinceLast": {"event": "Buy"}},
            "FRESH": {"timeSinceLast": {"event": "Buy", "window": "10h"}},
        }));
        let log = bought(&[1, 3], &declarations);
        let told = data("V", &declarations, &Person::of([&log]), 4 * HOUR_MS);
        let expected = json!({
            "V": {"AGO": 3_600, "FRESH": 3_600},
            "pintle:later": {
                "since": {"AGO": 3 * HOUR_MS, "FRESH": 3 * HOUR_MS},
                "steps": {"FRESH": [[13 * HOUR_MS, null]]},
            },
        });
        assert_eq!(told, expected.to_string());
    }

    #[test]
    fn a_sum_of_more_events_than_are_kept_says_since_when_it_is_exact_and_a_window_within_them_does_not() {
        let declarations = declarations(&json!({
            "EVER": {"count": {"event": "Buy"}}, "DAILY": {"count": {"event": "Buy", "window": "1d"}},
        }));
        let all: Vec<_> = (1..=1_003).collect();
        let log = bought(&all, &declarations);
        let told = data("V", &declarations, &Person::of([&log]), 1_004 * HOUR_MS);
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["V"], json!({"EVER": 1_000, "DAILY": 23}));
        assert_eq!(told[EXACT], json!({ "EVER": 3 * HOUR_MS }));
    }

    #[test]
    fn what_does_not_change_with_time_says_nothing_of_later() {
        let declarations = declarations(&json!({ "EVER": {"count": {"event": "Buy"}} }));
        let log = bought(&[1], &declarations);
        assert_eq!(data("V", &declarations, &Person::of([&log]), HOUR_MS), r#"{"V":{"EVER":1}}"#);
    }
}
