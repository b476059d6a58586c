//! The ticket: what was learned about a visitor, sealed into a cookie of theirs, so that the next page
//! asks nobody.
//!
//! `pintle_ticket` is JSON under a [`seal`](crate::seal). A ticket opens only for the visitor, cookie and
//! settings that it was sealed for, until it expires or what it says changes by itself. This module judges a ticket; what to do with its
//! age is decided by the visit.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::anonymous_id::AnonymousId;
pub use crate::seal::Nonce;
use crate::seal::key_ring::KeyRing;
use crate::seal::{Broken, Label};

/// The cookie that holds the ticket.
pub const COOKIE: &str = "pintle_ticket";
/// The longest ticket that is sealed or opened, in characters. A browser keeps 4,096 for a cookie, and
/// servers refuse requests whose headers have more than 8 to 16 KiB: the site needs room too.
pub const MAX_CHARS: usize = 2048;
/// How long a ticket answers instead of a lookup, in seconds.
pub const FRESH_S: u64 = 60;
/// How long a ticket answers at all, in seconds; between the two, the profile is asked again after the response.
pub const LIFE_S: u64 = 30 * 60;
/// How long a ticket is kept that says which variations somebody was given, or what was told of them, in seconds: as long as
/// GrowthBook's own SDK remembers them.
pub const KEPT_S: u64 = 180 * 24 * 60 * 60;
/// How far another machine's clock may be ahead of ours, in seconds.
const CLOCK_SKEW_S: u64 = 60;

const PURPOSE: &str = "pintle ticket";

/// What a ticket says.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Whom it is about.
    pub id: AnonymousId,
    /// When the profile was fetched, in seconds since 1970.
    pub fetched_s: u64,
    /// The attributes that the settings refer to, or none for a visitor whom no source knows.
    pub attributes: Option<Map<String, Value>>,
    /// Until when its attributes hold, in seconds since 1970; none when time alone changes none of them.
    pub until_s: Option<u64>,
    /// When each cookie was last written, in seconds since 1970, by its name: as JSON, which a module has maps for anyway.
    pub written_s: Map<String, Value>,
    /// Which variations the visitor was given; they outlive all the rest of it.
    pub variations: Map<String, Value>,
    /// Fingerprints of the experiences that were told of the visitor, the last of them last.
    pub told: Vec<u32>,
}

/// What lasts of a ticket for its visitor, whatever the time and the settings are.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Lasting {
    /// Which variations they were given.
    pub variations: Map<String, Value>,
    /// Fingerprints of what was told of them.
    pub told: Vec<u32>,
}

/// What a ticket is sealed for, beside the visitor.
#[derive(Debug, Clone, Copy)]
pub struct Seal<'a> {
    /// The name of the cookie that carries it.
    pub cookie: &'a str,
    /// A fingerprint of the settings that chose its attributes: after a change they may be too few.
    pub settings: u32,
}

/// Why a ticket does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// It is longer than [`MAX_CHARS`].
    TooLong,
    /// Its seal is broken.
    Seal(Broken),
    /// What is inside is not a ticket.
    Malformed,
    /// It belongs to another visitor.
    OtherVisitor,
    /// It was sealed under other settings.
    OtherSettings,
    /// Its time is over.
    Expired,
    /// What it says has changed by itself: the window of a feature has passed.
    Passed,
    /// It claims to be from the future.
    FromTheFuture,
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the ticket is longer than {MAX_CHARS} characters"),
            Self::Seal(broken) => write!(f, "the ticket {broken}"),
            Self::Malformed => f.write_str("the ticket is malformed"),
            Self::OtherVisitor => f.write_str("the ticket belongs to another visitor"),
            Self::OtherSettings => f.write_str("the ticket was sealed under other settings"),
            Self::Expired => f.write_str("the ticket has expired"),
            Self::Passed => f.write_str("a window of the ticket's features has passed"),
            Self::FromTheFuture => f.write_str("the ticket is from the future"),
        }
    }
}

