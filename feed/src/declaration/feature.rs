//! A feature of a person: an operator over a source, and how its value looks.

use std::collections::BTreeSet;

use pintle::document::mistake::{Mistakes, Place};
use pintle::document::reader::{Object, array, known_are};
use serde_json::{Map, Value};

use super::operator::Operator;
use super::recommend::Recommend;
use super::source::Source;
use crate::event::Trust;
use crate::person::Person;
use crate::recommendation::table::Trouble;
use crate::sorted::put;

/// A declared feature.
#[derive(Debug)]
pub struct Feature {
    made: Made,
    /// What is heard.
    pub(super) source: Source,
    shape: Option<Vec<String>>,
    as_number: bool,
}

/// What is done with what is heard.
#[derive(Debug)]
enum Made {
    By(Operator),
    Recommended(Recommend),
}

/// The operator that makes its value of more than what is heard.
const RECOMMEND: &str = "recommend";
/// The names of all operators.
const NAMES: [&str; Operator::NAMES.len() + 1] = {
    let mut names = [RECOMMEND; Operator::NAMES.len() + 1];
    let (those, _) = names.split_at_mut(Operator::NAMES.len());
    those.copy_from_slice(&Operator::NAMES);
    names
};

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
        let named: Vec<_> = NAMES.into_iter().filter_map(|name| Some((name, object.take(name)?))).collect();
        let all_known =
            object.finish_as(|name| format!("is no operator; {}", known_are(name, &NAMES)), mistakes);
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
        let (made, mut source) = Made::compile(name, of, place.member(name), mistakes)?;
        source.trust = trust?;
        if shape.is_some() && !made.is_a_list() {
            mistakes.note(place.member("shape"), "is for lists only: lastN, lastDistinctN and recommend");
        }
        Some(Self { made, source, shape, as_number })
    }

    /// Its value at `now_ms`, in milliseconds since 1970. `features` are those of the same person at that time that are made
    /// of what is heard alone.
    ///
    /// # Errors
    ///
    /// When it is recommended by a table that cannot be used, and which it is.
    pub fn value(
        &self,
        person: &Person<'_>,
        now_ms: i64,
        features: &Map<String, Value>,
    ) -> Result<Value, (&str, Trouble)> {
        let value = match &self.made {
            Made::By(operator) => operator.value(&self.source, person, now_ms),
            Made::Recommended(recommend) => recommend.value(&self.source, person, (now_ms, features))?,
        };
        Ok(match (value, &self.shape) {
            (Value::Array(elements), Some(names)) => {
                let mut elements = elements.into_iter();
                let members = names.iter().map(|name| (name.clone(), elements.next().unwrap_or(Value::Null)));
                let mut object = Map::new();
                object.extend(members);
                object.into()
            }
            (Value::Bool(is_true), _) if self.as_number => u8::from(is_true).into(),
            (value, _) => value,
        })
    }

    /// Whether it is made of other features, too.
    #[must_use]
    pub fn is_recommended(&self) -> bool {
        matches!(self.made, Made::Recommended(_))
    }

    /// The names of the features and traits that it is made of, too.
    #[must_use]
    pub fn refers_to(&self) -> BTreeSet<String> {
        match &self.made {
            Made::By(_) => BTreeSet::new(),
            Made::Recommended(recommend) => recommend.refers_to(),
        }
    }

    /// The table that it is recommended by.
    #[must_use]
    pub(super) fn table(&self) -> Option<&str> {
        match &self.made {
            Made::By(_) => None,
            Made::Recommended(recommend) => Some(recommend.table()),
        }
    }

    /// Adds the keys in KV of what it needs at hand at `now_ms`.
    pub fn wants(&self, person: &Person<'_>, now_ms: i64, into: &mut Vec<String>) {
        if let Made::Recommended(recommend) = &self.made {
            recommend.wants(&self.source, person, now_ms, into);
        }
    }

    /// Whether it changes with each second.
    pub(super) fn counts_seconds(&self) -> bool {
        matches!(self.made, Made::By(Operator::TimeSinceFirst | Operator::TimeSinceLast))
    }

    /// Of a feature that counts seconds: since when.
    #[must_use]
    pub fn since_ms(&self, person: &Person<'_>, now_ms: i64) -> Option<i64> {
        match self.made {
            Made::By(operator) => operator.since(&self.source, person, now_ms),
            Made::Recommended(_) => None,
        }
    }

    /// Since when it is exact; nothing when it is from the beginning.
    #[must_use]
    pub fn exact_since_ms(&self, person: &Person<'_>, now_ms: i64) -> Option<i64> {
        self.source.exact_since_ms(self.made.is_present(), person, now_ms)
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

impl Made {
    fn compile(name: &str, of: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Option<(Self, Source)> {
        if name == RECOMMEND {
            let (recommend, source) = Recommend::compile(of, place, mistakes)?;
            return Some((Self::Recommended(recommend), source));
        }
        let (operator, source) = Operator::compile(name, of, place, mistakes)?;
        Some((Self::By(operator), source))
    }

    fn is_a_list(&self) -> bool {
        match self {
            Self::By(operator) => operator.makes_a_list(),
            Self::Recommended(_) => true,
        }
    }

    fn is_present(&self) -> bool {
        matches!(self, Self::By(operator) if operator.is_present())
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
