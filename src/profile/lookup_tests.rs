//! How a lookup goes, step by step.

use serde_json::json;

use super::*;
use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;
use crate::profile::breaker::{PAUSE_MS, THRESHOLD};

const DATA: &str = r#"{"V":{"F":1}}"#;

fn profiles(sources: &str) -> Profiles {
    let variable = |name: &str| match name {
        "PROFILE_SOURCES" => Some(sources.to_owned()),
        "ACTIVATION_DESTINATION_ID" | "ACTIVATION_TOKEN" => Some("x".to_owned()),
        _ => None,
    };
    let wanted = (Some("V".to_owned()), ["F"].into());
    let mut mistakes = Mistakes::default();
    let environment = Environment { variable: &variable };
    let profiles = Profiles::compile(
        &environment,
        &[Source::Kv, Source::People, Source::Function],
        wanted,
        &mut mistakes,
    );
    assert_eq!(mistakes, Mistakes::default());
    profiles
}

fn visitor() -> AnonymousId {
    AnonymousId::new("somebody".to_owned()).unwrap()
}

/// A lookup, what it works with, and a clock.
struct Scene {
    profiles: Profiles,
    learned: Learned,
    lookup: Lookup,
}

impl Scene {
    fn of(sources: &str, when: When) -> Self {
        let lookup = Lookup::new(visitor(), when);
        Self { profiles: profiles(sources), learned: Learned::default(), lookup }
    }

    fn next(&mut self, now_ms: u64) -> Step {
        self.lookup.next(&mut Desk { profiles: &self.profiles, learned: &mut self.learned, now_ms })
    }

    fn replied(&mut self, reply: &Reply, now_ms: u64) -> Step {
        self.lookup.replied(reply, &mut Desk { profiles: &self.profiles, learned: &mut self.learned, now_ms })
    }

    fn ran_out(&mut self, now_ms: u64) -> Step {
        self.lookup.ran_out(&mut Desk { profiles: &self.profiles, learned: &mut self.learned, now_ms })
    }

    /// The lookup of the next page, with what was learned.
    fn again(&mut self, when: When) -> Lookup {
        std::mem::replace(&mut self.lookup, Lookup::new(visitor(), when))
    }
}

fn value(text: &str) -> Reply {
    Reply::Value(Some(text.to_owned()))
}

fn http(status: u16, body: &str) -> Reply {
    Reply::Http { status, body: body.to_owned() }
}

