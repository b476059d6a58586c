//! What a feature is made of: a trait, or events of a name or of a type, as far as they meet a condition, within a
//! window, and are said by somebody who may be heard.

use pintle::decision::{Condition, SavedGroups};
use pintle::document::duration;
use pintle::document::mistake::{Mistakes, Place};
use pintle::document::reader::Object;
use serde_json::Value;

use super::path::Path;
use crate::digest;
use crate::event::{Event, Kind, Stamp, Trust};
use crate::person::Person;
use crate::person::log::Kept;
use crate::sorted::put;

/// What is heard.
#[derive(Debug)]
pub struct Source {
    pub(super) of: Of,
    pub(super) value: Option<Path>,
    condition: Option<(Condition, Vec<Path>)>,
    /// In milliseconds.
    pub(super) window_ms: Option<i64>,
    pub(super) trust: Trust,
    /// What of an event is kept for it, by fingerprints.
    pub(super) kept: Vec<u32>,
}

/// Traits or events.
#[derive(Debug)]
pub(super) enum Of {
    Trait(Path),
    Track(String),
    Type(Kind),
    Steps(Vec<String>),
}

/// One value, and when it was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution<'p> {
    /// When, and in which event.
    pub stamp: &'p Stamp,
    /// The value; of an event that is only counted, null.
    pub value: &'p Value,
}

/// The value of an event that is only counted.
static NOTHING: Value = Value::Null;

impl Source {
    /// Compiles what stands under the operator: `object`, at `place`.
    pub(super) fn compile(
        object: &mut Object<'_, '_>,
        place: Place<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let of_trait = object.text("trait", mistakes);
        let event = object.text("event", mistakes);
        let of_type = object.text("type", mistakes);
        let of = match (of_trait, event, of_type) {
            (Some(path), None, None) => path_at(path, place.member("trait"), mistakes).map(Of::Trait),
            (None, Some(event), None) => Some(Of::Track(event.to_owned())),
            (None, None, Some(name)) => {
                let kind = Kind::named(name);
                if kind.is_none() {
                    mistakes
                        .note(place.member("type"), "is none of identify, track, page, screen, group, alias");
                }
                kind.map(Of::Type)
            }
            _ => {
                mistakes.note(place, "must have exactly one of `trait`, `event` and `type`");
                None
            }
        };
        let value = object.text("value", mistakes);
        let value = value.and_then(|path| path_at(path, place.member("value"), mistakes));
        let condition = object.take("where").map(|value| condition(value, place.member("where"), mistakes));
        let window = object.text("window", mistakes);
        let window_ms = window.and_then(|text| window_of(text, place.member("window"), mistakes));
        let source = Self { of: of?, value, condition, window_ms, trust: Trust::Browser, kept: Vec::new() };
        Some(source.with_fingerprints())
    }

    pub(super) fn steps(steps: Vec<String>) -> Self {
        let of = Of::Steps(steps);
        let kept = Vec::new();
        Self { of, value: None, condition: None, window_ms: None, trust: Trust::Browser, kept }
            .with_fingerprints()
    }

    fn with_fingerprints(mut self) -> Self {
        let mut kept = match &self.of {
            Of::Trait(path) => vec![fingerprint("trait", path.first(), "")],
            Of::Track(event) => vec![fingerprint("track", event, "")],
            Of::Type(kind) => vec![fingerprint("type", kind.name(), "")],
            Of::Steps(steps) => steps.iter().map(|step| fingerprint("track", step, "")).collect(),
        };
        for path in self.paths().map(Path::text) {
            match &self.of {
                Of::Track(event) => kept.push(fingerprint("track", event, &path)),
                Of::Type(kind) => kept.push(fingerprint("type", kind.name(), &path)),
                Of::Trait(_) | Of::Steps(_) => {}
            }
        }
        self.kept = kept;
        self
    }

    /// Since when all that it is made of is kept; nothing when it is from the beginning, or from before its window.
    pub(super) fn exact_since_ms(&self, is_present: bool, person: &Person<'_>, now_ms: i64) -> Option<i64> {
        let kept = self.kept.iter().filter_map(|kept| person.kept_since_ms(*kept)).max();
        // Of traits the last writes stay whatever else does not.
        let floor = person.floor_ms().filter(|_| !(is_present && self.of_trait().is_some()));
        let from_ms = self.since_ms(now_ms);
        kept.max(floor).filter(|since_ms| from_ms.is_none_or(|from_ms| *since_ms > from_ms))
    }

    /// The name of the trait that it is made of.
    pub(super) fn of_trait(&self) -> Option<&str> {
        match &self.of {
            Of::Trait(path) => Some(path.first()),
            Of::Track(_) | Of::Type(_) | Of::Steps(_) => None,
        }
    }

