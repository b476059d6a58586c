//! The shell for JavaScript: the core as synchronous functions of plain strings and JSON.
//!
//! It serves Node.js and every other runtime that is not a Worker of ours. Fetching, deadlines and
//! responses are the caller's; deciding is done here, by the same core.

mod wire;

use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::decision::SavedGroups;
use crate::decision::condition::Condition;
use crate::identity::anonymous_id::AnonymousId;
use crate::identity::rudder_cookie;
use crate::identity::ticket::Nonce;
use crate::settings::Settings;
use crate::settings::environment::Environment;
use crate::settings::mistake::{Mistakes, Place};
use crate::visit::{Fetch, identify};
use wire::{IncomingRequest, lookup, plan_json};

/// Reads the value of an `rl_*` cookie as it stands in a `Cookie` header: the JSON text of
/// `{"value": …}`, or of `{"reason": "…"}` when it cannot be read.
#[wasm_bindgen(js_name = readRudderCookie)]
#[must_use]
pub fn read_rudder_cookie(raw: &str) -> String {
    match rudder_cookie::read(raw) {
        Ok(value) => json!({ "value": value }),
        Err(why) => json!({ "reason": why.to_string() }),
    }
    .to_string()
}

/// The anonymous id in the value of the cookie `rl_anonymous_id`: the JSON text of `{"id": "…"}`, or of
/// `{"reason": "…"}` when it names no visitor.
#[wasm_bindgen(js_name = readAnonymousId)]
#[must_use]
pub fn read_anonymous_id(raw: &str) -> String {
    match AnonymousId::from_cookie(raw) {
        Ok(id) => json!({ "id": id.as_str() }),
        Err(why) => json!({ "reason": why.to_string() }),
    }
    .to_string()
}

/// Whether `attributes` meet a GrowthBook `condition`; all three are JSON texts, `groups` an object of
/// saved groups.
#[wasm_bindgen(js_name = meetsCondition)]
pub fn meets_condition(condition: &str, attributes: &str, groups: &str) -> Result<bool, JsError> {
    let mut mistakes = Mistakes::default();
    let groups: Value = serde_json::from_str(groups)?;
    let groups = groups.as_object().map(|groups| SavedGroups::compile(groups, Place::Root, &mut mistakes));
    let condition = serde_json::from_str(condition)?;
    let condition = Condition::compile(&condition, Place::Root, &groups.unwrap_or_default(), &mut mistakes);
    Ok(condition.matches(&serde_json::from_str(attributes)?))
}

/// A checked `personalization.json` and environment. It is made once and lives as long as the program.
#[wasm_bindgen]
pub struct Pintle {
    settings: &'static Settings,
}

#[wasm_bindgen]
impl Pintle {
    /// Checks the text of a `personalization.json` and the JSON text of an object of variables. Throws an
    /// error whose message is the JSON text of all mistakes: `[{"at": "…", "what": "…"}]`.
    #[wasm_bindgen(constructor)]
    pub fn new(personalization: &str, variables: &str) -> Result<Pintle, JsError> {
        let variables: Value = serde_json::from_str(variables)?;
        let variable = |name: &str| variables.get(name)?.as_str().map(str::to_owned);
        // Whether a source can be reached is the caller's: it passes what the lookup brought.
        let environment = Environment { variable: &variable, has_profiles: true };
        let settings = Settings::check(personalization, &environment)
            .map_err(|mistakes| JsError::new(&json!(mistakes).to_string()))?;
        Ok(Self { settings: Box::leak(Box::new(settings)) })
    }

    /// Who sent this request? `request` is the JSON text of `{"method", "url", "headers": {"name": "value"}}`
    /// with header names in lower case; `now_s` is the time in seconds since 1970.
    pub fn identify(&self, request: &str, now_s: u32) -> Result<Identified, JsError> {
        let request: IncomingRequest = serde_json::from_str(request)?;
        Ok(Identified(identify(&request, self.settings, now_s.into())))
    }
}

/// A request of which is known who sent it. It is answered once, by `respond`.
#[wasm_bindgen]
pub struct Identified(crate::visit::Identified<'static>);

#[wasm_bindgen]
impl Identified {
    /// What must be asked: the JSON text of `{"when": "before" | "after", "id": "…"}`, or nothing.
    #[must_use]
    pub fn fetch(&self) -> Option<String> {
        let (when, id) = match self.0.fetch()? {
            Fetch::Before(id) => ("before", id),
            Fetch::After(id) => ("after", id),
        };
        Some(json!({ "when": when, "id": id.as_str() }).to_string())
    }

    /// Decides: the JSON text of the plan. `outcome` is the JSON text of how the lookup ended: `{"found":
    /// {…features}, "source": "kv"}`, `"missing"`, `{"failed": "deadline"}` or `"not asked"`; `nonce` is 12 fresh random bytes.
    pub fn respond(self, outcome: &str, nonce: &[u8]) -> Result<String, JsError> {
        let outcome: Value = serde_json::from_str(outcome)?;
        let nonce: Nonce = nonce.try_into().map_err(|_| JsError::new("a nonce has 12 bytes"))?;
        let lookup = lookup(&outcome).ok_or_else(|| JsError::new("this is no way for a lookup to end"))?;
        Ok(plan_json(&self.0.respond(lookup, || nonce)))
    }
}
