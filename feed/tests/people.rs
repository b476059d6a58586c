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
use pintle_feed::event::{Alias, Event, Trust};
use pintle_feed::person::State;
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
        "next": { "recommend": { "event": "Buy", "value": "properties.skus[*]", "n": 3, "table": "t",
            "boost": [{ "when": { "plan": { "$gt": 1 }, "item": "9" }, "by": 4 }] } },
        "again": { "recommend": { "event": "Buy", "value": "properties.skus[*]", "n": 9, "table": "t", "repeat": true } },
    });
    let trust = if believes_servers_only { "server" } else { "browser" };
    Settings::compile(&profile, Some(&json!({ "trust": trust, "ids": { "email": {} } })))
        .with(&json!({ "t": reference::table() }))
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

/// The deletion comes after all that is drawn, and this after the deletion.
const LATER: &str = "1970-01-01T00:15:00Z";

/// The events without those of whom `gone` stands for, and without their ids.
fn without(events: &[Value], gone: &str, believes_servers_only: bool) -> Vec<Value> {
    let owners = reference::owners(events, believes_servers_only);
    let owned = events.iter().zip(owners);
    if gone.starts_with("user_id:") {
        return owned
            .filter(|(_, owner)| owner.as_deref() != Some(gone))
            .map(|(event, _)| event.clone())
            .collect();
    }
    let (id_type, id) = gone.split_once(':').unwrap();
    let strip = |mut event: Value| {
        let members = event.as_object_mut().unwrap();
        if id_type == "anonymous_id" {
            members.retain(|name, value| name != "anonymousId" || value != id);
        } else {
            for traits in ["/traits", "/context/traits"] {
                if let Some(traits) = event.pointer_mut(traits) {
                    traits.as_object_mut().unwrap().retain(|name, value| name != "email" || value != id);
                }
            }
        }
        event
    };
    let unnamed_there = |event: &Value| {
        let (user, device, _) = reference::whom(event, believes_servers_only);
        user.is_none() && device.as_deref() == Some(gone)
    };
    events.iter().filter(|event| !unnamed_there(event)).cloned().map(strip).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn who_is_deleted_is_gone_whatever_crashes_and_comes_late_and_what_they_do_then_is_somebody_new(
        events in proptest::collection::vec(event(), 1..12),
        again in proptest::collection::vec(any::<Index>(), 0..12),
        crashes in proptest::collection::vec(0..4_usize, 0..3),
        gone in prop_oneof!["user_id:u[0-2]", "anonymous_id:a[0-2]", "email:e[0-1]"],
        new in event(),
        believes_servers_only in any::<bool>(),
    ) {
        let settings = settings(believes_servers_only);
        let events: Vec<_> = events.into_iter().filter(|event| event["type"] != "alias").collect();
        prop_assume!(new["type"] != "alias");
        let mut network = Network::default();
        network.take(read(&events), &settings);
        let alias: Alias = serde_json::from_value(gone.clone().into()).unwrap();
        let only_user = network.row(&alias).map(|row| serde_json::from_str::<State>(row).unwrap());
        let only_user = only_user.and_then(|state| state.only_user().cloned());
        let person = only_user.map_or(gone, |user| user.as_str().to_owned());
        for (messages, late) in crashes.into_iter().zip(again.chunks(3)) {
            network.forget(messages, &alias, NOW_MS - 200_000);
            let late: Vec<_> = late.iter().filter_map(|index| events.get(index.index(events.len().max(1))).cloned()).collect();
            network.take(read(&late), &settings);
        }
        prop_assert!(network.forget(usize::MAX, &alias, NOW_MS - 200_000));
        let mut left = without(&events, &person, believes_servers_only);
        let expected = reference::people(&left, believes_servers_only, NOW_MS).to_string();
        prop_assert_eq!(Value::Object(network.snapshots(&settings, NOW_MS)).to_string(), expected.clone());
        let late: Vec<_> = again.iter().filter_map(|index| events.get(index.index(events.len().max(1))).cloned()).collect();
        network.take(read(&late), &settings);
        prop_assert_eq!(Value::Object(network.snapshots(&settings, NOW_MS)).to_string(), expected);
        let mut new = new;
        new["timestamp"] = LATER.into();
        new["messageId"] = "new".into();
        left.push(new.clone());
        // What was done without a name before the deletion is nobody's that was deleted, whoever logs in there now.
        let owners = reference::owners(&left, believes_servers_only);
        prop_assume!(owners.iter().rev().skip(1).all(|owner| owner.as_ref() != Some(&person)));
        network.take(read(&[new]), &settings);
        let expected = reference::people(&left, believes_servers_only, NOW_MS).to_string();
        prop_assert_eq!(Value::Object(network.snapshots(&settings, NOW_MS)).to_string(), expected);
    }

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
