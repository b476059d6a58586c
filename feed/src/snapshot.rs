//! A person as pages read them: the Activation API's `data` object of an alias, and what in it changes with time alone.
//!
//! Windows are judged when the snapshot is read. `pintle:later` says from which instant on a feature has which value, and
//! since when a feature counts seconds: no alarm and no write is needed when a window passes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::declaration::Declarations;
use crate::event::Trust;
use crate::person::Person;

/// How many changes with time a feature may have in a snapshot.
const MAX_STEPS: usize = 128;

/// What changes with time.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Later {
    /// From which instant on, in milliseconds since 1970, a feature has which value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, Vec<(i64, Value)>>,
    /// Since when a feature counts seconds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub since: BTreeMap<String, i64>,
}

/// The features of a person at `now_ms`, in milliseconds since 1970.
#[must_use]
pub fn features(declarations: &Declarations, person: &Person<'_>, now_ms: i64) -> Map<String, Value> {
    let plain = declarations.plain.iter().filter_map(|name| {
        let value = person.traits(name, Trust::Browser, None).remove(name)?;
        Some((name.clone(), value))
    });
    let declared =
        declarations.features.iter().map(|(name, feature)| (name.clone(), feature.value(person, now_ms)));
    plain.chain(declared).collect()
}

/// What of them changes after `now_ms` though nothing more happens.
#[must_use]
pub fn later(declarations: &Declarations, person: &Person<'_>, now_ms: i64) -> Later {
    let mut later = Later::default();
    for (name, feature) in &declarations.features {
        let since_ms = feature.since_ms(person, now_ms);
        let mut value = feature.value(person, now_ms);
        let mut steps = Vec::new();
        for at_ms in feature.turns(person, now_ms) {
            // As long as it counts seconds it is told since when, and not how many there are.
            if feature.since_ms(person, at_ms).is_some() {
                continue;
            }
            let next = feature.value(person, at_ms);
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

/// The `data` object of an alias, in the view of this name.
#[must_use]
pub fn data(view: &str, declarations: &Declarations, person: &Person<'_>, now_ms: i64) -> String {
    let mut data = json!({ view: features(declarations, person, now_ms) });
    let later = later(declarations, person, now_ms);
    if let (true, Some(data)) = (later != Later::default(), data.as_object_mut()) {
        data.insert("pintle:later".to_owned(), serde_json::to_value(&later).unwrap_or_default());
    }
    data.to_string()
}
