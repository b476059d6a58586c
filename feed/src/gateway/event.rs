//! One event: an object that names somebody, with what RudderStack's gateway mends in it.

use std::fmt;

use pintle::document::json;
use pintle::ecmascript;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::invisible::without_invisible;
use super::refusal::Wrong;
use super::{MAX_EVENT_BYTES, Refusal, surrogate};
use crate::event::Kind;

/// The types that may name nobody: rows of a warehouse.
const NAMELESS: [&str; 2] = ["extract", "record"];

/// Reads an event that stands at `place`; `kind` is its type, unless it says so itself.
pub(super) fn read(
    raw: &RawValue,
    place: &impl fmt::Display,
    kind: Option<Kind>,
    received_at_ms: i64,
) -> Result<Value, Wrong> {
    let text = raw.get();
    if !text.starts_with('{') {
        return Err(Wrong::new(Refusal::NotAnEvent, format!("{place} must be an object")));
    }
    if text.len() > MAX_EVENT_BYTES {
        return Err(too_large(text, place));
    }
    let mut event: Map<String, Value> =
        serde_json::from_str(&surrogate::mended(text)).map_err(|error| Wrong::json(place, &error))?;
    if let Some(kind) = kind {
        event.insert("type".to_owned(), kind.name().into());
    }
    mend(&mut event, received_at_ms);
    let kind = event.get("type").and_then(Value::as_str);
    if has_id(&event) || kind.is_some_and(|kind| NAMELESS.contains(&kind)) {
        Ok(event.into())
    } else {
        Err(nobody(place))
    }
}

fn nobody(place: &impl fmt::Display) -> Wrong {
    let told =
        format!("{place}.userId and {place}.anonymousId are missing or blank: one of them must be there");
    Wrong::new(Refusal::NoId, told)
}

/// Whether an event that is too large is worse than that is told without taking it apart.
fn too_large(text: &str, place: &impl fmt::Display) -> Wrong {
    let is_there = |id: &RawValue| !matches!(id.get(), "null" | "\"\"");
    match json::members(text) {
        Ok(members) if !["userId", "anonymousId"].iter().any(|id| members.get(id).is_some_and(is_there)) => {
            nobody(place)
        }
        Ok(_) => Wrong::large_event(place, text.len()),
        Err(error) => Wrong::json(place, &error),
    }
}

fn has_id(event: &Map<String, Value>) -> bool {
    event.contains_key("userId") || event.contains_key("anonymousId")
}

/// Ids become texts, and blank ones are not there; nobody else's `receivedAt` is touched.
fn mend(event: &mut Map<String, Value>, received_at_ms: i64) {
    for name in ["userId", "anonymousId", "messageId"] {
        let Some(id) = event.remove(name) else { continue };
        let id = text_of(id);
        let id = if name == "messageId" { without_invisible(&id) } else { id };
        if !without_invisible(&id).is_empty() {
            event.insert(name.to_owned(), id.into());
        }
    }
    let received_at = event.get("receivedAt").and_then(Value::as_str);
    if received_at.is_none_or(|text| text.trim().is_empty()) {
        event.insert("receivedAt".to_owned(), instant(received_at_ms).into());
    }
}

/// An id as a text: a number as JavaScript writes it, anything else that is no text as its JSON.
fn text_of(id: Value) -> String {
    match id {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map(ecmascript::text_of).unwrap_or_default()
        }
        Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) => json::text(&id),
    }
}

/// An instant, in milliseconds since 1970, as JavaScript's `toISOString` writes it.
fn instant(at_ms: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second, ms) = at.to_hms_milli();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z", u8::from(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_javascript_does() {
        for (at_ms, right) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_587_542_781_004, "2020-04-22T08:06:21.004Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (i64::MAX, "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(instant(at_ms), right);
        }
    }
}
