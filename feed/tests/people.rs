//! People do not depend on how their events come: in whatever order, batches and repetition, with a crash after any
//! step, the objects end in what a naive reading of the whole set says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod network;
mod reference;

use network::{Network, Settings};
use pintle_feed::event::{Event, Trust};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

/// Enough for the windows of the declarations to pass.
const NOW_MS: i64 = 1_000_000;

fn settings(believes_servers_only: bool) -> Settings {
    let profile = json!({
        "orders": { "count": { "event": "Buy" } },
        "spent": { "sum": { "event": "Buy", "value": "properties.total" } },
        "lately": { "count": { "event": "Buy", "window": "900s" } },
        "bought": { "lastDistinctN": { "event": "Buy", "value": "properties.skus[*]", "n": 3 } },
        "looked": { "mostFrequent": { "type": "page", "value": "properties.path" } },
        "plan": { "last": { "trait": "plan" } },
        "city": { "last": { "trait": "home.city" } },
        "role": { "last": { "trait": "role" }, "trust": "server" },
        "funnel": { "sequence": ["Look", "Buy"] },
    });
    let trust = if believes_servers_only { "server" } else { "browser" };
    Settings::compile(&profile, Some(&json!({ "trust": trust, "ids": { "email": {} } })))
}

prop_compose! {
    /// Few ids, few times and few values, so that events meet each other.
    fn event()(
        kind in 0..6_u8,
        id in 0..40_u8,
        seconds in 0..40_u8,
        device in proptest::option::of(0..3_u8),
        user in proptest::option::weighted(0.4, 0..3_u8),
        value in 0..4_u8,
        null in 0..8_u8,
        server in any::<bool>(),
        email in proptest::option::weighted(0.3, 0..2_u8),
    ) -> Value {
        let at = format!("1970-01-01T00:{:02}:{:02}Z", seconds / 4, u32::from(seconds % 4) * 15);
        // One id is one event: what is said in it follows from the id.
        let mut event = json!({ "messageId": format!("m{id}-{kind}-{seconds}-{value}-{null}-{device:?}-{user:?}-{server}-{email:?}"), "timestamp": at,
            "channel": if server { "server" } else { "web" } });
        let (type_, more) = match kind {
            0 => ("track", json!({ "event": "Buy", "properties": { "total": value, "skus": [value, value + 1] } })),
            1 => ("track", json!({ "event": "Look", "properties": { "skus": [value] } })),
            2 => ("page", json!({ "properties": { "path": format!("/{value}") } })),
            3 => ("identify", json!({ "traits": { "plan": if null == 0 { Value::Null } else { value.into() }, "role": value } })),
            4 => ("identify", json!({ "context": { "traits": { "home": if null == 0 { Value::Null } else { json!({ "city": value }) } } } })),
            _ => ("alias", json!({ "previousId": format!("a{value}") })),
        };
        let members = event.as_object_mut().unwrap();
        members.insert("type".to_owned(), type_.into());
        members.extend(more.as_object().unwrap().clone());
        if let Some(email) = email {
            let below = if kind == 3 { "traits" } else { "context" };
            let member = if kind == 3 { json!({ "email": format!("e{email}") }) } else { json!({ "traits": { "email": format!("e{email}") } }) };
            merge(event.as_object_mut().unwrap(), below, &member);
        }
        let members = event.as_object_mut().unwrap();
        if let Some(device) = device { members.insert("anonymousId".to_owned(), format!("a{device}").into()); }
        if let Some(user) = user { members.insert("userId".to_owned(), format!("u{user}").into()); }
        event
    }
}

/// Writes members beside those that are there.
fn merge(into: &mut Map<String, Value>, name: &str, value: &Value) {
    match (into.get_mut(name), value) {
        (Some(Value::Object(there)), Value::Object(members)) => {
            members.iter().for_each(|(name, value)| merge(there, name, value));
        }
        _ => _ = into.insert(name.to_owned(), value.clone()),
    }
}

fn read(events: &[Value]) -> Vec<Event> {
    events.iter().filter_map(|event| Event::read(event, NOW_MS, Trust::Warehouse).ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn however_events_come_people_are_what_the_set_of_them_says(
        events in proptest::collection::vec(event(), 0..14),
        shuffle in proptest::collection::vec(any::<Index>(), 14),
        again in proptest::collection::vec(any::<Index>(), 0..6),
        size in 1..5_usize,
        crashes in proptest::collection::vec(0..6_usize, 0..4),
        believes_servers_only in any::<bool>(),
    ) {
        let settings = settings(believes_servers_only);
        let expected = reference::people(&events, believes_servers_only, NOW_MS);
        let mut order: Vec<_> = read(&events);
        let more: Vec<_> = if order.is_empty() { Vec::new() } else { again.iter().map(|index| index.get(&order).clone()).collect() };
        order.extend(more);
        for (at, index) in shuffle.iter().enumerate().take(order.len()) {
            let other = index.index(order.len());
            order.swap(at, other);
        }
        let mut network = Network::default();
        let mut crashes = crashes.into_iter();
        for batch in order.chunks(size) {
            // Whoever was not answered sends again.
            if let Some(messages) = crashes.next() {
                network.take_until(messages, batch.to_vec(), &settings);
            }
            network.take(batch.to_vec(), &settings);
        }
        prop_assert_eq!(Value::Object(network.snapshots(&settings, NOW_MS)).to_string(), expected.to_string());
    }
}
