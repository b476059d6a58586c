//! What becomes of a row, message by message.

use pintle::document::environment::Environment;
use serde_json::{Value, json};

use super::*;
use crate::event::{Event, Trust};
use crate::route::route;

static NONE: Tables = Tables::none();

const PERSONALIZATION: &str = r#"{"view": "V", "features": {}, "profile": {
    "ORDERS": {"count": {"event": "Buy", "window": "1h"}}, "AGO": {"timeSinceLast": {"event": "Buy"}}}}"#;

fn feed() -> Feed {
    let variable = |name: &str| (name == "PROFILE_SOURCES").then(|| "people".to_owned());
    Feed::compile(PERSONALIZATION, &Environment { variable: &variable }).unwrap()
}

/// The row and the onward messages of the first object that hears of the event.
fn told(row: Option<&str>, event: &Value, feed: &Feed) -> (Alias, Taken) {
    let event = Event::read(event, 0, Trust::Browser).unwrap();
    let (to, message) = route(&[event], &feed.declarations, &feed.identity).into_iter().next().unwrap();
    let body = serde_json::to_string(&Told { to: to.clone(), message }).unwrap();
    (to, take(row, &body).unwrap())
}

#[test]
fn a_device_that_is_bound_tells_its_user_until_the_user_has_it_and_then_has_them_asked() {
    let feed = feed();
    let bought = json!({"type": "track", "event": "Buy", "messageId": "m1", "anonymousId": "a"});
    let (device, taken) = told(None, &bought, &feed);
    assert!(taken.onward.is_empty());
    let login = json!({"type": "identify", "messageId": "m2", "anonymousId": "a", "userId": "u"});
    let (_, first) = told(Some(&taken.row), &login, &feed);
    let (_, again) = told(Some(&first.row), &login, &feed);
    assert_eq!(first.onward[0].body, again.onward[0].body);
    let user = again.onward[0].to.clone();
    let of_user = take(None, &again.onward[0].body).unwrap();
    let row = acknowledge(Some(&again.row), &user, &again.onward[0].versions).unwrap();
    let (_, third) = told(Some(&row), &login, &feed);
    assert!(third.onward.is_empty());
    let bought_by_name =
        json!({"type": "track", "event": "Buy", "messageId": "m3", "anonymousId": "a", "userId": "u"});
    let (_, fourth) = told(Some(&row), &bought_by_name, &feed);
    assert_eq!(fourth.onward[0].versions, [] as [u64; 0]);
    assert_eq!(tell(Some(&row), &device, (&feed, &NONE), 0).unwrap().ask, Some(user.clone()));
    let tells = tell(Some(&of_user.row), &user, (&feed, &NONE), 0).unwrap();
    assert_eq!(tells.aliases, [user, device]);
    assert!(tells.data.unwrap().starts_with(r#"{"V":{"AGO":0,"ORDERS":1}"#));
}

#[test]
fn a_row_whose_versions_have_come_to_their_end_is_no_panic() {
    let feed = feed();
    let bought = |id: &str| json!({"type": "track", "event": "Buy", "messageId": id, "anonymousId": "a"});
    let login = json!({"type": "identify", "messageId": "m1", "anonymousId": "a", "userId": "u"});
    let row = told(None, &login, &feed).1.row;
    let last = row.replacen("\"version\":1", &format!("\"version\":{}", u64::MAX), 1);
    assert_ne!(last, row);
    assert_eq!(told(Some(&last), &bought("m2"), &feed).1.onward[0].versions, [u64::MAX]);
}

#[test]
fn the_version_is_another_when_something_happens_and_not_when_time_passes() {
    let feed = feed();
    let bought = |id: &str| json!({"type": "track", "event": "Buy", "messageId": id, "anonymousId": "a"});
    let (device, first) = told(None, &bought("m1"), &feed);
    let version = |row: &str, now_ms| tell(Some(row), &device, (&feed, &NONE), now_ms).unwrap().version;
    assert_eq!(version(&first.row, 0), version(&first.row, 9_000));
    let (_, again) = told(Some(&first.row), &bought("m1"), &feed);
    assert_eq!(again.row, first.row);
    let (_, second) = told(Some(&first.row), &bought("m2"), &feed);
    assert_ne!(version(&first.row, 0), version(&second.row, 0));
}

/// What pages of somebody are told by whom these were bought, each while this was declared.
fn told_under(bought: &[(i64, &str)], now_ms: i64) -> Value {
    let variable = |name: &str| (name == "PROFILE_SOURCES").then(|| "people".to_owned());
    let compile = |profile: &str| {
        let text = format!(r#"{{"view": "V", "features": {{}}, "profile": {{{profile}}}}}"#);
        Feed::compile(&text, &Environment { variable: &variable }).unwrap()
    };
    let mut last: Option<(Alias, String, Feed)> = None;
    for (at_ms, profile) in bought {
        let feed = compile(profile);
        let event = json!({"type": "track", "event": "Buy", "messageId": at_ms.to_string(), "userId": "u",
            "properties": {"total": 2}});
        let event = Event::read(&event, *at_ms, Trust::Browser).unwrap();
        let (to, mut message) =
            route(&[event], &feed.declarations, &feed.identity).into_iter().next().unwrap();
        message.declared = Some(feed.declarations.declared(*at_ms));
        let body = serde_json::to_string(&Told { to: to.clone(), message }).unwrap();
        let row = last.as_ref().map(|(_, row, _)| row.as_str());
        last = Some((to, take(row, &body).unwrap().row, feed));
    }
    let (own, row, feed) = last.unwrap();
    serde_json::from_str(&tell(Some(&row), &own, (&feed, &NONE), now_ms).unwrap().data.unwrap()).unwrap()
}

#[test]
fn a_feature_that_is_declared_later_counts_what_is_still_kept_and_says_since_when_it_is_exact() {
    let orders = r#""ORDERS": {"count": {"event": "Buy"}}"#;
    let more = |name: &str, of: &str| format!(r#"{orders}, "{name}": {{{of}}}"#);
    let spent = more("SPENT", r#""sum": {"event": "Buy", "value": "properties.total"}"#);
    let told = told_under(&[(10, orders), (20, &spent)], 30);
    assert_eq!(told, json!({"V": {"ORDERS": 2, "SPENT": 2}, "pintle:exact": {"SPENT": 20}}));
    // What is kept for another's sake is there for this one, too.
    let ever = more("EVER", r#""exists": {"event": "Buy"}"#);
    assert_eq!(told_under(&[(10, orders), (20, &ever)], 30), json!({"V": {"ORDERS": 2, "EVER": true}}));
    assert_eq!(told_under(&[(10, &spent), (20, &spent)], 30), json!({"V": {"ORDERS": 2, "SPENT": 4}}));
    // Within its window nothing is missing any more.
    let lately = more("SPENT", r#""sum": {"event": "Buy", "value": "properties.total", "window": "1s"}"#);
    let bought = [(10, orders), (20, lately.as_str())];
    assert_eq!(told_under(&bought, 1_019)["pintle:exact"], json!({ "SPENT": 20 }));
    assert_eq!(told_under(&bought, 1_020)["pintle:exact"], Value::Null);
}

#[test]
fn who_is_told_by_their_users_object_needs_no_table_and_the_user_needs_the_rows_of_what_was_bought() {
    let variable = |name: &str| (name == "PROFILE_SOURCES").then(|| "people".to_owned());
    let profile = r#"{"view": "V", "features": {}, "profile": {"NEXT": {"recommend":
        {"event": "Buy", "value": "properties.sku", "n": 2, "table": "t"}}}}"#;
    let feed = Feed::compile(profile, &Environment { variable: &variable }).unwrap();
    let bought = |more: Value| {
        let mut event = json!({"type": "track", "event": "Buy", "messageId": "m", "anonymousId": "a", "properties": {"sku": "x"}});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let (_, device) = told(None, &bought(json!({})), &feed);
    let device = device.telling(&feed).unwrap();
    assert_eq!(
        (device.wants, device.version),
        (["pintle:table:t", "pintle:table:t:x"].map(str::to_owned).into(), None)
    );
    let login = json!({"type": "identify", "messageId": "m2", "anonymousId": "a", "userId": "u"});
    let (_, bound) = told(Some(&device.row), &login, &feed);
    assert_eq!(wants(&bound.row, &feed).unwrap(), [] as [String; 0]);
    let told = bound.clone().telling(&feed).unwrap().version;
    assert_eq!(told, Some(version(&bound.row, &bound.own, (&feed, &NONE)).unwrap()));
    let of_user = take(None, &bound.onward[0].body).unwrap();
    assert_eq!(wants(&of_user.row, &feed).unwrap(), ["pintle:table:t", "pintle:table:t:x"]);
    let user = bound.onward[0].to.clone();
    let version = |tables: &str| version(&of_user.row, &user, (&feed, &Tables::read(tables))).unwrap();
    let with = |row: &str| format!(r#"{{"pintle:table:t": {{}}, "pintle:table:t:x": [["{row}",1]]}}"#);
    assert_ne!(version(&with("y")), version(&with("z")));
    assert_eq!(version(&with("y")), version(&with("y")));
}

#[test]
fn who_has_one_device_too_many_has_the_one_counted_that_was_bound_longest_ago() {
    let variable = |name: &str| (name == "PROFILE_SOURCES").then(|| "people".to_owned());
    let text = r#"{"view": "V", "features": {}, "identity": {"ids": {"anonymous_id": {"maximum": 2}}}}"#;
    let feed = Feed::compile(text, &Environment { variable: &variable }).unwrap();
    let mut row: Option<String> = None;
    let mut off = Vec::new();
    for (day, device) in ["a", "b", "b", "c", "d"].into_iter().enumerate() {
        let login = json!({"type": "identify", "messageId": day.to_string(), "anonymousId": device, "userId": "u",
            "timestamp": format!("1970-01-0{}T00:00:00Z", day + 1)});
        let event = Event::read(&login, i64::MAX, Trust::Browser).unwrap();
        let (to, message) = route(&[event], &feed.declarations, &feed.identity).into_iter().next().unwrap();
        let device = take(None, &serde_json::to_string(&Told { to, message }).unwrap()).unwrap();
        let user = take(row.as_deref(), &device.onward[0].body).unwrap().telling(&feed).unwrap();
        off.push(user.off);
        row = Some(user.row);
    }
    assert_eq!(off, [0, 0, 0, 1, 1]);
}

#[test]
fn an_object_that_heard_of_nobody_tells_nothing() {
    let device = serde_json::from_value(json!("anonymous_id:a")).unwrap();
    assert_eq!(tell(None, &device, (&feed(), &NONE), 0).unwrap().data, None);
}