/// The plaintext: one letter a member, as every byte travels with every request. The order is frozen.
#[derive(Serialize, Deserialize)]
struct Wire<'t> {
    /// The id.
    i: Cow<'t, str>,
    /// Fetched at, seconds.
    t: u64,
    /// Fingerprint of the settings.
    s: u32,
    /// Attributes, or null for an unknown visitor.
    a: Option<Cow<'t, Map<String, Value>>>,
    /// Holds until, seconds; not there when time changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    u: Option<u64>,
    /// Cookies written at, seconds; not there when none was.
    #[serde(default, skip_serializing_if = "written_none")]
    c: Cow<'t, Map<String, Value>>,
    /// Variations; not there when there are none.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    v: Map<String, Value>,
    /// What was told; not there when nothing was.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    e: Value,
}

impl Wire<'_> {
    /// What was told: as JSON, which a module reads anyway.
    fn told(&self) -> Vec<u32> {
        let all = self.e.as_array().into_iter().flatten();
        all.filter_map(|told| told.as_u64()?.try_into().ok()).collect()
    }

    /// Why it holds no longer, or not yet.
    fn gone(&self, seal: Seal<'_>, now_s: u64) -> Option<Unopened> {
        if self.s != seal.settings {
            Some(Unopened::OtherSettings)
        } else if self.t > now_s.saturating_add(CLOCK_SKEW_S) {
            Some(Unopened::FromTheFuture)
        } else if now_s >= self.t.saturating_add(LIFE_S) {
            Some(Unopened::Expired)
        } else if self.u.is_some_and(|until_s| now_s >= until_s) {
            Some(Unopened::Passed)
        } else {
            None
        }
    }
}

fn written_none(written_s: &Map<String, Value>) -> bool {
    written_s.is_empty()
}

impl Ticket {
    /// Seals the ticket with the first key of the ring; the error is its length in characters, when that is more than
    /// [`MAX_CHARS`].
    pub fn seal(&self, ring: &KeyRing, seal: Seal<'_>, nonce: Nonce) -> Result<String, usize> {
        let plain = Wire {
            i: self.id.as_str().into(),
            t: self.fetched_s,
            s: seal.settings,
            a: self.attributes.as_ref().map(Cow::Borrowed),
            u: self.until_s,
            c: Cow::Borrowed(&self.written_s),
            v: self.variations.clone(),
            e: if self.told.is_empty() { Value::Null } else { Value::from(&*self.told) },
        };
        // Nothing that it holds has no JSON text, and nothing is too long for the cipher.
        let plain = serde_json::to_string(&plain).unwrap_or_default();
        let text = label(seal.cookie).seal(&plain, ring, nonce).unwrap_or_default();
        if text.len() > MAX_CHARS { Err(text.len()) } else { Ok(text) }
    }

    /// Opens a cookie's value for `visitor` at the time `now_s`. Where it does not hold, some of it lasts.
    pub fn open(
        text: &str,
        ring: &KeyRing,
        seal: Seal<'_>,
        (visitor, now_s): (&AnonymousId, u64),
    ) -> Result<Self, (Unopened, Lasting)> {
        let wire = opened(text, ring, seal.cookie).map_err(|why| (why, Lasting::default()))?;
        if *wire.i != *visitor.as_str() {
            return Err((Unopened::OtherVisitor, Lasting::default()));
        }
        let told = wire.told();
        match wire.gone(seal, now_s) {
            Some(why) => Err((why, Lasting { variations: wire.v, told })),
            None => Ok(Self {
                id: visitor.clone(),
                fetched_s: wire.t,
                attributes: wire.a.map(Cow::into_owned),
                until_s: wire.u,
                written_s: wire.c.into_owned(),
                variations: wire.v,
                told,
            }),
        }
    }

    /// How old it is, in seconds.
    #[must_use]
    pub fn age_s(&self, now_s: u64) -> u64 {
        now_s.saturating_sub(self.fetched_s)
    }

    /// Whether it answers instead of a lookup.
    #[must_use]
    pub fn is_fresh(&self, now_s: u64) -> bool {
        self.age_s(now_s) < FRESH_S
    }
}

fn opened(text: &str, ring: &KeyRing, cookie: &str) -> Result<Wire<'static>, Unopened> {
    if text.len() > MAX_CHARS {
        return Err(Unopened::TooLong);
    }
    let plain = label(cookie).open(text, ring).map_err(Unopened::Seal)?;
    serde_json::from_str(&plain).map_err(|_| Unopened::Malformed)
}

fn label(cookie: &str) -> Label<'_> {
    Label { purpose: PURPOSE, name: cookie }
}

#[cfg(test)]
#[path = "ticket_tests.rs"]
mod tests;
