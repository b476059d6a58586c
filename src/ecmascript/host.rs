//! JavaScript's own functions.

use js_sys::JsString;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = String)]
    pub(super) fn to_text(number: f64) -> String;
    #[wasm_bindgen(js_name = Number)]
    pub(super) fn from_text(text: &str) -> f64;

    #[wasm_bindgen(js_name = URL)]
    type Url;
    #[wasm_bindgen(constructor, js_class = URL, catch)]
    fn new(url: &str, base: &str) -> Result<Url, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn href(this: &Url) -> String;
}

pub(super) fn href(url: &str, base: &str) -> Option<String> {
    Url::new(url, base).ok().map(|url| url.href())
}

pub(super) fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

pub(super) fn upper(text: &str) -> String {
    JsString::from(text).to_upper_case().into()
}
