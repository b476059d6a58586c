//! Reading, checking and explaining apart from any request: for the command, and for tests of the wasm boundary.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;

use super::incoming::one_nonce;
use super::wire::{json, whole};
use crate::decision::SavedGroups;
use crate::decision::condition::Condition;
use crate::document::environment::Environment;
use crate::document::json::{object, text};
use crate::document::mistake::{Mistakes, Place};
use crate::document::variables;
use crate::identity::anonymous_id::AnonymousId;
use crate::identity::rudder_cookie;
use crate::profile::Source;
use crate::profile::learned::Learned;
use crate::profile::lookup::{Desk, Reply, Step};
use crate::request::Request;
use crate::settings::Settings;
use crate::settings::personalization::Personalization;
use crate::visit::identify;

/// The version of this crate.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// All mistakes in the text of a `personalization.json`: the JSON text of `[{"at": "…", "what": "…"}]`.
#[wasm_bindgen(js_name = checkPersonalization)]
#[must_use]
pub fn check_personalization(personalization: &str) -> String {
    let mut mistakes = Mistakes::default();
    drop(Personalization::check(personalization, &mut mistakes));
    text(&mistakes.json())
}

/// The names among those of an environment that were meant to be a variable of ours: both are JSON texts, of `["…"]` and of
/// `[{"name": "…", "meant": "…"}]`.
#[wasm_bindgen]
pub fn misspelt(names: &str) -> Result<String, JsError> {
    let names: Vec<String> = serde_json::from_str(names)?;
    let told = variables::misspelt(names.iter().map(String::as_str)).into_iter();
    let each = told.map(|it| object([("name", it.name.into()), ("meant", it.meant.into())]));
    Ok(text(&Value::Array(each.collect())))
}

/// Reads the value of an `rl_*` cookie as it stands in a `Cookie` header: the JSON text of
/// `{"value": …}`, or of `{"reason": "…"}` when it cannot be read.
#[wasm_bindgen(js_name = readRudderCookie)]
#[must_use]
pub fn read_rudder_cookie(raw: &str) -> String {
    let read = match rudder_cookie::read(raw) {
        Ok(value) => ("value", value),
        Err(why) => ("reason", why.to_string().into()),
    };
    text(&object([read]))
}

/// The anonymous id in the value of the cookie `rl_anonymous_id`: the JSON text of `{"id": "…"}`, or of
/// `{"reason": "…"}` when it names no visitor.
#[wasm_bindgen(js_name = readAnonymousId)]
#[must_use]
pub fn read_anonymous_id(raw: &str) -> String {
    let read = match AnonymousId::from_cookie(raw) {
        Ok(id) => ("id", id.as_str().into()),
        Err(why) => ("reason", why.to_string().into()),
    };
    text(&object([read]))
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
    let attributes: Value = serde_json::from_str(attributes)?;
    let attributes = attributes.as_object().ok_or_else(|| JsError::new("the attributes are no object"))?;
    Ok(condition.matches(attributes))
}

/// A request as the command was told it.
#[derive(Deserialize)]
struct Told {
    method: String,
    url: String,
    /// By their names in lower case.
    headers: BTreeMap<String, String>,
}

impl Request for Told {
    fn method(&self) -> String {
        self.method.clone()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).cloned()
    }
}

/// What would be decided, and why.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    visitor: String,
    lookup: Option<String>,
    decisions: Vec<ExplainedDecision>,
    cookies: Vec<String>,
    set_cookies: Vec<String>,
}

#[derive(Serialize)]
struct ExplainedDecision {
    feature: String,
    value: Value,
    reason: String,
}

/// What would be decided about a request, and why: the JSON text of `{"visitor", "lookup", "decisions": [{"feature", "value",
/// "reason"}], "cookies": ["…"], "setCookies": ["…"]}`. `request` is the JSON text of `{"method", "url", "headers"}`, `profile` that of
/// the features which the lookup brings; nothing when no source knows the visitor. Settings that are wrong throw.
#[wasm_bindgen]
pub fn explain(
    personalization: &str,
    variables: &str,
    request: &str,
    profile: Option<String>,
    now_ms: f64,
) -> Result<String, JsError> {
    let given: Map<String, Value> = serde_json::from_str(variables)?;
    let request: Told = serde_json::from_str(request)?;
    let variable = |name: &str| match name {
        "PROFILE_SOURCES" => Some(Source::Function.name().to_owned()),
        "EXPLAIN" => Some("true".to_owned()),
        _ => given.get(name)?.as_str().map(str::to_owned),
    };
    let environment = Environment { variable: &variable };
    let mut settings = Settings::check(personalization, &environment, &[Source::Function])
        .map_err(|mistakes| JsError::new(&text(&mistakes.json())))?;
    // A ticket in the request was sealed under the sources that really run.
    let real = |name: &str| given.get(name)?.as_str().map(str::to_owned);
    if let Ok(real) = Settings::check(personalization, &Environment { variable: &real }, &[Source::Kv]) {
        settings.fingerprint = real.fingerprint;
    }
    let now_ms = whole(now_ms);
    let mut visit = identify(&request, &settings, now_ms / 1_000);
    let nobody = visit.nobody();
    let mut desk = Desk { profiles: &settings.profiles, learned: &mut Learned::default(), now_ms };
    if let Step::Ask { .. } = visit.next(&mut desk) {
        visit.replied(&Reply::Value(profile), &mut desk);
    }
    let plan = visit.respond(one_nonce);
    let told = plan.explanation.as_ref();
    let nobody = || nobody.map(|why| format!("none: {why}")).unwrap_or_default();
    Ok(json(&Explained {
        visitor: told.map_or_else(nobody, |explanation| explanation.visitor()),
        lookup: told.and_then(|explanation| explanation.lookup()),
        decisions: told.into_iter().flat_map(|explanation| explanation.decided()).map(explained).collect(),
        cookies: told.map(|explanation| explanation.cookies()).unwrap_or_default(),
        set_cookies: plan.set_cookies.iter().map(ToString::to_string).collect(),
    }))
}

fn explained(decided: &crate::delivery::Decided) -> ExplainedDecision {
    ExplainedDecision {
        feature: decided.feature.clone(),
        value: decided.decision.value.clone(),
        reason: decided.decision.reason.to_string(),
    }
}
