//! The bodies of `/v1/…`, in RudderStack's order of checks: JSON, each event, and only then how large it all is. A batch
//! is taken whole or not at all.

use pintle::document::json;
use pintle::document::mistake::Place;
use serde_json::value::RawValue;

use super::refusal::Wrong;
use super::{Accepted, Answer, MAX_OBJECTS, MAX_READ_BYTES, MAX_REQUEST_BYTES, Refusal, event};
use crate::event::Kind;

/// What RudderStack counts around an event that came alone.
const WRAPPED: usize = r#"{"batch":[]}"#.len();

/// Reads the body of one event, whose type is `kind`.
pub(super) fn single(kind: Kind, body: &[u8], received_at_ms: i64) -> Result<Accepted, Answer> {
    one(kind, body, received_at_ms).map_err(Wrong::answer)
}

/// Reads the body of a batch.
pub(super) fn many(body: &[u8], received_at_ms: i64) -> Result<Accepted, Answer> {
    each(body, received_at_ms).map_err(Wrong::answer)
}

fn one(kind: Kind, body: &[u8], received_at_ms: i64) -> Result<Accepted, Wrong> {
    let event = event::read(document(body)?, &Place::Root, Some(kind), received_at_ms);
    told_last(event.map(|event| vec![event]), body.len() + WRAPPED)
}

fn each(body: &[u8], received_at_ms: i64) -> Result<Accepted, Wrong> {
    let document = document(body)?;
    // To RudderStack what is no object has no member `batch`.
    let members = json::members(document.get()).unwrap_or_default();
    let place = Place::Root.member("batch");
    let batch: Vec<&RawValue> = match members.get("batch").map(|batch| batch.get()) {
        None | Some("null") => Vec::new(),
        Some(list) if list.starts_with('[') => {
            serde_json::from_str(list).map_err(|error| Wrong::json(&place, &error))?
        }
        Some(_) => return Err(Wrong::new(Refusal::NotAnEvent, format!("{place} must be a list"))),
    };
    let is_empty = batch.is_empty();
    let events = batch.iter().enumerate();
    let events = events.map(|(index, event)| event::read(event, &place.element(index), None, received_at_ms));
    let accepted = told_last(gathered(events), body.len())?;
    if is_empty {
        return Err(Wrong::new(Refusal::EmptyBatch, format!("{place} must be a list of at least one event")));
    }
    Ok(accepted)
}

/// All events, or the first that is wrong; one that is too large is told when no other is worse.
fn gathered<T>(events: impl Iterator<Item = Result<T, Wrong>>) -> Result<Vec<T>, Wrong> {
    let mut gathered = Vec::new();
    let mut large = None;
    for event in events {
        match event {
            Ok(event) => gathered.push(event),
            Err(wrong) if wrong.refusal == Refusal::TooLarge => large = large.or(Some(wrong)),
            Err(wrong) => return Err(wrong),
        }
    }
    large.map_or(Ok(gathered), Err)
}

/// The whole is found too large after all else, but before its parts are.
fn told_last(events: Result<Vec<serde_json::Value>, Wrong>, bytes: usize) -> Result<Accepted, Wrong> {
    let is_large = bytes > MAX_REQUEST_BYTES;
    match events {
        Err(wrong) if wrong.refusal != Refusal::TooLarge => Err(wrong),
        Ok(_) | Err(_) if is_large => Err(large_request()),
        events => events.map(|events| Accepted { events, answer: Answer::ok() }),
    }
}

/// The JSON text of a body, of which no part is understood yet.
pub(super) fn document(body: &[u8]) -> Result<&RawValue, Wrong> {
    if body.len() > MAX_READ_BYTES {
        return Err(large_request());
    }
    // Read as bytes it would bring a second reader of JSON along.
    let text = std::str::from_utf8(body).map_err(|error| Wrong::json(&Place::Root, &error))?;
    let document = serde_json::from_str(text).map_err(|error| Wrong::json(&Place::Root, &error))?;
    if body.iter().filter(|byte| **byte == b'{').count() > MAX_OBJECTS {
        let told = format!("$ has more than {MAX_OBJECTS} objects");
        return Err(Wrong::new(Refusal::TooLarge, told));
    }
    Ok(document)
}

pub(super) fn large_request() -> Wrong {
    let told = format!("$ is larger than a request may be, {MAX_REQUEST_BYTES} bytes");
    Wrong::new(Refusal::TooLarge, told)
}
