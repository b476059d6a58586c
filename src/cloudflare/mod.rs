//! The Worker shell: carries bytes between Cloudflare's runtime and the core, and decides nothing.
//!
//! A request costs what it crosses the wasm boundary, and a Rust future costs more than a crossing. So
//! the path that most pages take (nobody to look up, or a fresh ticket and cookies that are right) is
//! a plain function that hands the page's own promise on.

mod decision;
mod endpoints;
mod lookup;
mod respond;
mod runtime;
mod site;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::Env;
use worker::js_sys::{Function, Promise};
use worker::worker_sys::Context;

use crate::profile::Lookup;
use crate::visit::{Fetch, Identified, identify};
use crate::{endpoint, request};
use runtime::{Incoming, nonce, now_ms};
use site::Site;

/// Answers a request: the Worker's `fetch`. `page` asks for the page as it is without Pintle; the entry
/// keeps its promise, and serves it should this module fail.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: Env, context: Context, page: &Function) -> Promise {
    let site = Site::of(&env);
    let url = request.url();
    if let Some(answer) = endpoints::answer(site, request::path(&url), &request) {
        return answer;
    }
    if request::path(&url) == endpoint::decisions::PATH {
        return decision::answer(site, Incoming { request, url }, context);
    }
    let page: Promise = match page.call0(&JsValue::UNDEFINED) {
        Ok(page) => page.unchecked_into(),
        Err(error) => return Promise::reject(&error),
    };
    let Ok(settings) = &site.settings else { return page };
    let identified = identify(&Incoming { request, url }, settings, now_ms() / 1_000);
    let lookup = match identified.fetch() {
        None => Lookup::NotAsked,
        Some(Fetch::Before(id)) => match site.recall(id) {
            Some(remembered) => remembered,
            None => {
                let asked = lookup::ask(site, settings, id.clone());
                return future_to_promise(looked_up(identified, asked, page.into(), context));
            }
        },
        Some(Fetch::After(id)) => site.recall(id).unwrap_or_else(|| {
            lookup::ask(site, settings, id.clone()).later(&context);
            Lookup::NotAsked
        }),
    };
    let plan = identified.respond(lookup, nonce);
    if plan.leaves_the_response_alone() {
        return page;
    }
    let page = JsFuture::from(page);
    future_to_promise(async move { respond::apply(&plan, page, None).await })
}

/// Waits for the lookup while the page is on its way, but no longer than the budget. The page is listened to
/// from the start: an origin that fails before the lookup ends is no unhandled rejection.
async fn looked_up(
    identified: Identified<'static>,
    asked: lookup::Asked,
    page: JsFuture,
    context: Context,
) -> Result<JsValue, JsValue> {
    let started_ms = now_ms();
    let lookup = asked.within_the_budget(&context).await;
    let lookup_ms = now_ms().saturating_sub(started_ms);
    respond::apply(&identified.respond(lookup, nonce), page, Some(lookup_ms)).await
}

/// Gives the module its `personalization.json`, before the first request.
#[wasm_bindgen]
pub fn start(personalization: String) {
    site::set_personalization(personalization);
}
