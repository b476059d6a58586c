//! What an isolate keeps between requests: checked settings, bindings, and what it learned of its sources.
//!
//! It is built from the first request's environment, which is the same for all requests of an isolate.
//! Settings that are wrong are told once, in the log; the page is served all the same.

use std::cell::{OnceCell, RefCell};

use wasm_bindgen::{JsCast as _, JsValue};
use worker::js_sys::Reflect;
use worker::{Env, console_error, console_warn};

use super::runtime::{KvNamespace, now_ms};
use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;
use crate::endpoint::rate::Rate;
use crate::identity::anonymous_id::AnonymousId;
use crate::profile::learned::Learned;
use crate::profile::{Failure, Lookup, Source};
use crate::seal::secret::Secret;
use crate::settings::Settings;

thread_local! {
    static SITE: OnceCell<&'static Site> = const { OnceCell::new() };
    static PERSONALIZATION: OnceCell<String> = const { OnceCell::new() };
}

/// Everything that outlives a request.
pub(super) struct Site {
    pub(super) settings: Result<Settings, Mistakes>,
    pub(super) profiles: Option<KvNamespace>,
    /// The token and destination that `/v1/activation` and `/v2/activation` ask for.
    pub(super) endpoint_token: Option<Secret>,
    pub(super) endpoint_destination: Option<String>,
    learned: RefCell<Learned>,
    rate: RefCell<Rate>,
}

/// Gives the text of `personalization.json`.
pub(super) fn set_personalization(text: String) {
    // Only the first is heard: the entry calls it once for each instance.
    PERSONALIZATION.with(|cell| drop(cell.set(text)));
}

impl Site {
    /// The site of this isolate.
    pub(super) fn of(env: &Env) -> &'static Self {
        SITE.with(|site| *site.get_or_init(|| Box::leak(Box::new(Self::new(env)))))
    }

    fn new(env: &Env) -> Self {
        let profiles = binding(env, "PROFILES").map(JsValue::unchecked_into);
        let variable = |name: &str| variable(env, name);
        let brings: &[Source] = if profiles.is_some() { &[Source::Kv] } else { &[] };
        let environment = Environment { variable: &variable };
        let built_in = || PERSONALIZATION.with(|text| text.get().cloned().unwrap_or_default());
        let personalization = environment.get("PERSONALIZATION").unwrap_or_else(built_in);
        let settings = Settings::check(&personalization, &environment, brings);
        tell(&settings);
        Self {
            settings,
            profiles,
            endpoint_token: environment.get("ACTIVATION_TOKEN").map(Secret::new),
            endpoint_destination: environment.get("ACTIVATION_DESTINATION_ID"),
            learned: RefCell::default(),
            rate: RefCell::default(),
        }
    }

    /// What is remembered of a visitor.
    pub(super) fn recall(&self, id: &AnonymousId) -> Option<Lookup> {
        self.learned.borrow().recall(id, now_ms())
    }

    /// Remembers how a lookup ended.
    pub(super) fn remember(&self, id: AnonymousId, lookup: &Lookup) {
        self.learned.borrow_mut().remember(id, lookup, now_ms());
    }

    /// Whether a source may be asked now.
    pub(super) fn may_ask(&self, source: Source) -> bool {
        self.learned.borrow_mut().may_ask(source, now_ms())
    }

    /// Notes how a source did.
    pub(super) fn note(&self, source: Source, outcome: Result<(), &Failure>) {
        let is_left_alone = self.learned.borrow_mut().note(source, outcome, now_ms());
        if let (true, Err(failure)) = (is_left_alone, outcome) {
            console_warn!("pintle: {source} is left alone for a while after repeated failures: {failure}");
        }
    }

    /// Counts a request to the decision endpoint; when it is one too many, how long to wait, in seconds.
    pub(super) fn count(&self, address: &str, per_minute: u32, now_s: u64) -> Result<(), u64> {
        self.rate.borrow_mut().count(address, per_minute, now_s)
    }
}

fn tell(settings: &Result<Settings, Mistakes>) {
    match settings {
        Ok(settings) if settings.keys.is_none() => {
            console_warn!(
                "pintle: TICKET_KEYS is not set: every page view looks its visitor up; `npx pintle keygen` makes a key"
            );
        }
        Ok(_) => {}
        Err(mistakes) => {
            let list: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            console_error!(
                "pintle: the site is served unpersonalised, as its settings are wrong:\n  {}",
                list.join("\n  ")
            );
        }
    }
}

/// A binding that is there and is an object: a variable of the same name is not one.
fn binding(env: &Env, name: &str) -> Option<JsValue> {
    Reflect::get(env, &name.into()).ok().filter(JsValue::is_object)
}

fn variable(env: &Env, name: &str) -> Option<String> {
    Reflect::get(env, &name.into()).ok()?.as_string()
}
