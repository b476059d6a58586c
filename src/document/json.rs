//! JSON, read and written as values: no type of ours derives how it is.
//!
//! In a wasm module the code that is derived for each type weighs more than the one reader and the one writer of
//! [`Value`].

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// An object.
pub fn object<'n>(members: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    filled(&mut members.into_iter())
}

/// Apart, so that it is there once for however many members.
#[inline(never)]
fn filled(members: &mut dyn Iterator<Item = (&str, Value)>) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    object.into()
}

/// The JSON text of a value.
#[inline(never)]
pub fn text(value: &Value) -> String {
    // Nothing that a `Value` holds has no JSON text.
    serde_json::to_string(value).unwrap_or_default()
}

/// The JSON text of an object whose members stand in this order, and not in that of their names; each is given as
/// its name and its JSON text.
pub fn text_in_order(members: &[(&str, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, text)| format!("\"{name}\":{text}")).collect();
    format!("{{{}}}", members.join(","))
}

/// The members of the object in a JSON text, each as it stands there: what nobody asks for need not be understood.
pub fn members(text: &str) -> serde_json::Result<Members<'_>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let members = reader.deserialize_map(AnObject)?;
    reader.end()?;
    Ok(members)
}

/// The members of an object in the order in which they stand: few of them are asked for, and once.
#[derive(Debug, Default)]
pub struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'t> Members<'t> {
    /// The text of the member `name`, of several the last.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'t RawValue> {
        self.iter().rev().find(|(other, _)| *other == name).map(|(_, text)| text)
    }

    /// Every name and its text; a name that stands there twice comes twice.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &'t RawValue)> {
        self.0.iter().map(|(name, text)| (name.as_str(), *text))
    }
}

struct AnObject;

impl<'t> Visitor<'t> for AnObject {
    type Value = Members<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut object: A) -> Result<Members<'t>, A::Error> {
        let mut members = Members::default();
        while let Some(member) = object.next_entry()? {
            members.0.push(member);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_stand_in_the_order_of_their_names_or_in_the_given_one() {
        let members = [("b", json!(1)), ("a", json!("\""))];
        assert_eq!(text(&object(members.clone())), r#"{"a":"\"","b":1}"#);
        assert_eq!(text_in_order(&members.map(|(name, value)| (name, text(&value)))), r#"{"b":1,"a":"\""}"#);
    }

    #[test]
    fn a_member_is_the_text_that_came_and_the_last_of_its_name() -> serde_json::Result<()> {
        let members = members("{ \"a\" : 0 , \"\\u0061\": 1.50, \"b\":\t[1, {\"a\": \"\\ud800\"}] }")?;
        let texts: Vec<_> = members.iter().map(|(name, text)| (name, text.get())).collect();
        assert_eq!(texts, [("a", "0"), ("a", "1.50"), ("b", "[1, {\"a\": \"\\ud800\"}]")]);
        assert_eq!(members.get("a").map(RawValue::get), Some("1.50"));
        Ok(())
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for text in ["", "[]", "null", "1", "\"a\"", "{", "{\"a\":}", "{} {}"] {
            assert!(members(text).is_err(), "{text}");
        }
    }
}
