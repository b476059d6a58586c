//! The shell for JavaScript: the core as synchronous functions of plain strings and JSON.
//!
//! It serves Node.js and every other runtime that is not a Worker of ours. Fetching, deadlines and
//! responses are the caller's; deciding is done here, by the same core.

pub mod check;
mod wire;

use std::cell::{LazyCell, RefCell};

use wasm_bindgen::prelude::*;

use crate::delivery::{caching, forward};
use crate::document::json::{object, text};
use crate::endpoint::decisions::{self, Refusal};
use crate::endpoint::health;
use crate::endpoint::rate::Rate;
use crate::identity::anonymous_id::AnonymousId;
use crate::profile::learned::Learned;
use crate::profile::{Lookup, Source};
use crate::seal::Nonce;
use crate::seal::key_ring::KeyRing;
use crate::seal::secret::Secret;
use crate::settings::Settings;
use crate::visit::{Fetch, NoVisitor, identify, identify_asking};
use wire::{Incoming, failure, lookup, lookup_json, plan_json};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(into: &mut [u8]);
}

fn nonces<const COUNT: usize>() -> [Nonce; COUNT] {
    let mut nonces = [Nonce::default(); COUNT];
    get_random_values(nonces.as_flattened_mut());
    nonces
}

fn one_nonce() -> Nonce {
    let [nonce] = nonces();
    nonce
}

/// A checked `personalization.json` and environment, and what is learned of the sources. It is made once and
/// lives as long as the program.
#[wasm_bindgen]
pub struct Pintle {
    settings: &'static Settings,
    learned: RefCell<Learned>,
    rate: RefCell<Rate>,
}

#[wasm_bindgen]
impl Pintle {
    /// Checks the text of a `personalization.json` and the JSON text of an object of variables; `brings` is the
    /// JSON text of a list of the sources that the caller brings, such as `["function"]`. Throws an error whose
    /// message is the JSON text of all mistakes: `[{"at": "…", "what": "…"}]`.
    #[wasm_bindgen(constructor)]
    pub fn new(personalization: &str, variables: &str, brings: &str) -> Result<Pintle, JsError> {
        let settings = check::settings(personalization, variables, brings)?
            .map_err(|mistakes| JsError::new(&text(&mistakes.json())))?;
        let settings = Box::leak(Box::new(settings));
        Ok(Self { settings, learned: RefCell::default(), rate: RefCell::default() })
    }

    /// What a caller needs of the settings: the JSON text of `{"sources": ["…"], "budgetMs": 150, "hasTickets": true,
    /// "health": "…"}`; `health` is the body of `/_pintle/health`.
    #[must_use]
    pub fn settings(&self) -> String {
        let sources: Vec<_> = self.settings.profiles.sources.iter().map(|source| source.name()).collect();
        let (_, health) = health::answer(Ok(self.settings));
        text(&object([
            ("sources", sources.into()),
            ("budgetMs", self.settings.profiles.budget_ms.into()),
            ("hasTickets", self.settings.keys.is_some().into()),
            ("health", health.into()),
        ]))
    }

    /// Who sent this request? `now_ms` is the time in milliseconds since 1970.
    #[must_use]
    pub fn identify(&self, request: &Incoming, now_ms: f64) -> Identified {
        let identified = identify(request, self.settings, whole(now_ms) / 1_000);
        Identified { identified, settings: self.settings }
    }

    /// Who asks the decision endpoint? `address` is where the request came from, or empty. Throws an error whose
    /// message is the JSON text of the refusal: `{"status", "body", "header"?: ["name", "value"]}`.
    #[wasm_bindgen(js_name = identifyAsking)]
    pub fn identify_asking(
        &self,
        request: &Incoming,
        address: &str,
        now_ms: f64,
    ) -> Result<Identified, JsError> {
        let now_s = whole(now_ms) / 1_000;
        let per_minute = self.settings.decision_endpoint.per_minute;
        let count = |named| match self.rate.borrow_mut().count(address, per_minute, now_s) {
            Ok(()) => Ok(named),
            Err(retry_after_s) => Err(Refusal::TooMany { retry_after_s }),
        };
        let named = decisions::admit(request, self.settings).and_then(count).map_err(|refusal| {
            let header = refusal.header().map(|(name, value)| vec![name.to_owned(), value]);
            JsError::new(&text(&object([
                ("status", refusal.status().into()),
                ("body", refusal.body().into()),
                ("header", header.into()),
            ])))
        })?;
        let identified = identify_asking(request, named, self.settings, now_s);
        Ok(Identified { identified, settings: self.settings })
    }

    /// The header for the page's own server on a request that is no page view, such as the data that Next.js' router
    /// fetches: what the visitor's ticket says, if there is one. Nobody is looked up, and no cookie is written.
    #[must_use]
    pub fn forwarded(&self, request: &Incoming, now_ms: f64) -> Option<String> {
        let identified = identify_asking(request, None, self.settings, whole(now_ms) / 1_000);
        if matches!(identified.fetch(), Some(Fetch::Before(_))) {
            return None;
        }
        let plan = identified.respond(Lookup::NotAsked, one_nonce);
        forward::header(&plan, self.settings.keys.as_ref(), one_nonce)
    }

    /// What is remembered of `id`: an outcome as `respond` takes it, or nothing.
    #[must_use]
    pub fn recall(&self, id: &str, now_ms: f64) -> Option<String> {
        let remembered = self.learned.borrow().recall(&anonymous_id(id)?, whole(now_ms));
        remembered.map(|lookup| lookup_json(&lookup))
    }

