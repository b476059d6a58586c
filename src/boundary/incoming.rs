//! What comes from JavaScript: a request, and random bytes.

use std::cell::LazyCell;

use js_sys::{JsString, Reflect};
use wasm_bindgen::prelude::*;

use crate::delivery::forward;
use crate::request::Request;
use crate::seal::Nonce;
use crate::seal::key_ring::KeyRing;
use crate::visit::{Plan, Visit};

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
    /// What Cloudflare knows of it.
    #[wasm_bindgen(method, getter)]
    fn cf(this: &Incoming) -> JsValue;

    type Headers;
    #[wasm_bindgen(method)]
    fn get(this: &Headers, name: &str) -> Option<String>;
    #[wasm_bindgen(method, js_name = get)]
    fn get_named(this: &Headers, name: &JsString) -> Option<String>;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(into: &mut [u8]);
}

// The names that every page view is asked for, as JavaScript has them: decoding them each time would cost more than looking
// them up. The formatter takes the texts away from statics of foreign items.
#[rustfmt::skip]
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, static_string)]
    static ACCEPT: JsString = "accept";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static COOKIE: JsString = "cookie";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static NEXT_ROUTER_PREFETCH: JsString = "next-router-prefetch";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static PURPOSE: JsString = "purpose";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static SEC_FETCH_DEST: JsString = "sec-fetch-dest";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static SEC_GPC: JsString = "sec-gpc";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static SEC_PURPOSE: JsString = "sec-purpose";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static USER_AGENT: JsString = "user-agent";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static X_MOZ: JsString = "x-moz";
}

#[wasm_bindgen(typescript_custom_section)]
const INCOMING: &str = r#"
/** A request as the core sees it: a `Request` of the Fetch standard is one. */
export interface Incoming {
  readonly method: string
  readonly url: string
  readonly headers: { get(name: string): string | null }
  /** What Cloudflare knows of it: `country`, `regionCode` and `city` are read. */
  readonly cf?: unknown
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
        let named = match name {
            "accept" => &ACCEPT,
            "cookie" => &COOKIE,
            "next-router-prefetch" => &NEXT_ROUTER_PREFETCH,
            "purpose" => &PURPOSE,
            "sec-fetch-dest" => &SEC_FETCH_DEST,
            "sec-gpc" => &SEC_GPC,
            "sec-purpose" => &SEC_PURPOSE,
            "user-agent" => &USER_AGENT,
            "x-moz" => &X_MOZ,
            other => return self.headers.get(other),
        };
        named.with(|name| self.headers.get_named(name))
    }

    fn place(&self, what: &str) -> Option<String> {
        Reflect::get(&self.request.cf(), &what.into()).ok()?.as_string()
    }
}

/// The nonces of a visit, for its ticket and for its header: drawn in one call, which is one into the operating system, when
/// one of them is wanted.
pub(super) struct Nonces(LazyCell<[Nonce; 2]>);

impl Nonces {
    pub(super) fn new() -> Self {
        Self(LazyCell::new(|| {
            let mut nonces = [Nonce::default(); 2];
            get_random_values(nonces.as_flattened_mut());
            nonces
        }))
    }

    /// What the visit is answered with. There is one copy of it in the module, since every visit comes by here.
    pub(super) fn respond(&self, visit: Visit<'static>) -> Plan {
        visit.respond(|| {
            let [ticket, _] = *self.0;
            ticket
        })
    }

    /// The header that tells the page's own server.
    pub(super) fn forwarded(&self, plan: &Plan, keys: Option<&KeyRing>) -> Option<String> {
        forward::header(&plan.decisions, keys, || {
            let [_, header] = *self.0;
            header
        })
    }
}
