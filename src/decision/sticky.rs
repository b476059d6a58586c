//! Sticky buckets: which variation somebody was given before, which stays theirs whatever becomes of weights, conditions and
//! namespaces.
//!
//! For each attribute and value (`id||i123`) the variation's key by experiment and version (`checkout__0`), as GrowthBook's
//! SDK stores them. It does not know where they are kept.

use serde_json::{Map, Value};

use super::condition::Attributes;
use super::hashed::{Hashed, Who};

/// The most assignments that are remembered: they travel with every request.
const MAX: usize = 24;

/// The variations that were given.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Sticky(
    /// An object of assignments by attribute and value.
    pub Map<String, Value>,
);

/// How an experiment remembers.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Versions {
    /// Which version of the experiment it is.
    pub(super) bucket: u32,
    /// Whoever has a variation of a version below this one leaves the experiment.
    pub(super) least: u32,
    /// Whether it remembers nothing.
    pub(super) disabled: bool,
    /// Whether it says anything that only matters to sticky buckets.
    pub(super) is_asked_for: bool,
}

/// What was remembered of an experiment.
pub(super) enum Remembered<'s> {
    Nothing,
    /// The key of the variation.
    Variation(&'s str),
    /// They had a variation of a version that has gone.
    Blocked,
}

impl Sticky {
    /// What was remembered of the experiment `key` for a visitor.
    pub(super) fn of(
        &self,
        key: &str,
        versions: Versions,
        hashed: &Hashed,
        attributes: Attributes<'_>,
    ) -> Remembered<'_> {
        let who = hashed.both(attributes);
        let assigned = |version: u32| {
            let name = member(key, version);
            // What is remembered by the first attribute goes before the fallback's.
            who.iter().flatten().rev().find_map(|who| self.0.get(&document(who))?.get(&name)?.as_str())
        };
        if self.0.is_empty() {
            return Remembered::Nothing;
        }
        if (0..versions.least).any(|version| assigned(version).is_some()) {
            return Remembered::Blocked;
        }
        assigned(versions.bucket).map_or(Remembered::Nothing, Remembered::Variation)
    }

    /// Forgets, where there is no room, what was given by experiments that there are no more.
    pub(super) fn make_room(&mut self, is_there: impl Fn(&str) -> bool) {
        if self.known() < MAX {
            return;
        }
        for assignments in self.0.values_mut().filter_map(Value::as_object_mut) {
            let mut kept = Map::new();
            for (member, variation) in &*assignments {
                if member.rsplit_once("__").is_some_and(|(experiment, _)| is_there(experiment)) {
                    kept.insert(member.clone(), variation.clone());
                }
            }
            *assignments = kept;
        }
    }

    fn known(&self) -> usize {
        self.0.values().filter_map(Value::as_object).map(Map::len).sum()
    }

    /// Remembers a variation, unless there are too many already.
    pub(super) fn remember(&mut self, who: &Who<'_>, key: &str, versions: Versions, variation: &str) {
        let (document, member) = (document(who), member(key, versions.bucket));
        let is_full = self.known() >= MAX;
        if self.0.get(&document).is_none() && !is_full {
            self.0.insert(document.clone(), Map::new().into());
        }
        let assignments = self.0.get_mut(&document).and_then(Value::as_object_mut);
        if let Some(assignments) = assignments.filter(|known| !is_full || known.contains_key(&member)) {
            assignments.insert(member, variation.into());
        }
    }
}

fn document(who: &Who<'_>) -> String {
    who.attribute.to_string() + "||" + &who.value
}

fn member(key: &str, version: u32) -> String {
    key.to_owned() + "__" + &version.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_so_much_is_remembered_and_what_has_gone_makes_room() {
        let attributes = json!({"id": "1"}).as_object().cloned().unwrap();
        let [_, who] = Hashed::new(None, None).both(Attributes::from(&attributes));
        let (mut sticky, who) = (Sticky::default(), who.unwrap());
        for experiment in 0..MAX + 5 {
            sticky.remember(&who, &format!("e__{experiment}"), Versions::default(), "red");
        }
        sticky.remember(&who, "e__0", Versions::default(), "blue");
        assert_eq!(sticky.known(), MAX);
        assert_eq!(sticky.0["id||1"]["e__0__0"], "blue");
        sticky.make_room(|experiment| experiment == "e__0");
        assert_eq!(sticky.0, *json!({"id||1": {"e__0__0": "blue"}}).as_object().unwrap());
    }
}
