//! How steps and plans cross the boundary: as JSON.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::delivery::SetCookie;
use crate::delivery::caching::{Do, SHARED_CACHE_HEADERS};
use crate::document::variables::VARIABLES;
use crate::endpoint::Answer;
use crate::endpoint::health::Level;
use crate::profile::lookup::{Ask, Keep, READ_BYTES, Step};
use crate::visit::explanation::Explanation;

/// What shell and core agree on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contract {
    pub(super) own_headers: &'static str,
    pub(super) decisions_header: &'static str,
    pub(super) paths: &'static str,
    pub(super) shared_cache_headers: [&'static str; SHARED_CACHE_HEADERS.len()],
    pub(super) variables: [&'static str; VARIABLES.len()],
}

/// A line for the log.
#[derive(Serialize)]
pub(super) struct Sentence {
    level: &'static str,
    text: String,
}

impl Sentence {
    pub(super) fn new(level: Level, text: String) -> Self {
        let level = match level {
            Level::Error => "error",
            Level::Warning => "warn",
        };
        Self { level, text }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Carried<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<&'a Ask>,
    wait_ms: u64,
    /// How much of the reply is read at the most, in bytes.
    read_bytes: usize,
}

/// The JSON text of a step; nothing when it is the end.
pub(super) fn step(step: &Step) -> Option<String> {
    let (ask, wait_ms) = match step {
        Step::Ask { ask, wait_ms } => (Some(ask), *wait_ms),
        Step::Wait { wait_ms } => (None, *wait_ms),
        Step::Enough => return None,
    };
    Some(json(&Carried { ask, wait_ms, read_bytes: READ_BYTES }))
}

/// A plan. What is not in it is not to be done.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    /// Whether no shared cache may keep the response.
    pub(super) private: bool,
    /// What is done to the headers of the response, in this order.
    pub(super) headers: Vec<(Do, Cow<'static, str>, String)>,
    /// What was decided, for a page that asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decisions: Option<Map<String, Value>>,
    /// What would be done, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) explained: Option<Explained>,
    /// The header that tells the page's own server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) forwarded: Option<String>,
    /// What is answered instead of a page: by an endpoint, or where the visitor is sent to another address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<Answer>,
    /// A profile to be written to KV after the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep: Option<Keep>,
    /// Whether something is still to be looked up after the response.
    pub(super) later: bool,
    /// Events for RudderStack after the response, as its SDK writes them but for their times.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) exposures: Vec<Value>,
    /// Lines for the log.
    pub(super) log: Vec<String>,
}

impl Plan {
    /// Whether there is nothing to do, and nobody to tell.
    pub(super) fn is_nothing(&self) -> bool {
        !self.private
            && self.headers.is_empty()
            && self.decisions.as_ref().is_none_or(Map::is_empty)
            && self.explained.is_none()
            && self.forwarded.is_none()
            && self.answer.is_none()
            && self.keep.is_none()
            && !self.later
            && self.exposures.is_empty()
            && self.log.is_empty()
    }
}

/// What would be done, and why, for the command.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explained {
    visitor: String,
    lookup: Option<String>,
    decisions: Vec<(String, Value, String)>,
    redirects: Vec<String>,
    cookies: Vec<String>,
    set_cookies: Vec<String>,
}

impl Explained {
    pub(super) fn of(explanation: Option<&Explanation>, set_cookies: &[SetCookie]) -> Self {
        let Some(explanation) = explanation else { return Self::default() };
        let decisions = explanation.decided().iter().map(|decided| {
            let decision = &decided.decision;
            (decided.feature.clone(), decision.value.clone(), decision.to_string())
        });
        Self {
            visitor: explanation.visitor(),
            lookup: explanation.lookup(),
            decisions: decisions.collect(),
            redirects: explanation.redirects().to_vec(),
            cookies: explanation.cookies(),
            set_cookies: set_cookies.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The JSON text of a value of ours.
pub(super) fn json(value: &impl Serialize) -> String {
    // Nothing that crosses has no JSON text.
    serde_json::to_string(value).unwrap_or_default()
}

/// JavaScript's numbers of milliseconds.
pub(super) fn whole(ms: f64) -> u64 {
    // A float becomes the nearest whole number that fits; a time since 1970 does.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
    {
        ms as u64
    }
}
