//! Checking apart from any request: for `pintle check`, and for the health of a Worker.

use pintle::document::environment::Environment;
use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;

use crate::settings::Feed;

/// All that is wrong with the feed's own part of the settings: the JSON text of `[{"at": "…", "what": "…"}]`. The variables
/// are the JSON text of an object.
#[wasm_bindgen(js_name = checkFeed)]
pub fn check_feed(personalization: &str, variables: &str) -> Result<String, JsError> {
    let variables: Map<String, Value> = serde_json::from_str(variables)?;
    let variable = |name: &str| variables.get(name)?.as_str().map(str::to_owned);
    Ok(Feed::check(personalization, &Environment { variable: &variable }).json().to_string())
}
