//! What comes from JavaScript: a request, and random bytes.

use wasm_bindgen::prelude::*;

use crate::request::Request;
use crate::seal::Nonce;

#[wasm_bindgen]
extern "C" {
    /// Anything that looks like a `Request` of the Fetch standard.
    #[wasm_bindgen(typescript_type = "Incoming")]
    pub type Incoming;
    #[wasm_bindgen(method, getter)]
    fn method(this: &Incoming) -> String;
    #[wasm_bindgen(method, getter)]
    fn url(this: &Incoming) -> String;
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Incoming) -> Headers;

    type Headers;
    #[wasm_bindgen(method)]
    fn get(this: &Headers, name: &str) -> Option<String>;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(into: &mut [u8]);
}

#[wasm_bindgen(typescript_custom_section)]
const INCOMING: &str = r#"
/** A request as the core sees it: a `Request` of the Fetch standard is one. */
export interface Incoming {
  readonly method: string
  readonly url: string
  readonly headers: { get(name: string): string | null }
}
"#;

/// A request whose headers are asked for once: each time is a call across the boundary.
pub(super) struct Asked<'r> {
    request: &'r Incoming,
    headers: Headers,
}

impl<'r> From<&'r Incoming> for Asked<'r> {
    fn from(request: &'r Incoming) -> Self {
        Self { request, headers: request.headers() }
    }
}

impl Request for Asked<'_> {
    fn method(&self) -> String {
        self.request.method()
    }

    fn url(&self) -> String {
        self.request.url()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)
    }
}

/// Fresh random nonces, drawn in one call: each is one into the operating system.
pub(super) fn nonces<const COUNT: usize>() -> [Nonce; COUNT] {
    let mut nonces = [Nonce::default(); COUNT];
    get_random_values(nonces.as_flattened_mut());
    nonces
}

/// A fresh random nonce.
pub(super) fn one_nonce() -> Nonce {
    let [nonce] = nonces();
    nonce
}
