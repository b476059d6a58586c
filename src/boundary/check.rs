//! Reading and checking apart from any page view: for the command, and for tests of the wasm boundary. Modules of which
//! only pages ask are built without.

use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::decision::SavedGroups;
use crate::decision::condition::Condition;
use crate::document::json::{object, text};
use crate::document::mistake::{Mistakes, Place};
use crate::document::variables;
use crate::identity::anonymous_id::AnonymousId;
use crate::identity::rudder_cookie;
use crate::settings::misnamed;
use crate::settings::personalization::Personalization;

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

/// The attributes in the text of a `personalization.json` that were probably meant to be others: the JSON text of
/// `[{"name": "…", "meant": "…"}]`.
#[wasm_bindgen]
#[must_use]
pub fn misnamed(personalization: &str) -> String {
    let told = misnamed::misnamed(personalization).into_iter();
    let each = told.map(|(name, meant)| object([("name", name.into()), ("meant", meant.into())]));
    text(&Value::Array(each.collect()))
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
