//! How requests, lookups and plans look as JSON.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::delivery::Plan;
use crate::profile::{Failure, Lookup, Profile, Source};
use crate::request::Request;

/// A request as JSON.
#[derive(Deserialize)]
pub(super) struct IncomingRequest {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
}

impl Request for IncomingRequest {
    fn method(&self) -> String {
        self.method.clone()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).cloned()
    }
}

/// How a lookup ended.
pub(super) fn lookup(outcome: &Value) -> Option<Lookup> {
    match outcome.as_str() {
        Some("missing") => return Some(Lookup::Missing),
        Some("not asked") => return Some(Lookup::NotAsked),
        Some(_) => return None,
        None => {}
    }
    if let Some(features) = outcome.get("found") {
        let source = outcome.get("source").and_then(Value::as_str).and_then(Source::named)?;
        return Some(Lookup::Found(Profile(features.as_object()?.clone()), source));
    }
    let failure = match outcome.get("failed")?.as_str()? {
        "deadline" => Failure::Deadline,
        "unreachable" => Failure::Unreachable,
        "malformed" => Failure::Malformed,
        "no data" => Failure::NoData,
        _ => return None,
    };
    Some(Lookup::Failed(failure))
}

/// A plan: `{"setCookies": ["…"], "private": bool, "decisions": {"feature": value}, "serverTiming"?: "…"}`.
pub(super) fn plan_json(plan: &Plan) -> String {
    let cookies: Vec<_> = plan.set_cookies.iter().map(ToString::to_string).collect();
    let decisions: BTreeMap<_, _> =
        plan.decisions.iter().map(|decided| (&decided.feature, &decided.decision.value)).collect();
    let server_timing = plan.explanation.as_ref().map(|explanation| explanation.server_timing(None));
    json!({
        "setCookies": cookies,
        "private": plan.is_private(),
        "decisions": decisions,
        "serverTiming": server_timing,
    })
    .to_string()
}
