//! JSON texts of our own making: built member by member, and written by one writer.
//!
//! No type of ours derives how it is read or written: in a wasm module the code that is derived for each weighs
//! more than the one parser and the one writer of [`Value`].

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

/// The JSON text of an object whose members stand in this order, and not in that of their names.
pub(crate) fn text_in_order(members: &[(&str, Value)]) -> String {
    let members = members.iter().map(|(name, value)| format!("{}:{}", text(&(*name).into()), text(value)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}
