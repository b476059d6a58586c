//! What JavaScript may call: the core as synchronous functions of plain strings and JSON.
//!
//! One shell in TypeScript is around it (`npm/src/`), which carries bytes and applies plans. Everything that is
//! decided is decided behind this wall.

#[cfg(feature = "ahead")]
pub mod ahead;
#[cfg(feature = "check")]
pub mod check;
mod incoming;
#[cfg(feature = "sockets")]
pub mod sockets;
mod visit;
mod visits;
mod wire;

use std::cell::RefCell;

use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::delivery::{caching, forward};
use crate::document::environment::Environment;
use crate::document::json::text;
use crate::document::mistake::Mistakes;
use crate::document::url;
use crate::document::variables::{self, Misspelt};
use crate::endpoint::decisions::{self, Refusal};
use crate::endpoint::rate::Rate;
use crate::endpoint::{self, Endpoint, health, recommendations};
use crate::identity::anonymous_id::{self, AnonymousId};
use crate::profile::Source;
use crate::profile::learned::Learned;
use crate::profile::lookup::Reply;
use crate::request::Request as _;
use crate::request::cookies::cookie;
use crate::settings::Settings;
use crate::visit::{identify, identify_asking};

use incoming::{Asked, Incoming};
use visit::{Asking, Visit};
use visits::Visits;
use wire::{Contract, Sentence, json, whole};

/// Everything that outlives a request: the settings, or all that is wrong with them, and what was learned.
struct Site {
    settings: Result<Settings, Mistakes>,
    origin: Option<String>,
    shell: Shell,
    learned: RefCell<Learned>,
    rate: RefCell<Rate>,
    visits: RefCell<Visits>,
}

/// What a shell is, and what it found.
#[derive(Deserialize)]
struct Shell {
    /// The sources that it brings.
    #[serde(default)]
    brings: Vec<String>,
    /// What it does with a plan.
    #[serde(default)]
    delivers: Delivers,
    /// The names of all variables that there are, with a meaning or without.
    #[serde(default)]
    names: Vec<String>,
}

/// What a shell does with a plan.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum Delivers {
    /// It changes the page's response.
    #[default]
    Response,
    /// It changes the page's response, and the page may ask what was decided.
    Decisions,
    /// It answers ahead of the page, and what was decided travels in a header of the request.
    Ahead,
    /// It tells what would be decided, and why. What the lookup brings comes from a function.
    Explanation,
}

impl Delivers {
    /// Whether what is decided travels with the request.
    fn travels(self) -> bool {
        cfg!(feature = "ahead") && self == Self::Ahead
    }

    /// Whether it is told what would be done, and why.
    fn explains(self) -> bool {
        cfg!(feature = "check") && self == Self::Explanation
    }
}

impl Site {
    fn misspelt(&self) -> Vec<Misspelt<'_>> {
        variables::misspelt(self.shell.names.iter().map(String::as_str))
    }
}

/// A `personalization.json` and an environment, and what is learned of the sources. It is made once and
/// lives as long as the program.
#[wasm_bindgen]
pub struct Pintle {
    site: &'static Site,
}

#[wasm_bindgen]
impl Pintle {
    /// Takes the text of a `personalization.json`, the JSON text of an object of variables, and of what the shell is:
    /// `{"brings": ["kv"], "delivers": "response", "names": ["…"]}`, where `names` are those of all variables that there are. Settings that are wrong are told by `sentence` and `health`.
    #[wasm_bindgen(constructor)]
    pub fn new(personalization: &str, variables: &str, shell: &str) -> Result<Pintle, JsError> {
        let variables: serde_json::Value = serde_json::from_str(variables)?;
        let given = |name: &str| variables.get(name)?.as_str().map(str::to_owned);
        let shell: Shell = serde_json::from_str(shell)?;
        let explains = shell.delivers.explains();
        let variable = |name: &str| match name {
            "PROFILE_SOURCES" if explains => Some(Source::Function.name().to_owned()),
            "EXPLAIN" if explains => Some("true".to_owned()),
            _ => given(name),
        };
        let environment = Environment { variable: &variable };
        let brings: Vec<_> = shell.brings.iter().filter_map(|name| Source::named(name)).collect();
        let mut settings = Settings::check(personalization, &environment, &brings);
        if let (true, Ok(settings)) = (explains, &mut settings) {
            // A ticket in the request was sealed under the sources that really run.
            let bound = [&[Source::Kv, Source::Redis][..], &[Source::Kv, Source::People, Source::Redis]];
            let real = bound.into_iter().find_map(|brings| {
                Settings::check(personalization, &Environment { variable: &given }, brings).ok()
            });
            settings.fingerprint = real.map_or(settings.fingerprint, |real| real.fingerprint);
        }
        let origin = environment.get("ORIGIN_URL");
        let origin = origin.as_deref().and_then(url::base).map(str::to_owned);
        let site = Site {
            settings,
            origin,
            shell,
            learned: RefCell::default(),
            rate: RefCell::default(),
            visits: RefCell::default(),
        };
        Ok(Self { site: Box::leak(Box::new(site)) })
    }

