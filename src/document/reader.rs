//! Reading a JSON document member by member, so that every mistake is told and none hides another.

use serde_json::{Map, Value};

use super::mistake::{Mistakes, Place};

/// An object whose members are taken one after the other; what is left at the end is unknown.
pub struct Object<'v, 'p> {
    members: &'v Map<String, Value>,
    place: Place<'p>,
    /// Sorted.
    taken: Vec<&'static str>,
}

impl<'v, 'p> Object<'v, 'p> {
    /// The object at `place`, or a mistake.
    pub fn read(value: &'v Value, place: Place<'p>, mistakes: &mut Mistakes) -> Option<Self> {
        Self::read_as("must be an object", value, place, mistakes)
    }

    /// The object at `place`, or the mistake that it `must_be` one.
    pub fn read_as(
        must_be: &str,
        value: &'v Value,
        place: Place<'p>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let members = value.as_object();
        if members.is_none() {
            mistakes.note(place, must_be);
        }
        Some(Self { members: members?, place, taken: Vec::new() })
    }

    /// The member `name`, if there is one.
    pub fn take(&mut self, name: &'static str) -> Option<&'v Value> {
        if let Err(index) = self.taken.binary_search(&name) {
            self.taken.insert(index, name);
        }
        self.members.get(name)
    }

    /// The text `name`, if there is one; anything but a text with something in it is a mistake.
    pub fn text(&mut self, name: &'static str, mistakes: &mut Mistakes) -> Option<&'v str> {
        let value = self.take(name)?;
        let text = value.as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            mistakes.note(self.place.member(name), "must be a text that is not empty");
        }
        text
    }

    /// Notes that the member `name` is missing.
    pub fn require<T>(&self, name: &str, value: Option<T>, mistakes: &mut Mistakes) -> Option<T> {
        if value.is_none() && !self.members.contains_key(name) {
            mistakes.note(self.place, format!("`{name}` is missing"));
        }
        value
    }

    /// Notes the members that nobody took.
    pub fn finish(self, mistakes: &mut Mistakes) {
        let known = self.taken.join(", ");
        self.finish_as(|_| format!("is not known here; known are {known}"), mistakes);
    }

    /// Notes what is wrong with each member that nobody took; says whether there was none.
    pub fn finish_as<W: Into<String>>(&self, what: impl Fn(&str) -> W, mistakes: &mut Mistakes) -> bool {
        let is_taken = |name: &str| self.taken.binary_search(&name).is_ok();
        let mut all_known = true;
        for name in self.members.keys().filter(|name| !is_taken(name)) {
            mistakes.note(self.place.member(name), what(name));
            all_known = false;
        }
        all_known
    }
}

/// The elements of the array at `place`, or a mistake.
pub fn array<'v>(value: &'v Value, place: Place<'_>, mistakes: &mut Mistakes) -> &'v [Value] {
    value.as_array().map_or_else(
        || {
            mistakes.note(place, "must be an array");
            &[][..]
        },
        Vec::as_slice,
    )
}
