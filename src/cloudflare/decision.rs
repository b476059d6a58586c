//! `GET /_pintle/decision` on Cloudflare: counts, looks up as a page would, and answers with JSON and cookies.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use worker::js_sys::Promise;
use worker::worker_sys::Context;

use super::endpoints::answer_json;
use super::lookup;
use super::runtime::{Incoming, nonce, now_ms};
use super::site::Site;
use crate::endpoint::decisions::{self, Refusal};
use crate::profile::Lookup;
use crate::request::Request as _;
use crate::settings::Settings;
use crate::visit::{Fetch, Identified, identify_asking};

/// Answers a request for the endpoint.
pub(super) fn answer(site: &'static Site, request: Incoming, context: Context) -> Promise {
    future_to_promise(async move {
        let Ok(settings) = &site.settings else {
            let body = r#"{"error":"the settings are wrong: the log tells how"}"#;
            return Ok(web_sys::Response::from(answer_json(503, body)?).into());
        };
        let response = match admit(site, settings, &request) {
            Ok(identified) => decide(site, settings, identified, &context).await?,
            Err(refusal) => {
                let response = answer_json(refusal.status(), &refusal.body())?;
                if let Some((name, value)) = refusal.header() {
                    response.headers().set(name, &value)?;
                }
                response.into()
            }
        };
        Ok(JsValue::from(response))
    })
}

fn admit(
    site: &Site,
    settings: &'static Settings,
    request: &Incoming,
) -> Result<Identified<'static>, Refusal> {
    let named = decisions::admit(request, settings)?;
    let now_s = now_ms() / 1_000;
    // Cloudflare writes the visitor's address here, whatever came from outside.
    let address = request.header("cf-connecting-ip").unwrap_or_default();
    let per_minute = settings.decision_endpoint.per_minute;
    site.count(&address, per_minute, now_s).map_err(|retry_after_s| Refusal::TooMany { retry_after_s })?;
    Ok(identify_asking(request, named, settings, now_s))
}

async fn decide(
    site: &'static Site,
    settings: &'static Settings,
    identified: Identified<'static>,
    context: &Context,
) -> Result<web_sys::Response, JsValue> {
    let lookup = match identified.fetch() {
        None => Lookup::NotAsked,
        Some(Fetch::Before(id)) => match site.recall(id) {
            Some(remembered) => remembered,
            None => lookup::ask(site, settings, id.clone()).within_the_budget(context).await,
        },
        Some(Fetch::After(id)) => site.recall(id).unwrap_or_else(|| {
            lookup::ask(site, settings, id.clone()).later(context);
            Lookup::NotAsked
        }),
    };
    let nobody = identified.nobody();
    let plan = identified.respond(lookup, nonce);
    let response = answer_json(200, &decisions::body(nobody, &plan))?;
    let response: web_sys::Response = response.into();
    for cookie in &plan.set_cookies {
        response.headers().append("set-cookie", &cookie.to_string())?;
    }
    Ok(response)
}
