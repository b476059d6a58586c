//! What Next.js calls besides, whose middleware answers ahead of the page: what is decided travels with the request, sealed.

use wasm_bindgen::prelude::*;

use super::Pintle;
use super::incoming::{Asked, Incoming, Nonces};
use super::wire::{self, json, whole};
use crate::delivery::{caching, forward};
use crate::profile::lookup::When;
use crate::seal::key_ring::KeyRing;
use crate::visit::identify_asking;

#[wasm_bindgen]
impl Pintle {
    /// What the page's own server is told on a request that is no page view, such as the data that Next.js' router
    /// fetches: what the visitor's ticket says, if there is one. Nobody is looked up, and no cookie is written. The JSON
    /// text of a plan, or nothing.
    #[must_use]
    pub fn forwarded(&self, request: &Incoming, now_ms: f64) -> Option<String> {
        let settings = self.site.settings.as_ref().ok()?;
        let mut visit = identify_asking(&Asked::from(request), None, settings, whole(now_ms) / 1_000);
        if visit.nobody().is_some() || visit.lookup().is_some_and(|lookup| lookup.when() == When::Before) {
            return None;
        }
        visit.leave_alone();
        let nonces = Nonces::new();
        let plan = nonces.respond(visit);
        let forwarded = nonces.forwarded(&plan, settings.keys.as_ref())?;
        Some(json(&wire::Plan {
            headers: caching::ahead_of_the_page(false)
                .into_iter()
                .map(|(what, name, value)| (what, name.into(), value.to_owned()))
                .collect(),
            forwarded: Some(forwarded),
            ..wire::Plan::default()
        }))
    }
}

/// The decisions in the header `x-pintle-decisions` of a request, as JSON text; nothing when the header is not ours.
/// `keys` are the ticket keys, if there are any.
#[wasm_bindgen(js_name = openDecisions)]
#[must_use]
pub fn open_decisions(value: &str, keys: Option<String>) -> Option<String> {
    let keys = keys.map(|keys| KeyRing::parse(&keys)).transpose().ok()?;
    forward::open(value, keys.as_ref())
}
