//! The traits that an event writes: those of its context, and over them an identify's own.

use serde_json::{Map, Value};

use super::Kind;

/// The traits of an event, nested as they came. A group's own are the group's, and not the person's.
pub(super) fn of(kind: Kind, event: &Map<String, Value>) -> Map<String, Value> {
    let mut traits = Map::new();
    if let Some(Value::Object(of_context)) = event.get("context").and_then(|context| context.get("traits")) {
        traits = of_context.clone();
    }
    if let (Kind::Identify, Some(Value::Object(own))) = (kind, event.get("traits")) {
        lay_over(&mut traits, own);
    }
    traits
}

fn lay_over(under: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        match (under.get_mut(name), value) {
            (Some(Value::Object(under)), Value::Object(over)) => lay_over(under, over),
            _ => _ = under.insert(name.clone(), value.clone()),
        }
    }
}
