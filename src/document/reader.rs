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
        let members = value.as_object();
        if members.is_none() {
            mistakes.note(place, "must be an object");
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
        for name in self.members.keys().filter(|name| !self.taken.contains(&name.as_str())) {
            let known = self.taken.join(", ");
            mistakes.note(self.place.member(name), format!("is not known here; known are {known}"));
        }
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
