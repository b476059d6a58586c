//! Cloudflare's runtime as the hot path needs it: few calls, each one crossing.
//!
//! The `worker` crate's own wrappers cross many times a request; they serve everywhere else.

use wasm_bindgen::prelude::*;
use worker::js_sys::Promise;

use crate::identity::ticket::Nonce;
use crate::request::Request;

#[wasm_bindgen]
extern "C" {
    /// A KV namespace.
    #[derive(Clone)]
    pub(super) type KvNamespace;
    #[wasm_bindgen(method)]
    pub(super) fn get(this: &KvNamespace, key: &str, kind: &str) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn put(this: &KvNamespace, key: &str, value: &str, options: &JsValue) -> Promise;

    /// Asks the Activation API; resolves to an [`Answer`]. It is the entry's.
    #[wasm_bindgen(js_namespace = shell)]
    pub(super) fn ask(url: &str, token: &str, body: &str) -> Promise;

    /// What the Activation API answered; its text is cut where it is larger than a profile may be.
    pub(super) type Answer;
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &Answer) -> u16;
    #[wasm_bindgen(method, getter)]
    pub(super) fn text(this: &Answer) -> String;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(into: &mut [u8]);

    /// `new Response(body, response)`: the runtime copies status and headers, every `Set-Cookie` of its own.
    #[wasm_bindgen(js_name = Response)]
    type Copy;
    #[wasm_bindgen(constructor, js_class = "Response", catch)]
    fn new(body: Option<web_sys::ReadableStream>, like: &web_sys::Response) -> Result<Copy, JsValue>;
}

/// A response like `original`, whose headers may be changed. Its body streams on.
pub(super) fn changeable(original: &web_sys::Response) -> Result<web_sys::Response, JsValue> {
    Copy::new(original.body(), original).map(JsCast::unchecked_into)
}

/// The time in milliseconds since 1970. It stands still while code runs and moves with I/O.
pub(super) fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}

/// 12 random bytes.
pub(super) fn nonce() -> Nonce {
    let mut nonce = Nonce::default();
    get_random_values(&mut nonce);
    nonce
}

/// The request, as the core may see it.
pub(super) struct Incoming {
    pub(super) request: web_sys::Request,
    pub(super) url: String,
}

impl Request for Incoming {
    fn method(&self) -> String {
        self.request.method()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }
}
