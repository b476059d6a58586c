//! A feature of a person: an operator over a source, and how its value looks.

use pintle::document::mistake::{Mistakes, Place};
use pintle::document::reader::{Object, array, known_are};
use serde_json::{Map, Value};

use super::operator::Operator;
use super::source::Source;
use crate::event::Trust;
use crate::person::Person;
use crate::sorted::put;

/// A declared feature.
#[derive(Debug)]
pub struct Feature {
    /// What is done with what is heard.
    operator: Operator,
    /// What is heard.
    pub(super) source: Source,
    shape: Option<Vec<String>>,
    as_number: bool,
}

impl Feature {
    /// Checks the declaration `value` at `place`.
    pub(super) fn compile(value: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::read(value, place, mistakes)?;
        let trust = object.text("trust", mistakes).map_or(Some(Trust::Browser), |name| {
            let trust = Trust::named(name);
            if trust.is_none() {
                mistakes.note(place.member("trust"), "is none of browser, server, warehouse");
            }
            trust
        });
        let as_number = object.text("as", mistakes).is_some_and(|text| {
            if text != "number" {
                mistakes.note(place.member("as"), "can only be `number`: true and false as 1 and 0");
            }
            text == "number"
        });
        let shape = object.take("shape").map(|value| shape(value, place.member("shape"), mistakes));
        let named: Vec<_> =
            Operator::NAMES.into_iter().filter_map(|name| Some((name, object.take(name)?))).collect();
        let all_known = object
            .finish_as(|name| format!("is no operator; {}", known_are(name, &Operator::NAMES)), mistakes);
        let [(name, of)] = named.as_slice() else {
            // One that is misspelt is told already.
            if all_known || !named.is_empty() {
                mistakes.note(
                    place,
                    "must have exactly one operator, as in `\"exists\": {\"trait\": \"createdAt\"}`",
                );
            }
            return None;
        };
        let (operator, mut source) = Operator::compile(name, of, place.member(name), mistakes)?;
        source.trust = trust?;
        if shape.is_some() && !operator.makes_a_list() {
            mistakes.note(place.member("shape"), "is for lists only: lastN and lastDistinctN");
        }
        Some(Self { operator, source, shape, as_number })
    }

    /// Its value at `now_ms`, in milliseconds since 1970.
    #[must_use]
    pub fn value(&self, person: &Person<'_>, now_ms: i64) -> Value {
        let value = self.operator.value(&self.source, person, now_ms);
        match (value, &self.shape) {
            (Value::Array(elements), Some(names)) => {
                let mut elements = elements.into_iter();
                let members = names.iter().map(|name| (name.clone(), elements.next().unwrap_or(Value::Null)));
                let mut object = Map::new();
                object.extend(members);
                object.into()
            }
            (Value::Bool(is_true), _) if self.as_number => u8::from(is_true).into(),
            (value, _) => value,
        }
    }

    /// Of a feature that counts seconds: since when.
    #[must_use]
    pub fn since_ms(&self, person: &Person<'_>, now_ms: i64) -> Option<i64> {
        self.operator.since(&self.source, person, now_ms)
    }

    /// Since when it is exact; nothing when it is from the beginning.
    #[must_use]
    pub fn exact_since_ms(&self, person: &Person<'_>, now_ms: i64) -> Option<i64> {
        self.source.exact_since_ms(self.operator.is_present(), person, now_ms)
    }

    /// The instants after `now_ms` at which something leaves the window, in their order.
    #[must_use]
    pub fn turns(&self, person: &Person<'_>, now_ms: i64) -> Vec<i64> {
        let mut turns = Vec::new();
        if let Some(window_ms) = self.source.window_ms {
            let said = self.source.contributions(person, now_ms);
            said.iter().for_each(|said| put(&mut turns, said.stamp.at_ms.saturating_add(window_ms)));
        }
        turns
    }
}

fn shape(value: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, name) in array(value, place, mistakes).iter().enumerate() {
        match name.as_str().filter(|name| !name.is_empty()) {
            Some(name) if names.iter().any(|other| other == name) => {
                mistakes.note(place.element(index), "stands there twice");
            }
            Some(name) => names.push(name.to_owned()),
            None => mistakes.note(place.element(index), "must be a text that is not empty"),
        }
    }
    names
}
