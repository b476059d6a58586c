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
#[path = "object_tests.rs"]
mod tests;
