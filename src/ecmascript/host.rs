//! JavaScript's own functions.

use js_sys::JsString;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = String)]
    pub(super) fn to_text(number: f64) -> String;
    #[wasm_bindgen(js_name = Number)]
    pub(super) fn from_text(text: &str) -> f64;
}

pub(super) fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

pub(super) fn upper(text: &str) -> String {
    JsString::from(text).to_upper_case().into()
}
