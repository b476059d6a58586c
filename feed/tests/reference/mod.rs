//! The naive reading: all events at once, sorted, and each feature told from the whole list. It shares no code with
//! what it judges.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Time, `messageId`, the event, and whom it is about as far as it is believed.
type Said<'e> = (&'e str, &'e str, &'e Value, Whom);

/// The user, the device or else the other id, and what else belongs to the user from then on.
pub(crate) type Whom = (Option<String>, Option<String>, Vec<String>);

pub(crate) fn whom(event: &Value, believes_servers_only: bool) -> Whom {
    let text = |name: &str, id_type: &str| event[name].as_str().map(|id| format!("{id_type}:{id}"));
    let (device, user) = (text("anonymousId", "anonymous_id"), text("userId", "user_id"));
    if believes_servers_only && event["channel"] != "server" {
        return if device.is_some() { (None, device, Vec::new()) } else { (user, None, Vec::new()) };
    }
    let email = event["traits"].get("email").or_else(|| event["context"]["traits"].get("email"));
    let email = email.map(|id| format!("email:{}", id.as_str().unwrap()));
    if user.is_none() {
        return (None, device.or(email), Vec::new());
    }
    let previous = if event["type"] == "alias" { text("previousId", "anonymous_id") } else { None };
    (user, device.clone(), [device, email, previous].into_iter().flatten().collect())
}

/// Who had a device, and when.
type Timeline = BTreeMap<String, BTreeSet<(String, String)>>;

