//! What RudderStack's Webhook and HTTP destinations send: an event, or a bare list of them, with one status for all.
//!
//! RudderStack drops for good what a 4xx answers, so a hopeless event is named and does not stop the others; only when
//! none is left the answer is a 4xx.

use pintle::document::mistake::Place;
use serde_json::Value;
use serde_json::value::RawValue;

use super::refusal::Wrong;
use super::{Accepted, Answer, MAX_REQUEST_BYTES, Refusal, batch, event};

/// The most events that are named in an answer.
const MAX_NAMED: usize = 20;

/// Reads the body of a webhook.
pub(super) fn read(body: &[u8], received_at_ms: i64) -> Result<Accepted, Answer> {
    let document = sized(body).map_err(|wrong| refused(&[wrong]))?;
    if !document.get().starts_with('[') {
        let event = read_event(document, &Place::Root, received_at_ms).map_err(|wrong| refused(&[wrong]))?;
        return Ok(Accepted { events: vec![event], answer: Answer::ok() });
    }
    let list: Vec<&RawValue> = serde_json::from_str(document.get())
        .map_err(|error| refused(&[Wrong::json(&Place::Root, &error)]))?;
    let mut events = Vec::new();
    let mut wrong = Vec::new();
    for (index, event) in list.iter().enumerate() {
        match read_event(event, &Place::Root.element(index), received_at_ms) {
            Ok(event) => events.push(event),
            Err(reason) => wrong.push(reason),
        }
    }
    if wrong.is_empty() {
        return Ok(Accepted { events, answer: Answer::ok() });
    }
    if events.is_empty() {
        return Err(refused(&wrong));
    }
    let answer = told(200, format!("ok, but for {} of {} events:\n", wrong.len(), list.len()), &wrong);
    Ok(Accepted { events, answer })
}

/// Reads what anybody sent to a source that takes everything: it is about nobody.
pub(super) fn read_source(body: &[u8]) -> Result<Accepted, Answer> {
    if body.len() > MAX_REQUEST_BYTES {
        return Err(batch::large_request().answer());
    }
    Ok(Accepted { events: Vec::new(), answer: Answer::ok() })
}

fn sized(body: &[u8]) -> Result<&RawValue, Wrong> {
    if body.len() > MAX_REQUEST_BYTES {
        return Err(batch::large_request());
    }
    batch::document(body)
}

/// No path says the type of such an event.
fn read_event(raw: &RawValue, place: &Place<'_>, received_at_ms: i64) -> Result<Value, Wrong> {
    let event = event::read(raw, place, None, received_at_ms)?;
    match event.get("type").and_then(Value::as_str) {
        Some(kind) if !kind.trim().is_empty() => Ok(event),
        Some(_) | None => Err(Wrong::new(
            Refusal::NotAnEvent,
            format!("{} must be a text that is not blank", place.member("type")),
        )),
    }
}

/// Nothing is left: the status of what is wrong, when all of it has the same.
fn refused(wrong: &[Wrong]) -> Answer {
    let mut statuses = wrong.iter().map(|wrong| wrong.refusal.status());
    let first = statuses.next().unwrap_or(400);
    let status = if statuses.all(|status| status == first) { first } else { 400 };
    told(status, String::new(), wrong)
}

fn told(status: u16, mut body: String, wrong: &[Wrong]) -> Answer {
    for Wrong { refusal, told } in wrong.iter().take(MAX_NAMED) {
        body.push_str(&format!("{refusal}: {told}\n"));
    }
    if wrong.len() > MAX_NAMED {
        body.push_str(&format!("and {} more\n", wrong.len() - MAX_NAMED));
    }
    let named: Vec<&str> = wrong.iter().take(MAX_NAMED).map(|wrong| wrong.told.as_str()).collect();
    Answer::text(status, body).telling(named.join("; "))
}
