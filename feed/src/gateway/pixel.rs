//! An event in the query of an image: `?writeKey=…&anonymousId=…&event=…&properties.price=1`. Its members are texts, and
//! a dot leads into an object, as in RudderStack's pixel. The answer is the image whatever happens.

use litemap::LiteMap;
use pintle::document::json;
use pintle::document::mistake::Place;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::refusal::Wrong;
use super::{Accepted, Answer, MAX_EVENT_BYTES, Refusal, event};
use crate::event::Kind;

/// How deep a name leads.
const MAX_DEPTH: usize = 8;

/// Reads the query of a pixel.
pub(super) fn read(kind: Kind, query: &str, received_at_ms: i64) -> Result<Accepted, Answer> {
    match event_of(kind, query, received_at_ms) {
        Ok(event) => Ok(Accepted { events: vec![event], answer: Answer::pixel() }),
        Err(Wrong { refusal, told }) => Err(Answer::pixel().telling(format!("{refusal}: {told}"))),
    }
}

fn event_of(kind: Kind, query: &str, received_at_ms: i64) -> Result<Value, Wrong> {
    if query.len() > MAX_EVENT_BYTES {
        return Err(Wrong::large_event(&"the query", query.len()));
    }
    let mut members: LiteMap<String, String> = LiteMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        // Of a name that stands there twice the first counts.
        members.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    members.remove("writeKey");
    let mut event = Map::new();
    event.insert("channel".to_owned(), "web".into());
    event.insert("integrations".to_owned(), json::object([("All", true.into())]));
    for (name, value) in &members {
        let path: Vec<&str> = name.split('.').collect();
        put(&mut event, &path, unquoted(name, value).into());
    }
    if kind == Kind::Track && event.get("event").and_then(Value::as_str).is_none_or(str::is_empty) {
        let told = "track: Mandatory field 'event' missing".to_owned();
        return Err(Wrong::new(Refusal::NotAnEvent, told));
    }
    if kind == Kind::Page && event.get("name").and_then(Value::as_str) == Some("") {
        event.insert("name".to_owned(), "Unknown Page".into());
    }
    let text = json::text(&event.into());
    let raw: &RawValue = serde_json::from_str(&text).map_err(|error| Wrong::json(&Place::Root, &error))?;
    event::read(raw, &Place::Root, Some(kind), received_at_ms)
}

/// An anonymous id may come within quotes, as it stands in a cookie.
fn unquoted<'v>(name: &str, value: &'v str) -> &'v str {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inner.filter(|_| name == "anonymousId").unwrap_or(value)
}

/// Puts a value where its path leads; one that leads nowhere is left out.
fn put(object: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [name] => {
            object.insert((*name).to_owned(), value);
        }
        [name, rest @ ..] if path.len() <= MAX_DEPTH => {
            let inner = object.entry((*name).to_owned()).or_insert_with(|| Map::new().into());
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
        _ => {}
    }
}
