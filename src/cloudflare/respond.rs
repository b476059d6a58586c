//! Applying a plan to the origin's response.

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::runtime::changeable;
use crate::delivery::{Plan, caching};

/// The page as the plan wants it; `lookup_ms` is how long the lookup took, if there was one.
pub(super) async fn apply(plan: &Plan, page: JsFuture, lookup_ms: Option<u64>) -> Result<JsValue, JsValue> {
    let page = page.await?;
    if plan.leaves_the_response_alone() {
        return Ok(page);
    }
    let response = changeable(page.unchecked_ref())?;
    let headers = response.headers();
    for cookie in &plan.set_cookies {
        headers.append("set-cookie", &cookie.to_string())?;
    }
    if plan.is_private() {
        headers.set("cache-control", &caching::private(headers.get("cache-control")?.as_deref()))?;
        for name in caching::SHARED_CACHE_HEADERS {
            headers.delete(name)?;
        }
    }
    if let Some(explanation) = &plan.explanation {
        headers.append("server-timing", &explanation.server_timing(lookup_ms))?;
    }
    Ok(response.into())
}