    /// Keeps an outcome for the visitor's next pages.
    pub fn remember(&self, id: &str, outcome: &str, now_ms: f64) -> Result<(), JsError> {
        if let Some(id) = anonymous_id(id) {
            self.learned.borrow_mut().remember(id, &lookup(outcome)?, whole(now_ms));
        }
        Ok(())
    }

    /// Whether a source may be asked now.
    #[wasm_bindgen(js_name = mayAsk)]
    pub fn may_ask(&self, source: &str, now_ms: f64) -> Result<bool, JsError> {
        Ok(self.learned.borrow_mut().may_ask(named(source)?, whole(now_ms)))
    }

    /// Learns how asking a source ended: `failed` is the kind of failure, if it was one. Returns why the source is
    /// left alone from now on, when it is.
    pub fn note(&self, source: &str, failed: Option<String>, now_ms: f64) -> Result<Option<String>, JsError> {
        let (source, failure) = (named(source)?, failed.as_deref().map(failure).transpose()?);
        let outcome = failure.as_ref().map_or(Ok(()), Err);
        let is_left_alone = self.learned.borrow_mut().note(source, outcome, whole(now_ms));
        Ok(failure.filter(|_| is_left_alone).map(|failure| failure.to_string()))
    }

    /// What must be sent to ask the Activation API about `id`: the JSON text of `{"url", "token", "body"}`.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<String> {
        let api = self.settings.profiles.activation_api.as_ref()?;
        let question = self.settings.profiles.question(&anonymous_id(id)?, api);
        let token = Secret::reveal(&api.token);
        Some(text(&object([
            ("url", api.url.as_str().into()),
            ("token", token.into()),
            ("body", question.body().into()),
        ])))
    }

    /// What the Activation API's answer about `id` says: an outcome as `respond` takes it.
    #[wasm_bindgen(js_name = readAnswer)]
    pub fn read_answer(&self, id: &str, status: u16, body: &str) -> Result<String, JsError> {
        let profiles = &self.settings.profiles;
        let (Some(api), Some(id)) = (&profiles.activation_api, anonymous_id(id)) else {
            return Err(JsError::new("the Activation API was not asked about this id"));
        };
        let answer = profiles.question(&id, api).read_answer(status, body, &profiles.view);
        Ok(lookup_json(&Lookup::of(answer, Source::ActivationApi)))
    }
}

/// A request of which is known who sent it. It is answered once, by `respond`.
#[wasm_bindgen]
pub struct Identified {
    identified: crate::visit::Identified<'static>,
    settings: &'static Settings,
}

#[wasm_bindgen]
impl Identified {
    /// What must be asked: `before` or `after` the answer, a colon and the id; or nothing.
    #[must_use]
    pub fn fetch(&self) -> Option<String> {
        let (when, id) = match self.identified.fetch()? {
            Fetch::Before(id) => ("before", id),
            Fetch::After(id) => ("after", id),
        };
        Some(format!("{when}:{}", id.as_str()))
    }

    /// Decides: the JSON text of the plan. `outcome` is the JSON text of how the lookup ended: `{"found":
    /// {…features}, "source": "kv"}`, `"missing"`, `{"failed": "deadline"}` or `"not asked"`; `lookup_ms` is how long it took.
    pub fn respond(self, outcome: &str, lookup_ms: Option<f64>) -> Result<String, JsError> {
        let lookup = lookup(outcome)?;
        let Self { identified, settings } = self;
        let nobody: Option<NoVisitor> = identified.nobody();
        // Drawn in one call, if at all: each is one into the operating system.
        let drawn = LazyCell::new(nonces::<2>);
        let plan = identified.respond(lookup, || {
            let [nonce, _] = *drawn;
            nonce
        });
        let forwarded = forward::header(&plan, settings.keys.as_ref(), || {
            let [_, nonce] = *drawn;
            nonce
        });
        Ok(plan_json(&plan, nobody, forwarded, lookup_ms.map(whole)))
    }
}

/// The decisions in the header `x-pintle-decisions` of a request, as JSON text; nothing when the header is not ours.
/// `keys` are the ticket keys, if there are any.
#[wasm_bindgen(js_name = openDecisions)]
#[must_use]
pub fn open_decisions(value: &str, keys: Option<String>) -> Option<String> {
    let keys = keys.map(|keys| KeyRing::parse(&keys)).transpose().ok()?;
    forward::open(value, keys.as_ref())
}

/// The `Cache-Control` of a response that was made for one visitor, from the one that it had.
#[wasm_bindgen(js_name = privateCacheControl)]
#[must_use]
pub fn private_cache_control(cache_control: Option<String>) -> String {
    caching::private(cache_control.as_deref())
}

/// Headers that only shared caches obey, separated by commas: a response for one visitor has none of them.
#[wasm_bindgen(js_name = sharedCacheHeaders)]
#[must_use]
pub fn shared_cache_headers() -> String {
    caching::SHARED_CACHE_HEADERS.join(",")
}

fn anonymous_id(id: &str) -> Option<AnonymousId> {
    AnonymousId::new(id.to_owned()).ok()
}

fn named(source: &str) -> Result<Source, JsError> {
    Source::named(source).ok_or_else(|| JsError::new("this is no source"))
}

/// JavaScript's numbers of milliseconds.
fn whole(ms: f64) -> u64 {
    // A float becomes the nearest whole number that fits; a time since 1970 does.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
    {
        ms as u64
    }
}
