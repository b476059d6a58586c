//! The feed on Cloudflare: carries bytes between the runtime and the rules, and decides nothing.
//!
//! It is the only home of the crate `worker`. The package's `feed.ts` calls [`fetch`], and answers in its place when
//! the module traps.

mod activation;
mod body;

use wasm_bindgen::prelude::*;
use worker::{Env, Response, ResponseBuilder};

use crate::activation::Answer;

/// Answers a request for one of the feed's paths.
#[wasm_bindgen]
pub async fn fetch(request: web_sys::Request, env: Env) -> Result<web_sys::Response, JsValue> {
    let answer = activation::answer(request.into(), &env).await;
    Ok(response(answer)?.into())
}

fn response(Answer { status, body, allow }: Answer) -> worker::Result<Response> {
    let response = ResponseBuilder::new()
        .with_status(status)
        .with_header("content-type", "application/json")?
        .with_header("cache-control", "no-store")?;
    let response = match allow {
        Some(methods) => response.with_header("allow", methods)?,
        None => response,
    };
    Ok(response.fixed(body.into_bytes()))
}
