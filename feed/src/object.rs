//! What an alias' own object does, as functions of its row: the object itself only keeps the row and carries messages.
//!
//! Between reading a row and writing it nothing else may happen to it; an object's single thread sees to that.

use std::cell::RefCell;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::event::Alias;
use crate::person::{Message, State, too_many};
use crate::recommendation::table::Tables;
use crate::settings::Feed;
use crate::snapshot;

/// A message, and to whom it goes: the body of what one object tells another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// To whom.
    pub to: Alias,
    /// What they are told.
    pub message: Message,
}

/// What comes of a message.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// Whose row it is.
    #[serde(skip)]
    pub own: Alias,
    /// The row as it is now. It stands before the rest, as it is: as a text within JSON each of its quotes is escaped.
    #[serde(skip)]
    pub row: String,
    /// What others are to be told before this was done.
    pub onward: Vec<Onward>,
    /// Whether what KV has of this alias is to be deleted at once.
    pub clears: bool,
    /// Whether nothing of anybody is left.
    pub empties: bool,
    /// How many events came when those of their time were not kept any more.
    #[serde(skip)]
    pub late: usize,
    /// The devices that were only this person's before, where the message brings what one shares.
    #[serde(skip)]
    unshared: Option<Vec<(i64, Alias)>>,
    /// How many of them came to be too many for one person by it.
    #[serde(skip)]
    pub off: usize,
    /// Which keys of KV must be at hand of tables.
    #[serde(skip)]
    pub wants: Vec<String>,
    /// The [`Tells::version`] then; nothing where it cannot be said without tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What comes of the wish to be forgotten.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forgotten {
    /// Whose wish it is to fulfil: of a device that is one user's, that user's. Then nothing else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<Alias>,
    /// The row as it is now; nothing where nobody was ever known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// Who is to be told; each is to be [acknowledged](acknowledge), without a version.
    pub onward: Vec<Onward>,
}

/// What time leaves of a row.
#[derive(Debug, Serialize)]
pub struct Left {
    /// The row as it is now; nothing when nothing is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// When to look again, in milliseconds since 1970.
    pub at: i64,
}

/// A message that is to be carried.
#[derive(Debug, Clone, Serialize)]
pub struct Onward {
    /// The object's name.
    pub to: Alias,
    /// The body.
    pub body: String,
    /// Which shares are known to be there once it was carried.
    pub versions: Vec<u64>,
}

/// What the pages of an alias are told.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tells {
    /// Whose object knows it instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<Alias>,
    /// The `data` object; nothing when nobody is known by this alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Every alias whose pages are told this.
    pub aliases: Vec<Alias>,
    /// Aliases that are too many for one person: their pages are told nothing any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Alias>,
    /// What differs when pages would be told something else, time apart.
    pub version: String,
    /// The tables that cannot be used, and why: for the log.
    #[serde(skip)]
    pub troubles: LiteMap<String, String>,
}

/// Takes the body of a message in.
///
/// # Errors
///
/// When the row or the body is no JSON of its kind.
pub fn take(row: Option<&str>, body: &str) -> serde_json::Result<Taken> {
    let mut state = read(row)?;
    let Told { to: own, mut message } = serde_json::from_str(body)?;
    let clears = !message.gone.is_empty() && !own.is_user();
    let late = message.kept.iter().filter(|event| state.log.is_late(event)).count();
    let unshared = (!message.shares.is_empty()).then(|| state.unshared());
    let declared = message.declared.take();
    if let Some(declared) = &declared {
        state.kept_since.declare(declared, row.is_none());
    }
    let onward = state.apply(&own, message).into_iter().map(|(to, mut message)| {
        message.declared.clone_from(&declared);
        Onward::of(to, message)
    });
    let onward = onward.collect::<serde_json::Result<_>>()?;
    let empties = clears && !state.seen;
    let row = written(state)?;
    Ok(Taken { own, row, onward, clears, empties, late, unshared, off: 0, wants: Vec::new(), version: None })
}

impl Taken {
    /// Adds what there is to say about what pages are told now.
    ///
    /// # Errors
    ///
    /// When the row is no JSON of its kind.
    pub fn telling(mut self, feed: &Feed) -> serde_json::Result<Self> {
        static NONE: Tables = Tables::none();
        if let Some(before) = self.unshared.take() {
            let before = too_many(&before, &feed.identity);
            let state = read(Some(&self.row))?;
            let off = state.off(&feed.identity);
            self.off = off.iter().filter(|device| !before.contains(device)).count();
            remember(self.row.clone(), state);
        }
        self.wants = wants(&self.row, feed)?;
        if self.wants.is_empty() {
            self.version = Some(version(&self.row, &self.own, (feed, &NONE))?);
        }
        Ok(self)
    }
}

impl Onward {
    fn of(to: Alias, message: Message) -> serde_json::Result<Self> {
        let versions = message.shares.iter().map(|(_, share)| share.version).collect();
        Ok(Self { body: serde_json::to_string(&Told { to: to.clone(), message })?, to, versions })
    }
}

