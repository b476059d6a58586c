use serde_json::json;

use super::log::{MAX_EVENTS, MAX_FOLDED};
use super::*;
use crate::event::{Alias, Kind};

fn kept(at_ms: i64, traits: &Value) -> Kept {
    Kept {
        kind: Kind::Identify,
        stamp: Stamp { at_ms, message_id: format!("m{at_ms}") },
        trust: Trust::Browser,
        name: None,
        traits: traits.as_object().cloned().unwrap_or_default(),
        whole: Map::new(),
    }
}

fn log(events: impl IntoIterator<Item = Kept>) -> Log {
    let mut log = Log::default();
    events.into_iter().for_each(|event| log.insert(event));
    log
}

fn many() -> Vec<Kept> {
    let first = kept(0, &json!({ "home": { "city": "Rome", "zip": 1 } }));
    let later = (1..1_200).map(|at_ms| kept(at_ms, &json!({ "n": at_ms, "home": { "zip": at_ms } })));
    std::iter::once(first).chain(later).collect()
}

#[test]
fn of_what_is_beyond_the_bound_the_last_write_of_each_trait_stays() {
    let log = log(many());
    assert_eq!(log.events().count(), MAX_EVENTS);
    assert_eq!(log.complete_since_ms(), Some(199));
    let person = Person::of([&log]);
    assert_eq!(
        person.traits("home", Trust::Browser, None),
        *json!({"home": {"city": "Rome", "zip": 1_199}}).as_object().unwrap()
    );
    assert_eq!(person.traits("n", Trust::Browser, None)["n"], 1_199);
}

#[test]
fn a_bounded_log_is_the_same_whatever_came_first_and_however_it_is_joined() {
    let forwards = log(many());
    let backwards = log(many().into_iter().rev());
    assert_eq!(forwards, backwards);
    let (mut odd, even): (Vec<_>, Vec<_>) = many().into_iter().partition(|event| event.stamp.at_ms % 2 == 1);
    odd.extend(even.iter().take(300).cloned());
    let mut joined = log(odd);
    joined.join(log(even));
    joined.join(forwards.clone());
    assert_eq!(joined, forwards);
}

#[test]
fn an_event_that_comes_late_and_is_too_old_writes_only_traits_that_nobody_wrote_since() {
    let mut log = log(many());
    log.insert(kept(50, &json!({ "n": "late", "plan": "late" })));
    assert_eq!(log.events().count(), MAX_EVENTS);
    let person = Person::of([&log]);
    assert_eq!(person.traits("n", Trust::Browser, None)["n"], 1_199);
    assert_eq!(person.traits("plan", Trust::Browser, None)["plan"], "late");
}

#[test]
fn members_that_somebody_makes_up_do_not_grow_a_log_without_bound() {
    let made_up = (0..3_000).map(|at_ms| {
        let members: Map<_, _> = [(format!("m{at_ms}"), json!(1))].into_iter().collect();
        kept(at_ms, &json!({ "home": members }))
    });
    assert_eq!(log(made_up).folded().count(), MAX_FOLDED);
}

/// The most that a value of Cloudflare's SQLite may have.
const MAX_ROW: usize = 2_000_000;

#[test]
fn a_row_has_room_whatever_stands_in_the_events() {
    for value in [
        json!("\u{1}".repeat(5_000)),
        json!("\"".repeat(15_000)),
        json!(vec![-1.234_567_890_123_456_7e-300; 1_200]),
    ] {
        let device = |device: i64| {
            let mut log = Log::default();
            log.extend(Vec::from_iter((0..150).map(|at_ms| {
                let made_up = [(format!("m{device}.{at_ms}"), value.clone())];
                kept(at_ms, &json!({ "home": made_up.into_iter().collect::<Map<_, _>>() }))
            })));
            log
        };
        let share = |index: i64| {
            let share = Share { version: 1, bound_at_ms: index, log: device(index), ..Share::default() };
            (alias(&format!("anonymous_id:{index}{}", "\u{1}".repeat(450))), share)
        };
        let mut state = State { seen: true, acted: true, log: device(-1), ..State::default() };
        let one = serde_json::to_string(&state).unwrap().len();
        assert!(one > 500_000, "{one}");
        for index in 0..5 {
            state.apply(&alias("user_id:u"), Message { shares: vec![share(index)], ..Message::default() });
            let row = serde_json::to_string(&state).unwrap().len();
            assert!(row < MAX_ROW, "{row}");
        }
    }
    let mut state = State { seen: true, ..State::default() };
    for index in 0..510 {
        let log = log([
            kept(index, &json!({ "n": 1 })),
            kept(index + 1_000, &json!({ "n": "\u{1}".repeat(index.unsigned_abs() as usize) })),
        ]);
        let name = format!("anonymous_id:{index}{}", "\u{1}".repeat(450));
        let share = Share { version: 1, bound_at_ms: index, log, ..Share::default() };
        state.apply(
            &alias("user_id:u"),
            Message { shares: vec![(alias(&name), share)], ..Message::default() },
        );
    }
    assert!(serde_json::to_string(&state).unwrap().len() < MAX_ROW);
}

#[test]
fn a_row_is_read_back_as_it_was_written() {
    let mut state = State { seen: true, acted: true, log: log(many()), ..State::default() };
    state.bindings.insert(7, serde_json::from_value(json!("user_id:u1")).unwrap());
    let row = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&row).unwrap(), state);
}

