//! RudderStack's gateway, its answers as cases: `tests/conformance/gateway.json`, each case a test of its own.
//!
//! A case says what a client sends, and what it hears: the status, and the body and headers that matter (null: not
//! there). `kept` says what is read out of it, of each event the members that matter; only here is that seen, before
//! anything is kept.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot read its data fails")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use libtest_mimic::{Arguments, Failed, Trial};
use pintle::document::environment::Environment;
use pintle::document::mistake::Mistakes;
use pintle_feed::gateway::{Accepted, Answer, Gateway, Request};
use serde_json::Value;

/// When every request comes: 2020-04-22T08:06:21.000Z.
const NOW_MS: i64 = 1_587_542_781_000;

fn main() -> ExitCode {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/gateway.json");
    let text = std::fs::read_to_string(&file).expect("the cases lie beside the repository's other suites");
    let suite: Value = serde_json::from_str(&text).expect("the cases are JSON");
    let gateway = Arc::new(gateway(&suite["environment"]));
    let cases = suite["cases"].as_array().expect("there are cases");
    eprintln!("conformance: {} cases of gateway.json", cases.len());
    let trials = cases.iter().cloned().map(|case| {
        let gateway = Arc::clone(&gateway);
        Trial::test(text_of(&case["name"]).to_owned(), move || judge(&gateway, &case))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn gateway(environment: &Value) -> Gateway {
    let variable = |name: &str| environment[name].as_str().map(str::to_owned);
    let mut mistakes = Mistakes::default();
    let gateway = Gateway::compile(&Environment { variable: &variable }, &mut mistakes);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    gateway.expect("the cases' environment lets somebody send")
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What is sent: a text, or one part of it many times.
fn body(request: &Value) -> String {
    let Some(many) = request.get("bodyRepeat") else { return text_of(&request["body"]).to_owned() };
    let times = many["times"].as_u64().and_then(|times| times.try_into().ok()).expect("a number of times");
    [text_of(&many["before"]), &text_of(&many["repeat"]).repeat(times), text_of(&many["after"])].concat()
}

fn answered(gateway: &Gateway, request: &Value) -> Result<Accepted, Failed> {
    let header = |name: &str| request["headers"][name].as_str().map(str::to_owned);
    let (path, query) = text_of(&request["path"]).split_once('?').unwrap_or((text_of(&request["path"]), ""));
    let route = gateway.route(text_of(&request["method"]), path).ok_or("is not the gateway's")?;
    let accepted = gateway
        .admit(route, &Request { query, header: &header })
        .and_then(|_| gateway.read(route, query, body(request).as_bytes(), NOW_MS));
    let Accepted { events, answer } =
        accepted.unwrap_or_else(|answer| Accepted { events: Vec::new(), answer });
    Ok(Accepted { events, answer: answer.shared_with(header("origin")) })
}

fn judge(gateway: &Gateway, case: &Value) -> Result<(), Failed> {
    let Accepted { events, answer } = answered(gateway, &case["request"])?;
    let expect = &case["expect"];
    let said = String::from_utf8_lossy(&answer.body);
    same("status", &expect["status"], &answer.status.into())?;
    if let Some(body) = expect.get("body") {
        same("body", body, &said.as_ref().into())?;
    }
    if let Some(body) = expect.get("bodyBase64") {
        same("body", body, &BASE64_STANDARD.encode(&answer.body).into())?;
    }
    for (name, value) in expect.get("headers").and_then(Value::as_object).into_iter().flatten() {
        same(name, value, &header(&answer, name))?;
    }
    if let Some(kept) = expect.get("kept").and_then(Value::as_array) {
        same("number of events", &kept.len().into(), &events.len().into())?;
        for (kept, event) in kept.iter().zip(&events) {
            for (name, value) in kept.as_object().into_iter().flatten() {
                same(name, value, &event[name.as_str()])?;
            }
        }
    }
    if events.iter().any(|event| event["receivedAt"].is_null()) {
        return Err("an event does not say when it was received".into());
    }
    Ok(())
}

fn header(answer: &Answer, name: &str) -> Value {
    if name == "content-type" {
        return answer.content_type.into();
    }
    let mut values = answer.headers.iter().filter(|(known, _)| *known == name);
    values.next().map_or(Value::Null, |(_, value)| value.as_str().into())
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), Failed> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected}, found {found}").into()) }
}