/// Forgets `own` at `now_ms`, in milliseconds since 1970, because the user says so whose device `asked` is, or themselves.
///
/// # Errors
///
/// When the row is no JSON of its kind.
pub fn forget(row: Option<&str>, own: &Alias, asked: &Alias, now_ms: i64) -> serde_json::Result<Forgotten> {
    let Some(row) = row else { return Ok(Forgotten::default()) };
    let mut state = read(Some(row))?;
    if let Some(user) = state.only_user().filter(|_| state.seen) {
        return Ok(Forgotten { ask: Some(user.clone()), ..Forgotten::default() });
    }
    let (until_ms, mut untold) = state.forget(now_ms);
    if own != asked && !untold.contains(asked) {
        untold.push(asked.clone());
    }
    let told = Message { gone: vec![(own.clone(), until_ms)], ..Message::default() };
    let onward = untold.into_iter().map(|to| Onward::of(to, told.clone()));
    let onward = onward.collect::<serde_json::Result<_>>()?;
    Ok(Forgotten { ask: None, row: Some(written(state)?), onward })
}

/// What time leaves of a row at `now_ms`.
///
/// # Errors
///
/// When the row is no JSON of its kind.
pub fn lapse(row: &str, now_ms: i64) -> serde_json::Result<Left> {
    let mut state = read(Some(row))?;
    let at = state.lapse(now_ms);
    let row = at.map(|_| written(state)).transpose()?;
    Ok(Left { row, at: at.unwrap_or_default() })
}

/// Takes in that `other` has the shares of these versions, or, when there are none, that they know who is gone; the row as
/// it is then.
///
/// # Errors
///
/// When the row or the name is no JSON of its kind.
pub fn acknowledge(row: Option<&str>, other: &Alias, versions: &[u64]) -> serde_json::Result<String> {
    let mut state = read(row)?;
    versions.iter().for_each(|version| state.acknowledge(other, *version));
    if versions.is_empty() {
        state.acknowledge_gone(other);
    }
    written(state)
}

/// What the pages of `own` are told at `now_ms`, in milliseconds since 1970.
///
/// # Errors
///
/// When the row is no JSON of its kind.
pub fn tell(
    row: Option<&str>,
    own: &Alias,
    (feed, tables): (&Feed, &Tables),
    now_ms: i64,
) -> serde_json::Result<Tells> {
    let state = read(row)?;
    let ask = state.only_user().filter(|_| state.seen).cloned();
    let aliases = state.aliases(own, &feed.identity);
    let off = state.off(&feed.identity);
    let person = state.person().with(tables);
    let is_known = !aliases.is_empty();
    let data = is_known.then(|| snapshot::data(&feed.view, &feed.declarations, &person, now_ms));
    let version = version_of(&state, own, (feed, tables))?;
    let troubles = snapshot::troubles(&feed.declarations, &person, now_ms);
    if let Some(row) = row {
        remember(row.to_owned(), state);
    }
    Ok(Tells { ask, data, aliases, off, version, troubles })
}

/// The [`Tells::version`] of what the pages of `own` are told.
///
/// # Errors
///
/// When the row is no JSON of its kind.
pub fn version(row: &str, own: &Alias, known: (&Feed, &Tables)) -> serde_json::Result<String> {
    let state = read(Some(row))?;
    let version = version_of(&state, own, known)?;
    remember(row.to_owned(), state);
    Ok(version)
}

/// The keys in KV of what must be at hand of tables to tell pages what is recommended.
///
/// # Errors
///
/// When the row is no JSON of its kind.
pub fn wants(row: &str, feed: &Feed) -> serde_json::Result<Vec<String>> {
    let state = read(Some(row))?;
    // A device of one user has that user's object tell its pages.
    let is_teller = state.only_user().is_none();
    let wanted = if is_teller { feed.declarations.wants(&state.person()) } else { Vec::new() };
    remember(row.to_owned(), state);
    Ok(wanted)
}

fn version_of(state: &State, own: &Alias, (feed, tables): (&Feed, &Tables)) -> serde_json::Result<String> {
    let ask = state.only_user().filter(|_| state.seen);
    let aliases = state.aliases(own, &feed.identity);
    let lasting =
        (!aliases.is_empty()).then(|| snapshot::lasting(&feed.declarations, &state.person().with(tables)));
    Ok(digest::hex(&serde_json::to_vec(&(ask, &aliases, lasting))?, 8))
}

thread_local! {
    /// The row that was read or written last, and what it says: what was just written is read next. One, so that its
    /// memory is bounded.
    static LAST: RefCell<Option<(String, State)>> = const { RefCell::new(None) };
}

fn read(row: Option<&str>) -> serde_json::Result<State> {
    let Some(row) = row else { return Ok(State::default()) };
    match LAST.take() {
        Some((last, state)) if last == row => Ok(state),
        _ => serde_json::from_str(row),
    }
}

fn written(state: State) -> serde_json::Result<String> {
    let row = serde_json::to_string(&state)?;
    remember(row.clone(), state);
    Ok(row)
}

fn remember(row: String, state: State) {
    LAST.set(Some((row, state)));
}

#[cfg(test)]
mod tests {
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
            let (to, message) =
                route(&[event], &feed.declarations, &feed.identity).into_iter().next().unwrap();
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
}
