//! The naive reading: all events at once, sorted, and each feature told from the whole list. It shares no code with
//! what it judges.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Time, `messageId`, and the event.
type Said<'e> = (&'e str, &'e str, &'e Value);

/// What the pages of each alias are told, for the features that the property declares.
pub(crate) fn people(events: &[Value], now_ms: i64) -> Value {
    let text = |event: &'_ Value, name: &str| event[name].as_str().map(str::to_owned);
    let mut said: Vec<Said<'_>> = events
        .iter()
        .filter(|event| event.get("anonymousId").is_some() || event.get("userId").is_some())
        .map(|event| (event["timestamp"].as_str().unwrap(), event["messageId"].as_str().unwrap(), event))
        .collect();
    said.sort_by_key(|(at, id, _)| (*at, *id));
    said.dedup_by_key(|(_, id, _)| *id);
    let devices: BTreeSet<_> = said.iter().filter_map(|(_, _, event)| text(event, "anonymousId")).collect();
    let users: BTreeSet<_> = said.iter().filter_map(|(_, _, event)| text(event, "userId")).collect();
    // Who had a device, and when.
    let mut timeline: BTreeMap<&String, BTreeSet<(&str, String)>> = BTreeMap::new();
    for (at, _, event) in &said {
        let Some(user) = text(event, "userId") else { continue };
        let previous = if event["type"] == "alias" { text(event, "previousId") } else { None };
        for device in [text(event, "anonymousId"), previous].into_iter().flatten() {
            if let Some(device) = devices.get(&device) {
                timeline.entry(device).or_default().insert((at, user.clone()));
            }
        }
    }
    let owner = |device: &String, at: &str| {
        let bindings = timeline.get(device)?;
        let before = bindings.iter().rfind(|(since, _)| *since <= at);
        before.or_else(|| bindings.first()).map(|(_, user)| user.clone())
    };
    let of =
        |event: &Value, at: &str| text(event, "userId").or_else(|| owner(&text(event, "anonymousId")?, at));
    let mut people = Map::new();
    for user in &users {
        let theirs =
            said.iter().filter(|(at, _, event)| of(event, at).as_ref() == Some(user)).copied().collect();
        // Named by an alias alone, and by nobody's event: such a user has nothing either.
        people.insert(format!("user_id:{user}"), features(&theirs, now_ms));
    }
    for device in &devices {
        let bound: BTreeSet<_> = timeline.get(device).into_iter().flatten().map(|(_, user)| user).collect();
        let unnamed: Vec<_> = said
            .iter()
            .filter(|(_, _, event)| event.get("userId").is_none() && event["anonymousId"] == **device)
            .copied()
            .collect();
        let known = match bound.len() {
            1 => people.get(&format!("user_id:{}", bound.first().unwrap())).cloned(),
            _ if unnamed.is_empty() => None,
            _ => Some(features(&unnamed, now_ms)),
        };
        people.extend(known.map(|known| (format!("anonymous_id:{device}"), known)));
    }
    Value::Object(people)
}

fn features(said: &Vec<Said<'_>>, now_ms: i64) -> Value {
    let named = |name: &'static str| said.iter().filter(move |(_, _, event)| event["event"] == name);
    let mut bought: Vec<&Value> = Vec::new();
    for sku in named("Buy").flat_map(|(_, _, event)| event["properties"]["skus"].as_array().unwrap()) {
        bought.retain(|other| *other != sku);
        bought.push(sku);
    }
    let pages: Vec<_> = said
        .iter()
        .filter(|(_, _, event)| event["type"] == "page")
        .map(|(_, _, event)| &event["properties"]["path"])
        .collect();
    let count = |path: &&Value| pages.iter().filter(|other| *other == path).count();
    let looked = pages.iter().enumerate().max_by_key(|(at, path)| (count(path), *at)).map(|(_, path)| *path);
    let lately =
        |at: &str| OffsetDateTime::parse(at, &Rfc3339).unwrap().unix_timestamp() * 1_000 > now_ms - 900_000;
    let (mut plan, mut city, mut role) = (Value::Null, Value::Null, Value::Null);
    for (_, _, event) in said {
        if let Some(value) = event["traits"].get("plan") {
            plan = value.clone();
        }
        if let Some(value) = event["traits"].get("role").filter(|_| event["channel"] == "server") {
            role = value.clone();
        }
        if let Some(home) = event["context"]["traits"].get("home") {
            city = home["city"].clone();
        }
    }
    let look = said.iter().position(|(_, _, event)| event["event"] == "Look");
    let funnel = look.map_or(0, |look| {
        1 + usize::from(said.iter().skip(look).any(|(_, _, event)| event["event"] == "Buy"))
    });
    json!({
        "orders": named("Buy").count(),
        "spent": named("Buy").map(|(_, _, event)| event["properties"]["total"].as_i64().unwrap()).sum::<i64>(),
        "lately": named("Buy").filter(|(at, _, _)| lately(at)).count(),
        "bought": bought.iter().skip(bought.len().saturating_sub(3)).collect::<Vec<_>>(),
        "looked": looked.unwrap_or(&Value::Null),
        "plan": plan, "city": city, "role": role, "funnel": funnel,
    })
}