fn api_knows() -> Reply {
    http(200, &format!(r#"{{"data":{DATA}}}"#))
}

/// The transport that a step asks by, and how long it waits.
fn asked(step: &Step) -> (&'static str, u64) {
    match step {
        Step::Ask { ask: Ask::Http { .. }, wait_ms } => ("http", *wait_ms),
        Step::Ask { ask: Ask::Kv { .. }, wait_ms } => ("kv", *wait_ms),
        Step::Ask { ask: Ask::Object { .. }, wait_ms } => ("object", *wait_ms),
        Step::Ask { ask: Ask::Function { .. }, wait_ms } => ("function", *wait_ms),
        Step::Ask { ask: Ask::Socket { .. }, wait_ms } => ("socket", *wait_ms),
        Step::Wait { wait_ms } => ("wait", *wait_ms),
        Step::Enough => ("enough", 0),
    }
}

#[test]
fn the_sources_are_asked_in_their_order_within_one_budget_until_one_knows_the_visitor() {
    let mut scene = Scene::of("kv,activation-api,function", When::Before);
    assert_eq!(asked(&scene.next(1_000)), ("kv", 150));
    assert_eq!(asked(&scene.replied(&Reply::Value(None), 1_010)), ("http", 140));
    assert_eq!(asked(&scene.replied(&api_knows(), 1_060)), ("enough", 0));
    let Ended { outcome, keep, later } = scene.again(When::Before).end();
    assert!(matches!(outcome, Outcome::Found(_, Source::ActivationApi)));
    assert!(later.is_none());
    let keep = keep.unwrap();
    assert_eq!((keep.key.as_str(), keep.value.as_str()), ("user:anonymous_id:somebody", DATA));
    assert_eq!(keep.expiration_ttl, 600);
}

#[test]
fn what_kv_knows_is_not_written_back_to_it() {
    let mut scene = Scene::of("kv,activation-api", When::Before);
    scene.next(0);
    assert_eq!(scene.replied(&value(DATA), 1), Step::Enough);
    assert!(scene.again(When::Before).end().keep.is_none());
}

#[test]
fn an_id_that_no_source_knows_is_asked_for_once_in_half_a_minute() {
    let mut scene = Scene::of("function", When::Before);
    scene.next(0);
    assert_eq!(scene.replied(&Reply::Value(None), 1), Step::Enough);
    assert_eq!(scene.again(When::Before).end().outcome, Outcome::Missing);
    assert_eq!(scene.next(29_000), Step::Enough);
    assert_eq!(scene.again(When::Before).end().outcome, Outcome::Missing);
    assert_eq!(asked(&scene.next(31_000)), ("function", 150));
}

#[test]
fn one_source_that_fails_is_no_miss_even_when_the_others_do_not_know_the_visitor() {
    let mut scene = Scene::of("kv,activation-api", When::Before);
    scene.next(0);
    assert_eq!(asked(&scene.replied(&Reply::Failed("it is down".to_owned()), 1)), ("http", 149));
    assert_eq!(scene.replied(&http(200, r#"{"data":{}}"#), 2), Step::Enough);
    let outcome = scene.again(When::Before).end().outcome;
    assert_eq!(outcome, Outcome::Failed(Failure::Unreachable("it is down".to_owned())));
}

#[test]
fn when_the_budget_is_over_the_page_goes_on_and_what_comes_late_is_kept_for_the_next() {
    let mut scene = Scene::of("kv,activation-api", When::Before);
    scene.next(0);
    assert_eq!(scene.ran_out(150), Step::Enough);
    let ended = scene.again(When::Before).end();
    assert_eq!(ended.outcome, Outcome::Failed(Failure::Deadline));
    scene.lookup = ended.later.unwrap();
    assert_eq!(asked(&scene.next(160)), ("wait", LATE_MS));
    assert_eq!(asked(&scene.replied(&Reply::Value(None), 400)), ("http", LATE_MS - 240));
    assert_eq!(scene.replied(&api_knows(), 600), Step::Enough);
    assert!(scene.lookup.take_keep().is_some());
    assert!(scene.lookup.take_keep().is_none());
    let _ = scene.again(When::Before);
    assert_eq!(scene.next(700), Step::Enough);
    assert!(matches!(scene.again(When::Before).end().outcome, Outcome::Found(_, Source::ActivationApi)));
}

#[test]
fn after_the_late_deadline_nobody_is_asked_any_more() {
    for late_reply in [false, true] {
        let mut scene = Scene::of("kv,activation-api", When::After);
        assert_eq!(asked(&scene.next(0)), ("kv", LATE_MS));
        let step =
            if late_reply { scene.replied(&Reply::Value(None), LATE_MS) } else { scene.ran_out(LATE_MS) };
        assert_eq!(step, Step::Enough);
        assert_eq!(scene.replied(&Reply::Value(None), LATE_MS + 1), Step::Enough);
    }
}

#[test]
fn a_lookup_for_the_next_page_keeps_no_page_waiting() {
    let scene = Scene::of("kv", When::After);
    let ended = scene.lookup.end();
    assert_eq!(ended.outcome, Outcome::NotAsked);
    assert!(ended.later.is_some());
}

#[test]
fn a_source_that_is_silent_again_and_again_is_left_alone_for_a_while() {
    let mut scene = Scene::of("function", When::Before);
    for page in 0..u64::from(THRESHOLD) {
        assert_eq!(asked(&scene.next(page * 1_000)), ("function", 150));
        scene.ran_out(page * 1_000 + 150);
        let _ = scene.again(When::Before);
    }
    assert_eq!(scene.next(10_000), Step::Enough);
    assert_eq!(scene.again(When::Before).end().outcome, Outcome::Failed(Failure::LeftAlone));
    assert_eq!(asked(&scene.next(10_000 + PAUSE_MS)), ("function", 150));
}

#[test]
fn one_visitor_whose_entry_is_broken_keeps_nobody_else_from_the_source() {
    let mut scene = Scene::of("activation-api", When::Before);
    for page in 0..u64::from(3 * THRESHOLD) {
        assert_eq!(asked(&scene.next(page)), ("http", 150));
        scene.replied(&http(200, r#"{"data":null}"#), page);
        let _ = scene.again(When::Before);
    }
    assert_eq!(asked(&scene.next(1_000)), ("http", 150));
}

#[test]
fn failures_that_last_are_told_once_a_minute_with_their_cause_and_without_the_visitor() {
    let mut scene = Scene::of("function", When::Before);
    for now_ms in [0, 1_000, 70_000] {
        scene.next(now_ms);
        scene.replied(&Reply::Failed("no row for somebody".to_owned()), now_ms);
        let _ = scene.again(When::Before);
    }
    let lines = scene.learned.log.take();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("no row for ***") && lines[0].contains("profile"), "{lines:?}");
    assert_eq!(scene.learned.of(Source::Function).unwrap().failed.get("unreachable"), Some(&json!(3)));
}

#[test]
fn an_object_is_asked_by_its_visitors_alias_and_tells_what_kv_would() {
    let mut scene = Scene::of("people", When::Before);
    let Step::Ask { ask, .. } = scene.next(0) else { panic!("nobody is asked") };
    assert_eq!(serde_json::to_value(&ask).unwrap()["name"], "anonymous_id:somebody");
    assert_eq!(scene.replied(&value(DATA), 10), Step::Enough);
    let Ended { outcome, keep, .. } = scene.again(When::Before).end();
    assert!(matches!(outcome, Outcome::Found(_, Source::People)));
    assert!(keep.is_none());
}

#[test]
fn what_people_know_is_not_written_back_since_objects_keep_kv_up_to_date_themselves() {
    let mut scene = Scene::of("kv,people", When::Before);
    scene.next(0);
    scene.replied(&Reply::Value(None), 0);
    assert_eq!(scene.replied(&value(DATA), 0), Step::Enough);
    assert!(scene.again(When::Before).end().keep.is_none());
}

#[test]
fn a_refresh_asks_people_first_since_kv_may_be_older_than_the_ticket() {
    let mut page = Scene::of("kv,people,activation-api", When::Before);
    assert_eq!(asked(&page.next(0)).0, "kv");
    // What began for a page goes on in its order.
    page.ran_out(150);
    page.lookup = page.again(When::Before).end().later.unwrap();
    page.next(150);
    assert_eq!(asked(&page.replied(&Reply::Value(None), 160)).0, "object");

    let mut refresh = Scene::of("kv,people,activation-api", When::After);
    let mut order = vec![asked(&refresh.next(0)).0];
    order.push(asked(&refresh.replied(&Reply::Value(None), 0)).0);
    order.push(asked(&refresh.replied(&Reply::Value(None), 0)).0);
    assert_eq!(order, ["object", "kv", "http"]);
}

#[test]
fn what_the_own_event_made_of_a_visitor_is_known_at_once_and_what_was_remembered_before_is_not() {
    let mut scene = Scene::of("kv", When::Before);
    scene.next(0);
    scene.replied(&Reply::Value(None), 0);
    for (snapshot, is_known) in [(Some(DATA), true), (None, false)] {
        scene.lookup = Lookup::new(visitor(), When::Before);
        let mut desk = Desk { profiles: &scene.profiles, learned: &mut scene.learned, now_ms: 1 };
        scene.lookup.told(snapshot.map(str::to_owned), &mut desk);
        assert_eq!(scene.next(1), Step::Enough);
        let outcome = scene.again(When::Before).end().outcome;
        assert_eq!(matches!(outcome, Outcome::Found(_, Source::People)), is_known);
        assert_eq!(asked(&scene.next(1)).0, "kv");
    }
}

#[test]
fn a_profile_is_as_it_is_when_the_reply_comes() {
    let later = r#"{"V":{"F":1},"pintle:later":{"steps":{"F":[[100,0]]}}}"#;
    for (at_ms, feature, until_ms) in [(99, 1, Some(100)), (100, 0, None)] {
        let mut scene = Scene::of("kv", When::Before);
        scene.next(0);
        scene.replied(&value(later), at_ms);
        let Outcome::Found(profile, _) = scene.again(When::Before).end().outcome else { panic!("not found") };
        assert_eq!((&profile.features["F"], profile.until_ms), (&feature.into(), until_ms));
    }
}