#[test]
fn a_row_of_the_first_version_is_read() {
    let row = r#"{"seen":true,"acted":false,"log":{"events":[{"kind":"track","stamp":{"t":1700000000000,"id":"m1"},"trust":"browser","name":"Buy","whole":{"properties":{"total":3}}}],"folded":[{"stamp":{"t":1,"id":"m0"},"trust":"server","traits":{"plan":"pro"}}],"floor":{"t":1,"id":"m0"}},"bindings":{"first":[1,"user_id:u1"],"latest":[[1,"user_id:u1"]],"users":["user_id:u1"]},"shares":{"anonymous_id:a1":{"version":2,"is_shared":true,"log":{}}},"shared":{"user_id:u1":{"version":1,"fingerprint":"00","is_told":true}}}"#;
    let state: State = serde_json::from_str(row).unwrap();
    assert_eq!(state.log.events().count(), 1);
    assert_eq!(serde_json::to_string(&state).unwrap(), row);
}

fn alias(name: &str) -> Alias {
    serde_json::from_value(json!(name)).unwrap()
}

/// What `user` is told by a device that they used on this day, and once did something at.
fn shared(device: usize, day: i64) -> Message {
    let at_ms = day * 86_400_000;
    let log = log([kept(at_ms + i64::try_from(device).unwrap(), &json!({ "n": device }))]);
    let share = Share {
        version: u64::try_from(day).unwrap(),
        bound_at_ms: at_ms,
        is_shared: false,
        log,
        kept_since: KeptSince::default(),
    };
    Message { shares: vec![(alias(&format!("anonymous_id:{device:03}")), share)], ..Message::default() }
}

#[test]
fn of_too_many_devices_the_latest_are_known_and_what_was_done_at_the_others_is_the_users_whatever_came_first()
{
    let user = alias("user_id:u");
    let tell = |messages: Vec<Message>| {
        let mut state = State::default();
        messages.into_iter().for_each(|message| _ = state.apply(&user, message));
        state
    };
    let identity = crate::identity::Identity::default();
    // Six hundred devices, and the first of them again later: a share has all that the one before it had.
    let mut again = shared(0, 100);
    again.shares[0].1.log.join(shared(0, 1).shares.remove(0).1.log);
    let messages = || {
        (0..600).map(|device| shared(device, 1 + i64::try_from(device / 10).unwrap())).chain([again.clone()])
    };
    let forwards = tell(messages().collect());
    let backwards = tell(messages().collect::<Vec<_>>().into_iter().rev().collect());
    let known = forwards.aliases(&user, &identity);
    assert_eq!(known.len(), 51);
    assert_eq!((known[1].as_str(), known[2].as_str()), ("anonymous_id:000", "anonymous_id:551"));
    assert_eq!(known, backwards.aliases(&user, &identity));
    assert_eq!(forwards.off(&identity).len(), 450);
    assert_eq!(forwards.person().events().count(), 601);
    let events = |state: &State| state.person().events().cloned().collect::<Vec<_>>();
    assert!(events(&forwards) == events(&backwards));
}

#[test]
fn a_device_of_many_users_shares_with_a_hundred_and_takes_back_what_it_shared_with_another() {
    let device = alias("anonymous_id:a");
    let mut state = State::default();
    let login = |user: usize| {
        let heard = Heard { at_ms: 0, mark: 0, acted: false, untimed: false };
        let at_ms = i64::try_from(user).unwrap();
        Message {
            heard: vec![heard],
            bindings: vec![(at_ms, alias(&format!("user_id:{user:03}")), 0)],
            ..Message::default()
        }
    };
    (1..=100).for_each(|user| _ = state.apply(&device, login(user)));
    let told = state.apply(&device, login(0));
    assert_eq!(state.bindings.users().len(), 100);
    assert_eq!(told[&alias("user_id:100")].gone, [(device, i64::MIN)]);
}

#[test]
fn what_was_done_so_long_ago_that_nobody_knows_whose_the_device_was_is_not_the_first_users() {
    let (first, second) = (alias("user_id:1"), alias("user_id:2"));
    let mut bindings = Bindings::default();
    bindings.insert(10, first.clone());
    (20..120).for_each(|at_ms| bindings.insert(at_ms, second.clone()));
    assert_eq!(bindings.owner(5), Some(&first));
    assert_eq!(bindings.owner(15), Some(&first));
    assert_eq!(bindings.owner(30), None);
    assert_eq!(bindings.owner(119), Some(&second));
    let mut backwards = Bindings::default();
    (20..120).rev().for_each(|at_ms| backwards.insert(at_ms, second.clone()));
    backwards.insert(10, first);
    assert_eq!(backwards, bindings);
}

#[test]
fn what_was_said_after_a_deletion_stays_where_it_is_kept_without_its_event_too() {
    let (device, user) = (alias("anonymous_id:a"), alias("user_id:u"));
    let mut state = State { seen: true, acted: true, ..State::default() };
    state.bindings.insert(0, user.clone());
    state.log =
        log((0..1_200).map(|at_ms| kept(at_ms, &json!({ (if at_ms < 50 { "old" } else { "new" }): at_ms }))));
    let gone = Message { gone: vec![(user, 60)], ..Message::default() };
    state.apply(&device, gone);
    let folded: Vec<_> = state.log.folded().map(|write| write.stamp.at_ms).collect();
    assert_eq!(folded, [199]);
    assert_eq!(state.log.events().count(), MAX_EVENTS);
}
