//! The few paths that Pintle answers itself: its health, and the Activation API's contract from KV.

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::js_sys::Promise;
use worker::{Response, ResponseBuilder};

use super::runtime::KvNamespace;
use super::site::Site;
use crate::document::json;
use crate::endpoint::health;
use crate::profile::sources::activation_api::{INVALID_DESTINATION, Question, UNAUTHORIZED};
use crate::profile::sources::kv;
use crate::seal::secret::Secret;

/// The answer to a request for one of these paths; `None` when the path is the site's.
pub(super) fn answer(site: &'static Site, path: &str, request: &web_sys::Request) -> Option<Promise> {
    match path {
        health::PATH => {
            let (status, body) = health::answer(site.settings.as_ref());
            Some(answered(answer_json(status, &body)))
        }
        "/v1/activation" | "/v2/activation" => {
            let (token, profiles) = (site.endpoint_token.as_ref()?, site.profiles.as_ref()?);
            let request: web_sys::Request = JsValue::from(request).unchecked_into();
            Some(future_to_promise(async move {
                activation(site, token, profiles, &request).await.map(JsValue::from)
            }))
        }
        _ => None,
    }
}

fn answered(response: worker::Result<Response>) -> Promise {
    match response {
        Ok(response) => Promise::resolve(&JsValue::from(web_sys::Response::from(response))),
        Err(error) => Promise::reject(&error.into()),
    }
}

/// JSON that nobody keeps.
pub(super) fn answer_json(status: u16, body: &str) -> worker::Result<Response> {
    let builder = ResponseBuilder::new().with_status(status);
    let builder =
        builder.with_header("content-type", "application/json")?.with_header("cache-control", "no-store")?;
    Ok(builder.fixed(body.as_bytes().to_vec()))
}

/// RudderStack's Activation API, v1 and v2, answered from KV.
async fn activation(
    site: &Site,
    token: &Secret,
    profiles: &KvNamespace,
    request: &web_sys::Request,
) -> Result<web_sys::Response, JsValue> {
    if request.method() != "POST" {
        let response = answer_json(405, r#"{"error":"only POST is answered here"}"#)?;
        response.headers().set("allow", "POST")?;
        return Ok(response.into());
    }
    let authorization = request.headers().get("authorization")?.unwrap_or_default();
    let given = authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    if !given.is_some_and(|(_, given)| token.is(given.trim())) {
        return Ok(answer_json(401, UNAUTHORIZED)?.into());
    }
    let body = JsFuture::from(request.text()?).await?.as_string().unwrap_or_default();
    let question = match Question::read(&body) {
        Ok(question) => question,
        Err(why) => {
            let error = json::object([("error", format!("the body is not a question: {why}").into())]);
            return Ok(answer_json(400, &json::text(&error))?.into());
        }
    };
    if site.endpoint_destination.as_ref().is_some_and(|destination| *destination != question.destination_id) {
        return Ok(answer_json(404, INVALID_DESTINATION)?.into());
    }
    let data = match kv::key(&question.entity, &question.id.id_type, &question.id.value) {
        Some(key) => JsFuture::from(profiles.get(&key, "text")).await?.as_string(),
        None => None,
    };
    Ok(answer_json(200, &question.answer(data.as_deref().unwrap_or("{}")))?.into())
}
