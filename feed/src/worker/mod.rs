//! The feed on Cloudflare: carries bytes between the runtime and the rules, and decides nothing.
//!
//! It is the only home of the crate `worker`. The package's `feed.ts` calls [`fetch`], and answers in its place when
//! the module traps.

mod activation;
mod body;
pub mod check;
pub mod counts;
pub mod handing_on;
mod ingest;
pub mod object;
pub mod recommendations;
mod settings;
mod tables;
mod telling;

use wasm_bindgen::prelude::*;
use worker::{Env, Request, Response, ResponseBuilder};

use crate::activation::Answer;
use crate::gateway;

/// Answers a request for one of the feed's paths; nothing when it is the site's after all. `sender` is whose own
/// request it is, and hears what became of them; by `onward` events go on.
#[wasm_bindgen]
pub async fn fetch(
    request: web_sys::Request,
    env: Env,
    personalization: String,
    sender: telling::Sender,
    onward: handing_on::Onward,
) -> Result<Option<web_sys::Response>, JsValue> {
    let request: Request = request.into();
    if request.path().ends_with("/activation") {
        return Ok(Some(response(activation::answer(request, &env).await)?.into()));
    }
    let answer = ingest::answer(request, &env, &personalization, (&sender, &onward)).await;
    Ok(answer.map(said).transpose()?.map(Into::into))
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

fn said(
    gateway::Answer { status, content_type, body, headers }: gateway::Answer,
) -> worker::Result<Response> {
    let mut response = ResponseBuilder::new().with_status(status);
    if !content_type.is_empty() {
        response = response.with_header("content-type", content_type)?;
    }
    for (name, value) in headers {
        response = response.with_header(name, &value)?;
    }
    Ok(if body.is_empty() { response.empty() } else { response.fixed(body) })
}