    /// Where pages come from by `ORIGIN_URL`, if they do: a URL that a path is added to.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        self.site.origin.clone()
    }

    /// What the log should say of the settings, once: the JSON text of `{"level": "error", "text": "…"}`.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        health::sentence(self.site.settings.as_ref(), &self.site.misspelt())
            .map(|(level, text)| json(&Sentence::new(level, text)))
    }

    /// All that is wrong with the settings: the JSON text of `[{"at": "…", "what": "…"}]`.
    #[must_use]
    pub fn mistakes(&self) -> Option<String> {
        let mistakes = health::wrong(self.site.settings.as_ref());
        (!mistakes.is_empty()).then(|| text(&mistakes.json()))
    }

    /// The endpoint at a path: `health`, `decisions`, which recommendations are asked as too, or nothing. All their paths begin
    /// with the contract's `paths`.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> Option<String> {
        let name = match Endpoint::at(path)? {
            Endpoint::Health => "health",
            Endpoint::Decisions => "decisions",
            // Of a site that tells none it is a path like any other.
            Endpoint::Recommendations => {
                let settings = self.site.settings.as_ref().ok()?;
                settings.recommendations.first().map(|_| "decisions")?
            }
        };
        Some(name.to_owned())
    }

    /// The answer of `/_pintle/health`: the JSON text of `{"status", "headers", "body"}`.
    #[must_use]
    pub fn health(&self) -> String {
        json(&health::answer(self.site.settings.as_ref(), &self.site.learned.borrow(), &self.site.misspelt()))
    }

    /// Who sent this request? `now_ms` is the time in milliseconds since 1970. The number of a visit, which the functions
    /// below take and `end` ends; nothing where nothing is to be done.
    #[must_use]
    pub fn identify(&self, request: &Incoming, now_ms: f64) -> Option<u32> {
        let settings = self.site.settings.as_ref().ok()?;
        let visit = identify(&Asked::from(request), settings, whole(now_ms) / 1_000);
        let is_nothing = visit.is_nothing() && !self.site.shell.delivers.explains();
        let visit = if is_nothing { None } else { Visit::arrived(visit, self.site, now_ms) };
        Some(self.site.visits.borrow_mut().open(visit?, whole(now_ms)))
    }

    /// Who asks the decision endpoint? `address` is where the request came from, where the site itself says so. A visit
    /// that is refused tells its answer by `refusal`.
    #[wasm_bindgen(js_name = identifyAsking)]
    #[must_use]
    pub fn identify_asking(&self, request: &Incoming, address: Option<String>, now_ms: f64) -> u32 {
        let visit = self.asking(request, address, now_ms);
        self.site.visits.borrow_mut().open(visit, whole(now_ms))
    }

    fn asking(&self, request: &Incoming, address: Option<String>, now_ms: f64) -> Visit {
        let Ok(settings) = &self.site.settings else {
            return Visit::refused(&decisions::unavailable(), self.site);
        };
        let now_s = whole(now_ms) / 1_000;
        let per_minute = settings.decision_endpoint.per_minute;
        let request = &Asked::from(request);
        let address =
            address.map_or_else(|| decisions::address(request, settings), |own| own.as_str().into());
        let count = |named| match self.site.rate.borrow_mut().count(address, per_minute, now_s) {
            Ok(()) => Ok(named),
            Err(retry_after_s) => Err(Refusal::TooMany { retry_after_s }),
        };
        match decisions::admit(request, settings).and_then(count) {
            Ok(named) => {
                let asked = if recommendations::is_asked(&request.url()) {
                    Asking::Recommendations
                } else {
                    Asking::Decisions
                };
                Visit::asking(identify_asking(request, named, settings, now_s), asked, self.site, now_ms)
            }
            Err(refusal) => Visit::refused(&refusal.answer(), self.site),
        }
    }

    /// The answer of an endpoint that refuses the request: the JSON text of `{"status", "headers", "body"}`.
    #[must_use]
    pub fn refusal(&self, visit: u32) -> Option<String> {
        self.site.visits.borrow_mut().get(visit)?.refusal()
    }

    /// What is to be carried now: the JSON text of `{"ask"?: {"transport": "http", …}, "waitMs": 150, "readBytes": 65537}`, without
    /// an `ask` where a reply is only waited for; nothing when the lookup is over.
    #[must_use]
    pub fn next(&self, visit: u32, now_ms: f64) -> Option<String> {
        self.site.visits.borrow_mut().get(visit)?.next(now_ms)
    }

    /// Takes in an HTTP answer; what comes back is as of `next`.
    #[wasm_bindgen(js_name = repliedHttp)]
    #[must_use]
    pub fn replied_http(&self, visit: u32, status: u16, body: String, now_ms: f64) -> Option<String> {
        self.replied(visit, &Reply::Http { status, body }, now_ms)
    }

    /// Takes in a text that stands somewhere, or nothing.
    #[wasm_bindgen(js_name = repliedValue)]
    #[must_use]
    pub fn replied_value(&self, visit: u32, value: Option<String>, now_ms: f64) -> Option<String> {
        self.replied(visit, &Reply::Value(value), now_ms)
    }

    /// Takes in that it could not be carried, in the cause's own words.
    #[wasm_bindgen(js_name = repliedFailure)]
    #[must_use]
    pub fn replied_failure(&self, visit: u32, cause: String, now_ms: f64) -> Option<String> {
        self.replied(visit, &Reply::Failed(cause), now_ms)
    }

    fn replied(&self, visit: u32, reply: &Reply, now_ms: f64) -> Option<String> {
        self.site.visits.borrow_mut().get(visit)?.replied(reply, now_ms)
    }

    /// Takes in that the time to wait is over.
    #[wasm_bindgen(js_name = ranOut)]
    #[must_use]
    pub fn ran_out(&self, visit: u32, now_ms: f64) -> Option<String> {
        self.site.visits.borrow_mut().get(visit)?.ran_out(now_ms)
    }

    /// Decides, once: the JSON text of the plan, or nothing where nothing is to be done. `lookup_ms` is how long the
    /// lookup took, if there was one. With `later` in the plan the visit goes on: `next` says what is to be carried after
    /// the response.
    pub fn respond(
        &self,
        visit: u32,
        lookup_ms: Option<f64>,
        now_ms: f64,
    ) -> Result<Option<String>, JsError> {
        match self.site.visits.borrow_mut().get(visit) {
            Some(visit) => visit.respond(lookup_ms, now_ms),
            None => Err(JsError::new("the visit is over")),
        }
    }

    /// What came of the lookup after the response: the JSON text of `{"keep"?: {…}, "log": ["…"]}`, or nothing.
    #[must_use]
    pub fn rest(&self, visit: u32) -> Option<String> {
        self.site.visits.borrow_mut().get(visit)?.rest()
    }

    /// Ends a visit.
    pub fn end(&self, visit: u32) {
        self.site.visits.borrow_mut().end(visit);
    }

    /// Whose request this is, by its cookie; nothing when it is nobody's.
    #[must_use]
    pub fn visitor(&self, request: &Incoming) -> Option<String> {
        let cookies = Asked::from(request).header("cookie")?;
        let id = AnonymousId::from_cookie(cookie(&cookies, anonymous_id::COOKIE)?).ok()?;
        Some(id.as_str().to_owned())
    }
}

/// What shell and core agree on: the JSON text of `{"ownHeaders": "x-pintle-", "decisionsHeader": "…", "paths": "…",
/// "sharedCacheHeaders": ["…"], "variables": ["…"]}`. Headers that begin with `ownHeaders` are forged when they come from outside; a
/// response for one visitor has none of the `sharedCacheHeaders`.
#[wasm_bindgen]
#[must_use]
pub fn contract() -> String {
    json(&Contract {
        own_headers: caching::OWN_HEADERS,
        decisions_header: forward::HEADER,
        paths: endpoint::PATHS,
        shared_cache_headers: caching::SHARED_CACHE_HEADERS,
        variables: variables::VARIABLES,
    })
}

/// The `Cache-Control` of a response with this status that was made for one visitor, from the one that it had.
#[wasm_bindgen(js_name = cacheControl)]
#[must_use]
pub fn cache_control(given: Option<String>, status: u16) -> String {
    caching::for_one_visitor(given.as_deref(), status)
}