fn timeline(said: &[Said<'_>]) -> Timeline {
    let mut timeline = Timeline::new();
    for (at, _, _, (user, _, bound)) in said {
        for (device, user) in bound.iter().flat_map(|device| user.iter().map(move |user| (device, user))) {
            timeline.entry(device.clone()).or_default().insert(((*at).to_owned(), user.clone()));
        }
    }
    timeline
}

/// Whose an event is in the end.
fn owner(timeline: &Timeline, (at, _, _, (user, device, _)): &Said<'_>) -> Option<String> {
    let of_device = || {
        let bindings = timeline.get(device.as_ref()?)?;
        let before = bindings.iter().rfind(|(since, _)| since.as_str() <= *at);
        before.or_else(|| bindings.first()).map(|(_, user)| user.clone())
    };
    user.clone().or_else(of_device)
}

/// Whose each event is.
pub(crate) fn owners(events: &[Value], believes_servers_only: bool) -> Vec<Option<String>> {
    let each = events
        .iter()
        .map(|event| (event["timestamp"].as_str().unwrap(), "", event, whom(event, believes_servers_only)));
    let said: Vec<Said<'_>> = each.collect();
    let timeline = timeline(&said);
    said.iter().map(|each| owner(&timeline, each)).collect()
}

/// What the pages of each alias are told, for the features that the property declares.
pub(crate) fn people(events: &[Value], believes_servers_only: bool, now_ms: i64) -> Value {
    let mut said: Vec<Said<'_>> = events
        .iter()
        .map(|event| (event["timestamp"].as_str().unwrap(), event["messageId"].as_str().unwrap(), event))
        .map(|(at, id, event)| (at, id, event, whom(event, believes_servers_only)))
        .filter(|(_, _, _, (user, device, _))| user.is_some() || device.is_some())
        .collect();
    said.sort_by_key(|(at, id, ..)| (*at, *id));
    said.dedup_by_key(|(_, id, ..)| *id);
    let users: BTreeSet<_> = said.iter().filter_map(|(_, _, _, (user, ..))| user.clone()).collect();
    // One that only an `alias` names is nobody's yet.
    let is_seen = |alias: &&String| {
        said.iter().any(|(_, _, event, (_, device, bound))| {
            let previous = event["previousId"].as_str().map(|id| format!("anonymous_id:{id}"));
            device.as_ref() == Some(alias) || (bound.contains(alias) && previous.as_ref() != Some(alias))
        })
    };
    let devices = said.iter().flat_map(|(_, _, _, (_, device, bound))| device.iter().chain(bound));
    let devices: BTreeSet<_> = devices.filter(is_seen).cloned().collect();
    let timeline = timeline(&said);
    let of = |each: &Said<'_>| owner(&timeline, each);
    let mut people = Map::new();
    for user in &users {
        let theirs = said.iter().filter(|each| of(each).as_ref() == Some(user)).collect();
        // Named by an alias alone, and by nobody's event: such a user has nothing either.
        people.insert(user.clone(), features(&theirs, now_ms));
    }
    for device in &devices {
        let bound: BTreeSet<_> = timeline.get(device).into_iter().flatten().map(|(_, user)| user).collect();
        let unnamed: Vec<_> = said
            .iter()
            .filter(|(_, _, _, (user, of, _))| user.is_none() && of.as_ref() == Some(device))
            .collect();
        let known = match bound.len() {
            1 => people.get(*bound.first().unwrap()).cloned(),
            _ if unnamed.is_empty() => None,
            _ => Some(features(&unnamed, now_ms)),
        };
        people.extend(known.map(|known| (device.clone(), known)));
    }
    Value::Object(people)
}

fn features(said: &Vec<&Said<'_>>, now_ms: i64) -> Value {
    let named = |name: &'static str| said.iter().filter(move |(_, _, event, _)| event["event"] == name);
    let mut bought: Vec<&Value> = Vec::new();
    for sku in named("Buy").flat_map(|(_, _, event, _)| event["properties"]["skus"].as_array().unwrap()) {
        bought.retain(|other| *other != sku);
        bought.push(sku);
    }
    let pages: Vec<_> = said
        .iter()
        .filter(|(_, _, event, _)| event["type"] == "page")
        .map(|(_, _, event, _)| &event["properties"]["path"])
        .collect();
    let count = |path: &&Value| pages.iter().filter(|other| *other == path).count();
    let looked = pages.iter().enumerate().max_by_key(|(at, path)| (count(path), *at)).map(|(_, path)| *path);
    let lately =
        |at: &str| OffsetDateTime::parse(at, &Rfc3339).unwrap().unix_timestamp() * 1_000 > now_ms - 900_000;
    let (mut plan, mut city, mut role) = (Value::Null, Value::Null, Value::Null);
    for (_, _, event, _) in said {
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
    let look = said.iter().position(|(_, _, event, _)| event["event"] == "Look");
    let funnel = look.map_or(0, |look| {
        1 + usize::from(said.iter().skip(look).any(|(_, _, event, _)| event["event"] == "Buy"))
    });
    let texts: Vec<_> = bought.iter().map(ToString::to_string).collect();
    let next = recommended(&bought, |item| match item {
        _ if texts.iter().any(|text| text == item) => 0.0,
        "9" if plan.as_i64().is_some_and(|plan| plan > 1) => 4.0,
        _ => 1.0,
    });
    let again = recommended(&bought, |_| 1.0);
    json!({
        "next": next.into_iter().take(3).collect::<Vec<_>>(), "again": again,
        "orders": named("Buy").count(),
        "spent": named("Buy").map(|(_, _, event, _)| event["properties"]["total"].as_i64().unwrap()).sum::<i64>(),
        "lately": named("Buy").filter(|(at, ..)| lately(at)).count(),
        "bought": bought.iter().skip(bought.len().saturating_sub(3)).collect::<Vec<_>>(),
        "looked": looked.unwrap_or(&Value::Null),
        "plan": plan, "city": city, "role": role, "funnel": funnel,
    })
}

/// Which goods go with which, in the property.
pub(crate) fn table() -> Value {
    json!({
        "0": [["1", 0.5], ["7", 0.4], ["8", 0.25]], "1": [["2", 0.5], ["9", 0.125], ["7", 0.1]],
        "2": [["3", 0.5], ["2", 0.4], ["8", 0.3]], "3": [["9", 0.5], ["3", 0.25]],
    })
}

/// All that the last five different goods of `bought` lead to, the best first; `bought` is the last of each in its order.
fn recommended(bought: &[&Value], raised: impl Fn(&str) -> f64) -> Vec<String> {
    let table = table();
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for (age, sku) in bought.iter().rev().take(5).enumerate() {
        for neighbour in table[sku.to_string()].as_array().into_iter().flatten() {
            let item = neighbour[0].as_str().unwrap().to_owned();
            let weight = (0..age).fold(1.0, |weight, _| weight * 0.8);
            *sums.entry(item).or_default() += neighbour[1].as_f64().unwrap() * weight;
        }
    }
    let mut worth: Vec<_> = sums.into_iter().map(|(item, sum)| (sum * raised(&item), item)).collect();
    worth.retain(|(worth, _)| *worth > 0.0);
    worth.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    worth.into_iter().map(|(_, item)| item).collect()
}
