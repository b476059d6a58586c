//! The wasm boundary as JavaScript finds it: texts in, texts out, a mistake of the caller an error and never a trap.
//!
//! It runs on wasm32 alone, in Node.js. What the functions decide is the core's, and tested natively.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test whose data is wrong fails")]

use pintle::boundary::check::{
    check_personalization, meets_condition, read_anonymous_id, read_rudder_cookie, version,
};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[wasm_bindgen_test]
fn the_version_is_that_of_the_crate() {
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
}

#[wasm_bindgen_test]
fn the_personalization_that_is_shipped_has_no_mistakes() {
    assert_eq!(check_personalization(include_str!("../personalization.json")), "[]");
}

#[wasm_bindgen_test]
fn all_mistakes_of_a_personalization_are_told_at_once_with_their_places() {
    let told = check_personalization(r#"{ "features": { "f": [] }, "deliver": [{ "feature": "x" }] }"#);
    let places: Vec<Value> =
        json_of(&told).as_array().unwrap().iter().map(|told| told["at"].clone()).collect();
    assert_eq!(places, ["$.features.f", "$.deliver[0].feature", "$.deliver[0]"]);
    let not_json = json_of(&check_personalization("{"));
    assert_eq!(not_json.as_array().unwrap().len(), 1);
    assert!(not_json[0]["what"].is_string(), "{not_json}");
}

#[wasm_bindgen_test]
fn a_cookie_is_read_into_its_value_or_a_reason() {
    let read = |raw| json_of(&read_rudder_cookie(raw));
    assert_eq!(read("RS_ENC_v3_eyJwbGFuIjoicHLDtiJ9"), json!({"value": {"plan": "prö"}}));
    assert_eq!(read("%221e3%22"), json!({"value": "1e3"}));
    assert_eq!(read("null"), json!({"value": null}));
    assert_eq!(read(""), json!({"reason": "it is empty"}));
}

#[wasm_bindgen_test]
fn an_anonymous_id_is_text_or_the_text_that_javascript_writes_of_a_number() {
    let read = |raw| json_of(&read_anonymous_id(raw));
    assert_eq!(read("%2221b43de4%22"), json!({"id": "21b43de4"}));
    assert_eq!(read("1e21"), json!({"id": "1e+21"}));
    assert_eq!(read("12.50"), json!({"id": "12.5"}));
    assert_eq!(read("true"), json!({"reason": "rl_anonymous_id holds neither text nor a number"}));
}

#[wasm_bindgen_test]
fn text_crosses_the_boundary_unharmed() {
    let text = "日本語 \u{1f680} \u{feff}\u{2028}\\\" é";
    let condition = json!({"greeting": text}).to_string();
    assert!(matches!(meets_condition(&condition, &condition, "{}"), Ok(true)));
    let raw = format!("%22{}%22", "%F0%9F%9A%80");
    assert_eq!(json_of(&read_rudder_cookie(&raw)), json!({"value": "\u{1f680}"}));
}

#[wasm_bindgen_test]
fn a_condition_is_met_or_not() {
    let meets = |attributes| meets_condition(r#"{"n": {"$inGroup": "g"}}"#, attributes, r#"{"g": [1, "2"]}"#);
    assert!(matches!(meets(r#"{"n": 1}"#), Ok(true)));
    assert!(matches!(meets(r#"{"n": [3, "2"]}"#), Ok(true)));
    assert!(matches!(meets(r#"{"n": "1"}"#), Ok(false)));
    assert!(matches!(meets("{}"), Ok(false)));
}

#[wasm_bindgen_test]
fn what_is_no_json_is_an_error_to_the_caller_and_never_a_trap() {
    for (condition, attributes, groups) in
        [("{", "{}", "{}"), ("{}", "[]", "{}"), ("{}", "", "{}"), ("{}", "{}", "x")]
    {
        assert!(meets_condition(condition, attributes, groups).is_err(), "{condition} {attributes} {groups}");
    }
    let deep = "[".repeat(100_000);
    assert!(meets_condition(&deep, "{}", "{}").is_err());
    assert_eq!(json_of(&check_personalization(&deep)).as_array().unwrap().len(), 1);
}
