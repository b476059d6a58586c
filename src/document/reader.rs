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

    /// Where the member `name` stands.
    pub fn at<'s>(&'s self, name: &'s str) -> Place<'s> {
        self.place.member(name)
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
        if !SUGGESTS {
            _ = self.finish_as(|_| "is not known here", mistakes);
            return;
        }
        let known = |name: &str| known_are(name, &self.taken);
        self.finish_as(|name| format!("is not known here; {}", known(name)), mistakes);
    }

    /// Notes what is wrong with each member that nobody took; says whether there was none.
    pub fn finish_as<W: Into<String>>(&self, what: impl Fn(&str) -> W, mistakes: &mut Mistakes) -> bool {
        #[cfg(not(target_arch = "wasm32"))]
        super::members::note(self.place, &self.taken);
        let is_taken = |name: &str| self.taken.binary_search(&name).is_ok();
        let mut all_known = true;
        for name in self.members.keys().filter(|name| !is_taken(name)) {
            mistakes.note(self.place.member(name), what(name));
            all_known = false;
        }
        all_known
    }

    /// The member that `name` was probably meant to be, of those that were taken.
    pub fn meant(&self, name: &str) -> Option<&'static str> {
        meant(name, &self.taken)
    }

    /// Whether a member that nobody took was probably meant to be one that was.
    pub fn is_misspelt(&self) -> bool {
        let is_taken = |name: &str| self.taken.binary_search(&name).is_ok();
        self.members.keys().any(|name| !is_taken(name) && self.meant(name).is_some())
    }
}

/// What there is instead of `name`: the one that it was probably meant to be, else all.
#[must_use]
pub fn known_are(name: &str, known: &[&str]) -> String {
    meant(name, known)
        .map_or_else(|| format!("known are {}", known.join(", ")), |known| format!("did you mean `{known}`?"))
}

/// Whether a name that is not known is told with the one that was probably meant: by the command and by the feed, and not by the
/// modules of pages alone, which have no room for what only authors read.
const SUGGESTS: bool = cfg!(any(not(feature = "boundary"), feature = "check"));

/// What is wrong with `name`, and which of `known` was probably meant.
pub fn suggesting<'k>(wrong: &str, name: &str, known: impl Iterator<Item = &'k str>) -> String {
    if !SUGGESTS {
        return wrong.to_owned();
    }
    match meant(name, &known.collect::<Vec<_>>()) {
        Some(known) => format!("{wrong}: did you mean `{known}`?"),
        None => wrong.to_owned(),
    }
}

/// The one of `known` that `name` was probably meant to be.
#[must_use]
pub fn meant<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if !SUGGESTS {
        return None;
    }
    // Short names meet by chance.
    let most = match name.len() {
        0..3 => return None,
        3..5 => 1,
        5.. => 2,
    };
    let mut meant = None;
    for known in known.iter().filter(|known| known.len().abs_diff(name.len()) <= most) {
        let slips = strsim::osa_distance(name, known);
        if slips <= most && meant.is_none_or(|(fewest, _)| slips < fewest) {
            meant = Some((slips, *known));
        }
    }
    meant.map(|(_, known)| known)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_refers_to_something_is_told_with_what_was_probably_meant() {
        let told = |name| suggesting("is not there", name, ["hero", "signed_up"].into_iter());
        assert_eq!(told("signed_upp"), "is not there: did you mean `signed_up`?");
        assert_eq!(told("other"), "is not there");
    }

    #[test]
    fn a_name_that_differs_by_a_slip_or_two_is_told_with_the_one_that_was_meant() {
        let known = ["count", "first", "last", "lastN", "lastDistinctN", "max", "min"];
        for (name, meant) in [("counts", "count"), ("lsat", "last"), ("lastDistinct", "lastDistinctN")] {
            assert_eq!(known_are(name, &known), format!("did you mean `{meant}`?"));
        }
        for other in ["", "sum", "average", "é"] {
            assert_eq!(known_are(other, &known), format!("known are {}", known.join(", ")));
        }
    }
}
