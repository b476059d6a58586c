//! JSON, read and written as values: no type of ours derives how it is.
//!
//! In a wasm module the code that is derived for each type weighs more than the one reader and the one writer of
//! [`Value`].

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// An object.
pub(crate) fn object<'n>(members: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    object.into()
}

/// The JSON text of a value.
pub(crate) fn text(value: &Value) -> String {
    // Nothing that a `Value` holds has no JSON text.
    serde_json::to_string(value).unwrap_or_default()
}

/// The JSON text of an object whose members stand in this order, and not in that of their names; each is given as
/// its name and its JSON text.
pub(crate) fn text_in_order(members: &[(&str, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, text)| format!("\"{name}\":{text}")).collect();
    format!("{{{}}}", members.join(","))
}

/// The members of the object in a JSON text, each as it stands there: what nobody asks for need not be understood.
pub(crate) fn members(text: &str) -> serde_json::Result<BTreeMap<String, &RawValue>> {
    serde_json::from_str(text)
}
