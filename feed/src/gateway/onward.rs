//! Handing on: where a request that was taken goes on to, and what the answer means.
//!
//! RudderStack's data plane gets it as it came. What it does not take now waits as batches, each in the object of whom
//! it is about ([`waiting`]).

use pintle::document::json;
use serde_json::{Map, Value};

use super::{Gateway, Request, Route, admission};
use crate::event::{Event, Trust};

/// Whose object has what is about nobody.
const NOBODY: &str = "nobody";

/// What became of events that were handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// They are safe there.
    Taken,
    /// They would never be taken, and this status says so.
    Refused(u16),
    /// Not now.
    Later,
}

impl Handed {
    /// What the data plane's status says.
    #[must_use]
    pub fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Taken,
            408 | 429 | 500..=507 | 509.. => Self::Later,
            _ => Self::Refused(status),
        }
    }
}

/// What to look at when the data plane answers with this status.
#[must_use]
pub fn advice(status: u16) -> &'static str {
    match status {
        401 => "look at WRITE_KEYS: a key must be one of RudderStack's sources as well",
        404 => "look at RUDDER_DATA_PLANE_URL, and whether the source is enabled",
        300..=399 => "look at RUDDER_DATA_PLANE_URL: a redirect is not followed",
        508 => "look at RUDDER_DATA_PLANE_URL: it is this site's own path of events",
        _ => "look at what is sent",
    }
}

impl Gateway {
    /// The URL that a request goes on to; nothing when it goes no further, as what comes from RudderStack itself does.
    #[must_use]
    pub fn onward(&self, route: Route, path: &str, query: &str) -> Option<String> {
        let is_an_sdks = matches!(
            route,
            Route::Event(_) | Route::Batch | Route::Beacon | Route::Pixel(_) | Route::WebhookSource
        );
        let url = self.data_plane.as_deref().filter(|_| is_an_sdks)?;
        let below = path.strip_prefix(self.path.as_str())?;
        Some(if query.is_empty() { format!("{url}{below}") } else { format!("{url}{below}?{query}") })
    }
}

/// What waits to be handed on, by the name of the object where it does; each is the JSON text of
/// `{"key": "…", "events": 1, "body": "{\"batch\": […]}"}`.
#[must_use]
pub fn waiting(events: Vec<Value>, request: &Request<'_>, received_at_ms: i64) -> Vec<(String, String)> {
    // Cloudflare writes it, whatever came from outside.
    let address = (request.header)("cf-connecting-ip");
    let mut batches: Map<String, Value> = Map::new();
    for mut event in events {
        let read = Event::read(&event, received_at_ms, Trust::default()).ok();
        if let Value::Object(members) = &mut event {
            complete(members, read.as_ref(), address.as_deref());
        }
        let whose = read.and_then(|read| read.device.or(read.user));
        let whose = whose.map_or_else(|| NOBODY.to_owned(), |alias| alias.as_str().to_owned());
        if let Value::Array(batch) = batches.entry(whose).or_insert_with(|| Value::Array(Vec::new())) {
            batch.push(event);
        }
    }
    let key = admission::key(request).unwrap_or_default();
    let waiting = batches.into_iter().map(|(whose, batch)| {
        let events = batch.as_array().map_or(0, Vec::len);
        let body = json::text(&json::object([("batch", batch)]));
        (
            whose,
            json::text(&json::object([
                ("key", key.as_str().into()),
                ("events", events.into()),
                ("body", body.into()),
            ])),
        )
    });
    waiting.collect()
}

/// What RudderStack would have added when the event came. One that is sent again without a `messageId` would be two.
fn complete(members: &mut Map<String, Value>, read: Option<&Event>, address: Option<&str>) {
    if let Some(address) = address {
        members.entry("request_ip").or_insert_with(|| address.into());
    }
    if let Some(read) = read {
        members.entry("messageId").or_insert_with(|| read.stamp.message_id.as_str().into());
    }
}

#[cfg(test)]
mod tests {
    use pintle::document::environment::Environment;
    use pintle::document::mistake::Mistakes;
    use serde_json::json;

    use super::*;
    use crate::event::Kind;

    fn gateway() -> Gateway {
        let variable = |name: &str| match name {
            "WRITE_KEYS" => Some("key".to_owned()),
            "WEBHOOK_SECRET" => Some("hook".to_owned()),
            "INGEST_PATH" => Some("/collect".to_owned()),
            "RUDDER_DATA_PLANE_URL" => Some("https://events.example/at//".to_owned()),
            _ => None,
        };
        Gateway::compile(&Environment { variable: &variable }, &mut Mistakes::default()).unwrap()
    }

    #[test]
    fn what_an_sdk_sends_goes_on_below_the_data_planes_url_and_a_webhook_goes_no_further() {
        let onward = |route, path: &str, query: &str| gateway().onward(route, path, query);
        assert_eq!(
            onward(Route::Event(Kind::Track), "/collect/v1/track", "").unwrap(),
            "https://events.example/at/v1/track"
        );
        assert_eq!(
            onward(Route::Beacon, "/collect/beacon/v1/batch", "writeKey=key").unwrap(),
            "https://events.example/at/beacon/v1/batch?writeKey=key"
        );
        assert_eq!(onward(Route::Webhook, "/collect/webhook", ""), None);
    }

    #[test]
    fn a_failure_that_may_pass_is_later_and_no_other() {
        for (status, handed) in [
            (200, Handed::Taken),
            (204, Handed::Taken),
            (301, Handed::Refused(301)),
            (400, Handed::Refused(400)),
            (408, Handed::Later),
            (413, Handed::Refused(413)),
            (429, Handed::Later),
            (500, Handed::Later),
            (503, Handed::Later),
        ] {
            assert_eq!(Handed::of(status), handed, "{status}");
        }
    }

    #[test]
    fn what_waits_is_a_batch_for_each_device_or_user_in_the_order_in_which_it_came() {
        let header = |name: &str| match name {
            "authorization" => Some("Basic a2V5Og==".to_owned()),
            "cf-connecting-ip" => Some("10.0.0.1".to_owned()),
            _ => None,
        };
        let request = Request { query: "", header: &header };
        let event = |more: Value| {
            let mut event = json!({"type": "track", "receivedAt": "2026-11-25T10:00:00.000Z"});
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            event
        };
        let events = vec![
            event(json!({"anonymousId": "a", "userId": "u", "messageId": "m1"})),
            event(json!({"userId": "u", "messageId": "m2", "request_ip": "::1"})),
            event(json!({"anonymousId": "a"})),
            event(json!({"anonymousId": "null", "messageId": "m4"})),
        ];
        let waiting = waiting(events, &request, 0);
        let names: Vec<_> = waiting.iter().map(|(whose, _)| whose.as_str()).collect();
        assert_eq!(names, ["anonymous_id:a", "nobody", "user_id:u"]);
        let read = |index: usize| -> (Value, Value) {
            let outer: Value = serde_json::from_str(&waiting[index].1).unwrap();
            let body = serde_json::from_str(outer["body"].as_str().unwrap()).unwrap();
            (outer, body)
        };
        let (outer, body) = read(0);
        assert_eq!((&outer["key"], &outer["events"]), (&json!("key"), &json!(2)));
        assert_eq!(body["batch"][0]["messageId"], "m1");
        assert_eq!(body["batch"][0]["request_ip"], "10.0.0.1");
        // Sent twice, it is the same to RudderStack.
        assert_eq!(body["batch"][1]["messageId"].as_str().unwrap().len(), 32);
        assert_eq!(read(2).1["batch"][0]["request_ip"], "::1");
    }
}
