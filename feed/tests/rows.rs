//! Rows that earlier versions wrote, as they were written, are read: what was known is known.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use pintle::document::environment::Environment;
use pintle_feed::event::{Alias, Event, Trust};
use pintle_feed::object::{self, Told};
use pintle_feed::recommendation::table::Tables;
use pintle_feed::route::route;
use pintle_feed::settings::Feed;
use serde_json::json;

const USER: &str = include_str!("rows/first_user.json");
const DEVICE: &str = include_str!("rows/first_device.json");
const PERSONALIZATION: &str = r#"{"view": "V", "features": {}, "profile": {
    "SPENT": {"sum": {"event": "Buy", "value": "properties.total"}}, "PLAN": {"last": {"trait": "plan"}}}}"#;

fn feed() -> Feed {
    let variable = |name: &str| (name == "PROFILE_SOURCES").then(|| "people".to_owned());
    Feed::compile(PERSONALIZATION, &Environment { variable: &variable }).unwrap()
}

fn alias(name: &str) -> Alias {
    serde_json::from_value(json!(name)).unwrap()
}

#[test]
fn a_user_of_the_first_version_knows_what_they_knew_and_can_be_forgotten() {
    let user = alias("user_id:u1");
    let tells = object::tell(Some(USER), &user, (&feed(), &Tables::none()), 0).unwrap();
    assert_eq!(tells.data.as_deref(), Some(r#"{"V":{"PLAN":"pro","SPENT":7},"pintle:exact":{"SPENT":1}}"#));
    assert_eq!(tells.aliases, [user.clone(), alias("anonymous_id:a1")]);
    let forgotten = object::forget(Some(USER), &user, &user, 1_800_000_000_000).unwrap();
    assert_eq!(forgotten.onward[0].to, alias("anonymous_id:a1"));
}

#[test]
fn a_device_of_the_first_version_has_its_user_asked_and_goes_on_sharing() {
    let device = alias("anonymous_id:a1");
    assert_eq!(
        object::tell(Some(DEVICE), &device, (&feed(), &Tables::none()), 0).unwrap().ask,
        Some(alias("user_id:u1"))
    );
    let event = json!({"type": "track", "event": "Buy", "messageId": "m3", "anonymousId": "a1", "properties": {"total": 5}});
    let event = Event::read(&event, 1_800_000_000_000, Trust::Browser).unwrap();
    let feed = feed();
    let (to, message) = route(&[event], &feed.declarations, &feed.identity).into_iter().next().unwrap();
    let body = serde_json::to_string(&Told { to, message }).unwrap();
    let taken = object::take(Some(DEVICE), &body).unwrap();
    let user = object::take(Some(USER), &taken.onward[0].body).unwrap();
    let tells = object::tell(Some(&user.row), &alias("user_id:u1"), (&feed, &Tables::none()), 0).unwrap();
    assert_eq!(tells.data.as_deref(), Some(r#"{"V":{"PLAN":"pro","SPENT":12},"pintle:exact":{"SPENT":1}}"#));
}
