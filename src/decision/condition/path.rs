//! A dotted path from a visitor's attributes (or an array's element) to one value: `father.age`.
//!
//! What is not there is null. As in JavaScript an array has its `length` and its elements by index; members
//! that JavaScript's objects inherit (`toString`) do not exist here.

use std::borrow::Cow;

use serde_json::Value;

use super::Attributes;

/// Where a path starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Root<'v> {
    /// All that is known of the visitor.
    Attributes(Attributes<'v>),
    /// An element of an array (`$elemMatch`).
    Element(&'v Value),
}

/// The names between the dots.
#[derive(Debug, Clone)]
pub(super) struct Path {
    first: String,
    rest: Vec<String>,
}

impl Path {
    pub(super) fn new(dotted: &str) -> Self {
        let mut names = dotted.split('.').map(str::to_owned);
        Self { first: names.next().unwrap_or_default(), rest: names.collect() }
    }

    /// The name of the attribute that the path leads through.
    pub(super) fn attribute(&self) -> &str {
        &self.first
    }

    /// Whether it ends there.
    pub(super) fn is_attribute(&self) -> bool {
        self.rest.is_empty()
    }

    /// The value at the end of the path.
    pub(super) fn find<'v>(&self, root: Root<'v>) -> Cow<'v, Value> {
        let mut found = match root {
            Root::Attributes(attributes) => attributes.get(&self.first).map(Cow::Borrowed),
            Root::Element(element) => member(element, &self.first),
        };
        for name in &self.rest {
            found = match found {
                Some(Cow::Borrowed(value)) => member(value, name),
                // Only an array's length is made up here, and a number has no members.
                Some(Cow::Owned(_)) | None => None,
            };
        }
        found.unwrap_or(Cow::Owned(Value::Null))
    }
}

fn member<'v>(value: &'v Value, name: &str) -> Option<Cow<'v, Value>> {
    match value {
        Value::Object(members) => members.get(name).map(Cow::Borrowed),
        Value::Array(elements) if name == "length" => Some(Cow::Owned(elements.len().into())),
        Value::Array(elements) => {
            let index: usize = name.parse().ok()?;
            // `01` and `+1` are names to JavaScript, not indices.
            let element = elements.get(index).filter(|_| index.to_string() == name)?;
            Some(Cow::Borrowed(element))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(dotted: &str) -> Value {
        let visitor = json!({"father": {"age": 70}, "pets": [{"name": "fido"}], "word": "abc", "a.b": 1});
        Path::new(dotted).find(Root::Element(&visitor)).into_owned()
    }

    #[test]
    fn a_path_leads_through_objects_and_arrays() {
        assert_eq!(find("father.age"), json!(70));
        assert_eq!(find("pets.0.name"), json!("fido"));
        assert_eq!(find("pets.length"), json!(1));
    }

    #[test]
    fn a_path_that_leads_nowhere_ends_in_null() {
        for dotted in [
            "mother",
            "father.age.unit",
            "pets.00",
            "pets.+0",
            "pets.1",
            "word.length",
            "a.b",
            "",
            "pets.length.x",
        ] {
            assert_eq!(find(dotted), Value::Null, "{dotted}");
        }
    }
}