    /// Whether an event may matter to it, as an event.
    pub(super) fn hears(&self, event: &Event) -> bool {
        self.is_of(event.kind, event.whole.get("event").and_then(Value::as_str))
    }

    /// The paths into an event that it looks at.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let of_condition = self.condition.iter().flat_map(|(_, paths)| paths);
        self.value.iter().filter(|_| self.of_trait().is_none()).chain(of_condition)
    }

    fn is_of(&self, kind: Kind, name: Option<&str>) -> bool {
        match &self.of {
            Of::Trait(_) => false,
            Of::Track(event) => kind == Kind::Track && name == Some(event),
            Of::Type(of) => kind == *of,
            Of::Steps(steps) => kind == Kind::Track && steps.iter().any(|step| name == Some(step)),
        }
    }

    /// All that is said within the window, in its order. `now_ms` is the time in milliseconds since 1970.
    #[must_use]
    pub fn contributions<'p>(&self, person: &'p Person<'p>, now_ms: i64) -> Vec<Contribution<'p>> {
        let since_ms = self.since_ms(now_ms);
        let mut said: Vec<_> = match &self.of {
            Of::Trait(path) => {
                person.writes(path.first(), self.trust).flat_map(|write| values(write, path)).collect()
            }
            Of::Track(_) | Of::Type(_) | Of::Steps(_) => person
                .events()
                .filter(|event| self.counts(event))
                .flat_map(|event| self.said_by(event))
                .collect(),
        };
        said.retain(|contribution| since_ms.is_none_or(|since_ms| contribution.stamp.at_ms > since_ms));
        said
    }

    /// Of a trait: its present value.
    #[must_use]
    pub fn present<'p>(&self, person: &'p Person<'p>, now_ms: i64) -> Option<Value> {
        let Of::Trait(path) = &self.of else { return None };
        let since_ms = self.since_ms(now_ms);
        let traits = person.traits(path.first(), self.trust, since_ms);
        path.values(&traits).first().map(|value| (*value).clone())
    }

    fn since_ms(&self, now_ms: i64) -> Option<i64> {
        self.window_ms.map(|window_ms| now_ms.saturating_sub(window_ms))
    }

    fn counts(&self, event: &Kept) -> bool {
        event.trust >= self.trust
            && self.is_of(event.kind, event.name.as_deref())
            && self.condition.as_ref().is_none_or(|(condition, _)| condition.matches(&event.whole))
    }

    fn said_by<'p>(&self, event: &'p Kept) -> Vec<Contribution<'p>> {
        let stamp = &event.stamp;
        match &self.value {
            Some(path) => {
                let values = path.values(&event.whole).into_iter();
                values.map(|value| Contribution { stamp, value }).collect()
            }
            None => vec![Contribution { stamp, value: &NOTHING }],
        }
    }
}

/// Tells one kind of thing that is kept from all others: what events have, at this path.
pub(super) fn fingerprint(of: &str, name: &str, path: &str) -> u32 {
    (digest::number(format!("{of}\0{name}\0{path}").as_bytes()) >> 32) as u32
}

fn values<'p>(
    (stamp, traits): (&'p Stamp, &'p serde_json::Map<String, Value>),
    path: &Path,
) -> Vec<Contribution<'p>> {
    path.values(traits).into_iter().map(|value| Contribution { stamp, value }).collect()
}

fn path_at(text: &str, place: Place<'_>, mistakes: &mut Mistakes) -> Option<Path> {
    let path = Path::read(text);
    if path.is_none() {
        mistakes.note(place, "is not a path as in `properties.products[*].product_id`");
    }
    path
}

fn window_of(text: &str, place: Place<'_>, mistakes: &mut Mistakes) -> Option<i64> {
    let window_ms =
        duration::seconds(text).and_then(|seconds| i64::try_from(seconds.checked_mul(1000)?).ok());
    if window_ms.is_none() {
        mistakes.note(place, "must be a whole number and a unit, s, m, h or d, as in `7d`");
    }
    window_ms
}

fn condition(value: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> (Condition, Vec<Path>) {
    let compiled = Condition::compile(value, place, &SavedGroups::default(), mistakes);
    let mut paths = Vec::new();
    keys(value, &mut paths);
    (compiled, paths)
}

/// The attributes that a condition names, as paths: members beneath `$and` and its like, and what is not an operator.
fn keys(condition: &Value, into: &mut Vec<Path>) {
    match condition {
        Value::Object(members) => {
            for (key, value) in members {
                if key.starts_with('$') {
                    keys(value, into);
                } else {
                    put(into, Path::of_condition(key));
                }
            }
        }
        Value::Array(conditions) => conditions.iter().for_each(|condition| keys(condition, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
