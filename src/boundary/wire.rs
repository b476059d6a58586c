//! How requests, lookups and plans cross the boundary.

use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::delivery::explanation::Explanation;
use crate::delivery::{Decided, Plan};
use crate::document::json::{object, text};
use crate::endpoint::decisions;
use crate::profile::{Failure, Lookup, Profile, Source};
use crate::request::Request;
use crate::visit::NoVisitor;

#[wasm_bindgen]
extern "C" {
    /// Anything that looks like a `Request` of the Fetch standard.
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
}

impl Request for Incoming {
    fn method(&self) -> String {
        self.method()
    }

    fn url(&self) -> String {
        self.url()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers().get(name)
    }
}

/// How a lookup ended, from the JSON text of it.
pub(super) fn lookup(outcome: &str) -> Result<Lookup, JsError> {
    let outcome: Value = serde_json::from_str(outcome)?;
    let unknown = || JsError::new("this is no way for a lookup to end");
    match outcome.as_str() {
        Some("missing") => return Ok(Lookup::Missing),
        Some("not asked") => return Ok(Lookup::NotAsked),
        Some(_) => return Err(unknown()),
        None => {}
    }
    if let Some(failed) = outcome.get("failed").and_then(Value::as_str) {
        return failure(failed).map(Lookup::Failed);
    }
    let features = outcome.get("found").and_then(Value::as_object).ok_or_else(unknown)?;
    let source = outcome.get("source").and_then(Value::as_str).and_then(Source::named);
    Ok(Lookup::Found(Profile(features.clone()), source.ok_or_else(unknown)?))
}

/// A failure by its name.
pub(super) fn failure(name: &str) -> Result<Failure, JsError> {
    Ok(match name.split_once(' ').unwrap_or((name, "")) {
        ("deadline", _) => Failure::Deadline,
        ("unreachable", _) => Failure::Unreachable,
        ("malformed", _) => Failure::Malformed,
        ("no", "data") => Failure::NoData,
        ("other", "id") => Failure::OtherId,
        ("left", "alone") => Failure::LeftAlone,
        ("status", number) => Failure::Status(number.parse().unwrap_or_default()),
        ("too", large) => Failure::TooLarge(large.trim_start_matches("large ").parse().unwrap_or_default()),
        _ => return Err(JsError::new("this is no way for a lookup to fail")),
    })
}

fn failure_name(failure: &Failure) -> String {
    match failure {
        Failure::Deadline => "deadline".to_owned(),
        Failure::Unreachable => "unreachable".to_owned(),
        Failure::Malformed => "malformed".to_owned(),
        Failure::NoData => "no data".to_owned(),
        Failure::OtherId => "other id".to_owned(),
        Failure::LeftAlone => "left alone".to_owned(),
        Failure::Status(status) => format!("status {status}"),
        Failure::TooLarge(bytes) => format!("too large {bytes}"),
    }
}

/// The JSON text of how a lookup ended, as [`lookup`] reads it.
pub(super) fn lookup_json(lookup: &Lookup) -> String {
    text(&match lookup {
        Lookup::Found(Profile(features), source) => {
            object([("found", features.clone().into()), ("source", source.name().into())])
        }
        Lookup::Missing => "missing".into(),
        Lookup::NotAsked => "not asked".into(),
        Lookup::Failed(failure) => object([("failed", failure_name(failure).into())]),
    })
}

/// A plan: `{"setCookies": ["…"], "private": bool, "decisions": {"feature": value}, "answer": "…", "forwarded"?: "…",
/// "serverTiming"?: "…", "explained"?: {…}}`. `answer` is the body of the decision endpoint, `forwarded` the
/// header for the page's own server.
pub(super) fn plan_json(
    plan: &Plan,
    nobody: Option<NoVisitor>,
    forwarded: Option<String>,
    lookup_ms: Option<u64>,
) -> String {
    let cookies: Vec<_> = plan.set_cookies.iter().map(ToString::to_string).collect();
    let explanation = plan.explanation.as_ref();
    text(&object([
        ("setCookies", cookies.into()),
        ("private", plan.is_private().into()),
        ("decisions", plan.values().into()),
        ("answer", decisions::body(nobody, plan).into()),
        ("forwarded", forwarded.into()),
        ("serverTiming", explanation.map(|explanation| explanation.server_timing(lookup_ms)).into()),
        ("explained", explanation.map(|explanation| explained(explanation, &plan.decisions)).into()),
    ]))
}

fn explained(explanation: &Explanation, decisions: &[Decided]) -> Value {
    let decisions = decisions.iter().map(|Decided { feature, decision }| {
        object([
            ("feature", feature.as_str().into()),
            ("value", decision.value.clone()),
            ("reason", decision.reason.to_string().into()),
        ])
    });
    object([
        ("visitor", explanation.visitor.as_str().into()),
        ("lookup", explanation.lookup.clone().into()),
        ("decisions", decisions.collect()),
        ("cookies", explanation.cookies.clone().into()),
    ])
}
